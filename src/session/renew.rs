//! What whoever has the session's lock asks of the server, for all who wait: a refresh, a grant that needs nobody, and
//! for a service's token one of these with what the service asks for (RFC 8707 §2.2), or an exchange (RFC 8693).
//!
//! INT, TERM and HUP are held back from before a request is sent until its answer is stored (C08). No request gets the
//! answer of another: a narrowed token lies beside the profile's own, which stays as it is. A refresh for either brings
//! new refresh and ID tokens for both; a grant that is run, or an exchange, for a service brings nothing but the
//! service's token. Only a refused refresh token ends a session: an exchange shows none (C04).

use super::asked::{self, Which, Wishes};
use super::error::{Doing, FailureClass, NoSession, SessionError};
use super::exchange::{self, recorded};
use super::failure;
use super::freshness::Lifetime;
use super::keeper::{Keeper, ORDINARY_SESSION, Want};
use super::record::{AccessToken, Asked, Session};
use super::token::Login;
use crate::oauth::{Client, Request, Scopes, TokenKind, TokenRequest, grant};
use crate::secret::Secret;
use crate::store::lock::Held;
use crate::sys::signals::HeldSignals;

/// What stands in the record beside a narrowed token: times, and what was asked for.
const BESIDE_A_TOKEN: usize = 1024;

/// The turn of one process at a session: it has the lock.
pub(super) struct Turn<'t, 'k> {
    /// Whose.
    pub keeper: &'t Keeper<'k>,
    /// The lock.
    pub lock: &'t mut Held,
    /// Makes a session without anybody, where that can be done.
    pub login: Option<Login<'t>>,
}

impl Turn<'_, '_> {
    /// The session with a new access token of its own, or with the old one where none is to be had and it still lives:
    /// by a refresh, else by a login that needs nobody.
    pub fn renew(&mut self, mut kept: Option<Session>, want: Want) -> Result<Session, SessionError> {
        // Who wants a narrowed token has not asked for this failure yet.
        if let Some(failure) = self.keeper.heard(self.lock, Which::Own) {
            return Err(failure);
        }
        // Who wants a new token whatever the old one's age may do so for a program that cannot tell us that a service
        // rejected its own.
        if want.renew {
            kept.iter_mut().for_each(Session::reject_narrowed);
        }
        let refreshed = match (self.keeper.checked(kept.as_ref()).map(drop), kept.as_mut()) {
            (Ok(()), Some(session)) => self.refresh(session, Which::Own, want),
            (Ok(()), None) => Err(SessionError::NoSession(NoSession::NeverLoggedIn)),
            (Err(error), _) => Err(error),
        };
        match (refreshed, kept, self.login) {
            (Ok(()), Some(session), _) => Ok(session),
            (Ok(()), None, _) => Err(SessionError::NoSession(NoSession::NeverLoggedIn)),
            // Where a login is needed, be it that the server refused a refresh, what it takes is at hand.
            (Err(error), kept, Some(login)) if needs_login(&error) => self.log_in(login, kept),
            (Err(error), ..) => Err(error),
        }
    }

