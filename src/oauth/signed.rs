//! What of a request is signed when it is sent, and not before: a client assertion and a DPoP proof say when they were
//! made, and serve once.

use std::rc::Rc;

use ring::rand::SecureRandom;
use url::form_urlencoded::byte_serialize;

use super::Request;
use super::assertion::{ASSERTION_TYPE, Assertion};
use super::dpop::{DpopKey, Proof};
use super::form::encoded_len;
use super::jwt::SigningFailed;
use crate::secret::Secret;

/// What is yet to be signed.
#[derive(Debug, Clone, Default)]
pub struct ToSign {
    /// Who asks (RFC 7523 §2.2).
    pub assertion: Option<Assertion>,
    /// What the tokens are to be bound to (RFC 9449 §5).
    pub dpop: Option<Rc<DpopKey>>,
    /// The access token that goes along with the proof (RFC 9449 §7).
    pub token: Option<Rc<Secret>>,
}

impl ToSign {
    /// Whether there is anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.assertion.is_none() && self.dpop.is_none()
    }
}

/// When a signature is made, and the name that no other has: `iat` and `jti` (RFC 7519 §4.1).
#[derive(Debug, Clone)]
pub struct Stamp {
    /// Seconds since 1970.
    pub now: i64,
    /// At least 96 random bits (RFC 9449 §4.2), as text.
    pub id: String,
}

/// What was signed for a request.
#[derive(Debug, Default)]
pub struct Signed {
    /// Whether a DPoP proof went along, so that the tokens have to be bound to its key.
    pub bound: bool,
    /// What servers may quote, and what is not to be repeated then (U07).
    pub texts: Vec<Secret>,
}

impl Request {
    /// The request as it is sent, with all of its signatures.
    ///
    /// # Errors
    /// [`SigningFailed`]
    pub fn signed(
        &self,
        stamp: &Stamp,
        nonce: Option<&str>,
        random: &dyn SecureRandom,
    ) -> Result<(Self, Signed), SigningFailed> {
        let mut request = Self {
            method: self.method,
            url: self.url.clone(),
            headers: self.headers.iter().map(|(name, value)| (*name, value.duplicate())).collect(),
            body: self.body.as_ref().map(Secret::duplicate),
            to_sign: ToSign::default(),
        };
        let mut signed = Signed::default();
        if let Some(assertion) = &self.to_sign.assertion {
            let made = assertion.make(&self.url, stamp, random)?;
            request.body = Some(with_assertion(request.body.as_ref().map_or("", Secret::expose), &made));
            signed.texts.push(made);
        }
        if let Some(key) = &self.to_sign.dpop {
            let method = self.method.to_string();
            let proof = Proof { method: &method, url: self.url.url(), token: self.to_sign.token.as_deref(), nonce };
            // Servers keep the names of both in one list, and would take the second for a repetition.
            let stamp = Stamp { id: format!("{}-p", stamp.id), ..*stamp };
            let made = key.prove(proof, &stamp, random)?;
            request.headers.push(("DPoP", made.duplicate()));
            signed.bound = true;
            signed.texts.push(made);
        }
        Ok((request, signed))
    }
}

/// A form with the assertion as its last parameters. The buffer is made large enough at once: one that grows leaves a
/// copy behind.
fn with_assertion(form: &str, assertion: &Secret) -> Secret {
    const TYPE: &str = "client_assertion_type=";
    const ASSERTION: &str = "&client_assertion=";
    let more = TYPE.len() + encoded_len(ASSERTION_TYPE) + ASSERTION.len() + encoded_len(assertion.expose());
    let mut body = String::with_capacity(form.len() + 1 + more);
    body.push_str(form);
    if !form.is_empty() {
        body.push('&');
    }
    body.push_str(TYPE);
    body.extend(byte_serialize(ASSERTION_TYPE.as_bytes()));
    body.push_str(ASSERTION);
    body.extend(byte_serialize(assertion.expose().as_bytes()));
    Secret::new(body)
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use serde_json::json;

    use super::*;
    use crate::oauth::assertion::Audience;
    use crate::oauth::jwt::{SigningKey, decode};
    use crate::oauth::{ClientId, Endpoint, Form};

    fn request(audience: Audience, dpop: bool) -> Request {
        let mut form = Form::new();
        form.push("grant_type", "client_credentials");
        form.to_sign.assertion = Some(Assertion {
            key: Rc::new(SigningKey::from_secret(&Secret::new("canary".to_owned()))),
            client: ClientId::parse("me").unwrap(),
            audience,
        });
        form.to_sign.dpop = dpop.then(|| Rc::new(DpopKey::generate(&SystemRandom::new()).unwrap()));
        form.post_to(&Endpoint::parse("https://h/t?x=1").unwrap(), Vec::new())
    }

    fn signed(request: &Request) -> (Request, Signed) {
        let stamp = Stamp { now: 1000, id: "once".to_owned() };
        request.signed(&stamp, Some("n"), &SystemRandom::new()).unwrap()
    }

    #[test] // P16
    fn an_assertion_stands_in_the_form_and_says_who_for_whom_and_until_when() {
        for (audience, expected) in
            [(Audience::Named("https://issuer".to_owned()), "https://issuer"), (Audience::Recipient, "https://h/t?x=1")]
        {
            let request = request(audience, false);
            assert!(
                !request.body.as_ref().unwrap().expose().contains("assertion"),
                "nothing is made before it is sent"
            );
            let (sent, signed) = signed(&request);
            let body = sent.body.as_ref().unwrap().expose();
            let (start, assertion) = body.split_once("&client_assertion=").unwrap();
            assert_eq!(
                start,
                "grant_type=client_credentials&client_assertion_type=\
                 urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
            );
            assert_eq!(
                serde_json::Value::Object(decode(assertion).unwrap().claims),
                json!({ "iss": "me", "sub": "me", "aud": expected, "jti": "once", "iat": 1000, "exp": 1060 })
            );
            assert_eq!((signed.bound, signed.texts[0].expose()), (false, assertion));
            assert!(sent.headers.iter().all(|(name, _)| *name != "DPoP"));
        }
    }

    #[test] // P16
    fn a_proof_stands_in_a_header() {
        let (sent, signed) = signed(&request(Audience::Recipient, true));
        let (_, proof) = sent.headers.iter().find(|(name, _)| *name == "DPoP").unwrap();
        let claims = decode(proof.expose()).unwrap().claims;
        assert_eq!((&claims["htm"], &claims["htu"]), (&json!("POST"), &json!("https://h/t")));
        assert_ne!(claims["jti"], decode(signed.texts[0].expose()).unwrap().claims["jti"]);
        assert_eq!((&claims["nonce"], signed.bound, signed.texts.len()), (&json!("n"), true, 2));
        assert!(sent.to_sign.is_empty());
    }

    #[test] // M03
    fn debug_shows_no_secret() {
        let request = request(Audience::Recipient, true);
        let (sent, signed) = signed(&request);
        assert!(!format!("{request:?} {sent:?} {signed:?}").contains("canary"));
    }
}
