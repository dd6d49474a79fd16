//! Terraform: a credentials helper, found by its name in the folder for plugins (developer.hashicorp.com, Create
//! Credentials Helpers). There can be one only, for all hosts. What is given for a host otherwise goes before it: a
//! variable, a block of the configuration, and what `terraform login` has kept.

use serde_json::Value;

use super::super::edit::Format;
use super::super::plan::{Plan, taken};
use super::super::step::shown;
use super::Ask;
use crate::error::SetupError;
use crate::sys::child::file_name;
use crate::sys::files;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let (usual, plugins) = ask.bases.terraform.clone().ok_or(SetupError::NoFolder)?;
    let environment = &ask.context.environment;
    let named = environment.path("TF_CLI_CONFIG_FILE").or_else(|| environment.path("TERRAFORM_CONFIG"));
    let path = named.map_or(usual, super::absolute);
    let helper = "\"tok\" {\n  args = []\n}";
    let host = ask.origin.host_and_port();
    // What is in either is a token.
    let taken = |path| taken(path, "credentials_helper \"tok\"", "credentials of its own");
    if plan.entries(&path, Format::Hcl)?.iter().any(|entry| entry.place == ["credentials", host]) {
        return Err(taken(&path));
    }
    let kept = plugins.with_file_name("credentials.tfrc.json");
    if keeps(&files::read_text(&kept)?.unwrap_or_default(), host) {
        return Err(taken(&kept));
    }
    let variable = format!("TF_TOKEN_{}", host.replace('-', "__").replace('.', "_"));
    if environment.is_set(&variable) {
        plan.warnings.push(format!("{variable} is set in the environment, and counts instead"));
    }
    // OpenTofu's own file goes before Terraform's, but its newer one behind that.
    let (own, newer) = (ask.home()?.join(".tofurc"), environment.path("XDG_CONFIG_HOME"));
    let newer = newer.map(|base| base.join("opentofu/tofurc")).filter(|newer| newer.exists() && !path.exists());
    if own.exists() && own != path {
        plan.warnings.push(format!("OpenTofu reads {} instead, and has to find the same in there", shown(&own)));
    } else if let Some(newer) = newer {
        plan.warnings.push(format!("OpenTofu reads this from now on, and {} no more", shown(&newer)));
    }
    plan.link(&plugins.join(file_name("terraform-credentials-tok")), ask.program)?;
    plan.entry(&path, Format::Hcl, &["credentials_helper"], helper)
}

/// Whether `terraform login` has kept a token for this host.
fn keeps(text: &str, host: &str) -> bool {
    let kept: Value = serde_json::from_str(text).unwrap_or_default();
    kept.get("credentials").and_then(|hosts| hosts.get(host)).is_some()
}
