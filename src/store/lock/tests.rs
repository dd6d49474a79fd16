//! Who gets the lock, who hears of a failure, and what is left of a holder that was killed.

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
    assert_eq!(late.record.outcome, Outcome::Failure("{\"timeout\":30}\nsecond line".into()));
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
    assert_eq!((&held.record.outcome, held.failed_while_waiting()), (&Outcome::Success, None));
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
    assert_eq!(held.record.outcome, Outcome::Failure("before the kill".into()));
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
        assert_eq!(held.record.outcome, Outcome::Unknown, "cut at {length}");
        assert_eq!(held.failed_while_waiting(), None);
        held.record_success();
        drop(held);
        assert_eq!(acquire(folder.path(), LONG).unwrap().record.outcome, Outcome::Success);
    }
    std::fs::write(&path, [0xff; 100]).unwrap();
    assert_eq!(acquire(folder.path(), LONG).unwrap().record.outcome, Outcome::Unknown);
}

#[test]
fn a_failure_too_long_to_record_is_not_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let mut held = acquire(folder.path(), LONG).unwrap();
    let longest = "x".repeat(64 * 1024);
    held.record_failure(&longest);
    drop(held);
    let mut held = acquire(folder.path(), LONG).unwrap();
    assert_eq!(held.record.outcome, Outcome::Failure(longest.clone()));
    held.record_failure(&(longest + "x"));
    drop(held);
    assert_eq!(acquire(folder.path(), LONG).unwrap().record.outcome, Outcome::Unknown);
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
