//! The protocol, pure: builds requests, reads responses. One file a noun of the RFCs.
//!
//! Nothing here touches a clock, the network, the environment or the disk: time comes in as a parameter, and a
//! [`Request`] is carried by whoever implements `sys::http::Transport`.

pub mod authorization;
pub mod client;
pub mod discovery;
pub mod endpoint;
pub mod foreign;
pub mod form;
pub mod grant;
mod json;
pub mod message;
mod redact;
pub mod refusal;
pub mod revocation;
pub mod scope;
pub mod server_error;
pub mod token;

pub use authorization::{AuthorizationError, AuthorizationRequest, PushError};
pub use client::{BadClientId, Client, ClientAuthMethod, ClientId, MissingSecret, UnknownClientAuth};
pub use discovery::{Metadata, MetadataError};
pub use endpoint::{BadUrl, Endpoint, Issuer};
pub use foreign::Foreign;
pub use form::Form;
pub use grant::{GrantChoice, GrantKind, TokenRequest, UnknownGrant};
pub use message::{Method, Request, Response};
pub use refusal::{NotOne, TokenError, Unreadable};
pub use revocation::{RevocationError, Revoked, TokenHint};
pub use scope::{BadScope, Scopes};
pub use server_error::{ErrorCode, OAuthError};
pub use token::{TokenResponse, TokenType, read_token_response};
