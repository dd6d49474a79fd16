//! Where sessions are kept, and what guards them: the stores behind one trait, the cache of access tokens, the lock.
//!
//! A store maps an [`EntryName`] to one text and knows nothing of what is in it. Every store writes a new value
//! beside the old one, reads it back, compares, and only then lets the old one go (R03). None falls back to another
//! (R02): a store that cannot do what it is asked for says so in a [`StoreError`].

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

use crate::oauth::Foreign;
use crate::secret::Secret;

pub mod available;
pub mod cache;
pub mod file;
pub mod kernel;
pub mod keyring;
#[cfg(target_os = "linux")]
mod keys;
pub mod lock;
pub mod none;
pub mod record;
pub mod slots;

pub use cache::{AccessCache, CacheSlot, CachedToken};
pub use file::FileStore;
pub use kernel::KernelStore;
pub use keyring::KeyringStore;
pub use lock::{Glance, Held, LockError, SessionLock};
pub use none::NoStore;

/// Keeps one text for each entry, over runs of the program.
pub trait Store {
    /// Which of the stores this is.
    fn kind(&self) -> StoreKind;

    /// The value of an entry, `None` where there is no such entry.
    ///
    /// # Errors
    /// [`StoreError`]; an error never means that there is no entry.
    fn load(&self, entry: &EntryName) -> Result<Option<Secret>, StoreError>;

    /// Replaces the value of an entry. The new value has been read back and compared when this returns; until then
    /// the old one is still there (R03).
    ///
    /// # Errors
    /// [`StoreError`]; the old value is what [`Store::load`] gives from then on, unless the new one arrived after all.
    fn save(&self, entry: &EntryName, value: &Secret) -> Result<(), StoreError>;

    /// Forgets an entry and whatever was prepared for it; says whether there was one.
    ///
    /// # Errors
    /// [`StoreError`]; a part of the entry may be gone by then.
    fn delete(&self, entry: &EntryName) -> Result<bool, StoreError>;

    /// Makes sure that a value of `expected_len` bytes can be saved next (C09), and keeps the room until it is.
    ///
    /// # Errors
    /// [`StoreError`]; nothing has changed then.
    fn prepare(&self, entry: &EntryName, expected_len: usize) -> Result<(), StoreError>;
}

/// The stores by name, as in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreKind {
    /// The platform's: Secret Service, Keychain, Credential Manager.
    Keyring,
    /// The Linux kernel's user keyring: gone at reboot.
    Kernel,
    /// A private file under the state folder.
    File,
    /// Nothing is kept.
    None,
}

impl StoreKind {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 4] = [Self::Keyring, Self::Kernel, Self::File, Self::None];

    /// The name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Kernel => "kernel",
            Self::File => "file",
            Self::None => "none",
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A text that names no store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownStore(pub Foreign);

impl fmt::Display for UnknownStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not one of keyring, kernel, file, none", self.0)
    }
}

impl std::error::Error for UnknownStore {}

impl FromStr for StoreKind {
    type Err = UnknownStore;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownStore(Foreign::new(text)))
    }
}

/// What a session is called in a store: a profile of one configuration. Two of them never share an entry (R07).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EntryName {
    profile: String,
    scope: String,
}

impl EntryName {
    /// `scope` tells profiles of the same name apart: the path of the configuration they are from.
    #[must_use]
    pub fn new(profile: impl Into<String>, scope: impl Into<String>) -> Self {
        Self { profile: profile.into(), scope: scope.into() }
    }

    /// The name in a keyring: `PROFILE#0123456789abcdef`.
    #[must_use]
    pub fn account(&self) -> String {
        self.named('#')
    }

    /// The name of a file: `PROFILE-0123456789abcdef`. The digest tells apart what a file system would fold.
    #[must_use]
    pub fn file_name(&self) -> String {
        self.named('-')
    }

