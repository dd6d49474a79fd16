//! Takes out of a server's text what was sent to it: servers quote passwords and tokens in their error descriptions.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::Foreign;
use super::form::encoded_len;
use crate::secret::Secret;

/// A part of a secret that is as long as this, in bytes, is not shown; of a shorter secret, the whole of it.
const PART: usize = 8;

/// What stands where something was taken out.
const MARK: &str = "[...]";

impl Foreign {
    /// The text without any part of the secrets, be they as they are, form-encoded or in base64 (which is how an echoed
    /// `Authorization` header has them).
    #[must_use]
    pub fn redacted(&self, secrets: &[&Secret]) -> Self {
        let bytes = self.raw().as_bytes();
        let mut hidden = vec![false; bytes.len()];
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            for needle in forms(secret.expose()) {
                hide(bytes, &needle, &mut hidden);
            }
        }
        let mut shown = String::with_capacity(bytes.len());
        for (start, c) in self.raw().char_indices() {
            if !hidden[start..start + c.len_utf8()].contains(&true) {
                shown.push(c);
            } else if !shown.ends_with(MARK) {
                shown.push_str(MARK);
            }
        }
        Self::new(shown)
    }
}

/// The forms in which a server may quote a secret. Base64 depends on what stood in front of it: there are three.
fn forms(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut encoded = Zeroizing::new(Vec::with_capacity(encoded_len(secret)));
    byte_serialize(secret.as_bytes()).for_each(|part| encoded.extend_from_slice(part.as_bytes()));
    let mut forms = vec![Zeroizing::new(secret.as_bytes().to_vec()), encoded];
    if secret.len() >= PART {
        for (before, mixed) in [(0, 0), (1, 2), (2, 3)] {
            let mut shifted = Zeroizing::new(Vec::with_capacity(before + secret.len()));
            shifted.resize(before, 0);
            shifted.extend_from_slice(secret.as_bytes());
            let base64 = Zeroizing::new(STANDARD_NO_PAD.encode(&*shifted));
            // The first characters also stand for bits of what is in front.
            forms.push(Zeroizing::new(base64.as_bytes()[mixed..].to_vec()));
        }
    }
    forms
}

/// Marks the bytes of `text` that have [`PART`] bytes in a row in common with the needle, or are the whole of one
/// that is shorter.
fn hide(text: &[u8], needle: &[u8], hidden: &mut [bool]) {
    let length = needle.len().min(PART);
    let parts: HashSet<&[u8]> = needle.windows(length).collect();
    for (start, window) in text.windows(length).enumerate() {
        if parts.contains(window) {
            hidden[start..start + length].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str, secrets: &[&str]) -> String {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new((*text).to_owned())).collect();
        Foreign::new(text).redacted(&secrets.iter().collect::<Vec<_>>()).raw().to_owned()
    }

    #[test] // U07
    fn a_whole_secret_and_a_part_of_one() {
        let token = "rt-0123456789abcdef";
        assert_eq!(redacted(&format!("token {token} expired, {token}!"), &[token]), "token [...] expired, [...]!");
        assert_eq!(redacted("token rt-01234... expired", &[token]), "token [...]... expired");
        assert_eq!(redacted("no 789abcdef here", &[token]), "no [...] here");
        assert_eq!(redacted("0123456 is short enough", &[token]), "0123456 is short enough");
    }

    #[test] // U07
    fn short_secrets_and_none() {
        assert_eq!(redacted("wrong password pw!", &["pw!"]), "wrong password [...]");
        assert_eq!(redacted("nothing", &["", "x"]), "nothing");
        assert_eq!(redacted("", &["secret"]), "");
        assert_eq!(redacted("same", &[]), "same");
    }

    #[test] // U07
    fn encoded_forms() {
        assert_eq!(redacted("got a%2Bb+c%26 here", &["a+b c&"]), "got [...] here");
        let secret = "canary-0123456789";
        for before in ["", "i:", "id:", "abc:"] {
            let header = STANDARD_NO_PAD.encode(format!("{before}{secret}"));
            let shown = redacted(&format!("header Basic {header}="), &[secret]);
            assert!(shown.contains(MARK) && shown.len() < 30, "{shown}");
        }
    }

    #[test] // U07
    fn two_secrets_and_characters_of_several_bytes() {
        assert_eq!(redacted("é🦀🦀é and longer-secret", &["🦀🦀", "longer-secret"]), "é[...]é and [...]");
        assert_eq!(redacted("ééééé", &["ééééé"]), "[...]");
        let long = "s".repeat(65_536);
        assert_eq!(redacted(&format!("{long}{long}"), &[&long]), "[...]");
    }
}
