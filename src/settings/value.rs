//! A setting's value: as it was written, and read for what it means.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::duration::{BadDuration, parse_duration};
use super::identity::IdentitySource;
use super::table::{Key, Kind};
use crate::oauth::client::{BadClientId, UnknownClientAuth};
use crate::oauth::grant::{UnknownGrant, is_reserved};
use crate::oauth::jwt::{Algorithm, UnknownAlgorithm};
use crate::oauth::scope::BadScope;
use crate::oauth::{
    BadUrl, ClientAuthMethod, ClientId, Endpoint, Foreign, GrantChoice, Issuer, Scopes, TokenKind, UnknownTokenKind,
};
use crate::store::{StoreKind, UnknownStore};

/// The longest timeout of one exchange.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3600);

/// A value as it was written, of the [`Kind`] that its key has. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// [`Kind::Text`], [`Kind::Duration`] and [`Kind::Switch`].
    Text(String),
    /// [`Kind::List`]; empty for none.
    List(Vec<String>),
    /// [`Kind::Pairs`], in order.
    Pairs(Vec<(String, String)>),
    /// [`Kind::Path`].
    Path(PathBuf),
}

impl Value {
    /// The value of a key from the texts that were given for it, each as an option has it: `KEY=VALUE` for pairs. An
    /// empty text in a list stands for nothing.
    ///
    /// # Errors
    /// [`BadValue::NotAPair`]
    pub(super) fn from_texts(key: Key, texts: &[String]) -> Result<Self, BadValue> {
        let last = || texts.last().cloned().unwrap_or_default();
        Ok(match key.row().kind {
            Kind::Switch => Self::Text(one_of_two(&last()).to_owned()),
            Kind::Text | Kind::Duration => Self::Text(last()),
            Kind::Path => Self::Path(last().into()),
            Kind::Pairs => Self::Pairs(texts.iter().map(|text| pair(text)).collect::<Result<_, _>>()?),
            // Scopes have no spaces, so that one text may hold several.
            Kind::List if key == Key::Scopes => Self::words(&texts.join(" ")),
            Kind::List => Self::List(texts.iter().filter(|text| !text.is_empty()).cloned().collect()),
        })
    }

    /// The value of a key from one text that holds all of it, as a variable has it: words in a list, pairs as in a
    /// URL's query.
    ///
    /// # Errors
    /// [`BadValue::NotAPair`]
    pub(super) fn from_one_text(key: Key, text: &str) -> Result<Self, BadValue> {
        match key.row().kind {
            Kind::Switch => Ok(Self::Text(one_of_two(text).to_owned())),
            Kind::Text | Kind::Duration => Ok(Self::Text(text.to_owned())),
            Kind::Path => Ok(Self::Path(text.into())),
            Kind::List => Ok(Self::words(text)),
            Kind::Pairs => {
                if let Some(part) = text.split('&').find(|part| !part.is_empty() && !part.contains('=')) {
                    return Err(BadValue::NotAPair(Foreign::new(part)));
                }
                Ok(Self::Pairs(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()))
            }
        }
    }

    fn words(text: &str) -> Self {
        Self::List(text.split_ascii_whitespace().map(str::to_owned).collect())
    }

    /// The value with a relative path made to start at a folder.
    pub(super) fn starting_at(self, folder: &Path) -> Self {
        match self {
            // A path that is empty stays so, to be refused.
            Self::Path(path) if !path.as_os_str().is_empty() => Self::Path(folder.join(path)),
            other => other,
        }
    }

