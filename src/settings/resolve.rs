//! The decision: option > environment > profile > default. Pure: no clock, no disk, nothing but its inputs.

use std::cmp::Ordering;
use std::time::Duration;

use super::error::{Place, SettingsError};
use super::file::ConfigFile;
use super::layers::{
    CLIENT_SECRET, Layers, PASSWORD, PRIVATE_KEY, SUBJECT_TOKEN, secret_variable, secret_variables_set,
};
use super::select::{self, Selected};
use super::service;
use super::table::Key;
use super::value;
use super::{Origin, ProfileName, SecretSource, Settings, Sourced};
use crate::cli::SettingArgs;
use crate::oauth::{Foreign, GrantChoice, GrantKind, Scopes};
use crate::store::StoreKind;
use crate::sys::environment::Environment;

/// The timeout where none is set (T05).
const TIMEOUT: Duration = Duration::from_secs(30);

/// What settings are made of.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The options, where the verb has any.
    pub options: Option<&'a SettingArgs>,
    /// `-p`, or the profile that a verb names.
    pub profile: Option<&'a str>,
    /// `--password-stdin`.
    pub password_stdin: bool,
    /// The variables.
    pub environment: &'a Environment,
    /// The configuration file.
    pub file: &'a ConfigFile,
    /// Whether the verb makes a profile that does not exist; only `login` does.
    pub may_create: bool,
}

/// Decides what holds for a run.
///
/// # Errors
/// [`SettingsError`]; it names option, variable or line.
pub fn resolve(inputs: &Inputs<'_>) -> Result<Settings, SettingsError> {
    let Selected { profile, secrets_belong_to } = select::profile(inputs.profile, inputs.environment, inputs.file)?;
    let (environment, use_secrets) = (inputs.environment, secrets_belong_to.is_none());
    let layers = Layers::collect(inputs.options, environment, use_secrets, inputs.file, &profile.value)?;
    let given = |keys| if use_secrets { secret_variable(environment, keys) } else { Ok(None) };
    let stdin = inputs.password_stdin.then_some("--password-stdin");
    let session_store = or_default(layers.read(Key::Store, value::store)?, StoreKind::Keyring);
    let mut settings = Settings {
        issuer: layers.read(Key::Issuer, value::issuer)?,
        token_endpoint: layers.read(Key::TokenEndpoint, value::endpoint)?,
        revocation_endpoint: layers.read(Key::RevocationEndpoint, value::endpoint)?,
        device_endpoint: layers.read(Key::DeviceEndpoint, value::endpoint)?,
        authorization_endpoint: layers.read(Key::AuthorizationEndpoint, value::endpoint)?,
        par_endpoint: layers.read(Key::ParEndpoint, value::endpoint)?,
        introspection_endpoint: layers.read(Key::IntrospectionEndpoint, value::endpoint)?,
        userinfo_endpoint: layers.read(Key::UserinfoEndpoint, value::endpoint)?,
        client_id: layers.read(Key::ClientId, value::client_id)?,
        client_auth: layers.read(Key::ClientAuth, value::client_auth)?,
        grant: or_default(layers.read(Key::Grant, value::grant)?, GrantChoice::This(GrantKind::Password)),
        username: layers.read(Key::Username, value::line)?,
        key_id: layers.read(Key::KeyId, value::line)?,
        signing_alg: layers.read(Key::SigningAlg, value::algorithm)?,
        assertion_audience: layers.read(Key::AssertionAudience, value::line)?,
        client_cert: layers.read(Key::ClientCert, value::path)?,
        client_key: layers.read(Key::ClientKey, value::path)?,
        subject_token_from: layers.read(Key::SubjectTokenFrom, value::identity_source)?,
        subject_token_type: layers.read(Key::SubjectTokenType, value::token_kind)?,
        requested_token_type: layers.read(Key::RequestedTokenType, value::token_kind)?,
        redirect_uri: layers.read(Key::RedirectUri, value::endpoint)?,
        dpop: or_default(layers.read(Key::Dpop, value::switch)?, false),
        scopes: or_default(layers.read(Key::Scopes, value::scopes)?, Scopes::default()),
        audience: or_default(layers.read(Key::Audience, value::list)?, Vec::new()),
        resource: or_default(layers.read(Key::Resource, value::list)?, Vec::new()),
        extra: or_default(layers.read(Key::Extra, value::extra)?, Vec::new()),
        store: session_store.clone(),
        session_store,
        ca_file: layers.read(Key::CaFile, value::path)?,
        timeout: or_default(layers.read(Key::Timeout, value::timeout)?, TIMEOUT),
        password: layers.secret(&PASSWORD, stdin, given(&PASSWORD)?)?,
        client_secret: layers.secret(&CLIENT_SECRET, None, given(&CLIENT_SECRET)?)?,
        private_key: layers.secret(&PRIVATE_KEY, None, given(&PRIVATE_KEY)?)?,
        subject_token: layers.secret(&SUBJECT_TOKEN, None, given(&SUBJECT_TOKEN)?)?,
        notes: secrets_belong_to
            .and_then(|owner| unused_secrets(environment, &owner, &profile.value))
            .into_iter()
            .collect(),
        resources_of_services: service::resources(inputs.file.services(&profile.value)),
        narrowing: None,
        environment_credentials: false,
        decided_by_file: is_decided_by_file(inputs),
        changes: layers.changes(inputs.file, &profile.value),
        profile_exists: inputs.file.has(&profile.value),
        config_path: inputs.file.path().map(ToOwned::to_owned),
        profile,
    };
    one_subject(&mut settings)?;
    settings.environment_credentials = settings.is_complete_in_environment();
    if settings.environment_credentials {
        // What the profile says is about its session; these credentials make none.
        settings.store = or_default(layers.read_above_profile(Key::Store, value::store)?, StoreKind::None);
    }
    if inputs.may_create || settings.profile_exists { Ok(settings) } else { without_profile(settings, inputs.file) }
}

