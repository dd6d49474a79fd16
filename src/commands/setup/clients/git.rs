//! git: a helper for the service's address (gitcredentials(7)). git runs `git-credential-tok` from `PATH`, with the
//! options that stand behind its name.
//!
//! An empty one before it ends the list of those that are for every address. They would be asked first, and given what
//! we answered, to keep: git's `store` would have a token on disk, and answer with it when it is long over.

use std::path::{Path, PathBuf};

use super::super::edit::{Entry, Format, git_everywhere};
use super::super::plan::{Plan, taken};
use super::Ask;
use crate::error::SetupError;
use crate::oauth::WebOrigin;

pub fn plan(ask: &Ask<'_>, plan: &mut Plan<'_>) -> Result<(), SetupError> {
    let path = file(ask)?;
    let words = ["tok".to_owned()].into_iter().chain(ask.profile_words());
    let helper = words.collect::<Vec<_>>().join(" ");
    let key = format!("credential.{}.helper", ask.origin);
    let wanted = Format::Git.shown(&Entry { place: vec![key.clone()], value: helper.clone() });
    let entries = plan.entries(&path, Format::Git)?;
    // One that stands in another file would be ended, too. The same address may be written in another way, such as with a
    // slash.
    let others = git_everywhere(&ask.context.environment);
    let here = entries.iter().map(|entry| (path.as_path(), entry));
    for (file, entry) in here.chain(others.iter().map(|(file, entry)| (Path::new(file), entry))) {
        let name = entry.place.first().map_or("", String::as_str);
        let address = name.strip_prefix("credential.").and_then(|name| name.strip_suffix(".helper"));
        let is_same =
            address.is_some_and(|address| WebOrigin::parse(address).is_ok_and(|origin| origin == *ask.origin));
        if is_same && !entry.value.is_empty() && entry.value != helper {
            return Err(taken(file, &wanted, &entry.value));
        }
    }
    plan.link_in_path(&ask.bin_dir()?, "git-credential-tok", ask.program)?;
    let is_there = |value: &str| entries.iter().any(|entry| entry.place == [key.as_str()] && entry.value == value);
    // Behind one of ours that a person wrote it would end that, too.
    if is_there("") || !is_there(&helper) {
        plan.entry(&path, Format::Git, &[&key], "")?;
    } else {
        plan.warnings
            .push("other helpers are asked before it, and may keep tokens: write an empty helper = above it".into());
    }
    plan.entry(&path, Format::Git, &[&key], &helper)
}

/// The file to which `git config --global` writes.
fn file(ask: &Ask<'_>) -> Result<PathBuf, SetupError> {
    let usual = ask.file("GIT_CONFIG_GLOBAL", ".gitconfig")?;
    if ask.context.environment.path("GIT_CONFIG_GLOBAL").is_some() {
        return Ok(usual);
    }
    let other = ask.config_base()?.join("git").join("config");
    Ok(if !usual.exists() && other.exists() { other } else { usual })
}
