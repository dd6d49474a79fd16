//! What a token is, in a token exchange (RFC 8693 §3).

use std::fmt;

use super::Foreign;

/// The short names, each for the identifier that ends in it.
const SHORT: [&str; 6] = ["access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt"];

/// Where the registered identifiers begin.
const REGISTERED: &str = "urn:ietf:params:oauth:token-type:";

/// A token type identifier: a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenKind(String);

/// A text that is neither a short name nor a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTokenKind(Foreign);

impl TokenKind {
    /// Reads a short name (`access_token`) or a URI, which is taken as it is.
    ///
    /// # Errors
    /// [`UnknownTokenKind`]
    pub fn parse(text: &str) -> Result<Self, UnknownTokenKind> {
        if SHORT.contains(&text) {
            return Ok(Self(format!("{REGISTERED}{text}")));
        }
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        };
        let is_uri = text.split_once(':').is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
        // A URI has visible ASCII only (RFC 3986 §2).
        if is_uri && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(UnknownTokenKind(Foreign::new(text)))
        }
    }

    /// A JWT, which is what CI systems give.
    #[must_use]
    pub fn jwt() -> Self {
        Self(format!("{REGISTERED}jwt"))
    }

    /// An access token.
    #[must_use]
    pub fn access_token() -> Self {
        Self(format!("{REGISTERED}access_token"))
    }

    /// The URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The URI.
impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UnknownTokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no token type; there are {}, and URIs", self.0, SHORT.join(", "))
    }
}

impl std::error::Error for UnknownTokenKind {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // P16
    fn short_names_stand_for_the_registered_ones() {
        for name in SHORT {
            assert_eq!(TokenKind::parse(name).unwrap().as_str(), format!("urn:ietf:params:oauth:token-type:{name}"));
        }
        for uri in ["urn:ietf:params:oauth:token-type:jwt", "urn:x:y", "https://h/types#a"] {
            assert_eq!(TokenKind::parse(uri).unwrap().to_string(), uri);
        }
        assert_eq!(TokenKind::jwt(), TokenKind::parse("jwt").unwrap());
    }

    #[test]
    fn anything_else_is_a_slip() {
        for text in ["", "JWT", "saml", "urn:", ":x", "1a:x", "a b:c", "urn:x y", "urn:\u{e9}", "urn:x\u{1b}"] {
            let error = TokenKind::parse(text).unwrap_err().to_string();
            assert!(
                error.contains("is no token type; there are access_token, ") && !error.contains('\u{1b}'),
                "{error}"
            );
        }
    }
}
