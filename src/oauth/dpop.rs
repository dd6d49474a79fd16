//! Tokens that are of use only to whoever has a key (RFC 9449): the key, and the proof of having it.

use ring::digest;
use ring::rand::SecureRandom;
use serde_json::Map;
use url::Url;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Response;
use super::json;
use super::jwt::{self, Claims, KeyError, SigningFailed, SigningKey};
use super::server_error::OAuthError;
use super::signed::Stamp;
use crate::secret::Secret;

/// The most characters of a nonce that are sent back.
const NONCE_LIMIT: usize = 4096;

/// A session's key.
#[derive(Debug)]
pub struct DpopKey {
    key: SigningKey,
    text: Secret,
}

/// What a proof is about.
#[derive(Debug, Clone, Copy)]
pub struct Proof<'a> {
    /// `htm`: the request's method.
    pub method: &'a str,
    /// `htu`: where it goes; query and fragment are left out.
    pub url: &'a Url,
    /// The access token that is sent along, where one is: its hash is `ath`.
    pub token: Option<&'a Secret>,
    /// The server's `nonce`, where it gave one.
    pub nonce: Option<&'a str>,
}

impl DpopKey {
    /// A new key: ES256, which every server knows that knows DPoP.
    ///
    /// # Errors
    /// [`SigningFailed`]
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, SigningFailed> {
        SigningKey::generate(random).map(|(key, text)| Self { key, text })
    }

    /// The key of a session that is kept.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn stored(text: &Secret, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        let key = SigningKey::stored(text, random)?;
        Ok(Self { key, text: text.duplicate() })
    }

    /// What [`Self::stored`] reads.
    #[must_use]
    pub fn text(&self) -> &Secret {
        &self.text
    }

    /// The value of a `DPoP` header (RFC 9449 §4.2).
    ///
    /// # Errors
    /// [`SigningFailed`]
    pub fn prove(&self, proof: Proof<'_>, stamp: &Stamp, random: &dyn SecureRandom) -> Result<Secret, SigningFailed> {
        let mut url = proof.url.clone();
        url.set_query(None);
        url.set_fragment(None);
        let mut claims = Claims::from_iter([
            ("jti".to_owned(), stamp.id.as_str().into()),
            ("htm".to_owned(), proof.method.into()),
            ("htu".to_owned(), url.as_str().into()),
            ("iat".to_owned(), stamp.now.into()),
        ]);
        if let Some(token) = proof.token {
            let hash = digest::digest(&digest::SHA256, token.expose().as_bytes());
            claims.insert("ath".to_owned(), URL_SAFE_NO_PAD.encode(hash).into());
        }
        if let Some(nonce) = proof.nonce {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        let mut header = Map::from_iter([("typ".to_owned(), "dpop+jwt".into())]);
        header.insert("jwk".to_owned(), self.key.public_jwk().ok_or(SigningFailed)?);
        jwt::sign(&self.key, header, claims, random)
    }
}

/// The nonce that an answer brings (RFC 9449 §8.1: its characters); one that cannot be one is none.
#[must_use]
pub fn nonce_of(response: &Response) -> Option<&str> {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    response
        .header("dpop-nonce")
        .filter(|nonce| !nonce.is_empty() && nonce.len() <= NONCE_LIMIT && nonce.bytes().all(allowed))
}

/// Whether an answer asks for the same request with the nonce that it brings (RFC 9449 §8).
#[must_use]
pub fn asks_for_nonce(response: &Response) -> bool {
    matches!(response.status, 400 | 401)
        && nonce_of(response).is_some()
        && json::read(response, &OAuthError::MEMBERS)
            .ok()
            .and_then(|mut object| OAuthError::take_from(&mut object))
            .is_some_and(|error| error.code.to_string() == "use_dpop_nonce")
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use serde_json::json;

    use super::*;
    use crate::oauth::jwt::{Jwks, decode, verify};

    fn proof_of(key: &DpopKey, proof: Proof<'_>) -> String {
        let stamp = Stamp { now: 1_562_262_616, id: "-BwC3ESc6acc2lTc".to_owned() };
        key.prove(proof, &stamp, &SystemRandom::new()).unwrap().expose().to_owned()
    }

    fn answer(status: u16, nonce: Option<&str>, body: &str) -> Response {
        let headers = nonce.map(|nonce| ("dpop-nonce".to_owned(), nonce.to_owned())).into_iter().collect();
        Response { status, headers, body: body.as_bytes().to_vec().into(), ..Response::default() }
    }

    #[test] // P16
    fn a_proof_is_what_rfc_9449_says() {
        let key = DpopKey::generate(&SystemRandom::new()).unwrap();
        let url = Url::parse("https://Server.example.com:443/token?tenant=1#x").unwrap();
        let proof = proof_of(&key, Proof { method: "POST", url: &url, token: None, nonce: None });
        let read = decode(&proof).unwrap();
        assert_eq!((&read.header["typ"], &read.header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
        assert_eq!(
            serde_json::Value::Object(read.claims),
            json!({
                "jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": "https://server.example.com/token", "iat": 1_562_262_616
            })
        );
        let members: Vec<_> = read.header["jwk"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["crv", "kty", "x", "y"], "nothing of the private part");
        let keys = Jwks::read(json!({ "keys": [read.header["jwk"]] }).to_string().as_bytes()).unwrap();
        assert!(verify(&proof, &keys).is_ok());
    }

    #[test] // P16
    fn a_proof_names_the_token_by_its_hash_and_the_nonce() {
        let key = DpopKey::generate(&SystemRandom::new()).unwrap();
        let url = Url::parse("https://resource.example.org/protectedresource").unwrap();
        // RFC 9449 §7.1
        let token = Secret::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU".to_owned());
        let read =
            decode(&proof_of(&key, Proof { method: "GET", url: &url, token: Some(&token), nonce: Some("n") })).unwrap();
        assert_eq!(read.claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
        assert_eq!(read.claims["nonce"], "n");
    }

    #[test] // P16
    fn a_key_comes_back() {
        let random = SystemRandom::new();
        let key = DpopKey::generate(&random).unwrap();
        let back = DpopKey::stored(key.text(), &random).unwrap();
        assert_eq!(back.key.public_jwk(), key.key.public_jwk());
        assert!(!format!("{key:?}").contains(key.text().expose()));
        for bad in ["", "!", "AAAA"] {
            assert!(DpopKey::stored(&Secret::new(bad.to_owned()), &random).is_err(), "{bad}");
        }
    }

    #[test] // P16, T04
    fn only_one_answer_asks_for_the_request_again() {
        const BODY: &str = r#"{"error":"use_dpop_nonce"}"#;
        assert!(asks_for_nonce(&answer(400, Some("n"), BODY)));
        assert!(asks_for_nonce(&answer(401, Some("n"), BODY)));
        for other in [
            answer(400, None, BODY),
            answer(400, Some(""), BODY),
            answer(400, Some("a b"), BODY),
            answer(400, Some("a\"b"), BODY),
            answer(400, Some(&"n".repeat(NONCE_LIMIT + 1)), BODY),
            answer(200, Some("n"), BODY),
            answer(500, Some("n"), BODY),
            answer(400, Some("n"), r#"{"error":"invalid_dpop_proof"}"#),
            answer(400, Some("n"), "use_dpop_nonce"),
        ] {
            assert!(!asks_for_nonce(&other), "{other:?}");
        }
    }
}
