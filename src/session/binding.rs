//! What a session belongs to: issuer, token endpoint, client, grant and user.
//!
//! A refresh goes to the recorded endpoint, and only while the profile still names the same things (P14): a profile
//! edited to another issuer must never carry the old one's refresh token there.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::oauth::{ClientId, Endpoint, GrantKind, Issuer};
use crate::settings::{Origin, Settings};

/// The recorded identity of a login. All of it is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The issuer to the byte, where the login was by issuer.
    pub issuer: Option<String>,
    /// The token endpoint that issued the tokens; refreshes go nowhere else.
    pub token_endpoint: String,
    /// The client that the tokens were issued to.
    pub client_id: String,
    /// The grant's name.
    pub grant: String,
    /// The user who logged in, where the grant has one.
    pub username: Option<String>,
}

/// The first thing in which a profile and a session differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// The issuer identifier.
    Issuer,
    /// The token endpoint.
    TokenEndpoint,
    /// The client id.
    ClientId,
    /// The grant.
    Grant,
    /// The user name.
    Username,
    /// Whether tokens are bound to a key (RFC 9449).
    TokenType,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Issuer => "issuer",
            Self::TokenEndpoint => "token endpoint",
            Self::ClientId => "client id",
            Self::Grant => "grant",
            Self::Username => "user name",
            Self::TokenType => "token type",
        })
    }
}

impl Binding {
    /// The binding that a login with these values makes.
    #[must_use]
    pub fn new(
        issuer: Option<&Issuer>,
        token_endpoint: &Endpoint,
        client_id: &ClientId,
        grant: GrantKind,
        username: Option<&str>,
    ) -> Self {
        Self {
            issuer: issuer.map(|issuer| issuer.as_str().to_owned()),
            token_endpoint: token_endpoint.as_str().to_owned(),
            client_id: client_id.as_str().to_owned(),
            grant: grant.to_string(),
            username: username.map(str::to_owned),
        }
    }

    /// Holds the settings against the binding. A value that the settings do not name is no difference: a login with
    /// `--no-save` leaves nothing in the profile.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, settings: &Settings) -> Result<(), Mismatch> {
        let differs = |named: Option<&str>, recorded: Option<&str>| named.is_some() && named != recorded;
        let issuer = settings.issuer.as_ref().map(|issuer| issuer.value.as_str());
        let endpoint = settings.token_endpoint.as_ref().map(|endpoint| endpoint.value.as_str());
        let client = settings.client_id.as_ref().map(|client| client.value.as_str());
        // With other grants than the password the server alone knows who the user is, if there is one.
        let username = settings.username.as_ref().map(|username| username.value.as_str());
        let has_user = self.grant == GrantKind::Password.name();
        let names_grant = settings.profile_exists || !matches!(settings.grant.origin, Origin::Default);
        if differs(issuer, self.issuer.as_deref()) {
            Err(Mismatch::Issuer)
        } else if differs(endpoint, Some(&self.token_endpoint)) {
            Err(Mismatch::TokenEndpoint)
        } else if differs(client, Some(&self.client_id)) {
            Err(Mismatch::ClientId)
        } else if names_grant && settings.grant.value.named().is_some_and(|grant| grant.name() != self.grant) {
            Err(Mismatch::Grant)
        } else if has_user && differs(username, self.username.as_deref()) {
            // Without one the server alone knows who it was.
            Err(Mismatch::Username)
        } else {
            Ok(())
        }
    }
}
