//! Google Cloud's executable-sourced credentials: Google Auth Library, `PluggableAuthCredentials`, "response format";
//! `google/auth/pluggable.py`.
//!
//! What is asked stands in variables. A failure is an answer as well, with exit code 0: with any other the answer is
//! not read. The Python library reads standard error together with standard output, so that nothing is said there.
//! `output_file` is the libraries' own cache; it is not written, so that a token lies nowhere but in our store.

use anyhow::{Error, Result};
use serde::Serialize;

use super::resolve::{self, Credential};
use super::{Failure, json, told};
use crate::context::Context;
use crate::error::Usage;
use crate::secret::Secret;
use crate::settings::SettingsError;

const AUDIENCE: &str = "GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE";
const TOKEN_TYPE: &str = "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE";
const REVOKE: &str = "GOOGLE_EXTERNAL_ACCOUNT_REVOKE";

/// The kinds of token that an answer can hold in `id_token`; the third is SAML.
const TOKEN_TYPES: [&str; 2] = ["urn:ietf:params:oauth:token-type:jwt", "urn:ietf:params:oauth:token-type:id_token"];

/// Answers with the token for the token service.
///
/// # Errors
/// That the answer cannot be written.
pub fn run(origin: &str, context: &Context) -> Result<(), Failure> {
    let answer = get(origin, context).or_else(|error| refusal(&told(&error, context)))?;
    Ok(context.terminal.print(&answer)?)
}

fn get(origin: &str, context: &Context) -> Result<Secret> {
    let variable = |name| context.environment.text(name).map_err(SettingsError::Variable);
    let kind = token_type(variable(AUDIENCE)?, variable(TOKEN_TYPE)?, variable(REVOKE)?)?;
    answer(kind, &resolve::resolve(&resolve::asked(origin)?, context)?)
}

/// The kind of token that is asked for. For which audience the library exchanges it is for the server to judge.
///
/// # Errors
/// [`Usage`]
pub fn token_type(audience: Option<&str>, kind: Option<&str>, revoke: Option<&str>) -> Result<&'static str, Usage> {
    if revoke == Some("1") {
        return Err(Usage::HelperForgetsNothing);
    }
    if audience.is_none_or(str::is_empty) {
        return Err(Usage::HelperInput("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE is not set: Google's libraries set it"));
    }
    let found = TOKEN_TYPES.into_iter().find(|known| Some(*known) == kind);
    found.ok_or(Usage::HelperInput("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE is neither that of a JWT nor of an ID token"))
}

/// The answer with a token.
///
/// # Errors
/// None that can be told of.
pub fn answer(token_type: &str, credential: &Credential) -> Result<Secret> {
    #[derive(Serialize)]
    struct Answer<'a> {
        version: u8,
        success: bool,
        token_type: &'a str,
        id_token: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        expiration_time: Option<i64>,
    }
    let expiration_time = credential.expires_at.map(|at| at.0);
    json(&Answer { version: 1, success: true, token_type, id_token: credential.token.expose(), expiration_time })
}

/// The answer without one. The code is for people, as the message is.
fn refusal(message: &str) -> Result<Secret, Error> {
    #[derive(Serialize)]
    struct Answer<'a> {
        version: u8,
        success: bool,
        code: &'a str,
        message: &'a str,
    }
    json(&Answer { version: 1, success: false, code: "TOK", message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;
    use crate::sys::clock::UnixTime;

    #[test]
    fn a_jwt_is_asked_for() {
        for kind in TOKEN_TYPES {
            assert_eq!(token_type(Some("//iam"), Some(kind), None).ok(), Some(kind));
            assert_eq!(token_type(Some("//iam"), Some(kind), Some("0")).ok(), Some(kind));
            for (audience, revoke) in [(None, None), (Some(""), None), (Some("//iam"), Some("1"))] {
                assert!(token_type(audience, Some(kind), revoke).is_err());
            }
        }
        for kind in [None, Some(""), Some("jwt"), Some("urn:ietf:params:oauth:token-type:saml2")] {
            assert!(token_type(Some("//iam"), kind, None).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn both_answers_have_their_version() {
        let credential = |expires_at| Credential {
            token: Secret::new("t0k3n".into()),
            scheme: Scheme::Bearer,
            username: "ada".into(),
            expires_at,
        };
        let said = |credential| answer(TOKEN_TYPES[1], &credential).unwrap().expose().to_owned();
        assert_eq!(
            said(credential(Some(UnixTime(99)))),
            "{\"version\":1,\"success\":true,\"token_type\":\"urn:ietf:params:oauth:token-type:id_token\",\
             \"id_token\":\"t0k3n\",\"expiration_time\":99}"
        );
        assert!(!said(credential(None)).contains("expiration_time"));
        assert_eq!(
            refusal("not\n\"logged in\"").unwrap().expose(),
            r#"{"version":1,"success":false,"code":"TOK","message":"not\n\"logged in\""}"#
        );
    }
}
