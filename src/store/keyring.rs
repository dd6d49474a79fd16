//! The platform's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
//!
//! Any call into it may hang: a daemon that does not answer, an unlock dialog that nobody sees. So each call of the
//! store runs on a thread of its own and is waited for no longer than the store's patience (H02). A thread that is
//! stuck stays behind; it does not keep the process from ending.

use std::cell::Cell;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring::{Entry, Error};

use super::slots::{Backend, Slots};
use super::{EntryName, Store, StoreError, StoreFault, StoreKind};
use crate::secret::Secret;

/// The service under which all entries are filed.
const SERVICE: &str = "tok";

/// How long a keyring is waited for where nobody can answer an unlock dialog, and how long it may be silent before a
/// person is told what is being waited for.
pub const PATIENCE: Duration = Duration::from_secs(3);

/// How long it is waited for where a person can answer.
pub const PATIENCE_WITH_A_PERSON: Duration = Duration::from_secs(60);

/// The platform's keyring, with bounded patience.
pub struct KeyringStore {
    patience: Duration,
    on_wait: Box<dyn Fn()>,
    /// Whether the last call failed: then the next one goes over a new connection.
    failed: Cell<bool>,
}

impl KeyringStore {
    /// Each call ends after `patience`. `on_wait` is called, on the caller's thread, where a call takes longer than
    /// [`PATIENCE`] and is waited for longer still.
    #[must_use]
    pub fn new(patience: Duration, on_wait: Box<dyn Fn()>) -> Self {
        Self { patience, on_wait, failed: Cell::new(false) }
    }

    /// Whether there is a keyring that answers within the patience. Nothing is written and no dialog is shown, and so
    /// a locked one passes.
    ///
    /// # Errors
    /// [`StoreError`]: why there is none.
    pub fn check(&self) -> Result<(), StoreError> {
        // No entry of ours has this name, so there is nothing to unlock.
        self.call(|slots| slots.0.get("#check").map(drop))
    }

    fn call<T, F>(&self, job: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Slots<Platform>) -> Result<T, StoreFault> + Send + 'static,
    {
        let anew = self.failed.get();
        let result = within(self.patience, PATIENCE, &self.on_wait, move || {
            room_for_the_library()?;
            if anew {
                Platform::connect_anew()?;
            }
            job(&Slots(Platform))
        });
        self.failed.set(result.is_err());
        result.map_err(|fault| StoreError { store: StoreKind::Keyring, fault })
    }
}

impl Store for KeyringStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn load(&self, entry: &EntryName) -> Result<Option<Secret>, StoreError> {
        let account = entry.account();
        self.call(move |slots| slots.load(&account))
    }

    fn save(&self, entry: &EntryName, value: &Secret) -> Result<(), StoreError> {
        let (account, value) = (entry.account(), value.duplicate());
        self.call(move |slots| slots.save(&account, &value))
    }

    fn delete(&self, entry: &EntryName) -> Result<bool, StoreError> {
        let account = entry.account();
        self.call(move |slots| slots.delete(&account))
    }

    /// A keyring that is locked, has no place for new entries, keeps less than it says or writes nothing any more says
    /// so only when something is written. Where there is no session yet, nothing is left of that.
    fn prepare(&self, entry: &EntryName, expected_len: usize) -> Result<(), StoreError> {
        let account = entry.account();
        self.call(move |slots| {
            let has_session = slots.reserve(&account, expected_len)?;
            if has_session { Ok(()) } else { slots.delete(&account).map(drop) }
        })
    }
}

/// Runs a job on its own thread and waits for it no longer than `patience`; says once, after `notice`, that it is
/// being waited for.
fn within<T: Send + 'static>(
    patience: Duration,
    notice: Duration,
    on_wait: &dyn Fn(),
    job: impl FnOnce() -> Result<T, StoreFault> + Send + 'static,
) -> Result<T, StoreFault> {
    let (sender, receiver) = mpsc::channel();
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || {
            // Nobody is there any more where the patience ended first.
            let _ = sender.send(job());
        })
        .map_err(|error| StoreFault::Failed(format!("cannot start a thread: {error}")))?;
    let mut answer = receiver.recv_timeout(patience.min(notice));
    if patience > notice && matches!(answer, Err(RecvTimeoutError::Timeout)) {
        on_wait();
        answer = receiver.recv_timeout(patience.saturating_sub(notice));
    }
    match answer {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(StoreFault::TooSlow(patience)),
        Err(RecvTimeoutError::Disconnected) => Err(StoreFault::Failed("the call ended without an answer".to_owned())),
    }
}

