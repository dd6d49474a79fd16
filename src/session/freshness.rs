//! How long a token still lives, by two clocks.
//!
//! The wall clock may be wrong by years or step back; the boot clock only runs forward but starts anew at a reboot.
//! A token counts as alive only while both say so (C11). Where the boot clock lies behind the one recorded, the
//! machine was restarted and the wall clock decides alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::sys::clock::{Clock, UnixTime};

/// One reading of both clocks.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Seconds since 1970.
    pub wall: UnixTime,
    /// Whole seconds since the machine started, where the platform tells.
    pub boot: Option<u64>,
}

impl Moment {
    /// Reads the clocks.
    #[must_use]
    pub fn read(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), boot: clock.since_boot().map(|since| since.as_secs()) }
    }
}

/// When a token was obtained and for how long it was said to live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifetime {
    /// Wall clock when the answer was read, seconds since 1970.
    pub obtained_at: i64,
    /// Boot clock at the same moment, seconds.
    pub obtained_boot: Option<u64>,
    /// `expires_in` of the answer, seconds; `None` is "unknown", which counts as alive (P08, S06).
    pub seconds: Option<u64>,
}

impl Lifetime {
    /// A lifetime that begins now.
    #[must_use]
    pub fn starting(now: Moment, seconds: Option<u64>) -> Self {
        Self { obtained_at: now.wall.0, obtained_boot: now.boot, seconds }
    }

    /// The wall-clock second at which the token ends, where that is known.
    #[must_use]
    pub fn expires_at(&self) -> Option<UnixTime> {
        let seconds = i64::try_from(self.seconds?).unwrap_or(i64::MAX);
        Some(UnixTime(self.obtained_at.saturating_add(seconds)))
    }

    /// The boot-clock second at which the token ends, where both are known.
    #[must_use]
    pub fn expires_boot(&self) -> Option<u64> {
        Some(self.obtained_boot?.saturating_add(self.seconds?))
    }

    /// Seconds left by the more careful of the two clocks; `None` where the lifetime is unknown. Where no clock vouches
    /// for the token it counts as dead.
    #[must_use]
    pub fn left(&self, now: Moment) -> Option<u64> {
        let seconds = self.seconds?;
        Some(self.age(now).map_or(0, |age| seconds.saturating_sub(age)))
    }

    /// Seconds since the token was obtained, by the clock that says more. A wall clock that reads earlier than that has
    /// stepped back, so that it proves nothing, and the boot clock decides; `None` where that does not tell either.
    #[must_use]
    pub fn age(&self, now: Moment) -> Option<u64> {
        let since_boot = match (self.obtained_boot, now.boot) {
            (Some(then), Some(now)) if now >= then => Some(now - then),
            _ => None,
        };
        let since_wall = u64::try_from(now.wall.0.saturating_sub(self.obtained_at)).ok();
        since_wall.max(since_boot)
    }

    /// Whether the token lives at least `min_ttl` longer. Unknown counts as yes (S06).
    #[must_use]
    pub fn lasts(&self, now: Moment, min_ttl: Duration) -> bool {
        self.left(now).is_none_or(|left| left > 0 && left >= min_ttl.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall: i64, boot: u64) -> Moment {
        Moment { wall: UnixTime(wall), boot: Some(boot) }
    }

    const HOUR: Option<u64> = Some(3600);

    #[test] // S06
    fn alive_while_enough_is_left() {
        let life = Lifetime::starting(at(1000, 10), HOUR);
        let ttl = Duration::from_secs(30);
        assert!(life.lasts(at(1000 + 3570, 10 + 3570), ttl));
        assert!(!life.lasts(at(1000 + 3571, 10 + 3571), ttl));
        assert!(!life.lasts(at(1000 + 3600, 10 + 3600), Duration::ZERO));
        assert_eq!(life.expires_at(), Some(UnixTime(4600)));
        assert_eq!(life.expires_boot(), Some(3610));
    }

    #[test] // P08
    fn unknown_lifetime_counts_as_alive() {
        let life = Lifetime::starting(at(1000, 10), None);
        assert_eq!(life.left(at(i64::MAX, u64::MAX)), None);
        assert!(life.lasts(at(i64::MAX, u64::MAX), Duration::from_secs(30)));
    }

    #[test] // C11
    fn a_wall_clock_set_back_does_not_revive_a_token() {
        let life = Lifetime::starting(at(1000, 10), HOUR);
        assert_eq!(life.left(at(-1_000_000, 10 + 3601)), Some(0));
        assert_eq!(life.left(at(1001, 10 + 3601)), Some(0));
    }

    #[test] // C11
    fn a_wall_clock_set_forward_costs_a_refresh_only() {
        let life = Lifetime::starting(at(1000, 10), HOUR);
        assert_eq!(life.left(at(1_000_000, 11)), Some(0));
    }

    #[test] // C11
    fn after_a_reboot_the_wall_clock_decides() {
        let life = Lifetime::starting(at(1000, 500), HOUR);
        assert_eq!(life.left(at(1100, 3)), Some(3500));
        assert_eq!(life.left(at(900, 3)), Some(0));
        let no_boot_clock = Moment { wall: UnixTime(1100), boot: None };
        assert_eq!(life.left(no_boot_clock), Some(3500));
    }

    #[test] // P08
    fn extreme_lifetimes_do_not_overflow() {
        let life = Lifetime::starting(at(i64::MAX - 1, u64::MAX - 1), Some(u64::MAX));
        assert_eq!(life.expires_at(), Some(UnixTime(i64::MAX)));
        assert_eq!(life.expires_boot(), Some(u64::MAX));
        assert!(life.left(at(i64::MAX, u64::MAX)).is_some());
    }
}
