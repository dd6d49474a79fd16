//! The story of a login: one grant, one session stored.

use std::rc::Rc;

use super::acquire::{Acquisition, Person, Proof};
use super::asked::Which;
use super::binding::Binding;
use super::choose::{Here, choose};
use super::discover::{Endpoints, Others};
use super::error::{Doing, Missing, SessionError};
use super::exchange;
use super::freshness::Lifetime;
use super::inquire::Inquiries;
use super::keeper::Keeper;
use super::record::{Asked, LoginFacts, Session};
use crate::oauth::{Client, GrantKind, TokenType};
use crate::secret::Secret;
use crate::settings::{Origin, SecretSource};
use crate::store::StoreKind;
use crate::sys::signals::HeldSignals;

/// Who logs in, and where.
pub struct Credentials<'a> {
    /// The grant.
    pub grant: GrantKind,
    /// The endpoints found or named.
    pub endpoints: &'a Endpoints,
    /// The client with its secret.
    pub client: &'a Client,
    /// Whether the client secret was typed in, so that it is kept with the session.
    pub keep_client_secret: bool,
}

impl Keeper<'_> {
    /// What a person does for a grant. It may take minutes: nothing is locked meanwhile, and no signal held back.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn authorize(&self, credentials: &Credentials<'_>, person: &Person<'_>) -> Result<Proof, SessionError> {
        self.acquisition(credentials, Which::Own).authorize(person)
    }

    /// Runs a grant and stores what it brings, under the session's lock: a refresh that is under way finishes first, and
    /// nothing of the old session comes back (C10).
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn login(&self, credentials: &Credentials<'_>, mut proof: Proof) -> Result<Session, SessionError> {
        // What is held back since before the tokens came stays so until they are stored.
        let _held_before = proof.take_held();
        if self.store.kind() == StoreKind::None {
            return self.acquire(credentials, proof);
        }
        let mut lock = self.lock()?;
        let held = HeldSignals::begin();
        let made = self
            .acquire(credentials, proof)
            .and_then(|mut session| self.persist(&mut session, Doing::Login, &lock).map(|()| session));
        if made.is_ok() {
            lock.record_success();
        }
        held.end();
        made
    }

    /// A login that asks nobody: every part of it is in the settings, or in the session that is `kept` for them: its
    /// endpoints, because discovery is for logins that a person makes (P14), and a client secret that was typed in once.
    /// Its access token is the one that is meant: a narrowed one is bound to the same key as the others of the session
    /// that is kept. Nothing is stored yet.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn acquire_unasked(&self, kept: Option<&Session>, which: Which) -> Result<Session, SessionError> {
        let settings = self.settings;
        let id = settings.client_id.as_ref().ok_or(SessionError::Missing(Missing::ClientId))?.value.clone();
        let made_by = kept.and_then(|session| session.binding.grant.parse().ok());
        let mut endpoints = kept.map(recorded_endpoints).transpose()?;
        // A command may ask a person, which is in vain where the server is not found. What needs nobody is refused
        // before anything is sent, if it has to be (I05).
        let named = settings.grant.value.named().or(made_by);
        if endpoints.is_none() && (named.is_none() || settings.secrets_by_command()) {
            endpoints = Some(self.endpoints()?);
        }
        let grant = match (named, &endpoints) {
            (Some(grant), _) => grant,
            (None, Some(endpoints)) => {
                choose(endpoints, Here::new(settings, false, false)).ok_or(SessionError::NoGrant)?.0
            }
            (None, None) => return Err(SessionError::NoGrant),
        };
        let proof = self.given_proof(grant)?.ok_or(SessionError::Missing(match grant {
            GrantKind::Password => Missing::Password,
            _ => Missing::Person,
        }))?;
        let typed = kept.and_then(|session| session.client_secret.as_ref());
        let recorded = kept.and_then(|session| session.client_auth.parse().ok());
        let mut client = exchange::client(settings, id, typed, recorded, self.environment)?;
        let was_bound = kept.is_some_and(|session| session.token_type() == TokenType::DPoP);
        if was_bound && matches!(settings.dpop.origin, Origin::Default) {
            // Nobody said that they should no longer be.
            exchange::bind(&mut client)?;
        }
        if let (Which::Narrowed, Some(key)) = (which, kept.and_then(|session| session.dpop_key.as_ref())) {
            client.dpop = Some(Rc::new(self.dpop_key(key)?));
        }
        if grant == GrantKind::ClientCredentials && client.secret.is_none() && settings.lacks_client_proof() {
            return Err(SessionError::Missing(Missing::ClientSecret));
        }
        let endpoints = endpoints.map_or_else(|| self.endpoints(), Ok)?;
        let keep_client_secret = typed.is_some() && settings.client_secret.is_none();
        let credentials = Credentials { grant, endpoints: &endpoints, client: &client, keep_client_secret };
        self.acquire_token(&credentials, proof, which)
    }

    /// What the settings lead to that the grant shows; `None` where a person has to add something.
    ///
    /// # Errors
    /// [`SessionError::Secret`], [`SessionError::Missing`]
    pub fn given_proof(&self, grant: GrantKind) -> Result<Option<Proof>, SessionError> {
        let read = |source: &SecretSource, what| exchange::read_source(source, what, self.environment);
        match grant {
            GrantKind::Password => {
                let password = self.settings.password.as_ref();
                password.map(|source| read(&source.value, "password").map(Proof::Password)).transpose()
            }
            GrantKind::TokenExchange | GrantKind::JwtBearer => {
                let token = match (&self.settings.subject_token, &self.settings.subject_token_from) {
                    (Some(source), _) => read(&source.value, "subject token")?,
                    (None, Some(from)) => self.identity_token(&from.value)?,
                    (None, None) => return Err(SessionError::Missing(Missing::SubjectToken)),
                };
                Ok(Some(Proof::Subject(token)))
            }
            GrantKind::ClientCredentials => Ok(Some(Proof::Client)),
            GrantKind::Device | GrantKind::Browser => Ok(None),
        }
    }

    fn acquisition<'a>(&'a self, credentials: &Credentials<'a>, which: Which) -> Acquisition<'a> {
        let Credentials { grant, endpoints, client, .. } = *credentials;
        let (settings, transport, clock) = (self.settings, self.transport, self.clock);
        Acquisition { settings, which, grant, endpoints, client, transport, clock }
    }

    /// The session that the grant makes; nothing is stored yet.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn acquire(&self, credentials: &Credentials<'_>, proof: Proof) -> Result<Session, SessionError> {
        self.acquire_token(credentials, proof, Which::Own)
    }

    fn acquire_token(
        &self,
        credentials: &Credentials<'_>,
        proof: Proof,
        which: Which,
    ) -> Result<Session, SessionError> {
        let Credentials { grant, endpoints, client, keep_client_secret } = credentials;
        let settings = self.settings;
        let answer = self.acquisition(credentials, which).redeem(proof)?;
        let lifetime = Lifetime::starting(self.now(), answer.expires_in);
        let binding = Binding::new(
            settings.issuer.as_ref().map(|issuer| &issuer.value),
            &endpoints.token,
            &client.id,
            *grant,
            settings.username.as_ref().filter(|_| *grant == GrantKind::Password).map(|name| name.value.as_str()),
        );
        let facts = LoginFacts {
            binding,
            client_auth: client.method.to_string(),
            revocation_endpoint: endpoints.others.revocation.as_ref().map(|endpoint| endpoint.as_str().to_owned()),
            inquiries: Inquiries::of(&endpoints.others),
            client_secret: client.secret.as_ref().filter(|_| *keep_client_secret).map(Secret::duplicate),
            dpop_key: client.dpop.as_ref().map(|key| key.text().duplicate()),
            asked: Asked::from_settings(settings, which),
        };
        Ok(Session::from_login(facts, answer, lifetime))
    }
}

/// The endpoints that a session was made with.
fn recorded_endpoints(session: &Session) -> Result<Endpoints, SessionError> {
    let revocation = session.revocation_endpoint.as_deref().map(exchange::recorded).transpose()?;
    let token = exchange::recorded(&session.binding.token_endpoint)?;
    Ok(Endpoints { token, others: Others { revocation, ..session.inquiries.endpoints()? }, offered: None })
}
