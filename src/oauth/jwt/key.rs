//! A key to sign with: a private key in PEM or as a JWK, or a secret that both sides have.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::error::KeyRejected;
use ring::hmac;
use ring::rand::SecureRandom;
use ring::rsa::{KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::der::{BIT_STRING, CONTEXT_1, Der, INTEGER, OCTET_STRING, OID, SEQUENCE};
use super::jwk::{self, Jwk};
use super::{Algorithm, Foreign};
use crate::secret::Secret;

/// 1.2.840.10045.2.1, RFC 5480 §2.1.1
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.113549.1.1.1, RFC 8017 Appendix A.1
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.113549.1.1.10, RFC 8017 Appendix A.2.3
const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
/// 1.3.101.112, RFC 8410 §3
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// The curves of elliptic keys: name, object identifier (RFC 5480 §2.1.1.1), and what is needed to use one.
const CURVES: [(&str, &[u8], Option<Curve>); 4] = [
    ("P-256", &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], Some(P256)),
    ("P-384", &[0x2b, 0x81, 0x04, 0x00, 0x22], Some(P384)),
    ("P-521", &[0x2b, 0x81, 0x04, 0x00, 0x23], None),
    ("secp256k1", &[0x2b, 0x81, 0x04, 0x00, 0x0a], None),
];

const P256: Curve = Curve { length: 32, algorithm: Algorithm::Es256, signing: &ECDSA_P256_SHA256_FIXED_SIGNING };
const P384: Curve = Curve { length: 48, algorithm: Algorithm::Es384, signing: &ECDSA_P384_SHA384_FIXED_SIGNING };

#[derive(Clone, Copy)]
struct Curve {
    /// Bytes of the private key, and of each coordinate.
    length: usize,
    algorithm: Algorithm,
    signing: &'static EcdsaSigningAlgorithm,
}

/// What signs.
pub struct SigningKey {
    pair: Pair,
    algorithm: Algorithm,
    id: Option<String>,
}

enum Pair {
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
    Rsa(Box<RsaKeyPair>),
    Hmac(Box<hmac::Key>),
}

/// Shows the algorithm and the name, not the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm).field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is wrong with a private key. Nothing of it is in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// Neither PEM nor a JWK, or PEM with something else in it.
    NoKey,
    /// A passphrase would be needed.
    Encrypted,
    /// A public key or a certificate: what proves nothing.
    Public,
    /// It says that it is a key, but cannot be read as one.
    Malformed,
    /// An elliptic curve that nothing is signed on here.
    Curve(Foreign),
    /// A kind of key that nothing is signed with here.
    Kind(Foreign),
    /// An elliptic key without its public part, as some programs write it.
    NoPublicPart,
    /// The key does not hold, or is too weak: in the library's words.
    Rejected(&'static str),
    /// The algorithm that is wanted is not one for this key.
    Algorithm {
        /// What is wanted.
        wanted: Algorithm,
        /// What the key is.
        kind: &'static str,
    },
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("there is no private key in it, neither in PEM nor as a JWK"),
            Self::Encrypted => f.write_str("it is an encrypted PEM"),
            Self::Public => f.write_str("it is not the private key, but a public key or a certificate"),
            Self::Malformed => f.write_str("it is damaged, or not written as a private key is"),
            Self::Curve(name) => write!(f, "a key on the curve {name} is not supported"),
            Self::Kind(name) => write!(f, "a key of the kind {name} is not supported"),
            Self::NoPublicPart => f.write_str("it lacks its public part"),
            Self::Rejected(why) => f.write_str(why),
            Self::Algorithm { wanted, kind } => write!(f, "{wanted} does not sign with it: it is for {kind}"),
        }
    }
}

impl std::error::Error for KeyError {}

/// Says why in words; the library has names for programmers.
impl From<KeyRejected> for KeyError {
    fn from(error: KeyRejected) -> Self {
        Self::Rejected(match error.to_string().as_str() {
            "TooSmall" => "it is too short: an RSA key has at least 2048 bits",
            "TooLarge" => "it is too long: an RSA key has at most 4096 bits here",
            "InconsistentComponents" | "PrivateModulusLenNotMultipleOf512Bits" => "its parts do not belong together",
            _ => "the key is not a valid one",
        })
    }
}

/// No signature was made: there was no randomness to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SigningFailed;

