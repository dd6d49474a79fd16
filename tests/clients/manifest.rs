//! What `tests/clients/install` has found, and why it has not found the rest.

use std::fs;
use std::path::{Path, PathBuf};

/// A client as it is on this machine.
pub struct Entry {
    pub version: String,
    pub program: PathBuf,
}

/// The client of this name, or why it cannot be had here. Without a manifest the test fails: a suite that skips proves
/// nothing.
#[track_caller]
pub fn find(name: &str) -> Result<Entry, String> {
    // target/test-clients, beside the folder of the profile in which this test lies.
    let own = std::env::current_exe().unwrap();
    let target = own.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists()).unwrap_or(Path::new("target"));
    let file = target.join("test-clients/manifest");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; the clients are installed by: tests/clients/install", file.display())
    });
    let lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let found = lines.into_iter().find(|words| words.first() == Some(&name));
    match found.as_deref() {
        Some([_, "-", why]) => Err((*why).to_owned()),
        Some([_, version, path]) => Ok(Entry { version: (*version).to_owned(), program: path.into() }),
        _ => panic!("tests/clients/install does not know the client {name}"),
    }
}
