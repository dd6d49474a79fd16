//! A service rejected an access token: it is replaced before it is handed out again.
//!
//! That is remembered with the session, so that the program that noticed need not be the one that asks next. The login
//! stays: what a service says of one token says nothing of the session, and where there is no way to another token this
//! one goes on being handed out. Nothing is sent: whoever asks next does that.

use std::time::Duration;

use super::error::{Doing, SessionError};
use super::keeper::Keeper;
use super::record::Session;
use crate::secret::Secret;
use crate::store::StoreKind;

/// For so long after a replacement, what is said of "the token" is said of the one before: requests were on their way
/// with it.
const ECHO: Duration = Duration::from_secs(10);

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
        if session.check(self.settings).is_err() || !session.reject(token) {
            return Ok(());
        }
        // No tokens came that could be lost.
        self.persist(&session, Doing::Refresh, &lock).map_err(|error| match error {
            SessionError::Lost { error, .. } => SessionError::Store(error),
            error => error,
        })
    }

    /// The same for a program that does not say which token was rejected: the one that it got last, unless that has just
    /// come in place of a rejected one. A program with many requests at once is refused as often; and a service that
    /// refuses every token does not cost a refresh with each.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn doubt(&self, token: &Secret) -> Result<(), SessionError> {
        let now = self.now();
        let is_echo = |session: Session| {
            let mut known = session.tokens().filter(|known| known.token.same_as(token));
            known.any(|known| known.replaces_rejected && known.lifetime.began_within(now, ECHO))
        };
        if self.load()?.is_some_and(is_echo) { Ok(()) } else { self.reject(token) }
    }

    /// Whether it is a token of the session that nobody has rejected yet.
    fn holds(&self, session: &Session, token: &Secret) -> bool {
        session.check(self.settings).is_ok()
            && session.tokens().any(|known| !known.rejected && known.token.same_as(token))
    }
}
