//! A person at a terminal, against both servers.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};

use crate::harness::{Client, DEADLINE, Sandbox, tok_binary, wait};
use crate::server::{Server, glewlwyd, oidc_provider};

/// `tok` on a terminal of its own.
pub struct Terminal {
    child: Child,
    /// The side of the screen and the keyboard.
    keyboard: File,
    /// The side of the program, kept open to look at its modes.
    line: OwnedFd,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
    searched: usize,
}

impl Terminal {
    pub fn start(sandbox: &Sandbox, args: &[&str]) -> Self {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap().into_string().unwrap();
        let line = File::options().read(true).write(true).open(name).unwrap();
        let stdio = || Stdio::from(line.try_clone().unwrap());
        // A session of its own with this terminal as the controlling one; the program becomes the process itself.
        let child = sandbox
            .command("setsid")
            .arg("--ctty")
            .arg(tok_binary())
            .args(args)
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let keyboard = File::from(controller);
        let mut output = keyboard.try_clone().unwrap();
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keyboard, line: line.into(), screen, shown: Vec::new(), searched: 0 }
    }

    /// Waits until this text is shown, after the last one waited for.
    #[track_caller]
    pub fn sees(&mut self, text: &str) {
        let end = Instant::now() + DEADLINE;
        loop {
            let new = String::from_utf8_lossy(&self.shown[self.searched..]).into_owned();
            if let Some(at) = new.find(text) {
                self.searched += at + text.len();
                return;
            }
            let left = end.saturating_duration_since(Instant::now());
            let Ok(more) = self.screen.recv_timeout(left) else {
                panic!("not shown: {text:?}; shown: {:?}", String::from_utf8_lossy(&self.shown));
            };
            self.shown.extend(more);
        }
    }

    /// The next whole line that begins with this, without it.
    #[track_caller]
    pub fn reads(&mut self, beginning: &str) -> String {
        self.sees(&format!("\n{beginning}"));
        let start = self.searched;
        self.sees("\r\n");
        // The end of a line is the beginning of the next.
        self.searched -= 1;
        String::from_utf8_lossy(&self.shown[start..self.searched - 1]).into_owned()
    }

    pub fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.line).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// Waits for the end; the exit code as a shell would tell it, and everything that was shown.
    pub fn ends(mut self, sandbox: &Sandbox) -> (i32, String) {
        use std::os::unix::process::ExitStatusExt;
        let (status, ..) = wait(self.child, Vec::new(), "tok on a terminal");
        assert!(tcgetattr(&self.line).unwrap().local_modes.contains(LocalModes::ECHO), "the echo is still off");
        drop(self.line);
        self.shown.extend(self.screen.iter().flatten());
        sandbox.record("tok on a terminal", &self.shown, false);
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
        (code, String::from_utf8_lossy(&self.shown).into_owned())
    }
}

fn log_in_by_hand(server: &Server, client: &Client) {
    let sandbox = Sandbox::with_profile(server, "ROTATING", client);
    let mut terminal = Terminal::start(&sandbox, &["login"]);
    let origin = server.value("ROTATING_ISSUER").split("/api").next().unwrap();
    terminal.sees(&format!("Password for alice at {origin}: "));
    assert!(!terminal.echoes(), "what is typed now would be shown"); // before the prompt, not after it
    terminal.types(&format!("{}\n", server.password()));
    let (code, shown) = terminal.ends(&sandbox);
    assert_eq!(code, 0, "{shown}");
    sandbox.token();
    sandbox.tok(&["logout"]).exits(0);
}

#[test] // U02
fn login_at_oidc_provider() {
    log_in_by_hand(oidc_provider(), &Client { name: "PUB", auth: "none" });
}

#[test] // U02
fn login_at_glewlwyd() {
    log_in_by_hand(&glewlwyd(), &Client { name: "CONF", auth: "basic" });
}

#[test] // U03
fn an_interrupted_prompt_gives_the_echo_back() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "PUB", auth: "none" });
    let mut terminal = Terminal::start(&sandbox, &["login"]);
    terminal.sees("Password for alice");
    terminal.types("half a passw\u{3}");
    let (code, shown) = terminal.ends(&sandbox);
    assert_eq!(code, 130, "{shown}");
    assert!(!shown.contains("half"), "{shown}");
    sandbox.tok(&["token"]).exits(3);
}
