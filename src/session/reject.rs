//! A service rejected an access token: it is replaced before it is handed out again.
//!
//! That is remembered with the session, so that the program that noticed need not be the one that asks next. The login
//! stays: what a service says of one token says nothing of the session, and where there is no way to another token this
//! one goes on being handed out. Nothing is sent: whoever asks next does that. A service that rejects whatever it gets
//! brings about one refresh in a while, not one for each of its answers.

use super::error::{Doing, SessionError};
use super::keeper::Keeper;
use super::record::Session;
use crate::secret::Secret;
use crate::store::StoreKind;

impl Keeper<'_> {
    /// Marks a token of the session as rejected, the profile's own or a narrowed one, if it is one of those that it has
    /// now: what another process has replaced in the meantime is no matter any more.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn reject(&self, token: &Secret) -> Result<(), SessionError> {
        // Who has nothing to mark waits for nobody.
        if self.store.kind() == StoreKind::None || !self.load()?.is_some_and(|session| self.holds(&session, token)) {
            return Ok(());
        }
        let lock = self.lock()?;
        let Some(mut session) = self.load_to_write(&lock)? else { return Ok(()) };
        if session.check(self.settings).is_err() || !session.reject(token, self.now()) {
            return Ok(());
        }
        // No tokens came that could be lost.
        self.persist(&mut session, Doing::Refresh, &lock).map_err(|error| match error {
            SessionError::Lost { error, .. } => SessionError::Store(error),
            error => error,
        })
    }

    /// Whether it is a token of the session that nobody has rejected yet.
    fn holds(&self, session: &Session, token: &Secret) -> bool {
        session.check(self.settings).is_ok() && session.tokens().any(|known| known.is_rejected_with(token, self.now()))
    }
}
