//! The grants other than the password's: what is sent, what a person sees and does, what is refused.
//!
//! - [`browser`]: authorization code and PKCE

#[cfg(target_os = "linux")]
mod browser;
