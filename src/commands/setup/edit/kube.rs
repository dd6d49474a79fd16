//! A kubeconfig in the layout in which kubectl writes it: YAML in blocks. Flow style, anchors and several documents are
//! refused; they can only be changed by kubectl, which writes the file anew.
//!
//! What is put in looks as if kubectl had written it, so that it is still the same after kubectl has.

use std::collections::HashSet;

use super::{Bad, Cut, Entry, insert_lines, line_end, put, rows};

/// What a new file begins with.
pub const BEGINNING: &str = "apiVersion: v1\nkind: Config\n";

const LISTS: [&str; 3] = ["clusters", "contexts", "users"];

/// A key at the top, and what belongs to it.
struct Part<'a> {
    key: &'a str,
    /// What stands behind it on its line, and where.
    inline: &'a str,
    inline_start: usize,
    inline_end: usize,
    /// The end of its own line.
    line_end: usize,
    lines: Vec<Line<'a>>,
}

#[derive(Clone, Copy)]
struct Line<'a> {
    start: usize,
    end: usize,
    number: usize,
    text: &'a str,
}

/// An item of a list.
struct Item<'a> {
    name: String,
    lines: Vec<Line<'a>>,
    indent: usize,
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// A value on its line, without a comment behind it.
fn bare(value: &str) -> &str {
    let value = value.trim();
    if value.starts_with(['"', '\'']) { value } else { value.split(" #").next().unwrap_or(value).trim_end() }
}

fn unquoted(value: &str) -> String {
    let value = bare(value);
    if value.starts_with('"') {
        return serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
    }
    let inner = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    inner.map_or_else(|| value.to_owned(), |inner| inner.replace("''", "'"))
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, Bad> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut keys = HashSet::new();
    for row in rows(text) {
        let line = row.text;
        let set_in = line.starts_with(' ') || line.starts_with("- ") || line == "-";
        if line.trim().is_empty() || line.trim_start().starts_with('#') || line == "---" && parts.is_empty() {
            continue;
        }
        if line.trim_start_matches(' ').starts_with('\t') {
            return Err(Bad::at(row.number, "not YAML: it is set in by a tab"));
        }
        if line.starts_with(['{', '[']) {
            return Err(Bad::Layout);
        }
        if let (true, Some(part)) = (set_in, parts.last_mut()) {
            part.lines.push(Line { start: row.start, end: row.end, number: row.number, text: line });
            continue;
        }
        let colon = line.find(':').filter(|_| !set_in).ok_or_else(|| Bad::at(row.number, "expected KEY: VALUE"))?;
        let (key, rest) = line.split_at(colon);
        let inline = rest.get(1..).unwrap_or_default();
        if !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            || !(inline.is_empty() || inline.starts_with(' '))
        {
            return Err(Bad::at(row.number, "expected KEY: VALUE"));
        }
        if !keys.insert(key) {
            return Err(Bad::at(row.number, "the same key twice"));
        }
        let inline_start = row.start + colon + 1;
        let inline_end = row.start + line.len();
        parts.push(Part { key, inline: bare(inline), inline_start, inline_end, line_end: row.end, lines: Vec::new() });
    }
    Ok(parts)
}

impl<'a> Part<'a> {
    fn is_list(&self) -> bool {
        LISTS.contains(&self.key)
    }

    fn items(&self) -> Result<Vec<Item<'a>>, Bad> {
        if !matches!(self.inline, "" | "null" | "~" | "[]") {
            return Err(Bad::Layout);
        }
        let mut items: Vec<Item<'a>> = Vec::new();
        for line in &self.lines {
            let (depth, rest) = (indent(line.text), line.text.trim_start_matches(' '));
            let begins = rest.starts_with("- ");
            match items.last_mut() {
                Some(item) if depth > item.indent => item.lines.push(*line),
                last if begins && last.as_ref().is_none_or(|item| item.indent == depth) => {
                    items.push(Item { name: String::new(), lines: vec![*line], indent: depth });
                }
                _ => return Err(Bad::at(line.number, "not YAML: it is set in otherwise than the lines before")),
            }
        }
        if !self.inline.is_empty() && !items.is_empty() {
            return Err(Bad::Layout);
        }
        for item in &mut items {
            let name = item.value("name").ok_or(Bad::Layout)?;
            item.name = name;
        }
        Ok(items)
    }
}

impl Item<'_> {
    /// The value of one of its own keys.
    fn value(&self, key: &str) -> Option<String> {
        self.lines.iter().enumerate().find_map(|(index, line)| {
            let own = line.text.get(self.indent + 2..)?;
            // What comes before an own key is the dash, or nothing.
            let is_own = index == 0 || indent(line.text) == self.indent + 2;
            let value = own.strip_prefix(key)?.strip_prefix(':')?;
            is_own.then(|| unquoted(value))
        })
    }

    /// The item, as if its dash stood at the beginning of the line.
    fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.text.get(self.indent..).unwrap_or_default().trim_end());
        lines.collect::<Vec<_>>().join("\n")
    }

    fn start(&self) -> usize {
        self.lines.first().map_or(0, |line| line.start)
    }

    fn end(&self) -> usize {
        self.lines.last().map_or(0, |line| line.end)
    }
}

/// Every item of the three lists, and whatever else there is, key by key.
pub fn entries(text: &str) -> Result<Vec<Entry>, Bad> {
    let mut entries = Vec::new();
    for part in parts(text)? {
        if part.is_list() {
            for item in part.items()? {
                entries.push(Entry { value: item.text(), place: vec![part.key.to_owned(), item.name] });
            }
        } else {
            let lines = part.lines.iter().map(|line| line.text);
            let value = [part.inline].into_iter().chain(lines).collect::<Vec<_>>().join("\n");
            entries.push(Entry { place: vec![part.key.to_owned()], value });
        }
    }
    Ok(entries)
}

