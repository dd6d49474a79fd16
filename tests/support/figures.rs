//! What tests measure. `tests/run --long` names a file in `TOK_FIGURES` and gathers there what stands in SECURITY.md
//! beside each promise; a test that fails leaves nothing.

use std::fs::OpenOptions;
use std::io::Write as _;

/// Leaves a figure for a promise: `note("C07", "token, store file", "312 calls killed, session whole")`. The promise and
/// `what` are what it is known by: they say which of several figures of one promise it is.
pub fn note(promise: &str, what: &str, figure: &str) {
    let line = format!("{promise}\t{what}\t{figure}\n");
    eprint!("{line}");
    let Some(path) = std::env::var_os("TOK_FIGURES") else { return };
    // One write, so that lines of tests at the same time do not mix.
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}
