//! Asking the server what a token is good for: introspection (RFC 7662) and userinfo (OpenID Connect Core 1.0 §5.3).
//!
//! The token goes in the body of a POST or in the `Authorization` header, never in an address (RFC 6750 §5.3; P16).

use std::rc::Rc;

use super::dpop::DpopKey;
use super::json::Member;
use super::jwt::Jwks;
use super::refusal::Failure;
use super::revocation::TokenHint;
use super::signed::ToSign;
use super::{
    AnswerError, AnswerFault, Client, Endpoint, Foreign, Form, Method, MissingSecret, OAuthError, Request, Response,
    Role, Scopes, TokenType, Unreadable, answer,
};
use crate::secret::Secret;

/// What the server says of a token. All that is not `active` it may leave out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Introspection {
    /// Whether it can be used now.
    pub active: bool,
    /// What it is good for.
    pub scopes: Option<Scopes>,
    /// Who it was issued to.
    pub client_id: Option<Foreign>,
    /// Who it stands for, as people read it.
    pub username: Option<Foreign>,
    /// Who it stands for, as machines do.
    pub subject: Option<Foreign>,
    /// Who issued it.
    pub issuer: Option<Foreign>,
    /// Whom it is meant for.
    pub audience: Vec<Foreign>,
    /// When it ends, in seconds since 1970.
    pub expires_at: Option<i64>,
}

/// What the server says of the user: those of the standard claims (OpenID Connect Core 1.0 §5.1) that tell one account
/// from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo(pub Vec<(&'static str, Foreign)>);

/// Asks what a token is good for (RFC 7662 §2.1).
///
/// # Errors
/// [`MissingSecret`]
pub fn introspection(endpoint: &Endpoint, client: &Client, token: &Secret) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("token", token.expose());
    form.push("token_type_hint", &TokenHint::AccessToken.to_string());
    let mut headers = Vec::new();
    client.authenticate(&mut form, &mut headers)?;
    Ok(form.post_to(endpoint, headers))
}

/// The members of an introspection that are read.
const INTROSPECTED: [&str; 11] = [
    "active",
    "scope",
    "client_id",
    "username",
    "sub",
    "iss",
    "aud",
    "exp",
    OAuthError::MEMBERS[0],
    OAuthError::MEMBERS[1],
    OAuthError::MEMBERS[2],
];

/// Reads the answer to [`introspection`].
///
/// # Errors
/// [`AnswerError`]
pub fn read_introspection(response: &Response) -> Result<Introspection, AnswerError> {
    let mut object = answer::object(Role::Inquiry, response, &INTROSPECTED)?;
    let active = match object.take("active") {
        Member::Bool(active) => active,
        // As some servers write it.
        Member::Text(text) if text.expose() == "true" => true,
        Member::Text(text) if text.expose() == "false" => false,
        _ => return Err(AnswerError::new(Role::Inquiry, response, AnswerFault::NotSaid)),
    };
    Ok(Introspection {
        active,
        scopes: object.take("scope").text().map(|text| Scopes::readable(text.expose())),
        client_id: foreign(object.take("client_id")),
        username: foreign(object.take("username")),
        subject: foreign(object.take("sub")),
        issuer: foreign(object.take("iss")),
        audience: match object.take("aud") {
            Member::List(members) => members.into_iter().filter_map(foreign).collect(),
            member => foreign(member).into_iter().collect(),
        },
        expires_at: match object.take("exp") {
            #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
            Member::Number(seconds) => Some(seconds as i64),
            _ => None,
        },
    })
}

/// Asks who the user is. A token that is bound to a key goes with a proof of having it (RFC 9449 §7.1).
#[must_use]
pub fn userinfo(endpoint: &Endpoint, token: &Secret, key: Option<Rc<DpopKey>>) -> Request {
    let kind = if key.is_some() { TokenType::DPoP } else { TokenType::Bearer };
    let value = [&kind.to_string(), " ", token.expose()].concat();
    let headers = vec![("Accept", Secret::new("application/json".into())), ("Authorization", Secret::new(value))];
    let token = key.is_some().then(|| Rc::new(token.duplicate()));
    let to_sign = ToSign { dpop: key, token, ..ToSign::default() };
    Request { method: Method::Get, url: endpoint.clone(), headers, body: None, to_sign }
}

/// The claims that are shown, in this order.
const CLAIMS: [&str; 5] = ["sub", "preferred_username", "name", "email", "phone_number"];

/// The members of a userinfo answer that are read.
const USERINFO: [&str; 8] = [
    CLAIMS[0],
    CLAIMS[1],
    CLAIMS[2],
    CLAIMS[3],
    CLAIMS[4],
    OAuthError::MEMBERS[0],
    OAuthError::MEMBERS[1],
    OAuthError::MEMBERS[2],
];

