//! The client proves itself by a JWT of its own instead of a secret (RFC 7521 §4.2, RFC 7523 §2.2 and §3).

use std::rc::Rc;

use ring::rand::SecureRandom;
use serde_json::Map;

use super::jwt::{self, Claims, SigningFailed, SigningKey};
use super::signed::Stamp;
use super::{ClientId, Endpoint};
use crate::secret::Secret;

/// `client_assertion_type` (RFC 7523 §2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion holds, in seconds: it is made for one request, and goes out at once.
const LIFETIME: i64 = 60;

/// Whom assertions are for: `aud` (RFC 7523 §3). One name, never several: a server that is one of several could show
/// the assertion to the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// The issuer, or what the settings say.
    Named(String),
    /// Wherever the request goes: for a login without an issuer that is the token endpoint.
    Recipient,
}

/// An assertion that is yet to be made.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// What signs.
    pub key: Rc<SigningKey>,
    /// Who asserts, and of whom: `iss` and `sub`.
    pub client: ClientId,
    /// For whom.
    pub audience: Audience,
}

impl Assertion {
    /// Makes it for a request to this endpoint.
    ///
    /// # Errors
    /// [`SigningFailed`]
    pub fn make(&self, to: &Endpoint, stamp: &Stamp, random: &dyn SecureRandom) -> Result<Secret, SigningFailed> {
        let audience = match &self.audience {
            Audience::Named(name) => name,
            Audience::Recipient => to.as_str(),
        };
        let claims = Claims::from_iter([
            ("iss".to_owned(), self.client.as_str().into()),
            ("sub".to_owned(), self.client.as_str().into()),
            ("aud".to_owned(), audience.into()),
            ("jti".to_owned(), stamp.id.as_str().into()),
            ("iat".to_owned(), stamp.now.into()),
            ("exp".to_owned(), stamp.now.saturating_add(LIFETIME).into()),
        ]);
        let header = Map::from_iter([("typ".to_owned(), "JWT".into())]);
        jwt::sign(&self.key, header, claims, random)
    }
}
