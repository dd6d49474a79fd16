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
use super::select;
use super::table::Key;
use super::{Origin, Settings};
use crate::oauth::{BadScope, BadUrl, Foreign, Scopes, WebOrigin};
use crate::secret::Secret;
use crate::sys::environment::Environment;

/// The table of a profile that holds its services.
pub const BIND: &str = "bind";

/// The variable that holds services of the profile that the environment selects: `ORIGIN` or `ORIGIN=SCHEME`, with spaces
/// between them.
pub const VARIABLE: &str = "TOK_BIND";

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

    /// Lets a service pass that makes sense as a whole.
    ///
    /// # Errors
    /// [`BadService`]
    pub fn checked(self) -> Result<Self, BadService> {
        let asks = !self.resource.is_empty() || !self.audience.is_empty() || !self.scopes.is_empty();
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
        let asks = !self.resource.is_empty() || !self.audience.is_empty() || !self.scopes.is_empty();
        match (self.exchange, asks) {
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
    for word in environment.text(VARIABLE)?.unwrap_or_default().split_whitespace() {
        let (origin, scheme) = word.split_once('=').unwrap_or((word, "bearer"));
        let service = WebOrigin::parse(origin)
            .map_err(BadService::Origin)
            .and_then(|origin| Ok(Service { scheme: scheme.parse()?, ..Service::new(origin) }))
            .and_then(|service| {
                let known = services.iter().any(|known| known.origin == service.origin);
                if known { Err(BadService::Repeated) } else { Ok(service) }
            });
        let at = || Origin::Environment(VARIABLE);
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
fn asked_profiles(
    option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<(Vec<ProfileName>, bool), SettingsError> {
    let selected = select::selected_profile(option, environment, file)?;
    let mut is_named = option.is_some();
    for variable in WHO.map(|key| key.row().variable).into_iter().chain(["TOK_PROFILE"]) {
        is_named |= environment.text(variable)?.is_some_and(|text| !text.is_empty());
    }
    let mut profiles = vec![selected];
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn file(text: &str) -> ConfigFile {
        ConfigFile::parse(Path::new("/c/config.toml"), text.to_owned()).unwrap()
    }

    fn chosen(option: Option<&str>, pairs: &[(&str, &str)], file: &ConfigFile, origins: &[&str]) -> String {
        let origins: Vec<_> = origins.iter().map(|origin| WebOrigin::parse(origin).unwrap()).collect();
        match choose(option, &Environment::from_pairs(pairs.iter().copied()), file, &origins) {
            Ok(chosen) => format!("{} {} {}", chosen.profile, chosen.service.origin, chosen.service.scheme),
            Err(error) => error.to_string(),
        }
    }

    const TWO: &str = "default-profile = 'home'\n[profiles.home]\n[profiles.work.bind]\n'https://a.example' = {}\n\
        'https://b.example' = { as = 'basic:ada' }\n[profiles.home.bind]\n'https://b.example:443/' = {}\n\
        'http://127.0.0.1:5000' = {}\n[profiles.play.bind]\n'https://a.example' = {}\n";

    #[test]
    fn who_answers_for_a_service() {
        let two = file(TWO);
        let none: &[(&str, &str)] = &[];
        for (option, pairs, origins, is) in [
            (None, none, &["https://b.example"][..], "home https://b.example bearer"),
            (Some("work"), none, &["https://b.example"], "work https://b.example basic:ada"),
            (None, &[("TOK_PROFILE", "work")], &["https://b.example"], "work https://b.example basic:ada"),
            (
                None,
                &[("TOK_TOKEN_ENDPOINT", "https://h/t")],
                &["https://a.example"],
                "profile home is not bound to https://a.example",
            ),
            (None, &[("TOK_CLIENT_ID", "c")], &["https://b.example"], "home https://b.example bearer"),
            (None, &[("TOK_USERNAME", "")], &["https://b.example"], "home https://b.example bearer"),
            (None, none, &["https://a.example"], "several profiles are bound to https://a.example: work, play"),
            (Some("home"), none, &["https://a.example"], "profile home is not bound to https://a.example"),
            (None, none, &["https://c.example"], "no profile is bound to https://c.example"),
            (None, none, &["http://127.0.0.1:5000"], "home http://127.0.0.1:5000 bearer"),
            (None, none, &["https://127.0.0.1:5000", "http://127.0.0.1:5000"], "home http://127.0.0.1:5000 bearer"),
            (None, none, &["https://b.example:8443"], "no profile is bound to https://b.example:8443"),
            (None, none, &["https://x.b.example"], "no profile is bound to https://x.b.example"),
            (
                None,
                &[("TOK_BIND", "c.example https://b.example=basic:eve")],
                &["https://c.example"],
                "home https://c.example bearer",
            ),
            (
                None,
                &[("TOK_BIND", "c.example https://b.example=basic:eve")],
                &["https://b.example"],
                "home https://b.example basic:eve",
            ),
            (
                Some("work"),
                &[("TOK_BIND", "https://c.example")],
                &["https://c.example"],
                "profile work is not bound to https://c.example",
            ),
            (
                None,
                &[("TOK_BIND", "http://c.example")],
                &["https://c.example"],
                "TOK_BIND: \"http://c.example/\" is neither https nor http to a loopback address",
            ),
            (None, &[("TOK_BIND", "a a")], &["https://c.example"], "TOK_BIND: this origin is bound twice"),
        ] {
            assert_eq!(chosen(option, pairs, &two, origins), is, "{option:?} {pairs:?} {origins:?}");
        }
    }

    #[test]
    fn an_environment_without_a_file_has_services_too() {
        let pairs = [("TOK_BIND", " https://a.example\tb.example=basic:x ")];
        let is = |origin| chosen(None, &pairs, &ConfigFile::default(), &[origin]);
        assert_eq!(is("https://a.example"), "default https://a.example bearer");
        assert_eq!(is("https://b.example"), "default https://b.example basic:x");
    }

    #[test]
    fn a_header_is_what_the_service_takes() {
        let token = Secret::new("t0k3n".into());
        let header = |scheme: &str| scheme.parse::<Scheme>().unwrap().authorization(&token).expose().to_owned();
        assert_eq!(header("bearer"), "Bearer t0k3n");
        assert_eq!(header("Basic:bob"), "Basic Ym9iOnQwazNu");
        for bad in ["", "digest", "basic", "basic:", "basic:a:b", "basic:a\n", "bearer:x"] {
            assert!(bad.parse::<Scheme>().is_err(), "{bad:?}");
        }
    }

    #[test] // I03
    fn a_service_makes_sense_as_a_whole() {
        let of = |keys: &str| {
            let text = format!("[profiles.a.bind]\n'https://a.example' = {{ {keys} }}\n");
            ConfigFile::parse(Path::new("/c"), text)
                .map(|file| file.profiles().count())
                .map_err(|error| error.to_string())
        };
        for good in [
            "",
            "as = 'bearer'",
            "token = 'id-token'",
            "resource = 'x', exchange = true",
            "scopes = ['a', 'b c'], audience = ['x']",
        ] {
            assert_eq!(of(good), Ok(1), "{good}");
        }
        for (bad, why) in [
            ("as = 1", "as: expected a text, found integer"),
            ("as = 'x'", "bind: \"x\" is no scheme"),
            ("exchange = true", "bind: an exchange needs"),
            ("exchange = 'x'", "exchange: expected true or false"),
            ("token = 'id-token', resource = 'x'", "bind: an ID token is for the client"),
            ("token = 'refresh-token'", "bind: \"refresh-token\" is no token"),
            ("resource = ['a', 1]", "resource: expected a text or a list of texts"),
            ("resource = \"a\\n\"", "bind: it holds a control character"),
            ("scopes = '\u{e9}'", "bind: \"\u{e9}\" is not a scope"),
            ("is = 'x'", "bind: unknown key \"is\""),
        ] {
            let said = of(bad).unwrap_err();
            assert!(said.starts_with(&format!("/c:2: {why}")), "{bad}: {said}");
        }
        for (bad, why) in [
            ("bind = 1", "/c:2: bind: expected a table of origins, found integer"),
            ("bind.'https://a/x' = {}", "/c:2: bind: an origin has no path"),
            ("bind.'http://a' = {}", "/c:2: bind: \"http://a/\" is neither https"),
            ("bind.a = 1", "/c:2: a: expected a table, found integer"),
            ("bind.'a:443' = {}\nbind.a = {}", "/c:3: bind: this origin is bound twice"),
        ] {
            let error = ConfigFile::parse(Path::new("/c"), format!("[profiles.a]\n{bad}\n")).unwrap_err();
            assert!(error.to_string().starts_with(why), "{bad}: {error}");
        }
    }
}
