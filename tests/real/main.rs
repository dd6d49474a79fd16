//! The suite against the real world: authorization servers, a keyring, terminals; with the release binary.
//!
//! `tests/run` installs what it needs, builds the binary and starts it. A server or a program that is missing fails the
//! test and names the command that installs it: a suite that skips proves nothing.
//!
//! Every test ends with a search of all that `tok` wrote, to any file or stream, for the secrets that were used
//! (`harness::Sandbox`).
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::zombie_processes,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failed step is a failed test, and tests run processes"
)]

mod authlib;
mod django_oauth_toolkit;
mod flows;
mod glewlwyd;
mod harness;
mod keyring;
mod node_oauth2_server;
mod oidc_provider;
mod pages;
mod password;
mod person;
mod server;
mod shells;
mod terminal;
