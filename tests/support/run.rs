//! `World`: a private home for the real program. Nothing of the machine's own settings, keyrings or terminals is
//! within its reach, and at its end everything it left is searched for secrets (CAN).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::PATIENCE;
use super::canary::{Canaries, Finding, Kind, demand_none};
use super::gate::lock;
use super::process::{Output, Running, in_new_session, read_lossy, typed};

/// The private home. It lives as long as the test.
pub struct World {
    inner: Arc<Inner>,
}

/// What runs keep alive.
pub struct Inner {
    pub(super) canaries: Canaries,
    root: TempDir,
    /// The instruments' own files, which are not searched.
    captures: TempDir,
    binary: PathBuf,
    environment: Mutex<BTreeMap<OsString, OsString>>,
    said: Mutex<Vec<Said>>,
    allowed: Mutex<Vec<(Kind, String)>>,
    next: AtomicUsize,
    #[cfg(target_os = "linux")]
    keys: super::kernel_keys::Before,
}

/// A captured stream, and what it may hold.
struct Said {
    place: String,
    text: Vec<u8>,
    may_hold: Vec<Kind>,
}

/// The files into which a run's streams go.
pub struct Streams {
    command: String,
    stdout: PathBuf,
    stderr: PathBuf,
    may_print: Vec<Kind>,
    world: Arc<Inner>,
}