/// Reads the answer to [`userinfo`]. One that is a JWT (OpenID Connect Core 1.0 §5.3.2) was not asked for.
///
/// # Errors
/// [`AnswerError`]
pub fn read_userinfo(response: &Response) -> Result<UserInfo, AnswerError> {
    let mut object = answer::object(Role::Inquiry, response, &USERINFO)?;
    let claims: Vec<_> = CLAIMS.into_iter().filter_map(|name| Some((name, foreign(object.take(name))?))).collect();
    if claims.is_empty() {
        return Err(AnswerError::unreadable(Role::Inquiry, response, Unreadable::Missing(CLAIMS[0])));
    }
    Ok(UserInfo(claims))
}

/// Reads the issuer's keys (RFC 7517 §5).
///
/// # Errors
/// [`AnswerError`]
pub fn read_keys(response: &Response) -> Result<Jwks, AnswerError> {
    if let Some(failure) = Failure::of(response) {
        return Err(AnswerError::of(Role::Inquiry, failure));
    }
    Jwks::read(&response.body).map_err(|_| AnswerError::unreadable(Role::Inquiry, response, Unreadable::NotJson))
}

fn foreign(member: Member) -> Option<Foreign> {
    member.text().map(|text| Foreign::new(text.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{ClientAuthMethod, ClientId};

    /// What is wrong with an answer, and nothing else.
    fn fault<T: std::fmt::Debug>(read: Result<T, AnswerError>) -> AnswerFault {
        read.unwrap_err().fault
    }

    fn answer(status: u16, body: &str) -> Response {
        Response { status, body: body.as_bytes().to_vec().into(), ..Response::default() }
    }

    fn endpoint() -> Endpoint {
        Endpoint::parse("https://server.example.com/introspect").unwrap()
    }

    #[test] // P16
    fn the_token_is_in_no_address() {
        let id = ClientId::parse("tok").unwrap();
        let client = Client::new(id, ClientAuthMethod::Basic, Some(Secret::new("s".into())));
        let token = Secret::new("canary-2YotnFZFEjr1zCsicMWpAA".into());
        let request = introspection(&endpoint(), &client, &token).unwrap();
        assert_eq!(request.method, Method::Post);
        assert!(!request.url.as_str().contains("canary"));
        let body = request.body.unwrap();
        assert_eq!(body.expose(), "token=canary-2YotnFZFEjr1zCsicMWpAA&token_type_hint=access_token");
        let request = userinfo(&endpoint(), &token, None);
        assert!(request.method == Method::Get && request.body.is_none() && !request.url.as_str().contains("canary"));
        let header = request.headers.iter().find(|(name, _)| *name == "Authorization").unwrap();
        assert_eq!(header.1.expose(), "Bearer canary-2YotnFZFEjr1zCsicMWpAA");
    }

    #[test] // P16
    fn the_example_of_rfc_7662() {
        let body = r#"{"active": true, "client_id": "l238j323ds-23ij4", "username": "jdoe",
            "scope": "read write dolphin", "sub": "Z5O3upPC88QrAjx00dis", "aud": "https://protected.example.net/resource",
            "iss": "https://server.example.com/", "exp": 1419356238, "iat": 1419350238, "extension_field": "twenty-seven"}"#;
        let said = read_introspection(&answer(200, body)).unwrap();
        assert!(said.active);
        assert_eq!(said.scopes.unwrap().to_string(), "read write dolphin");
        assert_eq!(said.username.unwrap().to_string(), "jdoe");
        assert_eq!((said.audience.len(), said.expires_at), (1, Some(1_419_356_238)));
        assert!(!read_introspection(&answer(200, r#"{"active":false}"#)).unwrap().active);
    }

    #[test] // P16, U01
    fn an_answer_that_says_nothing_is_no_answer() {
        for body in ["{}", r#"{"active":1}"#, r#"{"active":null}"#, r#"{"active":"yes"}"#] {
            assert_eq!(fault(read_introspection(&answer(200, body))), AnswerFault::NotSaid, "{body}");
        }
        for body in ["", "[]", "<html>", r#"{"active":true,"active":false}"#] {
            assert!(matches!(fault(read_introspection(&answer(200, body))), AnswerFault::Unreadable(_)), "{body}");
        }
        let refused = read_introspection(&answer(200, r#"{"error":"invalid_client"}"#));
        assert!(matches!(fault(refused), AnswerFault::Refused(_)));
        assert_eq!(fault(read_userinfo(&answer(401, ""))), AnswerFault::Refused(None));
        assert_eq!(fault(read_userinfo(&answer(404, ""))), AnswerFault::Absent);
        assert!(matches!(fault(read_userinfo(&answer(503, ""))), AnswerFault::ServerFailed { .. }));
    }

    #[test] // U01
    fn what_the_server_says_of_the_user_is_escaped() {
        let said =
            read_userinfo(&answer(200, "{\"sub\":\"a\\u001b[2J\",\"name\":\"Ada\",\"picture\":\"x\",\"email\":5}"));
        let said: Vec<_> = said.unwrap().0.into_iter().map(|(name, text)| format!("{name}={text}")).collect();
        assert_eq!(said, ["sub=a\\u{1b}[2J", "name=Ada"]);
    }
}
