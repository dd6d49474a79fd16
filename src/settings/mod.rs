//! What holds for a run: options, environment and configuration file made into [`Settings`], each value with its
//! origin.
//!
//! | file | responsible for |
//! |---|---|
//! | `table` | the one table: key, option and variable of each setting |
//! | `value` | a value as written, and read for what it means |
//! | `profile`, `duration`, `identity` | three kinds of value |
//! | `file`, `edit` | `config.toml`: read with its lines (`file/reader`), changed in place |
//! | `select` | which file, which profile, and what else is no setting |
//! | `layers` | what options, environment and profile say, before anything is decided |
//! | `resolve` | the decision: option > environment > profile > default; pure |
//! | `save` | a login kept in the profile; `tok profile set` |
//! | `service` | the services that a profile answers for |
//! | `explain` | every value and its origin, for people |
//!
//! Only `file`, `edit` and `save` touch the disk, through `sys::files`. A secret is never a setting: a setting says
//! where one is read from, and [`SecretSource::Given`] is the one way in which a secret itself comes by here.

pub mod duration;
mod edit;
mod error;
mod explain;
pub mod file;
mod identity;
mod layers;
pub mod profile;
mod resolve;
mod save;
mod select;
pub mod service;
pub mod table;
#[cfg(test)]
mod tests;
pub mod value;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use duration::{BadDuration, parse_duration, show_duration};
pub use error::{Place, SettingsError};
pub use file::{ConfigError, ConfigFault, ConfigFile};
pub use identity::IdentitySource;
pub use profile::{BadProfileName, ProfileName};
pub use resolve::{Inputs, resolve};
pub use save::{Saved, profile_changes, save};
pub use select::{
    config_path, existing_profile, min_ttl, no_input, only_the_file_decides, profile_name, scope, selected_profile,
};
pub use service::{
    BIND_VARIABLE, BadService, Chosen, Narrowed, Narrowing, Scheme, Service, WhichToken, bound, choose, named_origin,
    services_of,
};
pub use table::{Key, UnknownKey};
pub use value::{BadValue, Value};

use crate::oauth::client::Has;
use crate::oauth::jwt::Algorithm;
use crate::oauth::{ClientAuthMethod, ClientId, Endpoint, Foreign, GrantChoice, GrantKind, Issuer, Scopes, TokenKind};
use crate::secret::Secret;
use crate::store::StoreKind;

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option, with its dashes.
    Option(&'static str),
    /// A variable.
    Environment(&'static str),
    /// A line of the configuration file, counted from 1.
    Profile {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// Nobody said anything.
    Default,
    /// A person, when asked.
    Prompt,
    /// An argument of the verb.
    Argument,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(name) | Self::Environment(name) => f.write_str(name),
            Self::Profile { file, line } => write!(f, "{}:{line}", file::shown(file)),
            Self::Default => f.write_str("default"),
            Self::Prompt => f.write_str("typed"),
            Self::Argument => f.write_str("argument"),
        }
    }
}

/// Where a secret is to be had.
#[derive(Debug)]
pub enum SecretSource {
    /// Here it is: from `TOK_PASSWORD`, `TOK_CLIENT_SECRET`, `TOK_PRIVATE_KEY` or `TOK_SUBJECT_TOKEN`. Not yet checked
    /// for line breaks and length.
    Given(Secret),
    /// In a file.
    File(PathBuf),
    /// From a shell command's output.
    Command(String),
    /// On standard input.
    Stdin,
}

/// One difference between what a profile says and what it would say after a login is saved, or after
/// `tok profile set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The setting.
    pub key: Key,
    /// What the profile says.
    pub old: Option<Value>,
    /// What it is to say; nothing to have the key removed.
    pub new: Option<Value>,
}

/// `client-id: "a" becomes "b"`
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), |value| format!("\"{}\"", Foreign::new(value.text())))
        };
        write!(f, "{}: {} becomes {}", self.key, shown(&self.old), shown(&self.new))
    }
}

