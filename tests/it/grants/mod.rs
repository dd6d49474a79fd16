//! The grants besides the password.
//!
//! - [`unattended`]: the grants that need nobody: run again wherever a session cannot serve, once for all processes
//! - [`ci_identity`]: a job without any secret shows who it is
//! - [`device`]: a code that is entered elsewhere

mod ci_identity;
#[cfg(unix)]
mod device;
#[cfg(target_os = "linux")]
mod unattended;
