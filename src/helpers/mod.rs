//! What other programs ask, each in its own protocol: one file a protocol, all over [`resolve`].
//!
//! A protocol's file is a codec: it reads what was asked for, and writes the answer in the program's form. What it was
//! asked for was often written by somebody else (a submodule's address, a project's file), so that only an origin that
//! the user bound to a profile is answered, and nothing that could break out of a line (I03).
//!
//! Rules that hold for all: nobody is asked anything; a failure is one line on standard error and the protocol's own "not
//! found" on standard output; what a program wants stored is not, and what it wants erased is at most a rejected access
//! token, never the login; a token that is bound to a key (DPoP) is not handed out.

mod git;
pub mod resolve;

use anyhow::{Error, Result};

use crate::cli::{HelperArgs, HelperClient};
use crate::context::Context;

/// A helper's failure.
#[derive(Debug)]
pub struct Failure {
    /// What is told, in one line.
    pub error: Error,
    /// The exit code that the protocol wants, where it wants one; else it is the error's.
    pub exit: Option<u8>,
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { error: error.into(), exit: None }
    }
}

impl Failure {
    /// A failure that ends with this exit code.
    pub fn with_exit(error: impl Into<Error>, exit: u8) -> Self {
        Self { error: error.into(), exit: Some(exit) }
    }
}

/// Answers a program.
///
/// # Errors
/// [`Failure`]; the protocol's own "not found" is on standard output by then.
pub fn run(args: &HelperArgs, context: &Context) -> Result<(), Failure> {
    match &args.client {
        HelperClient::Git { operation } => git::run(operation, context),
        _ => Err(Failure::from(anyhow::anyhow!("not there yet"))),
    }
}
