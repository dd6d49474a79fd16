//! The session as it lies in a store: one versioned JSON text.
//!
//! A newer version's record is refused and left alone, never guessed at or overwritten by a refresh.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::asked::Which;
use super::binding::{Binding, Mismatch};
use super::freshness::{Lifetime, Moment};
use super::inquire::Inquiries;
use crate::oauth::{Scopes, TokenResponse, TokenType, jwt};
use crate::secret::Secret;
use crate::settings::{Origin, Settings};
use crate::sys::clock::UnixTime;

/// The only format written, and the newest that is read.
const VERSION: u32 = 1;

/// So many narrowed tokens are kept: more services have nobody to ask for them at once, and stores are small.
const MOST_NARROWED: usize = 32;

/// So many seconds a token that came in place of a rejected one is not rejected in its turn.
const NEW: u64 = 60;

/// What a login made. Holds every secret of the session.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    v: u32,
    /// What it belongs to.
    pub binding: Binding,
    /// The client authentication that worked at login, by name.
    pub client_auth: String,
    /// Where RFC 7009 revocation goes, where login learnt one.
    pub revocation_endpoint: Option<String>,
    /// Where the login learnt to ask about the tokens.
    #[serde(default, skip_serializing_if = "Inquiries::is_empty")]
    pub inquiries: Inquiries,
    /// A client secret that was typed in; one from a file, command or the environment is never kept.
    #[serde(serialize_with = "expose_optional")]
    pub client_secret: Option<Secret>,
    /// The key that its tokens are bound to, where they are (RFC 9449).
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "expose_optional")]
    pub dpop_key: Option<Secret>,
    /// The scopes asked for at login, separated by spaces; a refresh may only narrow them (RFC 6749 §6).
    pub login_scopes: String,
    /// The refresh token, until the server ends the session.
    #[serde(serialize_with = "expose_optional")]
    pub refresh_token: Option<Secret>,
    /// The newest access token of the profile's own.
    pub access: Option<AccessToken>,
    /// Tokens that are each for one service alone, the newest last; none but the profile's own is ever cached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub narrowed: Vec<AccessToken>,
    /// The newest ID token.
    #[serde(serialize_with = "expose_optional")]
    pub id_token: Option<Secret>,
    /// When the login was, seconds since 1970.
    pub logged_in_at: i64,
}

/// An access token with what was asked for and what was granted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessToken {
    /// The token.
    #[serde(serialize_with = "expose")]
    pub token: Secret,
    /// When it ends.
    pub lifetime: Lifetime,
    /// The scopes granted, separated by spaces, where the server said (RFC 6749 §5.1).
    pub scopes: Option<String>,
    /// What it is, if it is no access token and so goes into no `Authorization` header (RFC 8693 §2.2.1): a URI, or
    /// nothing where the server did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_than_access: Option<String>,
    /// The scopes, audience and resource it was asked with: an edited profile is never answered with it (P14).
    pub asked: Asked,
    /// Whether a service rejected it: it is replaced before it is handed out again, if that can be done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rejected: bool,
    /// Whether it came in place of a rejected one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_rejection: bool,
}

impl AccessToken {
    /// Whether a token that a service rejected is this one and can be replaced for that: not again while it is new.
    /// Who rejects that as well rejects them all, or rejected the one before: Go does not say which it was.
    #[must_use]
    pub fn is_rejected_with(&self, token: &Secret, now: Moment) -> bool {
        let is_new = || self.lifetime.age(now).is_some_and(|age| age < NEW);
        !self.rejected && self.token.same_as(token) && !(self.after_rejection && is_new())
    }
}

/// The part of the settings that an access token is made for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Scopes, separated by spaces, in a fixed order.
    pub scopes: String,
    /// `audience` parameters.
    pub audience: Vec<String>,
    /// `resource` parameters (RFC 8707).
    pub resource: Vec<String>,
    /// The profile's extra parameters.
    pub extra: Vec<(String, String)>,
}

