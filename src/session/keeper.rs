//! One profile's session with all that it needs of the world; the parts that every story about it shares.
//!
//! The stories themselves are told in `token`, `login` and `logout`.

use std::path::Path;
use std::time::Duration;

use super::asked::{self, Which};
use super::discover::{self, Endpoints};
use super::error::{Doing, NoSession, SessionError};
use super::exchange;
use super::freshness::Moment;
use super::record::{AccessToken, Asked, BadRecord, Session};
use crate::oauth::{Client, DpopKey, TokenType};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::store::cache::{AccessCache, CacheSlot, CachedToken};
use crate::store::lock::{Glance, Held, SessionLock};
use crate::store::{EntryName, Store, StoreError, StoreFault, StoreKind};
use crate::sys::clock::{Clock, UnixTime};
use crate::sys::environment::Environment;
use crate::sys::http::Transport;
use crate::sys::random;

/// How much longer than one exchange a process waits for another's (C06).
const PATIENCE_BEYOND_TIMEOUT: Duration = Duration::from_secs(30);

/// Bytes of a session with three JWTs of ordinary size.
pub(super) const ORDINARY_SESSION: usize = 4096;

/// One profile's session.
pub struct Keeper<'a> {
    /// The resolved settings.
    pub settings: &'a Settings,
    /// Where the session is kept.
    pub store: &'a dyn Store,
    /// The way to the server.
    pub transport: &'a dyn Transport,
    /// The clocks.
    pub clock: &'a dyn Clock,
    /// The variables, for the commands that print a secret.
    pub environment: &'a Environment,
    /// The folder of the locks, where the platform has one.
    pub locks: Option<&'a Path>,
    /// The session's name in the store.
    pub entry: EntryName,
    /// Copies of the access token in the kernel.
    pub cached: Cached,
}

/// Where copies of this profile's access token lie.
pub struct Cached {
    /// The cache itself.
    pub cache: AccessCache,
    /// Under the name by which the profile was called this time.
    pub slot: CacheSlot,
    /// Under every name by which it may be called: dropped together when the token changes.
    pub all: [CacheSlot; 2],
    /// What the configuration file looked like when it was read; empty where more than the file and the profile's
    /// name decided the settings, so that no shortcut may rely on the copy.
    pub config: String,
}

/// What a caller wants of a token.
#[derive(Debug, Clone, Copy)]
pub struct Want {
    /// It lives at least that long.
    pub min_ttl: Duration,
    /// It is newer than this call, whatever the old one's age.
    pub renew: bool,
    /// Its scopes are to be told as well, which a cached copy cannot.
    pub scopes: bool,
    /// The ID token is wanted, in place of the access token; it is in no cache.
    pub id_token: bool,
}

/// An access token on its way to the caller.
#[derive(Debug)]
pub struct Handed {
    /// The token.
    pub token: Secret,
    /// The key that it is bound to, if it is: without a proof of having it the token is of no use (RFC 9449).
    pub key: Option<Secret>,
    /// Seconds it still lives, where that is known.
    pub left: Option<u64>,
    /// When it ends, where that is known.
    pub expires_at: Option<UnixTime>,
    /// The scopes granted, separated by spaces, if the caller wants to know; those asked for where the server did not
    /// say (RFC 6749 §5.1).
    pub scopes: Option<String>,
    /// What it is, where it is no access token: see [`AccessToken::other_than_access`](super::record::AccessToken).
    pub other_than_access: Option<String>,
    /// Whether it lives shorter than was wanted, and nothing better is to be had (S06).
    pub short: bool,
}

impl Handed {
    /// What is to be warned of, if anything is (S06).
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let left = self.left.unwrap_or_default();
        self.short.then(|| format!("the server's tokens live shorter than asked for: this one has {left} s left"))
    }
}

