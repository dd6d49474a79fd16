//! One exchange with a token endpoint, and who the client is in it.

use super::error::{Doing, SecretFault, SessionError};
use crate::oauth::{
    Client, ClientAuthMethod, ClientId, Endpoint, Request, TokenError, TokenResponse, read_token_response,
};
use crate::secret::Secret;
use crate::settings::{SecretSource, Settings};
use crate::sys::environment::Environment;
use crate::sys::http::Transport;
use crate::sys::{child, read_secret};

/// Sends a token request and reads the answer, which brings an access token. `sent` are the secrets in the request: whatever the server says of
/// them is not repeated (U07).
///
/// # Errors
/// [`SessionError::Transport`], [`SessionError::Token`]
pub fn exchange(
    transport: &dyn Transport,
    request: &Request,
    doing: Doing,
    sent: &[&Secret],
) -> Result<TokenResponse, SessionError> {
    exchange_any(transport, request, doing, sent, TokenResponse::for_access)
}

/// The same for a token exchange, which may bring another token, if it `may`.
///
/// # Errors
/// [`SessionError::Transport`], [`SessionError::Token`]
pub fn exchange_any(
    transport: &dyn Transport,
    request: &Request,
    doing: Doing,
    sent: &[&Secret],
    may: fn(TokenResponse) -> Result<TokenResponse, TokenError>,
) -> Result<TokenResponse, SessionError> {
    let response = transport.send(request)?;
    read_token_response(&response).and_then(may).map_err(|error| SessionError::Token {
        endpoint: request.url.clone(),
        doing,
        error: error.redacted(sent),
        tried: None,
    })
}

/// The endpoint of a stored text; it was checked when it was stored, and is checked again.
///
/// # Errors
/// [`SessionError::RecordedEndpoint`]
pub fn recorded(endpoint: &str) -> Result<Endpoint, SessionError> {
    Endpoint::parse(endpoint).map_err(|_| SessionError::RecordedEndpoint)
}

/// Reads a secret from where the settings say; `what` names it in messages.
///
/// # Errors
/// [`SessionError::Secret`]
pub fn read_source(
    source: &SecretSource,
    what: &'static str,
    environment: &Environment,
) -> Result<Secret, SessionError> {
    let input = |result: Result<Secret, _>| result.map_err(SecretFault::Input);
    match source {
        SecretSource::Given(secret) => input(read_secret::check_secret(secret).map(|()| secret.duplicate())),
        SecretSource::File(path) => input(read_secret::read_secret_file(path)),
        SecretSource::Stdin => input(read_secret::read_secret_stdin()),
        SecretSource::Command(command) => child::run_secret_command(command, environment).map_err(SecretFault::Command),
    }
    .map_err(|fault| SessionError::Secret { what, fault })
}

/// Who the client is: the settings' client with the settings' secret, else with the one `kept`. The method is the one
/// that the settings name, else the one `recorded` at login, else `none` without a secret and `basic` with one.
///
/// # Errors
/// [`SessionError::Secret`]
pub fn client(
    settings: &Settings,
    id: ClientId,
    kept: Option<&Secret>,
    recorded: Option<ClientAuthMethod>,
    environment: &Environment,
) -> Result<Client, SessionError> {
    let named = settings.client_auth.as_ref().map(|method| method.value).or(recorded);
    let secret = match &settings.client_secret {
        _ if named == Some(ClientAuthMethod::None) => None,
        Some(source) => Some(read_source(&source.value, "client secret", environment)?),
        None => kept.map(Secret::duplicate),
    };
    let method = named.unwrap_or_else(|| ClientAuthMethod::usual(secret.is_some()));
    Ok(Client { id, method, secret })
}
