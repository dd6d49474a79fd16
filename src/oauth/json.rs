//! Reads the one shape in which servers answer: a JSON object of which a few members matter.
//!
//! Texts go straight into [`Secret`], because any of them may be a token. Members that nobody asked for are skipped,
//! however deep they nest, and errors of the JSON parser, which may quote the text, are never passed on.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Response, Unreadable};
use crate::secret::Secret;

/// The value of a member that was asked for.
#[derive(Debug, Default)]
pub(super) enum Member {
    /// `null`, or no such member.
    #[default]
    Absent,
    Text(Secret),
    /// Precise up to 2^53, which is more than any number of seconds here.
    Number(f64),
    List(Vec<Member>),
    Object(Vec<(String, Member)>),
    Bool,
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
    let mut parser = serde_json::Deserializer::from_slice(body);
    let found = parser.deserialize_any(Top { wanted }).map_err(|_| Unreadable::NotJson)?;
    parser.end().map_err(|_| Unreadable::NotJson)?;
    match found {
        None => Err(Unreadable::NotAnObject),
        Some(Found { repeated: Some(name), .. }) => Err(Unreadable::Repeated(name)),
        Some(Found { members, .. }) => Ok(Object(members)),
    }
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

/// The members found, and the first that came twice.
struct Found {
    members: Vec<(&'static str, Member)>,
    repeated: Option<&'static str>,
}

/// Reads the whole answer; `None` if it is something else than an object.
struct Top {
    wanted: &'static [&'static str],
}

impl<'de> Visitor<'de> for Top {
    type Value = Option<Found>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Found { members: Vec::new(), repeated: None };
        while let Some(name) = map.next_key_seed(Name { wanted: self.wanted })? {
            match name {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(name) if found.members.iter().any(|(known, _)| *known == name) => {
                    found.repeated.get_or_insert(name);
                    map.next_value::<IgnoredAny>()?;
                }
                Some(name) => found.members.push((name, map.next_value_seed(AnyMember)?)),
            }
        }
        Ok(Some(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Reads a member's name; `None` for one that nobody asked for.
struct Name {
    wanted: &'static [&'static str],
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.wanted.iter().find(|name| **name == text).copied())
    }
}

/// Reads a member's value, whatever it is; the parser limits how deep it may nest.
struct AnyMember;

impl<'de> DeserializeSeed<'de> for AnyMember {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyMember {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Member, E> {
        Ok(Member::Text(Secret::new(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member, E> {
        Ok(Member::Bool)
    }

    #[expect(clippy::cast_precision_loss, reason = "said of `Member::Number`")]
    fn visit_u64<E>(self, number: u64) -> Result<Member, E> {
        Ok(Member::Number(number as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "said of `Member::Number`")]
    fn visit_i64<E>(self, number: i64) -> Result<Member, E> {
        Ok(Member::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Member, E> {
        Ok(Member::Number(number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Member, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = list.next_element_seed(AnyMember)? {
            members.push(member);
        }
        Ok(Member::List(members))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            members.push((name, map.next_value_seed(AnyMember)?));
        }
        Ok(Member::Object(members))
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
        assert_eq!(of(b"{\"a\":\"\xff\"}").unwrap_err(), Unreadable::NotJson);
        assert_eq!(of(b"\xff\xfe{\0}\0").unwrap_err(), Unreadable::NotJson);
        assert_eq!(of(r#"{"a":"\ud800"}"#).unwrap_err(), Unreadable::NotJson);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(text("\u{feff}{\"a\":\"x\"}"), "x");
    }

    #[test] // T06
    fn depth_does_not_overflow_the_stack() {
        let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        assert!(of(format!("{{\"z\":{},\"a\":1}}", deep("[", "]"))).is_ok());
        assert_eq!(of(format!("{{\"a\":{}}}", deep("[", "]"))).unwrap_err(), Unreadable::NotJson);
        assert_eq!(of("{\"a\":".repeat(100_000)).unwrap_err(), Unreadable::NotJson);
        assert_eq!(of(deep("[", "]")).unwrap_err(), Unreadable::NotAnObject);
    }

    #[test] // T06
    fn a_compressed_body_is_refused() {
        let of = |codings: &[&str]| {
            let headers = codings.iter().map(|coding| ("content-encoding".to_owned(), (*coding).to_owned())).collect();
            read(&Response { status: 200, headers, body: b"{}".to_vec().into() }, &[]).err()
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
