//! The authorization request, and what the browser comes back with (RFC 6749 §4.1; RFC 7636, 9126, 9207).
//!
//! The browser is a stranger's: whatever it brings is compared with what was asked before it is used.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use serde_json::Value;
use url::form_urlencoded;

use super::refusal::{is_html, optional_text};
use super::{
    AnswerError, AnswerFault, Endpoint, ErrorCode, Foreign, Form, Issuer, MissingSecret, OAuthError, Request, Response,
    Role, TokenRequest, Unreadable, answer, jwt,
};
use crate::secret::Secret;

/// The random bytes that a login begins with.
pub const RANDOM_BYTES: usize = 3 * PART;

/// 256 bits for each of the three: as many as RFC 7636 §7.1 wants for the verifier.
const PART: usize = 32;

/// What is made anew for every login, so that nobody can know or use it a second time.
#[derive(Debug)]
pub struct Fresh {
    /// `code_verifier` (RFC 7636 §4.1): 43 characters, of which only the hash leaves before the code has come.
    pub verifier: Secret,
    /// `state` (RFC 6749 §10.12)
    pub state: Secret,
    /// `nonce` (OpenID Connect Core 1.0 §3.1.2.1)
    pub nonce: Secret,
}

impl Fresh {
    /// From random bytes.
    #[must_use]
    pub fn new(random: &[u8; RANDOM_BYTES]) -> Self {
        let text = |part: usize| Secret::new(URL_SAFE_NO_PAD.encode(&random[part * PART..(part + 1) * PART]));
        Self { verifier: text(0), state: text(1), nonce: text(2) }
    }
}

/// `code_challenge` by S256 (RFC 7636 §4.2). There is no other method here: `plain` would show the verifier.
#[must_use]
pub fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.expose().as_bytes()))
}

/// What a person is asked to allow (RFC 6749 §4.1.1).
#[derive(Debug, Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Where the person is sent.
    pub endpoint: &'a Endpoint,
    /// Who asks, and for what.
    pub asked: TokenRequest<'a>,
    /// Where the browser is to come back to.
    pub redirect_uri: &'a str,
    /// What was made for this login.
    pub fresh: &'a Fresh,
}

impl AuthorizationRequest<'_> {
    /// The address that a browser opens. Nothing in it is a secret: the verifier's hash, not the verifier.
    #[must_use]
    pub fn url(&self) -> Endpoint {
        let mut form = self.form();
        self.asked.describe(&mut form);
        self.endpoint.with_parameters(&form)
    }

    /// The same, sent ahead by the client itself (RFC 9126 §2.1). It names the client among its parameters, however the
    /// client authenticates: that is a part of what is asked.
    ///
    /// # Errors
    /// [`MissingSecret`]
    pub fn push(&self, to: &Endpoint) -> Result<Request, MissingSecret> {
        TokenRequest { endpoint: to, ..self.asked }.complete(self.form())
    }

    /// The address for a request that was sent ahead: `client_id` and `request_uri` alone (RFC 9126 §4).
    #[must_use]
    pub fn url_of(&self, pushed: &Pushed) -> Endpoint {
        let mut form = Form::new();
        form.push("client_id", self.asked.client.id.as_str());
        form.push("request_uri", &pushed.request_uri);
        self.endpoint.with_parameters(&form)
    }

    /// The nonce, where one is sent: only OpenID Connect knows it.
    #[must_use]
    pub fn nonce(&self) -> Option<&Secret> {
        self.asked.scopes.iter().any(|scope| scope == "openid").then_some(&self.fresh.nonce)
    }

    fn form(&self) -> Form {
        let mut form = Form::new();
        form.push("response_type", "code");
        form.push("client_id", self.asked.client.id.as_str());
        form.push("redirect_uri", self.redirect_uri);
        form.push("state", self.fresh.state.expose());
        form.push("code_challenge", &challenge(&self.fresh.verifier));
        form.push("code_challenge_method", "S256");
        if let Some(nonce) = self.nonce() {
            form.push("nonce", nonce.expose());
        }
        form
    }
}

/// A request that the server keeps (RFC 9126 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// `request_uri`: its name, good for one login.
    pub request_uri: String,
    /// For how many seconds, where the server says so.
    pub expires_in: Option<u64>,
}

/// The members of the answer to a pushed request; each may come once.
const PUSHED: [&str; 5] =
    ["request_uri", "expires_in", OAuthError::MEMBERS[0], OAuthError::MEMBERS[1], OAuthError::MEMBERS[2]];

/// Reads the answer to [`AuthorizationRequest::push`]: any 2xx, for not every server says 201.
///
/// # Errors
/// [`AnswerError`]
pub fn read_pushed(response: &Response) -> Result<Pushed, AnswerError> {
    let unreadable = |why| AnswerError::unreadable(Role::Push, response, why);
    let mut object = answer::object(Role::Push, response, &PUSHED).map_err(|error| match error.fault {
        AnswerFault::Unreadable(Unreadable::NotJson) if is_html(response) => {
            AnswerError { fault: AnswerFault::Absent, ..error }
        }
        _ => error,
    })?;
    let uri = optional_text(object.take("request_uri"), "request_uri").map_err(unreadable)?;
    let uri = uri.ok_or_else(|| unreadable(Unreadable::Missing("request_uri")))?;
    let expires_in = super::token::read_lifetime(object.take("expires_in"));
    Ok(Pushed { request_uri: uri.expose().to_owned(), expires_in })
}

