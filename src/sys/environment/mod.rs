//! The environment's variables, as a value: those of the process, or made up by a test.
//!
//! Variables that hold a secret are shown by nothing but [`Environment::secret`], which copies such a variable at the
//! moment it is wanted, into a [`Secret`], so that no further copy lives as long as the program (M01, M05; see `own` for
//! what is not so elsewhere than on Linux).

mod own;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use crate::secret::Secret;

/// The variables that hold a secret themselves. No child is given them (M04), and only [`Environment::secret`] reads
/// them.
pub const SECRET_VARIABLES: [&str; 4] = ["TOK_PASSWORD", "TOK_CLIENT_SECRET", "TOK_PRIVATE_KEY", "TOK_SUBJECT_TOKEN"];

/// The environment. It does not change while it is there.
pub struct Environment(Variables);

enum Variables {
    /// The process's own.
    Own,
    /// These (tests).
    Given { variables: Vec<(OsString, OsString)>, secrets: Vec<(String, Secret)> },
}

/// A variable whose value cannot be used. The value is not in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadVariable {
    /// The variable.
    pub name: String,
    /// What is wrong.
    pub why: BadVariableReason,
}

/// What is wrong with a variable's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadVariableReason {
    /// It is not UTF-8 text (I04).
    NotUtf8,
}

impl fmt::Display for BadVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.why {
            BadVariableReason::NotUtf8 => write!(f, "the value of {} is not UTF-8 text", self.name),
        }
    }
}

impl std::error::Error for BadVariable {}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        Self(Variables::Own)
    }

    /// Variables that a test makes up; none of the process's own is seen.
    #[must_use]
    pub fn from_pairs<N: Into<OsString>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let (mut variables, mut secrets) = (Vec::new(), Vec::new());
        for (name, value) in pairs {
            let (name, value) = (name.into(), value.into());
            match (is_secret(&name), name.to_str(), value.to_str()) {
                (true, Some(name), Some(value)) => secrets.push((name.to_owned(), Secret::new(value.to_owned()))),
                _ => variables.push((name, value)),
            }
        }
        Self(Variables::Given { variables, secrets })
    }

    /// A variable's text; `None` if it is not set. Set but empty is `Some("")`.
    ///
    /// Not for [`SECRET_VARIABLES`]: for them this is always `None`, and a debug build panics.
    ///
    /// # Errors
    /// [`BadVariable`] if it is not UTF-8 (I04).
    pub fn text(&self, name: &str) -> Result<Option<&str>, BadVariable> {
        debug_assert!(!is_secret(OsStr::new(name)), "{name} is read by secret()");
        self.raw(name).map(|value| value.to_str().ok_or_else(|| not_utf8(name))).transpose()
    }

    /// A variable as a path: any bytes that the platform allows; `None` if it is not set or empty.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// A variable as a list of paths, parted as those of `PATH` are; without the empty ones.
    #[must_use]
    pub fn paths(&self, name: &str) -> Vec<PathBuf> {
        let list = self.raw(name).map(std::env::split_paths);
        list.into_iter().flatten().filter(|path| !path.as_os_str().is_empty()).collect()
    }

    /// The value of a variable that holds a secret, copied on purpose; `None` if it is not set. Set but empty is an
    /// empty secret. Besides [`SECRET_VARIABLES`] these are variables that the user, or a CI system, named for that: as
    /// they may be called anything, whoever reads one here reads it nowhere else.
    ///
    /// # Errors
    /// [`BadVariable`] if it is not UTF-8.
    pub fn secret(&self, name: &str) -> Result<Option<Secret>, BadVariable> {
        match &self.0 {
            Variables::Own => match std::env::var_os(name).map(OsString::into_encoded_bytes) {
                Some(bytes) => Secret::from_utf8(bytes).map(Some).map_err(|_| not_utf8(name)),
                None => Ok(None),
            },
            Variables::Given { variables, secrets } => {
                match secrets.iter().find(|(n, _)| same_name(OsStr::new(n), name)) {
                    Some((_, secret)) => Ok(Some(secret.duplicate())),
                    None => match variables.iter().find(|(n, _)| same_name(n, name)).map(|(_, value)| value.to_str()) {
                        Some(Some(value)) => Ok(Some(Secret::new(value.to_owned()))),
                        Some(None) => Err(not_utf8(name)),
                        None => Ok(None),
                    },
                }
            }
        }
    }

    /// Whether any variable is set whose name begins so, the `harmless` ones apart; secrets count.
    #[must_use]
    pub fn any_but(&self, prefix: &str, harmless: &[&str]) -> bool {
        let begins = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
        self.any(prefix, |name| begins(name) && !harmless.iter().any(|known| OsStr::new(known) == name))
    }

    /// Whether a variable is set, be it empty; secrets too.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.any(name, |set| same_name(set, name))
    }

    /// The value as the platform has it; never that of a secret.
    pub(super) fn raw(&self, name: &str) -> Option<&OsStr> {
        if is_secret(OsStr::new(name)) {
            return None;
        }
        match &self.0 {
            Variables::Own => own::variables(name).find(|(n, _)| same_name(n, name)).map(|(_, value)| value),
            Variables::Given { variables, .. } => {
                variables.iter().find(|(n, _)| same_name(n, name)).map(|(_, value)| value.as_os_str())
            }
        }
    }

    /// Whether a name is set of which this is true; it begins so.
    fn any(&self, prefix: &str, mut is: impl FnMut(&OsStr) -> bool) -> bool {
        match &self.0 {
            Variables::Own => own::variables(prefix).any(|(name, _)| is(name)),
            Variables::Given { variables, secrets } => {
                variables.iter().any(|(name, _)| is(name)) || secrets.iter().any(|(name, _)| is(OsStr::new(name)))
            }
        }
    }
}

