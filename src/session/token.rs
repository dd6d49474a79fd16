//! The story of an access token: from the cache, from the store, or from the server.
//!
//! The order is always the same: take the lock, read cache and store again, decide, send one request, store the
//! answer, update the cache, release, and only then let the caller print. Reading a fresh token takes no lock. What is
//! sent, where anything is, is told in `renew`.

use std::time::Duration;

use super::asked::{self, Which};
use super::error::{NoSession, SessionError};
use super::failure;
use super::keeper::{Handed, Keeper, Want};
use super::record::{AccessToken, Session};
use super::renew::Turn;
use crate::oauth::GrantKind;
use crate::settings::Narrowing;
use crate::store::StoreKind;
use crate::store::lock::Held;

/// Makes a session without asking anybody, with the access token that is meant as the session's own; it is given the
/// one that is kept, if that belongs to the settings.
pub type Login<'a> = &'a dyn Fn(Option<&Session>, Which) -> Result<Session, SessionError>;

impl Keeper<'_> {
    /// The access token. With credentials that are at hand no login is needed before: where there is no usable session,
    /// one is made.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn token(&self, want: Want) -> Result<Handed, SessionError> {
        self.token_or_login(want, &|kept, which| self.acquire_unasked(kept, which), &|seen| self.may_log_in(seen))
    }

    /// Whether a login needs nobody: the credentials are in the environment, or the grant is one that can be run again.
    /// With `auto` that is the grant that made the session.
    fn may_log_in(&self, seen: Option<&Session>) -> bool {
        let made_by = || {
            let of_profile = seen.filter(|session| session.binding.check(self.settings).is_ok());
            of_profile.and_then(|session| session.binding.grant.parse().ok())
        };
        self.settings.environment_credentials
            || self.settings.grant.value.named().or_else(made_by).is_some_and(GrantKind::is_unattended)
    }

    /// The access token; where there is no usable session, `login` makes one if it `may`: under the lock if it is to be
    /// kept, and once for any number of processes (C01).
    ///
    /// # Errors
    /// [`SessionError`]
    pub(super) fn token_or_login(
        &self,
        want: Want,
        login: Login<'_>,
        may: &dyn Fn(Option<&Session>) -> bool,
    ) -> Result<Handed, SessionError> {
        if self.store.kind() == StoreKind::None && may(None) {
            return self.unkept(login, want);
        }
        if let Some(handed) = self.cached_token(want) {
            return Ok(handed);
        }
        let which = self.which();
        let glance = self.glance();
        let seen = self.load()?;
        if let Some(session) = &seen
            && let Some(handed) = self.stored_token(session, which, want)
        {
            if which == Which::Own
                && let Some(lock) = self.unmoved(glance)
            {
                self.remember(session, &lock);
            }
            return Ok(handed);
        }
        if let Some(session) = &seen
            && self.has_all_but_an_id_token(session, want)
        {
            return Err(SessionError::NoSession(NoSession::NoIdToken));
        }
        let login = may(seen.as_ref()).then_some(login);
        if login.is_none() {
            // What needs no server needs no lock either.
            self.checked(seen.as_ref())?;
        }
        let mut lock = self.lock()?;
        if let Some(failure) = self.heard(&lock, which) {
            return Err(failure);
        }
        if let Some(handed) = self.cached_token(want) {
            return Ok(handed);
        }
        let kept = self.load_to_write(&lock)?;
        if let Some(session) = &kept
            && self.has_all_but_an_id_token(session, want)
        {
            return Err(SessionError::NoSession(NoSession::NoIdToken));
        }
        if let Some(session) = &kept
            && let Some(handed) = self.stored_while_waiting(session, seen.as_ref(), want)
        {
            self.remember(session, &lock);
            return Ok(handed);
        }
        let mut turn = Turn { keeper: self, lock: &mut lock, login };
        let session = match self.settings.narrowing.as_ref().map(|service| service.how) {
            None => turn.renew(kept, want),
            Some(Narrowing::Refresh) => turn.narrow(kept, want),
            Some(Narrowing::Exchange) => turn.exchange(kept, want),
        }?;
        let access = session.token(which, &self.asked(&session, which));
        access.and_then(|access| self.hand(&session, access, want)).ok_or(SessionError::NoSession(missing(want)))
    }

    /// The token of a session that is kept nowhere.
    fn unkept(&self, login: Login<'_>, want: Want) -> Result<Handed, SessionError> {
        let own = |session: &Session| self.hand(session, session.access.as_ref()?, want);
        let handed = if self.settings.narrowing.as_ref().is_some_and(|service| service.how == Narrowing::Exchange) {
            let mut session = login(None, Which::Own)?;
            self.exchange(&mut session)?;
            session.narrowed.last().and_then(|token| self.hand(&session, token, want))
        } else {
            // The grant itself asks for what the service is to get.
            own(&login(None, self.which())?)
        };
        handed.ok_or(SessionError::NoSession(missing(want)))
    }

    /// Whether an ID token is wanted of a session that is fresh and came without one, or whose last refresh brought none
    /// in place of one that had run out: asking again would bring none either, and whoever calls in a loop would ask for
    /// ever.
    fn has_all_but_an_id_token(&self, session: &Session, want: Want) -> bool {
        let access = Want { id_token: false, ..want };
        let obtained_at = session.access.as_ref().map_or(0, |access| access.lifetime.obtained_at);
        let is_missing =
            session.id_token.is_none() || session.id_token_expires_at().is_some_and(|end| end.0 <= obtained_at);
        want.id_token && is_missing && self.stored_token(session, self.which(), access).is_some()
    }

    /// What another process stored between our first look and our turn: good enough even if it lives shorter than
    /// wanted (S06), and new enough for a renewal.
    fn stored_while_waiting(&self, session: &Session, seen: Option<&Session>, want: Want) -> Option<Handed> {
        let which = self.which();
        if let Some(handed) = self.stored_token(session, which, want) {
            return Some(handed);
        }
        let asked = self.asked(session, which);
        let access = session.token(which, &asked)?;
        // What it replaced may have been asked for by a profile that was edited since.
        let before = seen.and_then(|seen| match which {
            Which::Own => seen.access.as_ref(),
            Which::Narrowed => seen.token(which, &asked),
        });
        let is_new = before.is_none_or(|before| !before.token.same_as(&access.token));
        let serves = is_new && session.check(self.settings).is_ok() && self.is_alive(access) && !access.rejected;
        if serves { self.hand(session, access, want) } else { None }
    }

    /// Whether a token lives at all.
    pub(super) fn is_alive(&self, access: &AccessToken) -> bool {
        access.lifetime.lasts(self.now(), Duration::ZERO)
    }

    /// The failure that another process met with while this one waited for it (C02).
    pub(super) fn heard(&self, lock: &Held, which: Which) -> Option<SessionError> {
        failure::adopt(lock.failed_while_waiting()?, &asked::fingerprint(self.settings, which))
    }
}

/// What is missing where a session that was just renewed has not what is wanted.
fn missing(want: Want) -> NoSession {
    if want.id_token { NoSession::NoIdToken } else { NoSession::Expired }
}
