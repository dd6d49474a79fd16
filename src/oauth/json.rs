//! Reads the one shape in which servers answer: a JSON object of which a few members matter.
//!
//! The body as a whole must be JSON. Each member is then read alone, so that a value which cannot be read costs that
//! member and not the answer: a refresh token in it may be the only one that still works. Texts go straight into
//! [`Secret`], because any of them may be a token; errors of the JSON parser, which may quote the text, are never
//! passed on.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer as _, MapAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use super::{Response, Unreadable};
use crate::secret::Secret;

/// The value of a member that was asked for.
#[derive(Debug, Default)]
pub(super) enum Member {
    /// `null`, or no such member.
    #[default]
    Absent,
    /// What is no Unicode in it (a byte that is not UTF-8, half of a surrogate pair) stands as U+FFFD.
    Text(Secret),
    /// Precise up to 2^53, which is more than any number of seconds here; infinite beyond the range of an `f64`.
    Number(f64),
    Bool(bool),
    List(Vec<Member>),
    Object(Vec<(String, Member)>),
    /// A list or an object inside of another: nothing that anybody looks into.
    Other,
}

impl Member {
    /// The text; nothing for an empty one, which counts as omitted (RFC 6749 §3.2).
    pub(super) fn text(self) -> Option<Secret> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether there is nothing in it: absent or an empty text.
    pub(super) fn is_absent(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    fn read(value: &RawValue) -> Self {
        let json = value.get();
        match json.as_bytes().first() {
            Some(b'[') => serde_json::from_str(json).map_or(Self::Other, |list: Vec<&RawValue>| {
                Self::List(list.into_iter().map(Self::read_flat).collect())
            }),
            Some(b'{') => members(json).map_or(Self::Other, |members| {
                let member = |(name, value): (Secret, _)| (name.expose().to_owned(), Self::read_flat(value));
                Self::Object(members.into_iter().map(member).collect())
            }),
            _ => Self::read_flat(value),
        }
    }

    /// Reads a value that is no list or object, without recursion.
    fn read_flat(value: &RawValue) -> Self {
        let json = value.get();
        match json.as_bytes().first() {
            Some(b'"') => Text.deserialize(&mut Deserializer::from_str(json)).map_or(Self::Other, Self::Text),
            Some(b'n') => Self::Absent,
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'-' | b'0'..=b'9') => json.parse().map_or(Self::Other, Self::Number),
            _ => Self::Other,
        }
    }
}

/// The members of an answer that were asked for and are there.
#[derive(Debug)]
pub(super) struct Object(Vec<(&'static str, Member)>);

impl Object {
    /// Takes a member out.
    pub(super) fn take(&mut self, name: &str) -> Member {
        self.0
            .iter_mut()
            .find(|(known, _)| *known == name)
            .map(|(_, member)| std::mem::take(member))
            .unwrap_or_default()
    }
}

/// Reads the members called `wanted` of an answer's body. A byte order mark is skipped (RFC 8259 §8.1), the
/// Content-Type is not looked at: servers send JSON as text/html.
pub(super) fn read(response: &Response, wanted: &'static [&'static str]) -> Result<Object, Unreadable> {
    if is_compressed(response) {
        return Err(Unreadable::Compressed);
    }
    let body = without_mark(&response.body);
    if body.trim_ascii().is_empty() {
        return Err(Unreadable::Empty);
    }
    // What is copied here is wiped by the allocator, and there is a copy only where the body is not UTF-8.
    let body = String::from_utf8_lossy(body);
    let value: &RawValue = serde_json::from_str(&body).map_err(|_| Unreadable::NotJson)?;
    let mut found = Vec::new();
    for (name, value) in members(value.get()).ok_or(Unreadable::NotAnObject)? {
        let Some(name) = wanted.iter().copied().find(|wanted| *wanted == name.expose()) else { continue };
        if found.iter().any(|(known, _)| *known == name) {
            return Err(Unreadable::Repeated(name));
        }
        found.push((name, Member::read(value)));
    }
    Ok(Object(found))
}

/// The body without the byte order mark that some servers put in front.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Whether a Content-Encoding was applied, though none was asked for (T06).
fn is_compressed(response: &Response) -> bool {
    let codings = response.headers.iter().filter(|(name, _)| name == "content-encoding");
    codings.flat_map(|(_, value)| value.split(',')).any(|coding| {
        let coding = coding.trim();
        !coding.is_empty() && !coding.eq_ignore_ascii_case("identity")
    })
}

/// An object's names, each with its value as it stands there; `None` for something else than an object.
fn members(json: &str) -> Option<Vec<(Secret, &RawValue)>> {
    Deserializer::from_str(json).deserialize_map(Members).ok()
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Secret, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry_seed(Text, PhantomData)? {
            members.push(member);
        }
        Ok(members)
    }
}

