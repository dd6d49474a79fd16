//! pnpm's `tokenHelper`: pnpm documentation, "Settings (.npmrc)", `<URL>:tokenHelper`; `pnpm/credentials-by-uri`.
//!
//! It is started without arguments and told nothing, so that its own name says what it is to answer for
//! (`tok-bearer-PROFILE@HOST`). What it prints is the value of the header. pnpm 10 takes it as it is; later ones put
//! `Bearer` before what names no scheme, and it names one.

use anyhow::Result;

use super::Failure;
use super::resolve;
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::WebOrigin;
use crate::settings;

/// Answers for the registry that the option names, else for the profile's one service.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(option: Option<&str>, context: &Context) -> Result<(), Failure> {
    let origins = match option {
        Some(origin) => resolve::asked(origin)?,
        None => vec![only_service(context)?],
    };
    let credential = resolve::resolve(&origins, context)?;
    Ok(context.terminal.print(&credential.authorization())?)
}

fn only_service(context: &Context) -> Result<WebOrigin> {
    let (environment, config) = (&context.environment, context.readable_config()?);
    let profile = settings::selected_profile(context.profile.as_deref(), environment, config)?;
    let mut services = settings::bound(Some(profile.as_str()), environment, config)?.into_iter();
    match (services.next(), services.next()) {
        (Some(origin), None) => Ok(origin),
        _ => Err(Usage::WhichRegistry.into()),
    }
}
