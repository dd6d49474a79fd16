//! `tok` gets and keeps OAuth 2.0 tokens: log in once, use the token everywhere.
//!
//! # The house
//!
//! Each room imports only from those above it; a test reads the sources, and this map, and checks that.
//!
//! | room | what it is responsible for |
//! |---|---|
//! | [`secret`] | the one type that holds a secret |
//! | [`oauth`] | the protocol, pure: builds requests, reads answers; no clock, network, environment or disk |
//! | [`sys`] | the outside world: clock, environment, files, HTTP, terminal, signals; `store` alone touches some too |
//! | [`store`] | where sessions are kept, the cache of access tokens, the lock; has the keyrings and the lock file |
//! | [`settings`] | options, environment and configuration file, resolved, with the origin of every value |
//! | [`session`] | the life of a session: made, read, refreshed once, ended |
//! | [`error`] | from a cause to message, hint and exit code: one table |
//! | [`context`] | what a verb is given |
//! | [`commands`] | one verb a file, each `run(&Args, &Context)` |
//! | [`helpers`] | one protocol a file, in which another program asks for a token |
//! | `shortcut` | a cached `tok token` in a few system calls, always the ordinary way's answer; for this file alone |
//!
//! [`cli`] holds the command line as types, imports nothing of the crate, and is imported by `settings`, `commands`,
//! `helpers` and this file, which wires the real world together.
//!
//! # Invariants
//!
//! A secret is shown only at a boundary (`Secret::expose`). Foreign text is shown only through [`oauth::Foreign`].
//! Nothing below `error` knows hints or exit codes. An answer of the server is stored before anything is printed.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::string_slice,
        clippy::use_debug,
        clippy::print_stdout,
        clippy::if_same_then_else,
        clippy::pedantic,
        clippy::disallowed_methods,
        reason = "a failed step is a failed test"
    )
)]

pub mod cli;
pub mod commands;
pub mod context;
pub mod error;
pub mod helpers;
pub mod oauth;
pub mod secret;
pub mod session;
pub mod settings;
mod shortcut;
pub mod store;
pub mod sys;

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::process::ExitCode;
use std::rc::Rc;

use crate::cli::{Cli, ColorWhen, Global, Verb};
use crate::commands::completions;
use crate::context::Context;
use crate::error::{Place, Report};
use crate::settings::ConfigFile;
use crate::sys::clock::SystemClock;
use crate::sys::environment::Environment;
use crate::sys::paths::Folders;
use crate::sys::terminal::{self, Colour, Stream, SystemTerminal, Terminal, TerminalOptions};
use crate::sys::{files, process};

// Whatever was freed held, at some time, a password or a token (P02, M01).
#[global_allocator]
static ALLOCATOR: sys::allocator::WipingAllocator = sys::allocator::WipingAllocator::system();

/// The program: arguments and environment in, exit code out.
#[must_use]
pub fn main() -> ExitCode {
    process::harden();
    let arguments = process::arguments();
    let environment = Environment::from_process();
    if let Some(line) = shortcut::answer(&arguments, &environment) {
        return match terminal::print(line) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                let terminal = SystemTerminal::new(TerminalOptions::default());
                finish(Err(error.into()), &terminal, &Place::default())
            }
        };
    }
    ordinary(arguments, environment)
}

/// The way of everything but a cached token: kept apart, so that the short way has a small frame.
#[inline(never)]
fn ordinary(arguments: Vec<OsString>, environment: Environment) -> ExitCode {
    let folders = Folders::from_environment(&environment);
    if environment.is_set(completions::VARIABLE) {
        return complete(arguments, &environment, &folders);
    }
    let arguments = cli::by_name(arguments);
    let hands_over = cli::verb_of(&arguments).is_some_and(|verb| ["curl", "exec"].contains(&verb));
    match Cli::read(arguments) {
        Ok(cli) => run(cli, environment, folders),
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            ExitCode::from(if hands_over { NOT_STARTED } else { u8::try_from(error.exit_code()).unwrap_or(2) })
        }
        // Help and version are answers.
        Err(error) => {
            let terminal = SystemTerminal::new(TerminalOptions::default());
            finish(terminal::written(|| error.print()).map_err(anyhow::Error::from), &terminal, &Place::default())
        }
    }
}

