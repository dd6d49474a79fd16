//! The house's layers, checked on the source itself: a room imports only what stands to its left in `ROOMS`, which is the
//! map in `src/lib.rs`; `oauth` touches no clock, network, environment or disk; only `sys` reads the environment and writes
//! to the standard streams; only `sys` and `store` have files, threads and sockets and know on which platform they run.

use std::fmt;
use std::path::{Path, PathBuf};

use source::{Found, Kind, paths, tokens};

mod source;

/// Each room with its place, in the order of the map. Rooms on the same place do not import each other.
const ROOMS: &[(&str, u8)] = &[
    ("secret", 0),
    ("oauth", 1),
    ("sys", 2),
    ("store", 3),
    ("settings", 4),
    ("session", 5),
    ("error", 6),
    ("context", 7),
    ("commands", 8),
    ("helpers", 8),
    // Not more than it needs: it is there to be fast.
    ("shortcut", 5),
    ("lib", 9),
    ("main", 10),
];

/// Imports nothing of the crate, and is imported by these only.
const CLI: &str = "cli";
const MAY_IMPORT_CLI: &[&str] = &["settings", "commands", "helpers", "lib", "main"];

/// What is imported by the root alone.
const FOR_THE_ROOT: &str = "shortcut";

/// What `oauth` does without. Addresses (`std::net::IpAddr` and its kind) are values, not the network.
const NOT_PURE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::ToSocketAddrs",
    "std::net::UdpSocket",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "std::io::stdin",
    "reqwest",
    "tokio",
    "rustix",
];

/// What only `sys` touches.
const OUTSIDE_WORLD: &[&str] = &["std::env", "std::io::stdin", "std::io::stdout", "std::io::stderr"];
const STREAM_MACROS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

const KNOW_THE_PLATFORM: &[&str] = &["sys", "store"];

/// What only these have. The names of files are values; looking at them is not.
const OF_THE_PLATFORM: &[&str] = &[
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::os",
    "std::process::Command",
    "std::thread",
    "hyper",
    "libc",
    "reqwest",
    "rustix",
    "tokio",
];

#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: PathBuf,
    line: usize,
    why: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.why)
    }
}

#[test]
fn every_room_keeps_its_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    assert!(files.len() > 5, "the source is not where this test looks: {}", source.display());
    let breaches: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            check(file.strip_prefix(&source).unwrap(), &text)
        })
        .map(|breach| format!("src/{breach}"))
        .collect();
    assert!(breaches.is_empty(), "the layers are broken:\n{}", breaches.join("\n"));
}

#[test]
fn the_map_is_this_one() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let row = |line: &str| {
        Some(line.strip_prefix("//! | ")?.split_once('|')?.0.trim().trim_matches(['[', ']', '`']).to_owned())
    };
    let map: Vec<String> = text.lines().filter_map(row).filter(|name| name != "room").collect();
    let rooms: Vec<&str> =
        ROOMS.iter().map(|(name, _)| *name).filter(|name| !matches!(*name, "lib" | "main")).collect();
    assert_eq!(map, rooms, "the map in src/lib.rs");
    let module = |line: &str| Some(line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';')?.to_owned());
    let mut modules: Vec<String> = text.lines().filter_map(module).filter(|name| name != CLI).collect();
    let mut rooms = map;
    modules.sort();
    rooms.sort();
    assert_eq!(modules, rooms, "what src/lib.rs is made of");
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What is compiled for tests alone may look wherever it must.
        if path.file_stem().is_some_and(|name| name == "tests" || name.to_string_lossy().ends_with("_tests")) {
            continue;
        }
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Everything that is wrong in one file, whose path is given from `src/`.
fn check(file: &Path, text: &str) -> Vec<Breach> {
    let modules = modules_of(file);
    let room = modules.first().map_or_else(|| file.file_stem().unwrap().to_str().unwrap(), String::as_str).to_owned();
    let mut checker = Checker { file, room, breaches: Vec::new() };
    let Some(_) = place(&checker.room) else {
        checker.breach(1, format!("no layer is known for `{}`: give it a place in tests/it/layers.rs", checker.room));
        return checker.breaches;
    };
    for path in paths(&tokens(text), &modules) {
        checker.path(&path);
    }
    checker.breaches
}

/// `oauth/token.rs` is `["oauth", "token"]`; `lib.rs` and `main.rs` are the root.
fn modules_of(file: &Path) -> Vec<String> {
    let mut modules: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if matches!(modules.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        modules.pop();
    }
    modules
}

