//! The cache of access tokens in the Linux kernel's keyring: a copy of what the store holds, with the kernel's own
//! timeout set to the token's expiry, so that handing out a fresh token needs neither D-Bus nor disk.
//!
//! It is only a cache. Whatever goes wrong with it (no keyrings in this container, no quota left) means that there is
//! nothing in it, silently; the cost is one store read. What must never happen is that an old token is answered
//! after a newer one was put: where the new one cannot be kept, the old one is removed.
//!
//! [`AccessCache::get`] is on the program's fastest path: three system calls, two small allocations and one for the
//! token, no digest (the detection of CPU features alone would cost more than the rest).

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::secret::Secret;
use crate::sys::clock::UnixTime;

/// How long a token is kept whose expiry nobody knows, in seconds.
pub const UNKNOWN_EXPIRY_KEPT: u32 = 300;

/// The first line of a record. Another form of record gets another line, and is then not read by older programs.
const FORM: &str = "tok1";

/// The place of one profile's access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheSlot(String);

impl CacheSlot {
    /// The profile and what tells profiles of the same name apart, the path of their configuration: the same as in an
    /// [`super::EntryName`]. The first field's length makes the description unambiguous (R07).
    #[must_use]
    pub fn new(profile: &str, scope: &str) -> Self {
        let mut description = String::with_capacity(16 + profile.len() + scope.len());
        // Writing to a String cannot fail.
        let _ = write!(description, "tok:access:{}:", profile.len());
        description.push_str(profile);
        description.push(':');
        description.push_str(scope);
        Self(description)
    }
}

/// A cached Bearer token and what a reader needs to know whether it may be used.
#[derive(Debug)]
pub struct CachedToken {
    /// Fingerprint of the configuration file: identity, size, time. One line.
    pub config: String,
    /// Fingerprint of what was resolved from all sources. One line.
    pub resolved: String,
    /// When the token expires, by the wall clock. The kernel's timeout runs by its own clock and stands still in
    /// suspend on some kernels, so this is to be looked at as well.
    pub expires_at: Option<UnixTime>,
    /// When the token expires, in seconds since boot (C11).
    pub expires_boot: Option<u64>,
    /// The token.
    pub token: Secret,
}

impl CachedToken {
    /// Seconds left at this moment, by whichever clock says less; `None` where the expiry is unknown. Both clocks are
    /// of this boot: the kernel's keyring does not outlive it (C11).
    #[must_use]
    pub fn left(&self, now: UnixTime, since_boot: Option<u64>) -> Option<u64> {
        let wall = self.expires_at.map(|end| u64::try_from(end.since(now)).unwrap_or(0));
        let boot = self.expires_boot.zip(since_boot).map(|(end, now)| end.saturating_sub(now));
        match (wall, boot) {
            (Some(wall), Some(boot)) => Some(wall.min(boot)),
            (one, other) => one.or(other),
        }
    }

    /// The record that lies in the keyring: five lines, then the token to the end. `None` where a field would break
    /// the form (I03).
    #[must_use]
    pub fn to_record(&self) -> Option<Secret> {
        if self.config.contains('\n') || self.resolved.contains('\n') || self.token.is_empty() {
            return None;
        }
        let mut text = String::with_capacity(64 + self.config.len() + self.resolved.len() + self.token.len());
        let _ = write!(text, "{FORM}\n{}\n{}\n", self.config, self.resolved);
        let _ = self.expires_at.map_or(Ok(()), |time| write!(text, "{}", time.0));
        text.push('\n');
        let _ = self.expires_boot.map_or(Ok(()), |seconds| write!(text, "{seconds}"));
        text.push('\n');
        text.push_str(self.token.expose());
        Some(Secret::new(text))
    }

    /// Reads a record; `None` for anything else. Takes its memory for the token: no second copy is to be made and wiped.
    #[must_use]
    pub fn from_record(mut record: Zeroizing<Vec<u8>>) -> Option<Self> {
        let mut lines = std::str::from_utf8(&record).ok()?.splitn(6, '\n');
        if lines.next()? != FORM {
            return None;
        }
        let (config, resolved) = (lines.next()?.to_owned(), lines.next()?.to_owned());
        let expires_at = match lines.next()? {
            "" => None,
            seconds => Some(UnixTime(seconds.parse().ok()?)),
        };
        let expires_boot = match lines.next()? {
            "" => None,
            seconds => Some(seconds.parse().ok()?),
        };
        let length = lines.next().filter(|token| !token.is_empty())?.len();
        let start = record.len() - length;
        record.drain(..start);
        let token = Secret::from_utf8(std::mem::take(&mut *record)).ok()?;
        Some(Self { config, resolved, expires_at, expires_boot, token })
    }
}

/// The cache, or none at all.
#[derive(Debug, Clone, Copy)]
pub struct AccessCache {
    used: bool,
}

