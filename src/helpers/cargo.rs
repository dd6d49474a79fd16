//! cargo's credential providers: The Cargo Book, "Credential Provider Protocol", version 1; `cargo-credential`.
//!
//! A greeting, then a line of JSON for each line of JSON. An exit code other than 0 would be a failure of its own to
//! cargo, so that there is none, and a failure is told in the answer: cargo shows it, and standard error as well, where
//! the line would stand twice. `url-not-supported` lets it ask its next provider.
//!
//! cargo gives words of its own as arguments, and those of its configuration in the request: `["--profile", "corp"]`.

use anyhow::{Error, Result};
use serde::{Deserialize, Serialize};

use super::resolve::{self, Credential};
use super::{Failure, LIMIT, json, told};
use crate::context::Context;
use crate::error::Usage;
use crate::secret::Secret;
use crate::sys::stdin;

const HELLO: &str = "{\"v\":[1]}\n";

/// What a token may be for: `Operation` of `cargo-credential`.
const OPERATIONS: [&str; 5] = ["read", "publish", "yank", "unyank", "owners"];

/// Answers until cargo says no more.
///
/// # Errors
/// That its requests cannot be read, or the answers not be written.
pub fn run(context: &Context) -> Result<(), Failure> {
    context.terminal.show(HELLO)?;
    loop {
        let line = match stdin::line(LIMIT) {
            Ok(line) => line,
            // What is left of it is no line.
            Err(error) => {
                context.terminal.print(&refusal(&Refusal::Other(told(&error.into(), context)))?)?;
                return Ok(());
            }
        };
        if line.is_empty() {
            return Ok(());
        }
        let answer = match Asked::read(&line) {
            Ok(asked) => get(&asked, context).or_else(|error| refusal(&without(&asked, &error, context)))?,
            Err(why) => refusal(&why)?,
        };
        context.terminal.print(&answer)?;
    }
}

/// Why there is no token. cargo says of a registry that is not ours only that nobody could help, and asks its next
/// provider: who gave a profile for it learns what to type, and others may have one of their own for it.
fn without(asked: &Asked, error: &Error, context: &Context) -> Refusal {
    // An index over ssh, in clear or on disk is another provider's.
    let is_no_address = matches!(error.downcast_ref(), Some(Usage::HelperAddress(_)));
    let is_unbound = resolve::is_unbound(error);
    if is_unbound && !asked.words.is_empty() {
        context.terminal.complain(&told(error, context));
    }
    if is_no_address || is_unbound { Refusal::UrlNotSupported } else { Refusal::Other(told(error, context)) }
}

fn get(asked: &Asked, context: &Context) -> Result<Secret> {
    let profile = asked.profile()?;
    // Both kinds of index have an address; which kind it is stands before it.
    let url = asked.url.strip_prefix("sparse+").or_else(|| asked.url.strip_prefix("registry+")).unwrap_or(&asked.url);
    let chosen = resolve::choose_by(profile.as_deref(), &resolve::asked(url)?, context)?;
    answer(&resolve::serve(&chosen, context)?)
}

/// A request for a token.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    url: String,
    words: Vec<String>,
}

/// Why there is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The registry is not ours.
    UrlNotSupported,
    /// That is not done here: `login`, `logout`, and whatever may come.
    OperationNotSupported,
    /// Anything else, in words.
    Other(String),
}

impl Asked {
    /// Reads a request. It may hold a token, with `login`, which is not looked at.
    ///
    /// # Errors
    /// [`Refusal`]
    pub fn read(line: &Secret) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        #[derive(Deserialize)]
        struct Request {
            kind: String,
            operation: Option<String>,
            registry: Registry,
            #[serde(default)]
            args: Vec<String>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        struct Registry {
            index_url: String,
        }
        let text = line.expose();
        let other = |why: &str| Refusal::Other(format!("tok: {why}"));
        let version: Version = serde_json::from_str(text).map_err(|_| other("what cargo says is no request"))?;
        if version.v != 1 {
            return Err(other("cargo speaks another version of the protocol"));
        }
        let request: Request = serde_json::from_str(text).map_err(|_| other("what cargo says is no request"))?;
        let is_known = request.operation.is_some_and(|name| OPERATIONS.contains(&name.as_str()));
        if request.kind != "get" || !is_known {
            return Err(Refusal::OperationNotSupported);
        }
        Ok(Self { url: request.registry.index_url, words: request.args })
    }

    /// The profile that the configuration names.
    ///
    /// # Errors
    /// [`Usage::HelperInput`] for any other word.
    pub fn profile(&self) -> Result<Option<String>, Usage> {
        let bad = || Usage::HelperInput("cargo's configuration gives arguments other than --profile NAME");
        let mut profile = None;
        let mut words = self.words.iter();
        while let Some(word) = words.next() {
            profile = Some(match (word.as_str(), word.strip_prefix("--profile=")) {
                ("-p" | "--profile", _) => words.next().ok_or_else(bad)?.clone(),
                (_, Some(name)) => name.to_owned(),
                _ => return Err(bad()),
            });
        }
        Ok(profile)
    }
}

