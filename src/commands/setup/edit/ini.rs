//! Sections, and in them `KEY = VALUE` or `KEY: VALUE`, as Python's `configparser` reads them: a line that is set in
//! further than the one before it goes on with its value; comments have lines of their own. pip and AWS read their
//! files by it.

use super::{Bad, Entry, TABLE, blank_line, insert_lines, rows};

/// Keys are one whatever their case; pip takes `_` for `-` too.
pub fn is_same(one: &[String], other: &[String]) -> bool {
    let normal = |name: &str| name.to_lowercase().replace('_', "-");
    match (one, other) {
        ([section, key], [other_section, other_key]) => section == other_section && normal(key) == normal(other_key),
        _ => one == other,
    }
}

/// Everything in it.
pub fn entries(text: &str) -> Result<Vec<Entry>, Bad> {
    read(text).map(|(entries, _)| entries)
}

/// Where an entry is: how far its first line is set in, and the end of its last one.
struct Lies<'a> {
    indent: &'a str,
    end: usize,
}

/// The entries, each with where it is.
fn read(text: &str) -> Result<(Vec<Entry>, Vec<Lies<'_>>), Bad> {
    let mut section: Option<String> = None;
    let (mut entries, mut all): (Vec<Entry>, Vec<Lies<'_>>) = (Vec::new(), Vec::new());
    for row in rows(text) {
        let line = row.text.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let indent = row.text.get(..row.text.len() - row.text.trim_start().len()).unwrap_or_default();
        if let (Some(last), Some(lies)) = (entries.last_mut(), all.last_mut())
            && last.place.len() == 2
            && indent.chars().count() > lies.indent.chars().count()
        {
            last.value = format!("{}\n{line}", last.value);
            lies.end = row.end;
            continue;
        }
        let (place, value) = if let Some(rest) = line.strip_prefix('[') {
            let name = rest.rsplit_once(']').map(|(name, _)| name).filter(|name| !name.is_empty());
            let name = name.ok_or_else(|| Bad::at(row.number, "a section without its end"))?;
            section = Some(name.to_owned());
            (vec![name.to_owned()], TABLE)
        } else {
            let (key, value) = line
                .split_once(['=', ':'])
                .filter(|(key, _)| !key.trim().is_empty())
                .ok_or_else(|| Bad::at(row.number, "neither a section nor KEY = VALUE"))?;
            let section = section.clone().ok_or_else(|| Bad::at(row.number, "a key before any section"))?;
            (vec![section, key.trim().to_owned()], value.trim())
        };
        entries.push(Entry { place, value: value.to_owned() });
        all.push(Lies { indent, end: row.end });
    }
    Ok((entries, all))
}

/// A section at the end; a key behind the last of its section, set in as that is.
pub fn add(text: &str, entry: &Entry) -> Option<String> {
    match entry.place.as_slice() {
        [section] => Some(insert_lines(text, text.len(), &format!("{}[{section}]\n", blank_line(text)))),
        [section, key] => {
            let (entries, all) = read(text).ok()?;
            let last = all.get(entries.iter().rposition(|entry| entry.place.first() == Some(section))?)?;
            Some(insert_lines(text, last.end, &format!("{}{key} = {}\n", last.indent, entry.value)))
        }
        _ => None,
    }
}
