//! What every test of the suite stands on: a sandbox with folders of its own, in which processes run, and which at its end
//! looks for the secrets that were used.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::server::Server;

/// No process of this suite takes longer; one that does hangs.
pub const DEADLINE: Duration = Duration::from_secs(180);

/// The binary under test: the one that `tests/run` has built for release, else cargo's own.
pub fn tok_binary() -> PathBuf {
    std::env::var_os("TOK_BIN").map_or_else(|| env!("CARGO_BIN_EXE_tok").into(), PathBuf::from)
}

/// How a process ended and what it wrote.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The process must have ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }

    /// Standard error must hold this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "not said: {text}\nstderr: {}", self.stderr);
        self
    }
}

/// A client of a server, as a profile names it.
pub struct Client {
    /// Its names in the recipe's values: `CONF` for `CONF_ID` and `CONF_SECRET`.
    pub name: &'static str,
    pub auth: &'static str,
}

/// Folders of a person's own, and the processes that run in them.
pub struct Sandbox {
    folder: tempfile::TempDir,
    environment: RefCell<Vec<(String, String)>>,
    /// Passwords and client secrets: nowhere, ever.
    secrets: RefCell<Vec<String>>,
    /// Access tokens: nowhere but in the store and on the standard output of `token`.
    tokens: RefCell<Vec<String>>,
    outputs: RefCell<Vec<Output>>,
}

