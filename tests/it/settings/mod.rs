//! Options, variables and `config.toml`: what holds, and what a mistake in them gets.
//!
//! - [`precedence`]: option, variable, profile, default
//! - [`config_file`]: every mistake is named with its line, and the file is left alone
//! - [`profiles`]: which profile is meant; the verbs of `tok profile`
//! - [`secrets`]: passwords and client secrets, from everywhere, to the byte
//! - [`config_at_rest`]: links, modes, owners, and several who change the file at once
//! - [`in_sight`]: arguments, environments of children, descriptors: where others could see a secret
//! - [`hostile`]: line breaks, bytes that are no text, folders that are not asked

mod config_at_rest;
mod config_file;
mod hostile;
mod in_sight;
mod precedence;
mod profiles;
mod secrets;
