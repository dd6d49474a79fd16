//! Where requests go: endpoints and issuers, checked once and carried as types.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use super::{Foreign, Form};

/// An URL to which a request may be sent: https, or http to a loopback address (RFC 6749 §3.1, §3.2; T01), with a
/// host and without user information or a fragment (T08).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// An issuer identifier (RFC 8414 §2): an [`Endpoint`] without query whose text is kept to the byte, because that
/// is how it is compared (RFC 8414 §3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    url: Endpoint,
}

/// Why a text is no URL that a request may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadUrl {
    /// Not an absolute URL at all.
    Malformed(Foreign),
    /// Plain http to a host that is not a loopback address, or another scheme.
    NotHttps(Foreign),
    /// `user:password@` in it.
    UserInfo,
    /// `#...` in it.
    Fragment,
    /// `?...` in an issuer.
    Query,
    /// A path or a query in an origin.
    Path,
    /// Another spelling of this origin, which other programs may read otherwise.
    Spelling(String),
}

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) => write!(f, "\"{text}\" is not an absolute URL"),
            Self::NotHttps(text) => write!(f, "\"{text}\" is neither https nor http to a loopback address"),
            Self::UserInfo => f.write_str("a URL with a user name or password in it is not used"),
            Self::Fragment => f.write_str("a URL with a fragment (#...) is not used"),
            Self::Query => f.write_str("an issuer has no query (?...)"),
            Self::Path => f.write_str("an origin has no path: scheme, host and port are all of it"),
            Self::Spelling(origin) => write!(f, "not every program reads that as {origin}: it has to be written so"),
        }
    }
}

impl std::error::Error for BadUrl {}

/// `localhost`, or a name below it (RFC 6761 §6.3), in lower case.
#[must_use]
pub fn is_loopback_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

impl Endpoint {
    /// Reads and checks an endpoint.
    ///
    /// # Errors
    /// [`BadUrl`]; its text holds no user information of the URL.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        // Where the URL cannot be taken apart, whatever stands before an "@" may be a password.
        let malformed = || {
            let shown = text.split(['?', '#']).next().unwrap_or_default();
            if text.contains('@') { BadUrl::UserInfo } else { BadUrl::Malformed(Foreign::new(shown)) }
        };
        // U+FFFD stands for bytes that were no text: nobody knows whose address that is.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == char::REPLACEMENT_CHARACTER) {
            return Err(malformed());
        }
        let url = Url::parse(text).map_err(|_| malformed())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(BadUrl::Fragment);
        }
        let endpoint = Self(url);
        match endpoint.0.scheme() {
            // Without a host it would have been no URL.
            "https" => Ok(endpoint),
            "http" if endpoint.is_loopback() => Ok(endpoint),
            _ if endpoint.0.cannot_be_a_base() => Err(malformed()),
            _ => Err(BadUrl::NotHttps(Foreign::new(endpoint.to_string()))),
        }
    }

    /// The URL with its query, as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port, the port only where it is not the scheme's own: `https://sso.example.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The host alone, for messages on certificates.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Whether the host is this machine: `localhost`, a name below it, or a loopback address. Loopback never goes
    /// through a proxy (T01).
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            Some(Host::Domain(name)) => is_loopback_name(name),
            None => false,
        }
    }

    /// The same origin with another path and no query.
    #[must_use]
    pub(super) fn with_path(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(None);
        Self(url)
    }

    /// The same with more parameters in its query; those that it has stay (RFC 6749 §3.1).
    #[must_use]
    pub(super) fn with_parameters(&self, form: &Form) -> Self {
        let mut url = self.0.clone();
        let more = form.encode();
        let query = match url.query() {
            Some(query) if !query.is_empty() => format!("{query}&{}", more.expose()),
            _ => more.expose().to_owned(),
        };
        url.set_query(Some(&query));
        Self(url)
    }

    /// The parsed URL, for building well-known addresses and for the transport.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// Origin and path, never the query: this is what messages show.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.0.path())
    }
}

impl Issuer {
    /// Reads and checks an issuer identifier; the text is kept as it was written.
    ///
    /// # Errors
    /// [`BadUrl`]
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        let url = Endpoint::parse(text)?;
        if url.url().query().is_some() {
            return Err(BadUrl::Query);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The identifier to the byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The issuer as an address.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.url
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // T01
    fn only_https_or_loopback() {
        for good in [
            "https://sso.example.com/token",
            "https://10.0.0.1:8443/t?x=1",
            "http://127.0.0.1:80/t",
            "http://127.8.8.8/t",
            "http://[::1]:9/t",
            "http://localhost:9/t",
        ] {
            assert!(Endpoint::parse(good).is_ok(), "{good}");
        }
        for bad in ["http://sso.example.com/", "http://localhost.example.com/", "ftp://127.0.0.1/", "http://0.0.0.0/"] {
            assert!(matches!(Endpoint::parse(bad), Err(BadUrl::NotHttps(_))), "{bad}");
        }
        for bad in [
            "",
            "sso.example.com",
            "/token",
            "https://",
            "https:///",
            "https://a b/",
            "https://a/b c",
            "https://a/\u{1}",
            "https://a/\r\nX: y",
            "https://a/\u{fffd}",
            "mailto:a",
        ] {
            assert!(matches!(Endpoint::parse(bad), Err(BadUrl::Malformed(_))), "{bad:?}");
        }
    }

    #[test] // T08
    fn no_user_information_and_no_fragment() {
        assert_eq!(Endpoint::parse("https://u:canary@h/"), Err(BadUrl::UserInfo));
        for bad in
            ["https://u@h/", "https://:canary@h/", "https://u:canary@h:x/", "https://u:canary@h h/", "u:canary@h"]
        {
            assert_eq!(Endpoint::parse(bad), Err(BadUrl::UserInfo), "{bad}");
        }
        assert_eq!(Endpoint::parse("https://h/#f"), Err(BadUrl::Fragment));
        assert_eq!(Issuer::parse("https://h/?q"), Err(BadUrl::Query));
    }

    #[test]
    fn shown_without_the_query() {
        let endpoint = Endpoint::parse("https://H.example:443/t?secret=canary").unwrap();
        assert_eq!(endpoint.to_string(), "https://h.example/t");
        assert_eq!((endpoint.origin().as_str(), endpoint.host()), ("https://h.example", "h.example"));
    }

    #[test] // P13
    fn an_issuer_is_kept_to_the_byte() {
        let text = "https://H.example:443/realms/Main";
        let issuer = Issuer::parse(text).unwrap();
        assert_eq!((issuer.as_str(), issuer.to_string().as_str()), (text, text));
    }
}
