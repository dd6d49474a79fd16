//! pnpm: `tokenHelper` for a registry, the absolute path of a program that gets no argument: profile and registry are
//! in its name (pnpm.io, Authentication Settings). It is taken from the user's own .npmrc only, which every version
//! reads.

use super::super::edit::Format;
use super::super::plan::Plan;
use super::Ask;
use crate::error::SetupError;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let environment = &ask.context.environment;
    let named = ["NPM_CONFIG_USERCONFIG", "npm_config_userconfig"].iter().find_map(|name| environment.path(name));
    let path = match named {
        Some(path) => super::absolute(path),
        None => ask.home()?.join(".npmrc"),
    };
    let host = ask.origin.host_and_port();
    // A name holds no scheme: without one it is https.
    let at = if ask.origin.as_str().starts_with("https:") { format!("@{host}") } else { String::new() };
    let link = ask.named(&format!("tok-bearer-{}{at}", ask.profile))?;
    plan.link(&link, ask.program)?;
    plan.entry(&path, Format::Npmrc, &[&format!("//{host}/:tokenHelper")], Ask::unquoted(&link)?)?;
    plan.notes.push("npm reads that file too, and warns of what it does not know: tokenHelper".to_owned());
    Ok(())
}
