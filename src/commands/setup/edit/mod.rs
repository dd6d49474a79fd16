//! Texts of other programs' settings, changed without being rewritten: one entry is put in, or taken out, and every
//! other byte stays. Each format has three pure functions:
//!
//! - `entries` reads the whole text, strictly: what it does not understand is an error with its line;
//! - `add` puts one entry in;
//! - `removals` are the cuts that could take one out, the likeliest first.
//!
//! `layers` takes one out from under others.
//!
//! No format is trusted with the outcome: the text is read again, and has to say all that it said before, and the one
//! entry more, or less.

mod bazel;
mod git;
mod hcl;
mod ini;
mod json;
mod kube;
mod layers;
mod lines;
mod toml;

use serde::{Deserialize, Serialize};

use crate::sys::environment::Environment;
use crate::sys::files::LockPlace;

pub use git::everywhere as git_everywhere;
pub use kube::{context as kube_context, servers as kube_servers, user as kube_user};
pub use layers::Layer;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// git's own, which git itself reads.
    Git,
    /// JSON, an object at the top.
    Json,
    /// TOML.
    Toml,
    /// Sections and keys as Python's configparser reads them (pip, AWS).
    Ini,
    /// `NAME=VALUE` (Go).
    Env,
    /// npm's.
    Npmrc,
    /// Bazel's options, line by line.
    Bazelrc,
    /// Terraform's.
    Hcl,
    /// A kubeconfig.
    Kube,
}

/// One thing that a file says: where in it, and what. A table or a section is one of its own, with a value that says
/// only that it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub place: Vec<String>,
    /// What, in the format's words, without its spaces.
    pub value: String,
}

/// A value that says only that a table or a section is there.
pub const TABLE: &str = "{}";

/// What something may be written in the place of, besides spaces: it goes into the journal, and so is nothing but a sign
/// of emptiness.
const MAY_GO: [&str; 4] = ["", "null", "~", "[]"];

/// How many ways of taking an entry out are tried: in a text that is full of what looks like it there would be no end.
const TRIES: usize = 32;

/// How comments begin, in any of the formats.
const COMMENTS: [&str; 4] = ["#", ";", "//", "/*"];

/// Why a text cannot be read, or not be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bad {
    /// It is not what it should be.
    Text {
        /// The line, from 1, if one can be named.
        line: Option<usize>,
        /// What is wrong with it.
        why: String,
    },
    /// It is, but in a layout that is not changed here.
    Layout,
    /// The program that reads it is not there.
    NoProgram(&'static str),
}

impl Bad {
    fn at(line: usize, why: impl Into<String>) -> Self {
        Self::Text { line: Some(line), why: why.into() }
    }
}

/// What takes an entry in or out of a text.
#[derive(Debug, Clone, Copy)]
pub struct Editor<'a> {
    /// For git, which is asked what it reads.
    pub environment: &'a Environment,
}

/// A piece of text in the place of another, which is mostly nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Splice {
    /// What was written.
    pub wrote: String,
    /// What stood there before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub over: String,
}

impl Splice {
    /// Whether it may be kept: nothing that a person wrote is in it.
    fn may_be_kept(&self) -> bool {
        MAY_GO.contains(&self.over.trim())
    }
}

/// A part of a text, and what is to be in its place.
#[derive(Debug)]
struct Cut {
    from: usize,
    to: usize,
    over: String,
}

impl Cut {
    fn out(from: usize, to: usize) -> Self {
        Self { from, to, over: String::new() }
    }
}

