//! Foreign text on a terminal.

use tok::oauth::Foreign;

use super::shown::{is_unsafe, safely};

/// Character by character: what is safe stands there as it is, anything else as `\u{...}`, and nothing after 500.
pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let shown = safely(&Foreign::new(text.clone()));
    let mut rest = shown.as_str();
    for c in text.chars().take(500) {
        let expected = if is_unsafe(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() };
        rest = rest.strip_prefix(&expected).unwrap_or_else(|| panic!("{rest:?} does not begin with {expected}"));
    }
    assert_eq!(rest, if text.chars().count() > 500 { "..." } else { "" });
    assert_eq!(Foreign::new(text.clone()).raw(), text);
}