    pub(super) fn text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

/// A switch's text as the configuration file has it, so that it can be written there; what is none stays, to be refused.
fn one_of_two(text: &str) -> &str {
    match text {
        "1" | "yes" => "true",
        "0" | "no" => "false",
        other => other,
    }
}

/// `KEY=VALUE`.
fn pair(text: &str) -> Result<(String, String), BadValue> {
    let (name, value) = text.split_once('=').ok_or_else(|| BadValue::NotAPair(Foreign::new(text)))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Why a value cannot be used. Foreign text in it is escaped when shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadValue {
    /// Nothing in it where something is needed.
    Empty,
    /// A control character in it (I03).
    Control,
    /// No URL to send requests to.
    Url(BadUrl),
    /// No client identifier.
    ClientId(BadClientId),
    /// No client authentication method.
    ClientAuth(UnknownClientAuth),
    /// No signature algorithm.
    Algorithm(UnknownAlgorithm),
    /// No grant.
    Grant(UnknownGrant),
    /// No scope.
    Scope(BadScope),
    /// No place that another issuer's token is got from.
    IdentitySource(Foreign),
    /// No token type.
    TokenKind(UnknownTokenKind),
    /// No store.
    Store(UnknownStore),
    /// Neither yes nor no.
    Switch(Foreign),
    /// No duration.
    Duration(BadDuration),
    /// A duration that is zero or over an hour.
    Timeout,
    /// No `KEY=VALUE`.
    NotAPair(Foreign),
    /// An extra parameter whose name has a meaning of its own.
    Reserved(Foreign),
    /// An extra parameter that is given twice (P03).
    Repeated(Foreign),
    /// More than one value for a key that takes one, or a value for a key that is to be removed.
    Several,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the value is empty"),
            Self::Control => f.write_str("the value holds a control character"),
            Self::Url(why) => why.fmt(f),
            Self::ClientId(why) => why.fmt(f),
            Self::ClientAuth(why) => why.fmt(f),
            Self::Algorithm(why) => why.fmt(f),
            Self::Grant(why) => why.fmt(f),
            Self::Scope(why) => why.fmt(f),
            Self::IdentitySource(text) => {
                write!(f, "\"{text}\" is none of github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME")
            }
            Self::TokenKind(why) => why.fmt(f),
            Self::Store(why) => why.fmt(f),
            Self::Switch(text) => write!(f, "\"{text}\" is neither true nor false"),
            Self::Duration(why) => why.fmt(f),
            Self::Timeout => f.write_str("a timeout is more than zero and at most 1h"),
            Self::NotAPair(text) => write!(f, "\"{text}\" is not of the form KEY=VALUE"),
            Self::Reserved(name) => write!(f, "the parameter \"{name}\" is not an extra one"),
            Self::Repeated(name) => write!(f, "the parameter \"{name}\" is given twice"),
            Self::Several => f.write_str("it takes one value and was given several"),
        }
    }
}

impl std::error::Error for BadValue {}

/// Checks that a value means something for its key.
///
/// # Errors
/// [`BadValue`]
pub(super) fn check(key: Key, value: &Value) -> Result<(), BadValue> {
    match key {
        Key::Issuer => issuer(value).map(drop),
        Key::TokenEndpoint
        | Key::RevocationEndpoint
        | Key::DeviceEndpoint
        | Key::AuthorizationEndpoint
        | Key::ParEndpoint
        | Key::IntrospectionEndpoint
        | Key::UserinfoEndpoint
        | Key::RedirectUri => endpoint(value).map(drop),
        Key::ClientId => client_id(value).map(drop),
        Key::ClientAuth => client_auth(value).map(drop),
        Key::SigningAlg => algorithm(value).map(drop),
        Key::Grant => grant(value).map(drop),
        Key::Username | Key::KeyId | Key::AssertionAudience => line(value).map(drop),
        Key::SubjectTokenFrom => identity_source(value).map(drop),
        Key::SubjectTokenType | Key::RequestedTokenType => token_kind(value).map(drop),
        Key::PasswordCommand | Key::ClientSecretCommand | Key::PrivateKeyCommand | Key::SubjectTokenCommand => {
            command(value).map(drop)
        }
        Key::PasswordFile
        | Key::ClientSecretFile
        | Key::PrivateKeyFile
        | Key::SubjectTokenFile
        | Key::ClientCert
        | Key::ClientKey
        | Key::CaFile => path(value).map(drop),
        Key::Dpop => switch(value).map(drop),
        Key::Scopes => scopes(value).map(drop),
        Key::Audience | Key::Resource => list(value).map(drop),
        Key::Extra => extra(value).map(drop),
        Key::Store => store(value).map(drop),
        Key::Timeout => timeout(value).map(drop),
    }
}