fn place(room: &str) -> Option<u8> {
    // `cli` stands left of all: it may import nothing, as `secret` may import nothing.
    if room == CLI { Some(0) } else { ROOMS.iter().find(|(name, _)| *name == room).map(|(_, place)| *place) }
}

struct Checker<'a> {
    file: &'a Path,
    room: String,
    breaches: Vec<Breach>,
}

impl Checker<'_> {
    fn breach(&mut self, line: usize, why: String) {
        self.breaches.push(Breach { file: self.file.to_owned(), line, why });
    }

    fn path(&mut self, path: &Found) {
        match path.kind {
            Kind::OfTheCrate => self.import(path),
            // Tests may look at the world that they set up.
            _ if path.in_test => {}
            Kind::Foreign => self.foreign(path),
            Kind::Macro if STREAM_MACROS.contains(&path.text.as_str()) && self.room != "sys" => {
                self.breach(path.line, format!("`{}!`: only `sys` writes to the standard streams", path.text));
            }
            Kind::Cfg if !KNOW_THE_PLATFORM.contains(&self.room.as_str()) => {
                self.breach(path.line, format!("`cfg({})`: only `sys` and `store` know the platform", path.text));
            }
            Kind::Macro | Kind::Cfg => {}
        }
    }

    fn import(&mut self, path: &Found) {
        let (target, line) = (path.text.split("::").next().unwrap(), path.line);
        if target == self.room || matches!(self.room.as_str(), "lib" | "main") {
            return;
        }
        let fault = match (target, place(target)) {
            (CLI, _) if MAY_IMPORT_CLI.contains(&self.room.as_str()) => None,
            (FOR_THE_ROOT, _) => Some("only the root does".to_owned()),
            (CLI, _) => Some(format!("only {} import it", MAY_IMPORT_CLI.join(", "))),
            (_, None) => Some("it is no room; name the room where it is at home".to_owned()),
            (_, Some(_)) if self.room == CLI => Some("`cli` imports nothing of the crate".to_owned()),
            (_, Some(there)) => {
                (there >= place(&self.room).unwrap()).then(|| format!("`{target}` does not stand left of it"))
            }
        };
        if let Some(fault) = fault {
            self.breach(line, format!("`{}` imports `crate::{}`: {fault}", self.room, path.text));
        }
    }

    fn foreign(&mut self, path: &Found) {
        let is = |forbidden: &&&str| path.text == **forbidden || path.text.starts_with(&format!("{forbidden}::"));
        if self.room == "oauth" && NOT_PURE.iter().any(|forbidden| is(&forbidden)) {
            self.breach(path.line, format!("`oauth` is pure; it does not use `{}`", path.text));
        } else if self.room != "sys" && OUTSIDE_WORLD.iter().any(|forbidden| is(&forbidden)) {
            self.breach(path.line, format!("`{}`: only `sys` reads the environment and has the streams", path.text));
        } else if !KNOW_THE_PLATFORM.contains(&self.room.as_str()) && OF_THE_PLATFORM.iter().any(|one| is(&one)) {
            self.breach(path.line, format!("`{}`: only `sys` and `store` have the platform's", path.text));
        }
    }
}

/// The breaches in a text, as `LINE: WHY`.
fn found(file: &str, text: &str) -> Vec<String> {
    check(Path::new(file), text).into_iter().map(|breach| format!("{}: {}", breach.line, breach.why)).collect()
}

#[track_caller]
fn one_breach(file: &str, text: &str, line: usize, why: &str) {
    let found = found(file, text);
    assert_eq!(found.len(), 1, "{text:?}: {found:?}");
    assert!(found[0].starts_with(&format!("{line}: ")) && found[0].contains(why), "{text:?}: {found:?}");
}

#[test]
fn an_import_to_the_right_is_found_in_every_form() {
    for text in [
        "use crate::store::Store;",
        "use crate::{secret::Secret, store::{Store, File}};\n",
        "fn f() -> crate::store::Store { todo }",
        "use super::store;",
        "use super::super::store::Store;",
        "use crate::store::*;",
        "mod inner { use super::super::super::store::Store; }",
        "#[cfg(test)] mod tests { use crate::store::Store; }",
        "let x = r#\"\"#; let y: &'static crate::store::Store;",
    ] {
        let file = if text.contains("use super::store") { "oauth.rs" } else { "oauth/token.rs" };
        let breaches = found(file, text);
        assert!(breaches.iter().any(|breach| breach.contains("`crate::store")), "{text:?}: {breaches:?}");
    }
    one_breach("oauth/token.rs", "\n\nuse crate::\n    store::Store;", 3, "does not stand left");
    one_breach("commands/login.rs", "use crate::helpers::git;", 1, "does not stand left");
    one_breach("session/mod.rs", "use crate::Secret;", 1, "no room");
    one_breach("garage.rs", "", 1, "no layer");
}

