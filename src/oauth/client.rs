//! Who asks: the client and how it proves itself to the server (RFC 6749 §2.3).

use std::fmt;
use std::rc::Rc;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

use super::Foreign;
use super::assertion::{Assertion, Audience};
use super::dpop::DpopKey;
use super::foreign::is_unsafe;
use super::form::{Form, encoded_len};
use super::jwt::SigningKey;
use crate::secret::Secret;

/// A client identifier (RFC 6749 §2.2): one character or more, none of them a control. Characters beyond ASCII are
/// allowed: RFC 6749 encodes them as UTF-8 (Appendix B) though its grammar (Appendix A.1) has none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

/// Why a text is no client identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadClientId {
    /// There is nothing in it.
    Empty,
    /// It has a control character or one that cannot be seen.
    Character,
}

impl fmt::Display for BadClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a client id is not empty",
            Self::Character => "a client id holds no control characters",
        })
    }
}

impl std::error::Error for BadClientId {}

impl ClientId {
    /// Reads and checks a client identifier; nothing is trimmed.
    ///
    /// # Errors
    /// [`BadClientId`]
    pub fn parse(text: &str) -> Result<Self, BadClientId> {
        if text.is_empty() {
            return Err(BadClientId::Empty);
        }
        if text.chars().any(is_unsafe) {
            return Err(BadClientId::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The identifier to the byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a client authenticates; its text is what the configuration calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthMethod {
    /// A public client: `client_id` in the body (RFC 6749 §3.2.1).
    None,
    /// HTTP Basic, id and secret form-encoded first (RFC 6749 §2.3.1).
    Basic,
    /// HTTP Basic without that encoding, as several servers read it. An id with a colon cannot be sent this way.
    BasicRaw,
    /// `client_id` and `client_secret` in the body (RFC 6749 §2.3.1).
    Post,
    /// A JWT signed with the client secret (OpenID Connect Core 1.0 §9, RFC 7523 §2.2).
    ClientSecretJwt,
    /// A JWT signed with a private key (OpenID Connect Core 1.0 §9, RFC 7523 §2.2).
    PrivateKeyJwt,
    /// `client_id` in the body, and a certificate in the handshake (RFC 8705 §2).
    Tls,
}

impl ClientAuthMethod {
    /// Every method, in the order in which messages list them.
    pub const ALL: [Self; 7] =
        [Self::None, Self::Basic, Self::BasicRaw, Self::Post, Self::ClientSecretJwt, Self::PrivateKeyJwt, Self::Tls];

    /// The method's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic => "basic",
            Self::BasicRaw => "basic-raw",
            Self::Post => "post",
            Self::ClientSecretJwt => "client-secret-jwt",
            Self::PrivateKeyJwt => "private-key-jwt",
            Self::Tls => "tls",
        }
    }

    /// What is meant where nothing is set, by what the client has: `private-key-jwt` with a private key, else `basic`
    /// with a secret, else `tls` with a certificate, else `none`.
    #[must_use]
    pub fn usual(has: Has) -> Self {
        match has {
            Has { key: true, .. } => Self::PrivateKeyJwt,
            Has { secret: true, .. } => Self::Basic,
            Has { certificate: true, .. } => Self::Tls,
            _ => Self::None,
        }
    }

    /// Whether it proves itself by an assertion.
    #[must_use]
    pub fn asserts(self) -> bool {
        matches!(self, Self::ClientSecretJwt | Self::PrivateKeyJwt)
    }

    /// Whether a client secret is what it proves itself with.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        matches!(self, Self::Basic | Self::BasicRaw | Self::Post | Self::ClientSecretJwt)
    }
}

/// What a client can prove itself with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Has {
    /// A client secret.
    pub secret: bool,
    /// A private key.
    pub key: bool,
    /// A certificate.
    pub certificate: bool,
}

impl fmt::Display for ClientAuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`ClientAuthMethod`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownClientAuth(pub Foreign);

