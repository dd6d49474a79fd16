//! The sign of life during a wait: after 300 ms, on a terminal only, on standard error, and cleared afterwards.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A wait shorter than this shows nothing.
pub(super) const PATIENCE: Duration = Duration::from_millis(300);
/// How long one picture of the spinner stands.
const FRAME: Duration = Duration::from_millis(120);
const FRAMES: [&str; 4] = ["|", "/", "-", "\\"];
/// To the start of the line, and clear it.
const CLEAR: &str = "\r\x1b[K";

/// The last line of standard error: a spinner may stand in it, and must go before anything else is written.
#[derive(Debug, Default)]
pub(super) struct LastLine {
    drawn: Mutex<bool>,
}

impl LastLine {
    /// Writes text where a spinner may be. What cannot be written to standard error is lost: there is no other place
    /// to say so.
    pub fn write(&self, text: &str) {
        let mut drawn = self.lock();
        let mut stderr = io::stderr().lock();
        if std::mem::take(&mut *drawn) {
            let _ = stderr.write_all(CLEAR.as_bytes());
        }
        let _ = stderr.write_all(text.as_bytes());
    }

    fn draw(&self, frame: &str, what: &str) {
        let mut drawn = self.lock();
        *drawn = true;
        let _ = io::stderr().write_all(format!("{CLEAR}{frame} {what}").as_bytes());
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait that is being shown; ends when dropped.
#[derive(Debug)]
#[must_use = "the spinner ends when this is dropped"]
pub struct Spinner(Option<Running>);

#[derive(Debug)]
struct Running {
    stop: Sender<()>,
    thread: JoinHandle<()>,
    line: Arc<LastLine>,
}

impl Spinner {
    /// For where nothing is shown.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Shows what is waited for, which must fit into the line and is asked for anew each time, after some patience.
    /// Without a thread for it nothing is shown.
    pub(super) fn start(line: &Arc<LastLine>, patience: Duration, what: impl Fn() -> String + Send + 'static) -> Self {
        let (stop, stopped) = channel();
        let shown = Arc::clone(line);
        let thread = thread::Builder::new().spawn(move || spin(&stopped, &shown, patience, &what));
        Self(thread.ok().map(|thread| Running { stop, thread, line: Arc::clone(line) }))
    }
}

fn spin(stopped: &Receiver<()>, line: &LastLine, mut patience: Duration, what: &dyn Fn() -> String) {
    for frame in FRAMES.iter().cycle() {
        match stopped.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => line.draw(frame, &what()),
            _ => return,
        }
        patience = FRAME;
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(Running { stop, thread, line }) = self.0.take() {
            drop(stop);
            let _ = thread.join();
            line.write("");
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::io::{Read, stdin};
    use std::process::Stdio;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    use crate::sys::terminal::{SystemTerminal, Terminal, TerminalOptions};
    use crate::sys::testing::{child, in_child};

    #[test]
    fn role() {
        let Some(role) = in_child() else { return };
        let terminal = SystemTerminal::new(TerminalOptions { quiet: role == "quiet", ..TerminalOptions::default() });
        let spinner = terminal.waiting(&format!("waiting for the server{}", " and on".repeat(50)));
        let mut line = String::new();
        if role == "long" {
            stdin().read_line(&mut line).unwrap();
            terminal.complain("a line between");
            stdin().read_line(&mut line).unwrap();
        }
        drop(spinner);
        terminal.complain("done");
    }

    /// The screen until the end; after each of the texts the role is told to go on.
    fn screen(role: &str, texts: &[&str]) -> String {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let slave = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let size = rustix::termios::Winsize { ws_row: 24, ws_col: 30, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&master, size).unwrap();
        let slave = File::options().write(true).open(slave).unwrap();
        let mut job = child("sys::spinner::tests::role", role);
        let mut job = job.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(slave).spawn().unwrap();
        let (mut master, mut screen) = (File::from(master), String::new());
        let mut texts = texts.iter();
        let mut text = texts.next();
        while !screen.contains("done\r\n") {
            let mut bytes = [0; 1000];
            let n = master.read(&mut bytes).unwrap();
            screen.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
            if text.is_some_and(|text| screen.contains(text)) {
                std::io::Write::write_all(job.stdin.as_mut().unwrap(), b"\n").unwrap();
                text = texts.next();
            }
        }
        job.wait().unwrap();
        screen
    }

    #[test]
    fn a_wait_is_shown_and_cleared() {
        let screen = screen("long", &["| waiting", "a line between\r\n\r\x1b[K"]);
        assert!(screen.starts_with("\r\x1b[K| waiting for the server and"), "{screen:?}");
        assert!(screen.contains("\r\x1b[Ka line between\r\n"), "{screen:?}");
        assert!(screen.ends_with("\r\x1b[Kdone\r\n"), "{screen:?}");
        let longest = screen.split(['\r', '\n']).map(|line| line.trim_start_matches("\x1b[K").chars().count()).max();
        assert_eq!(longest, Some(29), "{screen:?}");
    }

    #[test]
    fn a_short_or_quiet_wait_shows_nothing() {
        assert_eq!(screen("quiet", &[]), "done\r\n");
    }
}