/// Names only: values may be private.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Variables::Own => f.debug_list().entries(own::variables("").map(|(name, _)| name)).finish(),
            Variables::Given { variables, .. } => {
                f.debug_list().entries(variables.iter().map(|(name, _)| name)).finish()
            }
        }
    }
}

fn not_utf8(name: &str) -> BadVariable {
    BadVariable { name: name.to_owned(), why: BadVariableReason::NotUtf8 }
}

fn is_secret(name: &OsStr) -> bool {
    SECRET_VARIABLES.iter().any(|secret| same_name(name, secret))
}

/// Windows does not distinguish case in names.
fn same_name(a: &OsStr, b: &str) -> bool {
    if cfg!(windows) { a.eq_ignore_ascii_case(b) } else { a == b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_paths() {
        let environment = Environment::from_pairs([("A", "x"), ("EMPTY", "")]);
        assert_eq!(environment.text("A"), Ok(Some("x")));
        assert_eq!(environment.text("EMPTY"), Ok(Some("")));
        assert_eq!(environment.text("B"), Ok(None));
        assert_eq!(environment.path("A"), Some(PathBuf::from("x")));
        assert_eq!(environment.path("EMPTY"), None);
        assert!(environment.is_set("EMPTY") && !environment.is_set("B"));
    }

    #[cfg(unix)]
    #[test] // I04
    fn what_is_no_text_is_refused_without_showing_it() {
        use std::os::unix::ffi::OsStringExt;
        let bytes = OsString::from_vec(b"canary\xff".to_vec());
        let environment = Environment::from_pairs([("A", bytes.clone()), ("TOK_PASSWORD", bytes.clone())]);
        let error = environment.text("A").unwrap_err();
        assert_eq!(error.to_string(), "the value of A is not UTF-8 text");
        assert_eq!(environment.path("A"), Some(PathBuf::from(bytes)));
        let error = environment.secret("TOK_PASSWORD").unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"));
    }

    #[test] // M05, H04
    fn secrets_are_read_apart_and_not_shown() {
        let environment = Environment::from_pairs([("TOK_PASSWORD", "canary"), ("TOK_CLIENT_SECRET", "")]);
        assert_eq!(environment.secret("TOK_PASSWORD").unwrap().unwrap().expose(), "canary");
        assert!(environment.secret("TOK_CLIENT_SECRET").unwrap().unwrap().is_empty());
        assert!(environment.is_set("TOK_PASSWORD"));
        let named = Environment::from_pairs([("CI_TOKEN", "canary")]);
        assert_eq!(named.secret("CI_TOKEN").unwrap().unwrap().expose(), "canary");
        assert!(!format!("{environment:?}").contains("canary"));
        assert!(Environment::from_pairs([("A", "b")]).secret("TOK_PASSWORD").unwrap().is_none());
    }

    #[test]
    fn the_process_has_one() {
        let environment = Environment::from_process();
        assert!(environment.is_set("PATH"));
        assert!(SECRET_VARIABLES.iter().all(|name| environment.raw(name).is_none()));
    }
}
