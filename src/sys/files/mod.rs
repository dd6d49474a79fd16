//! Files that must survive a crash and other users: private ones (`private`), the configuration (`config`), and those
//! of other programs (`theirs`), with the locks of those (`claim`).

mod claim;
mod config;
mod private;
mod theirs;

use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::oauth::Foreign;

pub use claim::{Claim, LockPlace, claim, tidy_claim};
pub use config::{ConfigLock, lock_config, read_config, tidy_config};
pub use private::{create_private_dir, prepare_private, read_private, remove_private, write_private};
pub use theirs::{
    change_text, create_folder, discard_unfinished, is_same, link, link_target, read_text, remove_folder, remove_link,
    remove_text,
};

/// What went wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file or folder at fault.
    pub path: PathBuf,
    /// `read`, `write`, `lock`, `create` or `delete`.
    pub doing: &'static str,
    /// Why.
    pub kind: FileFault,
}

/// Why a file could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileFault {
    /// Another user owns it.
    NotOurs,
    /// Every user may write to it.
    WorldWritable,
    /// It is a symbolic link where none is followed.
    Symlink,
    /// It is something else where a symbolic link is wanted.
    NotALink,
    /// The system lets this user make no symbolic links.
    NoLinks,
    /// It is a folder, a device, a pipe.
    NotAFile,
    /// It is a file where a folder is wanted.
    NotAFolder,
    /// It is larger than so many bytes.
    TooLarge(u64),
    /// It is not UTF-8 text.
    NotUtf8,
    /// The file system is mounted read-only.
    ReadOnly,
    /// No room is left: disk or quota.
    Full,
    /// What was read back is not what was written.
    NotKept,
    /// It changed after it was read.
    Changed,
    /// Another process has held its lock for too long.
    Busy,
    /// The lock of another program has been there for too long.
    Claimed,
    /// Whatever else the system says, with its words.
    Io(io::ErrorKind, String),
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs => "another user owns it",
            Self::WorldWritable => "every user may write to it",
            Self::Symlink => "it is a symbolic link",
            Self::NotALink => "something else has this name",
            Self::NoLinks => "this user may make no symbolic links",
            Self::NotAFile => "it is not a regular file",
            Self::NotAFolder => "it is not a folder",
            Self::TooLarge(limit) => return write!(f, "it is larger than {limit} bytes"),
            Self::NotUtf8 => "it is not UTF-8 text",
            Self::ReadOnly => "the file system is read-only",
            Self::Full => "no space is left",
            Self::Changed => "it has just been changed by another program",
            Self::NotKept => "what was read back is not what was written",
            Self::Busy => "another process keeps it locked",
            Self::Claimed => "it is there: another program is writing, or died as it was",
            Self::Io(_, text) => text,
        })
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Foreign::new(self.path.to_string_lossy());
        write!(f, "cannot {} {path}: {}", self.doing, self.kind)
    }
}

impl std::error::Error for FileError {}

impl FileError {
    pub(super) fn new(doing: &'static str, path: &Path, kind: FileFault) -> Self {
        Self { path: path.to_owned(), doing, kind }
    }

    /// Sorts what the system says.
    pub(super) fn io(doing: &'static str, path: &Path, error: &io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => FileFault::Full,
            io::ErrorKind::ReadOnlyFilesystem => FileFault::ReadOnly,
            io::ErrorKind::NotADirectory => FileFault::NotAFolder,
            io::ErrorKind::IsADirectory => FileFault::NotAFile,
            // Where a folder cannot be opened as a file, it is not said why.
            io::ErrorKind::PermissionDenied if cfg!(windows) && path.is_dir() => FileFault::NotAFile,
            #[cfg(unix)]
            _ if error.raw_os_error() == Some(libc::ELOOP) => FileFault::Symlink,
            other => FileFault::Io(other, error.to_string()),
        };
        Self::new(doing, path, kind)
    }
}

/// What tells one state of a file from another without reading it. Where the platform has no such number it is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    /// The device that holds it.
    pub dev: u64,
    /// Its number there.
    pub ino: u64,
    /// Bytes.
    pub size: u64,
    /// Last change of the content, nanoseconds since 1970, wrapping.
    pub mtime: u64,
    /// Last change of content or attributes, nanoseconds since 1970, wrapping.
    pub ctime: u64,
}

