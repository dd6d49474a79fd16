//! The protocol, pure: builds requests, reads responses. One file a noun of the RFCs.
//!
//! Nothing here touches a clock, the network, the environment or the disk: time comes in as a parameter, and a
//! [`Request`] is carried by whoever implements `sys::http::Transport`.

mod answer;
pub mod assertion;
pub mod authorization;
pub mod ci_identity;
pub mod client;
pub mod device;
pub mod discovery;
pub mod dpop;
pub mod endpoint;
pub mod foreign;
pub mod form;
pub mod grant;
pub mod inquiry;
mod json;
pub mod jwt;
pub mod message;
pub mod origin;
mod redact;
pub mod refusal;
pub mod revocation;
pub mod scope;
pub mod server_error;
pub mod signed;
pub mod token;
pub mod token_kind;

pub use answer::{AnswerError, AnswerFault, Role};
pub use assertion::Audience;
pub use authorization::{AuthorizationError, AuthorizationRequest};
pub use client::{BadClientId, Client, ClientAuthMethod, ClientId, MissingSecret, UnknownClientAuth};
pub use device::Authorization;
pub use discovery::{Metadata, MetadataError};
pub use dpop::DpopKey;
pub use endpoint::{BadUrl, Endpoint, Issuer};
pub use foreign::Foreign;
pub use form::Form;
pub use grant::{GrantChoice, GrantKind, TokenRequest, UnknownGrant};
pub use inquiry::{Introspection, UserInfo};
pub use message::{Method, Request, Response};
pub use origin::WebOrigin;
pub use refusal::{NotOne, TokenError, Unreadable};
pub use revocation::{Revoked, TokenHint};
pub use scope::{BadScope, Scopes};
pub use server_error::{ErrorCode, OAuthError};
pub use signed::{Signed, Stamp, ToSign};
pub use token::{TokenResponse, TokenType, read_token_response, rotated_refresh_token};
pub use token_kind::{TokenKind, UnknownTokenKind};
