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
    /// How the last refresh ended, whenever that was.
    #[must_use]
    pub fn previous(&self) -> &Outcome {
        &self.record.outcome
    }

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
mod tests {
    use std::io::{Read as _, Write as _};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    fn entry() -> EntryName {
        EntryName::new("work", "/config.toml")
    }

    fn acquire(folder: &Path, wait: Duration) -> Result<Held, LockError> {
        SessionLock::acquire(folder, &entry(), wait)
    }

    fn lock_path(folder: &Path) -> PathBuf {
        folder.join(format!("{}.lock", entry().file_name()))
    }

    #[test] // C02
    fn who_came_before_the_first_holder_wrote_anything_hears_of_its_failure() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = [(); 2].map(|()| Arrival::at(folder.path(), &entry()).unwrap());
        first.take(LONG).unwrap().record_failure("theirs");
        assert_eq!(second.take(LONG).unwrap().failed_while_waiting(), Some("theirs"));
    }

    #[test] // C01, C05
    fn one_holder_at_a_time_and_the_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let locks = folder.path().join("locks");
        let held = acquire(&locks, LONG).unwrap();
        let other = SessionLock::acquire(&locks, &EntryName::new("other", "/config.toml"), Duration::ZERO);
        assert!(other.is_ok(), "profiles do not block each other");
        let wait = Duration::from_millis(20);
        match acquire(&locks, wait) {
            Err(LockError::TimedOut { holder, waited }) => {
                assert_eq!((holder, waited), (Some(std::process::id()), wait));
            }
            other => panic!("{other:?}"),
        }
        drop(held);
        // Not at once: the wait that ended may still get the lock, for a moment.
        assert!(acquire(&locks, LONG).is_ok());
        assert!(lock_path(&locks).exists());
    }

    #[test] // C05: who gave up waiting does not get the lock later
    fn a_wait_that_ended_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..50 {
            let held = acquire(folder.path(), LONG).unwrap();
            assert!(acquire(folder.path(), Duration::from_millis(1)).is_err());
            drop(held);
        }
        assert!(acquire(folder.path(), LONG).is_ok());
    }

    #[test] // C02
    fn those_who_waited_adopt_the_failure_and_no_one_else_does() {
        const WAITERS: usize = 20;
        let folder = tempfile::tempdir().unwrap();
        let mut held = acquire(folder.path(), LONG).unwrap();
        held.record_failure("an older one");
        let all_are_here = Barrier::new(WAITERS + 1);
        thread::scope(|scope| {
            let wait = || {
                let arrival = Arrival::at(folder.path(), &entry()).unwrap();
                all_are_here.wait();
                arrival.take(LONG).unwrap().failed_while_waiting().map(str::to_owned)
            };
            let waiters: Vec<_> = (0..WAITERS).map(|_| scope.spawn(wait)).collect();
            all_are_here.wait();
            held.record_failure("{\"timeout\":30}\nsecond line");
            drop(held);
            for waiter in waiters {
                assert_eq!(waiter.join().unwrap().as_deref(), Some("{\"timeout\":30}\nsecond line"));
            }
        });
        let late = acquire(folder.path(), LONG).unwrap();
        assert_eq!(late.failed_while_waiting(), None);
        assert_eq!(late.previous(), &Outcome::Failure("{\"timeout\":30}\nsecond line".into()));
    }

    #[test] // C10
    fn a_glance_tells_whether_anybody_held_the_lock_since() {
        let folder = tempfile::tempdir().unwrap();
        let locks = folder.path().join("locks");
        let glance = || SessionLock::glance(&locks, &entry()).unwrap();
        let unmoved = |since| SessionLock::unmoved(&locks, &entry(), since);
        let before_all = glance();
        assert!(!locks.exists(), "a glance makes nothing");
        assert!(unmoved(before_all).is_some());
        assert!(unmoved(before_all).is_none(), "it was held since");
        let now = glance();
        let held = acquire(&locks, LONG).unwrap();
        assert!(unmoved(now).is_none(), "it is held");
        drop(held);
        assert!(unmoved(now).is_none());
        assert!(unmoved(glance()).is_some());
        let in_a_file = SessionLock::glance(&lock_path(&locks), &entry());
        assert!(cfg!(windows) || in_a_file.is_none(), "it cannot be known, but for Windows, where it is not there");
    }

    #[test] // C06
    fn a_lock_that_was_let_go_names_no_holder() {
        let folder = tempfile::tempdir().unwrap();
        let holder = || Record::read(&open(&content_path(&lock_path(folder.path()))).unwrap()).unwrap().holder;
        let held = acquire(folder.path(), LONG).unwrap();
        assert_eq!(holder(), Some(std::process::id()));
        drop(held);
        assert_eq!(holder(), None);
    }

    #[test] // C02
    fn a_success_is_not_taken_for_a_failure() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = acquire(folder.path(), LONG).unwrap();
        held.record_failure("first");
        let waiter = Arrival::at(folder.path(), &entry()).unwrap();
        held.record_failure("second");
        held.record_success();
        drop(held);
        let held = waiter.take(LONG).unwrap();
        assert_eq!((held.previous(), held.failed_while_waiting()), (&Outcome::Success, None));
    }

    #[test] // C02: its own failure is not adopted by a holder, nor twice
    fn a_holder_that_asked_itself_does_not_adopt() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = acquire(folder.path(), LONG).unwrap();
        let waiter = Arrival::at(folder.path(), &entry()).unwrap();
        first.record_failure("theirs");
        assert_eq!(first.failed_while_waiting(), None);
        drop(first);
        let mut second = waiter.take(LONG).unwrap();
        assert_eq!(second.failed_while_waiting(), Some("theirs"));
        second.record_failure("its own");
        assert_eq!(second.failed_while_waiting(), None);
    }

    #[test] // C01: really waiting, many at once
    fn those_who_wait_get_the_lock_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let holders = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    let held = acquire(folder.path(), LONG).unwrap();
                    assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                    thread::yield_now();
                    assert_eq!(holders.fetch_sub(1, Ordering::SeqCst), 1);
                    drop(held);
                });
            }
        });
    }

    /// Not a test: the child of the next one. It holds the lock until it is killed.
    #[test]
    #[ignore = "started by another test"]
    fn child_that_holds_the_lock() {
        let Some(folder) = std::env::var_os("LOCK_TEST_FOLDER") else { return };
        let mut held = acquire(Path::new(&folder), LONG).unwrap();
        held.record_failure("before the kill");
        io::stderr().write_all(b"held\n").unwrap();
        io::stdin().read_line(&mut String::new()).unwrap();
        drop(held);
    }

    #[test] // C05, C06
    fn a_killed_holder_is_named_while_it_lives_and_the_next_goes_on() {
        use std::process::{Command, Stdio};
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "store::lock::tests::child_that_holds_the_lock"])
            .env("LOCK_TEST_FOLDER", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0; 5];
        child.stderr.take().unwrap().read_exact(&mut line).unwrap();
        assert_eq!(&line, b"held\n");
        match acquire(folder.path(), Duration::from_millis(20)) {
            Err(error @ LockError::TimedOut { holder, .. }) => {
                assert_eq!(holder, Some(child.id()));
                assert!(error.to_string().contains(&child.id().to_string()), "{error}");
            }
            other => panic!("{other:?}"),
        }
        child.kill().unwrap();
        let held = acquire(folder.path(), LONG).unwrap();
        // The failure was recorded before this wait began.
        assert_eq!(held.failed_while_waiting(), None);
        assert_eq!(held.previous(), &Outcome::Failure("before the kill".into()));
        child.wait().unwrap();
    }

    #[test] // C07
    fn a_damaged_record_is_no_failure_and_is_repaired() {
        let folder = tempfile::tempdir().unwrap();
        drop(acquire(folder.path(), LONG).unwrap());
        let path = content_path(&lock_path(folder.path()));
        let mut held = acquire(folder.path(), LONG).unwrap();
        held.record_failure("some failure");
        drop(held);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut held = acquire(folder.path(), LONG).unwrap();
            assert_eq!(held.previous(), &Outcome::Unknown, "cut at {length}");
            assert_eq!(held.failed_while_waiting(), None);
            held.record_success();
            drop(held);
            assert_eq!(acquire(folder.path(), LONG).unwrap().previous(), &Outcome::Success);
        }
        std::fs::write(&path, [0xff; 100]).unwrap();
        assert_eq!(acquire(folder.path(), LONG).unwrap().previous(), &Outcome::Unknown);
    }

    #[test]
    fn a_failure_too_long_to_record_is_not_adopted() {
        let folder = tempfile::tempdir().unwrap();
        let mut held = acquire(folder.path(), LONG).unwrap();
        let longest = "x".repeat(64 * 1024);
        held.record_failure(&longest);
        drop(held);
        let mut held = acquire(folder.path(), LONG).unwrap();
        assert_eq!(held.previous(), &Outcome::Failure(longest.clone()));
        held.record_failure(&(longest + "x"));
        drop(held);
        assert_eq!(acquire(folder.path(), LONG).unwrap().previous(), &Outcome::Unknown);
    }

    #[cfg(unix)]
    #[test] // R05
    fn a_link_is_not_followed_and_a_file_is_private() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = lock_path(folder.path());
        let elsewhere = folder.path().join("elsewhere");
        symlink(&elsewhere, &path).unwrap();
        assert!(matches!(acquire(folder.path(), LONG), Err(LockError::Io { .. })));
        assert!(!elsewhere.exists());
        std::fs::remove_file(&path).unwrap();
        drop(acquire(folder.path(), LONG).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}