/// Behind the last item of its list, which is made if need be.
pub fn add(text: &str, entry: &Entry) -> Option<String> {
    let [section, _] = entry.place.as_slice() else { return None };
    let parts = parts(text).ok()?;
    let Some(part) = parts.iter().find(|part| part.key == section) else {
        return Some(insert_lines(text, text.len(), &format!("{section}:\n{}\n", entry.value)));
    };
    let items = part.items().ok()?;
    match items.last() {
        Some(last) => {
            let space = " ".repeat(last.indent);
            let lines = entry.value.lines().map(|line| format!("{space}{line}\n"));
            Some(insert_lines(text, last.end(), &lines.collect::<String>()))
        }
        None if part.inline.is_empty() => Some(insert_lines(text, part.line_end, &format!("{}\n", entry.value))),
        None => {
            let end = line_end(text);
            let lines = format!("{end}{}", entry.value.replace('\n', end));
            Some(put(text, part.inline_start, part.inline_end, &lines))
        }
    }
}

/// Without the item; a list that holds nothing else says so.
pub fn removals(text: &str, entry: &Entry) -> Vec<Cut> {
    let removed = || {
        let [list, name] = entry.place.as_slice() else { return None };
        let parts = parts(text).ok()?;
        let part = parts.iter().find(|part| part.key == list)?;
        let items = part.items().ok()?;
        let item = items.iter().find(|item| item.name == *name)?;
        if items.len() > 1 {
            return Some(Cut::out(item.start(), item.end()));
        }
        let between = text.get(part.inline_end..item.start())?;
        Some(Cut { from: part.inline_start, to: item.end(), over: format!(" []{between}") })
    };
    removed().into_iter().collect()
}

/// A context that is still the current one, and contexts that still have the user. They are not ours to change: which
/// other is meant, only a person knows. kubectl, too, removes a context and warns.
pub fn still_named(text: &str, place: &[String]) -> Vec<String> {
    let [list, gone] = place else { return Vec::new() };
    let parts = parts(text).unwrap_or_default();
    let part = |key: &str| parts.iter().find(|part| part.key == key);
    if list == "contexts" {
        let is_current = part("current-context").is_some_and(|part| unquoted(part.inline) == *gone);
        let said = format!("current-context is still {gone}, which is gone: kubectl config use-context NAME");
        return is_current.then_some(said).into_iter().collect();
    }
    let contexts = part("contexts").and_then(|part| part.items().ok()).unwrap_or_default();
    let has_it = |item: &&Item<'_>| {
        let users = item.lines.iter().filter_map(|line| line.text.trim_start_matches([' ', '-']).strip_prefix("user:"));
        users.map(unquoted).any(|user| user == *gone)
    };
    let said = |item: &Item<'_>| {
        let name = &item.name;
        format!(
            "context {name} still has the user {gone}, which is gone: kubectl config set-context {name} --user=NAME"
        )
    };
    contexts.iter().filter(has_it).map(said).collect()
}

/// Whether it names nothing.
pub fn is_empty(text: &str) -> bool {
    const SAY_NOTHING: [&str; 3] = ["apiVersion", "kind", "preferences"];
    let says_nothing = |entry: &Entry| {
        let key = entry.place.first().map_or("", String::as_str);
        SAY_NOTHING.contains(&key) || key == "current-context" && matches!(entry.value.as_str(), "\"\"" | "")
    };
    !text.contains('#') && entries(text).is_ok_and(|entries| entries.iter().all(says_nothing))
}

/// Each cluster with the address of its server.
pub fn servers(text: &str) -> Result<Vec<(String, String)>, Bad> {
    let parts = parts(text)?;
    let Some(part) = parts.iter().find(|part| part.key == "clusters") else { return Ok(Vec::new()) };
    let mut servers = Vec::new();
    for item in part.items()? {
        let server = item.lines.iter().find_map(|line| {
            let line = line.text.trim_start_matches([' ', '-']);
            line.strip_prefix("server:").map(unquoted)
        });
        servers.extend(server.map(|server| (item.name.clone(), server)));
    }
    Ok(servers)
}

/// A text as kubectl would write it.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_.-:@".contains(c);
    let begins =
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') || text.starts_with('-') && text.len() > 1;
    let means_more = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    if begins && text.chars().all(is_plain) && !text.ends_with(':') && !text.starts_with("---") && !means_more {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap_or_default()
    }
}

/// A user whose token comes from a program: by the version of the protocol that every kubectl knows, old or new; before
/// 1.22 there is no other. The program is told for which cluster the token is: other files, and options, can name the
/// user with any other.
pub fn user(name: &str, command: &str, arguments: &[String]) -> String {
    let arguments: Vec<String> = arguments.iter().map(|word| format!("      - {}\n", scalar(word))).collect();
    format!(
        "- name: {}\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n{arguments}\
         \x20     command: {}\n      env: null\n      interactiveMode: Never\n      provideClusterInfo: true",
        scalar(name),
        scalar(command),
        arguments = arguments.concat(),
    )
}

/// A cluster with a user.
pub fn context(name: &str, cluster: &str, user: &str) -> String {
    format!("- context:\n    cluster: {}\n    user: {}\n  name: {}", scalar(cluster), scalar(user), scalar(name))
}