impl fmt::Display for SigningFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request could not be signed")
    }
}

impl std::error::Error for SigningFailed {}

impl SigningKey {
    /// Reads a private key: PKCS #8 (RFC 5958), SEC 1 (RFC 5915) or PKCS #1 (RFC 8017) in PEM, or a JWK, whose name and
    /// algorithm hold where nothing else is `wanted`.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn read(text: &Secret, wanted: Option<Algorithm>, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        let text = text.expose();
        let (pair, usual, id) = if text.trim_start().starts_with('{') {
            let jwk: Jwk = serde_json::from_str(text).map_err(|_| KeyError::Malformed)?;
            let (pair, usual) = from_jwk(&jwk, random)?;
            let named = jwk.alg.as_deref().and_then(|name| name.parse().ok());
            (pair, named.unwrap_or(usual), jwk.kid)
        } else {
            let (pair, usual) = from_pem(text, random)?;
            (pair, usual, None)
        };
        let algorithm = wanted.unwrap_or(usual);
        if !pair.signs_with(algorithm) {
            return Err(KeyError::Algorithm { wanted: algorithm, kind: pair.kind() });
        }
        Ok(Self { pair, algorithm, id })
    }

    /// A client secret as a key (RFC 7518 §3.2; OpenID Connect Core 1.0 §9: the bytes of its UTF-8 text).
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        Self { pair: Pair::Hmac(Box::new(key)), algorithm: Algorithm::Hs256, id: None }
    }

    /// A new key on P-256, and the same as a text that [`Self::stored`] reads.
    ///
    /// # Errors
    /// [`SigningFailed`]
    pub fn generate(random: &dyn SecureRandom) -> Result<(Self, Secret), SigningFailed> {
        let document = EcdsaKeyPair::generate_pkcs8(P256.signing, random).map_err(|_| SigningFailed)?;
        let text = Secret::new(URL_SAFE_NO_PAD.encode(document.as_ref()));
        let key = Self::stored(&text, random).map_err(|_| SigningFailed)?;
        Ok((key, text))
    }

    /// Reads what [`Self::generate`] made.
    ///
    /// # Errors
    /// [`KeyError`]
    pub fn stored(text: &Secret, random: &dyn SecureRandom) -> Result<Self, KeyError> {
        let bytes = jwk::bytes(text.expose()).ok_or(KeyError::Malformed)?;
        let (pair, algorithm) = from_pkcs8(&bytes, random)?;
        Ok(Self { pair, algorithm, id: None })
    }

    /// What it signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name by which the server knows it: `kid` (RFC 7515 §4.1.4).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The same key by another name.
    #[must_use]
    pub fn named(self, id: String) -> Self {
        Self { id: Some(id), ..self }
    }

    /// The public part of a key on P-256, as a JWK with its required members only (RFC 7638 §3.2).
    #[must_use]
    pub fn public_jwk(&self) -> Option<Value> {
        let Pair::Ecdsa(pair) = &self.pair else { return None };
        let point = pair.public_key().as_ref().get(1..).filter(|point| point.len() == 2 * P256.length)?;
        let (x, y) = point.split_at(P256.length);
        Some(json!({
            "crv": "P-256", "kty": "EC", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        }))
    }

    /// The signature of these bytes.
    pub(super) fn sign(&self, input: &[u8], random: &dyn SecureRandom) -> Result<Vec<u8>, SigningFailed> {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.sign(random, input).map(|made| made.as_ref().to_vec()).map_err(|_| SigningFailed),
            Pair::Ed25519(pair) => Ok(pair.sign(input).as_ref().to_vec()),
            Pair::Hmac(key) => Ok(hmac::sign(key, input).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let encoding = rsa(self.algorithm).ok_or(SigningFailed)?;
                let mut made = vec![0; pair.public().modulus_len()];
                pair.sign(encoding, random, input, &mut made).map_err(|_| SigningFailed)?;
                Ok(made)
            }
        }
    }
}

impl Pair {
    fn signs_with(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ecdsa(pair) if pair.public_key().as_ref().len() == 1 + 2 * P256.length => {
                algorithm == Algorithm::Es256
            }
            Self::Ecdsa(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
            Self::Rsa(_) => rsa(algorithm).is_some(),
            Self::Hmac(_) => algorithm == Algorithm::Hs256,
        }
    }

