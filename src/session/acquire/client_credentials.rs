//! The client credentials grant (RFC 6749 §4.4).

use super::Acquisition;
use crate::oauth::{TokenResponse, grant};
use crate::session::error::SessionError;

pub(super) fn run(acquisition: &Acquisition<'_>) -> Result<TokenResponse, SessionError> {
    acquisition.send(grant::client_credentials(&acquisition.asked()), &[])
}
