//! The acceptance suite: the real programs that ask for tokens, each with its own protocol, and servers on loopback.
//!
//! Each is held to the same five promises ([`story`]). `tests/clients/install` says which programs are there; one that
//! cannot be had is named, with the reason, in the table that `tests/run --clients` ends with ([`table`]).
//!
//! - [`manifest`]: which clients are there, and why others are not
//! - [`guarded`]: a server that lets nobody in without a good token
//! - [`registry`]: the same for images, the real one
//! - [`index`]: the same for Python's packages
//! - [`cloud`]: the same for AWS, the real moto behind a guard
//! - [`shelf`]: what such servers have, made by a few lines of shell
//! - [`desk`]: a home, an authorization server, a guarded one that is bound and one that is not
//! - [`scene`]: the usual scene of `tests/it`
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::mem_forget,
    clippy::pedantic,
    clippy::print_stderr,
    clippy::use_debug,
    reason = "a failed step is a failed test, and tests run processes"
)]

#[path = "../support/mod.rs"]
mod support;

mod aws;
mod cargo;
mod cloud;
mod curl;
mod desk;
mod docker;
mod git;
mod go;
mod guarded;
mod index;
mod kubectl;
mod manifest;
mod msmtp;
mod narrowed;
mod pnpm;
mod python;
mod registry;
#[path = "../it/scene.rs"]
#[allow(dead_code, reason = "this suite needs a part of it")]
mod scene;
mod shelf;
mod skopeo;
mod story;
mod table;
mod terraform;

/// A home for the program under test: the one that `tests/run` has built for release, else cargo's own.
fn world() -> support::run::World {
    support::run::World::new(program())
}

fn program() -> std::path::PathBuf {
    std::env::var_os("TOK_BIN").map_or_else(|| env!("CARGO_BIN_EXE_tok").into(), Into::into)
}