/// A stored text that is no session of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadRecord {
    /// Written by a newer `tok`, in this format.
    Newer(u32),
    /// Not readable at all.
    Damaged,
}

impl fmt::Display for BadRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(version) => {
                write!(f, "the stored session has format {version}, written by a newer tok; this one reads {VERSION}")
            }
            Self::Damaged => f.write_str("the stored session is damaged"),
        }
    }
}

impl std::error::Error for BadRecord {}

// The store is a boundary: here, and only here, a session's secrets become text.
fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

#[expect(clippy::ref_option, reason = "the signature is serde's")]
fn expose_optional<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(Secret::expose).serialize(serializer)
}

/// What login adds to the server's answer.
#[derive(Debug)]
pub struct LoginFacts {
    /// What the session belongs to.
    pub binding: Binding,
    /// The client authentication used, by name.
    pub client_auth: String,
    /// Where to revoke.
    pub revocation_endpoint: Option<String>,
    /// Where to ask.
    pub inquiries: Inquiries,
    /// A client secret that was typed in.
    pub client_secret: Option<Secret>,
    /// The key that the tokens are bound to.
    pub dpop_key: Option<Secret>,
    /// What was asked for.
    pub asked: Asked,
}

impl Session {
    /// The session that a successful login makes.
    #[must_use]
    pub fn from_login(facts: LoginFacts, answer: TokenResponse, lifetime: Lifetime) -> Self {
        let other_than_access = answer.other_than_access();
        let LoginFacts { binding, client_auth, revocation_endpoint, inquiries, client_secret, dpop_key, asked } = facts;
        Self {
            v: VERSION,
            binding,
            client_auth,
            revocation_endpoint,
            inquiries,
            client_secret,
            dpop_key,
            login_scopes: asked.scopes.clone(),
            refresh_token: answer.refresh_token,
            access: Some(AccessToken {
                other_than_access,
                token: answer.access_token,
                lifetime,
                scopes: answer.scopes.map(|scopes| scopes.to_string()),
                asked,
                rejected: false,
                after_rejection: false,
            }),
            narrowed: Vec::new(),
            id_token: answer.id_token,
            logged_in_at: lifetime.obtained_at,
        }
    }

    /// Takes over a refresh's answer: an omitted refresh token or ID token keeps the old one (P09, RFC 6749 §6), an
    /// omitted scope is the one that was asked for (P10). The other access tokens stay as they are.
    pub fn refreshed(&mut self, answer: TokenResponse, lifetime: Lifetime, which: Which, asked: Asked) {
        let granted_before = || self.access.as_ref().and_then(|access| access.scopes.clone());
        let scopes = match answer.scopes {
            Some(scopes) => Some(scopes.to_string()),
            None if asked.scopes == self.login_scopes => granted_before(),
            None => None,
        };
        let after_rejection = self.token(which, &asked).is_some_and(|old| old.rejected);
        let token = AccessToken {
            token: answer.access_token,
            lifetime,
            scopes,
            other_than_access: None,
            asked,
            rejected: false,
            after_rejection,
        };
        match which {
            Which::Own => self.access = Some(token),
            Which::Narrowed => self.narrow(token),
        }
        if answer.refresh_token.is_some() {
            self.refresh_token = answer.refresh_token;
        }
        if answer.id_token.is_some() {
            self.id_token = answer.id_token;
        }
    }

    /// Lays a narrowed token beside the others, in place of the one that was asked for the same; of too many the oldest
    /// goes.
    pub fn narrow(&mut self, mut token: AccessToken) {
        token.after_rejection = self.token(Which::Narrowed, &token.asked).is_some_and(|old| old.rejected);
        self.narrowed.retain(|known| known.asked != token.asked);
        let too_many = (self.narrowed.len() + 1).saturating_sub(MOST_NARROWED);
        self.narrowed.drain(..too_many);
        self.narrowed.push(token);
    }

