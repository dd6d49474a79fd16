//! A tour of `tok` in one command, with no server, keyring or account of your own: `cargo run --example demo`.
//!
//! Builds the program, starts the tests' OAuth server on loopback with its own certificate authority, and types what
//! a person would type, in a private home that is removed at the end. `cargo run --example demo -- --serve` keeps the
//! server up and says what to type yourself. Needs `curl` for the one request with the token.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::cast_precision_loss,
    reason = "the bans are for the program; this one drives it from outside"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use support::canary::{Canaries, Kind};
use support::server::AuthServer;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let serve = std::env::args_os().skip(1).any(|arg| arg == "--serve");
    match Demo::set_up().and_then(|demo| if serve { demo.serve() } else { demo.tour() }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The stage: fields are dropped in this order, the folder last.
struct Demo {
    server: AuthServer,
    canaries: Canaries,
    tok: PathBuf,
    ca_file: PathBuf,
    folder: tempfile::TempDir,
}

const PASSWORD: &str = "correct horse battery staple";

/// The private home: variables and folders.
const HOME: [(&str, &str); 6] = [
    ("HOME", "home"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_DATA_HOME", "data"),
    ("XDG_RUNTIME_DIR", "runtime"),
];

impl Demo {
    fn set_up() -> Outcome<Self> {
        let tok = build()?;
        let folder = tempfile::Builder::new().prefix("tok-demo-").tempdir()?;
        for (_, name) in HOME {
            fs::create_dir(folder.path().join(name))?;
        }
        let canaries = Canaries::new();
        canaries.add(Kind::Password, "ada's password", PASSWORD);
        let server = AuthServer::start(&canaries);
        server.set(|setup| {
            setup.jwt = true;
            setup.users.insert("ada".into(), PASSWORD.into());
        });
        let ca_file = server.ca_file(folder.path());
        Ok(Self { server, canaries, tok, ca_file, folder })
    }

    /// The session, step by step.
    fn tour(&self) -> Outcome {
        say(&format!("# DEMO={}\n\n", self.folder.path().display()))?;
        let login = self.login();
        say(&format!("$ echo \"$PASSWORD\" | tok {} --password-stdin\n", self.short(&quoted(&login))))?;
        let password = format!("{}\n", self.server.password("ada"));
        let args = [&login[..], &["--password-stdin".to_owned()]].concat();
        self.tok(&args, Some(&password))?;

        self.step(&["token"])?;
        let api = self.server.url("/api");
        let ca_file = self.ca_file.display().to_string();
        say(&format!(
            "$ tok token --header | curl -sS --fail-with-body --cacert {} -H @- {api}\n",
            self.short(&ca_file)
        ))?;
        let header = self.run_tok(&["token", "--header"], None)?;
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--fail-with-body", "--noproxy", "*", "--cacert", &ca_file, "-H", "@-", &api]);
        show(&run(&mut curl, Some(&header))?)?;

        self.step(&["refresh"])?;
        self.step(&["show"])?;
        self.step(&["logout"])?;
        self.demand_nothing_left()?;
        say("# The server has revoked the session, and no token is left on this machine.\n")
    }

    fn demand_nothing_left(&self) -> Outcome {
        let left = self.canaries.search_folder(self.folder.path());
        #[cfg(target_os = "linux")]
        let left = [left, support::kernel_keys::Before::default().search(&self.canaries)].concat();
        if self.server.realm(|realm| realm.living_sessions()) > 0 || !left.is_empty() {
            return Err(format!("logging out left something behind: {left:?}").into());
        }
        Ok(())
    }

    /// Keeps the server up for whoever wants to type.
    fn serve(&self) -> Outcome {
        say(&format!(
            "# {} is up. In another terminal (the password is: {}):\n",
            self.server.issuer(),
            self.server.password("ada")
        ))?;
        for (variable, name) in HOME.iter().skip(1) {
            say(&format!("export {variable}={}\n", self.folder.path().join(name).display()))?;
        }
        say(&format!("alias tok={}\n", self.tok.display()))?;
        say(&format!("tok {}\n", quoted(&self.login())))?;
        let curl =
            format!("curl -sS --noproxy '*' --cacert {} -H @- {}", self.ca_file.display(), self.server.url("/api"));
        say(&format!("tok token\ntok token --header | {curl}\ntok refresh\ntok show\ntok logout\n"))?;
        say("# Ctrl-C here ends the server and removes its folder.\n")?;
        wait_for_interrupt()
    }

    fn login(&self) -> Vec<String> {
        let (issuer, ca_file) = (self.server.issuer(), self.ca_file.display().to_string());
        let words = ["login", "--issuer", &issuer, "--client-id", "tok", "-u", "ada"];
        let more = ["--scope", "openid", "--store", "file", "--ca-file", &ca_file];
        words.iter().chain(&more).map(|word| (*word).to_owned()).collect()
    }

    /// Shows a command, runs it, shows what it says.
    fn step(&self, args: &[&str]) -> Outcome {
        say(&format!("$ tok {}\n", args.join(" ")))?;
        self.tok(args, None)
    }

    fn tok<S: AsRef<std::ffi::OsStr>>(&self, args: &[S], input: Option<&str>) -> Outcome {
        show(&self.run_tok(args, input)?)
    }

    /// In the private home, with nothing else of this machine's settings.
    fn run_tok<S: AsRef<std::ffi::OsStr>>(&self, args: &[S], input: Option<&str>) -> Outcome<String> {
        let mut command = Command::new(&self.tok);
        command.args(args).env_clear().envs(HOME.map(|(variable, name)| (variable, self.folder.path().join(name))));
        for kept in ["PATH", "TERM", "TZ", "SystemRoot"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        run(&mut command, input)
    }

    /// A path as it is nicer to read.
    fn short(&self, path: &str) -> String {
        path.replace(&self.folder.path().display().to_string(), "$DEMO")
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        support::kernel_keys::Before::default().clean(&self.canaries);
    }
}

/// Builds the program as this example was built; `cargo run --example` does not do that itself.
fn build() -> Outcome<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // With the example, so that the dependencies are those that it was built with: nothing is compiled twice.
    command.args(["build", "--bin", "tok", "--example", "demo", "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err("cargo build failed".into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let executable = artifacts
        .filter(|message| message["target"]["name"] == "tok" && message["target"]["kind"][0] == "bin")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    executable.ok_or_else(|| "cargo build named no program".into())
}

/// Runs to the end and demands success; standard error is passed on.
fn run(command: &mut Command, input: Option<&str>) -> Outcome<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() }).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start {program}: {error}"))?;
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8(output.stdout)?;
    if output.status.success() {
        return Ok(text);
    }
    show(&text)?;
    Err(format!("{program}: {}", output.status).into())
}

/// Shows output, tokens shortened, with a newline at its end.
fn show(text: &str) -> Outcome {
    for line in text.lines() {
        let words: Vec<String> = line.split(' ').map(shortened).collect();
        say(&format!("{}\n", words.join(" ")))?;
    }
    say("\n")
}

/// `eyJ...(1.2 kB)` for a token.
fn shortened(word: &str) -> String {
    let is_token = word.len() > 100 && word.bytes().all(|byte| byte.is_ascii_graphic());
    if is_token { format!("{}...({:.1} kB)", &word[..3], word.len() as f64 / 1000.0) } else { word.to_owned() }
}

/// As one would type it: a word with characters that a shell takes apart in quotes.
fn quoted(words: &[String]) -> String {
    let plain = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@=".contains(&byte));
    let quote = |word: &String| if plain(word) { word.clone() } else { format!("'{word}'") };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn say(text: &str) -> Outcome {
    stdout().write_all(text.as_bytes())?;
    Ok(stdout().flush()?)
}

/// Returns at Ctrl-C, so that everything is cleaned up.
#[cfg(unix)]
fn wait_for_interrupt() -> Outcome {
    use std::io::Read;
    let (mut reader, writer) = std::os::unix::net::UnixStream::pair()?;
    for signal in [rustix::process::Signal::INT, rustix::process::Signal::TERM] {
        signal_hook::low_level::pipe::register(signal.as_raw(), writer.try_clone()?)?;
    }
    reader.read_exact(&mut [0])?;
    Ok(())
}

#[cfg(not(unix))]
fn wait_for_interrupt() -> Outcome {
    loop {
        std::thread::park();
    }
}
