//! The environment's variables, as a value: read once from the process, or made up by a test.
//!
//! Variables that hold a secret are kept out of the snapshot: [`Environment::secret`] reads such a variable at the
//! moment it is wanted, into a [`Secret`], so that no further copy lives as long as the program (M01, M05).

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use crate::secret::Secret;

/// The variables that hold a secret themselves. No child is given them (M04), and only [`Environment::secret`] reads
/// them.
pub const SECRET_VARIABLES: [&str; 2] = ["TOK_PASSWORD", "TOK_CLIENT_SECRET"];

/// A snapshot of the environment.
pub struct Environment {
    variables: Vec<(OsString, OsString)>,
    secrets: Secrets,
}

/// Where the variables of [`SECRET_VARIABLES`] are found.
enum Secrets {
    /// In the process's own environment, each time anew.
    Process,
    /// In here (tests).
    Given(Vec<(String, Secret)>),
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
        let variables = std::env::vars_os().filter(|(name, _)| !is_secret(name)).collect();
        Self { variables, secrets: Secrets::Process }
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
        Self { variables, secrets: Secrets::Given(secrets) }
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

    /// The value of one of [`SECRET_VARIABLES`], copied on purpose; `None` if it is not set. Set but empty is an
    /// empty secret.
    ///
    /// # Errors
    /// [`BadVariable`] if it is not UTF-8.
    pub fn secret(&self, name: &str) -> Result<Option<Secret>, BadVariable> {
        match &self.secrets {
            Secrets::Given(pairs) => match pairs.iter().find(|(n, _)| same_name(OsStr::new(n), name)) {
                Some((_, secret)) => Ok(Some(secret.duplicate())),
                None => self.raw(name).map(|_| Err(not_utf8(name))).transpose(),
            },
            Secrets::Process => match std::env::var_os(name).map(OsString::into_encoded_bytes) {
                Some(bytes) => Secret::from_utf8(bytes).map(Some).map_err(|_| not_utf8(name)),
                None => Ok(None),
            },
        }
    }

    /// Whether any variable is set whose name begins so, the `harmless` ones apart; secrets count.
    #[must_use]
    pub fn any_but(&self, prefix: &str, harmless: &[&str]) -> bool {
        let begins = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_bytes());
        let counts = |name: &OsStr| begins(name) && !harmless.iter().any(|known| OsStr::new(known) == name);
        self.variables.iter().any(|(name, _)| counts(name))
            || SECRET_VARIABLES.iter().any(|name| counts(OsStr::new(name)) && self.is_set(name))
    }

    /// Whether a variable is set, be it empty; secrets too.
    #[must_use]
    pub fn is_set(&self, name: &str) -> bool {
        self.raw(name).is_some()
            || is_secret(OsStr::new(name))
                && match &self.secrets {
                    Secrets::Given(pairs) => pairs.iter().any(|(n, _)| same_name(OsStr::new(n), name)),
                    Secrets::Process => std::env::var_os(name).is_some(),
                }
    }

    /// The value as the platform has it.
    pub(super) fn raw(&self, name: &str) -> Option<&OsStr> {
        self.variables.iter().find(|(n, _)| same_name(n, name)).map(|(_, value)| value.as_os_str())
    }
}

/// Names only: values may be private.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.variables.iter().map(|(name, _)| name)).finish()
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
