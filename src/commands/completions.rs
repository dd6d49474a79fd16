//! `tok completions`: the script that teaches a shell to complete `tok`.
//!
//! For all shells but nushell the script asks the program itself, so that profile names are completed too; nushell's
//! is static.

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::Result;
use clap::{Command, CommandFactory};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{Bash, CompleteEnv, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::{Cli, CompletionsArgs, Shell};
use crate::context::Context;

/// The variable that makes a shell's completion script call the program back.
pub const VARIABLE: &str = "TOK_COMPLETE";

/// Prints the script.
///
/// # Errors
/// Standard output failed.
pub fn run(args: &CompletionsArgs, context: &Context) -> Result<()> {
    context.terminal.show(&script(args.shell)?)?;
    Ok(())
}

/// The script for a shell; it is also checked in below `completions`.
///
/// # Errors
/// The generator failed.
pub fn script(shell: Shell) -> Result<String> {
    let mut script = Vec::new();
    let register = |completer: &dyn EnvCompleter, script: &mut Vec<u8>| {
        completer.write_registration(VARIABLE, "tok", "tok", "tok", script)
    };
    match shell {
        Shell::Bash => register(&Bash, &mut script)?,
        Shell::Zsh => register(&Zsh, &mut script)?,
        Shell::Fish => register(&Fish, &mut script)?,
        Shell::Elvish => register(&Elvish, &mut script)?,
        Shell::Powershell => register(&Powershell, &mut script)?,
        Shell::Nushell => {
            clap_complete::generate(clap_complete_nushell::Nushell, &mut Cli::command(), "tok", &mut script);
        }
    }
    let script = String::from_utf8(script)?;
    Ok(if shell == Shell::Zsh { script.replace(ZSH_LAST_LINE, ZSH_LAST_LINES) } else { script })
}

/// How the generator ends zsh's script. Found in `fpath` as `_tok`, such a script is run as a function by the first
/// completion, which would get no answer: it has to be given then and there.
const ZSH_LAST_LINE: &str = "\ncompdef _clap_dynamic_completer_tok tok";
const ZSH_LAST_LINES: &str = "
if [[ ${funcstack[1]} == _tok ]]; then
    _clap_dynamic_completer_tok \"$@\"
else
    compdef _clap_dynamic_completer_tok tok
fi";

/// Answers a shell that asks for completions, with these profiles' names; `false` if none asked.
///
/// # Errors
/// What the shell's script said makes no sense, or standard output failed.
pub fn answer(arguments: Vec<OsString>, profiles: Vec<String>) -> Result<bool> {
    let profiles: Arc<[String]> = profiles.into();
    let command = move || with_profiles(Cli::command(), &profiles);
    Ok(CompleteEnv::with_factory(command).var(VARIABLE).try_complete(arguments, None)?)
}

/// Gives every argument that is a profile's name its candidates.
fn with_profiles(command: Command, profiles: &Arc<[String]>) -> Command {
    let names = || {
        let profiles = Arc::clone(profiles);
        ArgValueCandidates::new(move || profiles.iter().map(CompletionCandidate::new).collect())
    };
    let of_verbs = |profile: Command| {
        ["show", "remove", "default"].into_iter().fold(profile, |profile, verb| {
            profile.mut_subcommand(verb, |verb| verb.mut_arg("name", |arg| arg.add(names())))
        })
    };
    command.mut_arg("profile", |arg| arg.add(names())).mut_subcommand("profile", of_verbs)
}
