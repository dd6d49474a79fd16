//! Files for this user alone: mode 0600 in a folder of mode 0700, no symbolic link followed, replaced as a whole
//! (R05, R06).
//!
//! The temporary file has a fixed name beside its target. So room can be made sure of ahead of time
//! ([`prepare_private`]) and is then used by [`write_private`], and what a killed process left behind is used up by
//! the next write or removed with the file, instead of keeping a token for ever. The price: **whoever writes holds
//! the lock of what it writes**. That the name can be guessed helps no one, because the folder is checked to be ours.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{FileError, FileFault, Owner, beside, check_owner, folder_of, read_limited, sync_folder};
use crate::secret::Secret;

/// The most bytes of a private file: several tokens of the largest response that is accepted.
const LIMIT: u64 = 4 << 20;

/// Reads a private file; `None` if it, or its folder, is not there. A file that others could read is made private.
///
/// # Errors
/// [`FileError`]: also when the file or its folder is a symbolic link, another user's, or writable by every user.
pub fn read_private(path: &Path) -> Result<Option<Secret>, FileError> {
    let failed = |error: io::Error| FileError::io("read", path, &error);
    let fault = |kind| FileError::new("read", path, kind);
    if !check_folder("read", folder_of(path))? {
        return Ok(None);
    }
    let mut file = match restricted(OpenOptions::new().read(true)).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(fault(FileFault::NotAFile));
    }
    check_owner(&metadata, Owner::Us).map_err(fault)?;
    make_private(&file, &metadata);
    let bytes = read_limited(&mut file, metadata.len(), LIMIT)
        .map_err(|why| why.map_or_else(failed, fault))
        .map(|mut bytes| std::mem::take(&mut *bytes))?;
    Secret::from_utf8(bytes).map(Some).map_err(|_| fault(FileFault::NotUtf8))
}

/// Replaces a private file as a whole: after a crash at any moment there is the old content or the new.
///
/// # Errors
/// [`FileError`]; the old file is then as it was, unless the fault is that the folder could not be synchronised.
pub fn write_private(path: &Path, content: &Secret) -> Result<(), FileError> {
    let failed = |error: io::Error| FileError::io("write", path, &error);
    let fault = |kind| FileError::new("write", path, kind);
    refuse_links(path)?;
    let (mut file, temporary) = open_temporary(path)?;
    let bytes = content.expose().as_bytes();
    let written = file
        .write_all(bytes)
        .and_then(|()| file.set_len(bytes.len() as u64))
        .and_then(|()| file.sync_all())
        .map_err(failed)
        .and_then(|()| compare(&mut file, bytes).map_err(|why| why.map_or_else(failed, fault)))
        .and_then(|()| fs::rename(&temporary, path).map_err(failed));
    if let Err(error) = written {
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder(folder_of(path)).map_err(failed)
}

/// Reads back what was written: a file system that said so and did not do it must not cost the old content (R03).
fn compare(file: &mut File, bytes: &[u8]) -> Result<(), Result<FileFault, io::Error>> {
    file.seek(SeekFrom::Start(0)).map_err(Err)?;
    let read = read_limited(file, bytes.len() as u64, LIMIT)?;
    if *read == bytes { Ok(()) } else { Err(Ok(FileFault::NotKept)) }
}

/// Makes sure that `len` bytes can be written to this file later: takes the room on the disk now (C09). The next
/// [`write_private`] uses it; [`remove_private`] gives it back.
///
/// # Errors
/// [`FileError`], above all [`FileFault::Full`] and [`FileFault::ReadOnly`].
pub fn prepare_private(path: &Path, len: usize) -> Result<(), FileError> {
    refuse_links(path)?;
    let (mut file, temporary) = open_temporary(path)?;
    take_room(&mut file, len as u64).map_err(|error| {
        let _ = fs::remove_file(&temporary);
        FileError::io("write", path, &error)
    })
}

/// Removes a private file and whatever a killed process left of it. True if the file was there.
///
/// # Errors
/// [`FileError`]
pub fn remove_private(path: &Path) -> Result<bool, FileError> {
    let left_over = remove(&beside(path, "tmp"));
    let removed = remove(path)?;
    left_over?;
    if removed {
        sync_folder(folder_of(path)).map_err(|error| FileError::io("delete", path, &error))?;
    }
    Ok(removed)
}

/// Creates a folder and the missing ones above it with mode 0700, whatever the umask, and checks that the last one is
/// ours alone.
///
/// # Errors
/// [`FileError`]: also when the folder is a symbolic link, another user's, or writable by every user.
pub fn create_private_dir(path: &Path) -> Result<(), FileError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => FileError::new("create", path, FileFault::NotAFolder),
        _ => FileError::io("create", path, &error),
    })?;
    check_folder("create", path).map(drop)
}