    /// Digest over length-prefixed fields, so that no two pairs of fields give the same text. The profile before it
    /// is for people; what a profile's name cannot hold is replaced, and it is cut at a profile name's 64 characters.
    fn named(&self, separator: char) -> String {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for field in [&self.profile, &self.scope] {
            context.update(&(field.len() as u64).to_be_bytes());
            context.update(field.as_bytes());
        }
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
        let mut name: String = self.profile.chars().take(64).map(plain).collect();
        name.push(separator);
        push_hex(&mut name, &context.finish().as_ref()[..8]);
        name
    }
}

/// Appends bytes as lower-case hexadecimal digits.
fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
}

/// A store did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreError {
    /// Which store.
    pub store: StoreKind,
    /// What happened.
    pub fault: StoreFault,
}

/// What can be wrong with a store. The texts come from outside and are shown escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreFault {
    /// There is no such store on this machine or in this login.
    Missing(String),
    /// It is there, and locked; nobody unlocked it.
    Locked,
    /// No room or quota left.
    Full(String),
    /// No answer within this time.
    TooSlow(Duration),
    /// The value is longer than this many bytes.
    TooLarge {
        /// The most that the store takes.
        limit: usize,
    },
    /// What was read back is not what was written.
    NotSaved,
    /// Parts of the value are missing or do not belong together.
    Torn,
    /// Access was refused.
    Denied(String),
    /// Anything else.
    Failed(String),
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |f: &mut fmt::Formatter<'_>, what: &str, why: &String| {
            if why.is_empty() { f.write_str(what) } else { write!(f, "{what}: {}", Foreign::new(why)) }
        };
        match self {
            Self::Missing(why) => with(f, "not available", why),
            Self::Locked => f.write_str("locked"),
            Self::Full(why) => with(f, "full", why),
            Self::TooSlow(waited) => write!(f, "no answer within {} s", waited.as_secs_f32()),
            Self::TooLarge { limit } => write!(f, "the session is larger than the {limit} bytes it takes"),
            Self::NotSaved => f.write_str("it did not keep what was written to it"),
            Self::Torn => f.write_str("the stored session is damaged"),
            Self::Denied(why) => with(f, "access refused", why),
            Self::Failed(why) => with(f, "failed", why),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.store {
            StoreKind::Keyring => "keyring",
            StoreKind::Kernel => "kernel's keyring",
            StoreKind::File => "session file",
            StoreKind::None => "store",
        };
        write!(f, "{name}: {}", self.fault)
    }
}

impl std::error::Error for StoreError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // R07
    fn two_entries_never_share_a_name() {
        let names = [
            EntryName::new("a", "bc"),
            EntryName::new("ab", "c"),
            EntryName::new("abc", ""),
            EntryName::new("", "abc"),
            EntryName::new("A", "bc"),
            EntryName::new("a#", "bc"),
            EntryName::new("a/", "bc"),
        ];
        let mut accounts: Vec<_> = names.iter().flat_map(|name| [name.account(), name.file_name()]).collect();
        accounts.sort();
        accounts.dedup();
        assert_eq!(accounts.len(), 2 * names.len());
    }

    #[test] // R07
    fn a_name_is_stable_and_fit_for_a_file() {
        let name = EntryName::new("work", "/home/ada/.config/tok/config.toml");
        assert_eq!(name.account(), "work#2b79d945c0542801");
        let name = EntryName::new("../é".to_owned() + &"x".repeat(200), "").file_name();
        assert!(name.starts_with(".._") && !name.contains('/') && name.is_ascii() && name.len() == 64 + 17, "{name}");
    }

    #[test]
    fn kinds_have_names() {
        for kind in StoreKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        let error = "Keyring".parse::<StoreKind>().unwrap_err();
        assert_eq!(error.to_string(), "\"Keyring\" is not one of keyring, kernel, file, none");
    }

    #[test] // U01
    fn a_foreign_reason_is_escaped() {
        let error = StoreError { store: StoreKind::Keyring, fault: StoreFault::Missing("a\x1b[2J\nb".into()) };
        assert_eq!(error.to_string(), "keyring: not available: a\\u{1b}[2J\\u{a}b");
    }
}
