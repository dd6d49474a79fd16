//! The device authorization grant (RFC 8628).

use super::{Acquisition, Person};
use crate::oauth::TokenResponse;
use crate::session::error::{Missing, SessionError};

pub(super) fn authorize(_: &Acquisition<'_>, _: &Person<'_>) -> Result<TokenResponse, SessionError> {
    Err(SessionError::Missing(Missing::Person))
}
