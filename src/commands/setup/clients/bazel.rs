//! Bazel: a helper for a host, whatever its port; a path and nothing else, so that there is no room for a profile
//! (bazel.build, `--credential_helper`).

use super::super::edit::Format;
use super::super::plan::Plan;
use super::Ask;
use crate::error::SetupError;
use crate::oauth::WebOrigin;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let link = ask.named("bazel-credential-tok")?;
    plan.link(&link, ask.program)?;
    let path = ask.home()?.join(".bazelrc");
    plan.entry(&path, Format::Bazelrc, &["--credential_helper", host(ask.origin)], Ask::text(&link)?)
}

/// Without the port.
fn host(origin: &WebOrigin) -> &str {
    let host = origin.host_and_port();
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    }
}
