//! Servers on loopback, on threads, on a free port.
//!
//! - [`scripted`]: `Server`: each request is answered by a closure; unused replies and surprises fail the test
//! - [`answer`]: `Answer`: proper responses and every way of going wrong
//! - [`closed`]: a port on which nobody listens
//! - [`fault`]: what goes wrong below HTTP
//! - [`log`]: `Log`: what a server has seen
//! - [`wire`]: `Received`: one request, to the byte
//! - [`tls`]: certificates and client certificates
//! - [`jwt`]: client assertions and DPoP proofs, as a server checks them
//! - [`auth`]: `AuthServer`: a small, strict OAuth server
//! - [`setup`]: `Setup`: what can be set on it, before and while it runs
//! - [`codes`]: its login page: authorization requests, pushed ones, codes
//! - [`grants`]: the grants besides the password
//! - [`realm`]: its memory: sessions, families of refresh tokens, live access tokens

pub mod answer;
pub mod auth;
pub mod closed;
pub mod codes;
pub mod fault;
pub mod grants;
pub mod jwt;
pub mod log;
pub mod realm;
pub mod scripted;
pub mod setup;
pub mod tls;
pub mod wire;

pub use answer::{Answer, End};
pub use auth::AuthServer;
pub use closed::ClosedPort;
pub use fault::Fault;
pub use scripted::{Notes, Server};
pub use wire::Received;