/// What holds for a run.
#[derive(Debug)]
pub struct Settings {
    /// The profile; it need not exist.
    pub profile: Sourced<ProfileName>,
    /// Whether it is in the configuration file.
    pub profile_exists: bool,
    /// The configuration file; it need not exist.
    pub config_path: Option<PathBuf>,
    /// Who issues the tokens.
    pub issuer: Option<Sourced<Issuer>>,
    /// Where tokens are asked for, if it is not to be discovered.
    pub token_endpoint: Option<Sourced<Endpoint>>,
    /// Where tokens are revoked, if it is not to be discovered.
    pub revocation_endpoint: Option<Sourced<Endpoint>>,
    /// Where a device is authorized (RFC 8628), if it is not to be discovered.
    pub device_endpoint: Option<Sourced<Endpoint>>,
    /// Where a person is sent (RFC 6749 §3.1), if it is not to be discovered.
    pub authorization_endpoint: Option<Sourced<Endpoint>>,
    /// Where authorization requests are pushed (RFC 9126), if it is not to be discovered.
    pub par_endpoint: Option<Sourced<Endpoint>>,
    /// Where a token's state is asked for (RFC 7662), if it is not to be discovered.
    pub introspection_endpoint: Option<Sourced<Endpoint>>,
    /// Where the user's claims are asked for (OpenID Connect Core §5.3), if it is not to be discovered.
    pub userinfo_endpoint: Option<Sourced<Endpoint>>,
    /// What the server knows this client as.
    pub client_id: Option<Sourced<ClientId>>,
    /// How the client authenticates; see [`Settings::client_auth_method`] for what holds when nothing is set.
    pub client_auth: Option<Sourced<ClientAuthMethod>>,
    /// How a first token is got.
    pub grant: Sourced<GrantChoice>,
    /// Who logs in.
    pub username: Option<Sourced<String>>,
    /// Which of the server's known keys the private key is: `kid` (RFC 7515 §4.1.4).
    pub key_id: Option<Sourced<String>>,
    /// The algorithm that the private key signs with, where it can do several.
    pub signing_alg: Option<Sourced<Algorithm>>,
    /// Whom a client assertion is for: `token-endpoint`, `issuer`, or a text of its own.
    pub assertion_audience: Option<Sourced<String>>,
    /// The client's certificate chain, in PEM (RFC 8705).
    pub client_cert: Option<Sourced<PathBuf>>,
    /// The key of that certificate, in PEM.
    pub client_key: Option<Sourced<PathBuf>>,
    /// A place that a CI system gives its identity tokens in.
    pub subject_token_from: Option<Sourced<IdentitySource>>,
    /// What the subject token is (RFC 8693 §3).
    pub subject_token_type: Option<Sourced<TokenKind>>,
    /// What is wanted in exchange (RFC 8693 §3).
    pub requested_token_type: Option<Sourced<TokenKind>>,
    /// Where the browser comes back to (RFC 8252 §7.3).
    pub redirect_uri: Option<Sourced<Endpoint>>,
    /// Whether tokens are to be bound to a key (RFC 9449).
    pub dpop: Sourced<bool>,
    /// What is asked for; empty to leave it to the server.
    pub scopes: Sourced<Scopes>,
    /// Audiences asked for.
    pub audience: Sourced<Vec<String>>,
    /// Resources asked for (RFC 8707).
    pub resource: Sourced<Vec<String>>,
    /// Further parameters; none is reserved or repeated.
    pub extra: Sourced<Vec<(String, String)>>,
    /// Where this run keeps its session: nowhere with credentials from the environment, unless option or variable say
    /// otherwise.
    pub store: Sourced<StoreKind>,
    /// Where a login keeps its session, whatever credentials are in the environment.
    pub session_store: Sourced<StoreKind>,
    /// Certificates trusted besides the system's.
    pub ca_file: Option<Sourced<PathBuf>>,
    /// How long one exchange may take: more than zero, at most an hour.
    pub timeout: Sourced<Duration>,
    /// Where the password is to be had, if anywhere but from a person.
    pub password: Option<Sourced<SecretSource>>,
    /// Where the client secret is to be had, if there is one.
    pub client_secret: Option<Sourced<SecretSource>>,
    /// Where the private key of the client's assertions is to be had, if there is one.
    pub private_key: Option<Sourced<SecretSource>>,
    /// Where the token is to be had that is exchanged or asserted.
    pub subject_token: Option<Sourced<SecretSource>>,
    /// Resources of the profile's services whose tokens are had by a refresh.
    pub resources_of_services: Vec<String>,
    /// What the token is asked for, if it is for one service alone.
    pub narrowing: Option<Narrowed>,
    /// What a person should be told: variables that are not used.
    pub notes: Vec<String>,
    /// Whether the environment holds a secret and nothing is missing for a login with it: such a run needs no session
    /// and keeps none.
    pub environment_credentials: bool,
    /// Whether the file alone decided: no option and no variable of ours.
    pub decided_by_file: bool,
    /// What saving this login would change in the profile.
    pub changes: Vec<Change>,
}