fn is_decided_by_file(inputs: &Inputs<'_>) -> bool {
    inputs.options.is_none_or(|options| *options == SettingArgs::default())
        && select::only_the_file_decides(inputs.environment)
}

/// File, command, variable and CI system are one setting, like the places of every other secret: the nearest one that
/// names any of them decides, and it may name one only.
fn one_subject(settings: &mut Settings) -> Result<(), SettingsError> {
    let distance = |origin: &Origin| match origin {
        Origin::Option(_) => 0,
        Origin::Environment(_) => 1,
        _ => 2,
    };
    let (Some(token), Some(from)) = (&settings.subject_token, &settings.subject_token_from) else { return Ok(()) };
    match distance(&token.origin).cmp(&distance(&from.origin)) {
        Ordering::Less => settings.subject_token_from = None,
        Ordering::Greater => settings.subject_token = None,
        Ordering::Equal => {
            let key = match token.value {
                SecretSource::Command(_) => Key::SubjectTokenCommand,
                _ => Key::SubjectTokenFile,
            };
            return Err(SettingsError::TwoSources {
                first: Place::new(&token.origin, Some(key)),
                second: Place::new(&from.origin, Some(Key::SubjectTokenFrom)),
            });
        }
    }
    Ok(())
}

/// Lets settings without a profile pass if they say on their own where tokens are had from, and if nothing at all is
/// set up yet, which is not a slip of anyone's.
fn without_profile(settings: Settings, file: &ConfigFile) -> Result<Settings, SettingsError> {
    let server = settings.issuer.is_some() || settings.token_endpoint.is_some();
    if server || settings.profile.origin == Origin::Default && file.profiles().next().is_none() {
        return Ok(settings);
    }
    Err(select::unknown(settings.profile, file))
}

/// Says which secrets in the environment are not used because they belong to another profile.
fn unused_secrets(environment: &Environment, owner: &str, profile: &ProfileName) -> Option<String> {
    let names = secret_variables_set(environment);
    let verb = if names.len() == 1 { "is" } else { "are" };
    let owner = Foreign::new(owner);
    (!names.is_empty()).then(|| {
        format!(
            "{} {verb} not used: secrets in the environment are for profile \"{owner}\", not for \"{profile}\"",
            names.join(", ")
        )
    })
}

fn or_default<T>(found: Option<Sourced<T>>, default: T) -> Sourced<T> {
    found.unwrap_or(Sourced { value: default, origin: Origin::Default })
}
