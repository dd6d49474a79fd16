//! `tok exec`: a command with the token in its environment or in a file.

use std::io;

use anyhow::Result;

use super::token::{self, Purpose};
use crate::cli::ExecArgs;
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::Foreign;
use crate::session::Want;
use crate::settings::{self, Chosen};
use crate::sys::handover::Successor;

/// Becomes the command; where there is no token, it is not started.
///
/// # Errors
/// Whatever kept it from a token or from the command.
pub fn run(args: &ExecArgs, context: &Context) -> Result<()> {
    args.env.iter().chain(&args.file).try_for_each(|name| check_variable(name))?;
    let [program, arguments @ ..] = &args.command[..] else { return Err(Usage::NoCommand.into()) };
    // What cannot be started needs no token.
    let not_started = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Usage::NoProgram(Foreign::new(program.to_string_lossy())).into(),
        _ => {
            anyhow::Error::from(error).context(format!("{} cannot be started", Foreign::new(program.to_string_lossy())))
        }
    };
    let mut next = Successor::find(program, &context.environment).map_err(not_started)?;
    next.arguments(arguments);
    let chosen = args.origin.as_deref().map(|origin| token::service(origin, context)).transpose()?;
    let min_ttl = settings::min_ttl(args.min_ttl.as_deref())?;
    let id_token = args.id_token || chosen.as_ref().is_some_and(Chosen::wants_id_token);
    let want = Want { min_ttl, renew: false, scopes: false, id_token };
    let (handed, _) = token::get(&args.settings, want, &Purpose::Bare, chosen.as_ref(), context)?;
    if handed.key.is_some() {
        return Err(Usage::BoundToKey.into());
    }
    token::warn(&handed, context);
    for name in &args.env {
        next.variable(name, handed.token.expose());
    }
    if !args.file.is_empty() {
        let path = next.file(&handed.token).map_err(|error| match error.kind() {
            io::ErrorKind::Unsupported => Usage::NoFileHere.into(),
            _ => anyhow::Error::from(error).context("the file for the token cannot be made"),
        })?;
        for name in &args.file {
            next.variable(name, &path);
        }
    }
    drop(handed);
    Err(not_started(next.start()))
}

/// A name that every program can look up (POSIX.1 "Environment Variables").
fn check_variable(name: &str) -> Result<(), Usage> {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    if begins && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        Ok(())
    } else {
        Err(Usage::BadVariable(Foreign::new(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // I03
    fn names_of_variables() {
        for (name, good) in
            [("A", true), ("_a1", true), ("", false), ("1A", false), ("A=B", false), ("A-B", false), ("A\0", false)]
        {
            assert_eq!(check_variable(name).is_ok(), good, "{name:?}");
        }
    }
}
