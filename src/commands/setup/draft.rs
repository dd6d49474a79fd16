//! A file of another program's settings as it is, and as it is to be. Where the programs that write it keep off each
//! other by a lock, it is read and written in that lock.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::edit::Format;
use crate::sys::files::{self, Claim, FileError, LockPlace};

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
    /// Reads it, in the lock if it is to be written. A file that no other program writes has no format.
    pub fn open(path: &Path, format: Option<Format>, to_write: bool) -> Result<Self, FileError> {
        let lock = format.and_then(Format::lock).filter(|_| to_write);
        let mut draft = Self { path: path.to_owned(), before: None, after: None, lock, claim: RefCell::default() };
        draft.take_lock()?;
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
