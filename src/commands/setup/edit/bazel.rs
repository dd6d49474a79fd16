//! A bazelrc: a command and its options on each line, words as a shell would part them; a backslash at the end of a
//! line goes on in the next (bazel.build/run/bazelrc).

use super::{Bad, Entry, insert_lines, rows};

/// The option that says which program helps with which host.
const OPTION: &str = "--credential_helper";

/// Each helper, and of every line what is not one.
pub fn entries(text: &str) -> Result<Vec<Entry>, Bad> {
    let mut entries = Vec::new();
    let (mut line, mut first) = (String::new(), 1);
    for row in rows(text) {
        if line.is_empty() {
            first = row.number;
        }
        if let Some(part) = row.text.strip_suffix('\\') {
            line += part;
            line.push(' ');
            if row.end < text.len() {
                continue;
            }
            // What comes behind it would be a part of it.
            return Err(Bad::at(row.number, "the last line goes on, and nothing follows"));
        }
        line += row.text;
        let words = words(&line).ok_or_else(|| Bad::at(first, "a quote without its end"))?;
        line.clear();
        let (mut helpers, mut others) = (Vec::new(), Vec::new());
        let mut rest = words.into_iter();
        while let Some(given) = rest.next() {
            let word = given.replace("--experimental_credential_helper", OPTION);
            let value = if word == OPTION { rest.next() } else { value_of(&word) };
            let Some(value) = value else {
                others.push(given);
                continue;
            };
            // Without a host it is for all.
            let (host, path) = value.split_once('=').unwrap_or(("*", &value));
            helpers.push(Entry { place: vec![OPTION.to_owned(), host.to_owned()], value: path.to_owned() });
        }
        // The command alone says nothing but whom a helper is for.
        if others.len() > usize::from(!helpers.is_empty()) {
            helpers.push(Entry { place: vec!["line".to_owned()], value: others.join(" ") });
        }
        entries.append(&mut helpers);
    }
    Ok(entries)
}

fn value_of(word: &str) -> Option<String> {
    word.strip_prefix(OPTION)?.strip_prefix('=').map(str::to_owned)
}

/// The words of a line, up to a comment; `None` where a quote is left open.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\\', _) => word.get_or_insert_default().extend(chars.next()),
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            ('#', None) if word.is_none() => break,
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A word that is read as it is given.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@+*,%".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""))
    }
}

/// The line that has a helper for a host.
pub fn line(host: &str, path: &str) -> String {
    format!("common {}", quoted(&format!("{OPTION}={host}={path}")))
}

/// At the end.
pub fn add(text: &str, entry: &Entry) -> String {
    let host = entry.place.last().map_or("", String::as_str);
    insert_lines(text, text.len(), &format!("{}\n", line(host, &entry.value)))
}
