//! `config.toml`: read and checked for shape, every value with its line.
//!
//! A key that is not known or a value of the wrong type is an error in whichever profile it stands; what a value means
//! is looked at only when its profile is used, so that `tok profile set` can repair a bad one. See `edit` for changes.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{Document, Item, TableLike};

use super::profile::{BadProfileName, ProfileName};
use super::service::{BIND, BadService, Service};
use super::table::{DEFAULT_PROFILE, Key, Kind, PROFILES, UnknownKey, nearest};
use super::value::Value;
use crate::oauth::{Foreign, Scopes, WebOrigin};
use crate::sys::files::{self, FileError};

/// The configuration file's content; empty where there is no file.
#[derive(Debug, Clone, Default)]
pub struct ConfigFile {
    path: Option<PathBuf>,
    exists: bool,
    pub(super) text: String,
    default: Option<DefaultLine>,
    profiles: Vec<Profile>,
}

#[derive(Debug, Clone)]
struct Profile {
    name: ProfileName,
    entries: Vec<Entry>,
    services: Vec<Service>,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Key,
    value: Value,
    line: usize,
}

/// Why the configuration file cannot be used.
#[derive(Debug, Clone)]
pub enum ConfigError {
    /// It cannot be read or written.
    File(FileError),
    /// What stands in one line of it, counted from 1.
    Line {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong there.
        fault: ConfigFault,
    },
    /// There is no folder to keep it in: neither a home nor a path was given.
    NoFolder,
    /// A path that is not UTF-8, which TOML cannot hold.
    PathNotUtf8,
    /// It is laid out in a way that could not be changed without breaking it.
    Layout(PathBuf),
}

/// What is wrong with a line. No value is in here: it could be a secret that does not belong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigFault {
    /// Not TOML.
    Syntax(Foreign),
    /// A name that is no key of a profile.
    UnknownKey(UnknownKey),
    /// A name at the top that is none of the two that may stand there.
    UnknownAtTop {
        /// The name.
        given: Foreign,
        /// What was meant, if that can be told.
        nearest: Vec<String>,
    },
    /// A key of a profile that stands outside of one.
    OutsideProfile(Key),
    /// A value of another type.
    WrongType {
        /// The key.
        key: Foreign,
        /// What it takes.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A profile's name.
    ProfileName(BadProfileName),
    /// A service that a profile is to answer for.
    Service(BadService),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(why) => why.fmt(f),
            Self::Line { file, line, fault } => write!(f, "{}:{line}: {fault}", shown(file)),
            Self::NoFolder => f.write_str("there is no folder for the configuration file"),
            Self::PathNotUtf8 => f.write_str("a path that is not UTF-8 text cannot be kept in the configuration file"),
            Self::Layout(file) => write!(f, "{} is laid out so that it can only be changed by hand", shown(file)),
        }
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(why) => write!(f, "not valid TOML: {why}"),
            Self::UnknownKey(why) => why.fmt(f),
            Self::UnknownAtTop { given, nearest } if nearest.is_empty() => {
                write!(f, "unknown key \"{given}\": expected {DEFAULT_PROFILE} or {PROFILES}")
            }
            Self::UnknownAtTop { given, nearest } => {
                write!(f, "unknown key \"{given}\": expected {}", nearest.join(" or "))
            }
            Self::OutsideProfile(key) => {
                write!(f, "{key} stands outside a profile: expected it under [{PROFILES}.NAME]")
            }
            Self::WrongType { key, expected, found } => write!(f, "{key}: expected {expected}, found {found}"),
            Self::ProfileName(why) => why.fmt(f),
            Self::Service(why) => write!(f, "{BIND}: {why}"),
        }
    }
}

impl std::error::Error for ConfigError {}

/// A path in a message.
pub(super) fn shown(path: &Path) -> Foreign {
    Foreign::new(path.to_string_lossy())
}

