//! What an answer that is no success means, at any endpoint, and the token endpoint's own error.

use std::fmt;

use url::Url;

use super::json::{self, Member};
use super::{ErrorCode, Foreign, OAuthError, Response};
use crate::secret::Secret;

/// Why there is no token in an answer of the token endpoint. The texts hold nothing of the body but the members of
/// RFC 6749 §5.2, escaped and cut (U07); see [`TokenError::redacted`] for what the server may quote in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// The request was refused: a 4xx, or an `error` in a 2xx.
    Refused {
        /// The status code.
        status: u16,
        /// The reason; servers also refuse with an empty body or a page.
        error: Option<OAuthError>,
    },
    /// A redirect; none is followed (T03).
    Moved {
        /// The status code.
        status: u16,
        /// Where it points: origin and path, or the path alone where the server named no origin.
        to: Option<Foreign>,
    },
    /// There is something else at this address.
    NotATokenEndpoint {
        /// The status code.
        status: u16,
        /// What was seen.
        what: NotOne,
        /// What the server said to it.
        error: Option<OAuthError>,
    },
    /// The server cannot answer now: 408, 429, 5xx, `temporarily_unavailable`, `server_error`.
    ServerFailed {
        /// The status code.
        status: u16,
        /// The reason, where there is one.
        error: Option<OAuthError>,
        /// The seconds after which to ask again (Retry-After; a date there is not read).
        retry_after: Option<u64>,
    },
    /// A 2xx that holds no usable token.
    Unreadable {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        why: Unreadable,
    },
    /// A token that is used in a way not known here (RFC 6749 §7.1; P07).
    UnknownTokenType(Foreign),
    /// A token of this type, where one that is bound to a key was asked for (RFC 9449 §5; P16).
    NotBound(Foreign),
}

/// What is at an address that is no token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOne {
    /// Nothing (404).
    NotFound,
    /// Something that takes no POST (405).
    MethodNotAllowed,
    /// A page for people (2xx).
    Html,
}

