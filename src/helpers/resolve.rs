//! From an origin to a token: the one way in which any helper comes to one.

use std::time::Duration;

use anyhow::Result;

use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Foreign, WebOrigin};
use crate::secret::Secret;
use crate::session::{Handed, Want};
use crate::settings::{self, Chosen, Scheme, SettingsError};
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

/// The token for a service of which it is known who answers for it.
///
/// # Errors
/// Whatever kept it from a token.
pub fn serve(chosen: &Chosen, context: &Context) -> Result<Credential> {
    let settings = context.settings_for(chosen, context.inputs())?;
    let want = Want { min_ttl: MIN_TTL, renew: false, scopes: false, id_token: chosen.wants_id_token() };
    let world = context.world(&settings)?;
    let Handed { token, key, expires_at, other_than_access, .. } = world.keeper(context, &settings).token(want)?;
    if key.is_some() {
        return Err(Usage::BoundToKey.into());
    }
    if let Some(kind) = other_than_access {
        return Err(Usage::NoAccessToken { kind: Foreign::new(kind) }.into());
    }
    let username = match (&chosen.service.scheme, &settings.username) {
        (Scheme::Basic(user), _) => user.clone(),
        (Scheme::Bearer, Some(user)) => user.value.clone(),
        (Scheme::Bearer, None) => ANY_USER.to_owned(),
    };
    Ok(Credential { token, scheme: chosen.service.scheme.clone(), username, expires_at })
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
    settings::choose(context.profile.as_deref(), &context.environment, &context.config, origins)
}

/// Whether nobody answers for a service: then it may be another helper's.
#[must_use]
pub fn is_unbound(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(SettingsError::NotBound { .. }))
}
