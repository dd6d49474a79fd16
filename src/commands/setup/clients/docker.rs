//! docker and whatever reads its configuration: `credHelpers` names a helper for a registry, which is run from `PATH`
//! as `docker-credential-tok` (docs.docker.com, docker login). podman reads the same in a file of its own
//! (containers-auth.json(5)). There is no room for a profile: the binding decides.

use std::path::Path;

use super::super::edit::Format;
use super::super::plan::Plan;
use super::Ask;
use crate::error::SetupError;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let path = match ask.context.environment.path("DOCKER_CONFIG") {
        Some(folder) => super::absolute(folder).join("config.json"),
        None => ask.below_home(".docker/config.json")?,
    };
    helper(ask, &path, plan)
}

pub fn plan_podman(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let path = match ask.context.environment.path("REGISTRY_AUTH_FILE") {
        Some(path) => super::absolute(path),
        None => ask.bases.containers.clone().ok_or(SetupError::NoFolder)?,
    };
    helper(ask, &path, plan)
}

fn helper(ask: &Ask<'_>, path: &Path, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    const HELPERS: &str = "credHelpers";
    plan.link_in_path(&ask.bin_dir()?, "docker-credential-tok", ask.program)?;
    plan.table(path, Format::Json, &[HELPERS])?;
    plan.entry(path, Format::Json, &[HELPERS, ask.origin.host_and_port()], "\"tok\"")
}
