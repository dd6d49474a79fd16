//! A file of another program's settings as it is, and as it is to be. Where the programs that write it keep off each
//! other by a lock, it is read and written in that lock.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::edit::Format;
use crate::sys::files::{self, Claim, FileError, FileFault, LockPlace};

/// The file; the lock goes with it.
#[derive(Debug)]
pub struct Draft {
    /// Where.
    pub path: PathBuf,
    /// Its text, if it is there.
    pub before: Option<String>,
    /// Its text afterwards, if it is to be there then.
    pub after: Option<String>,
    lock: Option<LockPlace>,
    claim: RefCell<Option<Claim>>,
}

impl Draft {
    /// Reads it, in the lock if it is to be written and a lock can be had: in a folder that is read-only, such as a store of
    /// packages, it may be that nothing is to be written after all. A file that no other program writes has no format.
    pub fn open(path: &Path, format: Option<Format>, to_write: bool) -> Result<Self, FileError> {
        let lock = format.and_then(Format::lock);
        let mut draft = Self { path: path.to_owned(), before: None, after: None, lock, claim: RefCell::default() };
        if to_write {
            draft.take_lock().or_else(|why| if why.kind == FileFault::Claimed { Err(why) } else { Ok(()) })?;
        }
        draft.before = files::read_text(path)?;
        draft.after.clone_from(&draft.before);
        Ok(draft)
    }

    /// Takes the lock, unless it is held, or its folder is still to be made.
    fn take_lock(&self) -> Result<(), FileError> {
        if let Some(place) = self.lock
            && self.claim.borrow().is_none()
        {
            self.claim.replace(files::claim(&self.path, place)?);
        }
        Ok(())
    }

    /// Takes away a lock of ours whose process died when all was done.
    pub fn tidy(&self) {
        if let Some(place) = self.lock {
            files::tidy_claim(&self.path, place);
        }
    }

    /// Whether there is something to write.
    pub fn is_changed(&self) -> bool {
        self.before != self.after
    }

    /// Makes of the file what it is to be. Where that fails, the lock is not kept.
    pub fn write(&self) -> Result<(), FileError> {
        self.change(self.before.as_deref(), self.after.as_deref())
    }

    /// Makes of it what it was, and lets go of the lock: its folder may go now.
    pub fn take_back(&self) -> Result<(), FileError> {
        let changed = self.change(self.after.as_deref(), self.before.as_deref());
        self.claim.take();
        changed
    }

    fn change(&self, from: Option<&str>, to: Option<&str>) -> Result<(), FileError> {
        self.take_lock()?;
        let changed = match (from, to) {
            (from, Some(to)) => files::change_text(&self.path, from, to),
            (Some(from), None) => files::remove_text(&self.path, from),
            (None, None) => Ok(()),
        };
        changed.inspect_err(|_| drop(self.claim.take()))
    }

    /// Whether this is what the file says now.
    pub fn says(&self, text: Option<&str>) -> bool {
        files::read_text(&self.path).is_ok_and(|now| now.as_deref() == text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_to_be_written_is_read_in_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let (path, lock) = (folder.path().join("rc"), folder.path().join("rc.lock"));
        fs::write(&path, "a").unwrap();
        drop(Draft::open(&path, Some(Format::Git), false).unwrap());
        let mut draft = Draft::open(&path, Some(Format::Git), true).unwrap();
        assert!(lock.exists() && !draft.is_changed());
        draft.after = Some("b".to_owned());
        draft.write().unwrap();
        assert!(lock.exists() && draft.says(Some("b")));
        draft.take_back().unwrap();
        assert!(!lock.exists() && draft.says(Some("a")));
        // Where the change fails, too.
        let mut draft = Draft::open(&path, Some(Format::Git), true).unwrap();
        draft.after = None;
        fs::write(&path, "another").unwrap();
        assert_eq!(draft.write().unwrap_err().kind, FileFault::Changed);
        assert!(!lock.exists() && draft.says(Some("another")));
    }

    #[test]
    fn what_nobody_can_write_can_be_read() {
        // Not even root makes a file there.
        let path = Path::new("/proc/version");
        let draft = Draft::open(path, Some(Format::Git), true).unwrap();
        assert_eq!(draft.before.is_some(), path.exists());
    }
}
