//! What is sent, and how answers are read.
//!
//! - [`requests`]: every byte of a token request
//! - [`assertions`]: clients that prove themselves by a JWT or a certificate
//! - [`dpop`]: tokens that are bound to a key
//! - [`answers`]: tokens and refusals, in every form that counts
//! - [`refresh`]: rotation and scopes
//! - [`discovery`]: where endpoints come from
//! - [`binding`]: a session serves the profile it was made for, and no other
//! - [`revocation`]: logging out

mod answers;
mod assertions;
mod binding;
mod discovery;
mod dpop;
mod refresh;
mod requests;
mod revocation;