impl ConfigFile {
    /// Reads and checks a file; one that is not there is empty. Its path is made absolute: sessions are told apart by
    /// it (R07).
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let path = &std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        match files::read_config(path).map_err(ConfigError::File)? {
            Some(text) => Self::parse(path, text),
            None => Ok(Self { path: Some(path.to_owned()), ..Self::default() }),
        }
    }

    /// Checks a file's text.
    ///
    /// # Errors
    /// [`ConfigError::Line`]
    pub fn parse(path: &Path, text: String) -> Result<Self, ConfigError> {
        let reader = Reader { lines: line_starts(&text) };
        let read = match Document::parse(text.as_str()) {
            Ok(document) => reader.document(&document),
            // The error's own text would show the line.
            Err(error) => Err(reader.fault(error.span(), ConfigFault::Syntax(one_line(error.message())))),
        };
        let (default, profiles) =
            read.map_err(|(line, fault)| ConfigError::Line { file: path.to_owned(), line, fault })?;
        Ok(Self { path: Some(path.to_owned()), exists: true, text, default, profiles })
    }

    /// The file's path; `None` where there is no folder for it.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The file's text, changes to it included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is a file.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// The profiles in the file's order.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
        self.profiles.iter().map(|profile| &profile.name)
    }

    /// Whether there is such a profile.
    #[must_use]
    pub fn has(&self, name: &ProfileName) -> bool {
        self.profiles().any(|known| known == name)
    }

    /// What `default-profile` says, and its line.
    #[must_use]
    pub fn default_profile(&self) -> Option<(&ProfileName, usize)> {
        self.default.as_ref().map(|(name, line)| (name, *line))
    }

    /// The services that a profile answers for, in the file's order.
    pub fn services(&self, name: &ProfileName) -> impl Iterator<Item = &Service> {
        self.profiles.iter().filter(move |profile| profile.name == *name).flat_map(|profile| &profile.services)
    }

    /// A profile's value for a key as it stands there, and its line.
    #[must_use]
    pub fn get(&self, name: &ProfileName, key: Key) -> Option<(&Value, usize)> {
        let profile = self.profiles.iter().find(|profile| profile.name == *name)?;
        profile.entries.iter().find(|entry| entry.key == key).map(|entry| (&entry.value, entry.line))
    }
}

/// The default profile's name and its line.
type DefaultLine = (ProfileName, usize);

/// A fault and its line.
type At<T> = Result<T, (usize, ConfigFault)>;

/// Walks a document and turns byte positions into lines.
struct Reader {
    lines: Vec<usize>,
}