impl AccessCache {
    /// The kernel's keyring; on other systems than Linux there is no cache.
    #[must_use]
    pub const fn kernel() -> Self {
        Self { used: cfg!(target_os = "linux") }
    }

    /// No cache: for credentials from the environment, which leave no trace (H01).
    #[must_use]
    pub const fn none() -> Self {
        Self { used: false }
    }

    /// The token that was put last, if the kernel still has it. The caller compares fingerprints and times.
    #[must_use]
    pub fn get(self, slot: &CacheSlot) -> Option<CachedToken> {
        if !self.used {
            return None;
        }
        kernel::get(&slot.0).and_then(CachedToken::from_record)
    }

    /// Keeps a token for `ttl_seconds`; one of unknown life for [`UNKNOWN_EXPIRY_KEPT`]. Where it cannot be kept, or
    /// has no life left, the old one is removed.
    pub fn put(self, slot: &CacheSlot, token: &CachedToken, ttl_seconds: Option<u32>) {
        if !self.used {
            return;
        }
        let seconds = ttl_seconds.unwrap_or(UNKNOWN_EXPIRY_KEPT);
        // A timeout of 0 would mean none at all: an immortal token.
        let record = if seconds == 0 { None } else { token.to_record() };
        if !record.is_some_and(|record| kernel::put(&slot.0, &record, seconds)) {
            kernel::remove(&slot.0);
        }
    }

