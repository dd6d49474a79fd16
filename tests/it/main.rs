//! The hermetic tests: one binary, a module per promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a failed step is a failed test, and tests run processes"
)]

mod layers;
