//! Terraform: a credentials helper, found by its name in the folder for plugins (developer.hashicorp.com, Create
//! Credentials Helpers). There can be one only, for all hosts.

use super::super::edit::Format;
use super::super::plan::{Plan, taken};
use super::Ask;
use crate::error::SetupError;
use crate::sys::child::file_name;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let (usual, plugins) = ask.bases.terraform.clone().ok_or(SetupError::NoFolder)?;
    let environment = &ask.context.environment;
    let named = environment.path("TF_CLI_CONFIG_FILE").or_else(|| environment.path("TERRAFORM_CONFIG"));
    let path = named.map_or(usual, super::absolute);
    let arguments = if ask.is_named { format!("\"--profile={}\"", ask.profile) } else { String::new() };
    let helper = format!("\"tok\" {{\n  args = [{arguments}]\n}}");
    let host = ask.origin.host_and_port();
    // It goes before any helper. What is in it is a token.
    let own = plan.entries(&path, Format::Hcl)?.into_iter().find(|entry| entry.place == ["credentials", host]);
    if own.is_some() {
        return Err(taken(&path, "credentials_helper \"tok\"", "credentials of its own"));
    }
    plan.link(&plugins.join(file_name("terraform-credentials-tok")), ask.program)?;
    plan.entry(&path, Format::Hcl, &["credentials_helper"], &helper)
}
