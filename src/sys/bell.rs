//! A bell: one thread rings it, another hears it while it waits for a person at the terminal.

use std::io;
use std::time::{Duration, Instant};

/// What is heard.
#[derive(Debug)]
pub struct Bell {
    line: line::Heard,
    deadline: Instant,
}

/// What is rung.
#[derive(Debug)]
pub struct Ringer(line::Rung);

impl Bell {
    /// One that rings by itself when so much time has passed. Once rung it rings for ever: it is for what happens once.
    ///
    /// # Errors
    /// The system has no more pipes.
    pub fn new(patience: Duration) -> io::Result<(Self, Ringer)> {
        let (line, rung) = line::new()?;
        Ok((Self { line, deadline: Instant::now() + patience }, Ringer(rung)))
    }

    /// The time until it rings by itself.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// When it rings by itself.
    #[cfg(unix)]
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What becomes readable when it is rung.
    #[cfg(unix)]
    pub(super) fn fd(&self) -> std::os::fd::BorrowedFd<'_> {
        std::os::fd::AsFd::as_fd(&self.line)
    }

    /// Whether it was rung.
    #[cfg(not(unix))]
    pub(super) fn has_rung(&self) -> bool {
        self.line.load(std::sync::atomic::Ordering::SeqCst)
    }
}

#[cfg(unix)]
mod line {
    use std::io::{self, PipeReader, PipeWriter, Write as _};

    pub type Heard = PipeReader;
    pub type Rung = PipeWriter;

    pub fn new() -> io::Result<(Heard, Rung)> {
        let (reader, writer) = io::pipe()?;
        rustix::io::ioctl_fionbio(&writer, true)?;
        Ok((reader, writer))
    }

    impl super::Ringer {
        /// Rings.
        pub fn ring(&self) {
            // A pipe that is full is readable already.
            let _ = (&self.0).write(b"!");
        }
    }
}

#[cfg(not(unix))]
mod line {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    pub type Heard = Arc<AtomicBool>;
    pub type Rung = Arc<AtomicBool>;

    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub fn new() -> io::Result<(Heard, Rung)> {
        let rung = Arc::new(AtomicBool::new(false));
        Ok((Arc::clone(&rung), rung))
    }

    impl super::Ringer {
        /// Rings.
        pub fn ring(&self) {
            self.0.store(true, SeqCst);
        }
    }
}
