//! From an origin to a token: the one way in which any helper comes to one.

use std::time::Duration;

use anyhow::Result;

use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Foreign, WebOrigin};
use crate::secret::Secret;
use crate::session::{Handed, Want};
use crate::settings::{self, Chosen, Scheme, Settings, SettingsError};
use crate::sys::clock::UnixTime;

/// Most programs give no sign when a token has run out: it has to last for what they do with it.
const MIN_TTL: Duration = Duration::from_secs(60);

/// The user's name where a program needs one, the service takes any, and the profile names none.
const ANY_USER: &str = "oauth2";

/// A token for a service, with what the service's programs need to know of it.
#[derive(Debug)]
pub struct Credential {
    /// The token.
    pub token: Secret,
    /// How the service takes it.
    pub scheme: Scheme,
    /// The user's name, for programs that know names and passwords only.
    pub username: String,
    /// When it ends, where that is known.
    pub expires_at: Option<UnixTime>,
}

impl Credential {
    /// The value of an `Authorization` header (RFC 6750 §2.1, RFC 7617 §2).
    #[must_use]
    pub fn authorization(&self) -> Secret {
        self.scheme.authorization(&self.token)
    }
}

/// The token for a service that is at one of these origins; the first that a profile is bound to counts.
///
/// # Errors
/// [`SettingsError::NotBound`] and [`SettingsError::BoundSeveralTimes`], or whatever kept it from a token.
pub fn resolve(origins: &[WebOrigin], context: &Context) -> Result<Credential> {
    serve(&choose(origins, context)?, context)
}

/// The origins that a program means by an address, or by a host alone, as [`WebOrigin::candidates`] has it; a path is
/// none of our business.
///
/// # Errors
/// [`Usage::HelperAddress`]
pub fn asked(text: &str) -> Result<Vec<WebOrigin>, Usage> {
    let origins = if text.contains("://") {
        WebOrigin::of_url(text).map(|origin| vec![origin])
    } else {
        WebOrigin::candidates(text.split_once('/').map_or(text, |(host, _)| host))
    };
    origins.map_err(Usage::HelperAddress)
}

/// The token for a service of which it is known who answers for it.
///
/// # Errors
/// Whatever kept it from a token.
pub fn serve(chosen: &Chosen, context: &Context) -> Result<Credential> {
    let settings = context.settings_for(chosen, context.inputs())?;
    let want = Want { min_ttl: MIN_TTL, renew: false, scopes: false, id_token: chosen.wants_id_token() };
    let world = context.world(&settings)?;
    let handed = world.keeper(context, &settings).token(want)?;
    if let Some(warning) = handed.warning().filter(|_| !context.is_mute) {
        context.terminal.warn(&warning);
    }
    let Handed { token, key, expires_at, other_than_access, .. } = handed;
    if key.is_some() {
        return Err(Usage::BoundToKey.into());
    }
    if let Some(kind) = other_than_access {
        return Err(Usage::NoAccessToken { kind: Foreign::new(kind) }.into());
    }
    let username = username(&chosen.service.scheme, &settings);
    Ok(Credential { token, scheme: chosen.service.scheme.clone(), username, expires_at })
}

fn username(scheme: &Scheme, settings: &Settings) -> String {
    match (scheme, &settings.username) {
        (Scheme::Basic(user), _) => user.clone(),
        (Scheme::Bearer, Some(user)) => user.value.clone(),
        (Scheme::Bearer, None) => ANY_USER.to_owned(),
    }
}

/// Every origin that somebody answers for, with the user's name that goes with it. One that several profiles are bound
/// to alike is left out: nobody would get an answer for it.
///
/// # Errors
/// [`SettingsError`]
pub fn users(context: &Context) -> Result<Vec<(WebOrigin, String)>, SettingsError> {
    let mut users = Vec::new();
    for origin in bound(context)? {
        if let Ok(chosen) = choose(std::slice::from_ref(&origin), context) {
            users.push((origin, username(&chosen.service.scheme, &context.settings_for(&chosen, context.inputs())?)));
        }
    }
    Ok(users)
}

/// Every origin that somebody answers for.
///
/// # Errors
/// [`SettingsError`]
pub fn bound(context: &Context) -> Result<Vec<WebOrigin>, SettingsError> {
    settings::bound(context.profile.as_deref(), &context.environment, context.readable_config()?)
}

/// Remembers that a service at one of these origins rejected a token, if it is the one that it would get now: the next
/// answer comes after a refresh.
///
/// # Errors
/// As for [`resolve`].
pub fn rejected(origins: &[WebOrigin], token: &Secret, context: &Context) -> Result<()> {
    let settings = context.settings_for(&choose(origins, context)?, context.inputs())?;
    let world = context.world(&settings)?;
    Ok(world.keeper(context, &settings).reject(token)?)
}

/// Who answers for a service.
///
/// # Errors
/// [`SettingsError`]
pub fn choose(origins: &[WebOrigin], context: &Context) -> Result<Chosen, SettingsError> {
    choose_by(None, origins, context)
}

/// The same where the program brings a profile's name: `-p` goes before that, and it before `TOK_PROFILE`.
///
/// # Errors
/// [`SettingsError`]
pub fn choose_by(profile: Option<&str>, origins: &[WebOrigin], context: &Context) -> Result<Chosen, SettingsError> {
    let named = context.profile.as_deref().or(profile);
    settings::choose(named, &context.environment, context.readable_config()?, origins)
}

/// Whether nobody answers for a service: then it may be another helper's.
#[must_use]
pub fn is_unbound(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(SettingsError::NotBound { .. }))
}
