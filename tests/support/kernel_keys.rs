//! What the program left in the Linux kernel's keyring of this user, which all tests share: a key belongs to a test
//! if it holds one of its canaries.

use std::collections::HashSet;

use linux_keyutils::{Key, KeyRing, KeyRingIdentifier, KeySerialId};

use super::canary::{Canaries, Finding};

/// `KEY_SPEC_USER_KEYRING`.
const USER_RING: i32 = -4;

/// The numbers of the keys that were there before a test began: what others left need not be searched again and again.
#[derive(Default)]
pub struct Before(HashSet<i32>);

impl Before {
    /// Those that are there now.
    pub fn now() -> Self {
        Self(keys().iter().map(|key| key.get_id().as_raw_id()).collect())
    }

    /// Every key since then in which a canary lies; a place is `kernel key` and its description. Nothing where there is
    /// no keyring.
    pub fn search(&self, canaries: &Canaries) -> Vec<Finding> {
        self.ours(canaries).into_iter().flat_map(|(_, findings)| findings).collect()
    }

    /// Forgets those keys: ordinary users have room for few.
    pub fn clean(&self, canaries: &Canaries) {
        self.ours(canaries).into_iter().for_each(|(key, _)| unlink(key));
    }

    fn ours(&self, canaries: &Canaries) -> Vec<(Key, Vec<Finding>)> {
        let search = |key: Key| {
            // Another test may have removed it, or the kernel, whose timeout was over.
            let description = key.metadata().ok()?.get_description().to_owned();
            let findings = canaries.search(&format!("kernel key {description}"), &content(key)?);
            (!findings.is_empty()).then_some((key, findings))
        };
        let new = |key: &Key| !self.0.contains(&key.get_id().as_raw_id());
        keys().into_iter().filter(new).filter_map(search).collect()
    }
}

/// Forgets every key whose description ends like this: for a description that holds a path of a test's own home.
pub fn forget(description_end: &str) {
    for key in keys() {
        if key.metadata().is_ok_and(|metadata| metadata.get_description().ends_with(description_end)) {
            unlink(key);
        }
    }
}

/// All keys in the user's keyring. What it holds are their numbers: the library's own way to read them counts in bytes
/// what has room for numbers, and gives what was never written where there are many.
fn keys() -> Vec<Key> {
    let numbers = content(Key::from_id(KeySerialId::new(USER_RING))).unwrap_or_default();
    let number = |bytes: &[u8]| i32::from_ne_bytes(bytes.try_into().unwrap());
    numbers.chunks_exact(4).map(|bytes| Key::from_id(KeySerialId::new(number(bytes)))).collect()
}

/// The whole of a key, however long it is by the time it is read.
fn content(key: Key) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let length = key.read(&mut bytes).ok()?;
        if length <= bytes.len() {
            bytes.truncate(length);
            return Some(bytes);
        }
        bytes.resize(length, 0);
    }
}

fn unlink(key: Key) {
    if let Ok(ring) = KeyRing::from_special_id(KeyRingIdentifier::User, false) {
        let _ = ring.unlink_key(key);
    }
}
