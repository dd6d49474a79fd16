//! The command line of Python's `keyring`, by which pip (`--keyring-provider subprocess`) and uv ask: `keyring/cli.py`.
//!
//! `get SERVICE USER` prints a password; `--mode creds` makes the user's name optional and prints it first; `--output
//! json` prints both as an object. pip asks for the address of the index and then for its host; uv in the same order.
//!
//! Both start the first `keyring` in PATH, so that this one stands in the place of the real one. What is not ours is
//! passed on to that, whatever it is, and nothing is said of it: other indexes, and other programs, have their
//! passwords there. Where there is none, the exit code says that nothing was found. Standard error is shown to the
//! person as it comes.

use anyhow::{Error, Result};
use serde::Serialize;
use url::Url;

use super::resolve::{self, Credential};
use super::{Failure, json};
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::WebOrigin;
use crate::secret::Secret;
use crate::settings::{Scheme, SettingsError};
use crate::sys::handover::Successor;

const NAME: &str = "keyring";

/// `get` answers, for a service that is ours. `set` and `del` for such a one are refused.
///
/// # Errors
/// Whatever kept it from a token.
pub fn run(words: &[String], context: &Context) -> Result<(), Failure> {
    let Some(asked) = Asked::read(words) else {
        return Err(pass_on(words, context, Usage::HelperInput("this is asked of the keyring itself").into()));
    };
    match get(&asked, context) {
        Ok(answer) => Ok(context.terminal.print(&answer)?),
        Err(error) if resolve::is_unbound(&error) => Err(pass_on(words, context, error)),
        Err(error) => Err(error.into()),
    }
}

fn get(asked: &Asked<'_>, context: &Context) -> Result<Secret> {
    let chosen = resolve::choose(&asked.origins, context)?;
    match asked.operation {
        // Another user's password is not ours to give.
        Operation::Get if !asked.is_for(&chosen.service.scheme) => {
            Err(SettingsError::NotBound { origins: asked.origins.clone(), profile: None }.into())
        }
        Operation::Get => asked.answer(&resolve::serve(&chosen, context)?),
        Operation::Set => Err(Usage::HelperKeepsNothing.into()),
        Operation::Del => Err(Usage::HelperForgetsNothing.into()),
    }
}

/// Asks the real one, and does not come back where there is one.
fn pass_on(words: &[String], context: &Context, error: Error) -> Failure {
    if let Ok(mut next) = Successor::next(NAME, &context.environment) {
        next.arguments(words);
        let _ = next.start();
    }
    Failure::with_exit(error, 1).silently()
}

/// What is to be done with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Get,
    Set,
    Del,
}

/// A call that may be for us.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    operation: Operation,
    origins: Vec<WebOrigin>,
    user: Option<&'a str>,
    with_user: bool,
    json: bool,
}

impl<'a> Asked<'a> {
    /// Reads the arguments as argparse does, apart from shortened options, which no program writes; `None` for what
    /// only the real one can answer: another operation, a certain backend, a service that is no address of the web.
    #[must_use]
    pub fn read(words: &'a [String]) -> Option<Self> {
        let (mut with_user, mut json, mut options) = (false, false, true);
        let mut places: Vec<&str> = Vec::new();
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            if !options || !word.starts_with('-') || word == "-" {
                places.push(word);
                continue;
            }
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            match name {
                "--" if value.is_none() => options = false,
                "--mode" | "--output" => match (name, value.or_else(|| words.next())?) {
                    ("--mode", "password") => with_user = false,
                    ("--mode", "creds") => with_user = true,
                    ("--output", "plain") => json = false,
                    ("--output", "json") => json = true,
                    _ => return None,
                },
                _ => return None,
            }
        }
        let (operation, service, user) = match places[..] {
            [operation, service] => (operation, service, None),
            [operation, service, user] => (operation, service, Some(user)),
            _ => return None,
        };
        let operation = match operation {
            "get" if user.is_some() || with_user => Operation::Get,
            "set" if user.is_some() => Operation::Set,
            "del" if user.is_some() => Operation::Del,
            _ => return None,
        };
        let user = user.filter(|user| !user.is_empty());
        let breaks = |text: &str| text.chars().any(char::is_control);
        if breaks(service) || user.is_some_and(breaks) {
            return None;
        }
        Some(Self { operation, origins: origins(service)?, user, with_user, json })
    }

    /// Whether that user's password is what the service takes.
    fn is_for(&self, scheme: &Scheme) -> bool {
        match (scheme, self.user) {
            (Scheme::Basic(user), Some(asked)) => user == asked,
            _ => true,
        }
    }

    /// # Errors
    /// None that can be told of.
    pub fn answer(&self, credential: &Credential) -> Result<Secret> {
        #[derive(Serialize)]
        struct Answer<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            username: Option<&'a str>,
            password: &'a str,
        }
        let user = match &credential.scheme {
            Scheme::Basic(user) => user,
            Scheme::Bearer => self.user.unwrap_or(&credential.username),
        };
        let (username, password) = (self.with_user.then_some(user), credential.token.expose());
        match username {
            _ if self.json => json(&Answer { username, password }),
            Some(user) => Ok(Secret::new([user, "\n", password].concat())),
            None => Ok(Secret::new(password.to_owned())),
        }
    }
}

