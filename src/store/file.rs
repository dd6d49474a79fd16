//! Sessions as private files under the state folder: one file an entry, 0600 in a 0700 folder (R05). Chosen by name
//! only; nothing falls back to it (R02).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{EntryName, Store, StoreError, StoreFault, StoreKind};
use crate::secret::Secret;
use crate::sys::files::{self, FileError, FileFault};

/// The folder of session files, made at the first write.
#[derive(Debug, Clone)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// `state` is the program's state folder; sessions are in `sessions` below it.
    #[must_use]
    pub fn new(state: &Path) -> Self {
        Self { folder: state.join("sessions") }
    }

    /// The file of an entry.
    #[must_use]
    pub fn path(&self, entry: &EntryName) -> PathBuf {
        self.folder.join(entry.file_name())
    }

    /// Holds the room for the next save. The separator keeps it apart from every session's file.
    fn room(&self, entry: &EntryName) -> PathBuf {
        self.folder.join(format!("{}#room", entry.file_name()))
    }

    fn write(&self, path: &Path, value: &Secret) -> Result<(), StoreError> {
        files::create_private_dir(&self.folder).and_then(|()| files::write_private(path, value)).map_err(|e| error(&e))
    }
}

impl Store for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn load(&self, entry: &EntryName) -> Result<Option<Secret>, StoreError> {
        files::read_private(&self.path(entry)).map_err(|e| error(&e))
    }

    /// The new file is complete and on the disk before it takes the old one's place; the reading back finds a file
    /// system that said so and did not do it.
    fn save(&self, entry: &EntryName, value: &Secret) -> Result<(), StoreError> {
        remove(&self.room(entry))?;
        self.write(&self.path(entry), value)?;
        match self.load(entry)? {
            Some(kept) if kept.same_as(value) => Ok(()),
            _ => Err(StoreError { store: StoreKind::File, fault: StoreFault::NotSaved }),
        }
    }

    fn delete(&self, entry: &EntryName) -> Result<bool, StoreError> {
        let was_there = remove(&self.path(entry))?;
        remove(&self.room(entry))?;
        Ok(was_there)
    }

    /// A file of that size, which the next save removes right before it writes.
    fn prepare(&self, entry: &EntryName, expected_len: usize) -> Result<(), StoreError> {
        let filler = Secret::new("-".repeat(expected_len));
        let room = self.room(entry);
        self.write(&room, &filler).inspect_err(|_| {
            let _ = fs::remove_file(&room);
        })
    }
}

/// Removes a file, or the link in its place; says whether there was one.
fn remove(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(StoreError {
            store: StoreKind::File,
            fault: match e.kind() {
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    StoreFault::Denied(format!("cannot remove {}: {e}", path.display()))
                }
                _ => StoreFault::Failed(format!("cannot remove {}: {e}", path.display())),
            },
        }),
    }
}

fn error(error: &FileError) -> StoreError {
    let text = error.to_string();
    let fault = match error.kind {
        FileFault::Full => StoreFault::Full(text),
        FileFault::NotOurs
        | FileFault::WorldWritable
        | FileFault::Symlink
        | FileFault::NotAFile
        | FileFault::ReadOnly
        | FileFault::Io(io::ErrorKind::PermissionDenied, _) => StoreFault::Denied(text),
        FileFault::NotUtf8 => StoreFault::Torn,
        _ => StoreFault::Failed(text),
    };
    StoreError { store: StoreKind::File, fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(store: &FileStore, entry: &EntryName) -> Option<String> {
        store.load(entry).unwrap().map(|value| value.expose().to_owned())
    }

    #[test] // R03, R08
    fn a_session_is_kept_replaced_and_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let (entry, other) = (EntryName::new("a", "b"), EntryName::new("ab", ""));
        assert_eq!(text(&store, &entry), None);
        assert!(!store.delete(&entry).unwrap());
        store.save(&other, &Secret::new("other".into())).unwrap();
        for value in ["one", "two"] {
            store.save(&entry, &Secret::new(value.into())).unwrap();
            assert_eq!(text(&store, &entry).as_deref(), Some(value));
        }
        assert!(store.delete(&entry).unwrap());
        assert_eq!(text(&store, &entry), None);
        assert_eq!(text(&store, &other).as_deref(), Some("other"));
    }

    #[test] // C09, R08
    fn room_is_taken_by_the_next_save_and_by_delete() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let entry = EntryName::new("a", "b");
        let files = || fs::read_dir(folder.path().join("sessions")).unwrap().count();
        store.prepare(&entry, 5000).unwrap();
        assert_eq!(fs::metadata(store.room(&entry)).unwrap().len(), 5000);
        assert_eq!(text(&store, &entry), None);
        store.save(&entry, &Secret::new("one".into())).unwrap();
        assert_eq!(files(), 1);
        store.prepare(&entry, 10).unwrap();
        assert_eq!(text(&store, &entry).as_deref(), Some("one"));
        store.delete(&entry).unwrap();
        assert_eq!(files(), 0);
    }

    #[test] // C09
    fn a_folder_that_cannot_be_written_is_an_error_before_and_at_the_save() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("sessions"), "a file in the folder's place").unwrap();
        let store = FileStore::new(folder.path());
        let entry = EntryName::new("a", "b");
        assert!(store.prepare(&entry, 10).is_err());
        assert!(store.save(&entry, &Secret::new("one".into())).is_err());
    }

    #[cfg(unix)]
    #[test] // R05
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let entry = EntryName::new("a", "b");
        store.save(&entry, &Secret::new("one".into())).unwrap();
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(store.path(&entry), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, store.path(&entry)).unwrap();
        assert!(matches!(store.load(&entry).unwrap_err().fault, StoreFault::Denied(_)));
        store.delete(&entry).unwrap();
        assert!(elsewhere.exists());
    }
}