#[test]
fn an_import_to_the_left_is_right() {
    for (file, text) in [
        ("oauth/token.rs", "use super::{Foreign, scope::Scopes};\nuse crate::secret::Secret;"),
        ("oauth/mod.rs", "mod token; pub use self::token::TokenResponse; pub(crate) use token::Other;"),
        ("oauth/endpoint.rs", "mod tests { use super::*; } use std::net::IpAddr;"),
        ("commands/login.rs", "use crate::{cli::LoginArgs, context::Context, settings, secret::Secret};"),
        ("sys/environment.rs", "let x = std::env::vars_os(); #[cfg(unix)] fn f() { eprintln!(); }"),
        ("store/file.rs", "#[cfg(target_os = \"linux\")] mod kernel;"),
        ("lib.rs", "pub mod cli; use crate::commands::login; use crate::anything::at_all;"),
        (
            "session/mod.rs",
            "// use crate::commands::login;\n/* crate::cli /* nested */ crate::cli */ let s = \"crate::cli\";",
        ),
        ("session/mod.rs", "#[cfg(test)] mod tests { fn f() { std::env::temp_dir(); if cfg!(windows) {} } }"),
        ("settings/mod.rs", "const A: char = '\"'; const B: char = '\\''; const C: &str = \"crate::commands\\\"::x\";"),
    ] {
        assert_eq!(found(file, text), [""; 0], "{text}");
    }
}

#[test]
fn cli_stands_alone() {
    one_breach("cli.rs", "use crate::settings::Key;", 1, "imports nothing");
    one_breach("session/mod.rs", "use crate::cli::Args;", 1, "only settings, commands, helpers, lib, main");
}

#[test]
fn oauth_touches_no_world() {
    for text in [
        "use std::{fmt, fs};",
        "use std::time::{Duration, SystemTime};",
        "fn f() { std::env::var(x); }",
        "use std::net::{IpAddr, TcpStream};",
        "use ::std::fs::File;",
        "use std::{\n fmt, time::{Duration, Instant}};",
        "let r: tokio::runtime::Runtime;",
    ] {
        one_breach("oauth/token.rs", text, 1 + text.matches('\n').count(), "pure");
    }
}

#[test]
fn only_sys_has_the_environment_and_the_streams() {
    one_breach("session/mod.rs", "use std::{env, fmt};", 1, "only `sys`");
    one_breach("session/mod.rs", "use std::io;\nfn f() { io::stdout().write(b\"\"); }", 2, "only `sys`");
    one_breach("commands/show.rs", "fn f() { println!(\"x\") }", 1, "only `sys`");
    one_breach("lib.rs", "fn f() { std::env::args_os(); }", 1, "only `sys`");
}

#[test]
fn only_the_root_takes_the_shortcut() {
    for file in ["commands/token.rs", "context.rs", "error/mod.rs"] {
        one_breach(file, "use crate::shortcut;", 1, "only the root");
    }
    assert_eq!(found("lib.rs", "fn f() { crate::shortcut::answer(); }"), [""; 0]);
    one_breach("shortcut.rs", "use crate::session::Keeper;", 1, "does not stand left");
}

#[test]
fn only_sys_and_store_have_the_platform() {
    for text in [
        "use std::{fmt, fs};",
        "fn f() { std::thread::sleep(x); }",
        "use std::process::{Command, ExitCode};",
        "use rustix::fs::OFlags;",
    ] {
        one_breach("commands/show.rs", text, 1, "have the platform's");
        assert_eq!(found("store/lock.rs", text), [""; 0], "{text}");
    }
    assert_eq!(found("lib.rs", "use std::process::ExitCode;"), [""; 0]);
}

#[test]
fn only_sys_and_store_know_the_platform() {
    for text in [
        "#[cfg(unix)] fn f() {}",
        "#[cfg(any(feature = \"x\", windows))] fn f() {}",
        "fn f() { if cfg!(target_os = \"linux\") {} }",
        "#[cfg_attr(not(unix), allow(dead_code))] fn f() {}",
        "#![cfg(unix)]",
    ] {
        one_breach("session/mod.rs", text, 1, "platform");
    }
}
