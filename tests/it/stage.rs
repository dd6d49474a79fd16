//! What most stories about sessions begin with: a private home, an authorization server on loopback, a login.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::PATIENCE;
use crate::support::canary::{Finding, Kind};
use crate::support::process::Output;
use crate::support::run::{Run, World};
use crate::support::secret_service::SecretService;
use crate::support::server::AuthServer;

/// A home and a server, and the store in which logins keep their sessions.
pub struct Stage {
    pub world: World,
    pub server: AuthServer,
    pub store: &'static str,
    /// That of the store `keyring`.
    pub keyring: Option<SecretService>,
}

impl Stage {
    /// Nobody is logged in yet. The server speaks plain http, which loopback allows: half of these stories meddle with
    /// the clock, which no certificate survives.
    pub fn new(store: &'static str) -> Self {
        let world = crate::world();
        let mut keyring = None;
        match store {
            "file" => world.allow_file_store(),
            "kernel" => {
                for kind in [Kind::AccessToken, Kind::RefreshToken, Kind::IdToken] {
                    world.allow(kind, "kernel key tok:session:");
                }
            }
            "keyring" => {
                let keyring = keyring.insert(SecretService::start());
                world.set_env("DBUS_SESSION_BUS_ADDRESS", keyring.address());
            }
            _ => {}
        }
        let server = AuthServer::start_http(world.canaries());
        Self { world, server, store, keyring }
    }

    /// Logged in, with an access token that lives five minutes.
    pub fn logged_in(store: &'static str) -> Self {
        let stage = Self::new(store);
        stage.log_in("default");
        stage
    }

    /// Logged in, with an access token that has expired; the next one lives five minutes.
    pub fn expired(store: &'static str) -> Self {
        let stage = Self::new(store);
        stage.log_in_expired("default");
        stage
    }

    /// Logs a profile in so that its access token has no life left.
    pub fn log_in_expired(&self, profile: &str) {
        self.lifetime(Some(0));
        self.log_in(profile);
        self.lifetime(Some(300));
    }

    /// Logs a profile in.
    pub fn log_in(&self, profile: &str) {
        self.login(profile).run().ok();
    }

    /// The login of a profile, not yet started.
    pub fn login(&self, profile: &str) -> Run {
        let issuer = self.server.issuer();
        let words =
            ["-p", profile, "login", "--issuer", &issuer, "--client-id", "tok", "-u", "ada", "--password-stdin"];
        self.world.tok(words).arg("--store").arg(self.store).stdin(self.server.password("ada"))
    }

    /// The lifetime of the next access tokens.
    pub fn lifetime(&self, seconds: Option<u64>) {
        self.server.set(|setup| setup.expires_in = seconds);
    }

    /// The program, not yet started: `tok("token --header")`.
    pub fn tok(&self, words: &str) -> Run {
        self.world.tok(words.split(' '))
    }

    /// How many refreshes the server was asked for.
    pub fn refreshes(&self) -> usize {
        self.server.count("refresh_token")
    }

    /// The newest access token that the server gave out.
    pub fn latest(&self) -> String {
        self.server.realm(|realm| realm.latest_access().unwrap().to_owned())
    }

    /// Demands that a token was printed and that the server honours it.
    #[track_caller]
    pub fn demand_alive(&self, output: &Output) {
        let token = output.line();
        assert!(self.server.realm(|realm| realm.who(token).is_some()), "a dead token was printed");
    }

    /// The files of the folder of sessions, of the locks: name by name.
    pub fn files(&self, folder: &str) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.world.path("state/tok").join(folder)) else { return Vec::new() };
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The only session's file; what is beside it for a while (`.NAME.tmp`) does not count.
    #[track_caller]
    pub fn session_file(&self) -> PathBuf {
        let mut files = self.files("sessions");
        let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        files.retain(|path| !name(path).starts_with('.'));
        assert_eq!(files.len(), 1, "{files:?}");
        files.remove(0)
    }

    /// Every secret that is kept anywhere now: after a logout there is none (R08).
    pub fn remaining(&self) -> Vec<Finding> {
        let mut findings = self.world.remaining();
        let secrets = self.keyring.iter().flat_map(SecretService::secrets);
        findings.extend(secrets.flat_map(|text| self.world.canaries().search("the keyring", text.as_bytes())));
        findings
    }

    /// As if nobody had ever logged in.
    pub fn forget_everything(&self) {
        self.tok("logout --local").run();
        for folder in ["config/tok", "state/tok"] {
            let _ = std::fs::remove_dir_all(self.world.path(folder));
        }
    }

    /// Forgets the copies of access tokens in the kernel, as a reboot would.
    pub fn empty_cache(&self) {
        crate::support::kernel_keys::forget(&format!("{}", self.world.path("config/tok/config.toml").display()));
    }

    /// Waits until so many processes stand before the locks of this home.
    pub fn wait_for_waiters(&self, count: usize) {
        wait_for_waiters(&self.world, count);
    }
}

/// Waits until so many processes stand before the locks of a home, as the kernel tells:
/// `1: -> FLOCK ... DEVICE:INODE 0 EOF`.
pub fn wait_for_waiters(world: &World, count: usize) {
    use std::os::unix::fs::MetadataExt;
    let waiters = || {
        let Ok(folder) = std::fs::read_dir(world.path("state/tok/locks")) else { return 0 };
        let inodes: Vec<String> =
            folder.map(|entry| format!(":{} ", entry.unwrap().metadata().unwrap().ino())).collect();
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        let waits = |line: &&str| line.contains("-> FLOCK") && inodes.iter().any(|inode| line.contains(inode));
        locks.lines().filter(waits).count()
    };
    poll(&format!("{count} waiters"), || waiters() >= count);
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What a key of the kernel's is named does not say whose it is, and room without a secret in it is not found by
        // its canary: so the program cleans up itself.
        if self.store == "kernel" {
            let _ = self.tok("logout --all --local").run();
        }
    }
}

/// Waits for something that the kernel shows but does not tell of.
#[track_caller]
pub fn poll(what: &str, mut there: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !there() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::park_timeout(Duration::from_millis(2));
    }
}

/// The exit code that a shell gives for death by a signal.
pub fn death_by(signal: Signal) -> i32 {
    128 + signal.as_raw()
}
