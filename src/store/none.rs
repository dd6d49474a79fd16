//! The store that keeps nothing: the default for credentials from the environment (H01).

use super::{EntryName, Store, StoreError, StoreKind};
use crate::secret::Secret;

/// Touches nothing: no disk, no D-Bus, no kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStore;

impl Store for NoStore {
    fn kind(&self) -> StoreKind {
        StoreKind::None
    }

    fn load(&self, _: &EntryName) -> Result<Option<Secret>, StoreError> {
        Ok(None)
    }

    fn save(&self, _: &EntryName, _: &Secret) -> Result<(), StoreError> {
        Ok(())
    }

    fn delete(&self, _: &EntryName) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn prepare(&self, _: &EntryName, _: usize) -> Result<(), StoreError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // H01
    fn nothing_is_kept() {
        let entry = EntryName::new("a", "b");
        NoStore.save(&entry, &Secret::new("canary".into())).unwrap();
        assert!(NoStore.load(&entry).unwrap().is_none());
        assert!(!NoStore.delete(&entry).unwrap());
    }
}
