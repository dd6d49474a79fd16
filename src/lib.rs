//! `tok`: gets and keeps OAuth 2.0 tokens.

pub mod oauth;
pub mod secret;
pub mod store;
pub mod sys;