impl World {
    /// A new home for this program: `World::new(env!("CARGO_BIN_EXE_tok"))`.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        // What a test writes itself is nobody else's to write to, however it was started.
        #[cfg(unix)]
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
        let root = tempfile::Builder::new().prefix("tok-world-").tempdir().unwrap();
        let mut environment = BTreeMap::new();
        for (variable, folder) in [
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_DATA_HOME", "data"),
            // A bus socket in here would be found without DBUS_SESSION_BUS_ADDRESS: there is none.
            ("XDG_RUNTIME_DIR", "runtime"),
            ("TMPDIR", "tmp"),
        ] {
            let path = root.path().join(folder);
            fs::create_dir(&path).unwrap();
            private(&path, 0o700);
            environment.insert(variable.into(), path.into());
        }
        for folder in ["work", "given"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        environment.insert("PATH".into(), "/usr/bin:/bin".into());
        for kept in ["LLVM_PROFILE_FILE", "SystemRoot"] {
            environment.extend(std::env::var_os(kept).map(|value| (kept.into(), value)));
        }
        let inner = Inner {
            canaries: Canaries::new(),
            root,
            captures: tempfile::tempdir().unwrap(),
            binary: binary.as_ref().to_owned(),
            environment: Mutex::new(environment),
            said: Mutex::default(),
            allowed: Mutex::new(vec![(Kind::AccessToken, "kernel key tok:access:".into())]),
            next: AtomicUsize::new(0),
            #[cfg(target_os = "linux")]
            keys: super::kernel_keys::Before::now(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The secrets of this test; servers take them from here.
    pub fn canaries(&self) -> &Canaries {
        &self.inner.canaries
    }

    /// A path in it: `config/tok/config.toml`, `state/tok`, `home`, `work` (where programs start), ...
    pub fn path(&self, relative: &str) -> PathBuf {
        let mut path = self.inner.root.path().to_owned();
        path.extend(relative.split('/'));
        path
    }

    /// Writes `config.toml`.
    pub fn write_config(&self, text: &str) -> PathBuf {
        let path = self.path("config/tok/config.toml");
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A file that the user made and that may hold secrets, readable for the user only.
    pub fn secret_file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path("given").join(name);
        fs::write(&path, content).unwrap();
        private(&path, 0o600);
        path
    }

    /// A variable for all runs from now on.
    pub fn set_env(&self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) {
        lock(&self.inner.environment).insert(name.as_ref().into(), value.as_ref().into());
    }

    /// Lets secrets of a kind lie where a place begins like this: a relative path, or `kernel key ...`.
    pub fn allow(&self, kind: Kind, place: &str) {
        lock(&self.inner.allowed).push((kind, place.to_owned()));
    }

    /// Lets tokens lie in the store `file`.
    pub fn allow_file_store(&self) {
        for kind in [Kind::AccessToken, Kind::RefreshToken, Kind::IdToken] {
            self.allow(kind, "state/tok/sessions/");
        }
    }

    /// The program with arguments, not yet started.
    pub fn tok<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        let args: Vec<OsString> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let run = self.command(self.inner.binary.clone());
        let is_token = args.iter().any(|arg| arg == "token");
        let run = if is_token { run.may_print(Kind::AccessToken).may_print(Kind::IdToken) } else { run };
        Run { args, ..run }
    }

    /// The path of a link to the program: the name by which another program starts it.
    #[cfg(unix)]
    pub fn link(&self, name: &str) -> PathBuf {
        let folder = self.inner.captures.path().join("bin");
        fs::create_dir_all(&folder).unwrap();
        let link = folder.join(name);
        if !link.exists() {
            std::os::unix::fs::symlink(&self.inner.binary, &link).unwrap();
        }
        link
    }

    /// Any other program in the same surroundings.
    pub fn command(&self, program: impl Into<OsString>) -> Run {
        Run {
            world: Arc::clone(&self.inner),
            program: program.into(),
            args: Vec::new(),
            environment: lock(&self.inner.environment).clone(),
            folder: self.path("work"),
            stdin: Input::Nothing,
            stdout: None,
            stderr: None,
            may_print: Vec::new(),
            time: PATIENCE,
        }
    }

    /// The longest time that is still no wait: a second, or more where this machine is so busy that a run takes long which
    /// only says its version.
    pub fn at_once(&self) -> Duration {
        let timed = || {
            let start = Instant::now();
            self.tok(["--version"]).run().ok();
            start.elapsed()
        };
        let fastest = (0..3).map(|_| timed()).min().unwrap_or_default();
        Duration::from_secs(1).max(10 * fastest)
    }

    /// Starts all, then waits for all.
    pub fn many(&self, runs: impl IntoIterator<Item = Run>) -> Vec<Output> {
        let running: Vec<Running> = runs.into_iter().map(Run::start).collect();
        running.into_iter().map(Running::wait).collect()
    }

    /// Every secret that lies in a file or in the kernel's keyring now, allowed or not, what the user made apart: after
    /// a logout there is none (R08).
    pub fn remaining(&self) -> Vec<Finding> {
        let mut findings = self.inner.canaries.search_folder(self.inner.root.path());
        findings.retain(|finding| !finding.place.starts_with("given/"));
        #[cfg(target_os = "linux")]
        findings.extend(self.inner.keys.search(&self.inner.canaries));
        findings
    }

    /// Every secret that was printed, or lies, where it must not.
    pub fn leaks(&self) -> Vec<Finding> {
        let mut findings = self.remaining();
        let allowed = lock(&self.inner.allowed);
        findings.retain(|f| !allowed.iter().any(|(kind, place)| *kind == f.kind && f.place.starts_with(place)));
        for said in lock(&self.inner.said).iter() {
            let found = self.inner.canaries.search(&said.place, &said.text);
            findings.extend(found.into_iter().filter(|finding| !said.may_hold.contains(&finding.kind)));
        }
        findings
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let findings = if thread::panicking() { Vec::new() } else { self.leaks() };
        #[cfg(target_os = "linux")]
        self.inner.keys.clean(&self.inner.canaries);
        demand_none(&findings);
    }
}

impl Inner {
    /// Remembers something that was said, for the search at the end.
    pub(super) fn hear(&self, place: String, text: Vec<u8>, may_hold: &[Kind]) {
        lock(&self.said).push(Said { place, text, may_hold: may_hold.to_vec() });
    }

    fn capture(&self, suffix: &str) -> PathBuf {
        self.captures.path().join(format!("{}.{suffix}", self.next.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Streams {
    /// What was said; it is remembered for the search at the end.
    pub(super) fn read(self) -> (String, String) {
        let (stdout, stderr) = (read_lossy(&self.stdout), read_lossy(&self.stderr));
        let place = |stream: &str| format!("{stream} of `{}`", self.command);
        self.world.hear(place("stdout"), stdout.clone().into_bytes(), &self.may_print);
        self.world.hear(place("stderr"), stderr.clone().into_bytes(), &[]);
        (stdout, stderr)
    }
}

/// What standard input is.
enum Input {
    Nothing,
    Text(Vec<u8>),
    Pipe,
    Given(Stdio),
}

/// A run to be: changed by its methods, then started.
pub struct Run {
    world: Arc<Inner>,
    program: OsString,
    args: Vec<OsString>,
    environment: BTreeMap<OsString, OsString>,
    folder: PathBuf,
    stdin: Input,
    stdout: Option<Stdio>,
    stderr: Option<Stdio>,
    may_print: Vec<Kind>,
    time: Duration,
}

impl Run {
    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More arguments.
    pub fn args<S: AsRef<OsStr>>(self, args: impl IntoIterator<Item = S>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Removes a variable.
    pub fn no_env(mut self, name: &str) -> Self {
        self.environment.remove(OsStr::new(name));
        self
    }

    /// Starts in another folder.
    pub fn folder(self, folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), ..self }
    }

    /// Standard input holds this text. Without it, there is nothing to read.
    pub fn stdin(self, text: impl Into<Vec<u8>>) -> Self {
        Self { stdin: Input::Text(text.into()), ..self }
    }

    /// Standard input is a pipe: `Running::write`.
    pub fn stdin_pipe(self) -> Self {
        Self { stdin: Input::Pipe, ..self }
    }

    /// Standard input is something else.
    pub fn stdin_from(self, stdin: impl Into<Stdio>) -> Self {
        Self { stdin: Input::Given(stdin.into()), ..self }
    }

    /// Standard output goes elsewhere: a closed pipe, `/dev/full`.
    pub fn stdout_to(self, stdout: impl Into<Stdio>) -> Self {
        Self { stdout: Some(stdout.into()), ..self }
    }

    /// Standard error goes elsewhere.
    pub fn stderr_to(self, stderr: impl Into<Stdio>) -> Self {
        Self { stderr: Some(stderr.into()), ..self }
    }

    /// Standard output may hold secrets of this kind. For `token`, access tokens and ID tokens always may.
    pub fn may_print(mut self, kind: Kind) -> Self {
        self.may_print.push(kind);
        self
    }

    /// How long it may take.
    pub fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Runs it under another program: `["strace", "-f"]`.
    pub fn under<S: AsRef<OsStr>>(mut self, wrapper: impl IntoIterator<Item = S>) -> Self {
        let mut words: Vec<OsString> = wrapper.into_iter().map(|word| word.as_ref().to_owned()).collect();
        words.push(self.program);
        words.append(&mut self.args);
        self.program = words.remove(0);
        self.args = words;
        self
    }

    /// Starts it and waits for its end.
    pub fn run(self) -> Output {
        self.start().wait()
    }

    /// Starts it, without a terminal.
    pub fn start(self) -> Running {
        let mut command = self.as_command();
        let (stdout, stderr) = (self.world.capture("stdout"), self.world.capture("stderr"));
        let create = |path: &Path| Stdio::from(File::create(path).unwrap());
        command.stdout(self.stdout.unwrap_or_else(|| create(&stdout)));
        command.stderr(self.stderr.unwrap_or_else(|| create(&stderr)));
        command.stdin(match self.stdin {
            Input::Nothing => Stdio::null(),
            Input::Pipe => Stdio::piped(),
            Input::Given(stdio) => stdio,
            Input::Text(text) => {
                let path = self.world.capture("stdin");
                fs::write(&path, text).unwrap();
                File::open(&path).unwrap().into()
            }
        });
        in_new_session(&mut command, None);
        let typed = typed(&command);
        let world = Arc::clone(&self.world);
        let streams = Streams { command: typed.clone(), stdout, stderr, may_print: self.may_print, world };
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start `{typed}`: {error}"));
        Running { child, command: typed, streams: Some(streams), world: self.world, time: self.time, ended: false }
    }

    /// Starts it on a pseudo-terminal, with all three streams there but those that were sent elsewhere.
    #[cfg(unix)]
    pub fn on_terminal(self) -> super::pty::Pty {
        let mut command = self.as_command();
        let given = match self.stdin {
            Input::Given(stdin) => [Some(stdin), self.stdout, self.stderr],
            _ => [None, self.stdout, self.stderr],
        };
        super::pty::Pty::start(&mut command, given, self.world, self.time, &self.may_print)
    }

    /// Its words and its surroundings, without its streams.
    pub fn as_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(&self.environment).current_dir(&self.folder);
        command
    }
}

fn private(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    #[cfg(not(unix))]
    let _ = (path, mode);
}
