//! Why there are no settings.

use std::fmt;

use super::duration::BadDuration;
use super::file::ConfigError;
use super::profile::{BadProfileName, ProfileName};
use super::service::BadService;
use super::table::{Key, UnknownKey};
use super::value::BadValue;
use super::{Origin, Sourced};
use crate::oauth::{Foreign, WebOrigin};
use crate::sys::environment::BadVariable;

/// Why there are no settings. Each says where the mistake was made: option, variable, or file and line.
#[derive(Debug)]
pub enum SettingsError {
    /// The configuration file.
    Config(ConfigError),
    /// An option that is no setting and takes a duration.
    BadDuration {
        /// The option, with its dashes.
        option: &'static str,
        /// What is wrong with it.
        why: BadDuration,
    },
    /// A variable that is not text.
    Variable(BadVariable),
    /// A variable for a secret that is set but empty.
    EmptyVariable(&'static str),
    /// A value that cannot be used.
    BadValue {
        /// Where it was given.
        origin: Origin,
        /// The setting.
        key: Key,
        /// What is wrong with it.
        why: BadValue,
    },
    /// Two sources for one secret, given in the same place.
    TwoSources {
        /// One of them.
        first: Place,
        /// The other.
        second: Place,
    },
    /// A name that no profile can have.
    ProfileName {
        /// Where it was given.
        origin: Origin,
        /// What is wrong with it.
        why: BadProfileName,
    },
    /// A profile that does not exist, and no other word on where tokens are had from.
    UnknownProfile {
        /// The profile.
        profile: Sourced<ProfileName>,
        /// Profiles that look like it.
        nearest: Vec<String>,
        /// All that exist.
        known: Vec<String>,
    },
    /// A service that cannot be what was written.
    BadService {
        /// Where it was given.
        origin: Origin,
        /// What is wrong with it.
        why: BadService,
    },
    /// A service that the profile does not answer for.
    NotBound {
        /// The service; several where only the host is known.
        origins: Vec<WebOrigin>,
        /// The profile, if one was named; else it is none of them.
        profile: Option<ProfileName>,
    },
    /// A service that several profiles answer for, none of which is the default one.
    BoundSeveralTimes {
        /// The service.
        origin: WebOrigin,
        /// The profiles.
        profiles: Vec<ProfileName>,
    },
    /// `tok profile set` with a word that is no `KEY=VALUE`.
    NotAnAssignment(Foreign),
    /// `tok profile set` with a name that is no key.
    UnknownKey(UnknownKey),
    /// `tok profile set` with a value that cannot be used.
    BadAssignment {
        /// The key.
        key: Key,
        /// What is wrong with it.
        why: BadValue,
    },
}

/// Where something was given, in words: `--issuer`, `TOK_ISSUER`, or `config.toml:3: issuer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(super) fn new(origin: &Origin, key: Option<Key>) -> Self {
        Self(match (origin, key) {
            (Origin::Profile { .. }, Some(key)) => format!("{origin}: {key}"),
            _ => origin.to_string(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(why) => why.fmt(f),
            Self::BadDuration { option, why } => write!(f, "{option}: {why}"),
            Self::Variable(why) => why.fmt(f),
            Self::EmptyVariable(name) => write!(f, "{name} is set but empty"),
            Self::BadValue { origin, key, why } => write!(f, "{}: {why}", Place::new(origin, Some(*key))),
            Self::TwoSources { first, second } => write!(f, "{first} and {second} are both given: expected one"),
            Self::ProfileName { origin, why } => write!(f, "{origin}: {why}"),
            Self::UnknownProfile { profile, nearest, known } => {
                write!(f, "there is no profile \"{}\"", profile.value)?;
                if profile.origin != Origin::Default {
                    write!(f, " ({})", profile.origin)?;
                }
                match (&nearest[..], &known[..]) {
                    ([], []) => Ok(()),
                    ([], known) => write!(f, ": expected one of {}", known.join(", ")),
                    (nearest, _) => write!(f, ": expected {}", nearest.join(" or ")),
                }
            }
            Self::BadService { origin: Origin::Argument, why } => why.fmt(f),
            Self::BadService { origin, why } => write!(f, "{origin}: {why}"),
            Self::NotBound { origins, profile } => {
                match profile {
                    Some(profile) => write!(f, "profile {profile} is not bound to ")?,
                    None => f.write_str("no profile is bound to ")?,
                }
                f.write_str(origins.first().map_or("this service", WebOrigin::as_str))
            }
            Self::BoundSeveralTimes { origin, profiles } => {
                let names: Vec<_> = profiles.iter().map(ProfileName::as_str).collect();
                write!(f, "several profiles are bound to {origin}: {}", names.join(", "))
            }
            Self::NotAnAssignment(word) => write!(f, "\"{word}\" is not of the form KEY=VALUE"),
            Self::UnknownKey(why) => why.fmt(f),
            Self::BadAssignment { key, why } => write!(f, "{key}: {why}"),
        }
    }
}

impl std::error::Error for SettingsError {}

impl From<ConfigError> for SettingsError {
    fn from(why: ConfigError) -> Self {
        Self::Config(why)
    }
}

impl From<BadVariable> for SettingsError {
    fn from(why: BadVariable) -> Self {
        Self::Variable(why)
    }
}
