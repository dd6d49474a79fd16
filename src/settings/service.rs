//! The services that a profile answers for: origins, each with the way in which it takes the token and what it is for.
//!
//! They lie in the table `bind` of a profile, and may come from `TOK_BIND` for the profile that the environment selects.
//! No token goes to an origin that is not among them, whoever asks: what a helper is asked for was often written by
//! somebody else (a submodule's address, a project's file).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::SettingsError;
use super::file::ConfigFile;
use super::profile::ProfileName;
use super::select::{self, Selected};
use super::table::Key;
use super::{Origin, Settings};
use crate::oauth::{BadScope, BadUrl, Foreign, Scopes, WebOrigin};
use crate::secret::Secret;
use crate::sys::environment::Environment;

/// The table of a profile that holds its services.
pub const BIND: &str = "bind";

/// The variable that holds services of the profile that the environment selects: `ORIGIN`, `ORIGIN=SCHEME`, or
/// `ORIGIN=id-token` for the ID token as a bearer token, with spaces between them.
pub const BIND_VARIABLE: &str = "TOK_BIND";

/// A service that a profile answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where it is.
    pub origin: WebOrigin,
    /// How it takes the token.
    pub scheme: Scheme,
    /// Which token it gets.
    pub token: WhichToken,
    /// Resources that its token is for alone (RFC 8707). With neither these nor audiences they are the profile's.
    pub resource: Vec<String>,
    /// Audiences that its token is for alone.
    pub audience: Vec<String>,
    /// Scopes of its token; empty for those of the profile.
    pub scopes: Scopes,
    /// Whether its token is had by an exchange (RFC 8693) of the profile's; else by a refresh.
    pub exchange: bool,
}

/// How a service takes a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// As a bearer token (RFC 6750 §2.1).
    Bearer,
    /// As the password of this user (RFC 7617).
    Basic(String),
}

/// Which of a session's tokens a service gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichToken {
    /// The access token.
    Access,
    /// The ID token (OpenID Connect Core 1.0 §2).
    Id,
}

/// How a token for one service is had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrowing {
    /// By a refresh, or the grant, with what the service asks for (RFC 8707 §2.2).
    Refresh,
    /// By an exchange of the profile's access token (RFC 8693).
    Exchange,
}

/// What a token is asked for that is for one service alone, where that differs from the profile's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowed {
    /// How it is had.
    pub how: Narrowing,
    /// As in [`Service`].
    pub resource: Vec<String>,
    /// As in [`Service`].
    pub audience: Vec<String>,
    /// As in [`Service`].
    pub scopes: Scopes,
}

/// Why a service cannot be what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadService {
    /// Its origin.
    Origin(BadUrl),
    /// Its scheme.
    Scheme(Foreign),
    /// What stands behind it in the variable.
    InVariable(Foreign),
    /// Which token it gets.
    Token(Foreign),
    /// Its scopes.
    Scope(BadScope),
    /// A control character in a resource or an audience.
    Control,
    /// A name that nothing of a service has.
    UnknownKey(Foreign),
    /// The same origin twice.
    Repeated,
    /// An ID token that is to be for something else: it is for the client (OpenID Connect Core 1.0 §2).
    NarrowIdToken,
    /// An exchange that asks for nothing.
    NothingToExchangeFor,
}

impl fmt::Display for BadService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(why) => why.fmt(f),
            Self::Scheme(given) => write!(f, "\"{given}\" is no scheme: expected bearer or basic:USER"),
            Self::InVariable(given) => write!(f, "\"{given}\": expected bearer, basic:USER or id-token"),
            Self::Token(given) => write!(f, "\"{given}\" is no token: expected access-token or id-token"),
            Self::Scope(why) => why.fmt(f),
            Self::Control => f.write_str("it holds a control character"),
            Self::UnknownKey(given) => {
                write!(f, "unknown key \"{given}\": expected as, token, resource, audience, scopes or exchange")
            }
            Self::Repeated => f.write_str("this origin is bound twice"),
            Self::NarrowIdToken => f.write_str("an ID token is for the client: it has no resource, audience or scopes"),
            Self::NothingToExchangeFor => f.write_str("an exchange needs a resource, an audience or scopes to ask for"),
        }
    }
}

impl std::error::Error for BadService {}

impl FromStr for Scheme {
    type Err = BadService;

