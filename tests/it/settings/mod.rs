//! Options, variables and `config.toml`: what holds, and what a mistake in them gets.
//!
//! - [`precedence`]: option, variable, profile, default
//! - [`config_file`]: every mistake is named with its line, and the file is left alone
//! - [`profiles`]: which profile is meant; the verbs of `tok profile`
//! - [`secrets`]: passwords and client secrets, from everywhere, to the byte
//! - [`hostile`]: line breaks, bytes that are no text, folders that are not asked

mod config_file;
mod hostile;
mod precedence;
mod profiles;
mod secrets;
