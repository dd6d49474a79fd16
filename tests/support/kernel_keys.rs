//! What the program left in the Linux kernel's keyring of this user, which all tests share: a key belongs to a test
//! if it holds one of its canaries.

use linux_keyutils::{Key, KeyRing, KeyRingIdentifier};

use super::canary::{Canaries, Finding};

/// Keys of this user times four: the library tells the kernel its room for so many as bytes, and where there are more
/// keys than that the kernel names none.
const AT_MOST: usize = 100_000;

/// Every key in which a canary lies; a place is `kernel key` and its description. Nothing where there is no keyring.
pub fn search(canaries: &Canaries) -> Vec<Finding> {
    ours(canaries).into_iter().flat_map(|(_, findings)| findings).collect()
}

/// Forgets those keys: ordinary users have room for few.
pub fn clean(canaries: &Canaries) {
    let Some(ring) = user_ring() else { return };
    for (key, _) in ours(canaries) {
        let _ = ring.unlink_key(key);
    }
}

/// Forgets every key whose description ends like this: for a description that holds a path of a test's own home.
pub fn forget(description_end: &str) {
    let Some(ring) = user_ring() else { return };
    let links = ring.get_links(AT_MOST).ok();
    for key in links.iter().flat_map(|links| links.iter()).filter_map(linux_keyutils::LinkNode::as_key) {
        if key.metadata().is_ok_and(|metadata| metadata.get_description().ends_with(description_end)) {
            let _ = ring.unlink_key(key);
        }
    }
}

fn ours(canaries: &Canaries) -> Vec<(Key, Vec<Finding>)> {
    let links = user_ring().and_then(|ring| ring.get_links(AT_MOST).ok());
    let keys = links.iter().flat_map(|links| links.iter()).filter_map(linux_keyutils::LinkNode::as_key);
    let search = |key: Key| {
        // Another test may have removed it, or the kernel, whose timeout was over.
        let description = key.metadata().ok()?.get_description().to_owned();
        let findings = canaries.search(&format!("kernel key {description}"), &key.read_to_vec().ok()?);
        (!findings.is_empty()).then_some((key, findings))
    };
    keys.filter_map(search).collect()
}

fn user_ring() -> Option<KeyRing> {
    KeyRing::from_special_id(KeyRingIdentifier::User, false).ok()
}
