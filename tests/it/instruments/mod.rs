//! The instruments themselves, tried on their own, so that a test that passes means something.
//!
//! - [`client`]: an HTTP client of a few lines, to ask the servers
//! - [`canaries`]: a secret is found in every form and place, and nothing else is
//! - [`auth_server`]: the OAuth server does what it says; above all, revoking a family really revokes it
//! - [`scripted`]: every way of going wrong is seen by a client; what was not used or not expected fails
//! - [`certificates`]: each situation is what its name says
//! - [`terminal`]: echo, signals, job control
//! - [`runs`]: exact streams, time limits, the search at the end

mod auth_server;
mod canaries;
mod certificates;
mod client;
mod runs;
mod scripted;
mod terminal;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The text of the panic that this causes.
#[track_caller]
fn panic_of(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("no panic came");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