    /// What the key is for, in words.
    fn kind(&self) -> &'static str {
        match self {
            Self::Ecdsa(pair) if pair.public_key().as_ref().len() == 1 + 2 * P256.length => "ES256",
            Self::Ecdsa(_) => "ES384",
            Self::Ed25519(_) => "EdDSA",
            Self::Rsa(_) => "RS256 and its kind, and PS256 and its kind",
            Self::Hmac(_) => "HS256",
        }
    }
}

fn rsa(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    match algorithm {
        Algorithm::Rs256 => Some(&RSA_PKCS1_SHA256),
        Algorithm::Rs384 => Some(&RSA_PKCS1_SHA384),
        Algorithm::Rs512 => Some(&RSA_PKCS1_SHA512),
        Algorithm::Ps256 => Some(&RSA_PSS_SHA256),
        Algorithm::Ps384 => Some(&RSA_PSS_SHA384),
        Algorithm::Ps512 => Some(&RSA_PSS_SHA512),
        Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa | Algorithm::Hs256 => None,
    }
}

type Read = Result<(Pair, Algorithm), KeyError>;

/// The first private key of a PEM text.
fn from_pem(text: &str, random: &dyn SecureRandom) -> Read {
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyError::Encrypted);
    }
    if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
        return Err(KeyError::Kind(Foreign::new("OpenSSH")));
    }
    let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| {
        let has = |what: &str| text.contains(&format!("-----BEGIN {what}-----"));
        if has("PRIVATE KEY") || has("EC PRIVATE KEY") || has("RSA PRIVATE KEY") {
            KeyError::Malformed
        } else if ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"].into_iter().any(has) {
            KeyError::Public
        } else {
            KeyError::NoKey
        }
    })?;
    let key = Zeroizing::new(key);
    match &*key {
        PrivateKeyDer::Pkcs8(key) => from_pkcs8(key.secret_pkcs8_der(), random),
        PrivateKeyDer::Sec1(key) => from_sec1(key.secret_sec1_der(), None, random),
        PrivateKeyDer::Pkcs1(key) => Ok((rsa_pair(key.secret_pkcs1_der())?, Algorithm::Rs256)),
        _ => Err(KeyError::NoKey),
    }
}

/// `PrivateKeyInfo` (RFC 5958 §2): version, algorithm, and the key in a form that depends on it.
fn from_pkcs8(der: &[u8], random: &dyn SecureRandom) -> Read {
    let parts = || {
        let mut info = Der(Der(der).take(SEQUENCE)?);
        info.take(INTEGER)?;
        let mut algorithm = Der(info.take(SEQUENCE)?);
        Some((algorithm.take(OID)?, algorithm.take(OID), info.take(OCTET_STRING)?))
    };
    let (algorithm, curve, key) = parts().ok_or(KeyError::Malformed)?;
    match algorithm {
        RSA => Ok((rsa_pair(key)?, Algorithm::Rs256)),
        RSA_PSS => Ok((rsa_pair(key)?, Algorithm::Ps256)),
        ED25519 => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der)?;
            Ok((Pair::Ed25519(Box::new(pair)), Algorithm::EdDsa))
        }
        EC => from_sec1(key, Some(curve.ok_or(KeyError::Malformed)?), random),
        _ => Err(KeyError::Kind(Foreign::new("that this PEM names"))),
    }
}

/// `ECPrivateKey` (RFC 5915 §3): version, private key, `[0]` curve, `[1]` public key. The curve may stand outside.
fn from_sec1(der: &[u8], curve: Option<&[u8]>, random: &dyn SecureRandom) -> Read {
    /// `[0]`, constructed.
    const CONTEXT_0: u8 = 0xa0;
    let parts = || {
        let mut key = Der(Der(der).take(SEQUENCE)?);
        key.take(INTEGER)?;
        let private = key.take(OCTET_STRING)?;
        let inner = key.find(CONTEXT_0).and_then(|content| Der(content).take(OID));
        let public = key.find(CONTEXT_1).and_then(|content| Der(content).take(BIT_STRING));
        // The first byte of a bit string says how many bits of its last one do not count.
        Some((private, curve.or(inner)?, public.and_then(|bits| bits.strip_prefix(&[0]))))
    };
    let (private, curve, public) = parts().ok_or(KeyError::Malformed)?;
    let known = CURVES.iter().find(|(_, oid, _)| *oid == curve);
    let Some((name, _, curve)) = known else { return Err(KeyError::Curve(Foreign::new("that it names"))) };
    let curve = curve.ok_or_else(|| KeyError::Curve(Foreign::new(*name)))?;
    elliptic(curve, private, public.ok_or(KeyError::NoPublicPart)?, random)
}

