//! The one type that holds a secret: passwords, client secrets, tokens, and texts made from them.
//!
//! A `Secret` is wiped when dropped. It has no `Display`, no `Serialize` and no `Clone`; its `Debug` shows nothing of
//! it. [`Secret::expose`] is called only at a boundary: the wire, a store, standard output.

use std::fmt;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// Text that must never be shown, logged or left behind in memory.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of the text; the caller keeps no copy.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Takes bytes that must be UTF-8 (RFC 6749 Appendix B); wipes them if they are not.
    ///
    /// # Errors
    /// [`NotUtf8`], which says nothing of the bytes.
    pub fn from_utf8(bytes: Vec<u8>) -> Result<Self, NotUtf8> {
        String::from_utf8(bytes).map(Self::new).map_err(|error| {
            drop(Zeroizing::new(error.into_bytes()));
            NotUtf8
        })
    }

    /// The text itself. Every call is a boundary: grep for it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A second copy, made on purpose.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::new(self.expose().to_owned())
    }

    /// The text as a line of its own. Where its buffer has room for the newline, no copy is made.
    #[must_use]
    pub fn into_line(mut self) -> Self {
        self.0.push('\n');
        self
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares without stopping at the first difference.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let (a, b) = (self.0.as_bytes(), other.0.as_bytes());
        a.len() == b.len() && a.iter().zip(b).fold(0, |acc, (x, y)| acc | (x ^ y)) == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// Bytes that should have been UTF-8 text.
#[derive(Debug, PartialEq, Eq)]
pub struct NotUtf8;

impl fmt::Display for NotUtf8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not UTF-8 text")
    }
}

impl std::error::Error for NotUtf8 {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(..)");
    }

    #[test]
    fn comparison_sees_content_and_length() {
        let a = Secret::new("abc".into());
        assert!(a.same_as(&a.duplicate()));
        assert!(!a.same_as(&Secret::new("abd".into())));
        assert!(!a.same_as(&Secret::new("ab".into())));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Secret::from_utf8(vec![0xff]).unwrap_err(), NotUtf8);
        assert_eq!(Secret::from_utf8(b"x".to_vec()).unwrap().expose(), "x");
    }
}
