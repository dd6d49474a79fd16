//! git's credential helper protocol: git-credential(1) "INPUT/OUTPUT FORMAT", gitcredentials(7) "CUSTOM HELPERS".
//!
//! Lines of `key=value` up to an empty one. Since git 2.46 a helper may name the scheme (`authtype`), if git says that
//! it can have one; before, a token is the password of a user.

use super::resolve::{self, Credential};
use super::{Failure, LIMIT};
use crate::context::Context;
use crate::oauth::WebOrigin;
use crate::secret::Secret;
use crate::settings::Scheme;
use crate::sys::stdin;

/// `get` answers; `erase` says that the server rejected what git had from us; whatever else git may come to know is
/// ignored, as it has to be.
///
/// # Errors
/// Whatever kept it from a token. For a service that nobody is bound to there is no answer and no error: git asks the
/// next helper.
pub fn run(operation: &str, context: &Context) -> Result<(), Failure> {
    let input = stdin::to_empty_line(LIMIT)?;
    let asked = Asked::read(&input);
    // What is no address of ours may be another helper's.
    let Some(origin) = asked.origin() else { return Ok(()) };
    let outcome = match operation {
        "get" => resolve::resolve(&[origin], context).and_then(|credential| {
            Ok(asked.answer(&credential).map_or(Ok(()), |answer| context.terminal.print(&answer))?)
        }),
        "erase" => asked.credential().map_or(Ok(()), |token| resolve::rejected(&[origin], &token, context)),
        _ => Ok(()),
    };
    outcome.or_else(|error| if resolve::is_unbound(&error) { Ok(()) } else { Err(error.into()) })
}

/// What git said.
pub struct Asked<'a> {
    lines: Vec<(&'a str, &'a str)>,
}

impl<'a> Asked<'a> {
    /// Reads lines of `key=value`, up to an empty one.
    #[must_use]
    pub fn read(input: &'a Secret) -> Self {
        let lines = input.expose().split('\n').take_while(|line| !line.is_empty());
        Self { lines: lines.filter_map(|line| line.split_once('=')).collect() }
    }

