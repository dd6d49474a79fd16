//! `tok show --claims`: what the session's tokens say of themselves, and whether the issuer's keys prove it (P12).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::oauth::Foreign;
use crate::oauth::jwt::{self, Claims, Jwks, JwtError};
use crate::secret::Secret;
use crate::session::Session;

/// The claims that are moments, in seconds since 1970 (RFC 7519 §4.1, OpenID Connect Core 1.0 §2).
const MOMENTS: [&str; 4] = ["exp", "iat", "nbf", "auth_time"];

/// What one token says.
#[derive(Debug, Serialize)]
pub(super) struct Said {
    /// Whether its signature was held against the issuer's keys, just now, and is theirs.
    verified: bool,
    /// Why not, or why there are no claims.
    why_not: Option<String>,
    /// Null where it is no JWT.
    claims: Option<Claims>,
}

/// Of the tokens that there are, by name. Without keys nothing is verified.
pub(super) fn of(session: &Session, keys: Option<&Jwks>) -> BTreeMap<&'static str, Said> {
    let access = session.access.as_ref().map(|access| &access.token);
    let tokens = [("access_token", access), ("id_token", session.id_token.as_ref())];
    tokens.into_iter().filter_map(|(name, token)| Some((name, Said::of(token?, keys)))).collect()
}

impl Said {
    pub(super) fn is_proven(&self) -> bool {
        self.verified
    }

    fn of(token: &Secret, keys: Option<&Jwks>) -> Self {
        // Its claims are no secret; its signature, without which it is no token, stays behind.
        let text = token.expose();
        let why = |error: JwtError| Some(error.to_string());
        match (jwt::decode(text), keys) {
            (Err(error), _) => Self { verified: false, why_not: why(error), claims: None },
            (Ok(jwt), None) => Self { verified: false, why_not: None, claims: Some(jwt.claims) },
            (Ok(jwt), Some(keys)) => match jwt::verify(text, keys) {
                Ok(claims) => Self { verified: true, why_not: None, claims: Some(claims) },
                Err(error) => Self { verified: false, why_not: why(error), claims: Some(jwt.claims) },
            },
        }
    }

    /// A heading, then a row for each claim: its name and its value.
    pub(super) fn rows(&self, name: &str, at: impl Fn(i64) -> String) -> (String, Vec<(String, String)>) {
        let name = name.replace('_', " ");
        let heading = match (&self.claims, self.verified, &self.why_not) {
            (None, _, why) => format!("{name}: {}", why.as_deref().unwrap_or_default()),
            (Some(_), true, _) => format!("{name}, verified against the issuer's keys:"),
            (Some(_), false, None) => format!("{name}, not verified:"),
            (Some(_), false, Some(why)) => format!("{name}, not verified ({why}):"),
        };
        let shown = |(name, value): (&String, &Value)| {
            let moment = value.as_i64().filter(|_| MOMENTS.contains(&name.as_str()));
            let value = match (moment, value) {
                (Some(moment), _) => at(moment),
                (None, Value::String(text)) => text.clone(),
                (None, other) => other.to_string(),
            };
            (Foreign::new(name).to_string(), Foreign::new(value).to_string())
        };
        (heading, self.claims.iter().flatten().map(shown).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(token: &str) -> Said {
        Said::of(&Secret::new(token.into()), None)
    }

    #[test] // P12
    fn what_no_key_has_proven_is_called_so() {
        // {"alg":"none"} and {"iss":"a\u001b[2J","exp":5,"aud":["x","y"]}
        let token = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhXHUwMDFiWzJKIiwiZXhwIjo1LCJhdWQiOlsieCIsInkiXX0.";
        let (heading, rows) = said(token).rows("access_token", |at| format!("moment {at}"));
        assert_eq!(heading, "access token, not verified:");
        let rows: Vec<_> = rows.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(rows, ["aud=[\"x\",\"y\"]", "exp=moment 5", "iss=a\\u{1b}[2J"]);
    }

    #[test] // P12
    fn an_opaque_token_says_nothing() {
        let (heading, rows) = said("opaque").rows("id_token", |at| at.to_string());
        assert_eq!((heading.as_str(), rows.len()), ("id token: it is not a JWT", 0));
    }

    #[test] // P12
    fn keys_that_prove_nothing_are_said_so() {
        let keys = Jwks::read(br#"{"keys":[]}"#).unwrap();
        let token = Secret::new("eyJhbGciOiJSUzI1NiJ9.e30.AA".into());
        let said = Said::of(&token, Some(&keys));
        assert!(!said.verified && said.claims.is_some());
        let heading = said.rows("id_token", |at| at.to_string()).0;
        assert_eq!(heading, "id token, not verified (none of the issuer's keys can have signed the JWT):");
    }
}