/// What the redirect has to match.
#[derive(Debug)]
pub struct Expected {
    /// `state`, as it was sent.
    pub state: Secret,
    /// The issuer that the person was sent to, where it is known.
    pub issuer: Option<Issuer>,
    /// Whether the server says that it always names itself: `authorization_response_iss_parameter_supported`.
    pub names_itself: bool,
}

/// Why a redirect, or what came of it, is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationError {
    /// `state` is missing, repeated or another's: it belongs to no login, or to another one.
    OtherState,
    /// This parameter came more than once (RFC 6749 §3.1).
    Repeated(&'static str),
    /// `iss` is missing, which this server says it sends (RFC 9207 §2.4).
    NoIssuer,
    /// `iss` is another than the one that was asked: a mix-up attack looks so (RFC 9207 §2.4).
    OtherIssuer(Foreign),
    /// The server, or the person at its page, said no (RFC 6749 §4.1.2.1).
    Refused(OAuthError),
    /// There is neither a code nor an error in it.
    NoCode,
    /// The ID token that the code brought belongs to another login (OpenID Connect Core 1.0 §3.1.3.7).
    OtherNonce,
}

impl fmt::Display for AuthorizationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherState => f.write_str("the redirect does not belong to this login: its \"state\" is another"),
            Self::Repeated(name) => write!(f, "the redirect has \"{name}\" more than once"),
            Self::NoIssuer => f.write_str("the redirect does not say which server it is from (no \"iss\")"),
            Self::OtherIssuer(issuer) => write!(f, "the redirect is from another server: \"{issuer}\""),
            Self::Refused(error) => write!(f, "the server refused the request: {error}"),
            Self::NoCode => f.write_str("the redirect has no \"code\""),
            Self::OtherNonce => f.write_str("the ID token does not belong to this login: its \"nonce\" is another"),
        }
    }
}

impl std::error::Error for AuthorizationError {}

/// Reads the query that the browser came back with, and gives the code.
///
/// # Errors
/// [`AuthorizationError`]; `OtherState` says that somebody else sent this, so that waiting goes on.
pub fn read_redirect(query: &Secret, expected: &Expected) -> Result<Secret, AuthorizationError> {
    const READ: [&str; 5] = ["code", "iss", "error", "error_description", "error_uri"];
    let mut parameters: Vec<(String, Secret)> = form_urlencoded::parse(query.expose().as_bytes())
        .map(|(name, value)| (name.into_owned(), Secret::new(value.into_owned())))
        .collect();
    // An empty value counts as omitted (RFC 6749 §3.1).
    parameters.retain(|(_, value)| !value.is_empty());
    let of = |name: &'static str| parameters.iter().filter(move |(known, _)| known == name).map(|(_, value)| value);
    // First of all, for what is not this login's may say anything and is not answered by an end.
    let mut states = of("state");
    match (states.next(), states.next()) {
        (Some(state), None) if state.same_as(&expected.state) => {}
        _ => return Err(AuthorizationError::OtherState),
    }
    if let Some(name) = READ.into_iter().find(|name| of(name).count() > 1) {
        return Err(AuthorizationError::Repeated(name));
    }
    let one = |name: &'static str| of(name).next();
    // Before the error is believed, too (RFC 9207 §2.4).
    match (one("iss"), &expected.issuer) {
        (Some(given), Some(issuer)) if given.expose() != issuer.as_str() => {
            return Err(AuthorizationError::OtherIssuer(Foreign::new(given.expose())));
        }
        (None, Some(_)) if expected.names_itself => return Err(AuthorizationError::NoIssuer),
        _ => {}
    }
    if let Some(code) = one("error") {
        let shown = |name: &'static str| one(name).map(|text| Foreign::new(text.expose()));
        let error = OAuthError {
            code: ErrorCode::read(code.expose()),
            description: shown("error_description"),
            uri: shown("error_uri"),
        };
        return Err(AuthorizationError::Refused(error));
    }
    one("code").map(Secret::duplicate).ok_or(AuthorizationError::NoCode)
}

/// The query in what a person pasted: the address that the browser ended at, its query alone, or `CODE#STATE`.
#[must_use]
pub fn pasted(text: &Secret) -> Secret {
    let text = text.expose().trim();
    if let Some((_, query)) = text.split_once('?') {
        return Secret::new(query.split('#').next().unwrap_or_default().to_owned());
    }
    match text.split_once('#') {
        Some((code, state)) if !(text.contains('=') && text.contains('&')) => {
            let mut form = Form::new();
            form.push("code", code);
            form.push("state", state);
            form.encode()
        }
        Some((query, _)) => Secret::new(query.to_owned()),
        None => Secret::new(text.to_owned()),
    }
}

/// Checks the nonce of an ID token, without its signature: it came from the token endpoint itself (OpenID Connect Core
/// 1.0 §3.1.3.7). One that cannot be read here, because it is encrypted, says nothing: that the code was ours is what
/// the verifier proves (RFC 9700 §4.5.3).
///
/// # Errors
/// [`AuthorizationError::OtherNonce`]
pub fn check_nonce(id_token: &Secret, nonce: &Secret) -> Result<(), AuthorizationError> {
    let Ok(read) = jwt::decode(id_token.expose()) else { return Ok(()) };
    match read.claims.get("nonce").and_then(Value::as_str) {
        Some(given) if Secret::new(given.to_owned()).same_as(nonce) => Ok(()),
        _ => Err(AuthorizationError::OtherNonce),
    }
}

#[cfg(test)]
mod tests;