impl fmt::Display for UnknownClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = ClientAuthMethod::ALL.map(ClientAuthMethod::name).join(", ");
        write!(f, "\"{}\" is no client authentication method; there are {known}", self.0)
    }
}

impl std::error::Error for UnknownClientAuth {}

impl FromStr for ClientAuthMethod {
    type Err = UnknownClientAuth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|method| method.name() == text);
        found.ok_or_else(|| UnknownClientAuth(Foreign::new(text)))
    }
}

/// A client as the server knows it.
#[derive(Debug)]
pub struct Client {
    /// Its name.
    pub id: ClientId,
    /// How it authenticates.
    pub method: ClientAuthMethod,
    /// What it authenticates with; not sent where the method is `none`.
    pub secret: Option<Secret>,
    /// What its assertions are signed with.
    pub key: Option<Rc<SigningKey>>,
    /// Whom its assertions are for.
    pub audience: Audience,
    /// The key that its tokens are to be bound to, if they are to be.
    pub dpop: Option<Rc<DpopKey>>,
}

/// What the method proves the client with is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MissingSecret {
    /// The method that needs it.
    pub method: ClientAuthMethod,
}

impl fmt::Display for MissingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.method {
            ClientAuthMethod::PrivateKeyJwt => "private key",
            ClientAuthMethod::Tls => "certificate",
            _ => "client secret",
        };
        write!(f, "client authentication \"{}\" needs a {what}, and none is set", self.method)
    }
}

impl std::error::Error for MissingSecret {}

impl Client {
    /// A client with a secret or without, whose tokens are bound to nothing.
    #[must_use]
    pub fn new(id: ClientId, method: ClientAuthMethod, secret: Option<Secret>) -> Self {
        Self { id, method, secret, key: None, audience: Audience::Recipient, dpop: None }
    }