/// Whether the folder is there; refused if it is a link, no folder, another user's or writable by every user.
fn check_folder(doing: &'static str, folder: &Path) -> Result<bool, FileError> {
    let fault = |kind| FileError::new(doing, folder, kind);
    let metadata = match fs::symlink_metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(FileError::io(doing, folder, &error)),
    };
    if metadata.file_type().is_symlink() {
        return Err(fault(FileFault::Symlink));
    }
    if !metadata.is_dir() {
        return Err(fault(FileFault::NotAFolder));
    }
    check_owner(&metadata, Owner::Us).map_err(fault)?;
    check_parent(folder).map_err(|kind| FileError::new(doing, folder_of(folder), kind))?;
    Ok(true)
}

/// The folder above has to be ours or root's as well: its owner could put another folder in the place of ours at any
/// time (R06). It may be a link of our own. Every user may write to it only where none can move another's files, as in
/// `/tmp`.
#[cfg(unix)]
fn check_parent(folder: &Path) -> Result<(), FileFault> {
    use std::os::unix::fs::MetadataExt;
    const STICKY: u32 = 0o1000;
    let parent = folder_of(folder);
    for metadata in [fs::symlink_metadata(parent), fs::metadata(parent)].into_iter().flatten() {
        match check_owner(&metadata, Owner::UsOrRoot) {
            Err(FileFault::WorldWritable) if metadata.is_symlink() || metadata.mode() & STICKY != 0 => {}
            other => other?,
        }
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn check_parent(_: &Path) -> Result<(), FileFault> {
    Ok(())
}

/// A rename would replace a link silently; whoever set it meant something else.
fn refuse_links(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.file_type().is_symlink() => Err(FileError::new("write", path, FileFault::Symlink)),
        _ => Ok(()),
    }
}

/// Opens the temporary file beside `path`, made anew or left over; in both cases a regular file of ours under one
/// name and with mode 0600.
fn open_temporary(path: &Path) -> Result<(File, PathBuf), FileError> {
    let folder = folder_of(path);
    if !check_folder("write", folder)? {
        create_private_dir(folder)?;
    }
    let temporary = beside(path, "tmp");
    let failed = |error: io::Error| FileError::io("write", &temporary, &error);
    let open = || restricted(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(&temporary);
    let usable = |file: &File| file.metadata().is_ok_and(|metadata| metadata.is_file() && only_ours(&metadata));
    let file = match open() {
        Ok(file) if usable(&file) => file,
        _ => {
            remove(&temporary)?;
            open().map_err(failed)?
        }
    };
    let metadata = file.metadata().map_err(failed)?;
    check_owner(&metadata, Owner::Us).map_err(|kind| FileError::new("write", &temporary, kind))?;
    set_private_mode(&file).map_err(failed)?;
    Ok((file, temporary))
}

fn remove(path: &Path) -> Result<bool, FileError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(FileError::io("delete", path, &error)),
    }
}

/// No link is followed, no pipe is waited for, and a file made by this is private from its first moment.
#[cfg(unix)]
pub(super) fn restricted(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
}

#[cfg(not(unix))]
pub(super) fn restricted(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(unix)]
fn only_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    metadata.nlink() == 1 && check_owner(metadata, Owner::Us).is_ok()
}

#[cfg(not(unix))]
fn only_ours(_: &fs::Metadata) -> bool {
    true
}

