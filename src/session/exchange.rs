//! One exchange with a token endpoint, and who the client is in it.

use std::rc::Rc;

use super::error::{Doing, Missing, SecretFault, SessionError};
use super::record::Session;
use crate::oauth::client::MissingSecret;
use crate::oauth::jwt::{Algorithm, KeyError, SigningKey};
use crate::oauth::{
    Audience, Client, ClientAuthMethod, ClientId, DpopKey, Endpoint, Request, Response, TokenError, TokenResponse,
    read_token_response, rotated_refresh_token,
};
use crate::secret::Secret;
use crate::settings::{SecretSource, Settings};
use crate::sys::environment::Environment;
use crate::sys::http::Transport;
use crate::sys::read_secret::Shape;
use crate::sys::{child, random, read_secret};

/// Sends a token request and reads the answer, which brings an access token. `sent` are the secrets in the request:
/// whatever the server says of them is not repeated (U07).
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

/// The same for a refresh. With an answer that cannot be used otherwise goes the new refresh token that was in it.
///
/// # Errors
/// As for [`exchange`].
pub fn renew(
    transport: &dyn Transport,
    request: &Request,
    sent: &[&Secret],
) -> Result<TokenResponse, (SessionError, Option<Secret>)> {
    let response = transport.send(request).map_err(|error| (error.into(), None))?;
    read(request, &response, Doing::Refresh, sent, TokenResponse::for_access)
        .map_err(|error| (error, rotated_refresh_token(&response)))
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
    read(request, &response, doing, sent, may)
}

