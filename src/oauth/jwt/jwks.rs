//! A server's public keys (RFC 7517 §5).

use std::fmt;

use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use super::Algorithm;
use super::jwk::{Jwk, bytes, number};

/// The keys that a server signs with, as far as they are known here: a key of another kind is passed over (RFC 7517 §5).
#[derive(Debug)]
pub struct Jwks {
    keys: Vec<PublicKey>,
}

/// A text that is no JWK set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAJwks;

impl fmt::Display for NotAJwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not a JSON object with a list of \"keys\"")
    }
}

impl std::error::Error for NotAJwks {}

/// One of them.
#[derive(Debug)]
pub(super) struct PublicKey {
    id: Option<String>,
    /// The only algorithm that it is for, where it is for one only.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug)]
enum Material {
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Jwks {
    /// Reads a JWK set.
    ///
    /// # Errors
    /// [`NotAJwks`]; a set without a usable key is one all the same.
    pub fn read(json: &[u8]) -> Result<Self, NotAJwks> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(json).map_err(|_| NotAJwks)?;
        let read = |key| serde_json::from_value::<Jwk>(key).ok().and_then(PublicKey::of);
        Ok(Self { keys: set.keys.into_iter().filter_map(read).collect() })
    }

    /// The keys that may have signed with this algorithm: where the signature names a key, only those of that name.
    pub(super) fn candidates(&self, algorithm: Algorithm, id: Option<&str>) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().filter(move |key| {
            id.is_none_or(|id| key.id.as_deref() == Some(id))
                && key.algorithm.as_deref().is_none_or(|only| only == algorithm.name())
                && key.material.fits(algorithm)
        })
    }
}

impl PublicKey {
    fn of(jwk: Jwk) -> Option<Self> {
        if jwk.used_for.as_deref().is_some_and(|used_for| used_for != "sig") {
            return None;
        }
        let part = |text: &Option<String>| number(text.as_deref()?).map(|number| number.to_vec());
        let material = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) => Material::P256(jwk.point(32)?),
            ("EC", Some("P-384")) => Material::P384(jwk.point(48)?),
            ("OKP", Some("Ed25519")) => Material::Ed25519(bytes(jwk.x.as_deref()?)?.to_vec()),
            ("RSA", _) => Material::Rsa { n: part(&jwk.n)?, e: part(&jwk.e)? },
            _ => return None,
        };
        Some(Self { id: jwk.kid, algorithm: jwk.alg, material })
    }

    /// Whether the signature is this key's.
    pub(super) fn verifies(&self, algorithm: Algorithm, input: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(input, signature),
            Material::P384(point) => UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(input, signature),
            Material::Ed25519(key) => UnparsedPublicKey::new(&signature::ED25519, key).verify(input, signature),
            Material::Rsa { n, e } => match rsa(algorithm) {
                Some(parameters) => RsaPublicKeyComponents { n, e }.verify(parameters, input, signature),
                None => return false,
            },
        }
        .is_ok()
    }
}

impl Material {
    fn fits(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
            Self::Rsa { .. } => rsa(algorithm).is_some(),
        }
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_2048_8192_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa | Algorithm::Hs256 => None,
    }
}
