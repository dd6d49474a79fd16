//! What the token endpoint answers: tokens (RFC 6749 §5.1), or a [`TokenError`].

use std::fmt;

use super::json::{self, Member};
use super::refusal::{Failure, is_html, optional_text};
use super::{Foreign, NotOne, OAuthError, Response, Scopes, TokenError, Unreadable};
use crate::secret::Secret;

/// The longest lifetime that is believed, in seconds: ten years. More than that is cut, so that no sum with a time
/// overflows.
pub const LONGEST_LIFETIME: u64 = 10 * 365 * 24 * 60 * 60;

/// How an access token is used (RFC 6749 §7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// `Authorization: Bearer TOKEN` (RFC 6750 §2.1).
    Bearer,
    /// `Authorization: DPoP TOKEN`, and a proof beside it (RFC 9449 §7.1).
    DPoP,
    /// `N_A`: it is no access token, and goes into no header (RFC 8693 §2.2.1). Only a token exchange may bring one.
    NotApplicable,
}

/// How a token exchange says that what it brings is no access token.
const NOT_APPLICABLE: &str = "N_A";

/// The scheme, as it stands in an `Authorization` header, if it can stand there at all.
impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
            Self::NotApplicable => NOT_APPLICABLE,
        })
    }
}

/// Tokens as the server issued them.
#[derive(Debug)]
pub struct TokenResponse {
    /// What gives access. Opaque: nothing is decided by what is in it (P12). Visible ASCII without space (S02).
    pub access_token: Secret,
    /// How it is used; `Bearer` where the server does not say.
    pub token_type: TokenType,
    /// What was issued in an exchange: a URI (RFC 8693 §2.2.1).
    pub issued_token_type: Option<Foreign>,
    /// Lifetime in seconds, at most [`LONGEST_LIFETIME`]; `None` if the server gave none that makes sense, which
    /// means unknown, not unlimited (P08).
    pub expires_in: Option<u64>,
    /// What gets the next access token. `None`: a refresh keeps the one it used (P09).
    pub refresh_token: Option<Secret>,
    /// What was granted. `None`: what was asked for (P10).
    pub scopes: Option<Scopes>,
    /// The ID token of OpenID Connect, not verified; `None` also where it could not stand on a line (S02).
    pub id_token: Option<Secret>,
}

/// The members that are read; each may come once (P06).
const MEMBERS: [&str; 10] = [
    "access_token",
    "token_type",
    "issued_token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "id_token",
    OAuthError::MEMBERS[0],
    OAuthError::MEMBERS[1],
    OAuthError::MEMBERS[2],
];

impl TokenResponse {
    /// The answer to anything but a token exchange: what it brings gives access (P07).
    ///
    /// # Errors
    /// [`TokenError::UnknownTokenType`]
    pub fn for_access(self) -> Result<Self, TokenError> {
        match self.token_type {
            TokenType::NotApplicable => Err(TokenError::UnknownTokenType(Foreign::new(NOT_APPLICABLE))),
            TokenType::Bearer | TokenType::DPoP => Ok(self),
        }
    }

    /// What was issued instead of an access token, where that is so; empty where the server does not say what.
    #[must_use]
    pub fn other_than_access(&self) -> Option<String> {
        let issued = || self.issued_token_type.as_ref().map(|kind| kind.raw().to_owned()).unwrap_or_default();
        (self.token_type == TokenType::NotApplicable).then(issued)
    }
}

