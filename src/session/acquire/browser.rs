//! The authorization code grant with PKCE, through a browser on this machine (RFC 6749 §4.1, RFC 7636, RFC 8252).

use super::{Acquisition, Person};
use crate::oauth::TokenResponse;
use crate::secret::Secret;
use crate::session::error::{Missing, SessionError};

/// What the browser came back with, and what goes with it to the token endpoint.
#[derive(Debug)]
pub struct Code {
    /// `code`
    pub code: Secret,
    /// `code_verifier` (RFC 7636 §4.1)
    pub verifier: Secret,
    /// `redirect_uri`, as it was in the authorization request.
    pub redirect_uri: String,
}

pub(super) fn authorize(_: &Acquisition<'_>, _: &Person<'_>) -> Result<Code, SessionError> {
    Err(SessionError::Missing(Missing::Person))
}

pub(super) fn redeem(_: &Acquisition<'_>, _: &Code) -> Result<TokenResponse, SessionError> {
    Err(SessionError::Missing(Missing::Person))
}
