//! The real servers: each is started once for the whole suite by its recipe in `tests/servers` and ends with it, because
//! the recipe stops the server when the pipe to its standard input is closed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A running server and what its recipe says of it: issuers, clients, the user, the CA.
pub struct Server {
    values: BTreeMap<String, String>,
    /// Held open for as long as the suite runs.
    _alive: ChildStdin,
}

/// The strict one.
pub fn oidc_provider() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("oidc-provider"))
}

/// The one with metadata by RFC 8414 alone.
pub fn authlib() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("authlib"))
}

/// The one without metadata.
pub fn node_oauth2_server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("node-oauth2-server"))
}

/// The one that redirects.
pub fn django_oauth_toolkit() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| Server::start("django-oauth-toolkit"))
}

/// The lenient one, for one test at a time: its database answers two at once with a 500 now and then.
pub fn glewlwyd() -> impl Deref<Target = Server> {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static TURN: Mutex<()> = Mutex::new(());
    // A test that failed leaves nothing that the next could trip over.
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    InTurn { server: SERVER.get_or_init(|| Server::start("glewlwyd")), _turn: turn }
}

/// A server that answers one test at a time.
struct InTurn {
    server: &'static Server,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for InTurn {
    type Target = Server;

    fn deref(&self) -> &Server {
        self.server
    }
}

impl Server {
    fn start(name: &str) -> Self {
        let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers").join(name);
        let states = Path::new(env!("CARGO_TARGET_TMPDIR")).join("servers");
        let state = states.join(format!("{name}.{}", std::process::id()));
        remove_left_over(&states);
        std::fs::create_dir_all(&state).unwrap();
        let errors = state.join("stderr.log");
        let mut child = Command::new(recipe)
            .arg("run")
            .arg(&state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let mut values = BTreeMap::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            let (name, value) = line.split_once('=').unwrap();
            if name == "READY" {
                return Self { values, _alive: child.stdin.take().unwrap() };
            }
            values.insert(name.to_owned(), value.to_owned());
        }
        panic!("{name} did not start: {}", std::fs::read_to_string(errors).unwrap_or_default());
    }

    /// One of the values that the recipe prints.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("the recipe does not say {name}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub fn ca_file(&self) -> PathBuf {
        self.value("CA_FILE").into()
    }

    pub fn user(&self) -> &str {
        self.value("USERNAME")
    }

    pub fn password(&self) -> &str {
        self.value("PASSWORD")
    }

    /// How many answered requests there were so far that read like this: `"ISSUER PATH GRANT CLIENT STATUS"`.
    pub fn requests(&self, like: &str) -> usize {
        std::fs::read_to_string(self.value("REQUEST_LOG")).unwrap().lines().filter(|line| *line == like).count()
    }
}

/// What earlier runs have left for a look at their logs.
fn remove_left_over(states: &Path) {
    for entry in std::fs::read_dir(states).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let running = name.rsplit('.').next().is_some_and(|pid| Path::new("/proc").join(pid).exists());
        if !running {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
