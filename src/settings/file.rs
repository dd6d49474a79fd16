//! `config.toml`: read and checked for shape, every value with its line.
//!
//! A key that is not known or a value of the wrong type is an error in whichever profile it stands; what a value means
//! is looked at only when its profile is used, so that `tok profile set` can repair a bad one. See `edit` for changes.

mod reader;

use std::fmt;
use std::path::{Path, PathBuf};

use super::profile::{BadProfileName, ProfileName};
use super::service::{BIND, BadService, Service};
use super::table::{DEFAULT_PROFILE, Key, PROFILES, UnknownKey};
use super::value::Value;
use crate::oauth::Foreign;
use crate::sys::files::{self, FileError};

/// The configuration file's content; empty where there is no file.
#[derive(Debug, Clone, Default)]
pub struct ConfigFile {
    path: Option<PathBuf>,
    pub(super) text: String,
    default: Option<DefaultLine>,
    profiles: Vec<Profile>,
}

/// The default profile's name and its line.
type DefaultLine = (ProfileName, usize);

#[derive(Debug, Clone)]
struct Profile {
    name: ProfileName,
    entries: Vec<Entry>,
    services: Vec<Service>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Key,
    value: Value,
    line: usize,
}

/// Why the configuration file cannot be used.
#[derive(Debug, Clone)]
pub enum ConfigError {
    /// It cannot be read or written.
    File(FileError),
    /// What stands in one line of it, counted from 1.
    Line {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong there.
        fault: ConfigFault,
    },
    /// There is no folder to keep it in: neither a home nor a path was given.
    NoFolder,
    /// A path that is not UTF-8, which TOML cannot hold.
    PathNotUtf8,
    /// It is laid out in a way that could not be changed without breaking it.
    Layout(PathBuf),
}

/// What is wrong with a line. No value is in here: it could be a secret that does not belong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigFault {
    /// Not TOML.
    Syntax(Foreign),
    /// A name that is no key of a profile.
    UnknownKey(UnknownKey),
    /// A name at the top that is none of the two that may stand there.
    UnknownAtTop {
        /// The name.
        given: Foreign,
        /// What was meant, if that can be told.
        nearest: Vec<String>,
    },
    /// A key of a profile that stands outside of one.
    OutsideProfile(Key),
    /// A value of another type.
    WrongType {
        /// The key.
        key: Foreign,
        /// What it takes.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A profile's name.
    ProfileName(BadProfileName),
    /// A service that a profile is to answer for.
    Service(BadService),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(why) => why.fmt(f),
            Self::Line { file, line, fault } => write!(f, "{}:{line}: {fault}", shown(file)),
            Self::NoFolder => f.write_str("there is no folder for the configuration file"),
            Self::PathNotUtf8 => f.write_str("a path that is not UTF-8 text cannot be kept in the configuration file"),
            Self::Layout(file) => write!(f, "{} is laid out so that it can only be changed by hand", shown(file)),
        }
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(why) => write!(f, "not valid TOML: {why}"),
            Self::UnknownKey(why) => why.fmt(f),
            Self::UnknownAtTop { given, nearest } if nearest.is_empty() => {
                write!(f, "unknown key \"{given}\": expected {DEFAULT_PROFILE} or {PROFILES}")
            }
            Self::UnknownAtTop { given, nearest } => {
                write!(f, "unknown key \"{given}\": expected {}", nearest.join(" or "))
            }
            Self::OutsideProfile(key) => {
                write!(f, "{key} stands outside a profile: expected it under [{PROFILES}.NAME]")
            }
            Self::WrongType { key, expected, found } => write!(f, "{key}: expected {expected}, found {found}"),
            Self::ProfileName(why) => why.fmt(f),
            Self::Service(why) => write!(f, "{BIND}: {why}"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// A path in a message.
pub(super) fn shown(path: &Path) -> Foreign {
    Foreign::new(path.to_string_lossy())
}

impl ConfigFile {
    /// Reads and checks a file; one that is not there is empty. Its path is made absolute: sessions are told apart by
    /// it (R07).
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        match files::read_config(path).map_err(ConfigError::File)? {
            Some(text) => Self::parse(path, text),
            None => Ok(Self { path: Some(path.to_owned()), ..Self::default() }),
        }
    }

    /// Checks a file's text.
    ///
    /// # Errors
    /// [`ConfigError::Line`]
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        let (default, profiles) =
            reader::read(&text).map_err(|(line, fault)| ConfigError::Line { file: path.to_owned(), line, fault })?;
        Ok(Self { path: Some(path.to_owned()), text, default, profiles })
    }

    /// The file's path; `None` where there is no folder for it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The file's text, changes to it included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The profiles in the file's order.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
        self.profiles.iter().map(|profile| &profile.name)
    }

    /// Whether there is such a profile.
    #[must_use]
    pub fn has(&self, name: &ProfileName) -> bool {
        self.profiles().any(|known| known == name)
    }

    /// What `default-profile` says, and its line.
    #[must_use]
    pub fn default_profile(&self) -> Option<(&ProfileName, usize)> {
        self.default.as_ref().map(|(name, line)| (name, *line))
    }

    /// The services that a profile answers for, in the file's order.
    pub fn services(&self, name: &ProfileName) -> impl Iterator<Item = &Service> {
        self.profiles.iter().filter(move |profile| profile.name == *name).flat_map(|profile| &profile.services)
    }

    /// A profile's value for a key as it stands there, and its line.
    #[must_use]
    pub fn get(&self, name: &ProfileName, key: Key) -> Option<(&Value, usize)> {
        let profile = self.profiles.iter().find(|profile| profile.name == *name)?;
        profile.entries.iter().find(|entry| entry.key == key).map(|entry| (&entry.value, entry.line))
    }
}

#[cfg(test)]
mod tests;