    /// A user's name holds no colon (RFC 7617 §2).
    fn from_str(text: &str) -> Result<Self, BadService> {
        match text.split_once(':') {
            None if text.eq_ignore_ascii_case("bearer") => Ok(Self::Bearer),
            Some((scheme, user))
                if scheme.eq_ignore_ascii_case("basic")
                    && !user.is_empty()
                    && !user.contains(|c: char| c == ':' || c.is_control()) =>
            {
                Ok(Self::Basic(user.to_owned()))
            }
            _ => Err(BadService::Scheme(Foreign::new(text))),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer => f.write_str("bearer"),
            Self::Basic(user) => write!(f, "basic:{user}"),
        }
    }
}

impl FromStr for WhichToken {
    type Err = BadService;

    fn from_str(text: &str) -> Result<Self, BadService> {
        let all = [Self::Access, Self::Id];
        all.into_iter().find(|token| token.name() == text).ok_or_else(|| BadService::Token(Foreign::new(text)))
    }
}

impl WhichToken {
    /// As it is written in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "access-token",
            Self::Id => "id-token",
        }
    }
}

impl Scheme {
    /// The value of an `Authorization` header (RFC 6750 §2.1, RFC 7617 §2).
    #[must_use]
    pub fn authorization(&self, token: &Secret) -> Secret {
        let token = token.expose();
        Secret::new(match self {
            Self::Bearer => ["Bearer ", token].concat(),
            Self::Basic(user) => {
                let pair = Secret::new([user, ":", token].concat());
                ["Basic ", &STANDARD.encode(pair.expose())].concat()
            }
        })
    }
}

impl Service {
    /// A service that takes the profile's access token as a bearer token.
    #[must_use]
    pub fn new(origin: WebOrigin) -> Self {
        Self {
            origin,
            scheme: Scheme::Bearer,
            token: WhichToken::Access,
            resource: Vec::new(),
            audience: Vec::new(),
            scopes: Scopes::default(),
            exchange: false,
        }
    }

    /// Whether its token is for it alone.
    fn asks(&self) -> bool {
        !self.resource.is_empty() || !self.audience.is_empty() || !self.scopes.is_empty()
    }

    /// Lets a service pass that makes sense as a whole.
    ///
    /// # Errors
    /// [`BadService`]
    pub fn checked(self) -> Result<Self, BadService> {
        let asks = self.asks();
        let texts = self.resource.iter().chain(&self.audience);
        if texts.into_iter().any(|text| text.is_empty() || text.chars().any(char::is_control)) {
            Err(BadService::Control)
        } else if self.token == WhichToken::Id && (asks || self.exchange) {
            Err(BadService::NarrowIdToken)
        } else if self.exchange && !asks {
            Err(BadService::NothingToExchangeFor)
        } else {
            Ok(self)
        }
    }

    /// How its token is had, where that is not the profile's.
    #[must_use]
    pub fn narrowing(&self) -> Option<Narrowing> {
        match (self.exchange, self.asks()) {
            (true, _) => Some(Narrowing::Exchange),
            (false, true) => Some(Narrowing::Refresh),
            (false, false) => None,
        }
    }
}

/// The profile that answers for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Its name.
    pub profile: ProfileName,
    /// The service.
    pub service: Service,
}

/// The origin that an option or an argument names.
///
/// # Errors
/// [`SettingsError::BadService`]
pub fn named_origin(text: &str, at: Origin) -> Result<WebOrigin, SettingsError> {
    WebOrigin::parse(text).map_err(|why| SettingsError::BadService { origin: at, why: BadService::Origin(why) })
}

impl Chosen {
    /// Whether the service gets the ID token.
    #[must_use]
    pub fn wants_id_token(&self) -> bool {
        self.service.token == WhichToken::Id
    }
}

/// The services of a profile, those of the environment first, each origin once.
///
/// # Errors
/// [`SettingsError`]
pub fn services_of(
    profile: &ProfileName,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Vec<Service>, SettingsError> {
    let mut services = Vec::new();
    if select::selected_profile(None, environment, file)? == *profile {
        services = of_environment(environment)?;
    }
    for service in file.services(profile) {
        if services.iter().all(|known| known.origin != service.origin) {
            services.push(service.clone());
        }
    }
    Ok(services)
}

/// The resources for which a refresh is to bring tokens, each once.
pub(super) fn resources<'a>(services: impl Iterator<Item = &'a Service>) -> Vec<String> {
    let mut resources: Vec<String> = Vec::new();
    for resource in services.filter(|service| !service.exchange).flat_map(|service| &service.resource) {
        if !resources.contains(resource) {
            resources.push(resource.clone());
        }
    }
    resources
}

