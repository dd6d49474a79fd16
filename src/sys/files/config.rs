//! The configuration file: it may be a symbolic link into a folder of dotfiles, and is then written where the link
//! points; its mode is kept; changes happen under a lock (R05).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::private::restricted;
use super::{
    FileError, FileFault, Owner, beside, check_owner, create_private_dir, folder_of, read_limited, sync_folder,
};

/// The most bytes of a configuration file.
const LIMIT: u64 = 1 << 20;

/// How long another process's change is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The configuration file, locked against other processes of this program until dropped.
#[derive(Debug)]
pub struct ConfigLock {
    path: PathBuf,
    _lock: File,
}

/// Reads the configuration file, links followed; `None` if it is not there. `/dev/null` reads as empty.
///
/// # Errors
/// [`FileError`]: also when another user but root owns the file, or every user may write to it.
pub fn read_config(path: &Path) -> Result<Option<String>, FileError> {
    let failed = |error: io::Error| FileError::io("read", path, &error);
    let fault = |kind| FileError::new("read", path, kind);
    if path == Path::new("/dev/null") {
        return Ok(Some(String::new()));
    }
    let mut file = match unhurried(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(fault(FileFault::NotAFile));
    }
    check_owner(&metadata, Owner::UsOrRoot).map_err(fault)?;
    let mut bytes = read_limited(&mut file, metadata.len(), LIMIT).map_err(|why| why.map_or_else(failed, fault))?;
    String::from_utf8(std::mem::take(&mut *bytes)).map(Some).map_err(|_| fault(FileFault::NotUtf8))
}

/// Takes the lock of the configuration file; its folder is created if it is missing. A new text that depends on the old is
/// read and written under it, or another process's change in between is lost.
///
/// The lock is a file beside the configuration's own path, not beside what a link points to, so that it does not
/// turn up among someone's dotfiles. It is never deleted: a process waiting for it would hold a lock on nothing.
///
/// # Errors
/// [`FileError`]: [`FileFault::Busy`] after 10 s.
pub fn lock_config(path: &Path) -> Result<ConfigLock, FileError> {
    let folder = folder_of(path);
    if !folder.exists() {
        create_private_dir(folder)?;
    }
    let lock_path = beside(path, "lock");
    let failed = |error: &io::Error| FileError::io("lock", &lock_path, error);
    let lock = restricted(OpenOptions::new().write(true).create(true).truncate(false))
        .open(&lock_path)
        .map_err(|error| failed(&error))?;
    let start = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(ConfigLock { path: path.to_owned(), _lock: lock }),
            Err(fs::TryLockError::Error(error)) => return Err(failed(&error)),
            Err(fs::TryLockError::WouldBlock) if start.elapsed() > PATIENCE => {
                return Err(FileError::new("lock", &lock_path, FileFault::Busy));
            }
            Err(fs::TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Removes what was to replace the configuration file and did not come to it, as the process was killed.
///
/// # Errors
/// [`FileError`]
pub fn tidy_config(path: &Path) -> Result<(), FileError> {
    let unfinished = temporary(&resolve(path)?);
    if unfinished.exists() {
        // Another process may be writing just that.
        let _lock = lock_config(path)?;
        let _ = fs::remove_file(unfinished);
    }
    Ok(())
}

impl ConfigLock {
    /// The text as it is now; see [`read_config`].
    ///
    /// # Errors
    /// [`FileError`]
    pub fn read(&self) -> Result<Option<String>, FileError> {
        read_config(&self.path)
    }

    /// Replaces the file as a whole, through a link if it is one: a temporary file beside the target, synchronised,
    /// then renamed. A new file has mode 0600, an old one keeps its mode.
    ///
    /// # Errors
    /// [`FileError`]; the old file is then as it was.
    pub fn write(&self, text: &str) -> Result<(), FileError> {
        replace(&self.path, text)
    }
}

/// Replaces a file as a whole, through a link if it is one; see [`ConfigLock::write`].
pub(super) fn replace(path: &Path, text: &str) -> Result<(), FileError> {
    let target = resolve(path)?;
    let failed = |error: io::Error| FileError::io("write", &target, &error);
    let fault = |kind| FileError::new("write", &target, kind);
    let old = match fs::symlink_metadata(&target) {
        Ok(metadata) if !metadata.is_file() => return Err(fault(FileFault::NotAFile)),
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(error)),
    };
    if let Some(old) = &old {
        check_owner(old, Owner::Us).map_err(fault)?;
    }
    let temporary = temporary(&target);
    let _ = fs::remove_file(&temporary);
    let written = restricted(OpenOptions::new().write(true).create_new(true)).open(&temporary).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        if let Some(old) = &old {
            keep_access(&target, old, &file)?;
        }
        file.sync_all()?;
        fs::rename(&temporary, &target)
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(failed(error));
    }
    sync_folder(folder_of(&target)).map_err(failed)
}

