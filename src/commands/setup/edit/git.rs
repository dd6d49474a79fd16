//! git's configuration, which git itself reads: it is asked what the text says, on its standard input.

use std::io::ErrorKind;

use super::{Bad, Cut, Entry, insert_lines, rows};
use crate::sys::child::ask;
use crate::sys::environment::Environment;

/// Everything that git finds anywhere, outside of a repository: in the system's file, in both of the person's, and in what
/// they include; each with the file. Nothing where git cannot say.
pub fn everywhere(environment: &Environment) -> Vec<(String, Entry)> {
    let words = ["config", "--null", "--show-origin", "--list"];
    let said = ask("git", &words, "", environment).ok().filter(|said| said.success);
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default();
    let mut parts = said.split('\0');
    let mut entries = Vec::new();
    while let (Some(origin), Some(entry)) = (parts.next(), parts.next()) {
        entries.push((origin.strip_prefix("file:").unwrap_or(origin).to_owned(), self::entry(entry)));
    }
    entries
}

/// Everything that git finds in it, but not in what it includes: that of a text, git would follow, or refuse.
pub fn entries(text: &str, environment: &Environment) -> Result<Vec<Entry>, Bad> {
    let words = ["config", "--file", "-", "--no-includes", "--null", "--list"];
    let said = ask("git", &words, text, environment).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            Bad::NoProgram("git")
        } else {
            Bad::Text { line: None, why: error.to_string() }
        }
    })?;
    if !said.success {
        return Err(Bad::Text { line: line_in(&said.stderr), why: "git cannot read it".to_owned() });
    }
    let said = String::from_utf8(said.stdout).map_err(|_| Bad::Text { line: None, why: "not text".to_owned() })?;
    Ok(said.split('\0').filter(|entry| !entry.is_empty()).map(entry).collect())
}

fn entry(text: &str) -> Entry {
    // A key alone means that it is true.
    let (key, value) = text.split_once('\n').unwrap_or((text, "true"));
    Entry { place: vec![key.to_owned()], value: value.to_owned() }
}

/// The number in "bad config line 3 in standard input".
fn line_in(said: &str) -> Option<usize> {
    said.split_once(" line ")?.1.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// At the end, in the last section if it is the right one, else in a new one: `section.subsection.key`, and no key holds
/// a dot.
pub fn add(text: &str, entry: &Entry) -> Option<String> {
    let (section, rest) = entry.place.first()?.split_once('.')?;
    let (subsection, key) = rest.rsplit_once('.')?;
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let value = if entry.value.contains(['"', '\\', '#', ';']) {
        format!("\"{}\"", quoted(&entry.value))
    } else {
        entry.value.clone()
    };
    let header = format!("[{section} \"{}\"]", quoted(subsection));
    let last = rows(text).filter(|row| row.text.trim_start().starts_with('[')).last();
    let header = if last.is_some_and(|row| row.text == header) { String::new() } else { header + "\n" };
    let line = format!("{header}\t{}\n", format!("{key} = {value}").trim_end());
    Some(insert_lines(text, text.len(), &line))
}

/// Without a line that could be it. Its section stays, if others came into it.
pub fn removals(text: &str, entry: &Entry) -> Vec<Cut> {
    let key = entry.place.first().and_then(|key| key.rsplit_once('.')).map_or("", |(_, key)| key);
    let could_be = |line: &str| {
        let line = line.trim_start();
        line.get(..key.len()).is_some_and(|name| name.eq_ignore_ascii_case(key)) && line.contains(&entry.value)
    };
    rows(text).filter(|row| could_be(row.text)).map(|row| Cut::out(row.start, row.end)).collect()
}
