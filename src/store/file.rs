//! Sessions as private files under the state folder: one file an entry, 0600 in a 0700 folder (R05). Chosen by name
//! only; nothing falls back to it (R02).

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
}

impl Store for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn load(&self, entry: &EntryName) -> Result<Option<Secret>, StoreError> {
        files::read_private(&self.path(entry)).map_err(|e| error(&e))
    }

    /// The new file is complete, read back and on the disk before it takes the old one's place.
    fn save(&self, entry: &EntryName, value: &Secret) -> Result<(), StoreError> {
        files::write_private(&self.path(entry), value).map_err(|e| error(&e))
    }

    fn delete(&self, entry: &EntryName) -> Result<bool, StoreError> {
        files::remove_private(&self.path(entry)).map_err(|e| error(&e))
    }

    /// The very file that the next save writes, so that all that can go wrong with it goes wrong before anything is
    /// sent.
    fn prepare(&self, entry: &EntryName, expected_len: usize) -> Result<(), StoreError> {
        files::prepare_private(&self.path(entry), expected_len).map_err(|e| error(&e))
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
        FileFault::NotKept => StoreFault::NotSaved,
        _ => StoreFault::Failed(text),
    };
    StoreError { store: StoreKind::File, fault }
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        assert_eq!(files(), 1);
        assert_eq!(text(&store, &entry), None);
        store.save(&entry, &Secret::new("one".into())).unwrap();
        assert_eq!(files(), 1);
        store.prepare(&entry, 10).unwrap();
        assert_eq!((files(), text(&store, &entry).as_deref()), (2, Some("one")));
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

    #[test] // C09
    fn faults_are_told_apart() {
        let of = |kind| error(&FileError { path: "/f".into(), doing: "write", kind }).fault;
        assert!(matches!(of(FileFault::Full), StoreFault::Full(_)));
        assert!(matches!(of(FileFault::NotOurs), StoreFault::Denied(_)));
        assert_eq!(of(FileFault::NotUtf8), StoreFault::Torn);
        assert_eq!(of(FileFault::NotKept), StoreFault::NotSaved);
        let io = |kind| FileFault::Io(kind, "what the system said".to_owned());
        assert!(matches!(of(io(io::ErrorKind::PermissionDenied)), StoreFault::Denied(_)));
        assert!(matches!(of(io(io::ErrorKind::NotConnected)), StoreFault::Failed(_)));
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
