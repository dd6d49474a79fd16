//! What an access token is asked for, and the name under which a ready one is cached.

use base64::Engine as _;
use ring::digest;

use super::record::{Asked, Session};
use crate::settings::{Origin, Settings};

impl Asked {
    /// What these settings ask for.
    #[must_use]
    pub fn from_settings(settings: &Settings) -> Self {
        let mut scopes: Vec<&str> = settings.scopes.value.iter().collect();
        scopes.sort_unstable();
        // What kind of token is wanted tells tokens apart as any extra parameter does. It is reserved, so that a refresh
        // does not send it.
        let requested = settings.requested_token_type.as_ref();
        let requested = requested.map(|kind| ("requested_token_type".to_owned(), kind.value.to_string()));
        Self {
            scopes: scopes.join(" "),
            audience: settings.audience.value.clone(),
            resource: settings.resource.value.clone(),
            extra: settings.extra.value.iter().cloned().chain(requested).collect(),
        }
    }

    /// What these settings ask of this session. After a login with `--no-save` there is no profile to ask for
    /// anything: then it is what the login asked for.
    #[must_use]
    pub fn of_session(settings: &Settings, session: &Session) -> Self {
        let unnamed = !settings.profile_exists
            && [&settings.scopes.origin, &settings.audience.origin, &settings.resource.origin, &settings.extra.origin]
                .into_iter()
                .all(|origin| matches!(origin, Origin::Default));
        match (&session.access, unnamed) {
            (Some(access), true) => access.asked.clone(),
            _ => Self::from_settings(settings),
        }
    }
}

/// A short text that differs whenever the settings name another session or ask for another access token: with it a
/// cached token is held against the settings without opening the store.
#[must_use]
pub fn fingerprint(settings: &Settings) -> String {
    let Asked { scopes, audience, resource, extra } = Asked::from_settings(settings);
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
