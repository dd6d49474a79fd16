//! What is sent, and how answers are read.
//!
//! - [`requests`]: every byte of a token request
//! - [`answers`]: tokens and refusals, in every form that counts
//! - [`refresh`]: rotation and scopes
//! - [`discovery`]: where endpoints come from
//! - [`binding`]: a session serves the profile it was made for, and no other
//! - [`revocation`]: logging out

mod answers;
mod binding;
mod discovery;
mod refresh;
mod requests;
mod revocation;
