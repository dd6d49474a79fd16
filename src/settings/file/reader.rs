//! From the text of `config.toml` to its profiles, every value with its line; the first fault ends it. Pure.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::{ConfigFault, DefaultLine, Entry, Profile};
use crate::oauth::{Foreign, Scopes, WebOrigin};
use crate::settings::profile::ProfileName;
use crate::settings::service::{BIND, BadService, Service};
use crate::settings::table::{DEFAULT_PROFILE, Key, Kind, PROFILES, nearest};
use crate::settings::value::Value;

/// A fault and its line.
type At<T> = Result<T, (usize, ConfigFault)>;

/// What the file says: its default profile and its profiles.
type Content = (Option<DefaultLine>, Vec<Profile>);

/// Reads the whole text.
pub(super) fn read(text: &str) -> At<Content> {
    let reader = Reader { lines: line_starts(text) };
    match Document::parse(text) {
        Ok(document) => reader.document(&document),
        // The error's own text would show the line.
        Err(error) => Err(reader.fault(error.span(), ConfigFault::Syntax(one_line(error.message())))),
    }
}

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

    fn document(&self, document: &Document<&str>) -> At<Content> {
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
        let value = value_of(key, item).ok_or_else(|| self.wrong_type(table, name, kind.expected(), found))?;
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
fn value_of(key: Key, item: &Item) -> Option<Value> {
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