/// Reads a text. The parser gives it as bytes, because as text it would refuse half of a surrogate pair.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Secret;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Secret, D::Error> {
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Text {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Secret, E> {
        Ok(Secret::new(String::from_utf8_lossy(bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: impl AsRef<[u8]>) -> Result<Object, Unreadable> {
        read(&Response { status: 200, body: body.as_ref().to_vec().into(), ..Response::default() }, &["a", "b"])
    }

    fn text(body: impl AsRef<[u8]>) -> String {
        of(body).unwrap().take("a").text().unwrap().expose().to_owned()
    }

    #[test] // P06
    fn unknown_members_are_skipped_and_known_ones_come_once() {
        assert_eq!(text(r#" {"z":[{"a":2}],"a":"x","z":1e999,"b":null} "#), "x");
        assert_eq!(of(r#"{"a":"x","a":"x"}"#).unwrap_err(), Unreadable::Repeated("a"));
        assert_eq!(of(r#"{"a":null,"b":1,"\u0061":"x"}"#).unwrap_err(), Unreadable::Repeated("a"));
        assert!(of("{}").unwrap().take("a").is_absent());
        assert!(matches!(of(r#"{"a":-1}"#).unwrap().take("a"), Member::Number(-1.0)));
    }

    #[test]
    fn what_is_no_object() {
        for body in ["", " \r\n\t", "\u{feff}"] {
            assert_eq!(of(body).unwrap_err(), Unreadable::Empty, "{body:?}");
        }
        for body in ["[]", "[{\"a\":1}]", "\"canary\"", "null", "true", "1", "-1", "1.5"] {
            assert_eq!(of(body).unwrap_err(), Unreadable::NotAnObject, "{body}");
        }
        for body in [
            "{",
            "{\"a\":\"x\"",
            "{}x",
            "{} {}",
            "a=b&c=d",
            "<html>",
            "{'a':1}",
            "{\"a\":\"\n\"}",
            "\u{feff}\u{feff}{}",
        ] {
            assert_eq!(of(body).unwrap_err(), Unreadable::NotJson, "{body}");
        }
        assert_eq!(of(b"\xff\xfe{\0}\0").unwrap_err(), Unreadable::NotJson);
    }

    #[test] // P06
    fn what_is_no_unicode_costs_nothing_else() {
        assert_eq!(text(b"{\"\xff\":\"\xff\",\"a\":\"x\",\"b\":\"\xff\"}"), "x");
        assert_eq!(text(r#"{"\udfff":"\ud800","a":"x","b":"\ud800\ud800"}"#), "x");
        assert_eq!(text(b"{\"a\":\"x\xffy\"}"), "x\u{fffd}y");
        assert_eq!(text(r#"{"a":"x\ud800y"}"#).replace('\u{fffd}', ""), "xy");
        assert_eq!(text(r#"{"a":"\ud83e\udd80"}"#), "🦀");
    }

    #[test] // P08
    fn numbers_beyond_any_range() {
        let number = |json: &str| match of(format!("{{\"a\":{json}}}")).unwrap().take("a") {
            Member::Number(number) => number,
            other => panic!("{other:?}"),
        };
        let long = "9".repeat(10_000);
        for json in ["1e999", "1E+9999999999999999999", &long, &format!("1e{long}")] {
            assert_eq!((number(json), number(&format!("-{json}"))), (f64::INFINITY, f64::NEG_INFINITY), "{json}");
        }
        for json in ["0", "0e999", "1e-999", &format!("0.{}1", "0".repeat(10_000)), &format!("1e-{long}")] {
            assert!(number(json).abs() < f64::MIN_POSITIVE, "{json}");
        }
        assert!(matches!(of(r#"{"a":[1e999,{"x":1e999}]}"#).unwrap().take("a"), Member::List(list) if list.len() == 2));
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(text("\u{feff}{\"a\":\"x\"}"), "x");
    }

    #[test] // T06
    fn depth_does_not_overflow_the_stack() {
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        assert!(of(format!("{{\"z\":{},\"a\":1}}", deep("[", "]"))).is_ok());
        for nested in [deep("[", "]"), deep("{\"x\":", "}").replacen(":}", ":1}", 1)] {
            let mut object = of(format!("{{\"a\":{nested},\"b\":\"x\"}}")).unwrap();
            assert!(matches!(object.take("a"), Member::List(_) | Member::Object(_)));
            assert_eq!(object.take("b").text().unwrap().expose(), "x");
        }
        assert_eq!(of("{\"a\":".repeat(100_000)).unwrap_err(), Unreadable::NotJson);
        assert_eq!(of(deep("[", "]")).unwrap_err(), Unreadable::NotAnObject);
    }

    #[test] // T06
    fn a_compressed_body_is_refused() {
        let of = |codings: &[&str]| {
            let headers = codings.iter().map(|coding| ("content-encoding".to_owned(), (*coding).to_owned())).collect();
            read(&Response { status: 200, headers, body: b"{}".to_vec().into(), ..Response::default() }, &[]).err()
        };
        for codings in [&["gzip"][..], &["GZIP"], &["br"], &["identity, gzip"], &["identity", "deflate"], &["x"]] {
            assert_eq!(of(codings), Some(Unreadable::Compressed), "{codings:?}");
        }
        for codings in [&[][..], &["identity"], &["Identity"], &[""]] {
            assert_eq!(of(codings), None, "{codings:?}");
        }
    }

    #[test] // M03
    fn debug_shows_no_text() {
        let object = of(r#"{"a":"canary","b":["canary",{"x":"canary"}]}"#).unwrap();
        assert!(!format!("{object:?}").contains("canary"));
    }
}
