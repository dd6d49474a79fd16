//! Tells the server that a token is no longer wanted (RFC 7009).

use std::fmt;

use super::json;
use super::refusal::{Failure, FailureKind, is_html, write_failed, write_moved, write_refused, write_status};
use super::{Client, Endpoint, ErrorCode, Foreign, Form, MissingSecret, OAuthError, Request, Response};
use crate::secret::Secret;

/// What kind of token is revoked: `token_type_hint` (RFC 7009 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenHint {
    /// `access_token`
    AccessToken,
    /// `refresh_token`
    RefreshToken,
}

impl fmt::Display for TokenHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        })
    }
}

/// The server knows the token no more, or never did, which is the same (RFC 7009 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked;

/// Why a token may still be good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationError {
    /// The request was refused.
    Refused {
        /// The status code.
        status: u16,
        /// The reason, where there is one.
        error: Option<OAuthError>,
    },
    /// The server does not revoke tokens of this kind (`unsupported_token_type`).
    NotSupported {
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
    /// There is no such endpoint at this address: 404, 405, or a page for people.
    NotARevocationEndpoint {
        /// The status code.
        status: u16,
    },
    /// The server cannot answer now (RFC 7009 §2.2.1).
    ServerFailed {
        /// The status code.
        status: u16,
        /// The seconds after which to ask again.
        retry_after: Option<u64>,
    },
}

impl fmt::Display for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, error } => write_refused(f, *status, error.as_ref()),
            Self::NotSupported { status } => {
                f.write_str("the server does not revoke tokens of this kind")?;
                write_status(f, *status)
            }
            Self::Moved { status, to } => write_moved(f, *status, to.as_ref()),
            Self::NotARevocationEndpoint { status } => {
                f.write_str("there is no revocation endpoint at this address")?;
                write_status(f, *status)
            }
            Self::ServerFailed { status, retry_after } => write_failed(f, *status, *retry_after),
        }
    }
}

impl std::error::Error for RevocationError {}

impl RevocationError {
    /// The same without any part of the secrets that were sent; see [`super::TokenError::redacted`].
    #[must_use]
    pub fn redacted(self, secrets: &[&Secret]) -> Self {
        match self {
            Self::Refused { status, error } => {
                Self::Refused { status, error: error.map(|error| error.redacted(secrets)) }
            }
            Self::Moved { status, to } => Self::Moved { status, to: to.map(|text| text.redacted(secrets)) },
            other => other,
        }
    }
}

impl From<Failure> for RevocationError {
    fn from(failure: Failure) -> Self {
        let Failure { status, kind } = failure;
        match kind {
            FailureKind::Refused(Some(error)) if error.code == ErrorCode::UnsupportedTokenType => {
                Self::NotSupported { status }
            }
            FailureKind::Refused(error) => Self::Refused { status, error },
            FailureKind::Moved(to) => Self::Moved { status, to },
            FailureKind::Absent(..) => Self::NotARevocationEndpoint { status },
            FailureKind::Failed { retry_after, .. } => Self::ServerFailed { status, retry_after },
        }
    }
}

/// Asks for a token to be revoked; with a refresh token, the access tokens of the same grant should go too.
///
/// # Errors
/// [`MissingSecret`]
pub fn request(
    endpoint: &Endpoint,
    client: &Client,
    token: &Secret,
    hint: Option<TokenHint>,
) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("token", token.expose());
    if let Some(hint) = hint {
        form.push("token_type_hint", &hint.to_string());
    }
    let mut headers = Vec::new();
    client.authenticate(&mut form, &mut headers)?;
    Ok(form.post_to(endpoint, headers))
}

