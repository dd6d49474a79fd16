//! Where it is measured: homes with sessions, a server on loopback, certificates, a keyring.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::measure::Program;
use crate::support::process::Output;
use crate::support::run::{Run, World};
use crate::support::server::AuthServer;
use crate::support::server::setup::Rotation;

/// Certificate authorities as Debian installs them.
const SYSTEM_ROOTS: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The length of an access token as real servers make them, in bytes.
pub const TOKEN: usize = 1200;

/// The profile whose session lies in the keyring that [`Stage::start_keyring`] started.
pub const KEYRING: &str = "in-the-keyring";

/// A home, a server, one session in a file, and `default` as its profile.
pub struct Stage {
    pub world: World,
    pub server: AuthServer,
    keyring: Option<[Child; 2]>,
}

impl Stage {
    /// Logged in at a server that gives tokens of this length, which live an hour. So many profiles stand in the file.
    pub fn new(binary: &Path, token: usize, profiles: usize) -> Self {
        let stage = Self::without_session(binary, token);
        stage.login("file");
        let config = stage.world.path("config/tok/config.toml");
        let mut text = fs::read_to_string(&config).unwrap();
        for number in 1..profiles {
            text += &format!(
                "\n[profiles.profile-{number}]\nissuer = \"https://{number}.example.com\"\nclient-id = \"tok\"\n\
                 username = \"ada\"\nscopes = [\"openid\", \"offline_access\"]\n"
            );
        }
        fs::write(&config, text).unwrap();
        stage.world.tok(["refresh"]).run().ok();
        stage
    }

    /// Nobody is logged in yet.
    pub fn without_session(binary: &Path, token: usize) -> Self {
        let world = World::new(binary);
        world.allow_file_store();
        // What a person's shell has, more or less: the environment costs something, too.
        for number in 0..30 {
            world.set_env(format!("SOME_VARIABLE_{number}"), "as long as such values are, on average");
        }
        let server = AuthServer::start(world.canaries());
        let padding = "x".repeat(token);
        server.set(|setup| {
            setup.expires_in = Some(3600);
            setup.rotation = Rotation::Same;
            // Longer, and known to the server by its beginning alone: nobody shows it a token here.
            setup.edit_tokens = Some(std::sync::Arc::new(move |tokens| {
                let short = tokens["access_token"].as_str().unwrap_or_default().to_owned();
                let long = [&short, &padding[short.len().min(padding.len())..]].concat();
                tokens.insert("access_token".into(), long.into());
            }));
        });
        Self { world, server, keyring: None }
    }

    /// A login whose session goes to this store.
    pub fn login(&self, store: &str) -> Output {
        self.login_run().arg("--store").arg(store).stdin(self.server.password("ada")).run().ok()
    }

    /// `tok login`, one request: the token endpoint is named.
    pub fn login_run(&self) -> Run {
        let endpoint = self.server.url("/token");
        let words = ["login", "--token-endpoint", &endpoint, "--client-id", "tok", "-u", "ada", "--password-stdin"];
        self.world.tok(words).arg("--ca-file").arg(self.authority())
    }

    /// A login of which nothing is kept but its profile.
    pub fn passing_login_run(&self) -> Run {
        self.login_run().arg("--store").arg("none").env("TOK_PROFILE", "passing")
    }

    /// `tok token` of a job with its credentials in the environment: one request, nothing kept.
    pub fn job_run(&self) -> Run {
        let run = self.world.tok(["token"]).env("TOK_TOKEN_ENDPOINT", self.server.url("/token"));
        let run = run.env("TOK_CLIENT_ID", "tok").env("TOK_USERNAME", "ada").env("TOK_CA_FILE", self.authority());
        run.env("TOK_PASSWORD", self.server.password("ada"))
    }

    /// curl, sending the same form to the same endpoint and trusting the authorities in this file.
    pub fn curl_run(&self, authorities: &Path) -> Run {
        let mut form = "password@".to_owned();
        form += self.password_file().to_str().unwrap();
        let run = self.world.command("curl").arg("-sS").arg("--fail").arg("--cacert").arg(authorities);
        let words = ["grant_type=password", "client_id=tok", "username=ada"];
        let run = words.iter().fold(run, |run, word| run.arg("-d").arg(word));
        run.arg("--data-urlencode").arg(form).arg(self.server.url("/token"))
    }

    /// A file with the password.
    pub fn password_file(&self) -> PathBuf {
        self.world.secret_file("password", &self.server.password("ada"))
    }

