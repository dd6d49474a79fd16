//! Which standard streams were closed when the program was started.
//!
//! Rust's runtime opens `/dev/null` in their place before `main`, and from then on a token "printed" to a closed
//! standard output is lost without an error (S03). A `/dev/null` of the runtime cannot be told from one that the caller
//! chose (Python's and node's opens look the same), so the look is taken before the runtime's, in the list of functions
//! that the C library calls before `main`.
#![allow(unsafe_code, reason = "a function before `main`")]

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Bit n: descriptor n was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// Whether standard output was closed at the start.
#[must_use]
pub fn stdout_was_closed() -> bool {
    CLOSED.load(Relaxed) & 0b010 != 0
}

#[cfg(unix)]
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static LOOK: extern "C" fn() = look;

/// Runs before Rust's runtime, so it uses none of it: three system calls and one atomic.
#[cfg(unix)]
extern "C" fn look() {
    for descriptor in 0..3 {
        // SAFETY: asks for flags; no memory is involved, and a closed descriptor is an answer.
        if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } == -1 {
            CLOSED.fetch_or(1 << descriptor, Relaxed);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::process::{Command, Stdio};

    use super::*;
    use crate::sys::testing::{CHILD, in_child};

    #[test]
    fn child() {
        if let Some(report) = in_child() {
            fs::write(report, stdout_was_closed().to_string()).unwrap();
        }
    }

    /// Starts the child with standard output as the shell is told, and returns what it saw.
    fn seen(redirection: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let report = folder.path().join("report");
        let status = Command::new("/bin/sh")
            .arg("-c")
            .arg(format!("exec \"$0\" --exact sys::descriptors::tests::child {redirection}"))
            .arg(std::env::current_exe().unwrap())
            .env(CHILD, &report)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success());
        fs::read_to_string(report).unwrap()
    }

    #[test] // S03
    fn a_closed_output_is_told_from_one_that_is_thrown_away() {
        assert_eq!(seen(">&-"), "true");
        assert_eq!(seen(">/dev/null"), "false");
        assert_eq!(seen("1<>/dev/null"), "false");
    }
}
