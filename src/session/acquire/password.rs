//! The resource owner password credentials grant (RFC 6749 §4.3; discouraged by RFC 9700 §2.4).

use super::Acquisition;
use crate::oauth::{TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::{Doing, Missing, SessionError};
use crate::session::exchange::exchange;

/// One request, whatever comes back: a rejection is never tried again (H03).
pub fn run(acquisition: &Acquisition<'_>, password: &Secret) -> Result<TokenResponse, SessionError> {
    let settings = acquisition.settings;
    let username = settings.username.as_ref().ok_or(SessionError::Missing(Missing::Username))?;
    let request = grant::TokenRequest {
        endpoint: &acquisition.endpoints.token,
        client: acquisition.client,
        scopes: &settings.scopes.value,
        audience: &settings.audience.value,
        resource: &settings.resource.value,
        extra: &settings.extra.value,
    };
    let request = grant::password(&request, &username.value, password).map_err(SessionError::NoClientSecret)?;
    let sent: Vec<&Secret> = acquisition.client.secret.iter().chain([password]).collect();
    exchange(acquisition.transport, &request, Doing::Login, &sent)
}
