//! JWTs as a server checks them, and keys for clients: written apart from the program's own, which would hide its own
//! mistakes.

use std::time::{SystemTime, UNIX_EPOCH};

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use ring::{digest, hmac};
use serde_json::Value;

use super::wire::Received;
use crate::support::codec::{base64, base64url, unbase64};

/// The uncompressed point of a key on P-256.
pub type Point = [u8; 65];

/// A new private key on P-256 as PEM, and its public part.
pub fn new_key() -> (String, Point) {
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &SystemRandom::new());
    let point = pair.unwrap().public_key().as_ref().try_into().unwrap();
    let body = base64(document.as_ref());
    let lines: Vec<&str> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    (format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n")), point)
}

/// A JWT that was taken apart.
pub struct Jwt {
    pub header: Value,
    pub claims: Value,
    input: String,
    signature: Vec<u8>,
}

impl Jwt {
    pub fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else { return None };
        let object = |part: &str| serde_json::from_slice(&unbase64(part)?).ok();
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            input: format!("{header}.{claims}"),
            signature: unbase64(signature)?,
        })
    }

    /// A claim that is a text; empty where it is none.
    pub fn text(&self, claim: &str) -> &str {
        self.claims[claim].as_str().unwrap_or_default()
    }

    /// ES256 by this key.
    pub fn is_signed_by(&self, point: &Point) -> bool {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        self.header["alg"] == "ES256" && key.verify(self.input.as_bytes(), &self.signature).is_ok()
    }

    /// HS256 with this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        self.header["alg"] == "HS256" && hmac::verify(&key, self.input.as_bytes(), &self.signature).is_ok()
    }

    /// Whether it was made now, and whether it ends soon if it ends.
    pub fn is_fresh(&self) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let (iat, exp) = (self.claims["iat"].as_u64(), self.claims["exp"].as_u64());
        iat.is_some_and(|iat| now.abs_diff(iat) <= 60) && exp.is_none_or(|exp| now < exp && exp <= now + 300)
    }
}

/// What a request's DPoP proof shows (RFC 9449 §4.3): its key and its `jti`; `None` if it does not hold. `url` is where
/// the server thinks that it is, `token` the access token that came along.
pub fn proof(request: &Received, url: &str, token: Option<&str>) -> Option<(Point, Jwt)> {
    let mut headers = request.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("dpop"));
    let (Some((_, text)), None) = (headers.next(), headers.next()) else { return None };
    let jwt = Jwt::read(text)?;
    let jwk = jwt.header["jwk"].as_object()?;
    let coordinate = |name: &str| unbase64(jwk.get(name)?.as_str()?);
    let point: Point = [vec![4], coordinate("x")?, coordinate("y")?].concat().try_into().ok()?;
    let hash = token.map(|token| base64url(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()));
    let holds = jwt.header["typ"] == "dpop+jwt"
        && jwk.len() == 4
        && jwk["kty"] == "EC"
        && jwk["crv"] == "P-256"
        && jwt.is_signed_by(&point)
        && jwt.is_fresh()
        && jwt.text("htm") == request.method
        && jwt.text("htu") == url
        && !jwt.text("jti").is_empty()
        && jwt.claims["ath"].as_str() == hash.as_deref();
    holds.then_some((point, jwt))
}
