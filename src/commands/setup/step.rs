//! What setup does, one thing at a time: each can be seen to be done, be done, and be undone alone.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::edit::{Entry, Format, Splice};
use crate::oauth::{Foreign, WebOrigin};
use crate::settings::ProfileName;

/// One thing that is done, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Created a folder.
    Folder { path: PathBuf },
    /// Created a file of settings, in which there was nothing yet.
    File { path: PathBuf, format: Format },
    /// Put an entry into a file.
    Entry { path: PathBuf, format: Format, place: Vec<String>, value: String, splice: Splice },
    /// Wrote a whole file.
    Whole { path: PathBuf, content: String },
    /// Made a symbolic link.
    Link { path: PathBuf, target: PathBuf },
    /// Bound a service to a profile.
    Bind { config: PathBuf, profile: String, origin: String, id_token: bool },
}

impl Step {
    /// Whether two steps come to the same, however each was done.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Entry { path, format, place, value, .. },
                Self::Entry { path: other_path, format: other_format, place: other_place, value: other_value, .. },
            ) => (path, format, place, value) == (other_path, other_format, other_place, other_value),
            _ => self == other,
        }
    }

    /// The names of a binding, read again.
    pub fn binding(profile: &str, origin: &str) -> Option<(ProfileName, WebOrigin)> {
        Some((ProfileName::parse(profile).ok()?, WebOrigin::parse(origin).ok()?))
    }
}

/// A path in a message.
pub fn shown(path: &Path) -> Foreign {
    Foreign::new(path.to_string_lossy())
}

/// As a person would look for it.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What has several lines is shown on them.
        let set_in = |f: &mut fmt::Formatter<'_>, text: &str| {
            let mut lines = text.lines();
            match (lines.next(), lines.next()) {
                (Some(line), None) => write!(f, " {}", Foreign::new(line)),
                _ => text.lines().try_for_each(|line| write!(f, "\n    {}", Foreign::new(line))),
            }
        };
        match self {
            Self::Folder { path } => write!(f, "folder {}", shown(path)),
            Self::File { path, .. } => write!(f, "file {}", shown(path)),
            Self::Entry { path, format, place, value, .. } => {
                write!(f, "in {}:", shown(path))?;
                set_in(f, &format.shown(&Entry { place: place.clone(), value: value.clone() }))
            }
            Self::Whole { path, content } => {
                write!(f, "file {}:", shown(path))?;
                set_in(f, content)
            }
            Self::Link { path, target } => write!(f, "link {} to {}", shown(path), shown(target)),
            Self::Bind { config, profile, origin, id_token } => {
                let token = if *id_token { " (the ID token)" } else { "" };
                write!(
                    f,
                    "in {}: profile {} is bound to {}{token}",
                    shown(config),
                    Foreign::new(profile.as_str()),
                    Foreign::new(origin.as_str())
                )
            }
        }
    }
}