/// Where a service is: an address, which may name a user, or a host. A word without a dot or a port is the name of
/// something else in the keyring.
fn origins(service: &str) -> Option<Vec<WebOrigin>> {
    if !service.contains("://") {
        let is_host = service.contains(['.', ':']) || service == "localhost";
        return resolve::asked(service).ok().filter(|_| is_host);
    }
    // Both ideas of where the host begins have to be the same.
    let mut url = Url::parse(service).ok()?;
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_fragment(None);
    let (scheme, rest) = service.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let origin = WebOrigin::of_host(scheme, host).ok()?;
    let origins = resolve::asked(url.as_str()).ok()?;
    (origins == [origin]).then_some(origins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn answer(line: &str, scheme: Scheme) -> Option<String> {
        let words = words(line);
        let asked = Asked::read(&words)?;
        assert_eq!(asked.origins[0].as_str(), "https://pypi.example.com", "{line}");
        let (token, username) = (Secret::new("t0k3n".into()), "ada".to_owned());
        let credential = Credential { token, scheme: scheme.clone(), username, expires_at: None };
        asked.is_for(&scheme).then(|| asked.answer(&credential).unwrap().expose().to_owned())
    }

    const PIP_26: &str = "--mode=creds --output=json get";

    #[test]
    fn the_three_dialects() {
        for (line, bearer, basic) in [
            ("get https://pypi.example.com/simple/ ada", Some("t0k3n"), None),
            ("get https://pypi.example.com/simple/ bob", Some("t0k3n"), Some("t0k3n")),
            ("get pypi.example.com bob", Some("t0k3n"), Some("t0k3n")),
            ("get https://pypi.example.com/simple/ --mode creds", Some("ada\nt0k3n"), Some("bob\nt0k3n")),
            ("get pypi.example.com --mode creds", Some("ada\nt0k3n"), Some("bob\nt0k3n")),
            ("get https://x:y@pypi.example.com:443/simple/#f bob --mode=creds", Some("bob\nt0k3n"), Some("bob\nt0k3n")),
            (
                &format!("{PIP_26} https://pypi.example.com/simple/"),
                Some(r#"{"username":"ada","password":"t0k3n"}"#),
                Some(r#"{"username":"bob","password":"t0k3n"}"#),
            ),
            (&format!("{PIP_26} pypi.example.com ada"), Some(r#"{"username":"ada","password":"t0k3n"}"#), None),
            (
                "--output json get -- pypi.example.com bob",
                Some(r#"{"password":"t0k3n"}"#),
                Some(r#"{"password":"t0k3n"}"#),
            ),
            ("--mode creds get pypi.example.com u --mode password", Some("t0k3n"), None),
        ] {
            assert_eq!(answer(line, Scheme::Bearer).as_deref(), bearer, "{line}");
            assert_eq!(answer(line, Scheme::Basic("bob".into())).as_deref(), basic, "{line}");
        }
    }

    #[test]
    fn what_is_not_ours_is_the_real_ones() {
        for line in [
            "",
            "get",
            "get https://h",
            "get system ada",
            "get u:p@h ada",
            "get http://h ada",
            "get https://h ada x",
            "diagnose",
            "--list-backends",
            "-b keyring.backends.null.Keyring get https://h ada",
            "--keyring-path=/x get https://h ada",
            "--mode anonymous get https://h ada",
            "--mode",
            "--output",
            "--output=xml get https://h ada",
            "set https://h",
            "get https://h\n ada",
            "get https://h a\nb",
            "get https://h\0 ada",
            "get ht\ttps://h ada",
            "get https://a\\@b\r ada",
        ] {
            assert!(Asked::read(&words(line)).is_none(), "{line:?}");
        }
        for (line, operation) in [("set https://h ada", Operation::Set), ("del https://h ada", Operation::Del)] {
            assert_eq!(Asked::read(&words(line)).unwrap().operation, operation);
        }
    }

    #[test] // T08
    fn an_address_that_can_be_read_in_two_ways_is_not_ours() {
        for address in [
            "https://evil.example\\@pypi.example.com/",
            "https://pypi.example.com\\@evil.example/",
            "https://u@pypi%2eexample.com/",
            "http://u@0177.0.0.1/",
            "https:u@pypi.example.com",
        ] {
            assert!(Asked::read(&words(&format!("get {address} ada"))).is_none(), "{address}");
        }
    }
}
