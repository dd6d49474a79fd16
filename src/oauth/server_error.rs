//! The error that a server names in JSON (RFC 6749 §5.2).

use std::fmt;

use super::Foreign;
use super::json::{Member, Object};
use crate::secret::Secret;

/// The code of an error: what RFC 6749 (§5.2, §4.1.2.1), RFC 7009 (§2.2.1) and RFC 8628
/// (§3.5) define, or another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorCode {
    /// A parameter is missing, repeated or not understood.
    InvalidRequest,
    /// The client is unknown or did not authenticate.
    InvalidClient,
    /// Password, code or refresh token are wrong, used up, or another client's.
    InvalidGrant,
    /// The client may not use this grant.
    UnauthorizedClient,
    /// The server does not have this grant.
    UnsupportedGrantType,
    /// A scope is unknown, or more than may be had.
    InvalidScope,
    /// A resource or an audience is unknown, or not to be had (RFC 8707 §2, RFC 8693 §2.2.2).
    InvalidTarget,
    /// The server failed.
    ServerError,
    /// The server is busy or being looked after.
    TemporarilyUnavailable,
    /// The server does not revoke tokens of this type.
    UnsupportedTokenType,
    /// The person is not done yet (RFC 8628 §3.5).
    AuthorizationPending,
    /// The same, and it is asked too often (RFC 8628 §3.5).
    SlowDown,
    /// The device code is no longer good (RFC 8628 §3.5).
    ExpiredToken,
    /// The person, or the server, said no (RFC 6749 §4.1.2.1, RFC 8628 §3.5).
    AccessDenied,
    /// What the server wrote; empty if it named no code.
    Other(Foreign),
}

impl ErrorCode {
    /// The codes that have a variant of their own.
    const KNOWN: [(Self, &'static str); 14] = [
        (Self::InvalidRequest, "invalid_request"),
        (Self::InvalidClient, "invalid_client"),
        (Self::InvalidGrant, "invalid_grant"),
        (Self::UnauthorizedClient, "unauthorized_client"),
        (Self::UnsupportedGrantType, "unsupported_grant_type"),
        (Self::InvalidScope, "invalid_scope"),
        (Self::InvalidTarget, "invalid_target"),
        (Self::ServerError, "server_error"),
        (Self::TemporarilyUnavailable, "temporarily_unavailable"),
        (Self::UnsupportedTokenType, "unsupported_token_type"),
        (Self::AuthorizationPending, "authorization_pending"),
        (Self::SlowDown, "slow_down"),
        (Self::ExpiredToken, "expired_token"),
        (Self::AccessDenied, "access_denied"),
    ];

    /// Reads a code; every text is one.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let known = Self::KNOWN.into_iter().find(|(_, name)| *name == text);
        known.map_or_else(|| Self::Other(Foreign::new(text)), |(code, _)| code)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(text) => text.fmt(f),
            known => f.write_str(Self::KNOWN.iter().find(|(code, _)| code == known).map_or("", |(_, name)| name)),
        }
    }
}

/// What a server said went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthError {
    /// `error`
    pub code: ErrorCode,
    /// `error_description`
    pub description: Option<Foreign>,
    /// `error_uri`
    pub uri: Option<Foreign>,
}

impl OAuthError {
    /// The members that [`OAuthError::take_from`] needs.
    pub(super) const MEMBERS: [&'static str; 3] = ["error", "error_description", "error_uri"];

    /// The error in an answer, if it has one; an `error` that is empty or null is none.
    ///
    /// Some servers make `error` an object. What it says is shown, but it is never one of the known codes: a session
    /// ends for nothing but a plain `invalid_grant` (C04).
    pub(super) fn take_from(object: &mut Object) -> Option<Self> {
        let member = object.take("error");
        if member.is_absent() {
            return None;
        }
        let (code, inner) = match member {
            Member::Text(code) => (ErrorCode::read(code.expose()), None),
            Member::Object(mut members) => {
                let code = first_text(&mut members, &["code", "error", "type", "status", "name"]);
                let description = first_text(&mut members, &["error_description", "message", "description"]);
                (ErrorCode::Other(code.unwrap_or_else(|| Foreign::new(""))), description)
            }
            Member::Number(number) => (ErrorCode::Other(Foreign::new(number.to_string())), None),
            _ => (ErrorCode::Other(Foreign::new("")), None),
        };
        let description = foreign(object.take("error_description")).or(inner);
        Some(Self { code, description, uri: foreign(object.take("error_uri")) })
    }

    /// The same without any part of the secrets that were sent.
    #[must_use]
    pub fn redacted(self, secrets: &[&Secret]) -> Self {
        Self {
            code: match self.code {
                ErrorCode::Other(text) => ErrorCode::Other(text.redacted(secrets)),
                known => known,
            },
            description: self.description.map(|text| text.redacted(secrets)),
            uri: self.uri.map(|text| text.redacted(secrets)),
        }
    }
}

/// `code: description (uri)`, as much of it as there is.
impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = match &self.code {
            ErrorCode::Other(text) if text.raw().is_empty() => "error without a name".to_owned(),
            code => code.to_string(),
        };
        f.write_str(&code)?;
        if let Some(description) = &self.description {
            write!(f, ": {description}")?;
        }
        if let Some(uri) = &self.uri {
            write!(f, " ({uri})")?;
        }
        Ok(())
    }
}

