//! The test instruments, shared by `tests/it`, `tests/real` and `examples/demo`. Table of contents:
//!
//! - [`run`]: `World`, a private home in which the real program runs; its end searches everything for leaked secrets
//! - [`process`]: `Running` and `Output`: one run of the program, its signals, its exact output
//! - [`ordinary`]: an ordinary user, where root runs the tests
//! - [`pty`]: the program, or a shell with job control, on a pseudo-terminal
//! - [`server`]: a scripted HTTP server that can do everything wrong, and on it `AuthServer`, a small OAuth server
//! - [`ca`]: a throw-away certificate authority and leaves for every TLS situation
//! - [`canary`]: unique secrets and the search for them, in every form in which they could leak
//! - [`secret_service`]: a Secret Service that hangs, lies and loses things
//! - [`kernel_keys`]: what the program left in the kernel's keyring
//! - [`strace`]: the system calls of a run, and one of them failing or being the last
//! - [`codec`]: base64, percent and hex, written a second time: the program's own would hide its own mistakes
//! - [`gate`]: what a test uses to wait, or to let wait, without sleeping
//! - [`figures`]: what tests measure, for the table in SECURITY.md
//!
//! Nothing in here knows a module of the program: the instruments see what a user, a server and a thief see.

// Three programs include these modules, and none of them uses everything.
#![allow(dead_code, unused_imports, reason = "each of the programs that include this uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::use_debug,
    clippy::mem_forget,
    clippy::pedantic,
    reason = "a failed step is a failed test, and tests run processes"
)]

pub mod ca;
pub mod canary;
pub mod codec;
pub mod figures;
pub mod gate;
#[cfg(target_os = "linux")]
pub mod kernel_keys;
#[cfg(unix)]
pub mod ordinary;
pub mod process;
#[cfg(unix)]
pub mod pty;
pub mod run;
#[cfg(target_os = "linux")]
pub mod secret_service;
pub mod server;
#[cfg(target_os = "linux")]
pub mod strace;

use std::time::Duration;

/// How long any instrument waits for something that must happen. It is never reached by a test that passes.
pub const PATIENCE: Duration = Duration::from_secs(180);
