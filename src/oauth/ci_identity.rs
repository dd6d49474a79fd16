//! The identity token of a job that runs at GitHub: asked for with what the job finds in its environment.
//!
//! No RFC, but the same shape: a request with a bearer token, and an answer that is a JSON object.

use url::form_urlencoded::byte_serialize;

use super::json;
use super::refusal::Failure;
use super::signed::ToSign;
use super::{AnswerError, BadUrl, Endpoint, Method, Request, Response, Role, Unreadable};
use crate::secret::Secret;

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
/// [`AnswerError`]
pub fn read(response: &Response) -> Result<Secret, AnswerError> {
    if let Some(failure) = Failure::of(response) {
        return Err(AnswerError::of(Role::JobIdentity, failure));
    }
    let unreadable = |why| AnswerError::unreadable(Role::JobIdentity, response, why);
    let mut object = json::read(response, &["value"]).map_err(unreadable)?;
    object.take("value").text().ok_or_else(|| unreadable(Unreadable::Missing("value")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::AnswerFault;

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

    fn error(status: u16, fault: AnswerFault) -> AnswerError {
        AnswerError { role: Role::JobIdentity, status, fault }
    }

    fn of(status: u16, body: &str) -> Result<Secret, AnswerError> {
        read(&Response { status, body: body.as_bytes().to_vec().into(), ..Response::default() })
    }

    #[test] // P16, U07
    fn the_token_is_the_value() {
        assert_eq!(of(200, r#"{"count":1,"value":"a.b.c"}"#).unwrap().expose(), "a.b.c");
        let missing = error(200, AnswerFault::Unreadable(Unreadable::Missing("value")));
        for body in ["{}", r#"{"value":""}"#, r#"{"value":1}"#] {
            assert_eq!(of(200, body).unwrap_err(), missing, "{body}");
        }
        assert_eq!(of(403, r#"{"error":"canary"}"#).unwrap_err(), error(403, AnswerFault::Refused(None)));
        assert_eq!(of(404, "").unwrap_err(), error(404, AnswerFault::Refused(None)));
        assert_eq!(of(302, "").unwrap_err(), error(302, AnswerFault::Moved(None)));
        assert_eq!(of(503, "").unwrap_err(), error(503, AnswerFault::ServerFailed { retry_after: None }));
    }
}