/// Who could read and write the old file can do so with the new one, and nobody else: its mode, its group, and what it has
/// besides, such as an access list. Where group or list cannot be had, the group's rights are left out, as they would be
/// another group's, or wider than the list said.
#[cfg(unix)]
fn keep_access(path: &Path, old: &fs::Metadata, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let is_its_group = new.metadata()?.gid() == old.gid() || fchown(new, None, Some(old.gid())).is_ok();
    let group = if keep_attributes(path, new) && is_its_group { 0 } else { 0o070 };
    new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777 & !group))
}

#[cfg(not(unix))]
fn keep_access(_: &Path, old: &fs::Metadata, new: &File) -> io::Result<()> {
    new.set_permissions(old.permissions())
}

/// Copies extended attributes, as far as that is allowed; false if the access list did not come along.
#[cfg(target_os = "linux")]
fn keep_attributes(path: &Path, new: &File) -> bool {
    use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};
    const ACCESS_LIST: &[u8] = b"system.posix_acl_access";
    let (mut names, mut value) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    // A file system without them has no lists either.
    let Ok(length) = listxattr(path, &mut *names) else { return true };
    names.truncate(length);
    let mut copy = |name: &[u8]| {
        let length = getxattr(path, name, &mut *value)?;
        fsetxattr(new, name, value.get(..length).unwrap_or_default(), XattrFlags::empty())
    };
    let kept = names.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(|name| (name, copy(name)));
    kept.fold(true, |all, (name, kept)| all && (kept.is_ok() || name != ACCESS_LIST))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn keep_attributes(_: &Path, _: &File) -> bool {
    true
}

/// What is written before it has the name of the file.
pub(super) fn temporary(target: &Path) -> PathBuf {
    beside(target, "tok-tmp")
}

/// Follows links by hand, because the last target need not exist yet.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, FileError> {
    let mut target = path.to_owned();
    for _ in 0..40 {
        match fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(FileError::new("write", path, FileFault::Symlink))
}

/// A pipe in the place of a file is not waited for.
#[cfg(unix)]
fn unhurried(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(libc::O_NONBLOCK)
}