    /// Forgets the token.
    pub fn remove(self, slot: &CacheSlot) {
        if self.used {
            kernel::remove(&slot.0);
        }
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use linux_keyutils::KeyError;
    use zeroize::Zeroizing;

    use crate::secret::Secret;
    use crate::store::keys;

    /// No possession is needed for reading: the permissions say that the user may.
    pub fn get(description: &str) -> Option<Zeroizing<Vec<u8>>> {
        let key = keys::user_ring().and_then(|ring| keys::find(ring, description)).ok()??;
        keys::read(key).ok()?
    }

    pub fn put(description: &str, record: &Secret, seconds: u32) -> bool {
        keys::user_ring().and_then(|ring| keys::publish(ring, description, record, Some(seconds))).is_ok()
    }

    /// A call that was interrupted, or for which there was no memory, is made once more: what stays would be answered.
    /// More cannot be done about it; the kernel's timeout still stands.
    pub fn remove(description: &str) {
        let _ = try_remove(description).or_else(|_| try_remove(description));
    }

    fn try_remove(description: &str) -> Result<(), KeyError> {
        let ring = keys::user_ring()?;
        keys::find(ring, description)?.map_or(Ok(()), |key| keys::remove(ring, key))
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use zeroize::Zeroizing;

    use crate::secret::Secret;

    pub fn get(_: &str) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    pub fn put(_: &str, _: &Secret, _: u32) -> bool {
        false
    }

    pub fn remove(_: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> CachedToken {
        CachedToken {
            config: "8:1234:567:89".into(),
            resolved: "0123456789abcdef".into(),
            expires_at: Some(UnixTime(1_767_225_600)),
            expires_boot: Some(4711),
            token: Secret::new(text.into()),
        }
    }

    fn record(token: &CachedToken) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(token.to_record().unwrap().expose().as_bytes().to_vec())
    }

    #[test] // C11
    fn the_more_careful_clock_decides() {
        let (wall, boot) = (1_767_225_600, 4711);
        let left = |now, since_boot| token("x").left(UnixTime(now), since_boot);
        assert_eq!(left(wall - 60, Some(boot - 30)), Some(30));
        assert_eq!(left(wall - 60, Some(boot - 90)), Some(60));
        assert_eq!(left(wall - 60, None), Some(60));
        assert_eq!(left(wall + 1, Some(boot - 90)), Some(0));
        assert_eq!(left(0, Some(boot + 1)), Some(0));
        assert_eq!(
            CachedToken { expires_at: None, expires_boot: None, ..token("x") }.left(UnixTime(wall), Some(1)),
            None
        );
    }

    #[test]
    fn a_record_comes_back() {
        let long = "x".repeat(64 * 1024);
        for text in ["t", "a.b.c", long.as_str()] {
            let back = CachedToken::from_record(record(&token(text))).unwrap();
            assert_eq!(back.config, "8:1234:567:89");
            assert_eq!(back.resolved, "0123456789abcdef");
            assert_eq!(back.expires_at, Some(UnixTime(1_767_225_600)));
            assert_eq!(back.expires_boot, Some(4711));
            assert_eq!(back.token.expose(), text);
        }
        let unknown = CachedToken { expires_at: None, expires_boot: None, ..token("t") };
        let back = CachedToken::from_record(record(&unknown)).unwrap();
        assert_eq!((back.expires_at, back.expires_boot), (None, None));
    }

    #[test] // I03
    fn what_would_break_the_form_is_not_written() {
        assert!(CachedToken { config: "a\nb".into(), ..token("t") }.to_record().is_none());
        assert!(CachedToken { resolved: "\n".into(), ..token("t") }.to_record().is_none());
        assert!(token("").to_record().is_none());
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for text in ["", "tok1", "tok1\nc\nr\n1\n2", "tok1\nc\nr\n1\n2\n", "tok2\nc\nr\n1\n2\nt", "tok1\nc\nr\nx\n2\nt"]
        {
            assert!(CachedToken::from_record(Zeroizing::new(text.into())).is_none(), "{text:?}");
        }
    }

    #[test] // R07
    fn two_profiles_never_share_a_slot() {
        assert_ne!(CacheSlot::new("a", "b:c"), CacheSlot::new("a:b", "c"));
        assert_eq!(CacheSlot::new("work", "/c.toml").0, "tok:access:4:work:/c.toml");
    }

    #[test] // H01
    fn no_cache_is_no_cache() {
        let slot = CacheSlot::new("none", "x");
        AccessCache::none().put(&slot, &token("t"), Some(60));
        assert!(AccessCache::none().get(&slot).is_none());
    }

    #[cfg(target_os = "linux")]
    mod in_the_kernel {
        use super::*;
        use crate::store::keys;

        const CACHE: AccessCache = AccessCache::kernel();

        /// A slot of this test run alone, removed at its end; `None` where the kernel has no keyrings for us.
        struct Own(CacheSlot);

        impl Own {
            fn new(test: &str) -> Option<Self> {
                keys::work_here().then(|| Self(CacheSlot::new(test, &format!("unit test {}", std::process::id()))))
            }

            fn token(&self) -> Option<String> {
                CACHE.get(&self.0).map(|cached| cached.token.expose().to_owned())
            }

            /// Timeout and permissions by `/proc/keys`: `ID FLAGS USAGE TIMEOUT PERM ...`.
            fn timeout_and_permissions(&self) -> (String, String) {
                let key = keys::find(keys::user_ring().unwrap(), &self.0.0).unwrap().unwrap();
                let id = format!("{:08x} ", key.get_id().as_raw_id());
                let keys = std::fs::read_to_string("/proc/keys").unwrap();
                let line = keys.lines().find(|line| line.starts_with(&id)).unwrap();
                let mut fields = line.split_whitespace().skip(3).map(str::to_owned);
                (fields.next().unwrap(), fields.next().unwrap())
            }
        }

        impl Drop for Own {
            fn drop(&mut self) {
                CACHE.remove(&self.0);
            }
        }

        #[test]
        fn the_last_one_put_is_got_until_it_is_removed() {
            let Some(own) = Own::new("put") else { return };
            assert_eq!(own.token(), None);
            let long = "x".repeat(8000);
            for text in ["one", long.as_str(), "three"] {
                CACHE.put(&own.0, &token(text), Some(60));
                assert_eq!(own.token().as_deref(), Some(text));
            }
            CACHE.remove(&own.0);
            assert_eq!(own.token(), None);
        }

        #[test] // performance: a key without a timeout would be an immortal token
        fn every_write_leaves_a_timeout_and_permissions() {
            let Some(own) = Own::new("timeout") else { return };
            for (ttl, shown) in [(Some(3700), "1h"), (Some(7300), "2h"), (None, "4m5m"), (Some(100), "1m")] {
                CACHE.put(&own.0, &token("t"), ttl);
                let (timeout, permissions) = own.timeout_and_permissions();
                assert!(shown.contains(&timeout), "{ttl:?}: {timeout}");
                assert_eq!(permissions, "3f3f0000");
            }
        }

        #[test]
        fn a_life_longer_than_any_is_a_timeout_too() {
            let Some(own) = Own::new("longest") else { return };
            CACHE.put(&own.0, &token("t"), Some(u32::MAX));
            assert_ne!(own.timeout_and_permissions().0, "perm");
        }

        #[test] // S06
        fn a_token_without_life_takes_the_old_one_away() {
            let Some(own) = Own::new("lifeless") else { return };
            CACHE.put(&own.0, &token("old"), Some(60));
            CACHE.put(&own.0, &token("new"), Some(0));
            assert_eq!(own.token(), None);
        }

        #[test] // P12
        fn a_token_larger_than_a_key_takes_the_old_one_away() {
            let Some(own) = Own::new("large") else { return };
            CACHE.put(&own.0, &token("old"), Some(60));
            CACHE.put(&own.0, &token(&"x".repeat(64 * 1024)), Some(60));
            assert_eq!(own.token(), None);
        }

        #[test]
        fn a_description_that_is_no_description_is_no_cache() {
            for scope in ["a\0b".to_owned(), "x".repeat(5000)] {
                let slot = CacheSlot::new("bad", &scope);
                CACHE.put(&slot, &token("t"), Some(60));
                assert!(CACHE.get(&slot).is_none());
                CACHE.remove(&slot);
            }
        }
    }
}
