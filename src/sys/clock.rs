//! Time: the wall clock, and the time since boot, which no one can set back (C11).

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

/// A moment: seconds since 1970-01-01 00:00 UTC, without leap seconds; negative before that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The seconds from `earlier` to this moment; negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC, to the second; `None` for a time that no calendar reaches, or no year of four digits.
    #[must_use]
    pub fn rfc3339(self) -> Option<String> {
        const YEARS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;
        let time = YEARS.contains(&self.0).then(|| jiff::Timestamp::from_second(self.0).ok())??;
        Some(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    }
}

/// `2026-03-01 14:05 UTC`, or the bare number of seconds where that is no date of the years -9999 to 9999.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.0) {
            Ok(time) => write!(f, "{}", time.strftime("%Y-%m-%d %H:%M UTC")),
            Err(_) => write!(f, "second {}", self.0),
        }
    }
}

/// Where the time comes from.
pub trait Clock {
    /// The wall clock.
    fn now(&self) -> UnixTime;

    /// The time since boot, sleep included; `None` where the platform cannot say.
    fn since_boot(&self) -> Option<Duration>;

    /// Waits. A signal that ends the process ends it here, too.
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixTime {
        let seconds = |d: Duration| i64::try_from(d.as_secs()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => UnixTime(seconds(after)),
            Err(before) => UnixTime(-seconds(before.duration())),
        }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn since_boot(&self) -> Option<Duration> {
        // By the C library, which has found the kernel's quick way already; rustix would search it anew.
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        #[allow(unsafe_code, reason = "a call of the C library")]
        // SAFETY: it writes a time to the place that it is given.
        let outcome = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut time) };
        let seconds = u64::try_from(time.tv_sec).ok()?;
        (outcome == 0).then_some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn since_boot(&self) -> Option<Duration> {
        None
    }
}

/// The zone in which the people here read times: `TZ`, else the system's.
#[must_use]
pub fn zone() -> TimeZone {
    TimeZone::system()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // C11
    fn the_clocks_run() {
        let clock = SystemClock;
        assert!(clock.now() > UnixTime(1_700_000_000));
        if cfg!(target_os = "linux") {
            assert!(clock.since_boot().unwrap() > Duration::ZERO);
        }
    }

    #[test] // P08
    fn no_difference_wraps() {
        assert_eq!(UnixTime(i64::MIN).since(UnixTime(5)), i64::MIN);
    }

    #[test]
    fn shown_as_a_date() {
        assert_eq!(UnixTime(1_772_373_900).to_string(), "2026-03-01 14:05 UTC");
        assert_eq!(UnixTime(i64::MAX).to_string(), format!("second {}", i64::MAX));
    }
}