pub(super) fn issuer(value: &Value) -> Result<Issuer, BadValue> {
    Issuer::parse(some(value)?).map_err(BadValue::Url)
}

pub(super) fn endpoint(value: &Value) -> Result<Endpoint, BadValue> {
    Endpoint::parse(some(value)?).map_err(BadValue::Url)
}

pub(super) fn client_id(value: &Value) -> Result<ClientId, BadValue> {
    ClientId::parse(some(value)?).map_err(BadValue::ClientId)
}

pub(super) fn client_auth(value: &Value) -> Result<ClientAuthMethod, BadValue> {
    some(value)?.parse().map_err(BadValue::ClientAuth)
}

pub(super) fn algorithm(value: &Value) -> Result<Algorithm, BadValue> {
    some(value)?.parse().map_err(BadValue::Algorithm)
}

pub(super) fn grant(value: &Value) -> Result<GrantChoice, BadValue> {
    some(value)?.parse().map_err(BadValue::Grant)
}

pub(super) fn store(value: &Value) -> Result<StoreKind, BadValue> {
    some(value)?.parse().map_err(BadValue::Store)
}

pub(super) fn identity_source(value: &Value) -> Result<IdentitySource, BadValue> {
    IdentitySource::parse(some(value)?)
}

pub(super) fn token_kind(value: &Value) -> Result<TokenKind, BadValue> {
    TokenKind::parse(some(value)?).map_err(BadValue::TokenKind)
}

/// Yes or no, as a variable may have it too.
pub(super) fn switch(value: &Value) -> Result<bool, BadValue> {
    match some(value)? {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(BadValue::Switch(Foreign::new(other))),
    }
}

/// A text without control characters; a tab is allowed (RFC 6749 Appendix A.15).
pub(super) fn line(value: &Value) -> Result<String, BadValue> {
    plain(some(value)?.to_owned())
}

/// A command may have several lines.
pub(super) fn command(value: &Value) -> Result<String, BadValue> {
    let text = some(value)?;
    if text.contains('\0') { Err(BadValue::Control) } else { Ok(text.to_owned()) }
}

pub(super) fn path(value: &Value) -> Result<PathBuf, BadValue> {
    match value {
        Value::Path(path) if path.as_os_str().as_encoded_bytes().contains(&0) => Err(BadValue::Control),
        Value::Path(path) if !path.as_os_str().is_empty() => Ok(path.clone()),
        _ => Err(BadValue::Empty),
    }
}

pub(super) fn scopes(value: &Value) -> Result<Scopes, BadValue> {
    Scopes::parse(&list(value)?.join(" ")).map_err(BadValue::Scope)
}

pub(super) fn list(value: &Value) -> Result<Vec<String>, BadValue> {
    let Value::List(texts) = value else { return Ok(Vec::new()) };
    texts.iter().cloned().map(plain).collect()
}

pub(super) fn extra(value: &Value) -> Result<Vec<(String, String)>, BadValue> {
    let Value::Pairs(pairs) = value else { return Ok(Vec::new()) };
    for (index, (name, value)) in pairs.iter().enumerate() {
        if name.is_empty() {
            return Err(BadValue::Empty);
        }
        if has_control(name) || has_control(value) {
            return Err(BadValue::Control);
        }
        if is_reserved(name) {
            return Err(BadValue::Reserved(Foreign::new(name)));
        }
        if pairs[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(BadValue::Repeated(Foreign::new(name)));
        }
    }
    Ok(pairs.clone())
}

pub(super) fn timeout(value: &Value) -> Result<Duration, BadValue> {
    let time = parse_duration(some(value)?).map_err(BadValue::Duration)?;
    if time.is_zero() || time > LONGEST_TIMEOUT { Err(BadValue::Timeout) } else { Ok(time) }
}

/// The text, which must not be empty.
fn some(value: &Value) -> Result<&str, BadValue> {
    Some(value.text()).filter(|text| !text.is_empty()).ok_or(BadValue::Empty)
}

