//! The sign of life during a wait: after 300 ms, on a terminal only, on standard error, and cleared afterwards.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A wait shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(300);
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

    /// Shows `what`, which must fit into the line, after 300 ms. Without a thread for it nothing is shown.
    pub(super) fn start(line: &Arc<LastLine>, what: String) -> Self {
        let (stop, stopped) = channel();
        let shown = Arc::clone(line);
        let thread = thread::Builder::new().spawn(move || spin(&stopped, &shown, &what));
        Self(thread.ok().map(|thread| Running { stop, thread, line: Arc::clone(line) }))
    }
}

fn spin(stopped: &Receiver<()>, line: &LastLine, what: &str) {
    let mut patience = PATIENCE;
    for frame in FRAMES.iter().cycle() {
        match stopped.recv_timeout(patience) {
            Err(RecvTimeoutError::Timeout) => line.draw(frame, what),
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
