//! JSON, an object at the top. The parser says whether it is; then the text can be walked without doubt.

use std::collections::HashSet;

use serde::de::IgnoredAny;

use super::{Bad, Cut, Entry, TABLE, line_end, put};

/// The one member at the top that is ours to change.
const HELPERS: &str = "credHelpers";

/// No program writes objects in objects as deep as that.
const DEEPEST: usize = 128;

/// A member of an object: its name, and where it lies.
struct Member {
    name: String,
    start: usize,
    value: usize,
    end: usize,
}

/// An object: where its braces are, and what is in between.
struct Object {
    open: usize,
    close: usize,
    members: Vec<Member>,
}

/// Every member, however deep; what lies in arrays is a part of them.
pub fn entries(text: &str) -> Result<Vec<Entry>, Bad> {
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| {
        let said = error.to_string();
        let why = said.split(" at line ").next().unwrap_or_default().to_owned();
        Bad::at(error.line(), format!("not JSON: {why}"))
    })?;
    let root = root(text).ok_or_else(|| Bad::at(1, "expected an object"))?;
    let mut entries = Vec::new();
    walk(text, &root, &mut Vec::new(), &mut entries)?;
    Ok(entries)
}

fn walk(text: &str, object: &Object, place: &mut Vec<String>, entries: &mut Vec<Entry>) -> Result<(), Bad> {
    let mut names = HashSet::new();
    for member in &object.members {
        let bad = |why| {
            let line = text.get(..member.start).unwrap_or_default().matches('\n').count() + 1;
            Err(Bad::at(line, why))
        };
        if !names.insert(&member.name) {
            return bad("the same name twice in one object");
        }
        // Go, in which the readers of these files are written, does not mind the case: one of the two would win.
        if place.is_empty() && member.name.eq_ignore_ascii_case(HELPERS) && member.name != HELPERS {
            return bad("expected credHelpers, written like this");
        }
        if place.len() >= DEEPEST {
            return bad("too many objects in one another");
        }
        place.push(member.name.clone());
        let raw = text.get(member.value..member.end).unwrap_or_default();
        let inner = object_at(text, member.value);
        let value = if inner.is_some() { TABLE } else { raw };
        entries.push(Entry { place: place.clone(), value: value.to_owned() });
        if let Some(inner) = inner {
            walk(text, &inner, place, entries)?;
        }
        place.pop();
    }
    Ok(())
}

fn root(text: &str) -> Option<Object> {
    object_at(text, skip_space(text, 0))
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start().len())
}

/// The object that begins here, in a text that is JSON.
fn object_at(text: &str, open: usize) -> Option<Object> {
    let byte = |at: usize| text.as_bytes().get(at).copied();
    if byte(open)? != b'{' {
        return None;
    }
    let mut members = Vec::new();
    let mut at = skip_space(text, open + 1);
    while byte(at)? != b'}' {
        let start = at;
        let name_end = end_of_value(text, start)?;
        let name = serde_json::from_str(text.get(start..name_end)?).ok()?;
        // Over the colon.
        let value = skip_space(text, skip_space(text, name_end) + 1);
        let end = end_of_value(text, value)?;
        members.push(Member { name, start, value, end });
        at = skip_space(text, end);
        if byte(at)? == b',' {
            at = skip_space(text, at + 1);
        }
    }
    Some(Object { open, close: at, members })
}

/// Where the value ends that begins here.
fn end_of_value(text: &str, start: usize) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let mut at = start;
    for byte in text.get(start..)?.bytes() {
        if in_string {
            in_string = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            if !in_string && depth == 0 {
                return Some(at + 1);
            }
        } else {
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' if depth == 0 => return Some(at),
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                byte if depth == 0 && byte.is_ascii_whitespace() => return Some(at),
                _ => {}
            }
        }
        at += 1;
    }
    Some(at)
}

/// The object at a place.
fn find(text: &str, place: &[String]) -> Option<Object> {
    place.iter().try_fold(root(text)?, |object, name| {
        let member = object.members.iter().find(|member| member.name == *name)?;
        object_at(text, member.value)
    })
}

/// Behind the last member, set in as that is.
pub fn add(text: &str, entry: &Entry) -> Option<String> {
    let (name, parents) = entry.place.split_last()?;
    let object = find(text, parents)?;
    let member = format!("{}: {}", serde_json::to_string(name).ok()?, entry.value);
    let before = |member: &Member, open: usize| text.get(open + 1..member.start).unwrap_or_default().to_owned();
    if let (Some(first), Some(last)) = (object.members.first(), object.members.last()) {
        let space = before(first, object.open);
        let space = if space.contains('\n') { space } else { " ".to_owned() };
        return Some(put(text, last.end, last.end, &format!(",{space}{member}")));
    }
    let root = root(text)?;
    let space = root.members.first().map(|first| before(first, root.open));
    if space.as_ref().is_some_and(|space| !space.contains('\n')) {
        return Some(put(text, object.open + 1, object.close, &member));
    }
    let unit = space.and_then(|space| space.rsplit_once('\n').map(|(_, unit)| unit.to_owned()));
    let unit = unit.unwrap_or_else(|| "\t".to_owned());
    let (end, depth) = (line_end(text), parents.len());
    let inside = format!("{end}{}{member}", unit.repeat(depth + 1));
    // An end that has a line of its own keeps it.
    let has_line = text.get(object.open + 1..object.close).is_some_and(|space| space.contains('\n'));
    let close = if has_line { String::new() } else { format!("{end}{}", unit.repeat(depth)) };
    Some(put(text, object.open + 1, object.open + 1, &format!("{inside}{close}")))
}

/// Without the member and its comma.
pub fn removals(text: &str, entry: &Entry) -> Vec<Cut> {
    let removed = || {
        let (name, parents) = entry.place.split_last()?;
        let object = find(text, parents)?;
        let at = object.members.iter().position(|member| member.name == *name)?;
        let member = object.members.get(at)?;
        let previous = at.checked_sub(1).and_then(|at| object.members.get(at));
        Some(match (previous, object.members.get(at + 1)) {
            (Some(previous), _) => Cut::out(previous.end, member.end),
            (None, Some(next)) => Cut::out(member.start, next.start),
            (None, None) => Cut::out(object.open + 1, object.close),
        })
    };
    removed().into_iter().collect()
}

/// Whether it is an empty object.
pub fn blank(text: &str) -> bool {
    root(text).is_some_and(|root| root.members.is_empty())
}
