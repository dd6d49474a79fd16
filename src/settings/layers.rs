//! What options, environment and profile say, side by side, before anything is decided.

use std::path::Path;

use super::error::{Place, SettingsError};
use super::file::ConfigFile;
use super::profile::ProfileName;
use super::table::{Key, Kind};
use super::value::{self, BadValue, Value};
use super::{Change, Origin, SecretSource, Sourced};
use crate::cli::SettingArgs;
use crate::secret::Secret;
use crate::sys::environment::{Environment, SECRET_VARIABLES};

/// The keys that say who the server is.
const SERVER: [Key; 2] = [Key::Issuer, Key::TokenEndpoint];

/// The keys that mean nothing at another server.
const OF_SERVER: [Key; 8] = [
    Key::Issuer,
    Key::TokenEndpoint,
    Key::RevocationEndpoint,
    Key::DeviceEndpoint,
    Key::AuthorizationEndpoint,
    Key::ParEndpoint,
    Key::IntrospectionEndpoint,
    Key::UserinfoEndpoint,
];

/// The keys that say where one secret is read from.
pub(super) struct SecretKeys {
    file: Key,
    command: Key,
    variable: &'static str,
}

pub(super) const PASSWORD: SecretKeys =
    SecretKeys { file: Key::PasswordFile, command: Key::PasswordCommand, variable: "TOK_PASSWORD" };
pub(super) const CLIENT_SECRET: SecretKeys =
    SecretKeys { file: Key::ClientSecretFile, command: Key::ClientSecretCommand, variable: "TOK_CLIENT_SECRET" };

pub(super) const PRIVATE_KEY: SecretKeys =
    SecretKeys { file: Key::PrivateKeyFile, command: Key::PrivateKeyCommand, variable: "TOK_PRIVATE_KEY" };
pub(super) const SUBJECT_TOKEN: SecretKeys =
    SecretKeys { file: Key::SubjectTokenFile, command: Key::SubjectTokenCommand, variable: "TOK_SUBJECT_TOKEN" };

impl SecretKeys {
    /// The keys of which only one leads to the secret.
    fn ways(&self) -> Vec<Key> {
        let more = if self.file == Key::SubjectTokenFile { Some(Key::SubjectTokenFrom) } else { None };
        [self.file, self.command].into_iter().chain(more).collect()
    }
}

/// The secrets that a setting can lead to.
const SECRETS: [SecretKeys; 4] = [PASSWORD, CLIENT_SECRET, PRIVATE_KEY, SUBJECT_TOKEN];

/// What was said in one place, each key once.
#[derive(Default)]
struct Layer(Vec<(Key, Sourced<Value>)>);

impl Layer {
    fn get(&self, key: Key) -> Option<&Sourced<Value>> {
        self.0.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }
}

/// The three places, nearest first.
pub(super) struct Layers {
    options: Layer,
    environment: Layer,
    profile: Layer,
    /// Whether the options name another server than the profile does.
    other_server: bool,
}

impl Layers {
    /// Collects what was said. With `secrets` false nothing that leads to a secret is taken from the environment.
    pub(super) fn collect(
        options: Option<&SettingArgs>,
        environment: &Environment,
        secrets: bool,
        file: &ConfigFile,
        profile: &ProfileName,
    ) -> Result<Self, SettingsError> {
        let mut layers = Self {
            options: options.map(from_options).transpose()?.unwrap_or_default(),
            environment: from_environment(environment, secrets)?,
            profile: from_profile(file, profile),
            other_server: false,
        };
        layers.keep_servers_apart();
        Ok(layers)
    }

    /// Where one place names an issuer or a token endpoint, the places below it are heard about the server only if
    /// they name the same: what is meant for one server must not reach the endpoints of another.
    fn keep_servers_apart(&mut self) {
        if !same_server(&[&self.options], &self.environment) {
            self.environment.0.retain(|(key, _)| !OF_SERVER.contains(key));
        }
        self.other_server = !same_server(&[&self.options], &self.profile);
        if !same_server(&[&self.options, &self.environment], &self.profile) {
            self.profile.0.retain(|(key, _)| !OF_SERVER.contains(key));
        }
    }

    /// What holds for a key: option > environment > profile.
    fn get(&self, key: Key) -> Option<&Sourced<Value>> {
        self.options.get(key).or_else(|| self.environment.get(key)).or_else(|| self.profile.get(key))
    }

    /// What holds for a key, read for what it means.
    pub(super) fn read<T>(
        &self,
        key: Key,
        read: fn(&Value) -> Result<T, BadValue>,
    ) -> Result<Option<Sourced<T>>, SettingsError> {
        self.get(key).map(|found| meaning(key, found, read)).transpose()
    }

