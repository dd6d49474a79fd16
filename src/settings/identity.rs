//! Where a CI system, or a service manager, gives the token that is exchanged or asserted.

use std::fmt;

use super::value::BadValue;
use crate::oauth::Foreign;

/// The variable in which a job at GitLab finds its token where none is named: the one that sigstore's tools look for, too.
const USUAL_VARIABLE: &str = "SIGSTORE_ID_TOKEN";

/// A place that holds another issuer's token, or where it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// `github`: the job asks GitHub for it.
    GitHub,
    /// `gitlab`, `gitlab:VARIABLE`, `env:VARIABLE`: a variable holds it.
    Variable(String),
    /// `systemd:NAME`: a credential of the service (`LoadCredential=`), a file in `$CREDENTIALS_DIRECTORY`.
    Systemd(String),
}

impl IdentitySource {
    /// Reads the setting's text.
    ///
    /// # Errors
    /// [`BadValue::IdentitySource`]
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let unknown = || BadValue::IdentitySource(Foreign::new(text));
        let variable = |name: &str| {
            let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if is_name { Ok(Self::Variable(name.to_owned())) } else { Err(unknown()) }
        };
        match text.split_once(':') {
            None if text == "github" => Ok(Self::GitHub),
            None if text == "gitlab" => Ok(Self::Variable(USUAL_VARIABLE.to_owned())),
            Some(("gitlab" | "env", name)) => variable(name),
            // A file's name, and no way out of the folder.
            Some(("systemd", name)) if !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0']) => {
                Ok(Self::Systemd(name.to_owned()))
            }
            _ => Err(unknown()),
        }
    }
}

/// As the setting has it.
impl fmt::Display for IdentitySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GitHub => f.write_str("github"),
            Self::Variable(name) => write!(f, "env:{name}"),
            Self::Systemd(name) => write!(f, "systemd:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_places_that_are_known() {
        let variable = |name: &str| Ok(IdentitySource::Variable(name.to_owned()));
        assert_eq!(IdentitySource::parse("github"), Ok(IdentitySource::GitHub));
        assert_eq!(IdentitySource::parse("gitlab"), variable("SIGSTORE_ID_TOKEN"));
        assert_eq!(IdentitySource::parse("gitlab:MY_TOKEN"), variable("MY_TOKEN"));
        assert_eq!(IdentitySource::parse("env:_x1"), variable("_x1"));
        assert_eq!(IdentitySource::parse("systemd:a.b-c"), Ok(IdentitySource::Systemd("a.b-c".to_owned())));
        for text in ["github", "env:X", "systemd:n"] {
            assert_eq!(IdentitySource::parse(text).unwrap().to_string(), text);
        }
    }

    #[test] // I03
    fn anything_else_is_refused() {
        for text in [
            "",
            "GitHub",
            "github:x",
            "gitlab:",
            "env",
            "env:",
            "env:1a",
            "env:A=B",
            "env:A B",
            "systemd",
            "systemd:",
            "systemd:..",
            "systemd:a/b",
            "systemd:../x",
            "systemd:a\\b",
            "jenkins",
            "file:/x",
        ] {
            assert!(matches!(IdentitySource::parse(text), Err(BadValue::IdentitySource(_))), "{text}");
        }
    }
}
