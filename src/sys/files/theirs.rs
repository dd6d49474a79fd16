//! Files of other programs, which are changed on behalf of the person who owns them: under the same rules as our own
//! configuration (links are followed, modes kept, the whole file or nothing), but without our lock file beside them,
//! which nobody there would understand; for theirs see `claim`. A change is refused where the file is no longer what it
//! was when it was read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::config::{replace, resolve, temporary};
use super::{FileError, FileFault, folder_of, read_config, sync_folder};

/// Reads a text; `None` if it is not there.
///
/// # Errors
/// [`FileError`]: also when another user but root owns the file, or every user may write to it.
pub fn read_text(path: &Path) -> Result<Option<String>, FileError> {
    read_config(path)
}

/// Replaces a text that is still what it was, or creates it (0600) where there was none.
///
/// # Errors
/// [`FileError`], above all [`FileFault::Changed`]; the file is then as it was.
pub fn change_text(path: &Path, before: Option<&str>, after: &str) -> Result<(), FileError> {
    unchanged("write", path, before)?;
    replace(path, after)
}

/// Removes a text that is still what it was; where a link leads to it, the link stays.
///
/// # Errors
/// [`FileError`]
pub fn remove_text(path: &Path, before: &str) -> Result<(), FileError> {
    unchanged("delete", path, Some(before))?;
    let target = resolve(path)?;
    fs::remove_file(&target)
        .and_then(|()| sync_folder(folder_of(&target)))
        .map_err(|error| FileError::io("delete", &target, &error))
}

/// Removes what was to replace a text and did not come to it, as the process was killed: it may hold a whole copy.
pub fn discard_unfinished(path: &Path) {
    if let Ok(target) = resolve(path) {
        let _ = fs::remove_file(temporary(&target));
    }
}

fn unchanged(doing: &'static str, path: &Path, before: Option<&str>) -> Result<(), FileError> {
    let now = read_text(path)?;
    if now.as_deref() == before { Ok(()) } else { Err(FileError::new(doing, path, FileFault::Changed)) }
}

/// Creates one folder, whose parent is there, for this user alone.
///
/// # Errors
/// [`FileError`]
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(false);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| FileError::io("create", path, &error))
}

/// Removes a folder if nothing is in it; false if it stays, or is not there.
#[must_use]
pub fn remove_folder(path: &Path) -> bool {
    // A link to a folder is none that was created here. As with a link, not by std, whose functions of the C library are
    // looked up at each start of the program.
    #[cfg(unix)]
    return rustix::fs::rmdir(path).is_ok();
    #[cfg(not(unix))]
    fs::remove_dir(path).is_ok()
}

/// Where a symbolic link leads, as it is written in it; `None` if there is nothing.
///
/// # Errors
/// [`FileFault::NotALink`] where something else is.
pub fn link_target(path: &Path) -> Result<Option<PathBuf>, FileError> {
    match fs::read_link(path) {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(FileError::new("create", path, FileFault::NotALink)),
        Err(error) => Err(FileError::io("read", path, &error)),
    }
}

/// Makes a symbolic link where nothing is.
///
/// # Errors
/// [`FileError`], on Windows above all [`FileFault::NoLinks`].
pub fn link(path: &Path, target: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    let made = rustix::fs::symlink(target, path).map_err(io::Error::from);
    #[cfg(windows)]
    let made = std::os::windows::fs::symlink_file(target, path);
    #[cfg(not(any(unix, windows)))]
    let made: io::Result<()> = Err(io::ErrorKind::Unsupported.into());
    // ERROR_PRIVILEGE_NOT_HELD
    if cfg!(windows) && made.as_ref().is_err_and(|error| error.raw_os_error() == Some(1314)) {
        return Err(FileError::new("create", path, FileFault::NoLinks));
    }
    made.map_err(|error| FileError::io("create", path, &error))
}

/// Removes a symbolic link that still leads there; false if it does not, or is none.
///
/// # Errors
/// [`FileError`]
pub fn remove_link(path: &Path, target: &Path) -> Result<bool, FileError> {
    if !fs::read_link(path).is_ok_and(|now| now == target) {
        return Ok(false);
    }
    fs::remove_file(path).map(|()| true).map_err(|error| FileError::io("delete", path, &error))
}

/// Whether two paths lead to one file.
#[must_use]
pub fn is_same(a: &Path, b: &Path) -> bool {
    matches!((fs::canonicalize(a), fs::canonicalize(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rc");
        change_text(&path, None, "a").unwrap();
        assert_eq!(change_text(&path, None, "b").unwrap_err().kind, FileFault::Changed);
        assert_eq!(change_text(&path, Some("x"), "b").unwrap_err().kind, FileFault::Changed);
        assert_eq!(remove_text(&path, "x").unwrap_err().kind, FileFault::Changed);
        change_text(&path, Some("a"), "b").unwrap();
        assert_eq!(read_text(&path).unwrap().as_deref(), Some("b"));
        remove_text(&path, "b").unwrap();
        assert_eq!(read_text(&path).unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test] // R05
    fn what_a_link_leads_to_is_written_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, target) = (folder.path().join("rc"), folder.path().join("dotfile"));
        link(&path, Path::new("dotfile")).unwrap();
        change_text(&path, None, "a").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "a");
        remove_text(&path, "a").unwrap();
        assert!(!target.exists());
        assert_eq!(link_target(&path).unwrap().as_deref(), Some(Path::new("dotfile")));
    }

    #[test]
    fn only_the_link_that_was_made_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("name");
        assert_eq!(link_target(&path).unwrap(), None);
        link(&path, Path::new("/a")).unwrap();
        assert!(link(&path, Path::new("/b")).is_err());
        assert!(!remove_link(&path, Path::new("/b")).unwrap());
        assert!(remove_link(&path, Path::new("/a")).unwrap());
        fs::write(&path, "a program").unwrap();
        assert_eq!(link_target(&path).unwrap_err().kind, FileFault::NotALink);
        assert!(!remove_link(&path, Path::new("/a")).unwrap());
    }

    #[test]
    fn a_folder_goes_when_it_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        create_folder(&path).unwrap();
        fs::write(path.join("x"), "").unwrap();
        assert!(!remove_folder(&path));
        fs::remove_file(path.join("x")).unwrap();
        assert!(remove_folder(&path) && !remove_folder(&path));
    }
}
