//! One refresh at a time: the lock of a session.
//!
//! It is a file under the state folder, locked by the kernel, so that it is free when its holder dies, however that
//! happens (C05). It is never deleted: whoever deleted it would let a third process in beside a second that waits on
//! the deleted one. The file says who holds it, and how the last refresh ended: those who waited for a refresh that
//! failed take over its failure instead of sending the same request again, one after the other (C02).

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::EntryName;
use super::record::{LONGEST_FAILURE, Outcome, Record};
use crate::oauth::Foreign;
use crate::sys::files::{self, FileError};

/// Taking the lock of a session.
#[derive(Debug)]
pub struct SessionLock;

/// The lock, held until dropped.
#[derive(Debug)]
pub struct Held {
    /// Locked as long as this is open.
    lock: File,
    content: File,
    record: Record,
    failed_while_waiting: bool,
}

/// The lock was not got.
#[derive(Debug)]
pub enum LockError {
    /// Another process holds it, and did not let it go in the time given.
    TimedOut {
        /// The process that holds it, where that is known.
        holder: Option<u32>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The folder of the lock files cannot be made or is not ours alone.
    Folder(FileError),
    /// The lock file cannot be opened or locked.
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        kind: ErrorKind,
        /// The same in words.
        text: String,
    },
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut { holder, waited } => {
                write!(f, "waited {} s for another tok process", waited.as_secs())?;
                holder.map_or(Ok(()), |pid| write!(f, " ({pid})"))?;
                f.write_str(" to finish with this session")
            }
            Self::Folder(error) => error.fmt(f),
            Self::Io { path, text, .. } => {
                write!(f, "cannot lock {}: {text}", Foreign::new(path.to_string_lossy()))
            }
        }
    }
}

impl std::error::Error for LockError {}

impl SessionLock {
    /// Takes the lock of an entry; `folder` is made where it is not there yet. Waits no longer than `wait`. Processes
    /// get it in the order in which they came, on Linux.
    ///
    /// # Errors
    /// [`LockError`]
    pub fn acquire(folder: &Path, entry: &EntryName, wait: Duration) -> Result<Held, LockError> {
        Arrival::at(folder, entry)?.take(wait)
    }
}

/// Someone who wants the lock, and what was recorded when they came.
struct Arrival {
    path: PathBuf,
    lock: File,
    content: File,
    /// How many outcomes; `None` where the content could not be read.
    recorded: Option<u64>,
}

impl Arrival {
    fn at(folder: &Path, entry: &EntryName) -> Result<Self, LockError> {
        files::create_private_dir(folder).map_err(LockError::Folder)?;
        let path = folder.join(format!("{}.lock", entry.file_name()));
        let failed = |error| io_error(&path, &error);
        let lock = open(&path).map_err(failed)?;
        let content = open(&content_path(&path)).map_err(failed)?;
        // Whoever was the first of all may not have written yet.
        let is_new = || content.metadata().is_ok_and(|metadata| metadata.len() == 0);
        let recorded = Record::read(&content).map(|record| record.sequence).or_else(|| is_new().then_some(0));
        Ok(Self { path, lock, content, recorded })
    }

    fn take(self, wait: Duration) -> Result<Held, LockError> {
        let Self { path, lock, content, recorded } = self;
        let Some(lock) = take(lock, wait).map_err(|error| io_error(&path, &error))? else {
            let holder = Record::read(&content).and_then(|record| record.holder);
            return Err(LockError::TimedOut { holder, waited: wait });
        };
        let mut record = Record::read(&content).unwrap_or_default();
        record.holder = Some(std::process::id());
        record.turns = record.turns.wrapping_add(1);
        // The whole record, because the file may be new or damaged. A failure here costs those who wait a name.
        let _ = record.write(&content);
        let recorded_since = recorded.is_some_and(|sequence| sequence != record.sequence);
        let failed_while_waiting = recorded_since && matches!(record.outcome, Outcome::Failure(_));
        Ok(Held { lock, content, record, failed_while_waiting })
    }
}

fn io_error(path: &Path, error: &io::Error) -> LockError {
    LockError::Io { path: path.to_owned(), kind: error.kind(), text: error.to_string() }
}

/// What a lock looked like to someone who did not take it: it tells later whether anybody held it since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    turns: u64,
}

impl SessionLock {
    /// Looks at the lock of an entry without taking or making it; `None` where it cannot be read.
    #[must_use]
    pub fn glance(folder: &Path, entry: &EntryName) -> Option<Glance> {
        let path = content_path(&folder.join(format!("{}.lock", entry.file_name())));
        match File::open(path) {
            Ok(file) => Record::read(&file).map(|record| Glance { turns: record.turns }),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(Glance { turns: 0 }),
            Err(_) => None,
        }
    }

    /// Takes the lock if it is free and nobody held it since the glance: what was read in between is still true.
    #[must_use]
    pub fn unmoved(folder: &Path, entry: &EntryName, since: Glance) -> Option<Held> {
        let held = Self::acquire(folder, entry, Duration::ZERO).ok()?;
        // Our own turn is counted too.
        (held.record.turns == since.turns.wrapping_add(1)).then_some(held)
    }
}

impl Held {
    /// The failure that another process recorded while this one waited for the lock.
    #[must_use]
    pub fn failed_while_waiting(&self) -> Option<&str> {
        match &self.record.outcome {
            Outcome::Failure(text) if self.failed_while_waiting => Some(text),
            _ => None,
        }
    }

    /// Tells those who are waiting that the refresh failed. The text is for them alone; it holds no secret.
    pub fn record_failure(&mut self, failure: &str) {
        let kept =
            if failure.len() > LONGEST_FAILURE { Outcome::Unknown } else { Outcome::Failure(failure.to_owned()) };
        self.record(kept);
    }

    /// Tells that there are new tokens.
    pub fn record_success(&mut self) {
        self.record(Outcome::Success);
    }

    /// Where that cannot be written, nobody adopts it: those who wait ask the server themselves.
    fn record(&mut self, outcome: Outcome) {
        self.failed_while_waiting = false;
        self.record.sequence = self.record.sequence.wrapping_add(1);
        self.record.outcome = outcome;
        let _ = self.record.write(&self.content);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A process that is gone is not to be named as the holder.
        self.record.holder = None;
        let _ = self.record.write(&self.content);
        // Explicitly: a child that is just being started may hold a copy of the descriptor.
        let _ = self.lock.unlock();
    }
}

/// Where locks are mandatory, nobody could read the locked file: there the content is in a file beside it.
fn content_path(lock: &Path) -> PathBuf {
    if cfg!(windows) { lock.with_extension("holder") } else { lock.to_owned() }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::new(ErrorKind::InvalidInput, "not a file")) }
}

/// Locks the file; `None` where that did not succeed in time.
fn take(file: File, wait: Duration) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => return Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => {}
        Err(std::fs::TryLockError::Error(error)) => return Err(error),
    }
    // Who does not wait must not stand in the queue either: the lock would be theirs for a moment.
    if wait.is_zero() {
        return Ok(None);
    }
    // The kernel's wait has no limit, so another thread waits. If it gets the lock too late, nobody takes the file
    // from it, and it is closed.
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new().name("lock".to_owned()).stack_size(64 * 1024).spawn(move || {
        let locked = loop {
            match file.lock() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result.map(|()| file),
            }
        };
        let _ = sender.send(locked);
    })?;
    match receiver.recv_timeout(wait) {
        Ok(result) => result.map(Some),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(io::Error::other("the waiting thread ended")),
    }
}

#[cfg(test)]
mod tests;