fn plain(text: String) -> Result<String, BadValue> {
    if has_control(&text) { Err(BadValue::Control) } else { Ok(text) }
}

fn has_control(text: &str) -> bool {
    text.chars().any(|c| c.is_control() && c != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(key: Key, given: &[&str]) -> Result<Value, BadValue> {
        Value::from_texts(key, &given.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn list_of(given: &[&str]) -> Value {
        Value::List(given.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn scopes_may_come_several_at_once() {
        assert_eq!(texts(Key::Scopes, &["a b", "c"]), Ok(list_of(&["a", "b", "c"])));
        assert_eq!(Value::from_one_text(Key::Scopes, "a  b\nc"), Ok(list_of(&["a", "b", "c"])));
        assert_eq!(texts(Key::Scopes, &[""]), Ok(list_of(&[])));
        assert_eq!(texts(Key::Audience, &["a b", ""]), Ok(list_of(&["a b"])));
        assert_eq!(
            Value::from_one_text(Key::Resource, "https://a https://b"),
            Ok(list_of(&["https://a", "https://b"]))
        );
    }

    #[test]
    fn extra_parameters() {
        let two = Value::Pairs(vec![("a".into(), "1=2".into()), ("b".into(), "x y&z".into())]);
        assert_eq!(texts(Key::Extra, &["a=1=2", "b=x y&z"]), Ok(two.clone()));
        assert_eq!(Value::from_one_text(Key::Extra, "a=1=2&b=x+y%26z"), Ok(two.clone()));
        assert_eq!(extra(&two).unwrap().len(), 2);
        assert!(matches!(texts(Key::Extra, &["a"]), Err(BadValue::NotAPair(_))));
        assert!(matches!(Value::from_one_text(Key::Extra, "a=1&b"), Err(BadValue::NotAPair(_))));
    }

    #[test] // P03, P05
    fn extra_parameters_neither_repeat_nor_replace() {
        let pairs = |text: &str| extra(&Value::from_one_text(Key::Extra, text).unwrap());
        assert!(matches!(pairs("a=1&a=2"), Err(BadValue::Repeated(_))));
        assert_eq!(pairs("=1"), Err(BadValue::Empty));
        for name in ["grant_type", "username", "password", "client_id", "client_secret", "scope", "resource"] {
            assert!(matches!(pairs(&format!("{name}=x")), Err(BadValue::Reserved(_))), "{name}");
        }
    }

    #[test] // I03
    fn control_characters_are_refused() {
        for bad in ["a\r", "a\nb", "a\0", "\u{85}", "\x1b[2J"] {
            let text = Value::Text(bad.into());
            assert_eq!(line(&text), Err(BadValue::Control), "{bad:?}");
            assert!(client_id(&text).is_err() && issuer(&text).is_err() && endpoint(&text).is_err(), "{bad:?}");
            assert_eq!(list(&list_of(&[bad])), Err(BadValue::Control), "{bad:?}");
            assert_eq!(extra(&Value::Pairs(vec![("a".into(), bad.into())])), Err(BadValue::Control));
            assert_eq!(extra(&Value::Pairs(vec![(bad.into(), "a".into())])), Err(BadValue::Control));
        }
        assert_eq!(command(&Value::Text("a\nb".into())).unwrap(), "a\nb");
        assert_eq!(command(&Value::Text("a\0b".into())), Err(BadValue::Control));
        assert_eq!(path(&Value::Path("a\0b".into())), Err(BadValue::Control));
    }

    #[test]
    fn nothing_is_refused_where_something_is_needed() {
        for key in Key::ALL {
            let value = Value::from_one_text(*key, "").unwrap();
            let may_be_empty = matches!(key.row().kind, Kind::List | Kind::Pairs);
            assert_eq!(check(*key, &value), if may_be_empty { Ok(()) } else { Err(BadValue::Empty) }, "{key}");
        }
    }

    #[test]
    fn timeouts_have_bounds() {
        for (text, good) in [("1ms", true), ("1h", true), ("0s", false), ("61m", false), ("soon", false)] {
            assert_eq!(timeout(&Value::Text(text.into())).is_ok(), good, "{text}");
        }
    }
}