/// Answers a shell's completion script. Where the configuration cannot be read there are no names to offer.
fn complete(arguments: Vec<OsString>, environment: &Environment, folders: &Folders) -> ExitCode {
    let config = settings::config_path(None, environment, folders).and_then(|path| ConfigFile::load(&path.value).ok());
    let profiles = config.iter().flat_map(ConfigFile::profiles).map(ToString::to_string).collect();
    match completions::answer(arguments, profiles) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Wires the real world and runs the verb.
fn run(cli: Cli, environment: Environment, folders: Folders) -> ExitCode {
    let Cli { global, verb } = cli;
    let no_input = settings::no_input(global.no_input, &environment);
    let mut options = terminal_options(&global, no_input.as_ref().copied().unwrap_or(true), &environment);
    // A program shows what its helper says: the one line of a failure, or a warning, and nothing else.
    options.quiet |= matches!(verb, Verb::Helper(_));
    let terminal: Rc<dyn Terminal> = Rc::new(SystemTerminal::new(options));
    // Only a login asks.
    let told_not_to_ask = matches!(verb, Verb::Login(_)) && terminal.told_not_to_ask();
    let can_prompt = terminal.can_prompt();
    let mut place = Place { can_prompt, told_not_to_ask, profile: global.profile.clone(), ..Place::default() };
    let (mut exit, mut silent) = (None, false);
    let outcome = no_input.map_err(anyhow::Error::from).and_then(|_| {
        let (config, config_fingerprint, unreadable) = match open_config(&global, &environment, &folders) {
            Ok((config, fingerprint)) => (config, fingerprint, None),
            Err(why) if matches!(verb, Verb::Helper(_)) => (ConfigFile::default(), String::new(), Some(why)),
            Err(why) => return Err(why.into()),
        };
        let (terminal, clock) = (Rc::clone(&terminal), Rc::new(SystemClock));
        let grant = Cell::default();
        let profile = global.profile;
        let served = RefCell::default();
        let context = Context {
            profile,
            environment,
            folders,
            terminal,
            clock,
            config,
            config_fingerprint,
            grant,
            served,
            for_a_program: matches!(verb, Verb::Helper(_)),
            is_mute: matches!(&verb, Verb::Helper(args) if helpers::is_mute(args)),
            unreadable,
        };
        match &verb {
            Verb::Helper(args) => helpers::run(args, &context).map_err(|failure| {
                (exit, silent) = (failure.exit, failure.silent);
                failure.error
            }),
            verb => commands::run(verb, &context),
        }
        .inspect_err(|error| place = Place { told_not_to_ask, ..context.place(error) })
    });
    if let (Verb::Helper(_), Err(error)) = (&verb, &outcome) {
        let report = Report::of(error, &place);
        if !silent {
            terminal.complain(&report.line());
        }
        return ExitCode::from(exit.unwrap_or(report.exit as u8));
    }
    let code = finish(outcome, terminal.as_ref(), &place);
    // The other codes are the program's own: it was not started.
    if matches!(verb, Verb::Curl(_) | Verb::Exec(_)) { ExitCode::from(NOT_STARTED) } else { code }
}

/// The exit code of a verb that becomes another program where it could not.
const NOT_STARTED: u8 = 125;

/// Reads the configuration file. Its fingerprint is taken first: a change in between then shows as a difference.
fn open_config(
    global: &Global,
    environment: &Environment,
    folders: &Folders,
) -> Result<(ConfigFile, String), settings::ConfigError> {
    match settings::config_path(global.config.as_deref(), environment, folders).map(|path| path.value) {
        None => Ok((ConfigFile::default(), String::new())),
        Some(path) => {
            let fingerprint = files::fingerprint(&path);
            ConfigFile::load(&path).map(|config| (config, fingerprint))
        }
    }
}

fn terminal_options(global: &Global, no_input: bool, environment: &Environment) -> TerminalOptions {
    let defaults = TerminalOptions::from_environment(environment);
    TerminalOptions {
        no_input,
        quiet: global.quiet,
        verbose: global.verbose,
        colour: match global.color {
            ColorWhen::Auto => defaults.colour,
            ColorWhen::Always => Colour::Always,
            ColorWhen::Never => Colour::Never,
        },
        ..defaults
    }
}

/// Reports a failure and gives its exit code.
fn finish(outcome: anyhow::Result<()>, terminal: &dyn Terminal, place: &Place) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    let report = Report::of(&error, place);
    report.lines(terminal.colour(Stream::Error)).iter().for_each(|line| terminal.complain(line));
    ExitCode::from(report.exit as u8)
}

/// The command line as clap knows it, for man pages and completions.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
