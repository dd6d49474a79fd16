//! Changes kept in a profile: a login's options, or what `tok profile set` says. Never a secret: there is no key for
//! one.

use std::path::{Path, PathBuf};

use super::error::SettingsError;
use super::file::{ConfigError, ConfigFile};
use super::profile::ProfileName;
use super::table::{Key, Kind};
use super::value::{self, BadValue, Value};
use super::{Change, Settings};
use crate::oauth::Foreign;

/// What was done to the configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The file.
    pub file: PathBuf,
    /// The profile.
    pub profile: ProfileName,
    /// Whether the profile is new.
    pub new_profile: bool,
    /// Whether it was made the default one, because it is the first.
    pub made_default: bool,
    /// The keys that were set or removed.
    pub changed: Vec<Key>,
}

impl Settings {
    /// Keeps in the profile what the options of this login said. `None` if they said nothing that the profile does
    /// not say already.
    ///
    /// # Errors
    /// [`ConfigError`]; then the file is as it was.
    pub fn save_login(&self) -> Result<Option<Saved>, ConfigError> {
        if self.changes.is_empty() {
            return Ok(None);
        }
        let path = self.config_path.as_deref().ok_or(ConfigError::NoFolder)?;
        save(path, &self.profile.value, &self.changes).map(Some)
    }
}

/// Makes changes to a profile, which is created if need be, and made the default one if it is the first. A relative
/// path starts at the working directory and is written in full.
///
/// # Errors
/// [`ConfigError`]; then the file is as it was.
pub fn save(path: &Path, profile: &ProfileName, changes: &[Change]) -> Result<Saved, ConfigError> {
    let changes = changes.iter().map(|change| Ok((change.key, change.new.clone().map(in_full).transpose()?)));
    let changes = changes.collect::<Result<Vec<_>, ConfigError>>()?;
    ConfigFile::change(path, |file| {
        let mut saved = Saved {
            file: path.to_owned(),
            profile: profile.clone(),
            new_profile: false,
            made_default: false,
            changed: Vec::new(),
        };
        let only_removals = !changes.is_empty() && changes.iter().all(|(_, new)| new.is_none());
        if !file.has(profile) && only_removals {
            return Ok(saved);
        }
        if file.profiles().next().is_none() && file.default_profile().is_none() {
            file.set_default(profile)?;
            saved.made_default = true;
        }
        saved.new_profile = !file.has(profile);
        for (key, new) in &changes {
            if make(file, profile, *key, new.as_ref())? {
                saved.changed.push(*key);
            }
        }
        if saved.changed.is_empty() {
            file.create(profile)?;
        }
        Ok(saved)
    })
}

/// Makes one change; false if the file says so already.
fn make(file: &mut ConfigFile, profile: &ProfileName, key: Key, new: Option<&Value>) -> Result<bool, ConfigError> {
    match new {
        None => file.unset(profile, key),
        Some(new) if file.get(profile, key).is_some_and(|(old, _)| old == new) => Ok(false),
        Some(new) => file.set(profile, key, new).map(|()| true),
    }
}

/// A path from the command line, so that it means the same from everywhere; TOML holds text only.
fn in_full(value: Value) -> Result<Value, ConfigError> {
    let Value::Path(path) = value else { return Ok(value) };
    let path = std::path::absolute(&path).unwrap_or(path);
    if path.to_str().is_none() { Err(ConfigError::PathNotUtf8) } else { Ok(Value::Path(path)) }
}

/// Reads the words of `tok profile set`: `KEY=VALUE`, and keys to remove. Values are checked.
///
/// # Errors
/// [`SettingsError::NotAnAssignment`], [`SettingsError::UnknownKey`], [`SettingsError::BadAssignment`]
pub fn profile_changes(assignments: &[String], unset: &[String]) -> Result<Vec<Change>, SettingsError> {
    let mut texts: Vec<(Key, Vec<String>)> = Vec::new();
    for word in assignments {
        let not_one = || SettingsError::NotAnAssignment(Foreign::new(word.split('=').next().unwrap_or_default()));
        let (name, text) = word.split_once('=').ok_or_else(not_one)?;
        let key = Key::find(name).map_err(SettingsError::UnknownKey)?;
        match texts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, texts)) => texts.push(text.to_owned()),
            None => texts.push((key, vec![text.to_owned()])),
        }
    }
    let mut changes = Vec::new();
    for (key, texts) in texts {
        let value = assigned(key, &texts).map_err(|why| SettingsError::BadAssignment { key, why })?;
        changes.push(Change { key, old: None, new: Some(value) });
    }
    for name in unset {
        let key = Key::find(name).map_err(SettingsError::UnknownKey)?;
        if changes.iter().any(|change| change.key == key && change.new.is_some()) {
            return Err(SettingsError::BadAssignment { key, why: BadValue::Several });
        }
        changes.push(Change { key, old: None, new: None });
    }
    Ok(changes)
}

fn assigned(key: Key, texts: &[String]) -> Result<Value, BadValue> {
    let many = matches!(key.row().kind, Kind::List | Kind::Pairs);
    if !many && texts.len() > 1 {
        return Err(BadValue::Several);
    }
    // `extra=` alone stands for no parameters, as an empty text does for an empty list.
    let texts = if texts == [""] && many { &[] } else { texts };
    let value = Value::from_texts(key, texts)?;
    value::check(key, &value).map(|()| value)
}