#[cfg(not(unix))]
fn unhurried(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_config(path: &Path, text: &str) -> Result<(), FileError> {
        lock_config(path)?.write(text)
    }

    #[test]
    fn missing_then_written_then_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config.toml");
        assert_eq!(read_config(&path).unwrap(), None);
        write_config(&path, "a = 1\n").unwrap();
        assert_eq!(read_config(&path).unwrap().as_deref(), Some("a = 1\n"));
        write_config(&path, "b").unwrap();
        assert_eq!(read_config(&path).unwrap().as_deref(), Some("b"));
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        write_config(&path, "a").unwrap();
        fs::write(temporary(&path), "b").unwrap();
        tidy_config(&path).unwrap();
        assert!(!temporary(&path).exists() && path.exists());
        tidy_config(&folder.path().join("no/config.toml")).unwrap();
        assert!(!folder.path().join("no").exists());
    }

    #[test] // R05
    fn two_changes_do_not_overwrite_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let lock = lock_config(&path).unwrap();
                    let old = lock.read().unwrap().unwrap_or_default();
                    lock.write(&format!("{old}x")).unwrap();
                });
            }
        });
        assert_eq!(read_config(&path).unwrap().as_deref(), Some("xxxxxxxx"));
    }

    #[test]
    fn what_is_no_text_or_too_much_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_config(&path).unwrap_err().kind, FileFault::NotUtf8);
        File::create(&path).unwrap().set_len(LIMIT + 1).unwrap();
        assert_eq!(read_config(&path).unwrap_err().kind, FileFault::TooLarge(LIMIT));
        assert_eq!(read_config(folder.path()).unwrap_err().kind, FileFault::NotAFile);
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().mode() & 0o7777
        }

        #[test] // R05
        fn a_link_is_written_through() {
            let folder = tempfile::tempdir().unwrap();
            let (dotfiles, home) = (folder.path().join("dotfiles"), folder.path().join("home"));
            fs::create_dir(&dotfiles).unwrap();
            fs::create_dir(&home).unwrap();
            let (link, target) = (home.join("config.toml"), dotfiles.join("tok.toml"));
            symlink("../dotfiles/tok.toml", &link).unwrap();
            write_config(&link, "new").unwrap(); // the target does not exist yet
            assert_eq!(fs::read_to_string(&target).unwrap(), "new");
            write_config(&link, "newer").unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(read_config(&link).unwrap().as_deref(), Some("newer"));
            assert_eq!(fs::read_dir(&dotfiles).unwrap().count(), 1);
        }

        #[test] // R05
        fn links_in_a_circle_end() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.toml");
            symlink("config.toml", &path).unwrap();
            assert_eq!(write_config(&path, "x").unwrap_err().kind, FileFault::Symlink);
            assert_eq!(read_config(&path).unwrap_err().kind, FileFault::Symlink);
        }

        #[test] // R05
        fn the_mode_is_kept() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.toml");
            write_config(&path, "x").unwrap();
            assert_eq!(mode(&path), 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            write_config(&path, "y").unwrap();
            assert_eq!(mode(&path), 0o640);
        }

        #[test] // R05
        fn group_and_attributes_are_kept() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.toml");
            write_config(&path, "x").unwrap();
            if rustix::process::geteuid().is_root() {
                chown(&path, None, Some(65534)).unwrap();
            }
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            let group = fs::metadata(&path).unwrap().gid();
            #[cfg(target_os = "linux")]
            let has_attributes =
                rustix::fs::setxattr(&path, "user.tok-test", b"v", rustix::fs::XattrFlags::empty()).is_ok();
            write_config(&path, "y").unwrap();
            assert_eq!((mode(&path), fs::metadata(&path).unwrap().gid()), (0o640, group));
            #[cfg(target_os = "linux")]
            {
                let mut value = [0; 8];
                let kept = rustix::fs::getxattr(&path, "user.tok-test", &mut value);
                assert!(!has_attributes || kept == Ok(1) && value[0] == b'v', "{kept:?}");
            }
        }

        #[test] // R05
        fn what_others_may_change_is_refused() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("config.toml");
            write_config(&path, "x").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
            assert_eq!(read_config(&path).unwrap_err().kind, FileFault::WorldWritable);
            assert_eq!(write_config(&path, "y").unwrap_err().kind, FileFault::WorldWritable);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
            if rustix::process::geteuid().is_root() {
                chown(&path, Some(65534), None).unwrap();
                assert_eq!(read_config(&path).unwrap_err().kind, FileFault::NotOurs);
            }
        }

        #[test]
        fn null_is_empty_and_cannot_be_written() {
            let null = Path::new("/dev/null");
            assert_eq!(read_config(null).unwrap().as_deref(), Some(""));
        }
    }
}