    /// The same without the profile.
    pub(super) fn read_above_profile<T>(
        &self,
        key: Key,
        read: fn(&Value) -> Result<T, BadValue>,
    ) -> Result<Option<Sourced<T>>, SettingsError> {
        let found = self.options.get(key).or_else(|| self.environment.get(key));
        found.map(|found| meaning(key, found, read)).transpose()
    }

    /// Where a secret is to be had. File, command, standard input and variable are one setting: the nearest place
    /// that names any of them decides, and it may name one only.
    pub(super) fn secret(
        &self,
        keys: &SecretKeys,
        stdin: Option<&'static str>,
        given: Option<Secret>,
    ) -> Result<Option<Sourced<SecretSource>>, SettingsError> {
        let stdin = stdin.map(|option| Sourced { value: SecretSource::Stdin, origin: Origin::Option(option) });
        let given = given
            .map(|secret| Sourced { value: SecretSource::Given(secret), origin: Origin::Environment(keys.variable) });
        for (layer, more) in [(&self.options, stdin), (&self.environment, given), (&self.profile, None)] {
            let file = layer.get(keys.file).map(|found| meaning(keys.file, found, value::path)).transpose()?;
            let file = file.map(|found| found.map(SecretSource::File));
            let command =
                layer.get(keys.command).map(|found| meaning(keys.command, found, value::command)).transpose()?;
            let command = command.map(|found| found.map(SecretSource::Command));
            let named = [(None, more), (Some(keys.file), file), (Some(keys.command), command)];
            let mut named = named.into_iter().filter_map(|(key, source)| Some((key, source?)));
            if let Some((first_key, first)) = named.next() {
                return match named.next() {
                    None => Ok(Some(first)),
                    Some((second_key, second)) => Err(SettingsError::TwoSources {
                        first: Place::new(&first.origin, first_key),
                        second: Place::new(&second.origin, second_key),
                    }),
                };
            }
        }
        Ok(None)
    }

    /// What a profile must be told so that it says by itself what the options say now.
    pub(super) fn changes(&self, file: &ConfigFile, profile: &ProfileName) -> Vec<Change> {
        let change = |key: &Key| {
            let key = *key;
            let old = file.get(profile, key).map(|(value, _)| value.clone());
            let new = self.options.get(key).map(|found| found.value.clone()).filter(|value| !is_passing(value));
            match (&old, &new) {
                (_, Some(_)) if old != new => Some(Change { key, old, new }),
                (Some(_), None) if self.replaces(key) => Some(Change { key, old, new }),
                _ => None,
            }
        };
        Key::ALL.iter().filter_map(change).collect()
    }

    /// Whether the options leave no room for what the profile says about a key: another server, or the other way to
    /// the same secret.
    fn replaces(&self, key: Key) -> bool {
        let given = |key: Key| self.options.get(key).is_some();
        let rival = SECRETS.iter().any(|keys| {
            let ways = keys.ways();
            ways.contains(&key) && ways.iter().any(|way| *way != key && given(*way))
        });
        self.other_server && OF_SERVER.contains(&key) || rival
    }
}

/// Whether a path is that of a descriptor, `<(...)` for one: it is gone with this process.
fn is_passing(value: &Value) -> bool {
    matches!(value, Value::Path(path) if path.starts_with("/dev") || path.starts_with("/proc"))
}

impl<T> Sourced<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Sourced<U> {
        Sourced { value: change(self.value), origin: self.origin }
    }
}

fn meaning<T>(
    key: Key,
    found: &Sourced<Value>,
    read: fn(&Value) -> Result<T, BadValue>,
) -> Result<Sourced<T>, SettingsError> {
    let origin = found.origin.clone();
    match read(&found.value) {
        Ok(value) => Ok(Sourced { value, origin }),
        Err(why) => Err(SettingsError::BadValue { origin, key, why }),
    }
}

/// Whether every word above on who the server is stands below too.
fn same_server(above: &[&Layer], below: &Layer) -> bool {
    SERVER.iter().all(|key| {
        let said = above.iter().find_map(|layer| layer.get(*key));
        said.is_none_or(|said| below.get(*key).is_some_and(|other| other.value == said.value))
    })
}

fn from_options(options: &SettingArgs) -> Result<Layer, SettingsError> {
    let mut layer = Layer::default();
    for key in Key::ALL {
        let origin = Origin::Option(key.row().option);
        match option(options, *key) {
            None => {}
            Some(Ok(value)) => layer.0.push((*key, Sourced { value, origin })),
            Some(Err(why)) => return Err(SettingsError::BadValue { origin, key: *key, why }),
        }
    }
    Ok(layer)
}

