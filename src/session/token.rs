//! The story of an access token: from the cache, from the store, or by one refresh.
//!
//! The order is always the same: take the lock, read cache and store again, decide, send one request, store the
//! answer, update the cache, release, and only then let the caller print. Reading a fresh token takes no lock. INT,
//! TERM and HUP are held back from before the request is sent until its answer is stored (C08).

use std::time::Duration;

use super::asked;
use super::error::{Doing, FailureClass, NoSession, SessionError};
use super::exchange::{self, recorded};
use super::failure;
use super::freshness::Lifetime;
use super::keeper::{Handed, Keeper, ORDINARY_SESSION, Want};
use super::record::{Asked, Session};
use crate::oauth::{Client, GrantKind, Request, Scopes, grant};
use crate::secret::Secret;
use crate::settings::Origin;
use crate::store::StoreKind;
use crate::store::lock::Held;
use crate::sys::signals::HeldSignals;

/// Makes a session without asking anybody; it is given the one that is kept, if that belongs to the settings.
pub type Login<'a> = &'a dyn Fn(Option<&Session>) -> Result<Session, SessionError>;

impl Keeper<'_> {
    /// The access token. With credentials that are at hand no login is needed before: where there is no usable session,
    /// one is made.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn token(&self, want: Want) -> Result<Handed, SessionError> {
        self.token_or_login(want, &|kept| self.acquire_unasked(kept), &|seen| self.may_log_in(seen))
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
    pub fn token_or_login(
        &self,
        want: Want,
        login: Login<'_>,
        may: &dyn Fn(Option<&Session>) -> bool,
    ) -> Result<Handed, SessionError> {
        if self.store.kind() == StoreKind::None && may(None) {
            return self.hand(&login(None)?, want).ok_or(SessionError::NoSession(missing(want)));
        }
        if let Some(handed) = self.cached_token(want) {
            return Ok(handed);
        }
        let glance = self.glance();
        let seen = self.load()?;
        if let Some(session) = &seen
            && let Some(handed) = self.stored_token(session, want)
        {
            if let Some(lock) = self.unmoved(glance) {
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
        if let Some(failure) = self.heard(&lock) {
            return Err(failure);
        }
        if let Some(handed) = self.cached_token(want) {
            return Ok(handed);
        }
        let mut kept = self.load()?;
        if let Some(session) = &kept
            && let Some(handed) = self.stored_while_waiting(session, seen.as_ref(), want)
        {
            self.remember(session, &lock);
            return Ok(handed);
        }
        let refreshed = match (self.checked(kept.as_ref()).map(drop), kept.as_mut()) {
            (Ok(()), Some(session)) => self.refresh(session, &mut lock, want, login.is_some()),
            (Ok(()), None) => Err(SessionError::NoSession(NoSession::NeverLoggedIn)),
            (Err(error), _) => Err(error),
        };
        match (refreshed, login) {
            // Where a login is needed, be it that the server refused a refresh, what it takes is at hand.
            (Err(error), Some(login)) if failure::class(&error) == FailureClass::LoginNeeded => {
                self.log_in(login, kept.as_ref(), &mut lock, want)
            }
            (outcome, _) => outcome,
        }
    }

    /// Makes a session and stores it.
    fn log_in(
        &self,
        login: Login<'_>,
        kept: Option<&Session>,
        lock: &mut Held,
        want: Want,
    ) -> Result<Handed, SessionError> {
        let kept = kept.filter(|session| session.binding.check(self.settings).is_ok());
        self.store.prepare(&self.entry, ORDINARY_SESSION)?;
        let held = HeldSignals::begin();
        let made = login(kept).and_then(|session| self.persist(&session, Doing::Login, lock).map(|()| session));
        held.end();
        let session = self.note(lock, made)?;
        self.hand(&session, want).ok_or(SessionError::NoSession(missing(want)))
    }

    /// Whether an ID token is wanted of a session that is fresh and came without one: asking again would bring none
    /// either, and whoever calls in a loop would ask for ever.
    fn has_all_but_an_id_token(&self, session: &Session, want: Want) -> bool {
        let access = Want { id_token: false, ..want };
        want.id_token && session.id_token.is_none() && self.stored_token(session, access).is_some()
    }

    /// What another process stored between our first look and our turn: good enough even if it lives shorter than
    /// wanted (S06), and new enough for a renewal.
    fn stored_while_waiting(&self, session: &Session, seen: Option<&Session>, want: Want) -> Option<Handed> {
        if let Some(handed) = self.stored_token(session, want) {
            return Some(handed);
        }
        let access = session.access.as_ref()?;
        let before = seen.and_then(|seen| seen.access.as_ref());
        let is_new = before.is_none_or(|before| !before.token.same_as(&access.token));
        let fits = access.asked == Asked::of_session(self.settings, session) && session.check(self.settings).is_ok();
        let alive = access.lifetime.lasts(self.now(), Duration::ZERO);
        if is_new && fits && alive { self.hand(session, want) } else { None }
    }

    /// Sends the one request of a refresh and stores its answer. Where a login can follow, that a refresh is refused is
    /// no failure of those who wait, and a token near its end is replaced.
    fn refresh(
        &self,
        session: &mut Session,
        lock: &mut Held,
        want: Want,
        login_follows: bool,
    ) -> Result<Handed, SessionError> {
        let Some(refresh_token) = session.refresh_token.as_ref().map(Secret::duplicate) else {
            if login_follows {
                return Err(SessionError::NoSession(NoSession::NoRefreshToken));
            }
            return self.without_refresh_token(session, want);
        };
        let asked = Asked::of_session(self.settings, session);
        let client = self.client_of(session)?;
        let request = self.refresh_request(session, &client, &asked, &refresh_token)?;
        let sent: Vec<&Secret> = client.secret.iter().chain([&refresh_token]).collect();
        // Room is made sure of before anything is sent (C09); the answer will be about as long as what is stored.
        self.store.prepare(&self.entry, session.to_text().len())?;

        let held = HeldSignals::begin();
        let outcome = match exchange::renew(self.transport, &request, &sent) {
            Ok(answer) => {
                let lifetime = Lifetime::starting(self.now(), answer.expires_in);
                session.refreshed(answer, lifetime, asked);
                self.persist(session, Doing::Refresh, lock)
            }
            Err((error, None)) => Err(error),
            // The old refresh token may be used up: the new one outlives the failure.
            Err((error, Some(rotated))) => {
                session.refresh_token = Some(rotated);
                self.persist(session, Doing::Refresh, lock).and(Err(error))
            }
        };
        if let Err(SessionError::Token { error, .. }) = &outcome
            && error.ends_session()
        {
            self.end_session(&refresh_token);
        }
        held.end();
        let goes_on = |error| login_follows && failure::class(error) == FailureClass::LoginNeeded;
        if outcome.as_ref().err().is_some_and(goes_on) {
            outcome?;
        } else {
            self.note(lock, outcome)?;
        }
        self.hand(session, want).ok_or(SessionError::NoSession(missing(want)))
    }

    fn refresh_request(
        &self,
        session: &Session,
        client: &Client,
        asked: &Asked,
        token: &Secret,
    ) -> Result<Request, SessionError> {
        let request = grant::TokenRequest {
            endpoint: &recorded(&session.binding.token_endpoint)?,
            client,
            scopes: &self.narrowed_scopes(session, asked)?,
            audience: &asked.audience,
            resource: &asked.resource,
            extra: &asked.extra,
        };
        grant::refresh(&request, token).map_err(SessionError::NoClientSecret)
    }

    /// The scopes that a refresh names: none where they are the login's (P10), the fewer where the profile was
    /// narrowed since. They cannot be widened (RFC 6749 §6), so that nothing is sent then.
    fn narrowed_scopes(&self, session: &Session, asked: &Asked) -> Result<Scopes, SessionError> {
        let scopes = &self.settings.scopes;
        if matches!(scopes.origin, Origin::Default) || asked.scopes == session.login_scopes {
            Ok(Scopes::default())
        } else if session.covers(&scopes.value) {
            Ok(scopes.value.clone())
        } else {
            Err(SessionError::NoSession(NoSession::WiderScopes))
        }
    }

    /// Without a refresh token the access token serves as long as it lives, with a warning near its end.
    fn without_refresh_token(&self, session: &Session, want: Want) -> Result<Handed, SessionError> {
        let fits = session.access.as_ref().is_some_and(|access| {
            access.lifetime.lasts(self.now(), Duration::ZERO)
                && access.asked == Asked::of_session(self.settings, session)
        });
        let handed = if fits && !want.renew { self.hand(session, want) } else { None };
        let why = match (fits, want.id_token) {
            (_, true) => NoSession::NoIdToken,
            (true, false) => NoSession::NoRefreshToken,
            (false, false) => NoSession::Expired,
        };
        handed.ok_or(SessionError::NoSession(why))
    }

    /// The server said `invalid_grant` while we held the lock: unless the store holds another refresh token by now,
    /// the session is over, and no further request is made for it (C04).
    fn end_session(&self, sent: &Secret) {
        let Ok(Some(mut session)) = self.load() else { return };
        if session.refresh_token.as_ref().is_some_and(|stored| stored.same_as(sent)) {
            session.end();
            // Where this cannot be written, the next run hears the same answer; the refusal itself is reported.
            let _ = self.store.save(&self.entry, &session.to_text());
            self.forget_cached();
        }
    }

    /// The failure that another process met with while this one waited for it (C02).
    fn heard(&self, lock: &Held) -> Option<SessionError> {
        failure::adopt(lock.failed_while_waiting()?, &asked::fingerprint(self.settings))
    }

    /// Leaves the outcome at the lock, for those who wait for it (C02).
    fn note<T>(&self, lock: &mut Held, outcome: Result<T, SessionError>) -> Result<T, SessionError> {
        match &outcome {
            Ok(_) => lock.record_success(),
            Err(error) => lock.record_failure(&failure::describe(error, &asked::fingerprint(self.settings))),
        }
        outcome
    }
}

/// What is missing where a session that was just renewed has not what is wanted.
fn missing(want: Want) -> NoSession {
    if want.id_token { NoSession::NoIdToken } else { NoSession::Expired }
}
