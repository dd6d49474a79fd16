//! A service rejected an access token: it is replaced before it is handed out again.
//!
//! That is remembered with the session, so that the program that noticed need not be the one that asks next. The login
//! stays: what a service says of one token says nothing of the session, and where there is no way to another token this
//! one goes on being handed out.

use super::error::{Doing, SessionError};
use super::keeper::Keeper;
use crate::secret::Secret;
use crate::store::StoreKind;

impl Keeper<'_> {
    /// Marks a token of the session as rejected, if it is one of those that it has now: what another process has replaced
    /// in the meantime is no matter any more.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn reject(&self, token: &Secret) -> Result<(), SessionError> {
        if self.store.kind() == StoreKind::None {
            return Ok(());
        }
        let lock = self.lock()?;
        let Some(mut session) = self.load()? else { return Ok(()) };
        if session.check(self.settings).is_err() || !session.reject(token) {
            return Ok(());
        }
        self.persist(&session, Doing::Refresh, &lock)
    }
}
