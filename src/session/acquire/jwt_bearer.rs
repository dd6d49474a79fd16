//! The JWT bearer grant: another issuer's token is the grant (RFC 7523 §2.1).

use super::Acquisition;
use crate::oauth::{TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::SessionError;

pub(super) fn run(acquisition: &Acquisition<'_>, assertion: &Secret) -> Result<TokenResponse, SessionError> {
    acquisition.send(grant::jwt_bearer(&acquisition.asked(), assertion), &[assertion])
}
