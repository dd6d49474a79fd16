//! A profile's name.

use std::fmt;

use crate::oauth::Foreign;

/// The most characters of a name.
const LONGEST: usize = 64;

/// A profile's name (I02): ASCII letters, digits, `.`, `_` and `-`, at most 64, the first neither `.` nor `-`. It is
/// safe in a file name, on a command line and in a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

/// A text that is no [`ProfileName`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadProfileName(pub Foreign);

impl fmt::Display for BadProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no profile name: expected at most {LONGEST} letters, digits, \".\", \"_\" and \"-\", not \
             starting with \".\" or \"-\"",
            self.0
        )
    }
}

impl std::error::Error for BadProfileName {}

impl ProfileName {
    /// Reads and checks a name.
    ///
    /// # Errors
    /// [`BadProfileName`]
    pub fn parse(text: &str) -> Result<Self, BadProfileName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if text.is_empty() || text.len() > LONGEST || text.starts_with(['.', '-']) || !text.bytes().all(allowed) {
            return Err(BadProfileName(Foreign::new(text)));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `default`: the profile where none is named.
impl Default for ProfileName {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // I02
    fn names() {
        for good in ["work", "a", "A.b_c-9", "_x", "0", &"n".repeat(64), ProfileName::default().as_str()] {
            assert_eq!(ProfileName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", ".a", "-a", "a b", "a/b", "a\\b", "a\n", "a\0", "é", "a=b", "a#b", &"n".repeat(65)]
        {
            assert_eq!(ProfileName::parse(bad).unwrap_err().0.raw(), bad);
        }
        assert!(!ProfileName::parse("\x1b[2J").unwrap_err().to_string().contains('\x1b'));
    }
}
