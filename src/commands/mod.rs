//! The verbs, one a file, each `run(&Args, &Context) -> Result<()>`: it reads top to bottom as the story of that verb.
//! What a verb has to itself lies in a folder of its name; `time` is how all of them tell times.

pub mod bind;
pub mod completions;
pub mod curl;
pub mod exec;
pub mod login;
pub mod logout;
pub mod profile;
pub mod refresh;
pub mod setup;
pub mod show;
mod time;
pub mod token;

use anyhow::Result;

use crate::cli::Verb;
use crate::context::Context;

/// Runs the verb that was typed.
///
/// # Errors
/// The verb's.
pub fn run(verb: &Verb, context: &Context) -> Result<()> {
    match verb {
        Verb::Login(args) => login::run(args, context),
        Verb::Token(args) => token::run(args, context),
        Verb::Curl(args) => curl::run(args, context),
        Verb::Bind(args) => bind::run(args, context),
        // Answered before: it ends in a way of its own.
        Verb::Helper(_) => Ok(()),
        Verb::Exec(args) => exec::run(args, context),
        Verb::Setup(args) => setup::run(args, context),
        Verb::Refresh(args) => refresh::run(args, context),
        Verb::Show(args) => show::run(args, context),
        Verb::Logout(args) => logout::run(args, context),
        Verb::Profile(args) => profile::run(args, context),
        Verb::Completions(args) => completions::run(args, context),
    }
}
