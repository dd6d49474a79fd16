//! What may be shown.

use std::fmt::Display;

/// The most characters of a message: three foreign texts of 500 characters, each escaped as `\u{10ffff}`, and our own
/// words.
const LONGEST: usize = 3 * 500 * 10 + 1000;

/// Asserts that a message moves no cursor, hides nothing and is of bounded length (U01); gives its text.
pub fn safely(message: &impl Display) -> String {
    let text = message.to_string();
    assert!(!text.contains(is_unsafe), "{text:?}");
    assert!(text.chars().count() <= LONGEST, "{} characters", text.chars().count());
    text
}

/// Asserts that neither the secret nor a part of it is in a text (U07). Parts have 8 bytes or are the whole of a
/// shorter secret; what stands where something was taken out belongs to no secret.
pub fn without(text: &str, secret: &str) {
    let length = secret.len().min(8);
    for kept in text.split("[...]") {
        let shared = kept
            .as_bytes()
            .windows(length.max(1))
            .find(|part| length > 0 && secret.as_bytes().windows(length).any(|window| window == *part));
        assert_eq!(shared, None, "{text:?} has a part of {secret:?}");
    }
}

/// Controls, line separators, what is not seen, and what changes the order of what is.
pub fn is_unsafe(c: char) -> bool {
    let is_in = |ranges: &[(u32, u32)]| ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)));
    is_in(&[
        (0, 0x1f),
        (0x7f, 0x9f),
        (0xad, 0xad),
        (0x61c, 0x61c),
        (0x180e, 0x180e),
        (0x200b, 0x200f),
        (0x2028, 0x202e),
        (0x2060, 0x206f),
        (0xfeff, 0xfeff),
        (0xfff9, 0xfffb),
        (0xe0000, 0xe0fff),
    ])
}
