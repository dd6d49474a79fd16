//! Text that came from outside: a server's error description, a file's content, a redirect target.
//!
//! It may hold terminal escapes, newlines or bidirectional controls, and it may be long. The only way to show it is
//! `Display`, which escapes and cuts.

use std::fmt::{self, Write as _};

/// The most characters of a foreign text that are ever shown.
pub const SHOWN_AT_MOST: usize = 500;

/// Text from outside that is shown escaped and cut at [`SHOWN_AT_MOST`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign(String);

impl Foreign {
    /// Wraps a text from outside.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it came, for comparisons only.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.0
    }
}

/// Whether showing this character as it is could move the cursor, hide text or change its order: C0, DEL, C1, line
/// and paragraph separators, zero-width and bidirectional controls, the byte order mark, tags, and what the platform
/// cannot draw.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (shown, c) in self.0.chars().enumerate() {
            if shown == SHOWN_AT_MOST {
                return f.write_str("...");
            }
            if is_unsafe(c) {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // U01
    fn controls_are_escaped() {
        let text = Foreign::new("a\x1b]0;x\x07b\r\n\u{9b}2J\u{202e}c\u{7f}");
        let shown = text.to_string();
        assert_eq!(shown, "a\\u{1b}]0;x\\u{7}b\\u{d}\\u{a}\\u{9b}2J\\u{202e}c\\u{7f}");
        assert!(!shown.chars().any(is_unsafe));
    }

    #[test] // U01
    fn long_text_is_cut() {
        let shown = Foreign::new("é".repeat(SHOWN_AT_MOST + 1)).to_string();
        assert_eq!(shown, format!("{}...", "é".repeat(SHOWN_AT_MOST)));
        let whole = Foreign::new("é".repeat(SHOWN_AT_MOST)).to_string();
        assert!(!whole.ends_with("..."));
    }

    #[test]
    fn plain_text_is_shown_as_it_is() {
        assert_eq!(Foreign::new("Grüße, 🦀!").to_string(), "Grüße, 🦀!");
    }
}
