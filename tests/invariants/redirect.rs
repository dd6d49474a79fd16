//! What the browser comes back with, or a person pastes. The first line is the state that was sent, the second the issuer,
//! the rest the text.

use tok::oauth::authorization::{self, AuthorizationError, Expected};
use tok::oauth::{Issuer, OAuthError};
use tok::secret::Secret;

use super::shown::safely;

pub fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.splitn(3, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (state, issuer, text) = (next(), next(), Secret::new(next().to_owned()));
    for names_itself in [false, true] {
        let issuer = Issuer::parse(issuer).ok();
        let expected = Expected { state: Secret::new(state.to_owned()), issuer, names_itself };
        for query in [text.duplicate(), authorization::pasted(&text)] {
            came_back(&query, &expected);
        }
    }
}

/// A code is taken only with the state that was sent, and from the server that was asked (RFC 6749 §10.12, RFC 9207).
fn came_back(query: &Secret, expected: &Expected) {
    let parameters = || url::form_urlencoded::parse(query.expose().as_bytes()).filter(|(_, value)| !value.is_empty());
    let all = |name: &str| parameters().filter(|(known, _)| known == name).map(|(_, value)| value).collect::<Vec<_>>();
    let is_ours = all("state") == [expected.state.expose()];
    match authorization::read_redirect(query, expected) {
        Ok(code) => {
            assert!(is_ours && !code.is_empty() && all("code") == [code.expose()] && all("error").is_empty());
            if let Some(issuer) = &expected.issuer {
                let named = all("iss");
                assert!(named == [issuer.as_str()] || named.is_empty() && !expected.names_itself);
            }
        }
        Err(error) => {
            safely(&error);
            assert_eq!(error == AuthorizationError::OtherState, !is_ours);
            if let AuthorizationError::Refused(OAuthError { description: Some(text), .. }) = error {
                safely(&text);
            }
        }
    }
}
