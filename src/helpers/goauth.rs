//! Go's `GOAUTH` commands: `go help goauth`; `cmd/go/internal/auth/userauth.go`.
//!
//! First it is called with nothing, and says all that it has; then, for an address to which the server answered 4xx,
//! with that address and with the answer on standard input, whose first line is its status. 401 means that a token was
//! rejected, and not which: Go sends many requests at once, and calls for each that was refused. An answer is taken
//! whole or, with an exit code, not at all, so that an origin without a token is left out. Go asks for https only.
//! Standard error is shown with `go -x` where nothing was answered for the address.

use anyhow::{Error, Result};

use super::resolve::{self, Credential};
use super::{Failure, LIMIT, told};
use crate::context::Context;
use crate::error::Usage;
use crate::oauth::WebOrigin;
use crate::secret::Secret;
use crate::sys::stdin;

const REJECTED: u16 = 401;

/// Answers for all, or for an address.
///
/// # Errors
/// Whatever kept it from the token for the address, or from every single one.
pub fn run(url: Option<&str>, context: &Context) -> Result<(), Failure> {
    match url {
        Some(url) => Ok(one(url, context)?),
        None => all(context),
    }
}

fn all(context: &Context) -> Result<(), Failure> {
    let mut answer = Secret::new(String::new());
    let mut lines = Vec::new();
    let mut last = None;
    // A profile's own token that could not be had is not asked for once more: a server that does not answer would keep
    // Go waiting for each service.
    let mut missing = Vec::new();
    for origin in resolve::bound(context)?.into_iter().filter(is_https) {
        let chosen = resolve::choose(std::slice::from_ref(&origin), context);
        let own = chosen.as_ref().ok().filter(|chosen| chosen.service.narrowing().is_none());
        let own = own.map(|chosen| (chosen.profile.clone(), chosen.service.token));
        if own.as_ref().is_some_and(|own| missing.contains(own)) {
            continue;
        }
        match chosen.map_err(Error::from).and_then(|chosen| resolve::serve(&chosen, context)) {
            Ok(credential) => answer = joined(&answer, &block(&origin, &credential)),
            Err(error) => {
                missing.extend(own);
                lines.push(told(&error, context));
                last = Some(error);
            }
        }
    }
    if answer.is_empty() {
        // The last is told as every failure is.
        lines.pop();
    }
    for line in &lines {
        context.terminal.complain(line);
    }
    match last {
        _ if !answer.is_empty() => Ok(context.terminal.print(&answer)?),
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

fn one(url: &str, context: &Context) -> Result<(), Error> {
    let origin = WebOrigin::of_url(url).map_err(Usage::HelperAddress)?;
    let origins = [origin];
    let chosen = resolve::choose(&origins, context)?;
    let status = status(&stdin::line(LIMIT)?);
    let mut credential = resolve::serve(&chosen, context)?;
    if status == Some(REJECTED) {
        resolve::rejected(&origins, &credential.token, context)?;
        credential = resolve::serve(&chosen, context)?;
    }
    let [origin] = origins;
    Ok(context.terminal.print(&block(&origin, &credential))?)
}

fn is_https(origin: &WebOrigin) -> bool {
    origin.as_str().starts_with("https:")
}

/// The status in the first line of an answer, `HTTP/1.1 401 Unauthorized` (RFC 9112 §4).
#[must_use]
pub fn status(line: &Secret) -> Option<u16> {
    let mut words = line.expose().split_ascii_whitespace();
    let is_http = words.next()?.starts_with("HTTP/");
    let status = words.next().filter(|word| is_http && word.len() == 3)?;
    status.parse().ok()
}

/// What is said of an origin: the address, an empty line, the header, and the first half of another empty line.
#[must_use]
pub fn block(origin: &WebOrigin, credential: &Credential) -> Secret {
    Secret::new([origin.as_str(), "\n\nAuthorization: ", credential.authorization().expose(), "\n"].concat())
}

/// Several blocks, one after the other.
fn joined(before: &Secret, block: &Secret) -> Secret {
    let between = if before.is_empty() { "" } else { "\n" };
    Secret::new([before.expose(), between, block.expose()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Scheme;

    #[test]
    fn a_status_is_in_the_first_line() {
        let status = |line: &str| status(&Secret::new(line.into()));
        assert_eq!(status("HTTP/1.1 401 Unauthorized"), Some(401));
        assert_eq!(status("HTTP/2.0 404 Not Found\r"), Some(404));
        assert_eq!(status("HTTP/2.0 401"), Some(401));
        for bad in ["", "401", "HTTP/1.1", "HTTP/1.1 4010 x", "HTTP/1.1 4o1", "GET / HTTP/1.1 401", "HTTP/1.1 +41"] {
            assert!(status(bad).is_none_or(|status| status != REJECTED), "{bad}");
        }
    }

    #[test]
    fn blocks_are_ended_by_empty_lines() {
        let block = |origin: &str| {
            let (token, scheme) = (Secret::new("t0k3n".into()), Scheme::Bearer);
            let credential = Credential { token, scheme, username: "ada".into(), expires_at: None };
            block(&WebOrigin::parse(origin).unwrap(), &credential)
        };
        let (a, b) = (block("https://a.example"), block("https://b.example:8443"));
        let all = joined(&joined(&Secret::new(String::new()), &a), &b);
        assert_eq!(
            all.into_line().expose(),
            "https://a.example\n\nAuthorization: Bearer t0k3n\n\n\
             https://b.example:8443\n\nAuthorization: Bearer t0k3n\n\n"
        );
    }
}