/// On Linux the library starts with files and threads of its own, and panics where it gets none. So as many as it takes
/// are taken before, and given back. Not again later: what it has then serves, though no more are left.
#[cfg(target_os = "linux")]
fn room_for_the_library() -> Result<(), StoreFault> {
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
    const FILES: usize = 8;
    const THREADS: usize = 2;
    static FOUND: AtomicBool = AtomicBool::new(false);
    if FOUND.load(SeqCst) {
        return Ok(());
    }
    let none = |what: &str, error: &std::io::Error| StoreFault::Failed(format!("no {what} left for it: {error}"));
    let files = (0..FILES).map(|_| std::fs::File::open("/dev/null")).collect::<Result<Vec<_>, _>>();
    drop(files.map_err(|error| none("file is", &error))?);
    let gate = std::sync::Mutex::new(());
    thread::scope(|scope| {
        // They are there at the same time, until this is dropped.
        let _closed = gate.lock();
        let start = |_| thread::Builder::new().spawn_scoped(scope, || drop(gate.lock())).map(drop);
        (0..THREADS).try_for_each(start).map_err(|error| none("thread is", &error))
    })?;
    FOUND.store(true, SeqCst);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "nothing is known to panic there")]
fn room_for_the_library() -> Result<(), StoreFault> {
    Ok(())
}

/// The platform's keyring behind the slots.
struct Platform;

impl Platform {
    /// A Secret Service that restarted, or a call that hangs, spoils its connection for all calls after it.
    #[cfg(target_os = "linux")]
    fn connect_anew() -> Result<(), StoreFault> {
        let store = zbus_secret_service_keyring_store::Store::new().map_err(|error| fault(&error))?;
        keyring_core::set_default_store(store);
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unnecessary_wraps, reason = "there is no connection that could fail")]
    fn connect_anew() -> Result<(), StoreFault> {
        Ok(())
    }

    #[cfg(not(windows))]
    fn new_entry(name: &str) -> keyring::Result<Entry> {
        Entry::new(SERVICE, name)
    }

    /// Windows would copy it to every computer of the domain where the person logs in, if it were not told otherwise.
    #[cfg(windows)]
    fn new_entry(name: &str) -> keyring::Result<Entry> {
        // This sets the store up, at its first call.
        let _ = Entry::store_status();
        let here = std::collections::HashMap::from([("persistence", "Local")]);
        Ok(Entry { inner: keyring_core::Entry::new_with_modifiers(SERVICE, name, &here)? })
    }

    fn entry(name: &str) -> Result<Entry, StoreFault> {
        Self::new_entry(name).map_err(|error| match (error, Entry::store_status()) {
            // The cause of a failed start is not in the error itself.
            (Error::NoDefaultStore, Err(cause)) => match fault(cause) {
                StoreFault::Failed(why) => StoreFault::Missing(why),
                other => other,
            },
            (error, _) => fault(&error),
        })
    }
}

impl Backend for Platform {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreFault> {
        match Self::entry(name)?.get_secret() {
            // Bytes that are no text are not ours, or damaged: an empty text is no slot either.
            Ok(bytes) => Ok(Some(Secret::from_utf8(bytes).unwrap_or_else(|_| Secret::new(String::new())))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(fault(&error)),
        }
    }

    fn set(&self, name: &str, text: &Secret) -> Result<(), StoreFault> {
        // Not as a password: Windows would store that as UTF-16, in half of the room.
        Self::entry(name)?.set_secret(text.expose().as_bytes()).map_err(|error| fault(&error))
    }

    fn delete(&self, name: &str) -> Result<bool, StoreFault> {
        match Self::entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(Error::NoEntry) => Ok(false),
            Err(error) => Err(fault(&error)),
        }
    }

    fn limit(&self) -> Option<usize> {
        cfg!(windows).then_some(2560)
    }
}

