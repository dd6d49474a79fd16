//! Bazel's credential helpers, which other build tools use as well: the Credential Helpers Specification
//! (EngFlow/credential-helper-spec), command `get`.
//!
//! JSON in, JSON out; a failure is an exit code, and so is an address that is not ours ("SHOULD return an error"). What
//! is on standard error is shown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::resolve::{self, Credential};
use super::{Failure, LIMIT, json};
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::{Foreign, WebOrigin};
use crate::secret::Secret;
use crate::sys::clock::UnixTime;
use crate::sys::stdin;

/// `get` answers.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(operation: &str, context: &Context) -> Result<(), Failure> {
    if operation != "get" {
        return Err(Usage::HelperOperation(Foreign::new(operation)).into());
    }
    let input = stdin::to_end(LIMIT)?;
    let credential = resolve::resolve(&[read(input.expose())?], context)?;
    Ok(context.terminal.print(&answer(&credential)?)?)
}

/// Whom the request is for. gRPC is HTTP/2, and the service is the same under both names.
///
/// # Errors
/// [`Usage`]
pub fn read(input: &str) -> Result<WebOrigin, Usage> {
    #[derive(Deserialize)]
    struct Request {
        uri: String,
    }
    let request: Request = serde_json::from_str(input)
        .map_err(|_| Usage::HelperInput("standard input holds no JSON object with a \"uri\""))?;
    let url = match request.uri.split_once("://") {
        Some(("grpcs", rest)) => Cow::Owned(format!("https://{rest}")),
        Some(("grpc", rest)) => Cow::Owned(format!("http://{rest}")),
        _ => Cow::Borrowed(request.uri.as_str()),
    };
    WebOrigin::of_url(&url).map_err(Usage::HelperAddress)
}

/// The headers that go with a request.
///
/// # Errors
/// None that can be told of.
pub fn answer(credential: &Credential) -> Result<Secret> {
    #[derive(Serialize)]
    struct Answer<'a> {
        headers: BTreeMap<&'a str, [&'a str; 1]>,
        #[serde(skip_serializing_if = "Option::is_none")]
        expires: Option<String>,
    }
    let value = credential.authorization();
    let headers = BTreeMap::from([("Authorization", [value.expose()])]);
    json(&Answer { headers, expires: credential.expires_at.and_then(UnixTime::rfc3339) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;

    #[test]
    fn an_address_is_of_the_web_or_of_grpc() {
        let origin = |uri: &str| read(&format!(r#"{{"uri":"{uri}","x":1}}"#)).map(|origin| origin.to_string()).ok();
        for (uri, is) in [
            ("https://cache.example.com/a/b?c", "https://cache.example.com"),
            ("grpcs://cache.example.com:8980/build.bazel.Service/Method", "https://cache.example.com:8980"),
            ("grpcs://cache.example.com:443", "https://cache.example.com"),
            ("grpc://127.0.0.1:8980", "http://127.0.0.1:8980"),
        ] {
            assert_eq!(origin(uri).as_deref(), Some(is), "{uri}");
        }
        for bad in [
            "",
            "cache.example.com",
            "http://cache.example.com",
            "grpc://cache.example.com",
            "https://u:p@h/",
            "https://h/\\r\\nX: y",
            "https://h/\\u0000",
            "file:///x",
            "https://",
        ] {
            assert_eq!(origin(bad), None, "{bad}");
        }
        for bad in
            ["", "{}", "[]", "{\"uri\":1}", "{\"uri\":\"https://h\"}x", "{\"uri\":\"https://h\",\"uri\":\"https://i\"}"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_answer_is_a_header_and_its_end() {
        let answer = |expires_at| {
            let (token, scheme) = (Secret::new("t0k3n".into()), Scheme::Bearer);
            answer(&Credential { token, scheme, username: "ada".into(), expires_at }).unwrap().expose().to_owned()
        };
        assert_eq!(
            answer(Some(UnixTime(1_772_370_300))),
            r#"{"headers":{"Authorization":["Bearer t0k3n"]},"expires":"2026-03-01T13:05:00Z"}"#
        );
        assert_eq!(answer(None), r#"{"headers":{"Authorization":["Bearer t0k3n"]}}"#);
    }
}
