//! Finding an issuer's endpoints: at login only (P14).

use super::error::{Missing, SessionError};
use crate::oauth::discovery::{self, Metadata, MetadataError};
use crate::oauth::{Endpoint, Issuer};
use crate::settings::Settings;
use crate::sys::http::Transport;

/// Where this login's requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The token endpoint.
    pub token: Endpoint,
    /// The revocation endpoint (RFC 7009), where one is known.
    pub revocation: Option<Endpoint>,
}

/// Takes the endpoints that the settings name and asks the issuer for the others.
///
/// # Errors
/// [`SessionError::Missing`], [`SessionError::Metadata`], [`SessionError::Transport`]
pub fn endpoints(settings: &Settings, transport: &dyn Transport) -> Result<Endpoints, SessionError> {
    let named = settings.token_endpoint.as_ref().map(|endpoint| endpoint.value.clone());
    let revocation = settings.revocation_endpoint.as_ref().map(|endpoint| endpoint.value.clone());
    match (named, &settings.issuer) {
        (Some(token), _) => Ok(Endpoints { token, revocation }),
        (None, None) => Err(SessionError::Missing(Missing::Where)),
        (None, Some(issuer)) => {
            let found = ask(&issuer.value, transport)?;
            Ok(Endpoints { token: found.token, revocation: revocation.or(found.revocation) })
        }
    }
}

/// Asks the issuer's well-known addresses in order. The second one is asked where the first cannot be used, and where
/// it lacks the revocation endpoint: on some servers only one of the two documents is complete.
fn ask(issuer: &Issuer, transport: &dyn Transport) -> Result<Endpoints, SessionError> {
    let mut found: Option<Metadata> = None;
    let mut tried: Vec<(Endpoint, MetadataError)> = Vec::new();
    for address in discovery::well_known(issuer) {
        let response = match transport.send(&discovery::request(&address)) {
            Ok(response) => response,
            // The first document is enough to log in with.
            Err(_) if found.is_some() => break,
            Err(error) => return Err(error.into()),
        };
        match (discovery::read(&response, issuer), &mut found) {
            (Ok(metadata), None) => found = Some(metadata),
            (Ok(metadata), Some(first)) => first.complete_from(metadata),
            (Err(why), _) => tried.push((address, why)),
        }
        if found.as_ref().is_some_and(|found| found.token_endpoint.is_some() && found.revocation_endpoint.is_some()) {
            break;
        }
    }
    let revocation = found.as_ref().and_then(|found| found.revocation_endpoint.clone());
    match found.map(|found| found.require_token_endpoint().cloned()) {
        Some(Ok(token)) => return Ok(Endpoints { token, revocation }),
        Some(Err(why)) => tried.push((issuer.endpoint().clone(), why)),
        None => {}
    }
    Err(SessionError::Metadata { issuer: issuer.clone(), tried })
}