/// What the library's errors mean. The Secret Service's own are told apart by their texts: their types are not
/// within reach, and one that concerns a lock comes as another variant from each of the library's calls.
fn fault(error: &Error) -> StoreFault {
    match error {
        Error::NoStorageAccess(cause) | Error::PlatformFailure(cause) => {
            let text = cause.to_string();
            let text = text.strip_prefix("zbus error: ").unwrap_or(&text).to_owned();
            let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
            if says(&["object locked", "prompt dismissed", "Secret.Error.IsLocked", "closed before prompt"]) {
                StoreFault::Locked
            } else if says(&["result not returned"]) {
                StoreFault::Missing("it has no default collection".to_owned())
            } else if says(&["no secret service provider", "ServiceUnknown", "NameHasNoOwner", "Error.Spawn"]) {
                StoreFault::Missing(text)
            } else if matches!(error, Error::NoStorageAccess(_)) {
                StoreFault::Denied(text)
            } else {
                StoreFault::Failed(text)
            }
        }
        Error::NoDefaultStore => StoreFault::Missing("no keyring on this platform".to_owned()),
        Error::NotSupportedByStore(why) | Error::BadStoreFormat(why) => StoreFault::Failed(why.clone()),
        Error::TooLong(_, limit) => StoreFault::TooLarge { limit: *limit as usize },
        Error::Ambiguous(entries) => StoreFault::Failed(format!("{} entries of the same name", entries.len())),
        // Not with the library's texts: these variants carry the content.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => StoreFault::Torn,
        other => StoreFault::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(20);

    #[test] // H02
    fn a_call_that_hangs_ends_with_the_patience() {
        let (_held, never) = mpsc::channel::<()>();
        let hang = move || never.recv().map_err(|_| StoreFault::Torn);
        let told = Cell::new(0);
        let result = within(MOMENT, MOMENT, &|| told.set(told.get() + 1), hang);
        assert_eq!(result, Err(StoreFault::TooSlow(MOMENT)));
        assert_eq!(told.get(), 0, "there is nothing to wait for any more");
    }

    #[test] // H02
    fn a_person_is_told_once_what_is_waited_for() {
        let (answer, asked) = mpsc::channel();
        let told = Cell::new(0);
        let notice = || {
            told.set(told.get() + 1);
            answer.send(7).unwrap();
        };
        let hour = Duration::from_secs(3600);
        assert_eq!(within(hour, MOMENT, &notice, move || Ok(asked.recv().unwrap())), Ok(7));
        assert_eq!(told.get(), 1);
    }

    #[test]
    fn a_quick_answer_is_not_announced() {
        assert_eq!(within(PATIENCE_WITH_A_PERSON, PATIENCE, &|| panic!("announced"), || Ok(1)), Ok(1));
        let refused = within::<()>(PATIENCE, PATIENCE, &|| (), || Err(StoreFault::Locked));
        assert_eq!(refused, Err(StoreFault::Locked));
    }

    #[test] // R02
    fn errors_are_told_apart() {
        let access = |text: &str| fault(&Error::NoStorageAccess(text.into()));
        let platform = |text: &str| fault(&Error::PlatformFailure(text.into()));
        assert_eq!(access("SS error: prompt dismissed"), StoreFault::Locked);
        assert_eq!(platform("SS Error: object locked"), StoreFault::Locked);
        assert!(matches!(access("SS error: result not returned from SS API"), StoreFault::Missing(_)));
        assert!(matches!(access("access denied"), StoreFault::Denied(_)));
        assert!(matches!(platform("no secret service provider or dbus session found"), StoreFault::Missing(_)));
        assert!(matches!(platform("zbus error: broken pipe"), StoreFault::Failed(_)));
        assert_eq!(fault(&Error::BadEncoding(b"canary\xff".to_vec())), StoreFault::Torn);
    }

    /// Against the keyring of the login it runs in: by hand, or in a private D-Bus session.
    #[test] // Y03
    #[ignore = "needs a keyring"]
    fn a_session_is_kept_replaced_and_forgotten() {
        let store = KeyringStore::new(PATIENCE, Box::new(|| ()));
        let entry = EntryName::new("unit-test", std::process::id().to_string());
        assert!(store.load(&entry).unwrap().is_none());
        store.prepare(&entry, 100).unwrap();
        assert!(store.load(&entry).unwrap().is_none());
        for value in ["one".to_owned(), "x".repeat(300_000), String::new(), "é🦀".to_owned()] {
            store.save(&entry, &Secret::new(value.clone())).unwrap();
            assert_eq!(store.load(&entry).unwrap().unwrap().expose(), value);
        }
        assert!(store.delete(&entry).unwrap());
        assert!(!store.delete(&entry).unwrap());
        assert!(store.load(&entry).unwrap().is_none());
    }
}