fn read(
    request: &Request,
    response: &Response,
    doing: Doing,
    sent: &[&Secret],
    may: fn(TokenResponse) -> Result<TokenResponse, TokenError>,
) -> Result<TokenResponse, SessionError> {
    let sent: Vec<&Secret> = sent.iter().copied().chain(&response.signed.texts).collect();
    read_token_response(response).and_then(may).map_err(|error| SessionError::Token {
        endpoint: request.url.clone(),
        doing,
        error: error.redacted(&sent),
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

/// Reads a private key from where the settings say: unlike other secrets it may have several lines.
///
/// # Errors
/// [`SessionError::Secret`]
fn read_key(source: &SecretSource, environment: &Environment) -> Result<Secret, SessionError> {
    let input = |result: Result<Secret, _>| result.map_err(SecretFault::Input);
    match source {
        SecretSource::Given(secret) => input(Shape::Lines.check(secret).map(|()| secret.duplicate())),
        SecretSource::File(path) => input(read_secret::read_file(path, Shape::Lines)),
        SecretSource::Stdin => input(read_secret::read_secret_stdin()),
        SecretSource::Command(command) => {
            child::run_command(command, environment, Shape::Lines).map_err(SecretFault::Command)
        }
    }
    .map_err(|fault| SessionError::Secret { what: "private key", fault })
}

/// Who the client is: the settings' client with what the settings say that it proves itself with, else with the secret
/// that was `kept`. The method is the one that the settings name, else the one `recorded` at login, else the usual one
/// for what there is.
///
/// # Errors
/// [`SessionError::Secret`], [`SessionError::Key`], [`SessionError::NoClientSecret`], [`SessionError::Missing`]
pub fn client(
    settings: &Settings,
    id: ClientId,
    kept: Option<&Secret>,
    recorded: Option<ClientAuthMethod>,
    environment: &Environment,
) -> Result<Client, SessionError> {
    let issuer = settings.issuer.as_ref().map(|issuer| issuer.value.as_str());
    let endpoint = settings.token_endpoint.as_ref().map(|endpoint| endpoint.value.as_str());
    let mut client = prove(settings, id, kept, recorded, environment)?;
    client.audience = audience(settings, client.method, issuer, endpoint)?;
    if settings.dpop.value {
        bind(&mut client)?;
    }
    Ok(client)
}

/// Gives the client a new key, which its tokens are bound to.
///
/// # Errors
/// [`SessionError::NoRandomness`]
pub fn bind(client: &mut Client) -> Result<(), SessionError> {
    let key = DpopKey::generate(&random::source()).map_err(|_| SessionError::NoRandomness)?;
    client.dpop = Some(Rc::new(key));
    Ok(())
}

/// Who the client is for a session that exists: the one that it was made for. `None` where its record cannot be right.
///
/// # Errors
/// As for [`client`].
pub fn client_of(
    session: &Session,
    settings: &Settings,
    environment: &Environment,
) -> Result<Option<Client>, SessionError> {
    let binding = &session.binding;
    let recorded: Option<ClientAuthMethod> = session.client_auth.parse().ok();
    let key = session.dpop_key.as_ref().map(|text| DpopKey::stored(text, &random::source())).transpose();
    let (Ok(id), Ok(key)) = (ClientId::parse(&binding.client_id), key) else { return Ok(None) };
    let mut client = prove(settings, id, session.client_secret.as_ref(), recorded, environment)?;
    client.audience = audience(settings, client.method, binding.issuer.as_deref(), Some(&binding.token_endpoint))?;
    client.dpop = key.map(Rc::new);
    Ok(Some(client))
}

/// The client with its method and what that needs. What nobody can type is missed here, before anybody is asked for
/// anything.
fn prove(
    settings: &Settings,
    id: ClientId,
    kept: Option<&Secret>,
    recorded: Option<ClientAuthMethod>,
    environment: &Environment,
) -> Result<Client, SessionError> {
    let named = settings.client_auth.as_ref().map(|method| method.value).or(recorded);
    let method = named.unwrap_or_else(|| settings.usual_client_auth(kept.is_some()));
    let missing = SessionError::NoClientSecret(MissingSecret { method });
    let secret = match &settings.client_secret {
        _ if !method.needs_secret() => None,
        Some(source) => Some(read_source(&source.value, "client secret", environment)?),
        None => kept.map(Secret::duplicate),
    };
    let wanted = settings.signing_alg.as_ref().map(|alg| alg.value);
    let mut client = Client::new(id, method, secret);
    match (method, &settings.private_key) {
        (ClientAuthMethod::PrivateKeyJwt, Some(source)) => {
            let text = read_key(&source.value, environment)?;
            let key = SigningKey::read(&text, wanted, &random::source())
                .map_err(|why| SessionError::Key { what: "private key", why })?;
            let id = settings.key_id.as_ref().map(|id| id.value.clone());
            client.key = Some(Rc::new(id.into_iter().fold(key, SigningKey::named)));
        }
        (ClientAuthMethod::PrivateKeyJwt, None) => return Err(missing),
        (ClientAuthMethod::Tls, _) if settings.client_cert.is_none() => return Err(missing),
        (ClientAuthMethod::ClientSecretJwt, _) => {
            if let Some(wanted) = wanted.filter(|wanted| *wanted != Algorithm::Hs256) {
                let why = KeyError::Algorithm { wanted, kind: Algorithm::Hs256.name() };
                return Err(SessionError::Key { what: "client secret", why });
            }
        }
        _ => {}
    }
    Ok(client)
}

/// Whom assertions are for. By default that is the issuer, because every server accepts it by now and some accept nothing
/// else (RFC 7523 §3 leaves it open; its successor does not).
fn audience(
    settings: &Settings,
    method: ClientAuthMethod,
    issuer: Option<&str>,
    endpoint: Option<&str>,
) -> Result<Audience, SessionError> {
    let named = |text: &str| Audience::Named(text.to_owned());
    let endpoint = || endpoint.map_or(Audience::Recipient, named);
    match settings.assertion_audience.as_ref().map(|audience| audience.value.as_str()) {
        _ if !method.asserts() => Ok(Audience::Recipient),
        Some("issuer") => issuer.map(named).ok_or(SessionError::Missing(Missing::Issuer)),
        Some("token-endpoint") => Ok(endpoint()),
        // Of the endpoints of one server each may know only its own address.
        Some("endpoint") => Ok(Audience::Recipient),
        Some(text) => Ok(named(text)),
        None => Ok(issuer.map_or_else(endpoint, named)),
    }
}