impl Editor<'_> {
    /// Everything that a text says.
    ///
    /// # Errors
    /// [`Bad`]
    pub fn entries(self, format: Format, text: &str) -> Result<Vec<Entry>, Bad> {
        if let Some(line) = odd_end(format, text) {
            return Err(Bad::at(line, "a sign at which some programs end a line and others do not"));
        }
        match format {
            Format::Git => git::entries(text, self.environment),
            Format::Json => json::entries(text),
            Format::Toml => toml::entries(text),
            Format::Ini => ini::entries(text),
            Format::Env => Ok(lines::env(text)),
            Format::Npmrc => Ok(lines::npmrc(text)),
            Format::Bazelrc => bazel::entries(text),
            Format::Hcl => hcl::entries(text),
            Format::Kube => kube::entries(text),
        }
    }

    /// The text with one entry more.
    ///
    /// # Errors
    /// [`Bad`]
    pub fn add(self, format: Format, text: &str, entry: &Entry) -> Result<(String, Splice), Bad> {
        let after = match format {
            Format::Git => git::add(text, entry),
            Format::Json => json::add(text, entry),
            Format::Toml => toml::add(text, entry),
            Format::Ini => ini::add(text, entry),
            Format::Env => Some(lines::add_env(text, entry)),
            Format::Npmrc => Some(lines::add_npmrc(text, entry)),
            Format::Bazelrc => Some(bazel::add(text, entry)),
            Format::Hcl => Some(hcl::add(text, entry)),
            Format::Kube => kube::add(text, entry),
        };
        let after = after.ok_or(Bad::Layout)?;
        let splice = splice(text, &after);
        let before = self.entries(format, text)?;
        // What is read there now, were it written otherwise, could not be undone.
        let now = self.entries(format, &after).map_err(|_| Bad::Layout)?;
        let added = position(format, &now, entry).map(|at| without(&now, at));
        if added.as_ref() == Some(&before) && splice.may_be_kept() { Ok((after, splice)) } else { Err(Bad::Layout) }
    }

    /// The text with one entry less, which it holds; `None` where that cannot be had without touching others.
    ///
    /// # Errors
    /// [`Bad`]
    pub fn take_out(self, format: Format, text: &str, entry: &Entry, splice: &Splice) -> Result<Option<String>, Bad> {
        let before = self.entries(format, text)?;
        let Some(at) = position(format, &before, entry) else { return Ok(None) };
        let left = without(&before, at);
        // The end that it gave to the last line may have others behind it by now.
        let alone = if splice.over.is_empty() { splice.wrote.trim_start_matches(['\r', '\n']) } else { "" };
        let remembered = all_of(text, &splice.wrote, &splice.over).chain(all_of(text, alone, ""));
        let found = removals(format, text, entry);
        // A comment that a person has put to it since would be lost, and no format counts it as an entry.
        let ours = [&splice.wrote, &entry.value].into_iter().chain(&entry.place);
        let is_new = |sign: &&&str| ours.clone().all(|text| !text.contains(**sign));
        let signs: Vec<&&str> = COMMENTS.iter().filter(is_new).collect();
        for cut in remembered.take(TRIES).chain(found.into_iter().take(TRIES)) {
            let candidate = put(text, cut.from, cut.to, &cut.over);
            let taken = self::splice(&candidate, text).wrote;
            let holds_comment = signs.iter().any(|sign| taken.contains(**sign));
            if !holds_comment && self.entries(format, &candidate).is_ok_and(|entries| entries == left) {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// Whether a text says nothing: what setup began may then be ended by it.
    #[must_use]
    pub fn is_empty(self, format: Format, text: &str) -> bool {
        if format == Format::Kube {
            return kube::is_empty(text);
        }
        let nothing = if format == Format::Json { json::blank(text) } else { text.trim().is_empty() };
        nothing && self.entries(format, text).is_ok_and(|entries| entries.is_empty())
    }
}

impl Format {
    /// The lock that the programs which write such a file take: git's lockfile.c follows links first, client-go's
    /// clientcmd does not. Of the others none is known to have one.
    pub fn lock(self) -> Option<LockPlace> {
        match self {
            Self::Git => Some(LockPlace::Target),
            Self::Kube => Some(LockPlace::Name),
            Self::Json | Self::Toml | Self::Ini | Self::Env | Self::Npmrc | Self::Bazelrc | Self::Hcl => None,
        }
    }

    /// What speaks of an entry that has gone, each with what is to be done.
    pub fn still_named(self, text: &str, place: &[String]) -> Vec<String> {
        if self == Self::Kube { kube::still_named(text, place) } else { Vec::new() }
    }

    /// What a new file begins with.
    pub fn beginning(self) -> &'static str {
        match self {
            Self::Json => "{}\n",
            Self::Kube => kube::BEGINNING,
            _ => "",
        }
    }

    /// Whether two places are one.
    pub fn is_same(self, one: &[String], other: &[String]) -> bool {
        match self {
            Self::Ini => ini::is_same(one, other),
            _ => one == other,
        }
    }

    /// A value in the words in which `entries` says it.
    pub fn normal(self, value: &str) -> String {
        match self {
            _ if value == TABLE => TABLE.to_owned(),
            Self::Toml => toml::normal(value),
            Self::Hcl => hcl::normal(value),
            _ => value.to_owned(),
        }
    }

    /// An entry as a person would look for it in the file.
    pub fn shown(self, Entry { place, value }: &Entry) -> String {
        let last = place.last().map_or("", String::as_str);
        let name = |open: &str, close: &str| {
            let parents = place.split_last().map_or("", |(_, parents)| parents.first().map_or("", String::as_str));
            if parents.is_empty() { String::new() } else { format!("{open}{parents}{close} ") }
        };
        match self {
            Self::Git => format!("{last} = {value}"),
            Self::Json if value == TABLE => format!("\"{}\": {{}}", place.join("\".\"")),
            Self::Json => format!("\"{}\": {value}", place.join("\".\"")),
            Self::Toml if value == TABLE => format!("[{}]", toml::header(place)),
            Self::Toml => {
                let table = place.split_last().map_or(&[][..], |(_, table)| table);
                let header = if table.is_empty() { String::new() } else { format!("[{}] ", toml::header(table)) };
                format!("{header}{last} = {value}")
            }
            Self::Ini if value == TABLE => format!("[{last}]"),
            Self::Ini => format!("{}{last} = {value}", name("[", "]")),
            Self::Env | Self::Npmrc => format!("{last}={value}"),
            Self::Bazelrc => bazel::line(last, value),
            Self::Hcl => format!("{last} {value}"),
            Self::Kube => format!("{}:\n{}", place.first().map_or("", String::as_str), value),
        }
    }
}

/// The cuts that could take an entry out, the likeliest first.
fn removals(format: Format, text: &str, entry: &Entry) -> Vec<Cut> {
    let name = entry.place.last().map_or("", String::as_str);
    // One line, wherever it is.
    let lines = |sign: &str| -> Vec<Cut> {
        let lines = rows(text).filter(|row| row.text.contains(sign));
        lines.map(|row| Cut::out(row.start, row.end)).collect()
    };
    match format {
        Format::Git => git::removals(text, entry),
        Format::Json => json::removals(text, entry),
        Format::Toml => toml::removals(text, entry),
        Format::Hcl => hcl::removals(text, entry),
        Format::Kube => kube::removals(text, entry),
        // A path may be quoted there, and a key be written in another way.
        Format::Bazelrc => lines("credential_helper"),
        Format::Ini if entry.value != TABLE => lines(&entry.value),
        Format::Ini | Format::Env | Format::Npmrc => lines(name),
    }
}

/// Every place where this text is, those that lie over each other too.
fn all_of<'a>(text: &'a str, wrote: &'a str, over: &'a str) -> impl Iterator<Item = Cut> + 'a {
    let step = wrote.chars().next().map_or(0, char::len_utf8);
    let mut next = 0;
    std::iter::from_fn(move || {
        let from = next + text.get(next..).filter(|_| step > 0)?.find(wrote)?;
        next = from + step;
        Some(Cut { from, to: from + wrote.len(), over: over.to_owned() })
    })
}

