//! Durations as people write them: `500ms`, `30s`, `2m`, `1h30m`; without a unit, seconds.

use std::fmt;
use std::time::Duration;

use crate::oauth::Foreign;

/// The longest duration that is read: longer ones are slips, and sums of times stay far from overflow.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// Units with their length in milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// A text that is no duration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadDuration(pub Foreign);

impl fmt::Display for BadDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no duration: expected one such as 500ms, 30s, 2m or 1h30m", self.0)
    }
}

impl std::error::Error for BadDuration {}

/// Reads a duration: whole numbers, each with its unit (ms, s, m, h, d), or one number of seconds.
///
/// # Errors
/// [`BadDuration`], also for more than ten years.
pub fn parse_duration(text: &str) -> Result<Duration, BadDuration> {
    read(text).map(Duration::from_millis).filter(|time| *time <= LONGEST).ok_or_else(|| BadDuration(Foreign::new(text)))
}

/// Milliseconds; `None` for anything that is no duration.
fn read(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<u64>().ok()?.checked_mul(1000);
    }
    let (mut rest, mut total) = (text, None::<u64>);
    while !rest.is_empty() {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len()));
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let part = number.parse::<u64>().ok()?.checked_mul(*length)?;
        total = Some(total.unwrap_or(0).checked_add(part)?);
        rest = after;
    }
    total
}

/// Writes a duration so that [`parse_duration`] reads the same one, to the millisecond.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (unit, length) in UNITS {
        if rest >= length {
            text.push_str(&(rest / length).to_string());
            text.push_str(unit);
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, milliseconds, shown) in [
            ("30s", 30_000, "30s"),
            ("2m", 120_000, "2m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("90s", 90_000, "1m30s"),
            ("500ms", 500, "500ms"),
            ("1s1ms", 1001, "1s1ms"),
            ("45", 45_000, "45s"),
            ("0", 0, "0s"),
            ("3660d", 316_224_000_000, "3660d"),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
            assert_eq!(show_duration(Duration::from_millis(milliseconds)), shown);
            assert_eq!(parse_duration(shown), parse_duration(text));
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            " ",
            "s",
            "30 s",
            " 30s",
            "-1s",
            "1.5s",
            "30S",
            "30x",
            "1h30",
            "30sec",
            "3661d",
            "٣s",
            "é",
            "18446744073709551615",
            "18446744073709551616s",
            "9999999999999999999d",
        ] {
            assert_eq!(parse_duration(text), Err(BadDuration(Foreign::new(text))), "{text:?}");
        }
    }
}
