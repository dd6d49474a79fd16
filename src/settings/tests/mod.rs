//! The decision tried out: every key in every place, secrets in the environment in every combination, and what a
//! login saves.

mod precedence;
mod saving;
mod secrets;
mod services;

use std::path::Path;

use super::*;
use crate::cli::{Cli, Verb};
use crate::sys::environment::Environment;

const FILE: &str = "/c/config.toml";

/// Resolves a command line, its words separated by spaces.
fn run(line: &str, variables: &[(&str, &str)], file: &str) -> Result<Settings, SettingsError> {
    let cli = Cli::read(std::iter::once("tok").chain(line.split(' ')).map(Into::into)).unwrap();
    let (settings, password_stdin) = match &cli.verb {
        Verb::Login(login) => (&login.settings, login.password_stdin),
        Verb::Token(token) => (&token.settings, false),
        _ => panic!("login or token"),
    };
    let file = match file {
        "" => ConfigFile::default(),
        text => ConfigFile::parse(Path::new(FILE), text.to_owned()).unwrap(),
    };
    resolve(&Inputs {
        options: Some(settings),
        profile: cli.global.profile.as_deref(),
        password_stdin,
        environment: &Environment::from_pairs(variables.iter().copied()),
        file: &file,
        may_create: matches!(cli.verb, Verb::Login(_)),
    })
}

fn refused(line: &str, variables: &[(&str, &str)], file: &str) -> String {
    match run(line, variables, file) {
        Err(error) => error.to_string(),
        Ok(settings) => panic!("{line} {variables:?} {file}: {settings:?}"),
    }
}

/// What `tok profile show` says of a key: value and origin; empty if it says nothing.
fn row(settings: &Settings, name: &str) -> String {
    let mut rows = settings.explain().into_iter().filter(|(key, ..)| *key == name);
    let found = rows.next().map(|(_, value, origin)| is(&value.replace(std::path::MAIN_SEPARATOR, "/"), &origin));
    assert!(rows.next().is_none(), "{name} twice");
    found.unwrap_or_default()
}

fn is(value: &str, origin: &str) -> String {
    format!("{value} from {origin}")
}

/// A login that is complete in the environment.
const COMPLETE: [(&str, &str); 4] =
    [("TOK_ISSUER", "https://h/x"), ("TOK_CLIENT_ID", "c"), ("TOK_USERNAME", "u"), ("TOK_PASSWORD", "canary")];
