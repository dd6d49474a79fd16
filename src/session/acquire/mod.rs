//! How a first token is got: one grant a file.
//!
//! A grant has two halves. The first is the person's, if there is one: it may take minutes, and nothing is locked or held
//! back meanwhile. The second is the exchange at the token endpoint, whose answer has to be stored.

mod browser;
mod client_credentials;
mod device;
mod jwt_bearer;
mod password;
mod qr;
mod token_exchange;

use super::asked::{Which, Wishes};
use super::discover::Endpoints;
use super::error::{Doing, Missing, SessionError, Tried};
use super::exchange::exchange_any;
use crate::oauth::client::MissingSecret;
use crate::oauth::{Client, GrantKind, Request, TokenRequest, TokenResponse};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::sys::clock::Clock;
use crate::sys::environment::Environment;
use crate::sys::http::Transport;
use crate::sys::signals::HeldSignals;
use crate::sys::terminal::Terminal;

/// All that a grant needs to know.
pub struct Acquisition<'a> {
    /// What the user asked for.
    pub settings: &'a Settings,
    /// Which of the session's access tokens it is for.
    pub which: Which,
    /// The grant that is run, and no other (P01).
    pub grant: GrantKind,
    /// Where.
    pub endpoints: &'a Endpoints,
    /// As whom.
    pub client: &'a Client,
    /// How.
    pub transport: &'a dyn Transport,
    /// The clocks.
    pub clock: &'a dyn Clock,
}

/// Whom a grant that needs a person talks to.
pub struct Person<'a> {
    /// Where it is shown what to do.
    pub terminal: &'a dyn Terminal,
    /// Whether a browser may be opened on this machine.
    pub may_open_browser: bool,
    /// Where it is named.
    pub environment: &'a Environment,
}

/// What is shown at the token endpoint.
#[derive(Debug)]
pub enum Proof {
    /// Nothing but the client.
    Client,
    /// The user's password.
    Password(Secret),
    /// Another issuer's token.
    Subject(Secret),
    /// What the browser came back with.
    Code(browser::Brought),
    /// The tokens themselves: the server was asked until it had them. Signals are held back from before that question
    /// until this is dropped.
    Tokens(Box<TokenResponse>, Option<HeldSignals>),
}

impl Proof {
    /// The signals that are held back since before the proof came; whoever takes them lets them through.
    pub fn take_held(&mut self) -> Option<HeldSignals> {
        if let Self::Tokens(_, held) = self { held.take() } else { None }
    }
}

impl Acquisition<'_> {
    /// The person's half, for the grants that have one.
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn authorize(&self, person: &Person<'_>) -> Result<Proof, SessionError> {
        match self.grant {
            GrantKind::Device => {
                device::authorize(self, person).map(|(tokens, held)| Proof::Tokens(Box::new(tokens), Some(held)))
            }
            GrantKind::Browser => browser::authorize(self, person).map(Proof::Code),
            GrantKind::Password | GrantKind::ClientCredentials | GrantKind::TokenExchange | GrantKind::JwtBearer => {
                Ok(Proof::Client)
            }
        }
    }

    /// The exchange. The proof is dropped, and so wiped, before this returns (P02).
    ///
    /// # Errors
    /// [`SessionError`]
    pub fn redeem(&self, proof: Proof) -> Result<TokenResponse, SessionError> {
        match (self.grant, proof) {
            (GrantKind::Device, Proof::Tokens(tokens, _)) => Ok(*tokens),
            (GrantKind::Password, Proof::Password(password)) => password::run(self, &password),
            (GrantKind::Password, _) => Err(SessionError::Missing(Missing::Password)),
            (GrantKind::Browser, Proof::Code(code)) => browser::redeem(self, &code),
            (GrantKind::TokenExchange, Proof::Subject(token)) => token_exchange::run(self, &token),
            (GrantKind::JwtBearer, Proof::Subject(assertion)) => jwt_bearer::run(self, &assertion),
            (GrantKind::TokenExchange | GrantKind::JwtBearer, _) => Err(SessionError::Missing(Missing::SubjectToken)),
            (GrantKind::ClientCredentials, _) => client_credentials::run(self),
            (GrantKind::Device | GrantKind::Browser, _) => Err(SessionError::Missing(Missing::Person)),
        }
    }

    /// The part of a token request that does not depend on the grant.
    fn asked(&self) -> TokenRequest<'_> {
        let wishes = Wishes::of(self.settings, self.which);
        wishes.request(&self.endpoints.token, self.client, wishes.scopes)
    }

    /// The resources that a person is asked for ahead of the token request: the profile's, and those of its services.
    /// Some servers give later tokens for no others (RFC 8707 §2.2). A profile that names none gets no token that is
    /// limited to its services, so that there it is nothing.
    fn resources_ahead(&self) -> Vec<String> {
        let own = &self.settings.resource.value;
        let of_services = self.settings.resources_of_services.iter();
        let further = of_services.filter(|resource| !own.is_empty() && !own.contains(resource));
        own.iter().chain(further).cloned().collect()
    }

    /// One request, whatever comes back: a rejection is never tried again (H03). `shown` is the secret in it.
    fn send(&self, request: Result<Request, MissingSecret>, shown: &[&Secret]) -> Result<TokenResponse, SessionError> {
        let request = request.map_err(SessionError::NoClientSecret)?;
        let sent: Vec<&Secret> = self.client.secret.iter().chain(shown.iter().copied()).collect();
        // What is no access token comes from an exchange alone (P07).
        let may = if self.grant == GrantKind::TokenExchange { Ok } else { TokenResponse::for_access };
        exchange_any(self.transport, &request, Doing::Login, &sent, may).map_err(|error| self.tried(error))
    }

    /// Adds to a refusal what was tried, and what could be.
    fn tried(&self, error: SessionError) -> SessionError {
        match error {
            SessionError::Token { endpoint, doing, error, .. } => {
                let instead = self.endpoints.others_than(self.grant);
                SessionError::Token { endpoint, doing, error, tried: Some(Tried { grant: self.grant, instead }) }
            }
            other => other,
        }
    }
}
