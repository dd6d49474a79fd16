//! Between this machine and the server (T01-T09): what is sent where, how often, for how long, and what a person reads
//! when it fails.
//!
//! - [`schemes`]: https everywhere, plain http to loopback only, no user information and no fragment
//! - [`certificates`]: every TLS situation with its words; further authorities
//! - [`loopback`]: what is this machine, and that nothing that may go in the clear leaves it
//! - [`proxies`]: tunnels for https, loopback never through one
//! - [`redirects`]: none is followed
//! - [`once`]: nothing is sent twice, and one deadline for all of it
//! - [`sizes`]: answers without bounds, compressed ones

mod certificates;
mod loopback;
mod once;
mod proxies;
mod redirects;
mod schemes;
#[cfg(unix)]
pub mod sizes;