    /// Drops the narrowed tokens that have run out.
    pub fn tidy(&mut self, now: Moment) {
        self.narrowed.retain(|token| token.lifetime.lasts(now, Duration::ZERO));
    }

    /// The access token that is meant, if it is there and was asked for just this.
    #[must_use]
    pub fn token(&self, which: Which, asked: &Asked) -> Option<&AccessToken> {
        let mut tokens = match which {
            Which::Own => self.access.as_slice(),
            Which::Narrowed => &self.narrowed,
        }
        .iter();
        tokens.find(|token| token.asked == *asked)
    }

    /// Its access tokens: the profile's own, and the narrowed ones.
    pub fn tokens(&self) -> impl Iterator<Item = &AccessToken> {
        self.access.iter().chain(&self.narrowed)
    }

    /// Drops every token: the server ended the session (C04). The client secret stays, so that the next login need
    /// not ask for it.
    pub fn end(&mut self) {
        self.refresh_token = None;
        self.access = None;
        self.narrowed.clear();
        self.id_token = None;
    }

    /// Marks a token as rejected; false if it is none of the session's, or marked already.
    pub fn reject(&mut self, token: &Secret, now: Moment) -> bool {
        let known = self.access.iter_mut().chain(&mut self.narrowed);
        let mut found = false;
        // Some servers give the same token for everything.
        for known in known.filter(|known| known.is_rejected_with(token, now)) {
            known.rejected = true;
            found = true;
        }
        found
    }

    /// Marks every narrowed token as rejected. They stay: a logout may have to revoke them.
    pub fn reject_narrowed(&mut self) {
        self.narrowed.iter_mut().for_each(|token| token.rejected = true);
    }

    /// Whether the server ended it: nothing is left to use. It has an access token of its own before it has any other.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.refresh_token.is_none() && self.access.is_none()
    }

    /// Holds the settings against what the session was made with. Where nobody says whether tokens are to be bound to a
    /// key, those that it has will do.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, settings: &Settings) -> Result<(), Mismatch> {
        self.binding.check(settings)?;
        let dpop = &settings.dpop;
        let differs = !matches!(dpop.origin, Origin::Default) && dpop.value != self.dpop_key.is_some();
        if differs { Err(Mismatch::TokenType) } else { Ok(()) }
    }

    /// How its access tokens are used.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        if self.dpop_key.is_some() { TokenType::DPoP } else { TokenType::Bearer }
    }

    /// Of these scopes those that were neither asked for nor granted at login: a refresh cannot widen them (RFC 6749 §6).
    #[must_use]
    pub fn uncovered(&self, scopes: &Scopes) -> Scopes {
        let granted = self.access.as_ref().and_then(|access| access.scopes.as_deref()).unwrap_or_default();
        let known: Vec<&str> = self.login_scopes.split(' ').chain(granted.split(' ')).collect();
        scopes.without(&known)
    }

    /// When the ID token ends, as it says itself; `None` where there is none, or none that can be read.
    #[must_use]
    pub fn id_token_expires_at(&self) -> Option<UnixTime> {
        let jwt = jwt::decode(self.id_token.as_ref()?.expose()).ok()?;
        jwt.claims.get("exp")?.as_i64().map(UnixTime)
    }

    /// The text to store.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        // Serialising plain data into a string cannot fail; an empty text would be refused when read.
        Secret::new(serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// [`BadRecord`], which shows nothing of the text.
    pub fn from_text(text: &Secret) -> Result<Self, BadRecord> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let version: Version = serde_json::from_str(text.expose()).map_err(|_| BadRecord::Damaged)?;
        if version.v > VERSION {
            return Err(BadRecord::Newer(version.v));
        }
        serde_json::from_str(text.expose()).map_err(|_| BadRecord::Damaged)
    }
}
