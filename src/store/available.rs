//! Which stores would work here, for the hint after one that did not (R02).

use std::path::Path;
use std::time::Duration;

use super::{KernelStore, KeyringStore, StoreKind};

/// An alternative is only worth a short look.
const GLANCE: Duration = Duration::from_millis(500);

/// The stores that keep something and would work here and now, the one that has just failed apart. `state` is the
/// program's state folder, if there is one. The keyring is asked for at most half a second whether it
/// is there; whether it is locked cannot be known without a dialog.
#[must_use]
pub fn alternatives(failed: Option<StoreKind>, state: Option<&Path>) -> Vec<StoreKind> {
    let works = |kind: &StoreKind| match kind {
        StoreKind::Keyring => KeyringStore::new(GLANCE, Box::new(|| ())).check().is_ok(),
        StoreKind::Kernel => KernelStore::is_available(),
        StoreKind::File => state.is_some_and(can_be_written),
        StoreKind::None => false,
    };
    StoreKind::ALL.into_iter().filter(|kind| Some(*kind) != failed && works(kind)).collect()
}

/// Whether files can be made in a folder, or the folder itself in the nearest one that is there. Nothing is created.
fn can_be_written(folder: &Path) -> bool {
    folder
        .ancestors()
        .find(|ancestor| ancestor.exists())
        .is_some_and(|nearest| nearest.is_dir() && is_writable(nearest))
}

#[cfg(unix)]
fn is_writable(folder: &Path) -> bool {
    use rustix::fs::Access;
    rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn is_writable(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|metadata| !metadata.permissions().readonly())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // R02
    fn a_folder_that_is_or_can_be_made_will_do() {
        let folder = tempfile::tempdir().unwrap();
        assert!(can_be_written(folder.path()));
        assert!(can_be_written(&folder.path().join("a/b/c")));
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(!can_be_written(&file.join("a")));
        assert!(!folder.path().join("a").exists());
    }

    #[cfg(unix)]
    #[test] // R02
    fn a_program_is_no_folder_and_a_folder_that_is_closed_will_not_do() {
        use std::fs::{Permissions, set_permissions};
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (program, closed) = (folder.path().join("program"), folder.path().join("closed"));
        std::fs::write(&program, "").unwrap();
        set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
        assert!(!can_be_written(&program.join("a")));
        std::fs::create_dir(&closed).unwrap();
        set_permissions(&closed, Permissions::from_mode(0o500)).unwrap();
        assert_eq!(can_be_written(&closed), rustix::process::geteuid().is_root());
    }

    #[test] // R02
    fn the_store_that_failed_is_no_alternative_to_itself() {
        let folder = tempfile::tempdir().unwrap();
        assert!(alternatives(Some(StoreKind::Keyring), Some(folder.path())).contains(&StoreKind::File));
        let left = alternatives(Some(StoreKind::Keyring), None);
        assert!(left.iter().all(|kind| *kind == StoreKind::Kernel), "{left:?}");
    }
}