impl Keeper<'_> {
    /// The stored session, whatever its state; `None` where nothing is stored.
    ///
    /// # Errors
    /// [`SessionError::Store`], [`SessionError::Record`]
    pub fn load(&self) -> Result<Option<Session>, SessionError> {
        let store = self.store.kind();
        let unusable = |why| SessionError::Record { store, why };
        match self.store.load(&self.entry) {
            Ok(text) => text.map(|text| Session::from_text(&text).map_err(unusable)).transpose(),
            // What the store knows to be damaged is as good, or as bad, as what turns out to be no session.
            Err(StoreError { fault: StoreFault::Torn, .. }) => Err(unusable(BadRecord::Damaged)),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets a session pass that is there, belongs to the profile and has not ended.
    ///
    /// # Errors
    /// [`SessionError::NoSession`]
    pub fn checked<'s>(&self, session: Option<&'s Session>) -> Result<&'s Session, SessionError> {
        let session = session.ok_or(SessionError::NoSession(NoSession::NeverLoggedIn))?;
        if let Err(what) = session.check(self.settings) {
            return Err(SessionError::NoSession(NoSession::OtherBinding(what)));
        }
        if session.is_ended() {
            return Err(SessionError::NoSession(NoSession::Ended));
        }
        Ok(session)
    }

    /// Endpoints for a login with these settings.
    ///
    /// # Errors
    /// [`SessionError::Missing`], [`SessionError::Metadata`], [`SessionError::Transport`]
    pub fn endpoints(&self) -> Result<Endpoints, SessionError> {
        discover::endpoints(self.settings, self.transport)
    }

    /// Makes sure that the store takes a session of ordinary size before anybody is asked for a password: a login
    /// that cannot be kept is lost. Under the lock, because the room is where a refresh that is under way writes.
    ///
    /// # Errors
    /// [`SessionError::Store`], [`SessionError::Lock`], [`SessionError::NoStateFolder`]
    pub fn make_room(&self) -> Result<(), SessionError> {
        if self.store.kind() == StoreKind::None {
            return Ok(());
        }
        let _lock = self.lock()?;
        Ok(self.store.prepare(&self.entry, ORDINARY_SESSION)?)
    }

    /// Which access token these settings are about.
    pub(super) fn which(&self) -> Which {
        if self.settings.narrowing.is_some() { Which::Narrowed } else { Which::Own }
    }

    /// What is asked for in the token that is meant.
    pub(super) fn asked(&self, session: &Session, which: Which) -> Asked {
        Asked::of_session(self.settings, session, which)
    }

    /// Both clocks, now.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment::read(self.clock)
    }

    /// Takes the session's lock. The wait outlasts a slow exchange of another process, and is bounded (C06).
    pub(super) fn lock(&self) -> Result<Held, SessionError> {
        let folder = self.locks.ok_or(SessionError::NoStateFolder)?;
        let patience = self.settings.timeout.value + PATIENCE_BEYOND_TIMEOUT;
        Ok(SessionLock::acquire(folder, &self.entry, patience)?)
    }

    /// Makes sure, before anything is sent, that there is room for the session as it is and `more` bytes (C09). Rather
    /// than that nothing is sent narrowed tokens are given up: they can be had again.
    pub(super) fn prepare(&self, session: &mut Session, more: usize) -> Result<(), SessionError> {
        let prepare = |session: &Session| self.store.prepare(&self.entry, session.to_text().len() + more);
        match prepare(session) {
            Err(error) if is_full(&error.fault) && !session.narrowed.is_empty() => {
                session.narrowed.clear();
                Ok(prepare(session)?)
            }
            outcome => Ok(outcome?),
        }
    }

    /// Stores the session; a write that fails is tried once more (C09): where there is no room, because the answer was
    /// longer than could be known before, without narrowed tokens. Old copies of the access token are dropped before
    /// the new one is cached.
    pub(super) fn persist(&self, session: &mut Session, doing: Doing, lock: &Held) -> Result<(), SessionError> {
        let save = |session: &Session| self.store.save(&self.entry, &session.to_text());
        save(session)
            .or_else(|error| {
                if !is_full(&error.fault) {
                    return save(session);
                }
                // The caller's own is still handed out.
                let narrowed = std::mem::take(&mut session.narrowed);
                let outcome = save(session);
                session.narrowed = narrowed;
                outcome
            })
            .map_err(|error| SessionError::Lost { doing, error })?;
        self.forget_cached();
        self.remember(session, lock);
        Ok(())
    }

    /// Drops every copy of the access token.
    pub(super) fn forget_cached(&self) {
        self.cached.all.iter().for_each(|slot| self.cached.cache.remove(slot));
    }

    /// Leaves a copy of the session's access token in the cache; under the lock, so that it is the newest. A token that
    /// is bound to a key stays out: whoever takes a copy takes it for a bearer token. So does a narrowed one: a copy is
    /// the profile's own token, and only where these settings ask for it.
    pub(super) fn remember(&self, session: &Session, _lock: &Held) {
        // A copy does not tell what it is, and the shortcut makes headers of it (P07).
        let is_bearer = session.token_type() == TokenType::Bearer;
        let fits = |access: &&AccessToken| is_bearer && !access.rejected && access.other_than_access.is_none();
        let access = session.token(Which::Own, &self.asked(session, Which::Own)).filter(fits);
        let Some(access) = access else { return };
        let copy = CachedToken {
            config: self.cached.config.clone(),
            resolved: asked::fingerprint(self.settings, Which::Own),
            expires_at: access.lifetime.expires_at(),
            expires_boot: access.lifetime.expires_boot(),
            token: access.token.duplicate(),
        };
        self.put(&copy, access.lifetime.left(self.now()));
    }

    fn put(&self, copy: &CachedToken, left: Option<u64>) {
        let seconds = left.map(|left| u32::try_from(left).unwrap_or(u32::MAX));
        self.cached.cache.put(&self.cached.slot, copy, seconds);
    }

    /// A look at the lock before something is read, so that [`Self::unmoved`] can tell whether it is still true.
    pub(super) fn glance(&self) -> Option<Glance> {
        SessionLock::glance(self.locks?, &self.entry)
    }

    /// The lock, if nobody has held it since; otherwise what was read may be old and is not to be cached: a token
    /// that was replaced or revoked in between must not come back (C10).
    pub(super) fn unmoved(&self, since: Option<Glance>) -> Option<Held> {
        SessionLock::unmoved(self.locks?, &self.entry, since?)
    }

    /// The cached token, if it was made for these settings and lives long enough. Narrowed ones are not cached.
    pub(super) fn cached_token(&self, want: Want) -> Option<Handed> {
        let is_special = want.renew || want.scopes || want.id_token || self.which() != Which::Own;
        if is_special || self.store.kind() == StoreKind::None {
            return None;
        }
        let glance = self.glance();
        let cached = self.cached.cache.get(&self.cached.slot)?;
        if cached.resolved != asked::fingerprint(self.settings, Which::Own) {
            return None;
        }
        let now = self.now();
        let left = cached.left(now.wall, now.boot);
        if left.is_some_and(|left| left == 0 || left < want.min_ttl.as_secs()) {
            return None;
        }
        let (expires_at, token) = (cached.expires_at, cached.token.duplicate());
        self.fit_for_the_shortcut(cached, left, glance);
        Some(Handed { token, key: None, left, expires_at, scopes: None, other_than_access: None, short: false })
    }

    /// A copy that was made with options, or before the file was last touched, does not serve the shortcut; from now
    /// on it does.
    fn fit_for_the_shortcut(&self, cached: CachedToken, left: Option<u64>, glance: Option<Glance>) {
        let config = &self.cached.config;
        if cached.config != *config
            && !config.is_empty()
            && let Some(_lock) = self.unmoved(glance)
        {
            self.put(&CachedToken { config: config.clone(), ..cached }, left);
        }
    }

    /// The session's access token, if the session is this profile's and the token is what is asked for and lives long
    /// enough.
    pub(super) fn stored_token(&self, session: &Session, which: Which, want: Want) -> Option<Handed> {
        let access = session.token(which, &self.asked(session, which))?;
        let fits = !want.renew && self.lasts(session, access, want) && session.check(self.settings).is_ok();
        if fits { self.hand(session, access, want) } else { None }
    }

    /// An access token of the session as it is, short-lived or not; with it the ID token is handed out, where that is
    /// wanted.
    pub(super) fn hand(&self, session: &Session, access: &AccessToken, want: Want) -> Option<Handed> {
        let now = self.now();
        if want.id_token {
            let expires_at = session.id_token_expires_at();
            if expires_at.is_some_and(|end| end <= now.wall) {
                return None;
            }
            return Some(Handed {
                token: session.id_token.as_ref()?.duplicate(),
                key: None,
                other_than_access: None,
                left: expires_at.map(|end| u64::try_from(end.since(now.wall)).unwrap_or(0)),
                expires_at,
                scopes: None,
                short: !self.lasts(session, access, want),
            });
        }
        Some(Handed {
            token: access.token.duplicate(),
            key: session.dpop_key.as_ref().map(Secret::duplicate),
            left: access.lifetime.left(now),
            expires_at: access.lifetime.expires_at(),
            scopes: access.scopes.clone().or_else(|| Some(access.asked.scopes.clone()).filter(|s| !s.is_empty())),
            other_than_access: access.other_than_access.clone(),
            short: !self.lasts(session, access, want),
        })
    }

    /// Whether the token that is wanted is there and lives long enough. An ID token says itself when it ends; it is the
    /// client that it is made for (OpenID Connect Core 1.0 §2).
    fn lasts(&self, session: &Session, access: &AccessToken, want: Want) -> bool {
        let now = self.now();
        if want.id_token {
            let wanted = i64::try_from(want.min_ttl.as_secs()).unwrap_or(i64::MAX);
            let lives = |end: UnixTime| end.since(now.wall) >= wanted.max(1);
            return session.id_token.is_some() && session.id_token_expires_at().is_none_or(lives);
        }
        !access.rejected && access.lifetime.lasts(now, want.min_ttl)
    }

    /// Who the client is for a session that exists.
    pub(super) fn client_of(&self, session: &Session) -> Result<Client, SessionError> {
        exchange::client_of(session, self.settings, self.environment)?.ok_or_else(|| self.damaged())
    }

    /// The key that a session's tokens are bound to.
    ///
    /// # Errors
    /// [`SessionError::Record`]
    pub fn dpop_key(&self, text: &Secret) -> Result<DpopKey, SessionError> {
        DpopKey::stored(text, &random::source()).map_err(|_| self.damaged())
    }

    fn damaged(&self) -> SessionError {
        SessionError::Record { store: self.store.kind(), why: BadRecord::Damaged }
    }
}

/// Whether less would find room.
fn is_full(fault: &StoreFault) -> bool {
    matches!(fault, StoreFault::Full(_) | StoreFault::TooLarge { .. })
}
