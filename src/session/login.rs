//! The story of a login: one grant, one session stored.

use super::acquire::Acquisition;
use super::binding::Binding;
use super::discover::Endpoints;
use super::error::{Doing, Missing, SessionError};
use super::exchange;
use super::freshness::Lifetime;
use super::keeper::Keeper;
use super::record::{Asked, LoginFacts, Session};
use crate::oauth::Client;
use crate::secret::Secret;
use crate::store::StoreKind;
use crate::sys::signals::HeldSignals;

/// Who logs in, and where.
pub struct Credentials<'a> {
    /// The endpoints found or named.
    pub endpoints: &'a Endpoints,
    /// The client with its secret.
    pub client: &'a Client,
    /// Whether the client secret was typed in, so that it is kept with the session.
    pub keep_client_secret: bool,
}

impl Keeper<'_> {
    /// Runs the settings' grant and stores what it brings, under the session's lock: a refresh that is under way
    /// finishes first, and nothing of the old session comes back (C10).
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn login(&self, credentials: &Credentials<'_>, password: Secret) -> Result<Session, SessionError> {
        if self.store.kind() == StoreKind::None {
            return self.acquire(credentials, password);
        }
        let mut lock = self.lock()?;
        let held = HeldSignals::begin();
        let made = self
            .acquire(credentials, password)
            .and_then(|session| self.persist(&session, Doing::Login, &lock).map(|()| session));
        if made.is_ok() {
            lock.record_success();
        }
        held.end();
        made
    }

    /// A login that asks nobody: every part of it is in the settings. Nothing is stored yet.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn acquire_unasked(&self) -> Result<Session, SessionError> {
        let id = self.settings.client_id.as_ref().ok_or(SessionError::Missing(Missing::ClientId))?;
        let password = self.settings.password.as_ref().ok_or(SessionError::Missing(Missing::Password))?;
        // A command may ask a person, which is in vain where the server is not found. What needs nobody is refused
        // before anything is sent, if it has to be (I05).
        let found = if self.settings.secrets_by_command() { Some(self.endpoints()?) } else { None };
        let password = exchange::read_source(&password.value, "password", self.environment)?;
        let client = exchange::client(self.settings, id.value.clone(), None, None, self.environment)?;
        let endpoints = found.map_or_else(|| self.endpoints(), Ok)?;
        let credentials = Credentials { endpoints: &endpoints, client: &client, keep_client_secret: false };
        self.acquire(&credentials, password)
    }

    /// The session that the grant makes; nothing is stored yet.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn acquire(&self, credentials: &Credentials<'_>, password: Secret) -> Result<Session, SessionError> {
        let Credentials { endpoints, client, keep_client_secret } = credentials;
        let settings = self.settings;
        let answer = Acquisition { settings, endpoints, client, transport: self.transport }.run(password)?;
        let lifetime = Lifetime::starting(self.now(), answer.expires_in);
        let binding = Binding::new(
            settings.issuer.as_ref().map(|issuer| &issuer.value),
            &endpoints.token,
            &client.id,
            settings.grant.value,
            settings.username.as_ref().map(|username| username.value.as_str()),
        );
        let facts = LoginFacts {
            binding,
            client_auth: client.method.to_string(),
            revocation_endpoint: endpoints.revocation.as_ref().map(|endpoint| endpoint.as_str().to_owned()),
            client_secret: client.secret.as_ref().filter(|_| *keep_client_secret).map(Secret::duplicate),
            asked: Asked::from_settings(settings),
        };
        Ok(Session::from_login(facts, answer, lifetime))
    }
}
