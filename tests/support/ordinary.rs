//! An ordinary user: whoever runs the tests, or, where that is root, somebody whom nothing else on this machine runs as.
//! What a kernel counts by user, processes and keys, is then the test's own.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use super::canary::places::everything_below;
use super::process::copy_program;
use super::run::{Run, World};

/// The user, with a copy of the program where that user can reach it.
pub struct Ordinary {
    /// Whom root becomes; nobody has to become who they are.
    uid: Option<u32>,
    place: TempDir,
}

impl Ordinary {
    /// A user of this program.
    pub fn new(program: impl AsRef<Path>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Below the 65,536 users that a container has, above those that a system makes; another one for each test.
        let number = (std::process::id() % 5000) * 8 + NEXT.fetch_add(1, Ordering::Relaxed);
        let uid = rustix::process::geteuid().is_root().then_some(20_000 + number % 40_000);
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        copy_program(program, place.path().join("tok"));
        Self { uid, place }
    }

    /// One who is not whoever runs the tests: `None`, and a line that says so, where only they can be had.
    pub fn other(program: impl AsRef<Path>) -> Option<Self> {
        let may = Command::new("setpriv").arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success());
        if !rustix::process::geteuid().is_root() || !may {
            eprintln!("skipped: not root, or no setpriv");
            return None;
        }
        Some(Self::new(program))
    }

    /// The copy of the program.
    pub fn program(&self) -> PathBuf {
        self.place.path().join("tok")
    }

    /// Gives them a private home, with all that is in it.
    pub fn owns(&self, world: &World) {
        if self.uid.is_some() {
            let root = world.path("");
            for path in everything_below(&root).iter().chain([&root]) {
                chown(path, self.uid, self.uid).unwrap();
            }
        }
    }

    /// The same run by them.
    pub fn runs(&self, run: Run) -> Run {
        let Some(uid) = self.uid else { return run };
        run.under(["setpriv", &format!("--reuid={uid}"), &format!("--regid={uid}"), "--clear-groups", "--"])
    }
}