impl Reader {
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let start = span.map_or(0, |span| span.start);
        self.lines.partition_point(|line| *line <= start).max(1)
    }

    fn fault(&self, span: Option<Range<usize>>, fault: ConfigFault) -> (usize, ConfigFault) {
        (self.line(span), fault)
    }

    fn document(&self, document: &Document<&str>) -> At<(Option<DefaultLine>, Vec<Profile>)> {
        let (mut default, mut profiles) = (None, Vec::new());
        let root: &dyn TableLike = document.as_table();
        for (name, item) in root.iter() {
            match name {
                DEFAULT_PROFILE => {
                    let text = item.as_str().ok_or_else(|| self.wrong_type(root, name, "a text", item.type_name()))?;
                    default = Some((self.profile_name(root, name, text)?, self.line(span_of(root, name))));
                }
                PROFILES => profiles = self.profiles(root, item)?,
                _ => return Err(self.fault(span_of(root, name), unknown_at_top(name))),
            }
        }
        Ok((default, profiles))
    }

    fn profiles(&self, root: &dyn TableLike, item: &Item) -> At<Vec<Profile>> {
        let all = item
            .as_table_like()
            .ok_or_else(|| self.wrong_type(root, PROFILES, "a table of profiles", item.type_name()))?;
        let mut profiles = Vec::new();
        for (text, item) in all.iter() {
            let name = self.profile_name(all, text, text)?;
            let table = item.as_table_like().ok_or_else(|| self.wrong_type(all, text, "a table", item.type_name()))?;
            let entries = table.iter().filter(|(key, _)| *key != BIND).map(|(key, item)| self.entry(table, key, item));
            let entries = entries.collect::<At<_>>()?;
            let services = table.get(BIND).map_or(Ok(Vec::new()), |item| self.services(table, item))?;
            profiles.push(Profile { name, entries, services });
        }
        Ok(profiles)
    }

    fn entry(&self, table: &dyn TableLike, name: &str, item: &Item) -> At<Entry> {
        let span = span_of(table, name);
        let key = Key::find(name).map_err(|why| self.fault(span.clone(), ConfigFault::UnknownKey(why)))?;
        let kind = key.row().kind;
        let found = match (kind, item.type_name()) {
            (Kind::List, "array") => "a list of something else",
            (Kind::Pairs, "table" | "inline table") => "a table of something else",
            (_, other) => other,
        };
        let value = read(key, item).ok_or_else(|| self.wrong_type(table, name, kind.expected(), found))?;
        Ok(Entry { key, value, line: self.line(span) })
    }

    fn services(&self, table: &dyn TableLike, item: &Item) -> At<Vec<Service>> {
        let all =
            item.as_table_like().ok_or_else(|| self.wrong_type(table, BIND, "a table of origins", item.type_name()))?;
        let mut services: Vec<Service> = Vec::new();
        for (text, item) in all.iter() {
            let fault = |why| self.fault(span_of(all, text), ConfigFault::Service(why));
            let origin = WebOrigin::parse(text).map_err(|why| fault(BadService::Origin(why)))?;
            let keys = item.as_table_like().ok_or_else(|| self.wrong_type(all, text, "a table", item.type_name()))?;
            let service = self.service(Service::new(origin), keys)?.checked().map_err(fault)?;
            if services.iter().any(|known| known.origin == service.origin) {
                return Err(fault(BadService::Repeated));
            }
            services.push(service);
        }
        Ok(services)
    }

    fn service(&self, mut service: Service, keys: &dyn TableLike) -> At<Service> {
        for (key, item) in keys.iter() {
            let fault = |why| self.fault(span_of(keys, key), ConfigFault::Service(why));
            let wrong = |expected| self.wrong_type(keys, key, expected, item.type_name());
            let text = || item.as_str().ok_or_else(|| wrong("a text"));
            let list = || texts_of(item).ok_or_else(|| wrong(Kind::List.expected()));
            match key {
                "as" => service.scheme = text()?.parse().map_err(fault)?,
                "token" => service.token = text()?.parse().map_err(fault)?,
                "resource" => service.resource = list()?,
                "audience" => service.audience = list()?,
                "scopes" => {
                    let scopes = Scopes::parse(&list()?.join(" "));
                    service.scopes = scopes.map_err(|why| fault(BadService::Scope(why)))?;
                }
                "exchange" => service.exchange = item.as_bool().ok_or_else(|| wrong(Kind::Switch.expected()))?,
                other => return Err(fault(BadService::UnknownKey(Foreign::new(other)))),
            }
        }
        Ok(service)
    }

    fn profile_name(&self, table: &dyn TableLike, key: &str, text: &str) -> At<ProfileName> {
        ProfileName::parse(text).map_err(|why| self.fault(span_of(table, key), ConfigFault::ProfileName(why)))
    }

    fn wrong_type(
        &self,
        table: &dyn TableLike,
        key: &str,
        expected: &'static str,
        found: &'static str,
    ) -> (usize, ConfigFault) {
        self.fault(span_of(table, key), ConfigFault::WrongType { key: Foreign::new(key), expected, found })
    }
}

/// The value of a key; `None` if it is of another type.
fn read(key: Key, item: &Item) -> Option<Value> {
    match key.row().kind {
        Kind::Switch => item.as_bool().map(|yes| Value::Text(yes.to_string())),
        Kind::Text | Kind::Duration => item.as_str().map(|text| Value::Text(text.to_owned())),
        Kind::Path => item.as_str().map(|text| Value::Path(text.into())),
        Kind::List => Value::from_texts(key, &texts_of(item)?).ok(),
        Kind::Pairs => {
            let pair = |(name, item): (&str, &Item)| Some((name.to_owned(), item.as_str()?.to_owned()));
            item.as_table_like()?.iter().map(pair).collect::<Option<_>>().map(Value::Pairs)
        }
    }
}

