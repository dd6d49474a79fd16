//! The story of a logout: revoke at the server (RFC 7009), then forget, whatever the server said (P15).

use super::error::{AskFault, SessionError};
use super::exchange::recorded;
use super::keeper::Keeper;
use super::record::{AccessToken, BadRecord, Session};
use crate::oauth::revocation::{self, TokenHint};
use crate::oauth::{AnswerFault, Client, Endpoint};
use crate::secret::Secret;

/// What came of a logout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    /// There was nothing.
    Nothing,
    /// Revoked at the server and forgotten here.
    Revoked,
    /// Forgotten here only: it was asked for so, or there was nothing to revoke.
    Here,
    /// Forgotten here only: no revocation endpoint is known.
    NoRevocation,
    /// Forgotten here only: the profile names another server by now, and nothing was sent anywhere.
    OtherBinding,
}

impl Keeper<'_> {
    /// Ends the session at its server, unless `local`, and forgets it here.
    ///
    /// # Errors
    /// [`SessionError`]; after [`SessionError::Revocation`] the session is forgotten all the same.
    pub fn logout(&self, local: bool) -> Result<Forgotten, SessionError> {
        match self.load() {
            Ok(None) => {
                self.forget_cached();
                return Ok(Forgotten::Nothing);
            }
            Err(error @ SessionError::Store(_)) => return Err(error),
            Ok(Some(_)) | Err(_) => {}
        }
        let mut lock = self.lock()?;
        let revoked = match self.load() {
            Ok(None) => return Ok(Forgotten::Nothing),
            Ok(Some(session)) if !local => self.revoke(&session),
            // What cannot be read can still be forgotten.
            Ok(Some(_)) | Err(SessionError::Record { why: BadRecord::Damaged, .. }) => Ok(Forgotten::Here),
            Err(error) => return Err(error),
        };
        self.forget_cached();
        self.store.delete(&self.entry)?;
        // Whoever waited finds no session, which is no failure of anybody.
        lock.record_success();
        revoked
    }

    /// With a refresh token goes all that was had with it (RFC 7009 §2.1), which is not what came of an exchange; where there
    /// is none, each access token that still lives is revoked by itself, whatever the server says of another.
    fn revoke(&self, session: &Session) -> Result<Forgotten, SessionError> {
        if session.binding.check(self.settings).is_err() {
            return Ok(Forgotten::OtherBinding);
        }
        let refresh = session.refresh_token.as_ref().map(|token| (token, TokenHint::RefreshToken));
        let own = session.access.iter().filter(|_| refresh.is_none());
        let goes_alone = |token: &&AccessToken| refresh.is_none() || token.asked.is_of_an_exchange();
        let narrowed = session.narrowed.iter().filter(goes_alone).filter(|token| self.is_alive(token));
        let access = own.chain(narrowed).map(|access| (&access.token, TokenHint::AccessToken));
        let tokens: Vec<(&Secret, TokenHint)> = refresh.into_iter().chain(access).collect();
        if tokens.is_empty() {
            return Ok(Forgotten::Here);
        }
        let named = self.settings.revocation_endpoint.as_ref().map(|endpoint| endpoint.value.clone());
        let endpoint = match (named, &session.revocation_endpoint) {
            (Some(named), _) => named,
            (None, Some(text)) => recorded(text)?,
            (None, None) => return Ok(Forgotten::NoRevocation),
        };
        let client = self.client_of(session)?;
        let revoke = |(token, hint)| {
            let outcome = self.revoke_one(&endpoint, &client, token, hint);
            // What a server cannot take back ends by itself; the login is over all the same.
            let is_beside = refresh.is_some() && hint == TokenHint::AccessToken;
            outcome.or_else(|error| if is_beside && cannot_be_revoked(&error) { Ok(()) } else { Err(error) })
        };
        let outcomes: Vec<Result<(), SessionError>> = tokens.into_iter().map(revoke).collect();
        outcomes.into_iter().collect::<Result<(), _>>().map(|()| Forgotten::Revoked)
    }

    fn revoke_one(
        &self,
        endpoint: &Endpoint,
        client: &Client,
        token: &Secret,
        hint: TokenHint,
    ) -> Result<(), SessionError> {
        let failed = |fault| SessionError::Revocation { endpoint: endpoint.clone(), fault };
        let request = revocation::request(endpoint, client, token, Some(hint)).map_err(SessionError::NoClientSecret)?;
        let response = self.transport.send(&request).map_err(|error| failed(AskFault::NoAnswer(error)))?;
        let sent: Vec<&Secret> = client.secret.iter().chain([token]).chain(&response.signed.texts).collect();
        revocation::read(&response).map_err(|error| failed(AskFault::Answer(error.redacted(&sent))))?;
        Ok(())
    }
}

/// Whether the server does not revoke tokens of that kind (RFC 7009 §2.2.1).
fn cannot_be_revoked(error: &SessionError) -> bool {
    let SessionError::Revocation { fault: AskFault::Answer(error), .. } = error else { return false };
    error.fault == AnswerFault::NotSupported
}
