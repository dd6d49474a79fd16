//! What is asked for and what was granted: scopes (RFC 6749 §3.3).

use std::fmt;

use super::Foreign;

/// Scopes in the order in which they were given, each once. Two are equal if they hold the same ones: the order has
/// no meaning.
#[derive(Debug, Clone, Default)]
pub struct Scopes(Vec<String>);

/// A scope with a character that scopes do not have: a control, a quote, a backslash, anything beyond ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadScope(pub Foreign);

impl fmt::Display for BadScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is not a scope: it has a character other than visible ASCII without \" and \\", self.0)
    }
}

impl std::error::Error for BadScope {}

/// `scope-token` of RFC 6749 §3.3.
fn is_scope_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl Scopes {
    /// Reads scopes that are separated by spaces; none at all is fine.
    ///
    /// # Errors
    /// [`BadScope`] with the first that is none.
    pub fn parse(text: &str) -> Result<Self, BadScope> {
        match text.split(' ').find(|word| !word.is_empty() && !is_scope_token(word)) {
            Some(bad) => Err(BadScope(Foreign::new(bad))),
            None => Ok(Self::readable(text)),
        }
    }

    /// The scopes in a server's text, words that are none left out: what a server says it granted is shown and
    /// compared, and no reason to refuse its token.
    pub(super) fn readable(text: &str) -> Self {
        let mut scopes: Vec<String> = Vec::new();
        for word in text.split(' ').filter(|word| is_scope_token(word)) {
            if !scopes.iter().any(|known| known == word) {
                scopes.push(word.to_owned());
            }
        }
        Self(scopes)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those of a text, and these behind them.
    #[must_use]
    pub fn after(&self, text: &str) -> Self {
        Self::readable(&format!("{text} {self}"))
    }

    /// These, but for some.
    #[must_use]
    pub fn without(&self, some: &[&str]) -> Self {
        Self(self.0.iter().filter(|scope| !some.contains(&scope.as_str())).cloned().collect())
    }

    /// Whether every scope of `other` is here.
    fn contains_all(&self, other: &Self) -> bool {
        other.0.iter().all(|scope| self.0.contains(scope))
    }
}

/// As a set: neither side holds a scope twice.
impl PartialEq for Scopes {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.contains_all(other)
    }
}

impl Eq for Scopes {}

/// Separated by one space, as requests carry them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test] // P10
    fn order_is_kept_and_repetition_is_not() {
        let scopes = Scopes::parse("  openid offline_access  openid a:b/c ").unwrap();
        assert_eq!(scopes.to_string(), "openid offline_access a:b/c");
        assert_eq!(scopes.iter().count(), 3);
        assert!(Scopes::parse("").unwrap().is_empty());
        assert_eq!(Scopes::default().to_string(), "");
    }

    #[test] // P10
    fn compared_as_a_set() {
        let of = |text| Scopes::parse(text).unwrap();
        assert_eq!(of("a b"), of("b a b"));
        assert_ne!(of("a b"), of("a"));
        assert_ne!(of("a"), of("A"));
        assert!(of("a b c").contains_all(&of("c a")));
        assert!(!of("a").contains_all(&of("a b")));
        assert!(of("a").contains_all(&of("")));
    }

    #[test] // U01
    fn only_the_characters_of_the_rfc() {
        assert!(Scopes::parse("!#[]~ https://x/.default").is_ok());
        for bad in ["a\"b", "a\\b", "a\tb", "a\nb", "é", "\x7f", "\x1b[2J"] {
            assert!(Scopes::parse(&format!("ok {bad}")).is_err(), "{bad:?}");
            assert_eq!(Scopes::readable(&format!("ok {bad} fine")).to_string(), "ok fine");
        }
        let error = Scopes::parse("\x1b").unwrap_err().to_string();
        assert!(error.starts_with("\"\\u{1b}\" is not a scope: it has a character"), "{error}");
    }
}