    /// The session with a new token for the service: by a refresh that asks for it, else by the grant. Where there is
    /// no session, one is made first: it begins with a token of its own, for which its refresh token is good as well.
    pub fn narrow(&mut self, kept: Option<Session>, want: Want) -> Result<Session, SessionError> {
        let usable = |kept: &Session| self.keeper.checked(Some(kept)).is_ok();
        let mut session = match kept {
            Some(session) if usable(&session) => session,
            kept => self.renew(kept, want)?,
        };
        match (self.refresh(&mut session, Which::Narrowed, want), self.login) {
            (Ok(()), _) => Ok(session),
            (Err(error), Some(login)) if needs_login(&error) => {
                // The server may have ended it.
                let mut session = match self.keeper.load_to_write(self.lock)? {
                    Some(session) if self.keeper.checked(Some(&session)).is_ok() => session,
                    kept => self.renew(kept, want)?,
                };
                self.run(login, &mut session)?;
                Ok(session)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// The session with a new token for the service, in exchange for its own, which is renewed before if it has to be.
    /// It lasts as long as the service's is to: many servers let that end with it.
    pub fn exchange(&mut self, kept: Option<Session>, want: Want) -> Result<Session, SessionError> {
        let own = Want { renew: false, id_token: false, ..want };
        let mut session = match kept {
            Some(session) if self.keeper.stored_token(&session, Which::Own, own).is_some() => session,
            kept => self.renew(kept, own)?,
        };
        let more = room_for_one_more(&session);
        self.keeper.prepare(&mut session, more)?;
        let held = HeldSignals::begin();
        let outcome = match self.keeper.exchange(&mut session) {
            Err(error) if shows_a_dead_token(&error) => {
                // It is replaced before the next exchange, if that can be done; this one has failed.
                let own = session.access.as_ref().map(|access| access.token.duplicate());
                if own.is_some_and(|own| session.reject(&own, self.keeper.now())) {
                    let _ = self.keeper.persist(&mut session, Doing::Exchange, self.lock);
                }
                Err(error)
            }
            outcome => outcome.and_then(|()| self.keeper.persist(&mut session, Doing::Exchange, self.lock)),
        };
        held.end();
        self.note(Which::Narrowed, outcome)?;
        Ok(session)
    }

    /// Runs the grant for the service's token. Of the session that it makes nothing else is kept.
    fn run(&mut self, login: Login<'_>, session: &mut Session) -> Result<(), SessionError> {
        let more = room_for_one_more(session);
        self.keeper.prepare(session, more)?;
        let held = HeldSignals::begin();
        let outcome = login(Some(&*session), Which::Narrowed).and_then(|made| {
            made.access.into_iter().for_each(|token| session.narrow(token));
            self.keeper.persist(session, Doing::Login, self.lock)
        });
        held.end();
        self.note(Which::Narrowed, outcome)
    }

    /// Makes a session and stores it.
    fn log_in(&mut self, login: Login<'_>, kept: Option<Session>) -> Result<Session, SessionError> {
        let keeper = self.keeper;
        let kept = kept.filter(|session| session.binding.check(keeper.settings).is_ok());
        keeper.store.prepare(&keeper.entry, ORDINARY_SESSION)?;
        let held = HeldSignals::begin();
        let made = login(kept.as_ref(), Which::Own).and_then(|mut session| {
            let was_rejected = kept.as_ref().and_then(|kept| kept.access.as_ref()).is_some_and(|old| old.rejected);
            session.access.iter_mut().for_each(|access| access.after_rejection = was_rejected);
            session.narrowed = kept.map_or_else(Vec::new, |kept| outliving(kept, &session));
            keeper.persist(&mut session, Doing::Login, self.lock).map(|()| session)
        });
        held.end();
        self.note(Which::Own, made)
    }

    /// Sends the one request of a refresh and stores its answer. Where a login can follow, that a refresh is refused is
    /// no failure of those who wait, and a token near its end is replaced.
    fn refresh(&mut self, session: &mut Session, which: Which, want: Want) -> Result<(), SessionError> {
        let keeper = self.keeper;
        let Some(refresh_token) = session.refresh_token.as_ref().map(Secret::duplicate) else {
            if self.login.is_some() {
                return Err(SessionError::NoSession(NoSession::NoRefreshToken));
            }
            return keeper.without_refresh_token(session, which, want);
        };
        let asked = keeper.asked(session, which);
        let client = keeper.client_of(session)?;
        let request = keeper.refresh_request(session, &client, which, &asked, &refresh_token)?;
        let sent: Vec<&Secret> = client.secret.iter().chain([&refresh_token]).collect();
        // The answer will be about as long as what it replaces.
        let replaces = session.token(which, &asked).is_some() || which == Which::Own;
        let more = if replaces { 0 } else { room_for_one_more(session) };
        keeper.prepare(session, more)?;

        let held = HeldSignals::begin();
        let outcome = match exchange::renew(keeper.transport, &request, &sent) {
            Ok(answer) => {
                let lifetime = Lifetime::starting(keeper.now(), answer.expires_in);
                session.refreshed(answer, lifetime, which, asked);
                keeper.persist(session, Doing::Refresh, self.lock)
            }
            Err((error, None)) => Err(error),
            // The old refresh token may be used up: the new one outlives the failure.
            Err((error, Some(rotated))) => {
                session.refresh_token = Some(rotated);
                keeper.persist(session, Doing::Refresh, self.lock).and(Err(error))
            }
        };
        if let Err(SessionError::Token { error, .. }) = &outcome
            && error.ends_session()
        {
            keeper.end_session(&refresh_token);
        }
        held.end();
        match &outcome {
            Err(error) if self.login.is_some() && needs_login(error) => outcome,
            _ => self.note(which, outcome),
        }
    }

    /// Leaves the outcome at the lock, for those who wait for it (C02).
    fn note<T>(&mut self, which: Which, outcome: Result<T, SessionError>) -> Result<T, SessionError> {
        match &outcome {
            Ok(_) => self.lock.record_success(),
            Err(error) => {
                let asked = asked::fingerprint(self.keeper.settings, which);
                self.lock.record_failure(&failure::describe(error, &asked));
            }
        }
        outcome
    }
}

/// How much longer one more token makes the record.
fn room_for_one_more(session: &Session) -> usize {
    BESIDE_A_TOKEN + session.access.as_ref().map_or(0, |access| access.token.len())
}

/// Whether the server says of an exchange that the token shown is none (RFC 8693 §2.2.2, RFC 6749 §5.2).
fn shows_a_dead_token(error: &SessionError) -> bool {
    matches!(error, SessionError::Token { error, .. } if error.ends_session())
}

fn needs_login(error: &SessionError) -> bool {
    failure::class(error) == FailureClass::LoginNeeded
}

/// The narrowed tokens that are as good beside a new session of the same login: not where the server ended the old one
/// with its refresh token, nor where they are bound to the old one's key.
fn outliving(kept: Session, made: &Session) -> Vec<AccessToken> {
    let outlive = kept.refresh_token.is_none() && kept.dpop_key.is_none() && made.dpop_key.is_none();
    if outlive { kept.narrowed } else { Vec::new() }
}

impl Keeper<'_> {
    /// The stored session, for whoever has the lock and may write it: without what is of no use any more.
    pub(super) fn load_to_write(&self, _lock: &Held) -> Result<Option<Session>, SessionError> {
        let mut session = self.load()?;
        if let Some(session) = &mut session {
            session.tidy(self.now());
        }
        Ok(session)
    }

    /// Exchanges the session's own token for the service's, which is an access token and nothing else (P07); nothing is
    /// stored yet.
    pub(super) fn exchange(&self, session: &mut Session) -> Result<(), SessionError> {
        let own = session.access.as_ref().ok_or(SessionError::NoSession(NoSession::Expired))?;
        let wishes = Wishes::of(self.settings, Which::Narrowed);
        let client = self.client_of(session)?;
        let endpoint = recorded(&session.binding.token_endpoint)?;
        let access = TokenKind::access_token();
        // A profile may have been given something else in an exchange of its own.
        let kind = own.other_than_access.as_deref().filter(|kind| !kind.is_empty()).unwrap_or(access.as_str());
        let request = wishes.request(&endpoint, &client, wishes.scopes);
        let request = grant::token_exchange(&request, &own.token, kind, Some(access.as_str()))
            .map_err(SessionError::NoClientSecret)?;
        let sent: Vec<&Secret> = client.secret.iter().chain([&own.token]).collect();
        let answer = exchange::exchange(self.transport, &request, Doing::Exchange, &sent)?;
        // Its refresh token would be a login that nobody knows of.
        session.narrow(AccessToken {
            token: answer.access_token,
            lifetime: Lifetime::starting(self.now(), answer.expires_in),
            scopes: answer.scopes.map(|scopes| scopes.to_string()),
            other_than_access: None,
            asked: Asked::from_settings(self.settings, Which::Narrowed),
            rejected: false,
            after_rejection: false,
        });
        Ok(())
    }

    fn refresh_request(
        &self,
        session: &Session,
        client: &Client,
        which: Which,
        asked: &Asked,
        token: &Secret,
    ) -> Result<Request, SessionError> {
        let request = TokenRequest {
            endpoint: &recorded(&session.binding.token_endpoint)?,
            client,
            scopes: &self.fewer_scopes(session, which, asked)?,
            audience: &asked.audience,
            resource: &asked.resource,
            extra: &asked.extra,
        };
        grant::refresh(&request, token).map_err(SessionError::NoClientSecret)
    }

    /// Without a refresh token the access token serves as long as it lives, with a warning near its end.
    fn without_refresh_token(&self, session: &Session, which: Which, want: Want) -> Result<(), SessionError> {
        let lives = session.token(which, &self.asked(session, which)).is_some_and(|access| self.is_alive(access));
        let why = match (lives, want.id_token) {
            (true, _) if !want.renew => return Ok(()),
            (_, true) => NoSession::NoIdToken,
            (false, false) if which == Which::Own => NoSession::Expired,
            _ => NoSession::NoRefreshToken,
        };
        Err(SessionError::NoSession(why))
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

    /// The scopes that a refresh names: none where they are the login's (P10), the fewer where the profile was narrowed
    /// since, or where it is for a service. They cannot be widened (RFC 6749 §6), so that nothing is sent then.
    fn fewer_scopes(&self, session: &Session, which: Which, asked: &Asked) -> Result<Scopes, SessionError> {
        let wishes = Wishes::of(self.settings, which);
        if !wishes.scopes_named || asked.scopes == session.login_scopes {
            return Ok(Scopes::default());
        }
        let missing = session.uncovered(wishes.scopes);
        if missing.is_empty() {
            return Ok(wishes.scopes.clone());
        }
        // A service that names none gets those of the profile.
        let of_service = self.settings.narrowing.as_ref().is_some_and(|service| !service.scopes.is_empty());
        if which == Which::Narrowed && of_service {
            let all = missing.after(&session.login_scopes);
            return Err(SessionError::ServiceScopes { missing, all });
        }
        Err(SessionError::NoSession(NoSession::WiderScopes))
    }
}
