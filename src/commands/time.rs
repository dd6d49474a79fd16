//! Times for people: "in 4 min (2026-03-01 14:05 +01:00)".

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::sys::clock::UnixTime;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A span in its largest sensible unit, rounded down: `45 s`, `4 min`, `2 h`, `9 d`.
#[must_use]
pub fn duration(seconds: u64) -> String {
    match seconds {
        0..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => format!("{} min", seconds / MINUTE),
        HOUR..DAY => format!("{} h", seconds / HOUR),
        _ => format!("{} d", seconds / DAY),
    }
}

/// How far a time lies from now: `in 4 min`, `2 h ago`, `now`.
#[must_use]
pub fn relative(at: UnixTime, now: UnixTime) -> String {
    let distance = at.0.abs_diff(now.0);
    match at.0.cmp(&now.0) {
        std::cmp::Ordering::Greater => format!("in {}", duration(distance)),
        std::cmp::Ordering::Less => format!("{} ago", duration(distance)),
        std::cmp::Ordering::Equal => "now".to_owned(),
    }
}

/// A time as people read it, in the given zone: `in 4 min (2026-03-01 14:05 +01:00)`. A time that no calendar reaches
/// is shown by its distance only.
#[must_use]
pub fn shown(at: UnixTime, now: UnixTime, zone: &TimeZone) -> String {
    let relative = relative(at, now);
    match Timestamp::from_second(at.0) {
        Ok(time) => format!("{relative} ({})", time.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M %:z")),
        Err(_) => relative,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_rounded_down() {
        let shown: Vec<String> = [0, 59, 60, 3599, 3600, 86_399, 86_400, 900_000].map(duration).into();
        assert_eq!(shown, ["0 s", "59 s", "1 min", "59 min", "1 h", "23 h", "1 d", "10 d"]);
    }

    #[test]
    fn a_time_is_shown_by_distance_and_zone() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let at = UnixTime(1_772_370_300);
        assert_eq!(shown(at, UnixTime(at.0 - 250), &zone), "in 4 min (2026-03-01 14:05 +01:00)");
        assert_eq!(shown(at, UnixTime(at.0 + 7200), &zone), "2 h ago (2026-03-01 14:05 +01:00)");
        assert_eq!(relative(at, at), "now");
        assert_eq!(at.rfc3339().as_deref(), Some("2026-03-01T13:05:00Z"));
    }

    #[test] // S04
    fn absurd_times_are_shown_without_a_date() {
        assert!(shown(UnixTime(i64::MAX), UnixTime(0), &TimeZone::UTC).starts_with("in "));
        assert_eq!(UnixTime(i64::MIN).rfc3339(), None);
    }
}
