//! Why a program was not set up.

use std::fmt;
use std::path::PathBuf;

use crate::oauth::{Foreign, WebOrigin};
use crate::settings::ProfileName;
use crate::sys::files::FileError;

/// Why a program was not set up. Whatever it is but [`SetupError::NotUndone`], nothing was changed by it.
#[derive(Debug)]
pub enum SetupError {
    /// Something else stands where an entry was to be.
    Taken {
        /// The file.
        file: PathBuf,
        /// The entry as it was to be.
        wanted: Foreign,
        /// What stands there, as far as it can be shown.
        found: Foreign,
    },
    /// A name is taken by something that is not ours.
    NameTaken(PathBuf),
    /// A file is not what it should be.
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The line, from 1, if one can be named.
        line: Option<usize>,
        /// What is wrong.
        why: Foreign,
    },
    /// A file is laid out in a way in which nothing is put in.
    ByHand {
        /// The file.
        file: PathBuf,
        /// The entry as it was to be.
        wanted: Foreign,
    },
    /// A file or a folder cannot be used.
    File(FileError),
    /// A program that is needed is not in `PATH`.
    NoProgram(&'static str),
    /// Neither a home nor a path was given.
    NoFolder,
    /// A path that cannot stand in the file of settings.
    BadPath(PathBuf),
    /// An option is missing without which this program cannot be set up.
    NeedsOption {
        /// The program.
        client: &'static str,
        /// The option with its value.
        option: &'static str,
    },
    /// The settings of a program are switched off by a variable.
    SwitchedOff(&'static str),
    /// The profile answers for the service with another token than the program takes.
    OtherToken {
        /// The service.
        origin: WebOrigin,
        /// The profile.
        profile: ProfileName,
    },
    /// The program cannot name a profile, and by the bindings another one answers, or none: they are told.
    OtherAnswers {
        /// The program.
        client: String,
        /// The service.
        origin: WebOrigin,
        /// The profile that was to answer.
        profile: ProfileName,
        /// The others that are bound to the service.
        others: Vec<ProfileName>,
    },
    /// The record of what was set up cannot be read.
    Journal(PathBuf),
    /// It failed, and not all that was done before could be undone.
    NotUndone {
        /// What failed.
        failed: String,
        /// What is left.
        left: Vec<PathBuf>,
    },
}

fn shown(path: &std::path::Path) -> Foreign {
    Foreign::new(path.to_string_lossy())
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken { file, wanted, found } => {
                write!(f, "{} says otherwise already: {found}, in the place of: {wanted}", shown(file))
            }
            Self::NameTaken(path) => write!(f, "{} is there already, and is something else", shown(path)),
            Self::Unreadable { file, line: Some(line), why } => write!(f, "{}:{line}: {why}", shown(file)),
            Self::Unreadable { file, line: None, why } => write!(f, "{}: {why}", shown(file)),
            Self::ByHand { file, wanted } => {
                write!(f, "{} is laid out so that it can only be changed by hand: {wanted}", shown(file))
            }
            Self::File(why) => why.fmt(f),
            Self::NoProgram(name) => write!(f, "there is no {name} in PATH"),
            Self::NoFolder => f.write_str("there is no home folder"),
            Self::BadPath(path) => {
                write!(f, "{} cannot stand in that program's settings: a space or such a sign, or no text", shown(path))
            }
            Self::NeedsOption { client, option } => write!(f, "{client} cannot be set up without {option}"),
            Self::SwitchedOff(variable) => write!(f, "{variable} says that there are no settings"),
            Self::OtherToken { origin, profile } => {
                write!(
                    f,
                    "profile {profile} is bound to {origin} for its access token, and the ID token is taken there"
                )
            }
            Self::OtherAnswers { client, origin, profile, others } => {
                let others: Vec<_> = others.iter().map(ProfileName::as_str).collect();
                write!(
                    f,
                    "{client} names no profile, so that {profile} would not answer it for {origin}: also bound to that: {}",
                    others.join(", ")
                )
            }
            Self::Journal(path) => write!(f, "{} is damaged: it says what was set up", shown(path)),
            Self::NotUndone { failed, left } => {
                let left: Vec<String> = left.iter().map(|path| shown(path).to_string()).collect();
                write!(f, "{failed}; not undone: {}", left.join(", "))
            }
        }
    }
}

impl std::error::Error for SetupError {}

impl From<FileError> for SetupError {
    fn from(why: FileError) -> Self {
        Self::File(why)
    }
}
