//! The whole session in the Linux kernel's user keyring: for servers without a Secret Service, and for the steps of
//! one CI job. It is gone at reboot. On other systems it is not available.

use super::{EntryName, Store, StoreError, StoreFault, StoreKind};
use crate::secret::Secret;

#[cfg(target_os = "linux")]
use super::{
    keys,
    slots::{Backend, Slots},
};

/// The kernel's user keyring. A session of any length that the user's quota allows (20,000 bytes for ordinary users)
/// is kept, in parts where it is longer than one key (32,767 bytes).
#[derive(Debug, Clone, Copy, Default)]
pub struct KernelStore;

impl KernelStore {
    /// Whether the kernel has a keyring for this user; containers often have none.
    #[must_use]
    pub fn is_available() -> bool {
        #[cfg(target_os = "linux")]
        return keys::user_ring().is_ok();
        #[cfg(not(target_os = "linux"))]
        return false;
    }
}

#[cfg(target_os = "linux")]
impl Store for KernelStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Kernel
    }

    fn load(&self, entry: &EntryName) -> Result<Option<Secret>, StoreError> {
        slots()?.load(&entry.account()).map_err(error)
    }

    fn save(&self, entry: &EntryName, value: &Secret) -> Result<(), StoreError> {
        slots()?.save(&entry.account(), value).map_err(error)
    }

    fn delete(&self, entry: &EntryName) -> Result<bool, StoreError> {
        slots()?.delete(&entry.account()).map_err(error)
    }

    /// The room is held by a key of that size, which the next save overwrites in place.
    fn prepare(&self, entry: &EntryName, expected_len: usize) -> Result<(), StoreError> {
        slots()?.reserve(&entry.account(), expected_len).map(drop).map_err(error)
    }
}

#[cfg(not(target_os = "linux"))]
impl Store for KernelStore {
    fn kind(&self) -> StoreKind {
        StoreKind::Kernel
    }

    fn load(&self, _: &EntryName) -> Result<Option<Secret>, StoreError> {
        Err(not_linux())
    }

    fn save(&self, _: &EntryName, _: &Secret) -> Result<(), StoreError> {
        Err(not_linux())
    }

    fn delete(&self, _: &EntryName) -> Result<bool, StoreError> {
        Err(not_linux())
    }

    fn prepare(&self, _: &EntryName, _: usize) -> Result<(), StoreError> {
        Err(not_linux())
    }
}

#[cfg(not(target_os = "linux"))]
fn not_linux() -> StoreError {
    error(StoreFault::Missing("it is Linux's".to_owned()))
}

fn error(fault: StoreFault) -> StoreError {
    StoreError { store: StoreKind::Kernel, fault }
}

#[cfg(target_os = "linux")]
fn slots() -> Result<Slots<UserRing>, StoreError> {
    keys::user_ring().map(|ring| Slots(UserRing(ring))).map_err(|e| error(fault(e)))
}

#[cfg(target_os = "linux")]
struct UserRing(linux_keyutils::KeyRing);

/// The description of a session's key.
#[cfg(target_os = "linux")]
fn description(name: &str) -> String {
    format!("tok:session:{name}")
}

#[cfg(target_os = "linux")]
impl Backend for UserRing {
    fn get(&self, name: &str) -> Result<Option<Secret>, StoreFault> {
        let Some(key) = keys::find(self.0, &description(name)).map_err(fault)? else { return Ok(None) };
        // What is no text is damaged or not ours; an empty text is no slot either.
        let text = |bytes: &mut Vec<u8>| Secret::from_utf8(std::mem::take(bytes)).unwrap_or(Secret::new(String::new()));
        Ok(keys::read(key).map_err(fault)?.map(|mut bytes| text(&mut bytes)))
    }

    fn set(&self, name: &str, text: &Secret) -> Result<(), StoreFault> {
        let description = description(name);
        match keys::find(self.0, &description).map_err(fault)? {
            Some(key) => keys::update(self.0, key, &description, text),
            None => keys::publish(self.0, &description, text, None),
        }
        .map_err(fault)
    }

    fn delete(&self, name: &str) -> Result<bool, StoreFault> {
        let Some(key) = keys::find(self.0, &description(name)).map_err(fault)? else { return Ok(false) };
        keys::remove(self.0, key).map_err(fault)?;
        Ok(true)
    }

    fn limit(&self) -> Option<usize> {
        Some(keys::LIMIT)
    }
}

