//! The table, line by line: every cause that can be reported, with its exit code and every word that is said.
//!
//! The words stand in `table.txt`, to be read as a whole. Where advice differs with nobody there to type, it stands
//! behind `alone:`. `every` proves that no variant is without its row.

use std::path::PathBuf;

use super::*;
use crate::oauth::Endpoint;
use crate::sys::files::{FileError, FileFault};

mod every;
mod local;
mod server;
mod session;

/// How the source names a cause, and the cause.
type Row = (&'static str, Error);

macro_rules! rows {
    ($($cause:expr,)*) => { vec![$((stringify!($cause), anyhow::Error::from($cause))),*] };
}
use rows;

fn table() -> Vec<Row> {
    let groups = [
        session::no_session,
        session::secrets,
        session::stores,
        session::locks,
        server::transport,
        server::tls,
        server::refusals,
        server::grants,
        server::answers,
        server::metadata_causes,
        server::revocations,
        server::inquiries,
        server::authorizations,
        server::pushes,
        session::browsers,
        local::people,
        local::files,
        local::lines,
        local::settings,
        local::setups,
    ];
    groups.iter().flat_map(|group| group()).collect()
}

fn endpoint(path: &str) -> Endpoint {
    Endpoint::parse(&format!("https://sso.example.com{path}?x=canary")).unwrap()
}

fn file(kind: FileFault) -> FileError {
    FileError { path: PathBuf::from("/x/\x1b[2Jfile"), doing: "read", kind }
}

fn place(can_prompt: bool) -> Place {
    Place { can_prompt, stores: vec![StoreKind::Kernel, StoreKind::File], ..Place::default() }
}

/// One cause as it stands in `table.txt`.
fn shown((name, error): &Row) -> String {
    let [typed, alone] = [true, false].map(|can_prompt| Report::of(error, &place(can_prompt)));
    // The compiler breaks long expressions as it likes.
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = format!("{name}\n  exit {}\n", typed.exit as u8);
    typed.lines(false).iter().for_each(|line| text += &format!("  {}\n", line.replace('\n', "\n  ")));
    assert_eq!((&typed.message, &typed.causes, typed.exit), (&alone.message, &alone.causes, alone.exit));
    if typed.hint != alone.hint {
        text += &format!("  alone: {}\n", alone.hint.unwrap_or_default());
    }
    text
}

#[test] // P11, U07, R02, U04
fn the_table_reads_as_it_is_written_down() {
    let text = table().iter().map(shown).collect::<Vec<_>>().join("\n");
    let written = include_str!("table.txt");
    let (mut now, mut then) = (text.split("\n\n"), written.trim_end().split("\n\n"));
    loop {
        match (now.next().map(str::trim_end), then.next()) {
            (None, None) => return,
            (now, then) => assert_eq!(now, then, "the whole table as it is now:\n\n{text}"),
        }
    }
}

#[test] // U01, U07
fn no_line_holds_a_control_character_or_a_query() {
    for (name, error) in table() {
        for can_prompt in [true, false] {
            let report = Report::of(&error, &place(can_prompt));
            let said = report.lines(false).join("\n");
            assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{name}: {said:?}");
            assert!(!said.contains("canary"), "{name}: {said}");
        }
    }
}

#[test] // U04
fn nobody_is_told_to_log_in_where_nobody_can_type() {
    for (name, error) in table() {
        let hint = Report::of(&error, &place(false)).hint.unwrap_or_default();
        // What follows is about the file, and true wherever the file is.
        let hint = hint.replace("tok login --no-save leaves", "");
        assert!(!hint.contains("tok login"), "{name}: {hint}");
    }
}

#[test]
fn advice_names_the_profile_that_was_named() {
    let error = Error::from(SessionError::NoSession(crate::session::NoSession::Ended));
    let place = Place { profile: Some("work".into()), ..place(true) };
    assert_eq!(Report::of(&error, &place).hint.as_deref(), Some("tok -p work login"));
}

#[test] // R02
fn without_another_store_the_environment_is_left() {
    let error = Error::from(StoreError { store: StoreKind::Keyring, fault: crate::store::StoreFault::Locked });
    let hint = Report::of(&error, &Place { stores: Vec::new(), ..place(true) }).hint.unwrap();
    assert!(hint.ends_with("no other store works here; credentials in the environment need none (TOK_PASSWORD)"));
    assert_eq!(failed_store(&error), Some(StoreKind::Keyring));
}

#[test]
fn a_cause_is_found_behind_what_was_being_done() {
    let error = Error::from(Usage::NothingKept).context("profile work");
    let report = Report::of(&error, &place(true));
    assert_eq!((report.message.as_str(), report.exit), ("profile work", Exit::Usage));
    assert_eq!(report.causes, [Usage::NothingKept.to_string()]);
}

#[test]
fn colour_marks_the_first_word_only() {
    let report = Report { message: "m".into(), causes: vec!["c".into()], hint: Some("h".into()), exit: Exit::Other };
    assert_eq!(report.lines(false), ["tok: m", "caused by: c", "hint: h"]);
    assert_eq!(
        report.lines(true),
        ["\x1b[1;31mtok:\x1b[0m m", "\x1b[1mcaused by:\x1b[0m c", "\x1b[1;36mhint:\x1b[0m h"]
    );
}
