//! The story of `tok show --online`: what the server says of the access token and of the user (RFC 7662, OpenID Connect).

use serde::{Deserialize, Serialize};

use super::discover::Others;
use super::error::{AskFault, SessionError};
use super::exchange::recorded;
use super::keeper::Keeper;
use super::record::Session;
use crate::oauth::inquiry::{self, Introspection, UserInfo};
use crate::oauth::jwt::Jwks;
use crate::oauth::{AnswerError, ClientAuthMethod, Endpoint, Request, Response, discovery};
use crate::secret::Secret;
use crate::settings::Sourced;

/// Where the login learnt to ask; a token is asked about nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inquiries {
    /// RFC 7662
    pub introspection: Option<String>,
    /// OpenID Connect Core 1.0 §5.3
    pub userinfo: Option<String>,
    /// The issuer's keys.
    pub jwks: Option<String>,
}

impl Inquiries {
    /// Of the endpoints that a login found.
    #[must_use]
    pub fn of(found: &Others) -> Self {
        let text = |endpoint: &Option<Endpoint>| endpoint.as_ref().map(|endpoint| endpoint.as_str().to_owned());
        Self { introspection: text(&found.introspection), userinfo: text(&found.userinfo), jwks: text(&found.jwks) }
    }

    /// The endpoints again: a grant that is run anew learns of no others (P14).
    ///
    /// # Errors
    /// [`SessionError::RecordedEndpoint`]
    pub fn endpoints(&self) -> Result<Others, SessionError> {
        let endpoint = |text: &Option<String>| text.as_deref().map(recorded).transpose();
        Ok(Others {
            introspection: endpoint(&self.introspection)?,
            userinfo: endpoint(&self.userinfo)?,
            jwks: endpoint(&self.jwks)?,
            ..Others::default()
        })
    }

    /// Whether the login learnt of none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What was asked, and what came of it. `None` was not asked: no endpoint is known, or it would be refused.
#[derive(Debug, Default)]
pub struct Said {
    /// Of the token.
    pub introspection: Option<Result<Introspection, SessionError>>,
    /// Of the user.
    pub userinfo: Option<Result<UserInfo, SessionError>>,
}

impl Keeper<'_> {
    /// Asks the session's server about its access token. Introspection is for clients that authenticate (RFC 7662 §2.1); one
    /// that does not asks only where there is nothing else to ask.
    ///
    /// # Errors
    /// [`SessionError::NothingToAsk`], [`SessionError::NoClientSecret`], [`SessionError::Secret`]; what an endpoint
    /// answers is in [`Said`].
    pub fn inquire(&self, session: &Session) -> Result<Said, SessionError> {
        let Some(access) = &session.access else { return Ok(Said::default()) };
        let token = &access.token;
        let settings = self.settings;
        let introspection =
            endpoint(settings.introspection_endpoint.as_ref(), session.inquiries.introspection.as_deref())?;
        let userinfo = endpoint(settings.userinfo_endpoint.as_ref(), session.inquiries.userinfo.as_deref())?;
        let client = self.client_of(session)?;
        let ask_user = |endpoint: Endpoint| {
            let request = inquiry::userinfo(&endpoint, token, client.dpop.clone());
            self.ask(&request, inquiry::read_userinfo, &[token])
        };
        let userinfo = userinfo.map(ask_user);
        let may_introspect = client.method != ClientAuthMethod::None || userinfo.is_none();
        let introspection = match introspection.filter(|_| may_introspect) {
            Some(endpoint) => {
                let request =
                    inquiry::introspection(&endpoint, &client, token).map_err(SessionError::NoClientSecret)?;
                let sent: Vec<&Secret> = client.secret.iter().chain([token]).collect();
                Some(self.ask(&request, inquiry::read_introspection, &sent))
            }
            None => None,
        };
        if introspection.is_none() && userinfo.is_none() {
            return Err(SessionError::NothingToAsk);
        }
        Ok(Said { introspection, userinfo })
    }

    /// The keys that the issuer signs with, where the login learnt of them. They need no token.
    ///
    /// # Errors
    /// [`SessionError::Inquiry`]
    pub fn issuers_keys(&self, session: &Session) -> Result<Option<Jwks>, SessionError> {
        let Some(endpoint) = endpoint(None, session.inquiries.jwks.as_deref())? else { return Ok(None) };
        self.ask(&discovery::request(&endpoint), inquiry::read_keys, &[]).map(Some)
    }

    fn ask<T>(
        &self,
        request: &Request,
        read: fn(&Response) -> Result<T, AnswerError>,
        sent: &[&Secret],
    ) -> Result<T, SessionError> {
        let failed = |fault| SessionError::Inquiry { endpoint: request.url.clone(), fault };
        let response = self.transport.send(request).map_err(|error| failed(AskFault::NoAnswer(error)))?;
        let sent: Vec<&Secret> = sent.iter().copied().chain(&response.signed.texts).collect();
        read(&response).map_err(|error| failed(AskFault::Answer(error.redacted(&sent))))
    }
}

/// The endpoint that the settings name, else the one that the login learnt.
fn endpoint(named: Option<&Sourced<Endpoint>>, learnt: Option<&str>) -> Result<Option<Endpoint>, SessionError> {
    match named {
        Some(named) => Ok(Some(named.value.clone())),
        None => learnt.map(recorded).transpose(),
    }
}
