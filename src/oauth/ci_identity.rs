//! The identity token of a job that runs at GitHub: asked for with what the job finds in its environment.
//!
//! No RFC, but the same shape: a request with a bearer token, and an answer that is a JSON object.

use std::fmt;

use url::form_urlencoded::byte_serialize;

use super::json;
use super::refusal::{Failure, FailureKind, write_failed, write_moved, write_status, write_unreadable};
use super::signed::ToSign;
use super::{BadUrl, Endpoint, Foreign, Method, Request, Response, Unreadable};
use crate::secret::Secret;

/// Why the answer holds no identity token. Nothing of the body is in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityError {
    /// Refused, or nothing is there: a 4xx.
    Refused {
        /// The status code.
        status: u16,
    },
    /// A redirect; none is followed (T03).
    Moved {
        /// The status code.
        status: u16,
        /// Where it points: origin and path.
        to: Option<Foreign>,
    },
    /// It cannot answer now.
    ServerFailed {
        /// The status code.
        status: u16,
        /// The seconds after which to ask again.
        retry_after: Option<u64>,
    },
    /// A 2xx without a token.
    Unreadable {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        why: Unreadable,
    },
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status } => {
                f.write_str("the request was refused")?;
                write_status(f, *status)
            }
            Self::Moved { status, to } => write_moved(f, *status, to.as_ref()),
            Self::ServerFailed { status, retry_after } => write_failed(f, *status, *retry_after),
            Self::Unreadable { status, why } => write_unreadable(f, "the answer", *status, *why),
        }
    }
}

impl std::error::Error for IdentityError {}

impl From<Failure> for IdentityError {
    fn from(failure: Failure) -> Self {
        let Failure { status, kind } = failure;
        match kind {
            FailureKind::Refused(_) | FailureKind::Absent(..) => Self::Refused { status },
            FailureKind::Moved(to) => Self::Moved { status, to },
            FailureKind::Failed { retry_after, .. } => Self::ServerFailed { status, retry_after },
        }
    }
}

/// Asks for an identity token for an audience: `ACTIONS_ID_TOKEN_REQUEST_URL`, which has a query already, with the audience
/// added, and `ACTIONS_ID_TOKEN_REQUEST_TOKEN` to show.
///
/// # Errors
/// [`BadUrl`]: the token goes over https only, or to this machine (T01).
pub fn request(address: &str, token: &Secret, audience: Option<&str>) -> Result<Request, BadUrl> {
    let separator = if address.contains('?') { '&' } else { '?' };
    let audience = audience.map(|audience| byte_serialize(audience.as_bytes()).collect::<String>());
    let address = match audience {
        Some(audience) => format!("{address}{separator}audience={audience}"),
        None => address.to_owned(),
    };
    let headers = vec![
        ("Accept", Secret::new("application/json".to_owned())),
        ("Authorization", Secret::new(format!("bearer {}", token.expose()))),
    ];
    Ok(Request {
        method: Method::Get,
        url: Endpoint::parse(&address)?,
        headers,
        body: None,
        to_sign: ToSign::default(),
    })
}

/// Reads the answer: the token is its `value`.
///
/// # Errors
/// [`IdentityError`]
pub fn read(response: &Response) -> Result<Secret, IdentityError> {
    if let Some(failure) = Failure::of(response) {
        return Err(failure.into());
    }
    let unreadable = |why| IdentityError::Unreadable { status: response.status, why };
    let mut object = json::read(response, &["value"]).map_err(unreadable)?;
    object.take("value").text().ok_or_else(|| unreadable(Unreadable::Missing("value")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(address: &str, audience: Option<&str>) -> Request {
        request(address, &Secret::new("t0ken".into()), audience).unwrap()
    }

    #[test] // P16, P03
    fn the_audience_is_added_to_the_query() {
        let request = asked("https://ci.example/token?api-version=2.0", Some("https://sso.example/a b&c"));
        assert_eq!(
            request.url.as_str(),
            "https://ci.example/token?api-version=2.0&audience=https%3A%2F%2Fsso.example%2Fa+b%26c"
        );
        let shown = request.headers.iter().find(|(name, _)| *name == "Authorization").unwrap().1.expose();
        assert_eq!((request.method, shown), (Method::Get, "bearer t0ken"));
        assert_eq!(asked("https://ci.example/token", Some("a")).url.as_str(), "https://ci.example/token?audience=a");
        assert_eq!(asked("https://ci.example/token?x=1", None).url.as_str(), "https://ci.example/token?x=1");
    }

    #[test] // T01
    fn the_request_token_goes_nowhere_in_clear() {
        let token = Secret::new("t0ken".into());
        for address in ["http://ci.example/token?x=1", "ftp://ci.example/", "ci.example", "https://u@ci.example/"] {
            assert!(request(address, &token, Some("a")).is_err(), "{address}");
        }
    }

    fn of(status: u16, body: &str) -> Result<Secret, IdentityError> {
        read(&Response { status, body: body.as_bytes().to_vec().into(), ..Response::default() })
    }

    #[test] // P16, U07
    fn the_token_is_the_value() {
        assert_eq!(of(200, r#"{"count":1,"value":"a.b.c"}"#).unwrap().expose(), "a.b.c");
        let missing = IdentityError::Unreadable { status: 200, why: Unreadable::Missing("value") };
        for body in ["{}", r#"{"value":""}"#, r#"{"value":1}"#] {
            assert_eq!(of(200, body).unwrap_err(), missing, "{body}");
        }
        assert_eq!(of(403, r#"{"error":"canary"}"#).unwrap_err(), IdentityError::Refused { status: 403 });
        assert_eq!(of(404, "").unwrap_err(), IdentityError::Refused { status: 404 });
        assert_eq!(of(302, "").unwrap_err(), IdentityError::Moved { status: 302, to: None });
        assert_eq!(of(503, "").unwrap_err(), IdentityError::ServerFailed { status: 503, retry_after: None });
    }
}
