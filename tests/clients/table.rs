//! The table at the end: what was shown of which client. `tests/run --clients` names a file in `TOK_CLIENTS`, gathers
//! the lines there and prints them as a table; a test that fails leaves none.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Notes what was shown of a client, or, without a version, why nothing could be.
pub fn note(client: &str, version: &str, what: &str) {
    let line = format!("{client}\t{version}\t{what}\n");
    eprint!("{line}");
    let Some(path) = std::env::var_os("TOK_CLIENTS") else { return };
    // One write, so that lines of tests at the same time do not mix.
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}