/// A text that may be shown; nothing for an empty one or something else than a text.
fn foreign(member: Member) -> Option<Foreign> {
    member.text().map(|text| Foreign::new(text.expose()))
}

/// The first of the members with these names that is a text.
fn first_text(members: &mut [(String, Member)], names: &[&str]) -> Option<Foreign> {
    names.iter().find_map(|name| {
        let (_, member) = members.iter_mut().find(|(known, _)| known == name)?;
        foreign(std::mem::take(member))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{Response, json};

    fn of(body: &str) -> Option<OAuthError> {
        let response = Response { status: 400, body: body.as_bytes().to_vec().into(), ..Response::default() };
        OAuthError::take_from(&mut json::read(&response, &OAuthError::MEMBERS).unwrap())
    }

    #[test] // P11
    fn the_codes_of_the_rfcs() {
        for (code, name) in ErrorCode::KNOWN {
            let error = of(&format!(r#"{{"error":"{name}"}}"#)).unwrap();
            assert_eq!((error.to_string().as_str(), error.code), (name, code));
        }
        let error = of(r#"{"error":"invalid_code"}"#).unwrap();
        assert_eq!(error.code, ErrorCode::Other(Foreign::new("invalid_code")));
        assert_eq!(of(r#"{"error":"Invalid_Grant"}"#).unwrap().code, ErrorCode::Other(Foreign::new("Invalid_Grant")));
    }

    #[test] // U01
    fn foreign_words_are_escaped() {
        let error = of(r#"{"error_uri":"https://h/e","error":"in\u001bvalid","error_description":"line\nSELECT * "}"#);
        assert_eq!(error.unwrap().to_string(), "in\\u{1b}valid: line\\u{a}SELECT *  (https://h/e)");
    }

    #[test] // P11
    fn an_error_that_is_an_object() {
        let error = of(r#"{"error":{"code":190,"message":"Bad token","type":"OAuthException"}}"#).unwrap();
        assert_eq!(error.to_string(), "OAuthException: Bad token");
        let error = of(r#"{"error":{"error":"invalid_grant"},"error_description":"x"}"#).unwrap();
        assert_eq!(error.code, ErrorCode::Other(Foreign::new("invalid_grant")));
        assert_eq!(error.to_string(), "invalid_grant: x");
    }

    #[test] // P11
    fn an_error_of_another_kind() {
        for (body, shown) in [
            (r#"{"error":{}}"#, "error without a name"),
            (r#"{"error":[1],"error_description":"d"}"#, "error without a name: d"),
            (r#"{"error":true}"#, "error without a name"),
            (r#"{"error":42}"#, "42"),
            (r#"{"error":"x","error_description":{"a":1},"error_uri":7}"#, "x"),
        ] {
            assert_eq!(of(body).unwrap().to_string(), shown, "{body}");
        }
        for body in ["{}", r#"{"error":null}"#, r#"{"error":""}"#, r#"{"error_description":"x"}"#] {
            assert_eq!(of(body), None, "{body}");
        }
    }

    #[test] // U07
    fn what_was_sent_is_not_repeated() {
        let error = of(r#"{"error":"no canary-1","error_description":"password canary-1","error_uri":"x:canary-1"}"#);
        let shown = error.unwrap().redacted(&[&Secret::new("canary-1".into())]).to_string();
        assert_eq!(shown, "no [...]: password [...] (x:[...])");
    }
}
