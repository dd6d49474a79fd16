//! The protocol of docker's credential helpers, which podman, skopeo, crane and oras speak as well:
//! docker-credential-helpers, README "Development" and `client/client.go`.
//!
//! `get` reads a registry's address as the client has it (`host`, `host:port`, or an address with a path for Docker
//! Hub) and gets JSON. On failure the client reads standard output, so that the line stands there as well; one text
//! means that there is nothing, and then nothing is told, because this may be the helper for all registries. docker
//! shows standard error as it comes.
//!
//! To clients the user `<token>` means that the secret is a refresh token. It is one only where a service is bound like
//! that: `--as 'basic:<token>'`.

use std::collections::BTreeMap;

use anyhow::{Error, Result};
use serde::Serialize;

use super::resolve::{self, Credential};
use super::{Failure, LIMIT, json, told};
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Foreign, WebOrigin};
use crate::secret::Secret;
use crate::sys::stdin;

/// `credentials/error.go`: what has to stand on standard output, to the byte.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// `get` and `list` answer. `erase` is a logout of docker's, and our session is none of it.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(operation: &str, context: &Context) -> Result<(), Failure> {
    let answer = match operation {
        "get" => get(context),
        "list" => resolve::users(context).map_err(Error::from).and_then(|users| list(&users)),
        "erase" => return Ok(()),
        "store" => Err(Usage::HelperKeepsNothing.into()),
        other => Err(Usage::HelperOperation(Foreign::new(other)).into()),
    };
    let error = match answer.and_then(|answer| Ok(context.terminal.print(&answer)?)) {
        Ok(()) => return Ok(()),
        Err(error) => error,
    };
    if resolve::is_unbound(&error) {
        context.terminal.show(&format!("{NOT_FOUND}\n"))?;
        return Err(Failure::with_exit(error, 1).silently());
    }
    context.terminal.show(&format!("{}\n", told(&error, context)))?;
    Err(Failure::with_exit(error, 1))
}

fn get(context: &Context) -> Result<Secret> {
    let input = stdin::to_end(LIMIT)?;
    let (server, origins) = read(input.expose())?;
    answer(server, &resolve::resolve(&origins, context)?)
}

/// The registry as the client has it, and where that is. The client ends it with a newline or does not.
///
/// # Errors
/// [`Usage`]
pub fn read(input: &str) -> Result<(&str, Vec<WebOrigin>), Usage> {
    let server = input.trim_ascii();
    if server.is_empty() {
        return Err(Usage::HelperInput("standard input holds no registry"));
    }
    Ok((server, resolve::asked(server)?))
}

/// The answer of `get`.
///
/// # Errors
/// None that can be told of.
pub fn answer(server: &str, credential: &Credential) -> Result<Secret> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer<'a> {
        #[serde(rename = "ServerURL")]
        server: &'a str,
        username: &'a str,
        secret: &'a str,
    }
    json(&Answer { server, username: &credential.username, secret: credential.token.expose() })
}

/// The answer of `list`: addresses, each with a user's name.
fn list(users: &[(WebOrigin, String)]) -> Result<Secret> {
    json(&users.iter().map(|(origin, user)| (origin.as_str(), user.as_str())).collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;

    #[test]
    fn a_registry_is_a_host_or_an_address() {
        let origins = |input: &str| {
            read(input).map(|(_, origins)| origins.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")).ok()
        };
        for (input, is) in [
            ("registry.example.com", "https://registry.example.com"),
            ("registry.example.com:5000\n", "https://registry.example.com:5000"),
            ("https://index.example.com/v1/\r\n", "https://index.example.com"),
            ("localhost:5000", "https://localhost:5000 http://localhost:5000"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
            ("registry.example.com/team/image", "https://registry.example.com"),
        ] {
            assert_eq!(origins(input).as_deref(), Some(is), "{input:?}");
        }
        for bad in ["", " \n", "a\nb", "a\0", "u@h", "http://h", "https://", "ftp://h", "a b", "/x"] {
            assert_eq!(origins(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn an_answer_has_the_address_as_it_was_asked_for() {
        let (token, scheme) = (Secret::new("t0k3n".into()), Scheme::Bearer);
        let credential = Credential { token, scheme, username: "ada".into(), expires_at: None };
        let answer = answer("https://h/v1/", &credential).unwrap();
        assert_eq!(answer.expose(), r#"{"ServerURL":"https://h/v1/","Username":"ada","Secret":"t0k3n"}"#);
    }

    #[test]
    fn a_list_is_a_table() {
        let origin = |text| WebOrigin::parse(text).unwrap();
        assert_eq!(list(&[]).unwrap().expose(), "{}");
        let users = [(origin("b.example"), "bob".to_owned()), (origin("a.example:1"), "ada".to_owned())];
        assert_eq!(list(&users).unwrap().expose(), r#"{"https://a.example:1":"ada","https://b.example":"bob"}"#);
    }
}
