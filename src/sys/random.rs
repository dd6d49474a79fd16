//! Randomness: the system's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};

/// What signs needs it.
#[must_use]
pub fn source() -> SystemRandom {
    SystemRandom::new()
}

/// A text that nobody can guess: 128 bits in base64url. `None` where the system has no randomness.
#[must_use]
pub fn text() -> Option<String> {
    let mut bytes = [0; 16];
    source().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_two_are_the_same() {
        let (one, other) = (super::text().unwrap(), super::text().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 22);
    }
}