/// Exactly 0600: a umask of 0777 would leave nothing, and a left-over file may have anything.
#[cfg(unix)]
fn set_private_mode(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn set_private_mode(_: &File) -> io::Result<()> {
    Ok(())
}

/// Takes the group's and the others' rights off a file that was restored or copied with too many. On a read-only
/// file system that fails, and reading goes on: what could be read before still can.
#[cfg(unix)]
fn make_private(file: &File, metadata: &fs::Metadata) {
    use std::os::unix::fs::MetadataExt;
    if metadata.mode() & 0o077 != 0 {
        let _ = set_private_mode(file);
    }
}

#[cfg(not(unix))]
fn make_private(_: &File, _: &fs::Metadata) {}

/// Reserves blocks on the disk.
#[cfg(target_os = "linux")]
fn take_room(file: &mut File, len: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;
    match fallocate(&*file, FallocateFlags::empty(), 0, len.max(1)) {
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => write_zeros(file, len),
        other => other.map_err(io::Error::from),
    }
}

#[cfg(not(target_os = "linux"))]
fn take_room(file: &mut File, len: u64) -> io::Result<()> {
    write_zeros(file, len)
}

/// Takes the room by writing; only then is it known to be there.
fn write_zeros(file: &mut File, len: u64) -> io::Result<()> {
    io::copy(&mut io::Read::take(io::repeat(0), len), file)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    /// A private folder of its own, and a file path in it.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/session");
        (folder, path)
    }

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test] // R05
    fn written_read_replaced_removed() {
        let (_folder, path) = place();
        assert!(read_private(&path).unwrap().is_none());
        write_private(&path, &secret("first, the longer one")).unwrap();
        write_private(&path, &secret("second")).unwrap();
        assert_eq!(read_private(&path).unwrap().unwrap().expose(), "second");
        assert_eq!(names(path.parent().unwrap()), ["session"]);
        assert!(remove_private(&path).unwrap());
        assert!(!remove_private(&path).unwrap());
        assert!(names(path.parent().unwrap()).is_empty());
    }

    #[test] // C09
    fn room_is_taken_and_used_or_given_back() {
        let (_folder, path) = place();
        prepare_private(&path, 100_000).unwrap();
        assert!(names(path.parent().unwrap()) == [".session.tmp"] && read_private(&path).unwrap().is_none());
        write_private(&path, &secret("short")).unwrap();
        assert_eq!(read_private(&path).unwrap().unwrap().expose(), "short");
        prepare_private(&path, 10).unwrap();
        assert!(remove_private(&path).unwrap() && names(path.parent().unwrap()).is_empty());
    }

    #[test] // R08
    fn what_a_killed_process_left_is_removed_too() {
        let (_folder, path) = place();
        write_private(&path, &secret("x")).unwrap();
        fs::write(beside(&path, "tmp"), "canary").unwrap();
        remove_private(&path).unwrap();
        assert!(names(path.parent().unwrap()).is_empty());
    }

    #[test]
    fn a_large_file_is_refused() {
        let (_folder, path) = place();
        write_private(&path, &secret("x")).unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(LIMIT + 1).unwrap();
        assert_eq!(read_private(&path).unwrap_err().kind, FileFault::TooLarge(LIMIT));
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::symlink_metadata(path).unwrap().mode() & 0o7777
        }

        fn set_mode(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test] // R05; the umask is a matter of the whole process, so the end-to-end test tries 000
        fn modes_are_exact() {
            let (folder, path) = place();
            write_private(&path, &secret("x")).unwrap();
            assert_eq!((mode(&path), mode(&folder.path().join("state"))), (0o600, 0o700));
            set_mode(&path, 0o644);
            read_private(&path).unwrap();
            assert_eq!(mode(&path), 0o600);
        }

        #[test] // R05
        fn links_are_not_followed() {
            let (folder, path) = place();
            create_private_dir(path.parent().unwrap()).unwrap();
            let elsewhere = folder.path().join("elsewhere");
            fs::write(&elsewhere, "untouched").unwrap();
            symlink(&elsewhere, &path).unwrap();
            assert_eq!(read_private(&path).unwrap_err().kind, FileFault::Symlink);
            assert_eq!(write_private(&path, &secret("x")).unwrap_err().kind, FileFault::Symlink);
            fs::remove_file(&path).unwrap();
            symlink(&elsewhere, beside(&path, "tmp")).unwrap();
            write_private(&path, &secret("x")).unwrap();
            assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "untouched");
        }

        #[test] // R06
        fn a_linked_or_open_folder_is_refused() {
            let (folder, path) = place();
            write_private(&path, &secret("x")).unwrap();
            let link = folder.path().join("link");
            symlink(path.parent().unwrap(), &link).unwrap();
            assert_eq!(read_private(&link.join("session")).unwrap_err().kind, FileFault::Symlink);
            assert_eq!(create_private_dir(&link).unwrap_err().kind, FileFault::Symlink);
            set_mode(path.parent().unwrap(), 0o777);
            assert_eq!(read_private(&path).unwrap_err().kind, FileFault::WorldWritable);
            assert_eq!(write_private(&path, &secret("y")).unwrap_err().kind, FileFault::WorldWritable);
        }

        #[test] // R06, needs root: only root can give a file away
        fn what_another_user_owns_is_refused() {
            if !rustix::process::geteuid().is_root() {
                return;
            }
            let (_folder, path) = place();
            write_private(&path, &secret("x")).unwrap();
            std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
            assert_eq!(read_private(&path).unwrap_err().kind, FileFault::NotOurs);
            std::os::unix::fs::chown(path.parent().unwrap(), Some(65534), None).unwrap();
            assert_eq!(write_private(&path, &secret("x")).unwrap_err().kind, FileFault::NotOurs);
        }

        #[test] // R05
        fn a_pipe_is_neither_read_nor_waited_for() {
            let (_folder, path) = place();
            create_private_dir(path.parent().unwrap()).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
            assert_eq!(read_private(&path).unwrap_err().kind, FileFault::NotAFile);
        }

        #[test]
        fn a_file_in_the_way_of_a_folder_is_named() {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("f");
            fs::write(&file, "").unwrap();
            assert_eq!(create_private_dir(&file).unwrap_err().kind, FileFault::NotAFolder);
            assert_eq!(write_private(&file.join("x"), &secret("x")).unwrap_err().kind, FileFault::NotAFolder);
        }
    }
}
