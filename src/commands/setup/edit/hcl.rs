//! Terraform's configuration file: attributes and blocks. Only its outermost layer is read, but that strictly: strings,
//! brackets and comments have to come to their ends.

use super::{Bad, Cut, Entry, blank_line, insert_lines};

/// Of these blocks there may be one, whatever its label.
const ONLY_ONE: &str = "credentials_helper";

/// A word, a string with its quotes, or one sign; and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    start: usize,
    line: usize,
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Bad> {
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let until = |end: &str| rest.find(end).unwrap_or(rest.len());
        let first = rest.chars().next().unwrap_or_default();
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
        let length = if first == '#' || rest.starts_with("//") {
            until("\n")
        } else if rest.starts_with("/*") {
            rest.find("*/").map(|end| end + 2).ok_or_else(|| Bad::at(line, "a comment without its end"))?
        } else if rest.starts_with("<<") {
            // What is in it could hold anything.
            return Err(Bad::Layout);
        } else if first == '"' {
            string(rest).ok_or_else(|| Bad::at(line, "a string without its end"))?
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let token = rest.get(..length).unwrap_or(rest);
        let is_comment = first == '#' || token.starts_with("//") || token.starts_with("/*");
        if first == '\n' || !is_comment && !first.is_whitespace() {
            tokens.push(Token { text: token, start: at, line });
        }
        line += token.matches('\n').count();
        at += length;
    }
    Ok(tokens)
}

/// How long the string is that begins here.
fn string(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// An attribute or a block: its first and last token.
struct Part<'a> {
    tokens: Vec<Token<'a>>,
}

fn parts(text: &str) -> Result<Vec<Part<'_>>, Bad> {
    let mut parts = Vec::new();
    let mut part: Vec<Token<'_>> = Vec::new();
    let mut open: Vec<Token<'_>> = Vec::new();
    for token in tokens(text)? {
        let closes = match token.text {
            "}" => Some("{"),
            "]" => Some("["),
            ")" => Some("("),
            _ => None,
        };
        if matches!(token.text, "{" | "[" | "(") {
            open.push(token);
        } else if closes.is_some() && open.pop().map(|token| token.text) != closes {
            return Err(Bad::at(token.line, format!("`{}` without its beginning", token.text)));
        }
        if token.text != "\n" {
            if part.is_empty() && !token.text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"')) {
                return Err(Bad::at(token.line, "expected a name"));
            }
            part.push(token);
        }
        let ends = open.is_empty() && (token.text == "\n" || token.text == "}");
        if ends && !part.is_empty() {
            parts.push(Part { tokens: std::mem::take(&mut part) });
        }
    }
    if let Some(token) = open.first() {
        return Err(Bad::at(token.line, format!("`{}` without its end", token.text)));
    }
    parts.extend((!part.is_empty()).then_some(Part { tokens: part }));
    let is_odd = |part: &&Part<'_>| part.tokens.iter().all(|token| !matches!(token.text, "=" | "{"));
    match parts.iter().find(is_odd).and_then(|part| part.tokens.first()) {
        Some(token) => Err(Bad::at(token.line, "neither an attribute nor a block")),
        None => Ok(parts),
    }
}

/// Every attribute and block.
pub fn entries(text: &str) -> Result<Vec<Entry>, Bad> {
    Ok(parts(text)?.iter().map(Part::entry).collect())
}

impl Part<'_> {
    fn entry(&self) -> Entry {
        let words: Vec<&str> = self.tokens.iter().map(|token| token.text).collect();
        let name = words.first().map_or("", |name| name.trim_matches('"'));
        let begin = words.iter().position(|word| matches!(*word, "=" | "{")).unwrap_or(words.len());
        let names = if name == ONLY_ONE { 1 } else { begin };
        let place = words.iter().take(names).map(|word| word.trim_matches('"').to_owned()).collect();
        let value = words.get(names..).unwrap_or_default().join(" ");
        Entry { place, value }
    }
}

/// A value as `entries` says it.
pub fn normal(value: &str) -> String {
    let tokens = tokens(value).unwrap_or_default();
    tokens.iter().map(|token| token.text).filter(|text| *text != "\n").collect::<Vec<_>>().join(" ")
}

/// At the end.
pub fn add(text: &str, entry: &Entry) -> String {
    let lines = format!("{}{} {}\n", blank_line(text), entry.place.join(" "), entry.value);
    insert_lines(text, text.len(), &lines)
}

/// Without the block, with the lines that it is on.
pub fn removals(text: &str, entry: &Entry) -> Vec<Cut> {
    let wanted = Entry { value: normal(&entry.value), place: entry.place.clone() };
    let parts = parts(text).unwrap_or_default();
    let of_part = |part: &Part<'_>| {
        let (first, last) = (part.tokens.first()?.start, part.tokens.last()?.start);
        let from = text.get(..first)?.rfind('\n').map_or(0, |end| end + 1);
        let to = text.get(last..)?.find('\n').map_or(text.len(), |end| last + end + 1);
        Some(Cut::out(from, to))
    };
    parts.iter().filter(|part| part.entry() == wanted).filter_map(of_part).collect()
}
