//! The one table of settings: what each is called as a key of `config.toml`, as an option and as a variable.
//!
//! A setting that is added here is known to the configuration file, to the environment and to `tok profile set`; a
//! test proves that the command line has its option.

use std::fmt;

use crate::oauth::Foreign;

/// How a setting is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// One text that is a duration.
    Duration,
    /// A text or a list of texts; the variable has spaces between them.
    List,
    /// A table of texts; the variable is written as a URL's query is.
    Pairs,
    /// Yes or no: in the configuration file a boolean, as an option one that may stand alone.
    Switch,
    /// A path; a relative one in the configuration file starts at that file's folder.
    Path,
}

impl Kind {
    /// What the configuration file should hold, to follow "expected".
    #[must_use]
    pub const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Duration => "a duration as a text, such as \"30s\"",
            Self::List => "a text or a list of texts",
            Self::Pairs => "a table of texts",
            Self::Path => "a path as a text",
            Self::Switch => "true or false",
        }
    }
}

/// One setting's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Key in a profile of `config.toml`.
    pub name: &'static str,
    /// Option with its dashes.
    pub option: &'static str,
    /// Environment variable.
    pub variable: &'static str,
    /// How it is written.
    pub kind: Kind,
}

/// Makes [`Key`] and its rows from the table.
macro_rules! table {
    ($($key:ident $name:literal $option:literal $variable:literal $kind:ident)*) => {
        /// A setting, by its row in the table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key {
            $(#[doc = concat!("`", $name, "`")] $key,)*
        }

        impl Key {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$key),*];

            /// The setting's row.
            #[must_use]
            pub const fn row(self) -> Row {
                match self {
                    $(Self::$key => Row {
                        name: $name,
                        option: $option,
                        variable: $variable,
                        kind: Kind::$kind,
                    },)*
                }
            }
        }
    };
}

table! {
    Issuer              "issuer"                "--issuer"                "TOK_ISSUER"                Text
    TokenEndpoint       "token-endpoint"        "--token-endpoint"        "TOK_TOKEN_ENDPOINT"        Text
    RevocationEndpoint  "revocation-endpoint"   "--revocation-endpoint"   "TOK_REVOCATION_ENDPOINT"   Text
    DeviceEndpoint      "device-endpoint"       "--device-endpoint"       "TOK_DEVICE_ENDPOINT"       Text
    AuthorizationEndpoint "authorization-endpoint" "--authorization-endpoint" "TOK_AUTHORIZATION_ENDPOINT" Text
    ParEndpoint         "par-endpoint"          "--par-endpoint"          "TOK_PAR_ENDPOINT"          Text
    IntrospectionEndpoint "introspection-endpoint" "--introspection-endpoint" "TOK_INTROSPECTION_ENDPOINT" Text
    UserinfoEndpoint    "userinfo-endpoint"     "--userinfo-endpoint"     "TOK_USERINFO_ENDPOINT"     Text
    ClientId            "client-id"             "--client-id"             "TOK_CLIENT_ID"             Text
    ClientAuth          "client-auth"           "--client-auth"           "TOK_CLIENT_AUTH"           Text
    Grant               "grant"                 "--grant"                 "TOK_GRANT"                 Text
    Username            "username"              "--username"              "TOK_USERNAME"              Text
    PasswordFile        "password-file"         "--password-file"         "TOK_PASSWORD_FILE"         Path
    PasswordCommand     "password-command"      "--password-command"      "TOK_PASSWORD_COMMAND"      Text
    ClientSecretFile    "client-secret-file"    "--client-secret-file"    "TOK_CLIENT_SECRET_FILE"    Path
    ClientSecretCommand "client-secret-command" "--client-secret-command" "TOK_CLIENT_SECRET_COMMAND" Text
    PrivateKeyFile      "private-key-file"      "--private-key-file"      "TOK_PRIVATE_KEY_FILE"      Path
    PrivateKeyCommand   "private-key-command"   "--private-key-command"   "TOK_PRIVATE_KEY_COMMAND"   Text
    KeyId               "key-id"                "--key-id"                "TOK_KEY_ID"                Text
    SigningAlg          "signing-alg"           "--signing-alg"           "TOK_SIGNING_ALG"           Text
    AssertionAudience   "assertion-audience"    "--assertion-audience"    "TOK_ASSERTION_AUDIENCE"    Text
    ClientCert          "client-cert"           "--client-cert"           "TOK_CLIENT_CERT"           Path
    ClientKey           "client-key"            "--client-key"            "TOK_CLIENT_KEY"            Path
    SubjectTokenFile    "subject-token-file"    "--subject-token-file"    "TOK_SUBJECT_TOKEN_FILE"    Path
    SubjectTokenCommand "subject-token-command" "--subject-token-command" "TOK_SUBJECT_TOKEN_COMMAND" Text
    SubjectTokenFrom    "subject-token-from"    "--subject-token-from"    "TOK_SUBJECT_TOKEN_FROM"    Text
    SubjectTokenType    "subject-token-type"    "--subject-token-type"    "TOK_SUBJECT_TOKEN_TYPE"    Text
    RequestedTokenType  "requested-token-type"  "--requested-token-type"  "TOK_REQUESTED_TOKEN_TYPE"  Text
    RedirectUri         "redirect-uri"          "--redirect-uri"          "TOK_REDIRECT_URI"          Text
    Dpop                "dpop"                  "--dpop"                  "TOK_DPOP"                  Switch
    Scopes              "scopes"                "--scope"                 "TOK_SCOPE"                 List
    Audience            "audience"              "--audience"              "TOK_AUDIENCE"              List
    Resource            "resource"              "--resource"              "TOK_RESOURCE"              List
    Extra               "extra"                 "--extra"                 "TOK_EXTRA"                 Pairs
    Store               "store"                 "--store"                 "TOK_STORE"                 Text
    CaFile              "ca-file"               "--ca-file"               "TOK_CA_FILE"               Path
    Timeout             "timeout"               "--timeout"               "TOK_TIMEOUT"               Duration
}

