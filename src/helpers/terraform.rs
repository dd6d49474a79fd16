//! Terraform's and `OpenTofu`'s credentials helpers: Terraform documentation, "Credentials Helpers";
//! `terraform-svchost/auth/helper_program.go`.
//!
//! The host comes as an argument, in ASCII, and is reached by https only. The helper is asked for every host, the
//! public registry too, so that `{}` without a word is the answer for one that is not ours. Standard error is shown
//! where the exit code is not 0.

use anyhow::Result;
use serde::Serialize;

use super::resolve::{self, Credential};
use super::{Failure, json};
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Foreign, WebOrigin};
use crate::secret::Secret;

const NOTHING: &str = "{}\n";

/// `get` answers; `store` and `forget` are `terraform login` and `logout`, which are not for our session.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(operation: &str, host: &str, context: &Context) -> Result<(), Failure> {
    match operation {
        "get" => {}
        "store" => return Err(Usage::HelperKeepsNothing.into()),
        "forget" => return Err(Usage::HelperForgetsNothing.into()),
        other => return Err(Usage::HelperOperation(Foreign::new(other)).into()),
    }
    let answer = read(host).map_err(Into::into).and_then(|origin| answer(&resolve::resolve(&[origin], context)?));
    match answer {
        Ok(answer) => Ok(context.terminal.print(&answer)?),
        Err(error) => {
            context.terminal.show(NOTHING)?;
            if resolve::is_unbound(&error) { Ok(()) } else { Err(error.into()) }
        }
    }
}

/// Where a host is.
///
/// # Errors
/// [`Usage::HelperAddress`]
pub fn read(host: &str) -> Result<WebOrigin, Usage> {
    WebOrigin::of_host("https", host).map_err(Usage::HelperAddress)
}

/// The answer of `get`. Terraform knows bearer tokens only.
///
/// # Errors
/// None that can be told of.
pub fn answer(credential: &Credential) -> Result<Secret> {
    #[derive(Serialize)]
    struct Answer<'a> {
        token: &'a str,
    }
    json(&Answer { token: credential.token.expose() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;

    #[test]
    fn a_host_may_have_a_port() {
        let origin = |host: &str| read(host).map(|origin| origin.to_string()).ok();
        assert_eq!(origin("tf.example.com").as_deref(), Some("https://tf.example.com"));
        assert_eq!(origin("tf.example.com:8443").as_deref(), Some("https://tf.example.com:8443"));
        for bad in ["", "h/x", "u@h", "https://h", "h\n", "h\0", "h h", "h?x", "h#x", ":1"] {
            assert_eq!(origin(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn the_answer_is_the_token_alone() {
        let (token, scheme) = (Secret::new("t0\"k3n".into()), Scheme::Basic("ada".into()));
        let credential = Credential { token, scheme, username: "ada".into(), expires_at: None };
        assert_eq!(answer(&credential).unwrap().expose(), r#"{"token":"t0\"k3n"}"#);
    }
}