impl Settings {
    /// Whether a secret comes from a command, which may have a person type it.
    #[must_use]
    pub fn secrets_by_command(&self) -> bool {
        let sources = [&self.password, &self.client_secret, &self.private_key, &self.subject_token];
        sources.into_iter().flatten().any(|source| matches!(source.value, SecretSource::Command(_)))
    }

    /// How the client authenticates: as was said, else by what it has.
    #[must_use]
    pub fn client_auth_method(&self) -> ClientAuthMethod {
        self.client_auth.as_ref().map_or_else(|| self.usual_client_auth(false), |method| method.value)
    }

    /// How the client authenticates where nothing is said of it, by what it has; `kept` is whether a secret was typed.
    #[must_use]
    pub fn usual_client_auth(&self, kept: bool) -> ClientAuthMethod {
        ClientAuthMethod::usual(Has {
            secret: kept || self.client_secret.is_some(),
            key: self.private_key.is_some(),
            certificate: self.client_cert.is_some(),
        })
    }

    /// Whether nothing says how the client proves itself, not even that it does not.
    #[must_use]
    pub fn lacks_client_proof(&self) -> bool {
        let named = self.client_auth.is_some() || self.client_secret.is_some();
        !named && self.private_key.is_none() && self.client_cert.is_none()
    }

    /// The grants that the settings allow and whose secret the environment holds; with `auto` there may be several.
    fn grants_of_environment(&self) -> impl Iterator<Item = GrantKind> {
        let of_environment = |source: &Option<Sourced<SecretSource>>| {
            source.as_ref().is_some_and(|source| matches!(source.origin, Origin::Environment(_)))
        };
        let from = self.subject_token_from.as_ref();
        let subject = of_environment(&self.subject_token)
            || from.is_some_and(|from| matches!(from.origin, Origin::Environment(_)));
        let client = of_environment(&self.client_secret) || of_environment(&self.private_key);
        let password = of_environment(&self.password);
        GrantKind::ALL.into_iter().filter(move |grant| {
            let holds = match grant {
                GrantKind::Password => password,
                GrantKind::ClientCredentials => client,
                GrantKind::TokenExchange | GrantKind::JwtBearer => subject,
                GrantKind::Device | GrantKind::Browser => false,
            };
            holds && self.grant.value.named().is_none_or(|named| named == *grant)
        })
    }

    /// What is missing for a login from the environment, where the environment holds the secret of one: the issuer (or
    /// token endpoint), the client, and the user of a password. Empty where nothing is missing and where there is no such
    /// secret.
    #[must_use]
    pub fn environment_lacks(&self) -> Vec<Key> {
        // With several grants the one that lacks least counts.
        let lacks = self.grants_of_environment().map(|grant| self.lacks(grant));
        lacks.min_by_key(Vec::len).unwrap_or_default()
    }

    fn lacks(&self, grant: GrantKind) -> Vec<Key> {
        let server = self.issuer.is_some() || self.token_endpoint.is_some();
        let needed = [
            (Key::Issuer, server),
            (Key::ClientId, self.client_id.is_some()),
            (Key::Username, self.username.is_some() || grant != GrantKind::Password),
        ];
        needed.into_iter().filter(|(_, there)| !there).map(|(key, _)| key).collect()
    }

    /// Whether the environment holds the secret of a login and nothing is missing for it. That the secret comes from the
    /// environment is what makes the difference: one that a profile leads to belongs to a login that keeps a session.
    fn is_complete_in_environment(&self) -> bool {
        self.grants_of_environment().any(|grant| self.lacks(grant).is_empty())
    }

    /// Takes the user's name that a person typed; it is saved with the login.
    pub fn answer_username(&mut self, username: String) {
        self.changes.retain(|change| change.key != Key::Username);
        self.changes.push(Change { key: Key::Username, old: None, new: Some(Value::Text(username.clone())) });
        self.username = Some(Sourced { value: username, origin: Origin::Prompt });
    }

    /// The changes that would give an existing profile another server or client: not to be made without asking.
    #[must_use]
    pub fn rebinding(&self) -> Vec<&Change> {
        let of_server = |change: &&Change| matches!(change.key, Key::Issuer | Key::TokenEndpoint);
        let had_server = self.changes.iter().filter(of_server).any(|change| change.old.is_some());
        let rebinds = |change: &&Change| match change.key {
            Key::Issuer | Key::TokenEndpoint => had_server,
            Key::ClientId => change.old.is_some(),
            _ => false,
        };
        self.changes.iter().filter(rebinds).collect()
    }
}
