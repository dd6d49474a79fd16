//! Keys in the Linux kernel's user keyring, for the cache of access tokens and for the `kernel` store.
//!
//! The *user* keyring is addressed directly: a session keyring is not there everywhere (cron, containers), and the
//! user keyring is the same in all sessions of a user. A key is first made in the process keyring, given its
//! permissions and its timeout there, and then linked into the user keyring, where it takes the place of its
//! namesake: there is no moment at which others could find it without a timeout, and nothing of it is left when the
//! process is killed before.

use linux_keyutils::{Key, KeyError, KeyPermissions, KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The possessor and the user may do everything, also from another session, where the key is not possessed.
const PERMISSIONS: u32 = 0x3f3f_0000;

/// The most bytes that a key takes.
pub(super) const LIMIT: usize = 32_767;

/// The most bytes that the call for an update takes everywhere.
const SMALLEST_PAGE: usize = 4096;

/// Most records fit here, so that one read does.
const FIRST_GUESS: usize = 2048;

/// The user keyring.
///
/// # Errors
/// Where the kernel or a filter on its calls refuses keyrings.
pub(super) fn user_ring() -> Result<KeyRing, KeyError> {
    KeyRing::from_special_id(KeyRingIdentifier::User, false)
}

/// The key of this description, `None` where there is none, or none any more.
pub(super) fn find(ring: KeyRing, description: &str) -> Result<Option<Key>, KeyError> {
    match ring.search(description) {
        Ok(key) => Ok(Some(key)),
        Err(error) if is_absent(error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The content of a key; `None` where it has vanished.
pub(super) fn read(key: Key) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let mut bytes = Zeroizing::new(vec![0; FIRST_GUESS]);
    loop {
        let length = match key.read(&mut *bytes) {
            Ok(length) => length,
            Err(error) if is_absent(error) => return Ok(None),
            Err(error) => return Err(error),
        };
        if length <= bytes.len() {
            bytes.truncate(length);
            return Ok(Some(bytes));
        }
        // The kernel gives the whole length; another process may lengthen the key before it is read again.
        bytes = Zeroizing::new(vec![0; length]);
    }
}

/// Puts a key in the place of its namesake. `seconds` is never zero: that would mean no timeout.
pub(super) fn publish(
    ring: KeyRing,
    description: &str,
    content: &Secret,
    seconds: Option<u32>,
) -> Result<(), KeyError> {
    let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true)?;
    let key = own.add_key(description, content.expose().as_bytes())?;
    let linked = (|| {
        key.set_perms(KeyPermissions::from_u32(PERMISSIONS))?;
        if let Some(seconds) = seconds {
            key.set_timeout(seconds.max(1) as usize)?;
        }
        ring.link_key(key)
    })();
    // Or a process that lives on would hold the key, and its share of the quota, after it was replaced.
    let _ = own.unlink_key(key);
    linked
}

/// Changes a key in place, which needs no more room than it has already. It keeps its permissions; a timeout it
/// would lose, so this is for keys without one.
///
/// The kernel's call for it takes no more than a page. Adding a key where one of that name is changes that one, too,
/// and takes all that a key can hold.
pub(super) fn update(ring: KeyRing, key: Key, description: &str, content: &Secret) -> Result<(), KeyError> {
    if content.len() <= SMALLEST_PAGE {
        return key.update(&content.expose().as_bytes());
    }
    let key = ring.add_key(description, content.expose().as_bytes())?;
    // Nothing changes by that, unless the key was removed just now and this is a new one.
    key.set_perms(KeyPermissions::from_u32(PERMISSIONS))
}

/// Removes a key for everybody, at once.
pub(super) fn remove(ring: KeyRing, key: Key) -> Result<(), KeyError> {
    let unlinked = match ring.unlink_key(key) {
        // Its time was over, or another process removed it: the kernel first takes it out of the keyring, then away.
        Err(error) if !is_absent(error) && !matches!(error, KeyError::MissingFileOrDirectory) => Err(error),
        _ => Ok(()),
    };
    // Unlinked it is out of reach already; this wipes it without waiting for the last reference.
    let _ = key.invalidate();
    unlinked
}

/// For tests: whether the kernel has keyrings for us, asked without any of the code that is tested.
#[cfg(test)]
pub(super) fn work_here() -> bool {
    let probe = KeyRing::from_special_id(KeyRingIdentifier::Process, true).and_then(|own| own.add_key("probe", b"x"));
    probe.is_ok_and(|key| key.invalidate().is_ok())
}

fn is_absent(error: KeyError) -> bool {
    matches!(error, KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked | KeyError::KeyRejected)
}

#[cfg(test)]
mod tests {
    use linux_keyutils::KeySerialId;

    use super::*;

    /// `KEY_SPEC_PROCESS_KEYRING`.
    const PROCESS_RING: i32 = -2;

    /// A key of this process alone.
    fn key(content: &str) -> Option<(KeyRing, Key)> {
        let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true).ok().filter(|_| work_here())?;
        let key = own.add_key(&format!("unit test {content}"), content.as_bytes()).unwrap();
        Some((own, key))
    }

    #[test]
    fn a_key_that_is_gone_is_none_and_any_other_failure_is_one() {
        let Some((own, gone)) = key("gone") else { return };
        // As it is published: the kernel takes a key that is gone out of its keyring a moment before the key itself, and
        // whoever may read it only as its possessor is denied it then.
        gone.set_perms(KeyPermissions::from_u32(PERMISSIONS)).unwrap();
        gone.invalidate().unwrap();
        assert_eq!(read(gone).unwrap().as_deref(), None);
        assert_eq!(remove(own, gone), Ok(()));
        assert!(find(own, "unit test no such key").unwrap().is_none());
        assert!(find(own, &"x".repeat(5000)).is_err(), "no description is that long");
        // The possessor may change that, and nothing else.
        let (_, closed) = key("closed").unwrap();
        closed.set_perms(KeyPermissions::from_u32(0x2000_0000)).unwrap();
        assert!(matches!(read(closed), Err(KeyError::AccessDenied)));
        // Nor is it taken out of a keyring that cannot be written.
        let ring = Key::from_id(KeySerialId::new(PROCESS_RING));
        ring.set_perms(KeyPermissions::from_u32(0x2800_0000)).unwrap();
        assert_eq!(remove(own, closed), Err(KeyError::AccessDenied));
        ring.set_perms(KeyPermissions::from_u32(PERMISSIONS)).unwrap();
    }

    #[test]
    fn a_key_that_is_in_no_keyring_any_more_is_removed() {
        let Some((own, key)) = key("out") else { return };
        key.set_perms(KeyPermissions::from_u32(PERMISSIONS)).unwrap();
        // Held by another keyring only, as one is for a moment that another process removes.
        let other = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).unwrap();
        other.link_key(key).unwrap();
        own.unlink_key(key).unwrap();
        assert_eq!(remove(own, key), Ok(()));
        assert_eq!(read(key).unwrap().as_deref(), None);
    }
}