/// The identity of a file, links followed; `None` if it is not there or cannot be asked.
#[must_use]
pub fn identity(path: &Path) -> Option<FileIdentity> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(identity_of(&metadata))
}

/// The identity as one line of text; another text whenever the file is another, or changed. Its absence has a text
/// too.
#[must_use]
pub fn fingerprint(path: &Path) -> String {
    identity(path).map_or_else(
        || "absent".to_owned(),
        |FileIdentity { dev, ino, size, mtime, ctime }| format!("{dev}:{ino}:{size}:{mtime}:{ctime}"),
    )
}

#[cfg(unix)]
fn identity_of(metadata: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt;
    let nanos = |seconds: i64, nanos: i64| seconds.wrapping_mul(1_000_000_000).wrapping_add(nanos).cast_unsigned();
    FileIdentity {
        dev: metadata.dev(),
        ino: metadata.ino(),
        size: metadata.size(),
        mtime: nanos(metadata.mtime(), metadata.mtime_nsec()),
        ctime: nanos(metadata.ctime(), metadata.ctime_nsec()),
    }
}

#[cfg(not(unix))]
fn identity_of(metadata: &Metadata) -> FileIdentity {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let mtime = since.and_then(|time| u64::try_from(time.as_nanos()).ok()).unwrap_or_default();
    FileIdentity { dev: 0, ino: 0, size: metadata.len(), mtime, ctime: 0 }
}

/// Who may have touched a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// The user of this process alone.
    Us,
    /// The user of this process, or root, who can do anything anyway.
    UsOrRoot,
}

/// Refuses what another user owns or every user may write to.
#[cfg(unix)]
fn check_owner(metadata: &Metadata, owner: Owner) -> Result<(), FileFault> {
    use std::os::unix::fs::MetadataExt;
    let trusted = match metadata.uid() {
        0 if owner == Owner::UsOrRoot => true,
        uid => uid == rustix::process::geteuid().as_raw(),
    };
    if !trusted {
        return Err(FileFault::NotOurs);
    }
    if metadata.mode() & 0o002 != 0 { Err(FileFault::WorldWritable) } else { Ok(()) }
}

/// Elsewhere the folders of a user are protected by the access lists that they inherit.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn check_owner(_: &Metadata, _: Owner) -> Result<(), FileFault> {
    Ok(())
}

/// Reads a whole file of at most `limit` bytes into memory that is wiped.
fn read_limited(file: &mut File, size: u64, limit: u64) -> Result<Zeroizing<Vec<u8>>, Result<FileFault, io::Error>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size.min(limit)).unwrap_or_default() + 1));
    file.take(limit + 1).read_to_end(&mut bytes).map_err(Err)?;
    if bytes.len() as u64 > limit { Err(Ok(FileFault::TooLarge(limit))) } else { Ok(bytes) }
}

/// The folder that a file is in; `.` for a bare name.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A name beside a file: `config.toml` and `lock` give `.config.toml.lock`.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

/// Makes a rename last. A file system that cannot do that for folders is taken as it is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        other => other,
    }
}

/// A folder cannot be opened as a file here; a rename is journalled.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same signature as on Unix")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_file_and_escapes_it() {
        let error = FileError::new("read", Path::new("/x/\x1b[2J"), FileFault::NotOurs);
        assert_eq!(error.to_string(), "cannot read /x/\\u{1b}[2J: another user owns it");
    }

    #[test] // C09
    fn full_and_read_only_are_told_apart() {
        #[cfg(unix)]
        for (code, fault) in
            [(libc::ENOSPC, FileFault::Full), (libc::EDQUOT, FileFault::Full), (libc::EROFS, FileFault::ReadOnly)]
        {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(FileError::io("write", Path::new("x"), &error).kind, fault);
        }
    }

    #[test]
    fn identity_changes_with_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        assert_eq!(identity(&path), None);
        std::fs::write(&path, "a").unwrap();
        let first = identity(&path).unwrap();
        assert_eq!(identity(&path), Some(first));
        std::fs::write(&path, "ab").unwrap();
        assert_ne!(identity(&path), Some(first));
    }
}
