//! The token exchange: another issuer's token for one of this server's (RFC 8693).

use super::Acquisition;
use crate::oauth::{TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::SessionError;

/// The subject token's type where nothing is said: CI systems give JWTs.
const USUAL_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";

pub(super) fn run(acquisition: &Acquisition<'_>, subject: &Secret) -> Result<TokenResponse, SessionError> {
    let settings = acquisition.settings;
    let kind = settings.subject_token_type.as_ref().map_or(USUAL_TYPE, |kind| kind.value.as_str());
    let requested = settings.requested_token_type.as_ref().map(|kind| kind.value.as_str());
    acquisition.send(grant::token_exchange(&acquisition.asked(), subject, kind, requested), &[subject])
}
