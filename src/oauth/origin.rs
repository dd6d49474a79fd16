//! The origin of a service: to whom a token may be handed.

use std::fmt;

use super::{BadUrl, Endpoint, Foreign};

/// Scheme, host and port (RFC 6454 §4), compared exactly: `https://git.example.com`, the port only where it is not the
/// scheme's own. Always https, or http to a loopback address or `localhost` itself (T01).
///
/// A name below `localhost` is refused with http: an older resolver asks the name server for it, and the program that gets
/// the token is not ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WebOrigin(String);

impl WebOrigin {
    /// Reads an origin as a person writes it: without a scheme it is https; a slash may follow, nothing more.
    ///
    /// # Errors
    /// [`BadUrl`]
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let url = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let endpoint = Endpoint::parse(&url)?;
        let bare = endpoint.url().path() == "/" && endpoint.url().query().is_none();
        if bare { Self::of(&endpoint) } else { Err(BadUrl::Path) }
    }

    /// The origin of an address with a path, as a program has it: the program that goes there reads it on its own, so
    /// that it has to be written just as the origin is, capital letters and the scheme's own port apart. To one reader
    /// `0177.0.0.1` is this machine and to another 177.0.0.1, and readers differ on `127.0.0.1.`, `%61`, `\\` and other
    /// alphabets as well.
    ///
    /// # Errors
    /// [`BadUrl`]
    pub fn of_url(text: &str) -> Result<Self, BadUrl> {
        Self::of(&Endpoint::parse(text)?)?.if_written_in(text)
    }

    /// The origin at a scheme and a host, perhaps with a port, as a program has them.
    ///
    /// # Errors
    /// [`BadUrl`]
    pub fn of_host(scheme: &str, host: &str) -> Result<Self, BadUrl> {
        let url = format!("{scheme}://{host}");
        Self::parse(&url)?.if_written_in(&url)
    }

    /// What a program means that names a host, and perhaps a port, and takes plain http where it is this machine: https
    /// first. Not an empty list, unless it is an error.
    ///
    /// # Errors
    /// [`BadUrl`]
    pub fn candidates(host: &str) -> Result<Vec<Self>, BadUrl> {
        let https = Self::of_host("https", host)?;
        Ok([https].into_iter().chain(Self::of_host("http", host)).collect())
    }

    /// Itself, if an address is written as it is.
    fn if_written_in(self, text: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let given = format!("{scheme}://{authority}").to_ascii_lowercase();
        let port = if given.starts_with("https:") { ":443" } else { ":80" };
        let is_it = |given: &str| given == self.0;
        if is_it(&given) || given.strip_suffix(port).is_some_and(is_it) {
            Ok(self)
        } else {
            Err(BadUrl::Spelling(self.0))
        }
    }

    /// The origin of an endpoint.
    ///
    /// # Errors
    /// [`BadUrl::NotHttps`]
    pub fn of(endpoint: &Endpoint) -> Result<Self, BadUrl> {
        let in_clear = endpoint.url().scheme() == "http";
        if in_clear && endpoint.host().trim_end_matches('.').ends_with(".localhost") {
            return Err(BadUrl::NotHttps(Foreign::new(endpoint.to_string())));
        }
        Ok(Self(endpoint.origin()))
    }

    /// As it is written in the configuration.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port, the port only where it is not the scheme's own.
    #[must_use]
    pub fn host_and_port(&self) -> &str {
        self.0.split_once("://").map_or(&self.0, |(_, rest)| rest)
    }
}

impl fmt::Display for WebOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // T08
    fn an_origin_is_scheme_host_and_port() {
        for (given, is) in [
            ("https://Git.Example.com", "https://git.example.com"),
            ("https://git.example.com:443/", "https://git.example.com"),
            ("git.example.com:8443", "https://git.example.com:8443"),
            ("git.example.com", "https://git.example.com"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
            ("http://[::1]:5000/", "http://[::1]:5000"),
            ("http://localhost", "http://localhost"),
            ("https://x.localhost", "https://x.localhost"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(WebOrigin::parse(given).map(|origin| origin.to_string()), Ok(is.to_owned()), "{given}");
        }
        assert_eq!(WebOrigin::parse("https://a:1").unwrap().host_and_port(), "a:1");
    }

    #[test] // T01, I03
    fn what_no_token_may_go_to_is_no_origin() {
        for bad in [
            "",
            "https://",
            "http://git.example.com",
            "http://x.localhost",
            "ftp://h",
            "https://u@h",
            "https://u:p@h",
            "https://h/x",
            "https://h?q",
            "https://h#f",
            "https://h\r",
            "https://h\nx",
            "https://h\0",
            "a b",
            "h/x",
            "file:///x",
            "http://localhost.example.com",
        ] {
            assert!(WebOrigin::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn of_an_address_and_of_a_host() {
        assert_eq!(WebOrigin::of_url("https://h:1/a/b?c").unwrap().as_str(), "https://h:1");
        let candidates =
            |host| WebOrigin::candidates(host).map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(candidates("localhost:5000").unwrap(), ["https://localhost:5000", "http://localhost:5000"]);
        assert_eq!(candidates("r.example.com").unwrap(), ["https://r.example.com"]);
        assert_eq!(WebOrigin::of_url("HTTPS://H:443/a").unwrap().as_str(), "https://h");
        assert_eq!(WebOrigin::of_url("http://[::1]:80").unwrap().as_str(), "http://[::1]");
        assert!(
            candidates("r.example.com/x").is_err() && candidates("u@r.example.com").is_err() && candidates("").is_err()
        );
    }
    #[test] // T08: what programs read in ways of their own
    fn an_address_of_a_program_is_written_as_its_origin_is() {
        for (given, is) in [
            ("http://0177.0.0.1:8080/x", "http://127.0.0.1:8080"),
            ("http://127.1/", "http://127.0.0.1"),
            ("http://0x7f000001/", "http://127.0.0.1"),
            ("http://127.0.0.1./", "http://127.0.0.1"),
            ("http://[0:0::1]/", "http://[::1]"),
            ("https://git%2eexample.com/", "https://git.example.com"),
            ("https://git.example.com\\@evil.example/", "https://git.example.com"),
            ("https:////git.example.com/", "https://git.example.com"),
            ("https:\\\\git.example.com/", "https://git.example.com"),
            ("https:git.example.com", "https://git.example.com"),
            ("https://git.example.com:", "https://git.example.com"),
            ("https://git.example.com:0443", "https://git.example.com"),
            ("https://git\u{3002}example.com", "https://git.example.com"),
            ("https://fa\u{df}.example", "https://xn--fa-hia.example"),
            ("https://\u{ff47}it.example.com", "https://git.example.com"),
        ] {
            let endpoint = Endpoint::parse(given).unwrap();
            assert_eq!(WebOrigin::of(&endpoint).unwrap().as_str(), is, "{given}");
            assert_eq!(WebOrigin::of_url(given), Err(BadUrl::Spelling(is.to_owned())), "{given}");
        }
        assert!(WebOrigin::of_host("https", "h:").is_err() && WebOrigin::of_host("http", "127.1").is_err());
        assert!(WebOrigin::candidates("h\\").is_err() && WebOrigin::candidates("h%61").is_err());
    }
}