/// The key that names the default profile; it stands outside the profiles.
pub const DEFAULT_PROFILE: &str = "default-profile";

/// The table that holds the profiles.
pub const PROFILES: &str = "profiles";

/// Names that people would give a secret in the clear. None of them is a key: a secret is never in the file.
const SECRET_NAMES: [&str; 6] =
    ["password", "client-secret", "private-key", "subject-token", "refresh-token", "access-token"];

impl Key {
    /// The setting with this key.
    ///
    /// # Errors
    /// [`UnknownKey`]
    pub fn find(name: &str) -> Result<Self, UnknownKey> {
        Self::ALL.iter().copied().find(|key| key.row().name == name).ok_or_else(|| UnknownKey::new(name))
    }

    /// Whether the setting says where a secret is read from.
    #[must_use]
    pub fn leads_to_a_secret(self) -> bool {
        matches!(
            self,
            Self::PasswordFile
                | Self::PasswordCommand
                | Self::ClientSecretFile
                | Self::ClientSecretCommand
                | Self::PrivateKeyFile
                | Self::PrivateKeyCommand
                | Self::ClientKey
                | Self::SubjectTokenFile
                | Self::SubjectTokenCommand
                | Self::SubjectTokenFrom
        )
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().name)
    }
}

/// A name that is no [`Key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// The name.
    pub given: Foreign,
    /// The keys that look most like it, best first.
    pub nearest: Vec<String>,
}

impl UnknownKey {
    fn new(name: &str) -> Self {
        let plain = name.replace('_', "-").to_ascii_lowercase();
        let nearest = match SECRET_NAMES.iter().find(|secret| **secret == plain) {
            Some(secret) => vec![format!("{secret}-file"), format!("{secret}-command")],
            None => nearest(&plain, Self::known()),
        };
        let is_key = |name: &String| Key::ALL.iter().any(|key| key.row().name == name);
        Self { given: Foreign::new(name), nearest: nearest.into_iter().filter(is_key).collect() }
    }

    fn known() -> impl Iterator<Item = &'static str> {
        Key::ALL.iter().map(|key| key.row().name)
    }
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown key \"{}\": expected ", self.given)?;
        if self.nearest.is_empty() {
            write!(f, "one of {}", Self::known().collect::<Vec<_>>().join(", "))
        } else {
            f.write_str(&self.nearest.join(" or "))
        }
    }
}

impl std::error::Error for UnknownKey {}