fn elliptic(curve: Curve, private: &[u8], public: &[u8], random: &dyn SecureRandom) -> Read {
    let private = exactly(private, curve.length).ok_or(KeyError::Malformed)?;
    let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing, &private, public, random)?;
    Ok((Pair::Ecdsa(Box::new(pair)), curve.algorithm))
}

/// A number in so many bytes, with zeros in front or without the ones too many.
fn exactly(number: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..)?;
    let mut bytes = Zeroizing::new(vec![0; length.checked_sub(digits.len())?]);
    bytes.reserve_exact(digits.len());
    bytes.extend_from_slice(digits);
    Some(bytes)
}

fn rsa_pair(der: &[u8]) -> Result<Pair, KeyError> {
    Ok(Pair::Rsa(Box::new(RsaKeyPair::from_der(der)?)))
}

fn from_jwk(jwk: &Jwk, random: &dyn SecureRandom) -> Read {
    let known = ["EC", "OKP", "RSA"].contains(&jwk.kty.as_str());
    if !known {
        return Err(KeyError::Kind(Foreign::new(&jwk.kty)));
    }
    let private = jwk.d.as_ref().ok_or(KeyError::Public)?;
    let curve = || KeyError::Curve(Foreign::new(jwk.crv.as_deref().unwrap_or("that it does not name")));
    match jwk.kty.as_str() {
        "EC" => {
            let named = CURVES.iter().find(|(name, ..)| jwk.crv.as_deref() == Some(name));
            let found = named.and_then(|(_, _, found)| *found).ok_or_else(curve)?;
            let private = jwk::bytes(private.expose()).ok_or(KeyError::Malformed)?;
            if jwk.x.is_none() || jwk.y.is_none() {
                return Err(KeyError::NoPublicPart);
            }
            elliptic(found, &private, &jwk.point(found.length).ok_or(KeyError::Malformed)?, random)
        }
        "OKP" if jwk.crv.as_deref() == Some("Ed25519") => {
            let seed = jwk::bytes(private.expose()).ok_or(KeyError::Malformed)?;
            let public = jwk.x.as_deref().map(|x| jwk::bytes(x).ok_or(KeyError::Malformed)).transpose()?;
            let pair = match public {
                Some(public) => Ed25519KeyPair::from_seed_and_public_key(&seed, &public)?,
                None => Ed25519KeyPair::from_seed_unchecked(&seed)?,
            };
            Ok((Pair::Ed25519(Box::new(pair)), Algorithm::EdDsa))
        }
        "OKP" => Err(curve()),
        _ => {
            let public = |part: &Option<String>| jwk::number(part.as_deref()?);
            let secret = |part: &Option<Secret>| jwk::number(part.as_ref()?.expose());
            let parts = || {
                Some(KeyPairComponents {
                    public_key: PublicKeyComponents { n: public(&jwk.n)?, e: public(&jwk.e)? },
                    d: secret(&jwk.d)?,
                    p: secret(&jwk.p)?,
                    q: secret(&jwk.q)?,
                    dP: secret(&jwk.dp)?,
                    dQ: secret(&jwk.dq)?,
                    qInv: secret(&jwk.qi)?,
                })
            };
            let KeyPairComponents { public_key: PublicKeyComponents { n, e }, d, p, q, dP, dQ, qInv } =
                parts().ok_or(KeyError::Malformed)?;
            let pair = RsaKeyPair::from_components(&KeyPairComponents {
                public_key: PublicKeyComponents { n: n.as_slice(), e: e.as_slice() },
                d: d.as_slice(),
                p: p.as_slice(),
                q: q.as_slice(),
                dP: dP.as_slice(),
                dQ: dQ.as_slice(),
                qInv: qInv.as_slice(),
            })?;
            Ok((Pair::Rsa(Box::new(pair)), Algorithm::Rs256))
        }
    }
}