/// The line with an end that is one for some of the programs that read such files, or only for us.
fn odd_end(format: Format, text: &str) -> Option<usize> {
    let is_odd = |at: usize, c: char| match c {
        '\r' => !text.get(at + 1..).is_some_and(|rest| rest.starts_with('\n')),
        // YAML ends lines there too.
        '\u{85}' | '\u{2028}' | '\u{2029}' => format == Format::Kube,
        _ => false,
    };
    // The others are read by parsers that know better.
    let is_ours = !matches!(format, Format::Git | Format::Json | Format::Toml);
    let (at, _) = text.char_indices().find(|(at, c)| is_ours && is_odd(*at, *c))?;
    Some(text.get(..at)?.matches('\n').count() + 1)
}

/// The place of an entry among others, the value in the format's words.
fn position(format: Format, entries: &[Entry], wanted: &Entry) -> Option<usize> {
    let value = format.normal(&wanted.value);
    entries.iter().position(|entry| format.is_same(&entry.place, &wanted.place) && entry.value == value)
}

fn without(entries: &[Entry], at: usize) -> Vec<Entry> {
    entries.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, entry)| entry.clone()).collect()
}

/// A text with something in the place of a part of it.
fn put(text: &str, from: usize, to: usize, new: &str) -> String {
    [text.get(..from).unwrap_or_default(), new, text.get(to..).unwrap_or_default()].concat()
}

/// What made one text of another.
fn splice(before: &str, after: &str) -> Splice {
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = before.chars().zip(after.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (before.get(start..).unwrap_or_default(), after.get(start..).unwrap_or_default());
    let end: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let middle = |text: &str| text.get(..text.len() - end).unwrap_or_default().to_owned();
    Splice { wrote: middle(new), over: middle(old) }
}

/// A line, with its end.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    start: usize,
    end: usize,
    /// From 1.
    number: usize,
    /// Without its end.
    text: &'a str,
}

fn rows(text: &str) -> impl Iterator<Item = Row<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').enumerate().map(move |(index, line)| {
        let row = Row { start, end: start + line.len(), number: index + 1, text: line.trim_end_matches(['\r', '\n']) };
        start = row.end;
        row
    })
}

/// How lines end here.
fn line_end(text: &str) -> &'static str {
    if 2 * text.matches("\r\n").count() > text.matches('\n').count() { "\r\n" } else { "\n" }
}

/// A text with whole lines put in at the start of a line, or at its end. They are given with `\n`.
fn insert_lines(text: &str, at: usize, lines: &str) -> String {
    let end = line_end(text);
    let before = text.get(..at).unwrap_or_default();
    let open = if before.is_empty() || before.ends_with('\n') { "" } else { end };
    let lines = if end == "\n" { lines.to_owned() } else { lines.replace('\n', end) };
    put(text, at, at, &format!("{open}{lines}"))
}

/// A blank line between what is there and what comes.
fn blank_line(text: &str) -> &'static str {
    if text.trim().is_empty() || text.ends_with("\n\n") || text.ends_with("\n\r\n") { "" } else { "\n" }
}

#[cfg(test)]
mod tests;
