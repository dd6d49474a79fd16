//! Tells the server that a token is no longer wanted (RFC 7009).

use std::fmt;

use super::refusal::is_html;
use super::{
    AnswerError, AnswerFault, Client, Endpoint, Form, MissingSecret, OAuthError, Request, Response, Role, Unreadable,
    answer,
};
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
/// [`AnswerError`]
pub fn read(response: &Response) -> Result<Revoked, AnswerError> {
    match answer::object(Role::Revocation, response, &OAuthError::MEMBERS) {
        Err(AnswerError { fault: AnswerFault::Unreadable(Unreadable::NotJson), .. }) if is_html(response) => {
            Err(AnswerError::new(Role::Revocation, response, AnswerFault::Absent))
        }
        Ok(_) | Err(AnswerError { fault: AnswerFault::Unreadable(_), .. }) => Ok(Revoked),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{ClientAuthMethod, ClientId};

    fn error(status: u16, fault: AnswerFault) -> AnswerError {
        AnswerError { role: Role::Revocation, status, fault }
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Revoked, AnswerError> {
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
        assert_eq!(page, Err(error(200, AnswerFault::Absent)));
        let refused = answer(200, &[], r#"{"error":"invalid_client"}"#);
        assert!(matches!(refused.unwrap_err().fault, AnswerFault::Refused(Some(_))));
    }

    #[test] // P15
    fn refusals_and_failures() {
        for status in [400, 401] {
            let answer = answer(status, &[], r#"{"error":"unsupported_token_type"}"#);
            assert_eq!(answer, Err(error(status, AnswerFault::NotSupported)));
        }
        assert_eq!(answer(403, &[], ""), Err(error(403, AnswerFault::Refused(None))));
        assert_eq!(
            answer(401, &[], r#"{"error":"invalid_client"}"#).unwrap_err().to_string(),
            "the server refused the request (HTTP 401): invalid_client"
        );
        for status in [404, 405] {
            assert_eq!(answer(status, &[], "<h1>no</h1>"), Err(error(status, AnswerFault::Absent)));
        }
        let busy = answer(503, &[("retry-after", "9")], "").unwrap_err();
        assert_eq!(busy, error(503, AnswerFault::ServerFailed { retry_after: Some(9) }));
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