/// A text, or a list of texts.
fn texts_of(item: &Item) -> Option<Vec<String>> {
    match item.as_array() {
        Some(array) => array.iter().map(|text| text.as_str().map(str::to_owned)).collect(),
        None => Some(vec![item.as_str()?.to_owned()]),
    }
}

/// Where a key stands; where the parser does not say, its value.
fn span_of(table: &dyn TableLike, key: &str) -> Option<Range<usize>> {
    let (key, item) = table.get_key_value(key)?;
    key.span().or_else(|| item.span())
}

fn unknown_at_top(name: &str) -> ConfigFault {
    match Key::find(name) {
        Ok(key) => ConfigFault::OutsideProfile(key),
        Err(_) => {
            ConfigFault::UnknownAtTop { given: Foreign::new(name), nearest: nearest(name, [DEFAULT_PROFILE, PROFILES]) }
        }
    }
}

/// The byte at which each line begins.
fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect()
}

/// The parser's reason on one line.
fn one_line(reason: &str) -> Foreign {
    Foreign::new(reason.lines().map(str::trim).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, ConfigError> {
        ConfigFile::parse(Path::new("/c/config.toml"), text.to_owned())
    }

    fn name(text: &str) -> ProfileName {
        ProfileName::parse(text).unwrap()
    }

    const EXAMPLE: &str = r#"
# mine
default-profile = "work"

[profiles.work]
issuer = "https://sso.example.com/realms/main"
client-id = "tok" # public
scopes = ["openid", "offline_access"]
audience = "a b"
extra = { organization = "org_1" }
ca-file = "ca.pem"
timeout = "30s"

[profiles."a.b"]
scopes = "one two"
[profiles."a.b".extra]
k = "v"
"#;

    #[test]
    fn the_documented_file_is_read() {
        let file = parse(EXAMPLE).unwrap();
        assert_eq!(file.profiles().map(ProfileName::as_str).collect::<Vec<_>>(), ["work", "a.b"]);
        assert_eq!(file.default_profile(), Some((&name("work"), 3)));
        let work = |key| file.get(&name("work"), key).unwrap();
        assert_eq!(work(Key::Issuer), (&Value::Text("https://sso.example.com/realms/main".into()), 6));
        assert_eq!(work(Key::Scopes), (&Value::List(vec!["openid".into(), "offline_access".into()]), 8));
        assert_eq!(work(Key::Audience), (&Value::List(vec!["a b".into()]), 9));
        assert_eq!(work(Key::Extra), (&Value::Pairs(vec![("organization".into(), "org_1".into())]), 10));
        assert_eq!(work(Key::CaFile), (&Value::Path("ca.pem".into()), 11));
        let other = |key| file.get(&name("a.b"), key).unwrap();
        assert_eq!(other(Key::Scopes), (&Value::List(vec!["one".into(), "two".into()]), 15));
        assert_eq!(other(Key::Extra), (&Value::Pairs(vec![("k".into(), "v".into())]), 16));
        assert!(file.get(&name("work"), Key::Username).is_none() && !file.has(&name("home")));
    }

    #[test]
    fn every_way_to_write_a_table_is_read() {
        for text in [
            "profiles.work.issuer = 'https://h'",
            "profiles = { work = { issuer = 'https://h' } }",
            "[profiles]\nwork.issuer = 'https://h'",
            "[profiles]\nwork = { issuer = 'https://h' }",
            "\u{feff}[profiles.work]\r\nissuer = 'https://h'\r\n",
        ] {
            let file = parse(text).unwrap();
            assert_eq!(file.get(&name("work"), Key::Issuer).unwrap().0, &Value::Text("https://h".into()), "{text}");
        }
        for text in ["", "# nothing\n", "[profiles]\n", "[profiles.work]"] {
            assert!(parse(text).unwrap().exists(), "{text}");
        }
    }

    #[test]
    fn errors_name_file_line_key_and_what_was_expected() {
        for (text, expected) in [
            ("\n[profiles.work]\n\nisuer = 'x'", "4: unknown key \"isuer\": expected issuer"),
            ("[profiles.a]\nclient_id = 'x'", "2: unknown key \"client_id\": expected client-id"),
            ("[profiles.a]\nx = 1\n[profiles.b]", "2: unknown key \"x\": expected one of issuer, token-endpoint,"),
            ("\nissuer = 'https://h'", "2: issuer stands outside a profile: expected it under [profiles.NAME]"),
            ("default = 'work'", "1: unknown key \"default\": expected default-profile or profiles"),
            ("[profile.work]", "1: unknown key \"profile\": expected profiles"),
            ("profiles = 3", "1: profiles: expected a table of profiles, found integer"),
            ("[[profiles]]", "1: profiles: expected a table of profiles, found array of tables"),
            ("[profiles]\nwork = 'x'", "2: work: expected a table, found string"),
            ("default-profile = 3", "1: default-profile: expected a text, found integer"),
            ("default-profile = 'a b'", "1: \"a b\" is no profile name: expected at most 64 letters"),
            ("\n\n[profiles.'a b']", "3: \"a b\" is no profile name: expected"),
            ("[profiles.a]\nissuer = 3", "2: issuer: expected a text, found integer"),
            ("[profiles.a]\ntimeout = 30", "2: timeout: expected a duration as a text, such as \"30s\", found integer"),
            ("[profiles.a]\nscopes = 3", "2: scopes: expected a text or a list of texts, found integer"),
            ("[profiles.a]\nscopes = ['a', 3]", "2: scopes: expected a text or a list of texts, found a list of"),
            ("[profiles.a]\nextra = 'a=b'", "2: extra: expected a table of texts, found string"),
            ("[profiles.a]\nextra = { a = 1 }", "2: extra: expected a table of texts, found a table of"),
            ("[profiles.a]\nca-file = true", "2: ca-file: expected a path as a text, found boolean"),
            ("[profiles.a.issuer]\nx = 1", "1: issuer: expected a text, found table"),
            ("[profiles.a]\nissuer = 'a'\nissuer = 'b'", "3: not valid TOML: duplicate key"),
            ("[profiles.a]\nissuer = ", "2: not valid TOML: "),
            ("[profiles.a", "1: not valid TOML: "),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.starts_with(&format!("/c/config.toml:{expected}")), "{text}: {error}");
        }
    }

    #[test] // R01, U07
    fn a_secret_in_the_file_is_refused_and_not_shown() {
        for text in [
            "[profiles.a]\npassword = 'canary'",
            "[profiles.a]\npassword = canary",
            "[profiles.a]\npassword = 'canary",
            "[profiles.a]\nclient_secret = \"\"\"canary",
            "[profiles.a]\nissuer = ['canary']",
            "password = 'canary'",
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(!error.contains("canary"), "{error}");
        }
        let error = parse("[profiles.a]\npassword = 'x'").unwrap_err().to_string();
        assert!(error.ends_with("unknown key \"password\": expected password-file or password-command"), "{error}");
    }

    #[test] // U01
    fn what_stands_in_the_file_cannot_move_the_cursor() {
        for text in [
            "\"\\u001b[2J\" = 1",
            "[profiles.\"\\u001b[2J\"]",
            "[profiles.a]\n\"\\u001b[2J\" = 1",
            "\x1b[2J",
            "a = \x1b",
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(!error.chars().any(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn hostile_nesting_is_an_error() {
        for text in ["a = [".repeat(20_000), "[".repeat(100_000), "a.".repeat(50_000) + "b = 1", "{".repeat(50_000)] {
            assert!(parse(&text).is_err());
        }
        let deep = format!("[profiles.a]\nscopes = {}{}", "[".repeat(30_000), "]".repeat(30_000));
        assert!(parse(&deep).is_err());
    }
}
