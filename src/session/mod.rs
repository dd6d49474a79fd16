//! The life of a session: how it is made, kept, refreshed and ended.
//!
//! | file | what it is responsible for |
//! |---|---|
//! | `keeper` | one profile's session with the world around it; load, store, cache, lock |
//! | `token`, `login`, `logout`, `inquire`, `reject` | the stories told about it |
//! | `renew` | what whoever has the lock asks of the server: a refresh, a grant, an exchange |
//! | `acquire/` | how a first token is got: one grant a file |
//! | `discover` | an issuer's endpoints, asked at login only |
//! | `choose` | `--grant auto` |
//! | `identity` | another issuer's token, from a CI system |
//! | `exchange` | one exchange with a token endpoint, and who the client is in it |
//! | `signing` | the way to the server for requests that are signed |
//! | `record` | the session as it lies in a store |
//! | `binding` | what a session belongs to |
//! | `asked` | what an access token is asked for: the profile's own, or one for a service |
//! | `freshness` | how long a token still lives, by two clocks |
//! | `failure` | a failure told to the processes that waited for it |
//!
//! Invariants: a refresh token goes to the endpoint that issued it and nowhere else; one request at a time for a
//! session, under its lock; an answer is stored before anything is printed; only a JSON `invalid_grant` under the
//! lock ends a session; a service's narrowed token never takes the place of the profile's own.

pub mod acquire;
pub mod asked;
pub mod binding;
pub mod choose;
pub mod discover;
pub mod error;
pub mod exchange;
pub mod failure;
pub mod freshness;
mod identity;
pub mod inquire;
pub mod keeper;
pub mod login;
pub mod logout;
pub mod record;
mod reject;
mod renew;
pub mod signing;
#[cfg(test)]
mod tests;
pub mod token;

pub use error::{FailureClass, Missing, NoSession, SessionError};
pub use keeper::{Cached, Handed, Keeper, Want};
pub use record::Session;