/// Reads the answer of the token endpoint. Any 2xx and any Content-Type will do, as long as the body is a JSON object
/// with an access token and without `error`.
///
/// # Errors
/// [`TokenError`]
pub fn read_token_response(response: &Response) -> Result<TokenResponse, TokenError> {
    if let Some(failure) = Failure::of(response) {
        return Err(failure.into());
    }
    let status = response.status;
    let unreadable = |why| TokenError::Unreadable { status, why };
    let mut object = json::read(response, &MEMBERS).map_err(|why| match why {
        Unreadable::NotJson if is_html(response) => {
            TokenError::NotATokenEndpoint { status, what: NotOne::Html, error: None }
        }
        why => unreadable(why),
    })?;
    if let Some(error) = OAuthError::take_from(&mut object) {
        return Err(Failure::with(response, Some(error)).into());
    }
    let access_token = token(object.take("access_token"), "access_token", is_visible).map_err(unreadable)?;
    let access_token = access_token.ok_or_else(|| unreadable(Unreadable::NoAccessToken))?;
    let token_type = optional_text(object.take("token_type"), "token_type").map_err(unreadable)?;
    Ok(TokenResponse {
        access_token,
        token_type: read_type(token_type.as_ref(), response.signed.bound)?,
        issued_token_type: object.take("issued_token_type").text().map(|text| Foreign::new(text.expose())),
        expires_in: read_lifetime(object.take("expires_in")),
        refresh_token: token(object.take("refresh_token"), "refresh_token", is_printable).map_err(unreadable)?,
        scopes: read_scopes(object.take("scope")),
        // Nobody needs it for access: one that cannot be used costs itself, and not a refresh token that comes once.
        id_token: token(object.take("id_token"), "id_token", is_visible).ok().flatten(),
    })
}

/// The refresh token in an answer that brings tokens of which [`read_token_response`] makes no use.
#[must_use]
pub fn rotated_refresh_token(response: &Response) -> Option<Secret> {
    if Failure::of(response).is_some() {
        return None;
    }
    let mut object = json::read(response, &MEMBERS).ok()?;
    if OAuthError::take_from(&mut object).is_some() {
        return None;
    }
    token(object.take("refresh_token"), "refresh_token", is_printable).ok().flatten()
}

/// %x21-7E: what may stand in a header or on a line of its own (RFC 6750 §2.1; S02).
fn is_visible(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e)
}

/// %x20-7E: what a refresh token may consist of (RFC 6749 Appendix A.17). It is only ever form-encoded, and refusing
/// one would lose a session whose old refresh token is used up.
fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7e)
}

/// A token; `None` if it is missing or empty, which is the same (RFC 6749 §3.2).
fn token(member: Member, name: &'static str, allowed: fn(u8) -> bool) -> Result<Option<Secret>, Unreadable> {
    match optional_text(member, name)? {
        Some(text) if !text.expose().bytes().all(allowed) => Err(Unreadable::BadToken(name)),
        token => Ok(token),
    }
}

/// Compared without regard to case (RFC 6749 §5.1; P07). Where tokens are to be `bound` to a key, one that is not is
/// not used (RFC 9449 §5; P16), and a bound one is of no use where there is no key.
fn read_type(text: Option<&Secret>, bound: bool) -> Result<TokenType, TokenError> {
    let text = text.map_or("Bearer", Secret::expose);
    let is = |name: TokenType| text.eq_ignore_ascii_case(&name.to_string());
    match bound {
        _ if is(TokenType::NotApplicable) => Ok(TokenType::NotApplicable),
        true if is(TokenType::DPoP) => Ok(TokenType::DPoP),
        true => Err(TokenError::NotBound(Foreign::new(text))),
        false if is(TokenType::Bearer) => Ok(TokenType::Bearer),
        false => Err(TokenError::UnknownTokenType(Foreign::new(text))),
    }
}

/// Numbers and texts of digits, parts of a second cut off; `None` for anything else and for what is below 0.
pub(super) fn read_lifetime(member: Member) -> Option<u64> {
    let seconds = match member {
        Member::Number(number) => number,
        Member::Text(text) => {
            let text = text.expose().trim();
            let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            plain.then(|| text.parse().ok()).flatten()?
        }
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and `as` saturates")]
    (seconds >= 0.0).then(|| (seconds as u64).min(LONGEST_LIFETIME))
}

/// Scopes as one text (RFC 6749 §3.3) or, as some servers send them, as a list. Anything else, and an empty text,
/// says nothing about what was granted.
fn read_scopes(member: Member) -> Option<Scopes> {
    let scopes = match member {
        Member::Text(text) => Scopes::readable(text.expose()),
        Member::List(members) => {
            let texts: Vec<Secret> = members.into_iter().filter_map(Member::text).collect();
            Scopes::readable(&texts.iter().map(Secret::expose).collect::<Vec<_>>().join(" "))
        }
        _ => return None,
    };
    (!scopes.is_empty()).then_some(scopes)
}

#[cfg(test)]
mod tests;
