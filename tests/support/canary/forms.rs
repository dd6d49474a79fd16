//! The forms in which a secret can lie somewhere.

use std::fmt::Write as _;

use crate::support::codec::{base64_cores, hex, is_unreserved, percent};

/// Longer secrets are looked for by pieces of this length, so that a cut one is found too.
const PIECE: usize = 24;

/// How claims that begin with `{"jti":"` look in a JWT.
const JTI_FIRST: &str = ".eyJqdGkiOi";

/// Every byte string that gives this secret away, with the name of its form. Forms that equal an earlier one are
/// left out.
pub fn of(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut forms: Vec<(&'static str, Vec<u8>)> = Vec::new();
    for piece in pieces(secret) {
        for (name, bytes) in of_piece(&piece) {
            if !forms.iter().any(|(_, known)| *known == bytes) {
                forms.push((name, bytes));
            }
        }
    }
    forms
}

/// The whole of a short secret; beginning, middle and end of a long one. JWTs of one server begin alike, so of theirs
/// only what is surely unique: the end of the signature and, as `AuthServer` makes them, the identifier that comes
/// first in the claims.
fn pieces(secret: &str) -> Vec<String> {
    let characters: Vec<char> = secret.chars().collect();
    let piece = |start: usize| characters[start..start + PIECE].iter().collect::<String>();
    if characters.len() <= 2 * PIECE {
        return vec![secret.to_owned()];
    }
    let mut pieces = vec![piece(characters.len() - PIECE)];
    if !secret.starts_with("eyJ") {
        pieces.extend([piece(0), piece((characters.len() - PIECE) / 2)]);
    } else if let Some(at) = secret.find(JTI_FIRST) {
        pieces.push(piece(at + JTI_FIRST.len()));
    }
    pieces
}

fn of_piece(piece: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = piece.as_bytes();
    let percent_upper = percent(bytes, is_unreserved);
    let form = percent(bytes, |b| b.is_ascii_alphanumeric() || b"-._* ".contains(&b)).replace(' ', "+");
    let mut texts = vec![
        ("raw", piece.to_owned()),
        ("percent-encoded", lower_escapes(&percent_upper)),
        ("percent-encoded", percent_upper),
        ("percent-encoded throughout", percent(bytes, |_| false)),
        ("form-encoded", lower_escapes(&form)),
        ("form-encoded", form),
        ("hex", hex(bytes)),
        ("hex", hex(bytes).to_uppercase()),
        ("escaped", piece.escape_debug().to_string()),
        ("escaped", piece.escape_default().to_string()),
        ("JSON", inside_quotes(&serde_json::Value::from(piece).to_string())),
        ("list of bytes", inside_quotes(&format!("{bytes:?}"))),
    ];
    for url_safe in [false, true] {
        texts.extend(base64_cores(bytes, url_safe).into_iter().map(|core| ("base64", core)));
    }
    let mut forms: Vec<_> = texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    forms.push(("UTF-16LE", piece.encode_utf16().flat_map(u16::to_le_bytes).collect()));
    forms.push(("UTF-16BE", piece.encode_utf16().flat_map(u16::to_be_bytes).collect()));
    forms
}

/// `%2B` as `%2b`.
fn lower_escapes(text: &str) -> String {
    let mut lowered = String::new();
    let mut parts = text.split('%');
    lowered.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (digits, rest) = part.split_at(2);
        let _ = write!(lowered, "%{}{rest}", digits.to_lowercase());
    }
    lowered
}

fn inside_quotes(text: &str) -> String {
    text[1..text.len() - 1].to_owned()
}
