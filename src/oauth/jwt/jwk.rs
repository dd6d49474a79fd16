//! A JSON Web Key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The members that matter. Those of the private part are secrets.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Jwk {
    pub(super) kty: String,
    pub(super) crv: Option<String>,
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    #[serde(rename = "use")]
    pub(super) used_for: Option<String>,
    pub(super) x: Option<String>,
    pub(super) y: Option<String>,
    pub(super) n: Option<String>,
    pub(super) e: Option<String>,
    pub(super) d: Option<Secret>,
    pub(super) p: Option<Secret>,
    pub(super) q: Option<Secret>,
    pub(super) dp: Option<Secret>,
    pub(super) dq: Option<Secret>,
    pub(super) qi: Option<Secret>,
}

impl Jwk {
    /// The uncompressed point of an elliptic curve whose coordinates have this length (SEC 1 §2.3.3).
    pub(super) fn point(&self, length: usize) -> Option<Vec<u8>> {
        let coordinate = |text: &Option<String>| {
            let bytes = number(text.as_deref()?)?;
            let missing = length.checked_sub(bytes.len())?;
            Some([vec![0; missing], bytes.to_vec()].concat())
        };
        Some([vec![4], coordinate(&self.x)?, coordinate(&self.y)?].concat())
    }
}

/// The bytes of a member.
pub(super) fn bytes(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    URL_SAFE_NO_PAD.decode(text).ok().map(Zeroizing::new)
}

/// The bytes of a number without the zeros in front that some put there.
pub(super) fn number(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = bytes(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(Zeroizing::new(bytes.get(zeros..)?.to_vec()))
}
