//! The life of a session, as many processes, failing servers, signals and wrong clocks see it.
//!
//! - [`crowds`]: many processes, one refresh; nobody waits for another profile
//! - [`failures`]: a failure is told to those who waited; only `invalid_grant` ends a session; nothing is printed that was
//!   not stored
//! - [`holders`]: a holder of the lock that is killed, stopped or slow
//! - [`signals`]: Ctrl-C and the like between question and storing
//! - [`meanwhile`]: logout and login while a refresh is under way
//! - [`clocks`]: a clock off by years, or stepping
//! - [`ages`]: how long a token has to live

mod ages;
mod clocks;
mod crowds;
mod failures;
mod holders;
mod meanwhile;
mod signals;
