//! The process itself: no memory of it on disk or before other eyes (M02), and no secret in a panic's message (M03).

use std::io::{self, Write};
use std::panic;

#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

/// The limit on core files before [`harden`].
#[cfg(unix)]
static CORE_LIMIT: Mutex<Option<rustix::process::Rlimit>> = Mutex::new(None);

/// To be called first: no core file (soft limit 0), not readable by other processes of this user (Linux), and panics
/// that show their place only. What the system refuses is left as it is.
///
/// `SIGPIPE` stays ignored, as Rust's runtime sets it, so that a closed pipe is an error that can be dealt with (S03);
/// the runtime sets it to its default in children.
pub fn harden() {
    quiet_panics();
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let old = getrlimit(Resource::Core);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: old.maximum });
        CORE_LIMIT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(old);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// The arguments as the system gave them, the program's name first; they need not be text (I04).
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this room alone asks the process for them")]
pub fn arguments() -> Vec<std::ffi::OsString> {
    std::env::args_os().collect()
}

/// Gives back the limit on core files that [`harden`] took: to be called right before this process becomes another
/// program (M02).
pub fn restore_core_limit() {
    #[cfg(unix)]
    if let Some(old) = *CORE_LIMIT.lock().unwrap_or_else(PoisonError::into_inner) {
        let _ = rustix::process::setrlimit(rustix::process::Resource::Core, old);
    }
}

/// A panic's message may hold anything, also a secret; its place cannot. No backtrace, whatever `RUST_BACKTRACE` says.
fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(("an unknown place", 0), |location| (location.file(), location.line()));
        let _ = writeln!(io::stderr(), "tok: internal error (a bug): {}:{}", place.0, place.1);
    }));
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Stdio;

    use super::*;
    use crate::sys::testing::{child, in_child, run_child};

    const NAME: &str = "sys::process::tests::role";

    #[test]
    fn role() {
        use rustix::process::{Resource, getrlimit};
        match in_child().as_deref() {
            Some("panic") => {
                harden();
                panic!("canary");
            }
            Some("limits") => {
                let old = getrlimit(Resource::Core);
                harden();
                assert_eq!(getrlimit(Resource::Core).current, Some(0));
                #[cfg(target_os = "linux")]
                assert_eq!(
                    rustix::process::dumpable_behavior().unwrap(),
                    rustix::process::DumpableBehavior::NotDumpable
                );
                restore_core_limit();
                assert_eq!(getrlimit(Resource::Core), old);
            }
            _ => {}
        }
    }

    #[test] // M02
    fn no_core_file_and_no_reader() {
        let (status, output) = run_child(NAME, "limits");
        assert!(status.success(), "{output}");
    }

    #[test] // M03
    fn a_panic_shows_its_place_only() {
        // On standard output the test runner shows the payload in its own way.
        let output = child(NAME, "panic").stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(said.starts_with("tok: internal error (a bug): src/sys/process.rs:"), "{said}");
        assert!(said.lines().count() == 1 && !said.contains("canary"), "{said}");
    }
}
