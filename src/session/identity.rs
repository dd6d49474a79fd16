//! Another issuer's token from where a CI system or a service manager puts it: a job without any secret shows who it is.

use super::error::{IdentityFault, SecretFault, SessionError};
use super::keeper::Keeper;
use crate::oauth::ci_identity;
use crate::secret::Secret;
use crate::settings::IdentitySource;
use crate::sys::read_secret::{check_secret, read_secret_file};

/// What a job at GitHub finds where it may have an identity token.
const ADDRESS: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// Where systemd puts a service's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

impl Keeper<'_> {
    /// The token, checked like every other secret.
    ///
    /// # Errors
    /// [`SessionError::Identity`], [`SessionError::Secret`], [`SessionError::Transport`]
    pub(super) fn identity_token(&self, source: &IdentitySource) -> Result<Secret, SessionError> {
        let unusable = |fault| SessionError::Secret { what: "subject token", fault: SecretFault::Input(fault) };
        let token = match source {
            IdentitySource::GitHub => self.github()?,
            IdentitySource::Variable(name) => self
                .variable(name)?
                .ok_or_else(|| SessionError::Identity(IdentityFault::NoVariable { name: name.clone() }))?,
            IdentitySource::Systemd(name) => {
                let folder = self.environment.path(CREDENTIALS);
                let folder = folder.ok_or(SessionError::Identity(IdentityFault::NoCredentials))?;
                return read_secret_file(&folder.join(name)).map_err(unusable);
            }
        };
        check_secret(&token).map_err(unusable)?;
        Ok(token)
    }

    /// A variable that holds a secret; one that is empty holds none.
    fn variable(&self, name: &str) -> Result<Option<Secret>, SessionError> {
        let value = self
            .environment
            .secret(name)
            .map_err(|_| SessionError::Identity(IdentityFault::NotText { name: name.to_owned() }))?;
        Ok(value.filter(|secret| !secret.is_empty()))
    }

    /// One request, for the audience that the server expects: the first that the settings name, else the issuer.
    fn github(&self) -> Result<Secret, SessionError> {
        let absent = || SessionError::Identity(IdentityFault::NotAllowed);
        let address =
            self.environment.text(ADDRESS).ok().flatten().filter(|text| !text.is_empty()).ok_or_else(absent)?;
        let token = self.variable(REQUEST_TOKEN)?.ok_or_else(absent)?;
        let settings = self.settings;
        let issuer = settings.issuer.as_ref().map(|issuer| issuer.value.as_str());
        let audience = settings.audience.value.first().map(String::as_str).or(issuer);
        // What cannot stand in a header is not sent (I03).
        check_secret(&token).map_err(|_| absent())?;
        let request = ci_identity::request(address, &token, audience)
            .map_err(|why| SessionError::Identity(IdentityFault::BadAddress(why)))?;
        let response = self.transport.send(&request)?;
        ci_identity::read(&response)
            .map_err(|error| SessionError::Identity(IdentityFault::Answer { endpoint: request.url.clone(), error }))
    }
}
