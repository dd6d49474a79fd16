//! The hermetic tests: the real program against scripted servers, in private homes. A module a promise:
//!
//! - [`errors`]: what a person reads when it fails
//! - [`curl`]: the header reaches curl and nobody else
//! - [`documents`]: what SECURITY.md and the gate promise, where no other test looks
//! - [`examples`]: the examples in help and man pages work
//! - [`foreign_text`]: text of others never draws on the screen, wherever it is shown
//! - [`generated`]: man pages, completions and the tables of the README are those of the program
//! - [`corpus`]: what fuzzing found worth keeping is read as it must be
//! - [`crash`]: killed at every system call, and every call failing once
//! - [`grants`]: the grants besides the password
//! - [`hardening`]: no core file, no other eyes, nothing written into what was closed
//! - [`helpers`]: what other programs ask is answered in their own protocols, and nothing else is
//! - [`hostile`]: servers that do anything
//! - [`instruments`]: the instruments themselves measure right
//! - [`keyring_faults`]: a keyring that hangs, lies or loses things costs no session
//! - [`layers`]: each room imports only from those before it
//! - [`logins`]: calls at scripted servers, for the others
//! - [`scene`]: the usual scene for the others: a server, a profile, sessions in files
//! - [`memory`]: no copy of the password is left in it
//! - [`narrowed`]: a service's own token: asked for once, beside the profile's, and never in its place
//! - [`pages`]: what the pages say of other programs is what works
//! - [`protocol`]: what is sent, how answers are read, what a session is bound to
//! - [`real_servers`]: what a client must tolerate because real servers do it
//! - [`settings`]: options, variables and `config.toml`: what holds, and what a mistake in them gets
//! - [`environment_credentials`]: a job without terminal, home or disk gets its token, and nothing is kept
//! - [`scripting`]: exact streams, exit codes, JSON
//! - [`setup`]: other programs are set up, once, and everything is undone as it was
//! - [`show`]: the table, the states, and never a secret
//! - [`sessions`]: many processes, failing servers, signals, wrong clocks: one refresh, nothing lost; on Linux, whose
//!   `/proc` shows who waits for what
//! - [`stores`]: where sessions lie, what guards them there, and that the cache changes no answer
//! - [`stage`]: no tests, but what most of them begin with: a home, a server, a login
//! - [`terminal`]: what a person sees and is asked, and what is asked where nobody can answer
//! - [`transport`]: https, certificates, proxies, redirects, deadlines, sizes
//! - [`verbose`]: what `-v` and `-vv` say, and that no level says a secret
//! - [`usage`]: help, version, and calls that make no sense
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

mod bind;
mod corpus;
#[cfg(target_os = "linux")]
mod crash;
mod curl;
mod documents;
mod environment_credentials;
mod errors;
mod examples;
mod exec;
mod foreign_text;
mod generated;
mod grants;
mod hardening;
#[cfg(unix)]
mod helpers;
#[cfg(unix)]
mod hostile;
mod instruments;
mod keyring_faults;
mod layers;
mod logins;
#[cfg(target_os = "linux")]
mod memory;
mod narrowed;
mod pages;
mod protocol;
mod real_servers;
mod scene;
mod scripting;
#[cfg(target_os = "linux")]
mod sessions;
mod settings;
#[cfg(unix)]
mod setup;
mod show;
#[cfg(target_os = "linux")]
mod stage;
#[cfg(target_os = "linux")]
mod stores;
mod terminal;
mod transport;
mod usage;
mod verbose;

use std::sync::OnceLock;

use support::run::World;

/// The program that is tested: the one that `TOK_BIN` names, as `tests/run --long` does for what depends on the way in
/// which it was built, else cargo's own.
fn tok() -> &'static str {
    static PATH: OnceLock<String> = OnceLock::new();
    PATH.get_or_init(|| std::env::var("TOK_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_tok").to_owned()))
}

/// A private home for it.
fn world() -> World {
    World::new(tok())
}
