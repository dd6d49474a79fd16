//! The token exchange: another issuer's token for one of this server's (RFC 8693).

use super::Acquisition;
use crate::oauth::{TokenKind, TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::SessionError;

pub(super) fn run(acquisition: &Acquisition<'_>, subject: &Secret) -> Result<TokenResponse, SessionError> {
    let settings = acquisition.settings;
    let usual = TokenKind::jwt();
    let kind = settings.subject_token_type.as_ref().map_or(&usual, |kind| &kind.value);
    let requested = settings.requested_token_type.as_ref().map(|kind| kind.value.as_str());
    acquisition.send(grant::token_exchange(&acquisition.asked(), subject, kind.as_str(), requested), &[subject])
}
