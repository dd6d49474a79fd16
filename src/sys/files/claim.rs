//! The locks of other programs: while `NAME.lock` is there, nobody else writes `NAME`. git and kubectl create that file
//! with `O_EXCL`, give up at once where it is, and know nothing of a writer that died: what was left of one of ours would
//! keep them from writing for ever. So ours says what it is, is held by a lock of the system's besides, which dies with
//! its process, and the next of us that finds a dead one takes it away. Whoever has one holds signals back
//! ([`HeldSignals`](crate::sys::signals::HeldSignals)).

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::config::resolve;
use super::private::restricted;
use super::{FileError, FileFault, Owner, check_owner, folder_of, identity, identity_of};

/// Beside what a program's lock lies, where the file is a symbolic link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockPlace {
    /// Beside the link.
    Name,
    /// Beside what it leads to.
    Target,
}

/// Such a lock; dropping it takes it away.
#[derive(Debug)]
pub struct Claim {
    path: PathBuf,
    file: File,
}

/// What ours begins with, and no settings do: git writes the new ones into its lock.
const MARK: &str = "tok setup ";

/// How long another program is waited for. They write a few lines.
const PATIENCE: Duration = Duration::from_secs(3);

/// Takes the lock of a file; `None` where its folder is not there, in which nobody can write yet.
///
/// # Errors
/// [`FileError`]: [`FileFault::Claimed`] after 3 s.
pub fn claim(path: &Path, place: LockPlace) -> Result<Option<Claim>, FileError> {
    let lock = lock_of(path, place)?;
    if !folder_of(&lock).is_dir() {
        return Ok(None);
    }
    let start = Instant::now();
    loop {
        match create(&lock) {
            Ok(claim) => return Ok(Some(claim)),
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(FileError::io("create", &lock, &error));
            }
            Err(_) if remove_dead(&lock) => {}
            Err(_) if start.elapsed() > PATIENCE => return Err(FileError::new("create", &lock, FileFault::Claimed)),
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
}

/// Takes away a lock of ours whose process has died, if there is one.
pub fn tidy_claim(path: &Path, place: LockPlace) {
    if let Ok(lock) = lock_of(path, place) {
        remove_dead(&lock);
    }
}

fn lock_of(path: &Path, place: LockPlace) -> Result<PathBuf, FileError> {
    let target = match place {
        LockPlace::Name => path.to_owned(),
        LockPlace::Target => resolve(path)?,
    };
    let mut lock = OsString::from(target);
    lock.push(".lock");
    Ok(PathBuf::from(lock))
}

fn create(path: &Path) -> io::Result<Claim> {
    match appear(path) {
        Ok(file) => Ok(Claim { path: path.to_owned(), file }),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system can do that.
        Err(_) => {
            let file = restricted(OpenOptions::new().write(true).create_new(true)).open(path)?;
            let claim = Claim { path: path.to_owned(), file };
            mark(&claim.file).map(|()| claim)
        }
    }
}

/// A file that has no name before it is marked: from its first moment it can be told from another program's.
#[cfg(target_os = "linux")]
fn appear(path: &Path) -> io::Result<File> {
    use std::os::fd::AsRawFd;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file = File::from(open(folder_of(path), flags, Mode::RUSR | Mode::WUSR)?);
    mark(&file)?;
    linkat(CWD, format!("/proc/self/fd/{}", file.as_raw_fd()), CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn appear(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The mark comes last: whoever reads it finds the lock taken. Where the file system has no locks, a dead one stays.
fn mark(mut file: &File) -> io::Result<()> {
    if file.try_lock().is_ok() {
        let process = std::process::id();
        writeln!(file, "{MARK}is writing (process {process}); if that has ended, delete this file")?;
    }
    Ok(())
}

/// Takes away a lock of ours whose process has died; true if there was one.
fn remove_dead(path: &Path) -> bool {
    let read = || {
        let file = restricted(OpenOptions::new().read(true).write(true)).open(path)?;
        let mut begins = Vec::new();
        (&file).take(MARK.len() as u64).read_to_end(&mut begins)?;
        Ok::<_, io::Error>((file, begins))
    };
    let Ok((file, begins)) = read() else { return false };
    let is_ours = file.metadata().is_ok_and(|metadata| metadata.is_file() && check_owner(&metadata, Owner::Us).is_ok());
    // Who waited for the system's lock may hold one on what has gone meanwhile.
    is_ours
        && begins == MARK.as_bytes()
        && file.try_lock().is_ok()
        && is_at(&file, path)
        && fs::remove_file(path).is_ok()
}

/// Whether this file still has this name.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(metadata), Some(there)) = (file.metadata(), identity(path)) else { return false };
    let here = identity_of(&metadata);
    (here.dev, here.ino) == (there.dev, there.ino)
}

impl Drop for Claim {
    fn drop(&mut self) {
        // A person may have taken it away, and another program put its own there.
        if is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn who_has_it_keeps_others_off_until_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let (path, lock) = (folder.path().join("rc"), folder.path().join("rc.lock"));
        let held = claim(&path, LockPlace::Target).unwrap().unwrap();
        let said = fs::read_to_string(&lock).unwrap();
        assert!(said.starts_with(MARK) && said.contains(&std::process::id().to_string()), "{said}");
        assert!(create(&lock).is_err() && !remove_dead(&lock));
        thread::scope(|scope| {
            let other = scope.spawn(|| claim(&path, LockPlace::Target));
            drop(held);
            assert!(other.join().unwrap().unwrap().is_some());
        });
        assert!(!lock.exists());
        assert!(claim(&folder.path().join("no/rc"), LockPlace::Name).unwrap().is_none());
    }

    #[test]
    fn what_a_killed_process_left_is_taken_away_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (path, lock) = (folder.path().join("rc"), folder.path().join("rc.lock"));
        fs::write(&lock, format!("{MARK}is writing (process 1)\n")).unwrap();
        drop(claim(&path, LockPlace::Name).unwrap());
        assert!(!lock.exists());
        for foreign in ["", "[user]\n\tname = a\n"] {
            fs::write(&lock, foreign).unwrap();
            assert!(!remove_dead(&lock));
        }
        let why = claim(&path, LockPlace::Name).unwrap_err();
        assert_eq!((why.kind, &why.path), (FileFault::Claimed, &lock));
        // Nor what a link leads to.
        fs::rename(&lock, folder.path().join("elsewhere")).unwrap();
        fs::write(folder.path().join("elsewhere"), MARK).unwrap();
        symlink("elsewhere", &lock).unwrap();
        assert!(!remove_dead(&lock) && lock.exists());
    }

    #[test]
    fn the_lock_of_another_that_came_in_its_place_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, lock) = (folder.path().join("rc"), folder.path().join("rc.lock"));
        let held = claim(&path, LockPlace::Name).unwrap();
        fs::rename(&lock, folder.path().join("moved")).unwrap();
        fs::write(&lock, "").unwrap();
        drop(held);
        assert!(lock.exists());
    }

    #[test]
    fn it_lies_where_the_program_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rc");
        fs::create_dir(folder.path().join("d")).unwrap();
        symlink("d/target", &path).unwrap();
        for (place, lock) in [(LockPlace::Name, "rc.lock"), (LockPlace::Target, "d/target.lock")] {
            let held = claim(&path, place).unwrap();
            assert!(folder.path().join(lock).exists());
            drop(held);
            assert!(!folder.path().join(lock).exists());
        }
    }
}
