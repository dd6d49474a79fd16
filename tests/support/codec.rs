//! Base64, percent-encoding and hex, independent of the program's own.

use std::fmt::Write as _;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// RFC 4648 §4, with padding.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = sextets(bytes, STANDARD);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// RFC 4648 §5, without padding.
pub fn base64url(bytes: &[u8]) -> String {
    sextets(bytes, URL_SAFE)
}

fn sextets(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for i in 0..=chunk.len() {
            text.push(char::from(alphabet[(word >> (18 - 6 * i) & 63) as usize]));
        }
    }
    text
}

/// Both alphabets, with or without padding; `None` for anything else.
pub fn unbase64(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut word, mut bits) = (Vec::new(), 0u32, 0);
    for c in text.trim_end_matches('=').bytes() {
        let value = STANDARD.iter().position(|a| *a == c).or_else(|| URL_SAFE.iter().position(|a| *a == c))?;
        word = word << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits & 0xff) as u8);
        }
    }
    Some(bytes)
}

/// The parts of the base64 text that are there whatever bytes stand before and after: one a possible alignment.
pub fn base64_cores(bytes: &[u8], url_safe: bool) -> Vec<String> {
    let alphabet = if url_safe { URL_SAFE } else { STANDARD };
    (0..3)
        .map(|shift| {
            let mut shifted = vec![0; shift];
            shifted.extend_from_slice(bytes);
            let text = sextets(&shifted, alphabet);
            // The first characters hold bits of the bytes before, the last one may hold bits of the byte after.
            let end = if shifted.len().is_multiple_of(3) { text.len() } else { text.len() - 1 };
            text[(shift * 8).div_ceil(6)..end].to_owned()
        })
        .collect()
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Percent-encodes every byte for which `plain` is false.
pub fn percent(bytes: &[u8], plain: impl Fn(u8) -> bool) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if plain(*byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// RFC 3986 §2.3.
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// `application/x-www-form-urlencoded` of one name or value.
pub fn form_encode(text: &str) -> String {
    percent(text.as_bytes(), |b| b.is_ascii_alphanumeric() || b"-._*".contains(&b) || b == b' ').replace(' ', "+")
}

/// The reverse of [`form_encode`]; `None` where a percent sign is not followed by two hex digits or the bytes are
/// no UTF-8.
pub fn form_decode(text: &str) -> Option<String> {
    percent_decode(&text.replace('+', " "))
}

/// Undoes percent-encoding only.
pub fn percent_decode(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The pairs of a form or query, in order; `None` if one of them does not decode.
pub fn form_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((form_decode(name)?, form_decode(value)?))
    };
    text.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}
