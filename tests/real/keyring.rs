//! The real keyring: gnome-keyring on a D-Bus of the test's own. This is the shipped binary storing and reading back
//! through it (Y03), and what is said when that cannot be (R02, H02).

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Client, DEADLINE, Sandbox};
use crate::oidc_provider::twenty_at_once;
use crate::server::{Server, oidc_provider};

const PUB: Client = Client { name: "PUB", auth: "none" };
const SERVICE: &str = "--dest=org.freedesktop.secrets --session --print-reply";
const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";

/// A message bus without any service that it could start by itself, and an unlocked keyring on it.
struct Keyring {
    bus: Child,
    daemon: Child,
}

impl Keyring {
    fn start(sandbox: &Sandbox) -> Self {
        let configuration = sandbox.path("given/bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy>\
             </busconfig>",
            sandbox.path("run").display()
        );
        std::fs::write(&configuration, text).unwrap();
        // Both die with the thread of the test.
        let mut bus = sandbox
            .command("setpriv")
            .args(["--pdeathsig", "KILL", "dbus-daemon", "--nofork", "--print-address=1"])
            .arg(format!("--config-file={}", configuration.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        assert!(!address.is_empty(), "no dbus-daemon here; install it with: tests/run --install");
        sandbox.set("DBUS_SESSION_BUS_ADDRESS", address.trim_end());

        let mut daemon = sandbox
            .command("setpriv")
            .args(["--pdeathsig", "KILL", "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        daemon.stdin.take().unwrap().write_all(b"the keyring's own password").unwrap();
        let keyring = Self { bus, daemon };
        keyring.unlocked(sandbox)
    }

    /// Waits until it is there and has taken its password: it does not say so itself in all versions.
    fn unlocked(mut self, sandbox: &Sandbox) -> Self {
        let lines = format!(
            "dbus-send {SERVICE} {COLLECTION} org.freedesktop.DBus.Properties.Get \
             string:org.freedesktop.Secret.Collection string:Locked"
        );
        let begin = Instant::now();
        while !sandbox.bash(&lines).stdout.contains("boolean false") {
            let ended = self.daemon.try_wait().unwrap();
            assert!(ended.is_none(), "no gnome-keyring-daemon here; install it with: tests/run --install ({ended:?})");
            assert!(begin.elapsed() < DEADLINE, "the keyring does not get ready");
        }
        self
    }

    /// How many entries there are.
    fn entries(sandbox: &Sandbox) -> usize {
        let lines = format!(
            "dbus-send {SERVICE} {COLLECTION} org.freedesktop.DBus.Properties.Get \
             string:org.freedesktop.Secret.Collection string:Items"
        );
        sandbox.bash(&lines).exits(0).stdout.matches("object path").count()
    }

    fn lock(sandbox: &Sandbox) {
        let lines = format!(
            "dbus-send {SERVICE} /org/freedesktop/secrets org.freedesktop.Secret.Service.Lock array:objpath:{COLLECTION}"
        );
        sandbox.bash(&lines).exits(0);
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.daemon), signal).unwrap();
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        for child in [&mut self.daemon, &mut self.bus] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn sandbox_with_keyring(server: &Server) -> (Sandbox, Keyring) {
    with_keyring_and(server, "ROTATING", &PUB)
}

fn with_keyring_and(server: &Server, issuer: &str, client: &Client) -> (Sandbox, Keyring) {
    let sandbox = Sandbox::new();
    sandbox.write_profile(server, issuer, client, "keyring");
    let keyring = Keyring::start(&sandbox);
    (sandbox, keyring)
}

/// What is in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test] // Y03 R01 R08
fn a_session_lives_in_the_keyring() {
    let server = oidc_provider();
    let (sandbox, keyring) = sandbox_with_keyring(server);
    assert_eq!(Keyring::entries(&sandbox), 0);
    sandbox.log_in(server).exits(0);
    assert!(Keyring::entries(&sandbox) > 0, "login has stored nothing");

    let token = sandbox.token();
    // The refresh token can come from nowhere else: a new process reads it back, and writes the next one.
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    assert_ne!(sandbox.token(), token);
    assert!(sandbox.tok(&["show"]).exits(0).stdout.contains("keyring"));
    sandbox.no_token_is_left();
    assert_eq!(names(&sandbox.path("state/tok")), ["locks"], "more than a lock is on disk");

    sandbox.tok(&["logout"]).exits(0);
    assert_eq!(Keyring::entries(&sandbox), 0, "logout has left something");
    sandbox.tok(&["token"]).exits(3);
    drop(keyring);
}

#[test] // R07 R08
fn profiles_share_no_entry() {
    let server = oidc_provider();
    let (sandbox, keyring) = sandbox_with_keyring(server);
    let file = sandbox.path("config/tok/config.toml");
    let one = std::fs::read_to_string(&file).unwrap();
    let two = one.replace("profiles.default", "profiles.other");
    std::fs::write(&file, format!("{one}\n{two}")).unwrap();
    sandbox.log_in(server).exits(0);
    let first = sandbox.token();
    let login = ["login", "-p", "other", "--password-stdin"];
    sandbox.tok_with_input(&login, server.password()).exits(0);
    assert_eq!(sandbox.token(), first);
    sandbox.tok(&["logout", "-p", "other"]).exits(0);
    sandbox.tok(&["token", "-p", "other"]).exits(3);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
    assert_eq!(Keyring::entries(&sandbox), 0);
    drop(keyring);
}

#[test] // C01
fn twenty_at_once_refresh_once() {
    let server = oidc_provider();
    // With a client of its own, to tell its requests from those of the same test of another store.
    let (sandbox, keyring) = with_keyring_and(server, "SHORT", &Client { name: "POST", auth: "post" });
    sandbox.log_in(server).exits(0);
    twenty_at_once(server, &sandbox, "post");
    sandbox.tok(&["logout"]).exits(0);
    assert_eq!(Keyring::entries(&sandbox), 0);
    drop(keyring);
}

#[test] // R02
fn a_locked_keyring_is_exit_6() {
    let server = oidc_provider();
    let (sandbox, keyring) = sandbox_with_keyring(server);
    sandbox.log_in(server).exits(0);
    Keyring::lock(&sandbox);
    // `token` may answer from the kernel's copy of the access token; `refresh` needs what is locked.
    sandbox.tok(&["refresh"]).exits(6).says("locked");
    drop(keyring);
}

#[test] // H02
fn a_keyring_that_does_not_answer_is_given_up() {
    let server = oidc_provider();
    let (sandbox, keyring) = sandbox_with_keyring(server);
    sandbox.log_in(server).exits(0);
    keyring.signal(Signal::STOP);
    let begin = Instant::now();
    sandbox.tok(&["refresh"]).exits(6);
    // A person would have a minute.
    assert!(begin.elapsed() < Duration::from_secs(40), "took {:?}", begin.elapsed());
    keyring.signal(Signal::CONT);
    sandbox.tok(&["refresh"]).exits(0);
    drop(keyring);
}

#[test] // R02
fn without_a_keyring_the_other_stores_are_named() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    sandbox.write_profile(server, "ROTATING", &PUB, "keyring");
    for address in [None, Some("unix:path=/nonexistent/bus")] {
        if let Some(address) = address {
            sandbox.set("DBUS_SESSION_BUS_ADDRESS", address);
        }
        let outcome = sandbox.log_in(server).exits(6).says("hint:").says("keyring");
        assert!(outcome.stderr.contains("file"), "no way out is named: {}", outcome.stderr);
        assert!(!sandbox.path("state/tok/sessions").exists(), "a file was written, though nobody chose that");
    }
}