/// The names that look most like the one given: those with the fewest slips, at most three; none that is too far off
/// to be meant.
pub(super) fn nearest<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let far = 1 + given.chars().count() / 4;
    let near: Vec<_> = names.into_iter().map(|name| (strsim::osa_distance(given, name), name)).collect();
    let best = near.iter().map(|(slips, _)| *slips).min().filter(|slips| *slips <= far);
    near.into_iter().filter(|(slips, _)| Some(*slips) == best).take(3).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;
    use crate::oauth::jwt::Algorithm;
    use crate::oauth::{ClientAuthMethod, GrantChoice};
    use crate::store::StoreKind;
    use crate::sys::environment::SECRET_VARIABLES;

    /// The verbs that take settings.
    const VERBS: [&str; 5] = ["login", "token", "refresh", "show", "logout"];

    #[test]
    fn every_row_is_an_option_of_every_verb_that_takes_settings() {
        let command = Cli::command();
        for name in VERBS {
            let verb = command.find_subcommand(name).unwrap();
            let settings = verb.get_arguments().filter(|arg| arg.get_help_heading() == Some("Settings"));
            let options: BTreeSet<_> = settings.map(|arg| format!("--{}", arg.get_long().unwrap())).collect();
            let rows: BTreeSet<_> = Key::ALL.iter().map(|key| key.row().option.to_owned()).collect();
            assert_eq!(options, rows, "{name}");
        }
    }

    #[test]
    fn the_help_of_each_option_names_key_and_variable() {
        let command = Cli::command();
        let login = command.find_subcommand("login").unwrap();
        for key in Key::ALL {
            let row = key.row();
            let arg = login.get_arguments().find(|arg| arg.get_long() == row.option.strip_prefix("--")).unwrap();
            let help = arg.get_long_help().unwrap().to_string();
            assert!(help.contains(&format!("Key {}, variable {}", row.name, row.variable)), "{key}: {help}");
            let takes_bytes = arg.get_value_parser().type_id() == clap::value_parser!(std::path::PathBuf).type_id();
            assert_eq!(takes_bytes, row.kind == Kind::Path, "{key}");
            let repeats = matches!(arg.get_action(), clap::ArgAction::Append);
            assert_eq!(repeats, matches!(row.kind, Kind::List | Kind::Pairs), "{key}");
        }
    }

    #[test]
    fn the_names_in_the_help_are_those_that_are_known() {
        let command = Cli::command();
        let login = command.find_subcommand("login").unwrap();
        let offered = |option: &str| -> Vec<String> {
            let arg = login.get_arguments().find(|arg| arg.get_long() == Some(option)).unwrap();
            arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect()
        };
        assert_eq!(offered("client-auth"), ClientAuthMethod::ALL.map(ClientAuthMethod::name));
        assert_eq!(offered("grant"), GrantChoice::names().collect::<Vec<_>>());
        assert_eq!(offered("signing-alg"), Algorithm::ALL.map(Algorithm::name));
        assert_eq!(offered("store"), StoreKind::ALL.map(StoreKind::name));
    }

    #[test]
    fn names_are_regular_and_unique() {
        let mut seen = BTreeSet::new();
        for key in Key::ALL {
            let row = key.row();
            assert_eq!(row.variable, format!("TOK_{}", row.option[2..].to_uppercase().replace('-', "_")));
            assert!(row.name == &row.option[2..] || *key == Key::Scopes, "{key}");
            assert!(seen.insert(row.name) && seen.insert(row.option) && seen.insert(row.variable), "{key}");
            assert_eq!(Key::find(row.name), Ok(*key));
        }
    }

    #[test] // M04
    fn no_row_holds_a_secret() {
        for key in Key::ALL {
            let row = key.row();
            assert!(!SECRET_VARIABLES.contains(&row.variable) && !SECRET_NAMES.contains(&row.name), "{key}");
            let about_secrets =
                ["password", "secret", "private-key", "client-key", "subject-token-f", "subject-token-c"]
                    .iter()
                    .any(|part| row.name.contains(part));
            assert_eq!(about_secrets, key.leads_to_a_secret(), "{key}");
        }
    }

    #[test]
    fn an_unknown_key_names_what_was_meant() {
        for (given, nearest) in [
            ("isuer", vec!["issuer"]),
            ("client_id", vec!["client-id"]),
            ("Client-ID", vec!["client-id"]),
            ("scope", vec!["scopes"]),
            ("password", vec!["password-file", "password-command"]),
            ("client_secret", vec!["client-secret-file", "client-secret-command"]),
            ("refresh-token", vec![]),
            ("zzz", vec![]),
        ] {
            assert_eq!(Key::find(given).unwrap_err().nearest, nearest, "{given}");
        }
        assert_eq!(Key::find("isuer").unwrap_err().to_string(), "unknown key \"isuer\": expected issuer");
        let all = Key::find("z\n").unwrap_err().to_string();
        assert!(all.starts_with("unknown key \"z\\u{a}\": expected one of issuer, token-endpoint,"), "{all}");
    }
}
