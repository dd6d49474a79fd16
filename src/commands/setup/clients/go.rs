//! Go: a command in `GOAUTH`, which is parted at spaces and knows no quotes; the file is that of `go env -w` (cmd/go,
//! `internal/auth`, `internal/cfg`). Go's own default stays behind it. It asks for every origin at once, so that all of
//! them share one entry.

use super::super::edit::Format;
use super::super::plan::Plan;
use super::Ask;
use crate::error::SetupError;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let environment = &ask.context.environment;
    let path = match environment.path("GOENV") {
        Some(path) if path.as_os_str() == "off" => return Err(SetupError::SwitchedOff("GOENV")),
        Some(path) => super::absolute(path),
        None => ask.bases.native.as_deref().ok_or(SetupError::NoFolder)?.join("go").join("env"),
    };
    let command = format!("{} helper goauth; netrc", Ask::unquoted(ask.program)?);
    plan.entry(&path, Format::Env, &["GOAUTH"], &command)?;
    if environment.path("GOAUTH").is_some() {
        plan.warnings.push("GOAUTH is set in the environment, and counts instead".to_owned());
    }
    Ok(())
}
