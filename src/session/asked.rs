//! What an access token is asked for, and the name under which a ready one is cached.
//!
//! A session has one access token of its own, for what the profile asks for, and may have narrowed ones beside it, each
//! for what one service asks for: the service never sees the profile's.

use base64::Engine as _;
use ring::digest;

use super::record::{Asked, Session};
use crate::oauth::{Client, Endpoint, GrantKind, Scopes, TokenRequest};
use crate::settings::{Narrowing, Origin, Settings};

/// Which of a session's access tokens is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The profile's.
    Own,
    /// The one that is narrowed to what the settings' service asks for.
    Narrowed,
}

/// What a token request asks for, whatever its grant.
#[derive(Debug, Clone, Copy)]
pub struct Wishes<'a> {
    /// Scopes.
    pub scopes: &'a Scopes,
    /// Whether somebody named them.
    pub scopes_named: bool,
    /// `audience` parameters.
    pub audience: &'a [String],
    /// `resource` parameters (RFC 8707).
    pub resource: &'a [String],
    /// The profile's extra parameters.
    pub extra: &'a [(String, String)],
}

impl<'a> Wishes<'a> {
    /// What these settings wish of a token. A service that names a resource or an audience has none of the profile's:
    /// its token would be good for the profile's API as well. In an exchange it has the profile's scopes neither, as
    /// everything that is asked for there is for the service (RFC 8693 §2.1).
    #[must_use]
    pub fn of(settings: &'a Settings, which: Which) -> Self {
        let own = Self {
            scopes: &settings.scopes.value,
            scopes_named: !matches!(settings.scopes.origin, Origin::Default),
            audience: &settings.audience.value,
            resource: &settings.resource.value,
            extra: &settings.extra.value,
        };
        let Some(service) = settings.narrowing.as_ref().filter(|_| which == Which::Narrowed) else { return own };
        let of_service = Self {
            scopes: &service.scopes,
            scopes_named: true,
            audience: &service.audience,
            resource: &service.resource,
            ..own
        };
        if service.how == Narrowing::Exchange {
            return of_service;
        }
        let is_elsewhere = !service.resource.is_empty() || !service.audience.is_empty();
        let place = if is_elsewhere { of_service } else { own };
        let extent = if service.scopes.is_empty() { own } else { of_service };
        Self { scopes: extent.scopes, scopes_named: extent.scopes_named, ..place }
    }

    /// The request of a grant, with these scopes.
    #[must_use]
    pub fn request(self, endpoint: &'a Endpoint, client: &'a Client, scopes: &'a Scopes) -> TokenRequest<'a> {
        let Self { audience, resource, extra, .. } = self;
        TokenRequest { endpoint, client, scopes, audience, resource, extra }
    }
}

impl Asked {
    /// What these settings ask for.
    #[must_use]
    pub fn from_settings(settings: &Settings, which: Which) -> Self {
        let wishes = Wishes::of(settings, which);
        let mut scopes: Vec<&str> = wishes.scopes.iter().collect();
        scopes.sort_unstable();
        // What kind of token is wanted, and whether it came of an exchange, tells tokens apart as any extra parameter
        // does. Both names are reserved, so that no request sends them from here.
        let requested = settings.requested_token_type.as_ref();
        let requested = requested.map(|kind| ("requested_token_type".to_owned(), kind.value.to_string()));
        let exchanged = settings.narrowing.as_ref().is_some_and(|service| service.how == Narrowing::Exchange);
        let exchanged = (exchanged && which == Which::Narrowed)
            .then(|| ("grant_type".to_owned(), GrantKind::TokenExchange.wire_name().to_owned()));
        Self {
            scopes: scopes.join(" "),
            audience: wishes.audience.to_vec(),
            resource: wishes.resource.to_vec(),
            extra: wishes.extra.iter().cloned().chain(requested).chain(exchanged).collect(),
        }
    }

    /// Whether a token that was asked for this came of an exchange (RFC 8693).
    #[must_use]
    pub fn is_of_an_exchange(&self) -> bool {
        let exchange = GrantKind::TokenExchange.wire_name();
        self.extra.iter().any(|(name, value)| name == "grant_type" && value == exchange)
    }

    /// What these settings ask of this session. After a login with `--no-save` there is no profile to ask for
    /// anything: then it is what the login asked for.
    #[must_use]
    pub fn of_session(settings: &Settings, session: &Session, which: Which) -> Self {
        let unnamed = !settings.profile_exists
            && which == Which::Own
            && [&settings.scopes.origin, &settings.audience.origin, &settings.resource.origin, &settings.extra.origin]
                .into_iter()
                .all(|origin| matches!(origin, Origin::Default));
        match (&session.access, unnamed) {
            (Some(access), true) => access.asked.clone(),
            _ => Self::from_settings(settings, which),
        }
    }
}

/// A short text that differs whenever the settings name another session or ask for another access token: with it a
/// cached token is held against the settings without opening the store.
#[must_use]
pub fn fingerprint(settings: &Settings, which: Which) -> String {
    let Asked { scopes, audience, resource, extra } = Asked::from_settings(settings, which);
    let named = |value: Option<&str>| value.map(str::to_owned);
    let parts = (
        settings.profile.value.as_str(),
        named(settings.issuer.as_ref().map(|value| value.value.as_str())),
        named(settings.token_endpoint.as_ref().map(|value| value.value.as_str())),
        named(settings.client_id.as_ref().map(|value| value.value.as_str())),
        named(settings.username.as_ref().map(|value| value.value.as_str())),
        settings.grant.value.to_string(),
        (settings.store.value.to_string(), settings.dpop.value),
        (scopes, audience, resource, extra),
    );
    let text = serde_json::to_string(&parts).unwrap_or_default();
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    base64::engine::general_purpose::STANDARD_NO_PAD.encode(&hash.as_ref()[..16])
}