/// What the kernel's refusals mean.
#[cfg(target_os = "linux")]
fn fault(error: linux_keyutils::KeyError) -> StoreFault {
    use linux_keyutils::KeyError;
    const ENOSYS: i32 = 38;
    match error {
        KeyError::QuotaExceeded => StoreFault::Full("the user's quota of keys is used up".to_owned()),
        KeyError::OutOfMemory => StoreFault::Full("the kernel has no memory left for it".to_owned()),
        // A filter on system calls, as containers have it, answers so.
        KeyError::PermissionDenied => StoreFault::Missing("the system does not permit it here".to_owned()),
        KeyError::OperationNotSupported | KeyError::Unknown(ENOSYS) => {
            StoreFault::Missing("this kernel has none".to_owned())
        }
        KeyError::AccessDenied => StoreFault::Denied("permission denied".to_owned()),
        KeyError::Unknown(code) => StoreFault::Failed(std::io::Error::from_raw_os_error(code).to_string()),
        other => StoreFault::Failed(format!("{other:?}")),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// An entry of this test run alone, removed at its end; `None` where the kernel has no keyrings for us.
    struct Own(EntryName);

    impl Own {
        fn new(test: &str) -> Option<Self> {
            keys::work_here().then(|| Self(EntryName::new(test, format!("unit test {}", std::process::id()))))
        }

        fn load(&self) -> Option<String> {
            KernelStore.load(&self.0).unwrap().map(|value| value.expose().to_owned())
        }
    }

    impl Drop for Own {
        fn drop(&mut self) {
            let _ = KernelStore.delete(&self.0);
        }
    }

    #[test] // R03
    fn a_session_is_kept_replaced_and_forgotten() {
        let Some(own) = Own::new("kept") else { return };
        assert_eq!(own.load(), None);
        for value in ["one", "", "three, é, 🦀"] {
            KernelStore.save(&own.0, &Secret::new(value.into())).unwrap();
            assert_eq!(own.load().as_deref(), Some(value));
        }
        assert!(KernelStore.delete(&own.0).unwrap());
        assert!(!KernelStore.delete(&own.0).unwrap());
        assert_eq!(own.load(), None);
    }

    #[test] // R04, P12
    fn a_session_longer_than_a_key_is_kept_or_there_is_no_room() {
        let Some(own) = Own::new("long") else { return };
        let value = "x".repeat(100_000);
        match KernelStore.save(&own.0, &Secret::new(value.clone())) {
            Ok(()) => assert_eq!(own.load(), Some(value)),
            Err(error) => {
                assert!(matches!(error.fault, StoreFault::Full(_)), "{error}");
                assert_eq!(own.load(), None);
            }
        }
    }

    #[test] // C09
    fn prepared_room_is_no_session_and_the_next_save_uses_it() {
        let Some(own) = Own::new("room") else { return };
        KernelStore.prepare(&own.0, 3000).unwrap();
        assert_eq!(own.load(), None);
        KernelStore.save(&own.0, &Secret::new("one".into())).unwrap();
        KernelStore.prepare(&own.0, 3000).unwrap();
        assert_eq!(own.load().as_deref(), Some("one"));
        KernelStore.save(&own.0, &Secret::new("two".into())).unwrap();
        assert_eq!(own.load().as_deref(), Some("two"));
        KernelStore.prepare(&own.0, 3000).unwrap();
        assert!(KernelStore.delete(&own.0).unwrap());
        assert_eq!(own.load(), None);
    }

    #[test] // C09, P12: the kernel's call for an update takes one page
    fn a_session_longer_than_a_page_uses_prepared_room_as_well() {
        let Some(own) = Own::new("page") else { return };
        for (length, letter) in [(100, "a"), (4096, "b"), (5000, "c"), (9000, "d"), (32_000, "e"), (10, "f")] {
            let value = letter.repeat(length);
            KernelStore.prepare(&own.0, length).unwrap();
            KernelStore.prepare(&own.0, length + 1).unwrap();
            KernelStore.save(&own.0, &Secret::new(value.clone())).unwrap();
            assert_eq!(own.load(), Some(value), "{length}");
        }
    }

    #[test] // C09: nobody has room for this, and the session stays
    fn no_room_is_said_before_anything_changes() {
        let Some(own) = Own::new("full") else { return };
        KernelStore.save(&own.0, &Secret::new("one".into())).unwrap();
        let fault = KernelStore.prepare(&own.0, 3_000_000).unwrap_err().fault;
        assert!(matches!(fault, StoreFault::TooLarge { .. } | StoreFault::Full(_)), "{fault:?}");
        assert_eq!(own.load().as_deref(), Some("one"));
    }

    #[test] // R02
    fn it_is_available_where_keys_can_be_made() {
        assert!(KernelStore::is_available() || !keys::work_here());
        assert_eq!(KernelStore.kind(), StoreKind::Kernel);
    }

    #[test]
    fn refusals_are_told_apart() {
        use linux_keyutils::KeyError;
        assert!(matches!(fault(KeyError::OutOfMemory), StoreFault::Full(_)));
        assert!(matches!(fault(KeyError::OperationNotSupported), StoreFault::Missing(_)));
        assert_eq!(fault(KeyError::Unknown(5)), StoreFault::Failed("Input/output error (os error 5)".to_owned()));
        assert!(matches!(fault(KeyError::QuotaExceeded), StoreFault::Full(_)));
        assert!(matches!(fault(KeyError::PermissionDenied), StoreFault::Missing(_)));
        assert!(matches!(fault(KeyError::Unknown(38)), StoreFault::Missing(_)));
        assert!(matches!(fault(KeyError::AccessDenied), StoreFault::Denied(_)));
    }
}
