//! What other programs ask, each in its own protocol: one file a protocol, all over [`resolve`].
//!
//! A protocol's file is a codec: it reads what was asked for, and writes the answer in the program's form. What it was
//! asked for was often written by somebody else (a submodule's address, a project's file), so that only an origin that
//! the user bound to a profile is answered, and nothing that could break out of a line (I03).
//!
//! Rules that hold for all: nobody is asked anything; a failure is one line on standard error and the protocol's own
//! "not found" on standard output; a token that lives shorter than programs need comes with a warning; what a program
//! wants stored is not, and what it wants erased is at most a rejected access token, never the login; a token that is
//! bound to a key (DPoP) is not handed out.
//!
//! The line is left out where a program would show it although nothing is wrong (another helper may answer), and where
//! it would stand in the way: each file says so.

pub mod aws;
pub mod bazel;
pub mod cargo;
pub mod docker;
pub mod gcp;
pub mod git;
pub mod goauth;
pub mod keyring;
pub mod kube;
pub mod pnpm;
pub mod resolve;
pub mod terraform;

use anyhow::{Error, Result};
use serde::Serialize;

use crate::cli::{HelperArgs, HelperClient};
use crate::context::Context;
use crate::error::Report;
use crate::secret::Secret;

/// The most that a program has to say. None comes near it.
const LIMIT: usize = 64 << 10;

/// A helper's failure.
#[derive(Debug)]
pub struct Failure {
    /// What is told, in one line.
    pub error: Error,
    /// The exit code that the protocol wants, where it wants one; else it is the error's.
    pub exit: Option<u8>,
    /// Whether the line is left out.
    pub silent: bool,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), exit: None, silent: false }
    }
}

impl Failure {
    /// A failure that ends with this exit code.
    pub fn with_exit(error: impl Into<Error>, exit: u8) -> Self {
        Self { exit: Some(exit), ..Self::from(error.into()) }
    }

    /// The same without a line on standard error.
    #[must_use]
    pub fn silently(self) -> Self {
        Self { silent: true, ..self }
    }
}

/// Whether the program takes standard error for a part of the answer.
#[must_use]
pub fn is_mute(args: &HelperArgs) -> bool {
    matches!(args.client, HelperClient::Gcp { .. })
}

/// Answers a program.
///
/// # Errors
/// [`Failure`]; the protocol's own "not found" is on standard output by then.
pub fn run(args: &HelperArgs, context: &Context) -> Result<(), Failure> {
    match &args.client {
        HelperClient::Git { operation } => git::run(operation, context),
        HelperClient::Docker { operation } => docker::run(operation, context),
        HelperClient::Kube { origin } => kube::run(origin.as_deref(), context),
        HelperClient::Cargo { .. } => cargo::run(context),
        HelperClient::Keyring { words } => keyring::run(words, context),
        HelperClient::Bazel { operation } => bazel::run(operation, context),
        HelperClient::Goauth { url } => goauth::run(url.as_deref(), context),
        HelperClient::Terraform { operation, host } => terraform::run(operation, host, context),
        HelperClient::Pnpm { origin } => pnpm::run(origin.as_deref(), context),
        HelperClient::Aws { role_arn, session_name, endpoint } => aws::run(role_arn, session_name, endpoint, context),
        HelperClient::Gcp { origin } => gcp::run(origin, context),
    }
}

/// The one line that is told of a failure, for protocols that have a place of their own for it.
fn told(error: &Error, context: &Context) -> String {
    Report::of(error, &context.place(error)).line()
}

/// An answer in JSON, on one line: what is no letter of a line is escaped in it (I03).
fn json(answer: &impl Serialize) -> Result<Secret> {
    Ok(Secret::new(serde_json::to_string(answer)?))
}
