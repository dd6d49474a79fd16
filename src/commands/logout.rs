//! `tok logout`: revoke at the server, then forget.

use anyhow::Result;

use crate::cli::LogoutArgs;
use crate::context::Context;
use crate::session::logout::Forgotten;
use crate::settings::{self, Inputs, Settings, SettingsError};
use crate::store::StoreKind;

/// Logs out of the selected profile, or of all.
///
/// # Errors
/// The first failure; with `--all` the other profiles are logged out of all the same.
pub fn run(args: &LogoutArgs, context: &Context) -> Result<()> {
    if !args.all {
        let settings = context.kept_settings(Inputs { options: Some(&args.settings), ..context.inputs() })?;
        return one(&settings, context, args.local);
    }
    let mut first_failure = Ok(());
    let (profiles, unwritten) = every_profile(context)?;
    for profile in profiles.iter().chain(&unwritten) {
        // To name one that is not in the file would be a slip.
        let inputs = context.inputs();
        let named = if unwritten.as_ref() == Some(profile) { inputs.profile } else { Some(profile.as_str()) };
        let outcome = context
            .kept_settings(Inputs { profile: named, ..inputs })
            .map_err(anyhow::Error::from)
            .and_then(|settings| one(&settings, context, args.local));
        if let Err(error) = outcome {
            match first_failure {
                Ok(()) => first_failure = Err(error.context(format!("profile {profile}"))),
                Err(_) => context.terminal.warn(&format!("profile {profile}: {error:#}")),
            }
        }
    }
    first_failure
}

/// The profiles in the file, and apart from them the selected one where it can be used without being there: after a login
/// with `--no-save`.
fn every_profile(context: &Context) -> Result<(Vec<String>, Option<String>)> {
    let names: Vec<String> = context.config.profiles().map(ToString::to_string).collect();
    match settings::resolve(&context.inputs()) {
        Ok(settings) if !settings.profile_exists => return Ok((names, Some(settings.profile.value.to_string()))),
        // Who names a profile means one that exists.
        Err(error @ SettingsError::UnknownProfile { .. }) if context.profile.is_some() => {
            return Err(error.into());
        }
        Err(error) if names.is_empty() => return Err(error.into()),
        // Whatever else is wrong with the selected one is told when its turn comes.
        Ok(_) | Err(_) => {}
    }
    Ok((names, None))
}

/// Logs out of one profile and says what came of it.
///
/// # Errors
/// A store that fails; a revocation that is not confirmed, after which the session is forgotten here all the same.
pub fn one(settings: &Settings, context: &Context, local: bool) -> Result<()> {
    let say = |text: &str| context.terminal.notice(&format!("{}: {text}", settings.profile.value));
    if settings.environment_credentials {
        say("the credentials in the environment stay in effect; logout does not reach them");
    }
    let forgotten = if settings.store.value == StoreKind::None {
        Forgotten::Nothing
    } else {
        let world = context.world(settings)?;
        world.keeper(context, settings).logout(local)?
    };
    say(match forgotten {
        Forgotten::Nothing => "not logged in; nothing to do",
        Forgotten::Revoked => "logged out; the server revoked the session",
        Forgotten::Here => "logged out here",
        Forgotten::NoRevocation => "logged out here; no revocation endpoint is known, so the server was not told",
        Forgotten::OtherBinding => {
            "forgotten here; the session belongs to another server, client or user than the profile's, so that it was \
             sent nowhere"
        }
    });
    Ok(())
}