/// Why an answer cannot be used. Members are named as in the RFCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Compressed, though that was not asked for (T06).
    Compressed,
    /// No body.
    Empty,
    /// A body that is not JSON.
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// This member came twice (RFC 6749 §3.2; P06).
    Repeated(&'static str),
    /// `access_token` is missing.
    NoAccessToken,
    /// This member, which another answer cannot do without, is missing.
    Missing(&'static str),
    /// This token has a character that none may have (S02).
    BadToken(&'static str),
    /// This member is not a text.
    BadType(&'static str),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compressed => f.write_str("it is compressed, which was not asked for"),
            Self::Empty => f.write_str("it is empty"),
            Self::NotJson => f.write_str("it is not JSON"),
            Self::NotAnObject => f.write_str("it is not a JSON object"),
            Self::Repeated(member) => write!(f, "it has \"{member}\" more than once"),
            Self::NoAccessToken => f.write_str("it has no \"access_token\""),
            Self::Missing(member) => write!(f, "it has no \"{member}\""),
            Self::BadToken(member) => write!(f, "its \"{member}\" has a character that a token cannot have"),
            Self::BadType(member) => write!(f, "its \"{member}\" is not a text"),
        }
    }
}

impl TokenError {
    /// Whether a refresh that came to this has ended the session: a JSON `invalid_grant` with 400 or 401, and nothing
    /// else (RFC 6749 §5.2; C04).
    #[must_use]
    pub fn ends_session(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 401, error: Some(error) } if error.code == ErrorCode::InvalidGrant)
    }

    /// Whether a refresh that came to this needs a person to log in: any refusal with 400, 401 or 403, because
    /// servers say in many ways that a refresh token is dead.
    #[must_use]
    pub fn asks_for_login(&self) -> bool {
        matches!(self, Self::Refused { status: 400 | 401 | 403, .. })
    }

    /// The same without any part of the secrets that were sent, which servers may quote. To be called before an error
    /// is shown or kept.
    #[must_use]
    pub fn redacted(self, secrets: &[&Secret]) -> Self {
        let clean = |error: Option<OAuthError>| error.map(|error| error.redacted(secrets));
        match self {
            Self::Refused { status, error } => Self::Refused { status, error: clean(error) },
            Self::Moved { status, to } => Self::Moved { status, to: to.map(|text| text.redacted(secrets)) },
            Self::NotATokenEndpoint { status, what, error } => {
                Self::NotATokenEndpoint { status, what, error: clean(error) }
            }
            Self::ServerFailed { status, error, retry_after } => {
                Self::ServerFailed { status, error: clean(error), retry_after }
            }
            Self::Unreadable { .. } => self,
            Self::UnknownTokenType(text) => Self::UnknownTokenType(text.redacted(secrets)),
            Self::NotBound(text) => Self::NotBound(text.redacted(secrets)),
        }
    }
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        let Failure { status, kind } = failure;
        match kind {
            FailureKind::Refused(error) => Self::Refused { status, error },
            FailureKind::Moved(to) => Self::Moved { status, to },
            FailureKind::Absent(what, error) => Self::NotATokenEndpoint { status, what, error },
            FailureKind::Failed { error, retry_after } => Self::ServerFailed { status, error, retry_after },
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, error } => write_refused(f, *status, error.as_ref()),
            Self::Moved { status, to } => write_moved(f, *status, to.as_ref()),
            Self::NotATokenEndpoint { status, what, error } => {
                f.write_str(match what {
                    NotOne::NotFound => "there is no token endpoint at this address",
                    NotOne::MethodNotAllowed => "what is at this address takes no POST",
                    NotOne::Html => "the server answered with a page for people: this is not a token endpoint",
                })?;
                write_status(f, *status)?;
                write_error(f, error.as_ref())
            }
            Self::ServerFailed { status, error, retry_after } => {
                write_failed(f, *status, *retry_after)?;
                write_error(f, error.as_ref())
            }
            Self::Unreadable { status, why } => write_unreadable(f, "the server's answer", *status, *why),
            Self::UnknownTokenType(text) => write!(f, "the server issued a token of the unknown type \"{text}\""),
            Self::NotBound(text) => {
                write!(
                    f,
                    "the server issued a token of the type \"{text}\", though one bound to a key (DPoP) was asked for"
                )
            }
        }
    }
}

impl std::error::Error for TokenError {}

/// "the server refused the request (HTTP 400): `invalid_grant`: ..."
pub(super) fn write_refused(f: &mut fmt::Formatter<'_>, status: u16, error: Option<&OAuthError>) -> fmt::Result {
    f.write_str("the server refused the request")?;
    if error.is_none() {
        f.write_str(" without giving a reason")?;
    }
    write_status(f, status)?;
    write_error(f, error)
}

/// "the server answered with a redirect (HTTP 301) to ..."
pub(super) fn write_moved(f: &mut fmt::Formatter<'_>, status: u16, to: Option<&Foreign>) -> fmt::Result {
    f.write_str("the server answered with a redirect")?;
    write_status(f, status)?;
    to.map_or(Ok(()), |to| write!(f, " to {to}"))
}

/// "the server cannot answer now (HTTP 503), asks to wait 30 s"
pub(super) fn write_failed(f: &mut fmt::Formatter<'_>, status: u16, retry_after: Option<u64>) -> fmt::Result {
    f.write_str(if status == 429 { "the server gets too many requests" } else { "the server cannot answer now" })?;
    write_status(f, status)?;
    retry_after.map_or(Ok(()), |seconds| write!(f, ", asks to wait {seconds} s"))
}

/// "WHAT cannot be used (HTTP 200): it is empty"
pub(super) fn write_unreadable(f: &mut fmt::Formatter<'_>, what: &str, status: u16, why: Unreadable) -> fmt::Result {
    write!(f, "{what} cannot be used")?;
    write_status(f, status)?;
    write!(f, ": {why}")
}

/// " (HTTP 400)"
pub(super) fn write_status(f: &mut fmt::Formatter<'_>, status: u16) -> fmt::Result {
    write!(f, " (HTTP {status})")
}

/// ": `invalid_grant`: ..."
fn write_error(f: &mut fmt::Formatter<'_>, error: Option<&OAuthError>) -> fmt::Result {
    error.map_or(Ok(()), |error| write!(f, ": {error}"))
}

