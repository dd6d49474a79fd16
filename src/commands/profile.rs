//! `tok profile`: the keys of config.toml from the command line.

use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use super::logout;
use crate::cli::{ProfileArgs, ProfileSetArgs, ProfileVerb};
use crate::context::Context;
use crate::oauth::Foreign;
use crate::settings::{self, ConfigError, ConfigFile, Inputs, ProfileName};

/// Runs the verb that was typed after `profile`.
///
/// # Errors
/// A name or a value that cannot be; a file that cannot be read or written; the failure of a logout.
pub fn run(args: &ProfileArgs, context: &Context) -> Result<()> {
    match &args.verb {
        ProfileVerb::List { json } => list(*json, context),
        ProfileVerb::Show { name, json } => show(name.as_deref(), *json, context),
        ProfileVerb::Set(args) => set(args, context),
        ProfileVerb::Remove { name } => remove(name, context),
        ProfileVerb::Default { name: None } => Ok(context.terminal.show(&format!("{}\n", selected(context)?))?),
        ProfileVerb::Default { name: Some(name) } => choose_default(name, context),
    }
}

/// The profiles in the file's order, the default one marked.
fn list(json: bool, context: &Context) -> Result<()> {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        default: bool,
    }
    let default = selected(context)?;
    let rows: Vec<Row<'_>> =
        context.config.profiles().map(|name| Row { name: name.as_str(), default: *name == default }).collect();
    let text = if json {
        serde_json::to_string_pretty(&rows)? + "\n"
    } else {
        lines(rows.iter().map(|row| format!("{} {}", if row.default { '*' } else { ' ' }, row.name)))
    };
    if rows.is_empty() {
        context.terminal.notice("there are no profiles yet: the first login makes one");
    }
    Ok(context.terminal.show(&text)?)
}

/// Every setting with its value and where it comes from.
fn show(name: Option<&str>, json: bool, context: &Context) -> Result<()> {
    #[derive(Serialize)]
    struct Row {
        key: &'static str,
        value: String,
        from: String,
    }
    let name = name.map(|name| existing(name, context)).transpose()?;
    let profile = name.as_ref().map(ProfileName::as_str).or(context.profile.as_deref());
    let settings = context.settings(Inputs { profile, ..context.inputs() })?;
    let rows: Vec<Row> = settings
        .explain()
        .into_iter()
        .map(|(key, value, from)| Row { key, value: value.clone(), from: from.clone() })
        .collect();
    if json {
        return Ok(context.terminal.show(&(serde_json::to_string_pretty(&rows)? + "\n"))?);
    }
    let widest = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let (keys, values) = (widest(|row| row.key.len()), widest(|row| row.value.chars().count()).min(60));
    let row = |Row { key, value, from }: &Row| format!("{key:<keys$}  {value:<values$}  {}", Foreign::new(from));
    Ok(context.terminal.show(&lines(rows.iter().map(row)))?)
}

fn set(args: &ProfileSetArgs, context: &Context) -> Result<()> {
    let name = match args.name() {
        Some(name) => settings::profile_name(name)?,
        None => selected(context)?,
    };
    let changes = settings::profile_changes(args.assignments(), &args.unset)?;
    let saved = settings::save(config_path(context)?, &name, &changes)?;
    let file = Foreign::new(saved.file.to_string_lossy());
    context.terminal.notice(&match (saved.new_profile, saved.changed.is_empty()) {
        (true, _) => format!("profile {name} is new in {file}"),
        (false, false) => format!("profile {name} is changed in {file}"),
        (false, true) => format!("profile {name} in {file} is as it was"),
    });
    Ok(())
}

/// Logs out first: a profile that is gone could not be logged out of any more.
fn remove(name: &str, context: &Context) -> Result<()> {
    let name = existing(name, context)?;
    let settings = context.kept_settings(Inputs { profile: Some(name.as_str()), ..context.inputs() })?;
    let logged_out = logout::one(&settings, context, false);
    ConfigFile::change(config_path(context)?, |file| file.remove(&name))?;
    context.terminal.notice(&format!("profile {name} is removed"));
    logged_out
}

fn choose_default(name: &str, context: &Context) -> Result<()> {
    let name = existing(name, context)?;
    ConfigFile::change(config_path(context)?, |file| file.set_default(&name))?;
    context.terminal.notice(&format!("{name} is the default profile"));
    Ok(())
}

/// The profile that this call selects; it need not exist.
fn selected(context: &Context) -> Result<ProfileName> {
    let Inputs { profile, environment, file, .. } = context.inputs();
    Ok(settings::selected_profile(profile, environment, file)?)
}

/// The name of a profile that exists.
fn existing(name: &str, context: &Context) -> Result<ProfileName> {
    Ok(settings::existing_profile(name, &context.config)?)
}

fn config_path(context: &Context) -> Result<&Path> {
    Ok(context.config.path().ok_or(ConfigError::NoFolder)?)
}

/// Each row on a line of its own.
fn lines(rows: impl Iterator<Item = String>) -> String {
    rows.flat_map(|row| [row, "\n".to_owned()]).collect()
}
