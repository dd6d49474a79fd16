//! The resource owner password credentials grant (RFC 6749 §4.3; discouraged by RFC 9700 §2.4).

use super::Acquisition;
use crate::oauth::{TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::{Missing, SessionError};

pub(super) fn run(acquisition: &Acquisition<'_>, password: &Secret) -> Result<TokenResponse, SessionError> {
    let username = acquisition.settings.username.as_ref().ok_or(SessionError::Missing(Missing::Username))?;
    acquisition.send(grant::password(&acquisition.asked(), &username.value, password), &[password])
}
