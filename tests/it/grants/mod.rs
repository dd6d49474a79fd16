//! The grants besides the password: what is sent, what a person sees and does, what is refused.
//!
//! - [`browser`]: authorization code and PKCE
//! - [`device`]: a code that is entered elsewhere
//! - [`unattended`]: the grants that need nobody: run again wherever a session cannot serve, once for all processes
//! - [`ci_identity`]: a job without any secret shows who it is

#[cfg(target_os = "linux")]
mod browser;
mod ci_identity;
#[cfg(unix)]
mod device;
#[cfg(target_os = "linux")]
mod unattended;