    /// Adds to a request what names and authenticates the client: in the body or as the `Authorization` header, never
    /// both, because servers refuse a client that is named twice (RFC 6749 §2.3; P05). An assertion is signed when the
    /// request is sent; the `client_id` beside it is one that some servers want (RFC 7521 §4.2).
    ///
    /// # Errors
    /// [`MissingSecret`]; form and headers are as they were.
    pub fn authenticate(
        &self,
        form: &mut Form,
        headers: &mut Vec<(&'static str, Secret)>,
    ) -> Result<(), MissingSecret> {
        let secret = || self.secret.as_ref().ok_or(MissingSecret { method: self.method });
        match self.method {
            ClientAuthMethod::None | ClientAuthMethod::Tls => form.push("client_id", self.id.as_str()),
            ClientAuthMethod::Post => {
                let secret = secret()?;
                form.push("client_id", self.id.as_str());
                form.push("client_secret", secret.expose());
            }
            ClientAuthMethod::Basic => {
                headers.push(("Authorization", basic(&form_encoded_pair(self.id.as_str(), secret()?.expose()))));
            }
            ClientAuthMethod::BasicRaw => {
                headers.push(("Authorization", basic(&raw_pair(self.id.as_str(), secret()?.expose()))));
            }
            ClientAuthMethod::ClientSecretJwt => self.assert(form, Rc::new(SigningKey::from_secret(secret()?))),
            ClientAuthMethod::PrivateKeyJwt => {
                let key = self.key.as_ref().ok_or(MissingSecret { method: self.method })?;
                self.assert(form, Rc::clone(key));
            }
        }
        Ok(())
    }
}

impl Client {
    fn assert(&self, form: &mut Form, key: Rc<SigningKey>) {
        form.push("client_id", self.id.as_str());
        let (client, audience) = (self.id.clone(), self.audience.clone());
        form.to_sign.assertion = Some(Assertion { key, client, audience });
    }
}

/// `id:secret`, each form-encoded.
fn form_encoded_pair(id: &str, secret: &str) -> Zeroizing<String> {
    let mut pair = Zeroizing::new(String::with_capacity(encoded_len(id) + 1 + encoded_len(secret)));
    pair.extend(byte_serialize(id.as_bytes()));
    pair.push(':');
    pair.extend(byte_serialize(secret.as_bytes()));
    pair
}

/// `id:secret` as they are.
fn raw_pair(id: &str, secret: &str) -> Zeroizing<String> {
    let mut pair = Zeroizing::new(String::with_capacity(id.len() + 1 + secret.len()));
    pair.push_str(id);
    pair.push(':');
    pair.push_str(secret);
    pair
}

/// The value of the `Authorization` header (RFC 7617 §2).
fn basic(pair: &str) -> Secret {
    let encoded = Zeroizing::new(STANDARD.encode(pair));
    let mut value = String::with_capacity("Basic ".len() + encoded.len());
    value.push_str("Basic ");
    value.push_str(&encoded);
    Secret::new(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body and the `Authorization` header that a client's authentication comes to.
    fn sent(method: &str, id: &str, secret: Option<&str>) -> Result<(String, Option<String>), MissingSecret> {
        let secret = secret.map(|text| Secret::new(text.to_owned()));
        let client = Client::new(ClientId::parse(id).unwrap(), method.parse().unwrap(), secret);
        let (mut form, mut headers) = (Form::new(), Vec::new());
        client.authenticate(&mut form, &mut headers)?;
        assert!(headers.len() <= 1 && headers.iter().all(|(name, _)| *name == "Authorization"));
        let header = headers.first().map(|(_, value)| value.expose().to_owned());
        Ok((form.encode().expose().to_owned(), header))
    }

    /// What the header's base64 stands for.
    fn opened(header: Option<String>) -> String {
        let text = header.unwrap();
        String::from_utf8(STANDARD.decode(text.strip_prefix("Basic ").unwrap()).unwrap()).unwrap()
    }

    #[test] // P04
    fn the_vectors_of_the_rfcs() {
        let basic = |id, secret| sent("basic", id, Some(secret)).unwrap().1.unwrap();
        assert_eq!(basic("s6BhdRkqt3", "gX1fBat3bV"), "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"); // RFC 6749 §4.3.2
        assert_eq!(
            basic("s6BhdRkqt3", "7Fjfp0ZBr1KtDRbnfVdmIw"),
            "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3" // RFC 6749 §2.3.1
        );
        let raw = sent("basic-raw", "Aladdin", Some("open sesame")).unwrap().1.unwrap();
        assert_eq!(raw, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="); // RFC 7617 §2
    }

    #[test] // P04
    fn basic_form_encodes_id_and_secret_each() {
        let (_, header) = sent("basic", "a+b %:é", Some("p+w%20d&=:/~ é🦀")).unwrap();
        assert_eq!(opened(header), "a%2Bb+%25%3A%C3%A9:p%2Bw%2520d%26%3D%3A%2F%7E+%C3%A9%F0%9F%A6%80");
    }

    #[test] // P04
    fn basic_raw_encodes_neither() {
        let (_, header) = sent("basic-raw", "a+b %é", Some("p+w%20d&=:/~ é🦀")).unwrap();
        assert_eq!(opened(header), "a+b %é:p+w%20d&=:/~ é🦀");
    }

    #[test] // P05
    fn the_client_is_named_in_one_place() {
        for method in ["basic", "basic-raw"] {
            let (body, header) = sent(method, "me", Some("canary")).unwrap();
            assert_eq!(body, "");
            assert_eq!(opened(header), "me:canary");
        }
        assert_eq!(sent("post", "m e", Some("c&y")).unwrap(), ("client_id=m+e&client_secret=c%26y".into(), None));
        assert_eq!(sent("none", "me", None).unwrap(), ("client_id=me".into(), None));
    }

    #[test] // P05
    fn none_does_not_send_a_secret_that_is_there() {
        assert_eq!(sent("none", "me", Some("canary")).unwrap(), ("client_id=me".into(), None));
    }

    #[test]
    fn a_missing_secret_is_named_and_adds_nothing() {
        for method in ClientAuthMethod::ALL
            .into_iter()
            .filter(|method| method.needs_secret() || *method == ClientAuthMethod::PrivateKeyJwt)
        {
            let client = Client::new(ClientId::parse("me").unwrap(), method, None);
            let (mut form, mut headers) = (Form::new(), Vec::new());
            assert_eq!(client.authenticate(&mut form, &mut headers), Err(MissingSecret { method }));
            assert!(headers.is_empty() && !form.contains("client_id"));
        }
    }

    #[test] // I03
    fn a_header_value_is_one_line_of_ascii() {
        let (_, header) = sent("basic-raw", "me", Some("a\r\nX: y\0é")).unwrap();
        assert!(header.unwrap().bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        let long = "s".repeat(64 * 1024);
        assert!(!sent("basic", "me", Some(&long)).unwrap().1.unwrap().contains('\n'));
    }

    #[test] // I03
    fn client_ids() {
        for good in ["a", " ", "https://app.example/id?x#y", "a:b", "é"] {
            let id = ClientId::parse(good).unwrap();
            assert_eq!((id.as_str(), id.to_string().as_str()), (good, good));
        }
        assert_eq!(ClientId::parse(""), Err(BadClientId::Empty));
        for bad in ["a\nb", "a\r", "\0", "\u{7f}", "\u{202e}x"] {
            assert_eq!(ClientId::parse(bad), Err(BadClientId::Character), "{bad:?}");
        }
        assert_eq!(BadClientId::Empty.to_string(), "a client id is not empty");
        assert_eq!(BadClientId::Character.to_string(), "a client id holds no control characters");
    }

    #[test]
    fn methods_have_names() {
        for method in ClientAuthMethod::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
        }
        let error = "Basic\x1b".parse::<ClientAuthMethod>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"Basic\\u{1b}\" is no client authentication method; there are none, basic, basic-raw, post, \
             client-secret-jwt, private-key-jwt, tls"
        );
    }

    #[test]
    fn the_usual_method_goes_by_what_there_is() {
        let usual = |secret, key, certificate| ClientAuthMethod::usual(Has { secret, key, certificate }).name();
        assert_eq!(usual(false, false, false), "none");
        assert_eq!(usual(true, false, false), "basic");
        assert_eq!(usual(true, true, true), "private-key-jwt");
        assert_eq!(usual(true, false, true), "basic");
        assert_eq!(usual(false, false, true), "tls");
    }

    #[test] // P05, P16
    fn an_assertion_takes_the_place_of_every_secret() {
        for method in [ClientAuthMethod::ClientSecretJwt, ClientAuthMethod::PrivateKeyJwt] {
            let secret = Secret::new("canary".into());
            let key = Some(Rc::new(SigningKey::from_secret(&secret)));
            let client = Client { key, ..Client::new(ClientId::parse("me").unwrap(), method, Some(secret)) };
            let (mut form, mut headers) = (Form::new(), Vec::new());
            client.authenticate(&mut form, &mut headers).unwrap();
            assert_eq!((form.encode().expose(), headers.len()), ("client_id=me", 0));
            let assertion = form.to_sign.assertion.unwrap();
            assert_eq!((assertion.client.as_str(), assertion.audience), ("me", Audience::Recipient));
        }
        assert_eq!(sent("tls", "me", Some("canary")).unwrap(), ("client_id=me".into(), None));
    }

    #[test] // M03
    fn debug_shows_no_secret() {
        let secret = Some(Secret::new("canary".into()));
        let client = Client::new(ClientId::parse("me").unwrap(), ClientAuthMethod::Post, secret);
        assert!(!format!("{client:?}").contains("canary"));
    }
}
