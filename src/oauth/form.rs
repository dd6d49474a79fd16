//! The body of every POST: parameters in `application/x-www-form-urlencoded` (RFC 6749 Appendix B).

use url::form_urlencoded::byte_serialize;

use super::{Endpoint, Method, Request, ToSign};
use crate::secret::Secret;

/// The parameters that may be given more than once (RFC 8707 §2, RFC 8693 §2.1); every other one is sent once (P03).
const MAY_REPEAT: [&str; 2] = ["audience", "resource"];

/// Parameters in the order in which they are sent. A value may be a password, so all of them are [`Secret`].
#[derive(Debug, Default)]
pub struct Form {
    parameters: Vec<(String, Secret)>,
    /// What is added when the request is sent.
    pub(super) to_sign: ToSign,
}

impl Form {
    /// A form without parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a parameter. A name that is there already keeps its first value (RFC 6749 §3.2: once each), apart from
    /// `audience` and `resource`, which may repeat.
    pub fn push(&mut self, name: &str, value: &str) {
        if MAY_REPEAT.contains(&name) || !self.contains(name) {
            self.parameters.push((name.to_owned(), Secret::new(value.to_owned())));
        }
    }

    /// Whether a parameter of this name was added.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.parameters.iter().any(|(known, _)| known == name)
    }

    /// The body. Space becomes `+`, and every byte of the UTF-8 text but letters, digits and `*-._` becomes `%XX`.
    #[must_use]
    pub fn encode(&self) -> Secret {
        let mut body = String::with_capacity(self.room());
        for (name, value) in &self.parameters {
            if !body.is_empty() {
                body.push('&');
            }
            body.extend(byte_serialize(name.as_bytes()));
            body.push('=');
            body.extend(byte_serialize(value.expose().as_bytes()));
        }
        Secret::new(body)
    }

    /// The bytes that the body needs, or one more.
    fn room(&self) -> usize {
        self.parameters.iter().map(|(name, value)| encoded_len(name) + encoded_len(value.expose()) + 2).sum()
    }

    /// The POST that carries this form, asking for JSON.
    #[must_use]
    pub fn post_to(&self, endpoint: &Endpoint, headers: Vec<(&'static str, Secret)>) -> Request {
        let mut all = vec![
            ("Accept", Secret::new("application/json".to_owned())),
            ("Content-Type", Secret::new("application/x-www-form-urlencoded".to_owned())),
        ];
        all.extend(headers);
        let (body, to_sign) = (Some(self.encode()), self.to_sign.clone());
        Request { method: Method::Post, url: endpoint.clone(), headers: all, body, to_sign }
    }
}

/// The length of a text in bytes once it is form-encoded. Buffers for secrets are made large enough at once, because
/// a buffer that grows leaves a copy behind.
pub(super) fn encoded_len(text: &str) -> usize {
    byte_serialize(text.as_bytes()).map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &str) -> String {
        let mut form = Form::new();
        form.push("v", value);
        form.encode().expose().to_owned()
    }

    #[test] // P03
    fn the_vector_of_rfc_6749_appendix_b() {
        assert_eq!(encoded(" %&+£€"), "v=+%25%26%2B%C2%A3%E2%82%AC");
    }

    #[test] // P03
    fn reserved_characters_and_utf_8_to_the_byte() {
        assert_eq!(encoded("+ % & ="), "v=%2B+%25+%26+%3D");
        assert_eq!(encoded("é"), "v=%C3%A9");
        assert_eq!(encoded("e\u{301}"), "v=e%CC%81");
        assert_eq!(encoded("🦀"), "v=%F0%9F%A6%80");
        assert_eq!(encoded(" edge "), "v=+edge+");
        assert_eq!(encoded("a-b._*~"), "v=a-b._*%7E");
        assert_eq!(encoded("\r\n\0"), "v=%0D%0A%00");
        assert_eq!(encoded(""), "v=");
    }

    #[test] // P03
    fn names_are_encoded_too() {
        let mut form = Form::new();
        form.push("a b&", "1");
        form.push("c", "2");
        assert_eq!(form.encode().expose(), "a+b%26=1&c=2");
        assert_eq!(Form::new().encode().expose(), "");
    }

    #[test] // P03
    fn each_name_once_but_resource_and_audience() {
        let mut form = Form::new();
        for (name, value) in [("scope", "a"), ("resource", "r1"), ("scope", "b"), ("resource", "r2")] {
            form.push(name, value);
        }
        form.push("audience", "x");
        form.push("audience", "x");
        assert_eq!(form.encode().expose(), "scope=a&resource=r1&resource=r2&audience=x&audience=x");
    }

    #[test] // M01
    fn the_buffer_never_grows() {
        let mut form = Form::new();
        form.push("password", &"é ".repeat(20_000));
        form.push("b", "c");
        assert_eq!(form.encode().len() + 1, form.room());
    }

    #[test] // P03 P05
    fn a_post_has_its_secrets_in_the_body_only() {
        let mut form = Form::new();
        form.push("password", "canary");
        let endpoint = Endpoint::parse("https://h/t?x=1").unwrap();
        let request = form.post_to(&endpoint, vec![("Authorization", Secret::new("Basic eA==".into()))]);
        assert_eq!((request.method, request.method.to_string().as_str()), (Method::Post, "POST"));
        assert_eq!(request.url.as_str(), "https://h/t?x=1");
        let headers: Vec<_> = request.headers.iter().map(|(name, value)| (*name, value.expose())).collect();
        assert_eq!(
            headers,
            [
                ("Accept", "application/json"),
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Authorization", "Basic eA=="),
            ]
        );
        assert_eq!(request.body.as_ref().unwrap().expose(), "password=canary");
        assert!(!format!("{request:?} {form:?}").contains("canary"));
    }
}