fn of_environment(environment: &Environment) -> Result<Vec<Service>, SettingsError> {
    let mut services: Vec<Service> = Vec::new();
    for word in environment.text(BIND_VARIABLE)?.unwrap_or_default().split_whitespace() {
        let (origin, how) = word.split_once('=').unwrap_or((word, "bearer"));
        let token = if how == WhichToken::Id.name() { WhichToken::Id } else { WhichToken::Access };
        let scheme = if token == WhichToken::Id { Some(Scheme::Bearer) } else { how.parse().ok() };
        let scheme = scheme.ok_or_else(|| BadService::InVariable(Foreign::new(how)));
        let service = WebOrigin::parse(origin)
            .map_err(BadService::Origin)
            .and_then(|origin| Ok(Service { scheme: scheme?, token, ..Service::new(origin) }))
            .and_then(|service| {
                let known = services.iter().any(|known| known.origin == service.origin);
                if known { Err(BadService::Repeated) } else { Ok(service) }
            });
        let at = || Origin::Environment(BIND_VARIABLE);
        services.push(service.map_err(|why| SettingsError::BadService { origin: at(), why })?);
    }
    Ok(services)
}

/// Who answers for a service of one of these origins, the first that somebody answers for: the profile that was named, by
/// `-p` or `TOK_PROFILE`; else the one that is bound to it; of several the default one.
///
/// # Errors
/// [`SettingsError::NotBound`], [`SettingsError::BoundSeveralTimes`]
pub fn choose(
    option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
    origins: &[WebOrigin],
) -> Result<Chosen, SettingsError> {
    let (profiles, is_named) = asked_profiles(option, environment, file)?;
    let selected = select::selected_profile(option, environment, file)?;
    for origin in origins {
        let mut found = Vec::new();
        for profile in &profiles {
            let services = services_of(profile, environment, file)?;
            let bound = services.into_iter().find(|service| service.origin == *origin);
            found.extend(bound.map(|service| Chosen { profile: profile.clone(), service }));
        }
        // The selected one is the first.
        match found.iter().position(|chosen| chosen.profile == selected) {
            Some(index) => return Ok(found.swap_remove(index)),
            None if found.len() > 1 => {
                return Err(SettingsError::BoundSeveralTimes {
                    origin: origin.clone(),
                    profiles: found.into_iter().map(|chosen| chosen.profile).collect(),
                });
            }
            None => {}
        }
        if let Some(chosen) = found.pop() {
            return Ok(chosen);
        }
    }
    Err(SettingsError::NotBound { origins: origins.to_vec(), profile: is_named.then_some(selected) })
}

/// The variables that say at which server and as whom: of the profile that the environment selects.
const WHO: [Key; 4] = [Key::Issuer, Key::TokenEndpoint, Key::ClientId, Key::Username];

/// The profiles that may answer, the selected one first, and whether that was named and is the only one. It is named as
/// well where variables say who it is: in another profile's place they would send its secrets to another server, and the
/// token of somebody else to its services.
///
/// A name that was given has to be that of a profile, or of what variables say: a slip is not taken for one that is not
/// bound, of which nothing is told to programs that may ask elsewhere.
fn asked_profiles(
    option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<(Vec<ProfileName>, bool), SettingsError> {
    let is_set = |variable| environment.text(variable).map(|text| text.is_some_and(|text| !text.is_empty()));
    let Selected { profile, secrets_belong_to } = select::profile(option, environment, file)?;
    let mut of_variables = false;
    for variable in WHO.map(|key| key.row().variable) {
        of_variables |= is_set(variable)?;
    }
    let has_name = option.is_some() || is_set("TOK_PROFILE")?;
    if has_name && !file.has(&profile.value) && !(of_variables && secrets_belong_to.is_none()) {
        return Err(select::unknown(profile, file));
    }
    let is_named = has_name || of_variables;
    let mut profiles = vec![profile.value];
    if !is_named {
        let others: Vec<_> = file.profiles().filter(|name| **name != profiles[0]).cloned().collect();
        profiles.extend(others);
    }
    Ok((profiles, is_named))
}

/// Every origin that somebody answers for, each once, with those of the selected profile first.
///
/// # Errors
/// [`SettingsError`]
pub fn bound(
    option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Vec<WebOrigin>, SettingsError> {
    let mut origins = Vec::new();
    for profile in asked_profiles(option, environment, file)?.0 {
        for service in services_of(&profile, environment, file)? {
            if !origins.contains(&service.origin) {
                origins.push(service.origin);
            }
        }
    }
    Ok(origins)
}

impl Settings {
    /// Makes these the settings of a service's token. What the profile asks for stays as it is: its own token may be
    /// needed to get the service's.
    pub fn serve(&mut self, service: &Service) {
        self.narrowing = service.narrowing().map(|how| Narrowed {
            how,
            resource: service.resource.clone(),
            audience: service.audience.clone(),
            scopes: service.scopes.clone(),
        });
    }
}
