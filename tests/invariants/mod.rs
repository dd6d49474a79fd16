//! What must hold of any input: a module for each target of `fuzz/`, with one `check` that panics where it does not.
//!
//! The fuzzer hands it what it makes up, `tests/it/corpus.rs` what is kept in `fuzz/corpus`. An input is text where that
//! can be, so that it can be read and written by hand.

pub mod config;
pub mod device_answer;
pub mod error_answer;
pub mod form_and_basic;
pub mod grant_answer;
pub mod helper_input;
mod input;
pub mod jwt;
pub mod metadata;
pub mod redirect;
pub mod setup_edits;
mod shown;
pub mod stored_record;
pub mod terminal_escaping;
pub mod token_answer;
