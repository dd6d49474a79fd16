//! JWTs and keys: first a token, then after an empty line keys, as a JWKS or in PEM.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tok::oauth::jwt::{self, Jwks, SigningKey};
use tok::secret::Secret;

use super::input::split;
use super::shown::safely;

pub fn check(input: &[u8]) {
    let (token, keys) = split(input, b"\n\n");
    let token = String::from_utf8_lossy(token);
    read(token.trim_end());
    if let Ok(keys) = Jwks::read(keys) {
        verified(token.trim_end(), &keys);
    }
    let random = ring::rand::SystemRandom::new();
    if let Err(why) = SigningKey::read(&Secret::new(String::from_utf8_lossy(keys).into_owned()), None, &random) {
        safely(&why);
    }
}

/// Three parts in base64url, the first two objects: as another parser sees them.
fn read(token: &str) {
    match jwt::decode(token) {
        Err(error) => drop(safely(&error)),
        Ok(jwt) => {
            let parts: Vec<&str> = token.split('.').collect();
            assert_eq!(parts.len(), 3);
            let part = |index: usize| {
                let bytes = URL_SAFE_NO_PAD.decode(parts[index]).expect("base64url");
                serde_json::from_slice::<serde_json::Value>(&bytes).expect("JSON")
            };
            assert_eq!(part(0), serde_json::Value::Object(jwt.header));
            assert_eq!(part(1), serde_json::Value::Object(jwt.claims));
        }
    }
}

/// What was verified says the same as what was only read, and was signed by more than nothing.
fn verified(token: &str, keys: &Jwks) {
    match jwt::verify(token, keys) {
        Err(error) => drop(safely(&error)),
        Ok(claims) => {
            let read = jwt::decode(token).expect("what was verified can be read");
            assert_eq!(claims, read.claims);
            let algorithm = read.header["alg"].as_str().expect("an algorithm");
            assert!(algorithm != "none" && !algorithm.starts_with("HS"), "{algorithm}");
        }
    }
}