    /// The value of a key that is said once. Said twice it is an address that broke out of its line in a git before
    /// 2.26.1 (CVE-2020-5260): then git goes to the one and asks for the other.
    fn get(&self, key: &str) -> Option<&'a str> {
        let mut values = self.all(key);
        values.next().filter(|_| values.next().is_none())
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter(move |(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// Where the repository is; `None` for what is no address of ours.
    #[must_use]
    pub fn origin(&self) -> Option<WebOrigin> {
        let (protocol, host) = (self.get("protocol")?, self.get("host")?);
        WebOrigin::of_host(protocol, host).ok()
    }

    /// The token that git had.
    fn credential(&self) -> Option<Secret> {
        let token = self.get("credential").or_else(|| self.get("password"))?;
        Some(Secret::new(token.to_owned()))
    }

    /// Whether git can be told the scheme, and the server did not say that it has another one only.
    fn takes_bearer(&self) -> bool {
        // One header may hold several challenges (RFC 9110 §11.6.1). What a quoted text seems to offer does no harm: the
        // server is one that is bound.
        let offers = |scheme: &str| {
            let words = self.all("wwwauth[]").flat_map(|header| header.split(','));
            words.filter_map(|part| part.split_ascii_whitespace().next()).any(|word| word.eq_ignore_ascii_case(scheme))
        };
        self.all("capability[]").any(|capability| capability == "authtype") && (offers("bearer") || !offers("basic"))
    }

    /// The answer without its last newline; `None` where git asks for another user's, or for one who cannot stand in it:
    /// an address such as `https://a%0db@h` has git ask for him.
    #[must_use]
    pub fn answer(&self, credential: &Credential) -> Option<Secret> {
        let token = credential.token.expose();
        let asked_for = self.get("username").filter(|name| !name.is_empty());
        if asked_for.is_some_and(|name| name.contains(['\r', '\0'])) {
            return None;
        }
        let text = if credential.scheme == Scheme::Bearer && self.takes_bearer() {
            format!("capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1")
        } else {
            let user = match (&credential.scheme, asked_for) {
                (Scheme::Basic(user), Some(asked)) if user != asked => return None,
                (Scheme::Basic(user), _) => user,
                (Scheme::Bearer, asked) => asked.unwrap_or(&credential.username),
            };
            format!("username={user}\npassword={token}")
        };
        let expiry = credential.expires_at.map(|at| format!("\npassword_expiry_utc={}", at.0));
        Some(Secret::new(text + expiry.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::clock::UnixTime;

    fn answer(input: &str, scheme: Scheme) -> Option<String> {
        let input = Secret::new(input.into());
        let (token, username) = (Secret::new("t0k3n".into()), "ada".to_owned());
        let credential = Credential { token, scheme, username, expires_at: Some(UnixTime(99)) };
        Asked::read(&input).answer(&credential).map(|answer| answer.expose().to_owned())
    }

    const NEW: &str = "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=h\n";

    #[test]
    fn the_scheme_is_named_where_git_and_the_server_know_it() {
        let bearer = "capability[]=authtype\nauthtype=Bearer\ncredential=t0k3n\nephemeral=1\npassword_expiry_utc=99";
        let basic = "username=ada\npassword=t0k3n\npassword_expiry_utc=99";
        let with = |header: &str| answer(&format!("{NEW}wwwauth[]={header}\n"), Scheme::Bearer).unwrap();
        assert_eq!(answer(NEW, Scheme::Bearer).unwrap(), bearer);
        assert_eq!(with("Bearer realm=\"x\""), bearer);
        assert_eq!(with("Negotiate"), bearer);
        assert_eq!(with("Basic realm=\"x\""), basic);
        assert_eq!(with("basic realm=\"x\"\nwwwauth[]=bearer"), bearer);
        assert_eq!(with("Basic realm=\"x\", Bearer"), bearer);
        assert_eq!(with("Basic realm=\"Bearer\", charset=\"UTF-8\""), basic);
        assert_eq!(answer("protocol=https\nhost=h\n", Scheme::Bearer).unwrap(), basic);
        assert_eq!(
            answer(NEW, Scheme::Basic("bob".into())).unwrap(),
            "username=bob\npassword=t0k3n\npassword_expiry_utc=99"
        );
    }

    #[test]
    fn another_users_password_is_not_given() {
        let input = "protocol=https\nhost=h\nusername=eve\n";
        assert_eq!(answer(input, Scheme::Basic("bob".into())), None);
        assert!(answer(input, Scheme::Bearer).unwrap().starts_with("username=eve\n"));
    }

    #[test] // I03
    fn a_user_who_would_break_out_of_his_line_is_nobody() {
        for name in ["a\rb", "a\0b"] {
            assert_eq!(answer(&format!("protocol=https\nhost=h\nusername={name}\n"), Scheme::Bearer), None);
        }
    }

    #[test] // I03
    fn what_is_asked_for_ends_with_an_empty_line() {
        let input = Secret::new("protocol=https\nhost=h:8443\n\nhost=evil\n".into());
        let asked = Asked::read(&input);
        assert_eq!(asked.origin().unwrap().as_str(), "https://h:8443");
        for bad in [
            "",
            "protocol=https\n",
            "host=h\n",
            "protocol=https\nhost=\n",
            "protocol=http\nhost=h\n",
            "protocol=ssh\nhost=h\n",
            "protocol=https\nhost=h\r\n",
            "protocol=https\nhost=h/x\n",
            "protocol=https\nhost=u@h\n",
            "protocol=https\nhost=evil\nhost=h\n",
            "protocol=https\nhost=h\\\n",
            "protocol=https\nhost=%68\n",
            "protocol=https\nhost=h\0\n",
        ] {
            assert!(Asked::read(&Secret::new(bad.into())).origin().is_none(), "{bad:?}");
        }
        let erased = Secret::new("protocol=https\nhost=h\nusername=a\npassword=p\n".into());
        assert!(Asked::read(&erased).credential().unwrap().same_as(&Secret::new("p".into())));
    }
}