    /// A file with the authority of this server alone.
    pub fn authority(&self) -> PathBuf {
        self.server.ca_file(&self.world.path("given"))
    }

    /// A file with the system's authorities and that of this server; how many.
    pub fn bundle(&self) -> (PathBuf, usize) {
        let system = fs::read_to_string(SYSTEM_ROOTS).unwrap_or_else(|error| panic!("{SYSTEM_ROOTS}: {error}"));
        let text = system + &fs::read_to_string(self.authority()).unwrap();
        let path = self.world.path("given/bundle.pem");
        fs::write(&path, &text).unwrap();
        (path, text.matches("BEGIN CERTIFICATE").count())
    }

    /// Starts a real keyring for this home; `false` where there is none to start.
    pub fn start_keyring(&mut self) -> bool {
        let socket = self.world.path("runtime/bus");
        let address = format!("unix:path={}", socket.display());
        self.world.set_env("DBUS_SESSION_BUS_ADDRESS", &address);
        let start = |words: &[&str], stdin: Stdio| {
            let run = words[1..].iter().fold(self.world.command(words[0]), |run, word| run.arg(word));
            run.as_command().stdin(stdin).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
        };
        let password = fs::File::open(self.password_file()).unwrap();
        let Ok(mut bus) = start(&["dbus-daemon", "--session", "--nofork", "--address", &address], Stdio::null()) else {
            return false;
        };
        wait_until("the bus", || socket.exists());
        let words = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"];
        let Ok(daemon) = start(&words, password.into()) else {
            let _ = bus.kill().and_then(|()| bus.wait());
            return false;
        };
        self.keyring = Some([bus, daemon]);
        let login = || self.login_run().arg("--store").arg("keyring").env("TOK_PROFILE", KEYRING);
        wait_until("the keyring", || login().stdin(self.server.password("ada")).run().code() == 0);
        true
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        for mut child in self.keyring.take().into_iter().flatten() {
            let _ = child.kill().and_then(|()| child.wait());
        }
        self.world.tok(["logout", "--all", "--local"]).run();
    }
}

/// An ordinary user with many sessions, each in a file: the kernel's quota holds the tokens of half of them.
pub struct Ordinary {
    stage: Stage,
    before: Vec<String>,
    _program: tempfile::TempDir,
}

impl Ordinary {
    /// Where this runs as root, somebody whom nothing else runs as.
    pub fn new(binary: &Path, sessions: usize) -> Self {
        let program = tempfile::tempdir().unwrap();
        let copy = program.path().join("tok");
        fs::copy(binary, &copy).unwrap();
        let stage = Stage::without_session(&copy, TOKEN);
        let mut before = Vec::new();
        if rustix::process::geteuid().is_root() {
            let id = 700_000 + std::process::id() % 100_000;
            let _ = (stage.authority(), stage.password_file());
            for folder in [program.path(), &stage.world.path("")] {
                let owner = format!("{id}:{id}");
                assert!(Command::new("chown").arg("-R").arg(owner).arg(folder).status().unwrap().success());
            }
            before = ["setpriv", &format!("--reuid={id}"), &format!("--regid={id}"), "--clear-groups"]
                .map(str::to_owned)
                .into();
        }
        let user = Self { stage, before, _program: program };
        for number in 0..sessions {
            let login = user.stage.login_run().arg("--store").arg("file").stdin(user.stage.server.password("ada"));
            user.by(login, number).run().ok();
        }
        user
    }

    /// `tok token` for one of the sessions, in the order of their logins.
    pub fn token(&self, number: usize) -> Program {
        Program::new(&format!("session {number}"), &self.by(self.stage.world.tok(["token"]), number))
    }

    fn by(&self, run: Run, number: usize) -> Run {
        let run = run.env("TOK_PROFILE", format!("p{number}"));
        if self.before.is_empty() { run } else { run.under(&self.before) }
    }
}

impl Drop for Ordinary {
    fn drop(&mut self) {
        self.by(self.stage.world.tok(["logout", "--all", "--local"]), 0).run();
    }
}

/// A program of the machine's own, in the same surroundings.
pub fn other(stage: &Stage, name: &str, words: &[&str]) -> Program {
    let run = words[1..].iter().fold(stage.world.command(words[0]), |run, word| run.arg(word));
    Program::new(name, &run)
}

/// Whether there is such a program.
pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what} does not get ready");
    }
}
