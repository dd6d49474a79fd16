//! `NAME=VALUE`, a line each.

use super::{Entry, insert_lines, rows};

/// The file that `go env -w` writes: what does not begin with a capital letter, or holds no `=`, is passed over
/// (cmd/go, `internal/cfg`).
pub fn env(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let (name, value) = line.split_once('=')?;
        let is_name = name.starts_with(|c: char| c.is_ascii_uppercase());
        is_name.then(|| Entry { place: vec![name.to_owned()], value: value.trim_end().to_owned() })
    };
    rows(text).filter_map(|row| entry(row.text)).collect()
}

/// The file of npm (the package `ini`): comments begin with `;` or `#`; what follows a section is in it.
pub fn npmrc(text: &str) -> Vec<Entry> {
    let mut section: Option<String> = None;
    let mut entries = Vec::new();
    for row in rows(text) {
        let line = row.text.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = Some(name.to_owned());
        } else if !line.is_empty() && !line.starts_with([';', '#']) {
            let (name, value) = line.split_once('=').unwrap_or((line, "true"));
            let place = section.iter().cloned().chain([unquoted(name)]).collect();
            entries.push(Entry { place, value: unquoted(value) });
        }
    }
    entries
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(text).to_owned()
}

pub fn add_env(text: &str, entry: &Entry) -> String {
    insert_lines(text, text.len(), &line(entry))
}

/// Before the first section, in which it would be lost.
pub fn add_npmrc(text: &str, entry: &Entry) -> String {
    let section = rows(text).find(|row| row.text.trim_start().starts_with('['));
    insert_lines(text, section.map_or(text.len(), |row| row.start), &line(entry))
}

fn line(entry: &Entry) -> String {
    format!("{}={}\n", entry.place.last().map_or("", String::as_str), entry.value)
}