/// Reads the answer to [`request`]. A 2xx is a success whatever its body (RFC 7009 §2.2), but for two that say the
/// opposite: an `error`, and a page, with which some servers answer for every path they do not know.
///
/// # Errors
/// [`RevocationError`]
pub fn read(response: &Response) -> Result<Revoked, RevocationError> {
    if let Some(failure) = Failure::of(response) {
        return Err(failure.into());
    }
    match json::read(response, &OAuthError::MEMBERS) {
        Ok(mut object) => match OAuthError::take_from(&mut object) {
            Some(error) => Err(Failure::with(response, Some(error)).into()),
            None => Ok(Revoked),
        },
        Err(super::Unreadable::NotJson) if is_html(response) => {
            Err(RevocationError::NotARevocationEndpoint { status: response.status })
        }
        Err(_) => Ok(Revoked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{ClientAuthMethod, ClientId};

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Revoked, RevocationError> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read(&Response { status, headers, body: body.as_bytes().to_vec().into(), ..Response::default() })
    }

    fn sent(method: ClientAuthMethod, hint: Option<TokenHint>) -> Result<Request, MissingSecret> {
        let secret = (method != ClientAuthMethod::None).then(|| Secret::new("gX1fBat3bV".into()));
        let client = Client::new(ClientId::parse("s6BhdRkqt3").unwrap(), method, secret);
        let endpoint = Endpoint::parse("https://server.example.com/revoke").unwrap();
        request(&endpoint, &client, &Secret::new("45ghiukldjahdnhzdauz".into()), hint)
    }

    #[test] // P15
    fn the_request_of_rfc_7009() {
        let request = sent(ClientAuthMethod::Basic, Some(TokenHint::RefreshToken)).unwrap();
        assert_eq!(request.url.as_str(), "https://server.example.com/revoke");
        assert_eq!(request.body.unwrap().expose(), "token=45ghiukldjahdnhzdauz&token_type_hint=refresh_token");
        let (_, authorization) = request.headers.iter().find(|(name, _)| *name == "Authorization").unwrap();
        assert_eq!(authorization.expose(), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
    }

    #[test] // P05 P15
    fn a_public_client_names_itself() {
        let request = sent(ClientAuthMethod::None, None).unwrap();
        assert_eq!(request.body.unwrap().expose(), "token=45ghiukldjahdnhzdauz&client_id=s6BhdRkqt3");
        let request = sent(ClientAuthMethod::Post, Some(TokenHint::AccessToken)).unwrap();
        assert!(
            request.body.unwrap().expose().ends_with("hint=access_token&client_id=s6BhdRkqt3&client_secret=gX1fBat3bV")
        );
    }

    #[test] // P15
    fn success_is_a_2xx() {
        for body in ["", "{}", "OK", "null", "[]", r#"{"revoked":true}"#, r#"{"error":null}"#] {
            for status in [200, 201, 204] {
                assert_eq!(answer(status, &[("content-type", "application/json")], body), Ok(Revoked), "{body}");
            }
        }
        assert_eq!(answer(200, &[("content-type", "text/html; charset=utf-8")], ""), Ok(Revoked));
        assert_eq!(answer(200, &[("content-encoding", "gzip")], "x"), Ok(Revoked));
    }

    #[test] // P15
    fn a_200_that_says_the_opposite() {
        let page = answer(200, &[("content-type", "text/html")], "<!doctype html>");
        assert_eq!(page, Err(RevocationError::NotARevocationEndpoint { status: 200 }));
        let refused = answer(200, &[], r#"{"error":"invalid_client"}"#);
        assert!(matches!(refused, Err(RevocationError::Refused { status: 200, error: Some(_) })));
    }

    #[test] // P15
    fn refusals_and_failures() {
        for status in [400, 401] {
            let error = answer(status, &[], r#"{"error":"unsupported_token_type"}"#).unwrap_err();
            assert_eq!(error, RevocationError::NotSupported { status });
        }
        assert_eq!(answer(403, &[], ""), Err(RevocationError::Refused { status: 403, error: None }));
        assert_eq!(
            answer(401, &[], r#"{"error":"invalid_client"}"#).unwrap_err().to_string(),
            "the server refused the request (HTTP 401): invalid_client"
        );
        for status in [404, 405] {
            let error = answer(status, &[], "<h1>no</h1>").unwrap_err();
            assert_eq!(error, RevocationError::NotARevocationEndpoint { status });
        }
        let busy = answer(503, &[("retry-after", "9")], "").unwrap_err();
        assert_eq!(busy, RevocationError::ServerFailed { status: 503, retry_after: Some(9) });
        assert_eq!(busy.to_string(), "the server cannot answer now (HTTP 503), asks to wait 9 s");
        let moved = answer(301, &[("location", "/revoke/?canary")], "").unwrap_err();
        assert_eq!(moved.to_string(), "the server answered with a redirect (HTTP 301) to /revoke/");
    }

    #[test] // U07
    fn the_token_is_not_repeated() {
        let quoting = r#"{"error":"invalid_request","error_description":"unknown token canary-0123456789"}"#;
        let error = answer(400, &[], quoting).unwrap_err().redacted(&[&Secret::new("canary-0123456789".into())]);
        assert_eq!(
            error.to_string(),
            "the server refused the request (HTTP 400): invalid_request: unknown token [...]"
        );
    }
}