/// The answer with a token, which is the whole value of the header.
///
/// # Errors
/// None that can be told of.
pub fn answer(credential: &Credential) -> Result<Secret> {
    #[derive(Serialize)]
    struct Handed<'a> {
        kind: &'a str,
        token: &'a str,
        cache: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        expiration: Option<i64>,
        operation_independent: bool,
    }
    #[derive(Serialize)]
    struct Answer<'a> {
        #[serde(rename = "Ok")]
        ok: Handed<'a>,
    }
    let expiration = credential.expires_at.map(|at| at.0);
    let cache = if expiration.is_some() { "expires" } else { "session" };
    let token = credential.authorization();
    json(&Answer { ok: Handed { kind: "get", token: token.expose(), cache, expiration, operation_independent: true } })
}

/// The answer without one.
///
/// # Errors
/// None that can be told of.
pub fn refusal(why: &Refusal) -> Result<Secret, Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Why<'a> {
        kind: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        caused_by: Option<[&'a str; 0]>,
    }
    #[derive(Serialize)]
    struct Answer<'a> {
        #[serde(rename = "Err")]
        err: Why<'a>,
    }
    let (kind, message) = match why {
        Refusal::UrlNotSupported => ("url-not-supported", None),
        Refusal::OperationNotSupported => ("operation-not-supported", None),
        Refusal::Other(text) => ("other", Some(text.as_str())),
    };
    json(&Answer { err: Why { kind, message, caused_by: message.map(|_| []) } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;
    use crate::sys::clock::UnixTime;

    const REGISTRY: &str = r#"{"index-url":"sparse+https://h/","name":"corp","headers":["WWW-Authenticate: x"]}"#;

    fn read(line: &str) -> Result<Asked, Refusal> {
        Asked::read(&Secret::new(line.into()))
    }

    #[test]
    fn a_token_is_for_any_of_cargos_operations() {
        for operation in OPERATIONS {
            let asked = read(&format!(
                r#"{{"v":1,"kind":"get","operation":"{operation}","name":"sample","registry":{REGISTRY}}}"#
            ));
            assert_eq!(asked, Ok(Asked { url: "sparse+https://h/".into(), words: vec![] }), "{operation}");
        }
    }

    #[test]
    fn nothing_else_is_done_for_it() {
        let request = |kind: &str| read(&format!(r#"{{"v":1,{kind},"registry":{{"index-url":"https://h"}}}}"#));
        for kind in [
            r#""kind":"login","token":"canary","login-url":"https://h/me""#,
            r#""kind":"logout""#,
            r#""kind":"dance""#,
            r#""kind":"get""#,
            r#""kind":"get","operation":"dance""#,
        ] {
            assert_eq!(request(kind), Err(Refusal::OperationNotSupported), "{kind}");
        }
        for bad in [
            "{",
            "[]",
            "null",
            r#"{"v":2}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"kind":"get","operation":"read"}"#,
            r#"{"v":"1","kind":"get"}"#,
        ] {
            assert!(matches!(read(bad), Err(Refusal::Other(_))), "{bad}");
        }
    }

    #[test]
    fn a_profile_may_be_named_in_the_configuration() {
        let profile = |words: &[&str]| {
            let asked = Asked { url: String::new(), words: words.iter().map(ToString::to_string).collect() };
            asked.profile().map_err(|_| ())
        };
        assert_eq!(profile(&[]), Ok(None));
        for words in [&["-p", "corp"][..], &["--profile", "corp"], &["--profile=corp"], &["-p", "x", "--profile=corp"]]
        {
            assert_eq!(profile(words), Ok(Some("corp".to_owned())), "{words:?}");
        }
        for words in [&["-p"][..], &["corp"], &["--prof", "corp"], &["-pcorp"], &["-p", "corp", "x"], &[""]] {
            assert_eq!(profile(words), Err(()), "{words:?}");
        }
    }

    #[test]
    fn an_answer_is_one_line() {
        let said = |scheme, expires_at| {
            let token = Secret::new("t0k3n".into());
            let credential = Credential { token, scheme, username: "ada".into(), expires_at };
            answer(&credential).unwrap().expose().to_owned()
        };
        assert_eq!(
            said(Scheme::Bearer, Some(UnixTime(99))),
            "{\"Ok\":{\"kind\":\"get\",\"token\":\"Bearer t0k3n\",\"cache\":\"expires\",\"expiration\":99,\
             \"operation_independent\":true}}"
        );
        assert_eq!(
            said(Scheme::Basic("bob".into()), None),
            r#"{"Ok":{"kind":"get","token":"Basic Ym9iOnQwazNu","cache":"session","operation_independent":true}}"#
        );
        let said = |why| refusal(&why).unwrap().expose().to_owned();
        assert_eq!(said(Refusal::UrlNotSupported), r#"{"Err":{"kind":"url-not-supported"}}"#);
        assert_eq!(said(Refusal::OperationNotSupported), r#"{"Err":{"kind":"operation-not-supported"}}"#);
        assert_eq!(
            said(Refusal::Other("a\n\"b\"".into())),
            r#"{"Err":{"kind":"other","message":"a\n\"b\"","caused-by":[]}}"#
        );
    }
}
