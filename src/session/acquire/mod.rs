//! How a first token is got: one grant a file.

mod password;

use super::discover::Endpoints;
use super::error::SessionError;
use crate::oauth::{Client, GrantKind, TokenResponse};
use crate::secret::Secret;
use crate::settings::Settings;
use crate::sys::http::Transport;

/// All that a grant needs to know.
pub struct Acquisition<'a> {
    /// What the user asked for.
    pub settings: &'a Settings,
    /// Where.
    pub endpoints: &'a Endpoints,
    /// As whom.
    pub client: &'a Client,
    /// How.
    pub transport: &'a dyn Transport,
}

impl Acquisition<'_> {
    /// Runs the grant that the settings name, and no other (P01). The password is needed by the password grant only;
    /// it is dropped, and so wiped, before this returns (P02).
    ///
    /// # Errors
    /// [`SessionError`]
    #[expect(clippy::needless_pass_by_value, reason = "the password's life ends here")]
    pub fn run(&self, password: Secret) -> Result<TokenResponse, SessionError> {
        match self.settings.grant.value {
            GrantKind::Password => password::run(self, &password),
        }
    }
}