/// The option of a key, if it was given.
fn option(options: &SettingArgs, key: Key) -> Option<Result<Value, BadValue>> {
    let text = |text: &Option<String>| text.clone().map(Value::Text).map(Ok);
    let path = |path: &Option<std::path::PathBuf>| path.clone().map(Value::Path).map(Ok);
    let texts = |texts: &[String]| if texts.is_empty() { None } else { Some(Value::from_texts(key, texts)) };
    match key {
        Key::Issuer => text(&options.issuer),
        Key::TokenEndpoint => text(&options.token_endpoint),
        Key::RevocationEndpoint => text(&options.revocation_endpoint),
        Key::DeviceEndpoint => text(&options.device_endpoint),
        Key::AuthorizationEndpoint => text(&options.authorization_endpoint),
        Key::ParEndpoint => text(&options.par_endpoint),
        Key::IntrospectionEndpoint => text(&options.introspection_endpoint),
        Key::UserinfoEndpoint => text(&options.userinfo_endpoint),
        Key::ClientId => text(&options.client_id),
        Key::ClientAuth => text(&options.client_auth),
        Key::Grant => text(&options.grant),
        Key::Username => text(&options.username),
        Key::PasswordFile => path(&options.password_file),
        Key::PasswordCommand => text(&options.password_command),
        Key::ClientSecretFile => path(&options.client_secret_file),
        Key::ClientSecretCommand => text(&options.client_secret_command),
        Key::PrivateKeyFile => path(&options.private_key_file),
        Key::PrivateKeyCommand => text(&options.private_key_command),
        Key::KeyId => text(&options.key_id),
        Key::SigningAlg => text(&options.signing_alg),
        Key::AssertionAudience => text(&options.assertion_audience),
        Key::ClientCert => path(&options.client_cert),
        Key::ClientKey => path(&options.client_key),
        Key::SubjectTokenFile => path(&options.subject_token_file),
        Key::SubjectTokenCommand => text(&options.subject_token_command),
        Key::SubjectTokenFrom => text(&options.subject_token_from),
        Key::SubjectTokenType => text(&options.subject_token_type),
        Key::RequestedTokenType => text(&options.requested_token_type),
        Key::RedirectUri => text(&options.redirect_uri),
        Key::Dpop => options.dpop.clone().map(|text| Value::from_texts(key, &[text])),
        Key::Scopes => texts(&options.scope),
        Key::Audience => texts(&options.audience),
        Key::Resource => texts(&options.resource),
        Key::Extra => texts(&options.extra),
        Key::Store => text(&options.store),
        Key::CaFile => path(&options.ca_file),
        Key::Timeout => text(&options.timeout),
    }
}

/// The variables. One that is empty counts as not set, except where it leads to a secret: then something failed to
/// provide it.
fn from_environment(environment: &Environment, secrets: bool) -> Result<Layer, SettingsError> {
    let mut layer = Layer::default();
    for key in Key::ALL.iter().copied().filter(|key| secrets || !key.leads_to_a_secret()) {
        let variable = key.row().variable;
        let origin = Origin::Environment(variable);
        let value = match key.row().kind {
            Kind::Path => environment.path(variable).map(Value::Path).map(Ok),
            _ => match environment.text(variable)? {
                None | Some("") => None,
                Some(text) => Some(Value::from_one_text(key, text)),
            },
        };
        match value {
            Some(Ok(value)) => layer.0.push((key, Sourced { value, origin })),
            Some(Err(why)) => return Err(SettingsError::BadValue { origin, key, why }),
            None if key.leads_to_a_secret() && environment.is_set(variable) => {
                return Err(SettingsError::EmptyVariable(variable));
            }
            None => {}
        }
    }
    Ok(layer)
}

/// The variable that holds a secret itself.
pub(super) fn secret_variable(environment: &Environment, keys: &SecretKeys) -> Result<Option<Secret>, SettingsError> {
    match environment.secret(keys.variable)? {
        Some(secret) if secret.is_empty() => Err(SettingsError::EmptyVariable(keys.variable)),
        secret => Ok(secret),
    }
}

/// The variables that lead to a secret and are set.
pub(super) fn secret_variables_set(environment: &Environment) -> Vec<&'static str> {
    let variables = Key::ALL.iter().filter(|key| key.leads_to_a_secret()).map(|key| key.row().variable);
    SECRET_VARIABLES.into_iter().chain(variables).filter(|name| environment.is_set(name)).collect()
}

/// The profile's values; a relative path starts at the file's folder.
fn from_profile(file: &ConfigFile, profile: &ProfileName) -> Layer {
    let path = file.path().unwrap_or(Path::new(""));
    let folder = path.parent().unwrap_or(Path::new(""));
    let found = |key: &Key| {
        let (value, line) = file.get(profile, *key)?;
        let origin = Origin::Profile { file: path.to_owned(), line };
        Some((*key, Sourced { value: value.clone().starting_at(folder), origin }))
    };
    Layer(Key::ALL.iter().filter_map(found).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // M05
    fn the_variables_that_hold_secrets_are_those_kept_apart() {
        assert_eq!(SECRETS.map(|keys| keys.variable), SECRET_VARIABLES);
    }
}