/// What an answer other than a success means, whichever endpoint gave it; each has its own error made from this.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    pub(super) kind: FailureKind,
}

/// See [`TokenError`] for what the kinds mean.
#[derive(Debug)]
pub(super) enum FailureKind {
    Refused(Option<OAuthError>),
    Moved(Option<Foreign>),
    Absent(NotOne, Option<OAuthError>),
    Failed { error: Option<OAuthError>, retry_after: Option<u64> },
}

impl Failure {
    /// Reads an answer that is no success; `None` for a 2xx.
    pub(super) fn of(response: &Response) -> Option<Self> {
        let status = response.status;
        if (200..300).contains(&status) {
            return None;
        }
        if (300..400).contains(&status) {
            let to = response.header("location").and_then(redirect_target);
            return Some(Self { status, kind: FailureKind::Moved(to) });
        }
        let error = json::read(response, &OAuthError::MEMBERS).ok().and_then(|mut o| OAuthError::take_from(&mut o));
        Some(Self::with(response, error))
    }

    /// The failure that a status and an `error` come to, also in an answer with a 2xx.
    pub(super) fn with(response: &Response, error: Option<OAuthError>) -> Self {
        let status = response.status;
        let code = error.as_ref().map(|error| &error.code);
        let busy = matches!(code, Some(ErrorCode::TemporarilyUnavailable | ErrorCode::ServerError));
        // A gateway's 404 may well have an "error": "Not Found"; only a code of the RFC comes from an endpoint.
        let speaks_oauth = !matches!(code, None | Some(ErrorCode::Other(_)));
        let kind = match status {
            _ if busy => FailureKind::Failed { error, retry_after: retry_after(response) },
            404 if !speaks_oauth => FailureKind::Absent(NotOne::NotFound, error),
            405 if !speaks_oauth => FailureKind::Absent(NotOne::MethodNotAllowed, error),
            200..300 | 400..=407 | 409..=428 | 430..500 => FailureKind::Refused(error),
            _ => FailureKind::Failed { error, retry_after: retry_after(response) },
        };
        Self { status, kind }
    }
}

/// The seconds of a Retry-After header (RFC 9110 §10.2.3). Its other form is a date, for which a clock is needed.
fn retry_after(response: &Response) -> Option<u64> {
    let text = response.header("retry-after")?.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// Whether an answer is a page: it says so, or it begins like one. Asked only once it turned out not to be JSON.
pub(super) fn is_html(response: &Response) -> bool {
    let said = response.header("content-type").unwrap_or_default().trim_start();
    let is = |kind: &str| said.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind));
    is("text/html")
        || is("application/xhtml")
        || json::without_mark(&response.body).trim_ascii_start().starts_with(b"<")
}

/// Where a redirect points, without query, fragment and user information. A place that is no http address is not
/// told.
fn redirect_target(location: &str) -> Option<Foreign> {
    // Stands for the server's own origin, which is not known here.
    const HERE: &str = "https://here.invalid/";
    let here = Url::parse(HERE).ok()?;
    let target = here.join(location).ok()?;
    if !matches!(target.scheme(), "http" | "https") || !target.has_host() {
        return None;
    }
    if target.origin() != here.origin() {
        let origin = target.origin().ascii_serialization();
        // "//host/path" keeps the scheme of the request, which need not be https.
        let origin = if Url::parse(location).is_err() { origin.trim_start_matches("https:") } else { &origin };
        return Some(Foreign::new(format!("{origin}{}", target.path())));
    }
    let path = location.split(['?', '#']).next().unwrap_or_default();
    (!path.is_empty() && !path.contains('@')).then(|| Foreign::new(path))
}

/// The text of a member that may be missing, `null` or empty, but nothing else than a text.
pub(super) fn optional_text(member: Member, name: &'static str) -> Result<Option<Secret>, Unreadable> {
    match member {
        Member::Absent | Member::Text(_) => Ok(member.text()),
        _ => Err(Unreadable::BadType(name)),
    }
}

#[cfg(test)]
mod tests;
