//! Sections, and in them `KEY = VALUE` or `KEY: VALUE`, as Python's `configparser` reads them: a line that is set in
//! goes on with the value before it; comments have lines of their own. pip and AWS read their files by it.

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

/// The entries, each with where the line ends that ends it.
fn read(text: &str) -> Result<(Vec<Entry>, Vec<usize>), Bad> {
    let mut section: Option<String> = None;
    let (mut entries, mut ends): (Vec<Entry>, Vec<usize>) = (Vec::new(), Vec::new());
    for row in rows(text) {
        let line = row.text.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let goes_on = row.text.starts_with([' ', '\t']);
        if let (true, Some(last), Some(end)) = (goes_on, entries.last_mut(), ends.last_mut())
            && last.place.len() == 2
        {
            last.value = format!("{}\n{line}", last.value);
            *end = row.end;
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
        ends.push(row.end);
    }
    Ok((entries, ends))
}

/// A section at the end; a key behind the last of its section.
pub fn add(text: &str, entry: &Entry) -> Option<String> {
    match entry.place.as_slice() {
        [section] => Some(insert_lines(text, text.len(), &format!("{}[{section}]\n", blank_line(text)))),
        [section, key] => {
            let (entries, ends) = read(text).ok()?;
            let last = entries.iter().rposition(|entry| entry.place.first() == Some(section))?;
            Some(insert_lines(text, *ends.get(last)?, &format!("{key} = {}\n", entry.value)))
        }
        _ => None,
    }
}