struct Output {
    of: String,
    bytes: Vec<u8>,
    may_hold_a_token: bool,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "config", "state", "data", "run", "tmp", "given"] {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let sandbox = Self {
            folder,
            environment: RefCell::default(),
            secrets: RefCell::default(),
            tokens: RefCell::default(),
            outputs: RefCell::default(),
        };
        for (name, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_RUNTIME_DIR", "run"),
            ("TMPDIR", "tmp"),
        ] {
            sandbox.set(name, sandbox.path(folder).to_str().unwrap());
        }
        sandbox.set("PATH", &std::env::var("PATH").unwrap());
        sandbox.set("LANG", "C.UTF-8");
        sandbox.set("TOK", tok_binary().to_str().unwrap());
        sandbox
    }

    /// A sandbox whose default profile is this client of this issuer (`ROTATING`, `FIXED`, ...), with the `file` store.
    pub fn with_profile(server: &Server, issuer: &str, client: &Client) -> Self {
        let sandbox = Self::new();
        sandbox.write_profile(server, issuer, client, "file");
        sandbox
    }

    pub fn write_profile(&self, server: &Server, issuer: &str, client: &Client, store: &str) {
        let (key, name) = match format!("{issuer}_ISSUER") {
            name if server.has(&name) => ("issuer", name),
            _ => ("token-endpoint", format!("{issuer}_TOKEN_ENDPOINT")),
        };
        let scopes: Vec<_> = server.value("SCOPE").split(' ').collect();
        let mut text = format!(
            "[profiles.default]\n{key} = \"{}\"\nclient-id = \"{}\"\nclient-auth = \"{}\"\nusername = \"{}\"\n\
             scopes = {scopes:?}\nca-file = \"{}\"\nstore = \"{store}\"\n",
            server.value(&name),
            server.value(&format!("{}_ID", client.name)),
            client.auth,
            server.user(),
            server.ca_file().display(),
        );
        if client.auth != "none" {
            let secret = server.value(&format!("{}_SECRET", client.name));
            let file = self.give("client-secret", secret);
            text = format!("{text}client-secret-file = \"{}\"\n", file.display());
        }
        self.never_shown(server.password());
        fs::create_dir_all(self.path("config/tok")).unwrap();
        fs::write(self.path("config/tok/config.toml"), text).unwrap();
    }

    /// A sandbox whose default profile is this client, with these further lines and nothing of a user.
    pub fn with_client(server: &Server, issuer: &str, client: &str, lines: &str) -> Self {
        let sandbox = Self::new();
        sandbox.add_profile(server, "default", issuer, client, lines);
        sandbox
    }

    /// A further profile: the client with what it authenticates with, as far as the recipe names that.
    pub fn add_profile(&self, server: &Server, profile: &str, issuer: &str, client: &str, lines: &str) {
        let mut text = format!(
            "[profiles.{profile}]\nissuer = \"{}\"\nclient-id = \"{}\"\nca-file = \"{}\"\nstore = \"file\"\n{lines}\n",
            server.value(&format!("{issuer}_ISSUER")),
            server.value(&format!("{client}_ID")),
            server.ca_file().display(),
        );
        let has = |what: &str| server.has(&format!("{client}_{what}"));
        let value = |what: &str| server.value(&format!("{client}_{what}"));
        if has("SECRET") {
            let file = self.give(&format!("secret-of-{client}"), value("SECRET"));
            writeln!(text, "client-secret-file = \"{}\"", file.display()).unwrap();
        }
        if has("CERTIFICATE") {
            writeln!(text, "client-cert = \"{}\"\nclient-key = \"{}\"", value("CERTIFICATE"), value("KEY")).unwrap();
        } else if has("KEY") {
            writeln!(text, "private-key-file = \"{}\"", value("KEY")).unwrap();
        }
        if has("KEY") {
            // Any line of a key is as bad as the whole of it.
            let key = fs::read_to_string(value("KEY")).unwrap();
            key.lines().filter(|line| !line.starts_with("--")).for_each(|line| self.never_shown(line));
        }
        self.never_shown(server.password());
        let file = self.path("config/tok/config.toml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let mut file = File::options().append(true).create(true).open(file).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// The sessions as they lie in the `file` store. From now on the secrets in them may be nowhere else.
    pub fn sessions(&self) -> Vec<Value> {
        let files = files_under(&self.path("state/tok/sessions"));
        let sessions: Vec<Value> =
            files.iter().map(|file| serde_json::from_slice(&fs::read(file).unwrap()).unwrap()).collect();
        for session in &sessions {
            let secrets = ["refresh_token", "id_token", "dpop_key"].map(|name| session[name].as_str());
            self.tokens.borrow_mut().extend(secrets.into_iter().flatten().map(str::to_owned));
        }
        sessions
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets a variable for every process that is started from now on.
    pub fn set(&self, name: &str, value: &str) {
        self.unset(name);
        self.environment.borrow_mut().push((name.to_owned(), value.to_owned()));
    }

    pub fn unset(&self, name: &str) {
        self.environment.borrow_mut().retain(|(known, _)| known != name);
    }

    /// This text must be nowhere when the test ends.
    pub fn never_shown(&self, secret: &str) {
        self.secrets.borrow_mut().push(secret.to_owned());
    }

    /// Writes a secret to a private file for `tok` to read, in the one folder that is not searched.
    pub fn give(&self, name: &str, secret: &str) -> PathBuf {
        self.never_shown(secret);
        let file = self.path("given").join(name);
        fs::write(&file, format!("{secret}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        file
    }

    /// A command in the sandbox: its folders, its environment, nothing else.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.borrow().iter().map(|(k, v)| (k, v))).current_dir(self.path("home"));
        command
    }

    /// Runs `tok` without a terminal and with an empty standard input.
    pub fn tok(&self, args: &[&str]) -> Outcome {
        self.tok_with_input(args, "")
    }

    pub fn tok_with_input(&self, args: &[&str], input: &str) -> Outcome {
        let mut command = self.command("setsid");
        command.arg("--wait").arg(tok_binary()).args(args);
        self.run(&format!("tok {}", args.join(" ")), command, input, args.contains(&"token"))
    }

    /// Runs lines of bash, in which `$TOK` is the binary.
    pub fn bash(&self, lines: &str) -> Outcome {
        let mut command = self.command("bash");
        command.args(["-euo", "pipefail", "-c", lines]);
        self.run(lines, command, "", false)
    }

    fn run(&self, of: &str, mut command: Command, input: &str, stdout_may_hold_a_token: bool) -> Outcome {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = wait(child, input.as_bytes().to_vec(), of);
        self.record(of, &output.1, stdout_may_hold_a_token);
        self.record(of, &output.2, false);
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Outcome { code: output.0.code(), stdout: text(output.1), stderr: text(output.2) }
    }

    /// Adds something a process wrote to what is searched at the end.
    pub fn record(&self, of: &str, bytes: &[u8], may_hold_a_token: bool) {
        self.outputs.borrow_mut().push(Output { of: of.to_owned(), bytes: bytes.to_vec(), may_hold_a_token });
    }

    /// Logs in with the password on standard input.
    pub fn log_in(&self, server: &Server) -> Outcome {
        self.tok_with_input(&["login", "--password-stdin"], &format!("{}\n", server.password()))
    }

    /// The access token; standard output must be one line and nothing else.
    pub fn token(&self) -> String {
        self.printed(&["token"])
    }

    /// The line that a form of `tok token` prints.
    pub fn printed(&self, args: &[&str]) -> String {
        let outcome = self.tok(args).exits(0);
        let token = outcome.stdout.strip_suffix('\n').expect("ends with a newline").to_owned();
        assert!(!token.is_empty() && token.bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
        self.tokens.borrow_mut().push(token.clone());
        token
    }

    /// What the protected resource says to the token, asked as the documentation says: no token in any argument.
    pub fn ask_with_token(&self, server: &Server, url: &str) -> Outcome {
        let ca = server.ca_file();
        self.bash(&format!("\"$TOK\" token --header | curl -sS --fail --cacert {} -H @- {url}", ca.display()))
    }

    /// Whether the protected resource still takes this token.
    pub fn is_accepted(&self, server: &Server, token: &str, url: &str) -> bool {
        self.give("kept-token", &format!("Authorization: Bearer {token}"));
        let ca = server.ca_file();
        self.bash(&format!("curl -sS --fail --cacert {} -H @../given/kept-token {url}", ca.display())).code == Some(0)
    }

    /// What `show` says, as a program reads it.
    pub fn shown(&self, more: &[&str]) -> Value {
        let outcome = self.tok(&[&["show", "--json"], more].concat()).exits(0);
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// A copy of the session store as it is now.
    pub fn save_state(&self) {
        fs::rename(self.path("state"), self.path("kept")).unwrap();
        self.restore_state();
    }

    /// Puts the copy back: the refresh token that `tok` had then.
    pub fn restore_state(&self) {
        let _ = fs::remove_dir_all(self.path("state"));
        copy_folder(&self.path("kept"), &self.path("state"));
    }

    /// After a logout: no token anywhere (R08).
    pub fn no_token_is_left(&self) {
        for token in self.tokens.borrow().iter() {
            self.search(token, |path| path.starts_with(self.path("given")) || path.starts_with(self.path("kept")));
        }
    }

    fn search(&self, secret: &str, excepted: impl Fn(&Path) -> bool) {
        let forms = encodings(secret.as_bytes());
        for file in files_under(self.folder.path()) {
            if !excepted(&file) {
                let bytes = fs::read(&file).unwrap_or_default();
                assert!(!holds(&bytes, &forms), "a secret is in {}", file.display());
                assert!(!holds(file.as_os_str().as_encoded_bytes(), &forms), "a secret is in a file name");
            }
        }
    }

    fn final_search(&self) {
        for secret in self.secrets.borrow().iter() {
            let forms = encodings(secret.as_bytes());
            for output in self.outputs.borrow().iter() {
                assert!(!holds(&output.bytes, &forms), "a secret is in what was written by: {}", output.of);
            }
            self.search(secret, |path| path.starts_with(self.path("given")));
        }
        for token in self.tokens.borrow().iter() {
            let forms = encodings(token.as_bytes());
            for output in self.outputs.borrow().iter().filter(|output| !output.may_hold_a_token) {
                assert!(!holds(&output.bytes, &forms), "a token is in what was written by: {}", output.of);
            }
            let stores = [self.path("state"), self.path("kept"), self.path("given")];
            self.search(token, |path| stores.iter().any(|store| path.starts_with(store)));
        }
    }
}

/// The search is not for a test to forget.
impl Drop for Sandbox {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.final_search();
        }
    }
}

/// Feeds a process its input and waits for its end, at most [`DEADLINE`].
pub fn wait(mut child: Child, input: Vec<u8>, of: &str) -> (ExitStatus, Vec<u8>, Vec<u8>) {
    let pid = rustix::process::Pid::from_child(&child);
    let stdin = child.stdin.take();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        // A process that does not want its input closes the pipe: no error.
        stdin.map(|mut pipe| pipe.write_all(&input));
        let _ = sender.send(child.wait_with_output());
    });
    let Ok(output) = receiver.recv_timeout(DEADLINE) else {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        panic!("still running after {DEADLINE:?}: {of}");
    };
    let output = output.unwrap();
    (output.status, output.stdout, output.stderr)
}

/// Writes a program. A process of its own does it: a descriptor of ours that is open for writing would be inherited by
/// whatever another test is just starting, and the program would be "busy".
pub fn write_program(path: &Path, text: &str) {
    let script = "cat >\"$0\" && chmod 700 \"$0\"";
    let mut writer = Command::new("/bin/sh").args(["-c", script]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
}

fn copy_folder(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files.extend(files_under(&entry.path())),
            kind if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files
}

fn holds(haystack: &[u8], needles: &[Vec<u8>]) -> bool {
    needles.iter().any(|needle| haystack.windows(needle.len()).any(|window| window == needle))
}

/// The forms in which a secret might be written: plain, hexadecimal, UTF-16, percent-encoded, and base64 at each of the
/// three offsets it can have in a longer text.
fn encodings(secret: &[u8]) -> Vec<Vec<u8>> {
    let percent = |kept: &[u8], space: &str| -> Vec<u8> {
        let one = |&byte: &u8| match byte {
            b' ' => space.as_bytes().to_vec(),
            byte if byte.is_ascii_alphanumeric() || kept.contains(&byte) => vec![byte],
            byte => format!("%{byte:02X}").into_bytes(),
        };
        secret.iter().flat_map(one).collect()
    };
    let mut forms = vec![
        secret.to_vec(),
        secret.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        String::from_utf8_lossy(secret).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        percent(b"-._~", "%20"),
        percent(b"-._*", "+"),
    ];
    for offset in 0..3 {
        let shifted = [&[0_u8; 2][..offset], secret].concat();
        let coded = base64(&shifted);
        // The first and last letters depend on the neighbours too.
        let first = [0, 2, 3][offset];
        forms.push(coded[first..coded.len() - usize::from(shifted.len() % 3 != 0)].to_vec());
    }
    forms
}

/// Base64 without padding.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, &byte| bits << 8 | usize::from(byte)) << (8 * (3 - group.len()));
        text.extend((0..=group.len()).map(|place| LETTERS[bits >> (18 - 6 * place) & 63]));
    }
    text
}

#[test]
fn the_search_finds_every_form() {
    assert_eq!(base64(b"any carnal pleas"), b"YW55IGNhcm5hbCBwbGVhcw");
    let forms = encodings(b"p+w d&");
    for text in
        ["x p+w d& y", "702b77206426", "p%2Bw%20d%26", "secret=p%2Bw+d%26&", "cCt3IGQm", "OnArdyBkJg", "YTpwK3cgZCY"]
    {
        assert!(holds(text.as_bytes(), &forms), "{text}");
    }
    assert!(!holds(b"p+w", &forms));
}
