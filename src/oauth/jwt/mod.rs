//! JSON Web Tokens: made and checked (RFC 7519), in the compact form of RFC 7515 §3.1.
//!
//! | file | what it is responsible for |
//! |---|---|
//! | `key` | a private key: from PEM, from a JWK, from a client secret; what it signs with |
//! | `jwk` | a JWK as JSON (RFC 7517), private or public |
//! | `jwks` | a server's public keys |
//! | `der` | what a private key in PEM consists of |
//!
//! Whoever signs brings the randomness along: nothing here has any of its own.

mod der;
mod jwk;
mod jwks;
mod key;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use serde_json::{Map, Value};

use super::Foreign;
use crate::secret::Secret;

pub use jwks::{Jwks, NotAJwks};
pub use key::{KeyError, SigningFailed, SigningKey};

/// How a JWT is signed: `alg` (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// RSA, PKCS #1 v1.5, SHA-384.
    Rs384,
    /// RSA, PKCS #1 v1.5, SHA-512.
    Rs512,
    /// RSA, PSS, SHA-256.
    Ps256,
    /// RSA, PSS, SHA-384.
    Ps384,
    /// RSA, PSS, SHA-512.
    Ps512,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256: with a secret that both sides have.
    Hs256,
}

impl Algorithm {
    /// Every algorithm, in the order in which messages list them.
    pub const ALL: [Self; 10] = [
        Self::Es256,
        Self::Es384,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::EdDsa,
        Self::Hs256,
    ];

    /// The algorithm's name, which is that of the RFCs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`Algorithm`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownAlgorithm(pub Foreign);

impl fmt::Display for UnknownAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Algorithm::ALL.map(Algorithm::name).join(", ");
        write!(f, "\"{}\" is no signature algorithm; there are {known}", self.0)
    }
}

impl std::error::Error for UnknownAlgorithm {}

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == text);
        found.ok_or_else(|| UnknownAlgorithm(Foreign::new(text)))
    }
}

/// What a JWT says (RFC 7519 §4).
pub type Claims = Map<String, Value>;

/// A JWT taken apart. Nothing in it is proven.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// How it is signed, and whatever else stands before the claims (RFC 7515 §4).
    pub header: Map<String, Value>,
    /// What it says.
    pub claims: Claims,
}

/// A part of a JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The first one.
    Header,
    /// The second one.
    Claims,
    /// The third one.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Claims => "claims",
            Self::Signature => "signature",
        })
    }
}

/// Why a text is no JWT, or none that can be relied upon. Nothing of the text is in here but the name of its algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtError {
    /// Not three parts with dots in between.
    NotAJwt,
    /// Five parts: what it says is encrypted (RFC 7516 §3.1).
    Encrypted,
    /// A part that is not in base64url (RFC 7515 §2).
    BadBase64(Part),
    /// A part that is no JSON object.
    BadJson(Part),
    /// The header names an algorithm with which nothing is proven here: `none`, HMAC, or an unknown one.
    Algorithm(Option<Foreign>),
    /// The header demands something that is not known here (RFC 7515 §4.1.11).
    Critical,
    /// None of the keys can have signed it.
    NoKey,
    /// It was changed, or signed by somebody else.
    BadSignature,
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAJwt => f.write_str("it is not a JWT"),
            Self::Encrypted => f.write_str("it is an encrypted JWT, which only its recipient can read"),
            Self::BadBase64(part) => write!(f, "the {part} of the JWT is not base64url"),
            Self::BadJson(part) => write!(f, "the {part} of the JWT is not a JSON object"),
            Self::Algorithm(Some(name)) => write!(f, "nothing is proven by a JWT with the algorithm \"{name}\""),
            Self::Algorithm(None) => f.write_str("the JWT names no algorithm"),
            Self::Critical => f.write_str("the JWT demands an extension that is not known here"),
            Self::NoKey => f.write_str("none of the issuer's keys can have signed the JWT"),
            Self::BadSignature => f.write_str("the signature of the JWT is not the issuer's"),
        }
    }
}

impl std::error::Error for JwtError {}

/// Takes a JWT apart without a look at its signature (RFC 7519 §7.2).
///
/// # Errors
/// [`JwtError`]
pub fn decode(token: &str) -> Result<Jwt, JwtError> {
    split(token).map(|signed| signed.jwt)
}

/// The claims of a JWT that one of these keys has signed. That it is still valid, and for whom it is meant, is for the
/// caller to see.
///
/// # Errors
/// [`JwtError`]
pub fn verify(token: &str, jwks: &Jwks) -> Result<Claims, JwtError> {
    let Signed { jwt: Jwt { header, claims }, input, signature } = split(token)?;
    if header.contains_key("crit") {
        return Err(JwtError::Critical);
    }
    let named = header.get("alg").and_then(Value::as_str);
    let unknown = || JwtError::Algorithm(named.map(Foreign::new));
    let algorithm: Algorithm = named.and_then(|name| name.parse().ok()).ok_or_else(unknown)?;
    if algorithm == Algorithm::Hs256 {
        return Err(unknown());
    }
    let id = header.get("kid").and_then(Value::as_str);
    let mut candidates = jwks.candidates(algorithm, id).peekable();
    if candidates.peek().is_none() {
        return Err(JwtError::NoKey);
    }
    if candidates.any(|key| key.verifies(algorithm, input.as_bytes(), &signature)) {
        Ok(claims)
    } else {
        Err(JwtError::BadSignature)
    }
}

/// Makes a JWT. `alg`, and `kid` where the key has one, are added to the header.
///
/// # Errors
/// [`SigningFailed`]
pub fn sign(
    key: &SigningKey,
    mut header: Map<String, Value>,
    claims: Claims,
    random: &dyn SecureRandom,
) -> Result<Secret, SigningFailed> {
    header.insert("alg".to_owned(), key.algorithm().name().into());
    if let Some(id) = key.id() {
        header.insert("kid".to_owned(), id.into());
    }
    let part = |map: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(map).to_string());
    let mut token = format!("{}.{}", part(header), part(claims));
    let signature = key.sign(token.as_bytes(), random)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(Secret::new(token))
}

/// A JWT, and what its signature is about.
struct Signed<'a> {
    jwt: Jwt,
    input: &'a str,
    signature: Vec<u8>,
}

fn split(token: &str) -> Result<Signed<'_>, JwtError> {
    let (input, signature) = token.rsplit_once('.').ok_or(JwtError::NotAJwt)?;
    let (header, claims) = input.split_once('.').ok_or(JwtError::NotAJwt)?;
    match claims.matches('.').count() {
        0 => {}
        2 => return Err(JwtError::Encrypted),
        _ => return Err(JwtError::NotAJwt),
    }
    let bytes = |text: &str, part| URL_SAFE_NO_PAD.decode(text).map_err(|_| JwtError::BadBase64(part));
    let object = |text: &str, part| match serde_json::from_slice(&bytes(text, part)?) {
        Ok(Value::Object(map)) => Ok(map),
        _ => Err(JwtError::BadJson(part)),
    };
    Ok(Signed {
        jwt: Jwt { header: object(header, Part::Header)?, claims: object(claims, Part::Claims)? },
        input,
        signature: bytes(signature, Part::Signature)?,
    })
}

#[cfg(test)]
mod tests;
