//! TOML. The parser says where everything lies; lines are put in, never written anew.

use toml_edit::{Document, Item, Key, Table, TableLike, Value};

use super::{Bad, Cut, Entry, TABLE, blank_line, insert_lines};

/// Every value, and every table that has a header.
pub fn entries(text: &str) -> Result<Vec<Entry>, Bad> {
    let document = parse(text)?;
    let mut entries = Vec::new();
    walk(document.as_table(), &mut Vec::new(), &mut entries);
    Ok(entries)
}

fn parse(text: &str) -> Result<Document<&str>, Bad> {
    Document::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let line = text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        Bad::at(line, format!("not TOML: {}", error.message().lines().next().unwrap_or_default()))
    })
}

fn walk(table: &dyn TableLike, place: &mut Vec<String>, entries: &mut Vec<Entry>) {
    for (name, item) in table.iter() {
        place.push(name.to_owned());
        match item {
            Item::Value(value) => entries.push(Entry { place: place.clone(), value: shown(value) }),
            Item::Table(inner) => {
                if !inner.is_implicit() && !inner.is_dotted() {
                    entries.push(Entry { place: place.clone(), value: TABLE.to_owned() });
                }
                walk(inner, place, entries);
            }
            Item::ArrayOfTables(tables) => {
                for (index, inner) in tables.iter().enumerate() {
                    place.push(index.to_string());
                    entries.push(Entry { place: place.clone(), value: TABLE.to_owned() });
                    walk(inner, place, entries);
                    place.pop();
                }
            }
            Item::None => {}
        }
        place.pop();
    }
}

/// A value without its spaces and comments.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => Value::from(text.value().as_str()).to_string(),
        Value::Array(values) => format!("[{}]", values.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::InlineTable(table) => {
            let shown = |(name, value)| format!("{} = {}", header(&[String::from(name)]), shown(value));
            format!("{{ {} }}", table.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        value => value.to_string().trim().to_owned(),
    }
}

/// A value as `entries` says it.
pub fn normal(value: &str) -> String {
    value.parse::<Value>().map_or_else(|_| value.to_owned(), |value| shown(&value))
}

/// The names of a table, as they stand in its header.
pub fn header(place: &[String]) -> String {
    place.iter().map(|name| Key::new(name.as_str()).display_repr().into_owned()).collect::<Vec<_>>().join(".")
}

fn find<'a>(root: &'a Table, place: &[String]) -> Option<&'a Table> {
    place.iter().try_fold(root, |table, name| table.get(name)?.as_table())
}

/// A table at the end; a key behind the last of its table.
pub fn add(text: &str, entry: &Entry) -> Option<String> {
    if entry.value == TABLE {
        let lines = format!("{}[{}]\n", blank_line(text), header(&entry.place));
        return Some(insert_lines(text, text.len(), &lines));
    }
    let document = parse(text).ok()?;
    let (name, parents) = entry.place.split_last()?;
    let table = find(document.as_table(), parents)?;
    let start = if parents.is_empty() { None } else { Some(table.span()?.start) };
    let last = ends(table).into_iter().chain(start).max();
    let at = last.map_or(0, |last| end_of_line(text, last));
    let line = format!("{} = {}\n", header(std::slice::from_ref(name)), entry.value);
    Some(insert_lines(text, at, &line))
}

/// Where the values of a table end, of those in it by a dotted name too.
fn ends(table: &Table) -> Vec<usize> {
    table
        .iter()
        .flat_map(|(_, item)| match item {
            Item::Value(value) => value.span().map(|span| span.end).into_iter().collect(),
            Item::Table(inner) if inner.is_dotted() => ends(inner),
            _ => Vec::new(),
        })
        .collect()
}

fn end_of_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| at + end + 1)
}

/// Without its lines.
pub fn removals(text: &str, entry: &Entry) -> Vec<Cut> {
    let lines = || {
        let document = parse(text).ok()?;
        let (name, parents) = entry.place.split_last()?;
        let table = find(document.as_table(), parents)?;
        let item = table.get(name)?;
        let start = match item {
            Item::Table(inner) => inner.span()?.start,
            _ => table.key(name)?.span()?.start,
        };
        let end = if item.is_table() { start } else { item.span()?.end };
        let start = text.get(..start)?.rfind('\n').map_or(0, |end| end + 1);
        Some(Cut::out(start, end_of_line(text, end)))
    };
    lines().into_iter().collect()
}
