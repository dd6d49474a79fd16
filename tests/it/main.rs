//! The hermetic tests: the real program against scripted servers, in private homes. A module a promise:
//!
//! - [`instruments`]: the instruments themselves measure right

#[path = "../support/mod.rs"]
mod support;

mod instruments;

use support::run::World;

/// The program that is tested.
const TOK: &str = env!("CARGO_BIN_EXE_tok");

/// A private home for it.
fn world() -> World {
    World::new(TOK)
}
