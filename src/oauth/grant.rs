//! Requests to the token endpoint: one function a grant, and the refresh (RFC 6749 §4, §6).

use std::fmt;
use std::str::FromStr;

use super::{Client, Endpoint, Foreign, Form, MissingSecret, Request, Scopes};
use crate::secret::Secret;

/// How a first token is got; its text is what the configuration calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantKind {
    /// The resource owner's password (RFC 6749 §4.3). It runs only where it was chosen, never instead of another
    /// (P01).
    Password,
    /// The client for itself (RFC 6749 §4.4).
    ClientCredentials,
    /// A code that is entered on another device (RFC 8628).
    Device,
    /// The server's login page in a browser: authorization code and PKCE (RFC 6749 §4.1, RFC 7636, RFC 8252).
    Browser,
    /// A token of another issuer, exchanged (RFC 8693).
    TokenExchange,
    /// A token of another issuer, as an assertion (RFC 7523 §2.1).
    JwtBearer,
}

impl GrantKind {
    /// Every grant, in the order in which messages list them.
    pub const ALL: [Self; 6] =
        [Self::Password, Self::ClientCredentials, Self::Device, Self::Browser, Self::TokenExchange, Self::JwtBearer];

    /// The grant's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ClientCredentials => "client-credentials",
            Self::Device => "device",
            Self::Browser => "browser",
            Self::TokenExchange => "token-exchange",
            Self::JwtBearer => "jwt-bearer",
        }
    }

    /// `grant_type` of its token request, which is also its name in metadata (RFC 8414 §2).
    #[must_use]
    pub fn wire_name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ClientCredentials => "client_credentials",
            Self::Device => "urn:ietf:params:oauth:grant-type:device_code",
            Self::Browser => "authorization_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }

    /// Whether a person has to do something for it, each time.
    #[must_use]
    pub fn needs_a_person(self) -> bool {
        matches!(self, Self::Device | Self::Browser)
    }

    /// Whether it can be run again without anybody, as often as a token is needed: what it takes is at hand.
    #[must_use]
    pub fn is_unattended(self) -> bool {
        matches!(self, Self::ClientCredentials | Self::TokenExchange | Self::JwtBearer)
    }
}

/// What the settings say of the grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantChoice {
    /// This one, and no other (P01).
    This(GrantKind),
    /// The safest that works with this server, here.
    Auto,
}

impl GrantChoice {
    const AUTO: &'static str = "auto";

    /// Every name, in the order in which messages list them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        GrantKind::ALL.into_iter().map(GrantKind::name).chain([Self::AUTO])
    }

    /// The grant, where one is named.
    #[must_use]
    pub fn named(self) -> Option<GrantKind> {
        match self {
            Self::This(grant) => Some(grant),
            Self::Auto => None,
        }
    }
}

impl fmt::Display for GrantChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::This(grant) => grant.fmt(f),
            Self::Auto => f.write_str(Self::AUTO),
        }
    }
}

impl FromStr for GrantChoice {
    type Err = UnknownGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == Self::AUTO { Ok(Self::Auto) } else { text.parse().map(Self::This) }
    }
}

impl fmt::Display for GrantKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no [`GrantKind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownGrant(pub Foreign);

impl fmt::Display for UnknownGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no grant; there are {}", self.0, GrantChoice::names().collect::<Vec<_>>().join(", "))
    }
}

impl std::error::Error for UnknownGrant {}

impl FromStr for GrantKind {
    type Err = UnknownGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|grant| grant.name() == text);
        found.ok_or_else(|| UnknownGrant(Foreign::new(text)))
    }
}

/// What every request to the token endpoint has in common.
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// Where it goes.
    pub endpoint: &'a Endpoint,
    /// Who asks.
    pub client: &'a Client,
    /// What is asked for; none leaves it to the server, and in a refresh stands for what was granted (P10).
    pub scopes: &'a Scopes,
    /// `audience`, once for each.
    pub audience: &'a [String],
    /// `resource`, once for each (RFC 8707).
    pub resource: &'a [String],
    /// Further parameters that the server wants. Names that are [reserved](is_reserved) are left out.
    pub extra: &'a [(String, String)],
}

/// Whether a parameter has a meaning of its own here, so that no extra one may be called so: an extra parameter can
/// neither replace what the grant says nor name the client a second time.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    const RESERVED: [&str; 29] = [
        "actor_token",
        "actor_token_type",
        "assertion",
        "audience",
        "client_assertion",
        "client_assertion_type",
        "client_id",
        "client_secret",
        "code",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "device_code",
        "grant_type",
        "nonce",
        "password",
        "redirect_uri",
        "refresh_token",
        "request",
        "request_uri",
        "requested_token_type",
        "resource",
        "response_mode",
        "response_type",
        "scope",
        "state",
        "subject_token",
        "subject_token_type",
        "username",
    ];
    RESERVED.contains(&name)
}

/// The password grant (RFC 6749 §4.3.2).
///
/// # Errors
/// [`MissingSecret`]
pub fn password(asked: &TokenRequest<'_>, username: &str, password: &Secret) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", "password");
    form.push("username", username);
    form.push("password", password.expose());
    asked.complete(form)
}

/// The client credentials grant (RFC 6749 §4.4.2).
///
/// # Errors
/// [`MissingSecret`]
pub fn client_credentials(asked: &TokenRequest<'_>) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", GrantKind::ClientCredentials.wire_name());
    asked.complete(form)
}

/// The exchange of the code that the browser brought (RFC 6749 §4.1.3, RFC 7636 §4.5). Scopes were said before; what is
/// in `asked` of them is left out.
///
/// # Errors
/// [`MissingSecret`]
pub fn authorization_code(
    asked: &TokenRequest<'_>,
    code: &Secret,
    verifier: &Secret,
    redirect_uri: &str,
) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", GrantKind::Browser.wire_name());
    form.push("code", code.expose());
    form.push("redirect_uri", redirect_uri);
    form.push("code_verifier", verifier.expose());
    TokenRequest { scopes: &Scopes::default(), ..*asked }.complete(form)
}

/// The token exchange (RFC 8693 §2.1). The types are URNs.
///
/// # Errors
/// [`MissingSecret`]
pub fn token_exchange(
    asked: &TokenRequest<'_>,
    subject_token: &Secret,
    subject_token_type: &str,
    requested_token_type: Option<&str>,
) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", GrantKind::TokenExchange.wire_name());
    form.push("subject_token", subject_token.expose());
    form.push("subject_token_type", subject_token_type);
    if let Some(requested) = requested_token_type {
        form.push("requested_token_type", requested);
    }
    asked.complete(form)
}

/// The JWT bearer grant (RFC 7523 §2.1).
///
/// # Errors
/// [`MissingSecret`]
pub fn jwt_bearer(asked: &TokenRequest<'_>, assertion: &Secret) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", GrantKind::JwtBearer.wire_name());
    form.push("assertion", assertion.expose());
    asked.complete(form)
}

/// Asks for a device code and the code that a person enters (RFC 8628 §3.1). The endpoint is the device authorization one.
///
/// # Errors
/// [`MissingSecret`]
pub fn device_authorization(asked: &TokenRequest<'_>) -> Result<Request, MissingSecret> {
    asked.complete(Form::new())
}

/// Asks whether the person is done (RFC 8628 §3.4).
///
/// # Errors
/// [`MissingSecret`]
pub fn device_token(asked: &TokenRequest<'_>, device_code: &Secret) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", GrantKind::Device.wire_name());
    form.push("device_code", device_code.expose());
    asked.complete(form)
}

/// The refresh (RFC 6749 §6). It names scopes only to get fewer than the login did (P10).
///
/// # Errors
/// [`MissingSecret`]
pub fn refresh(asked: &TokenRequest<'_>, refresh_token: &Secret) -> Result<Request, MissingSecret> {
    let mut form = Form::new();
    form.push("grant_type", "refresh_token");
    form.push("refresh_token", refresh_token.expose());
    asked.complete(form)
}

impl TokenRequest<'_> {
    /// Adds what does not depend on the grant, the client last.
    pub(super) fn complete(&self, mut form: Form) -> Result<Request, MissingSecret> {
        self.describe(&mut form);
        let mut headers = Vec::new();
        self.client.authenticate(&mut form, &mut headers)?;
        form.to_sign.dpop.clone_from(&self.client.dpop);
        Ok(form.post_to(self.endpoint, headers))
    }

    /// Adds what is asked for.
    pub(super) fn describe(&self, form: &mut Form) {
        if !self.scopes.is_empty() {
            form.push("scope", &self.scopes.to_string());
        }
        for audience in self.audience {
            form.push("audience", audience);
        }
        for resource in self.resource {
            form.push("resource", resource);
        }
        for (name, value) in self.extra.iter().filter(|(name, _)| !is_reserved(name)) {
            form.push(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{ClientAuthMethod, ClientId, Method};

    fn client(method: ClientAuthMethod, secret: Option<&str>) -> Client {
        let secret = secret.map(|text| Secret::new(text.to_owned()));
        Client::new(ClientId::parse("s6BhdRkqt3").unwrap(), method, secret)
    }

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    /// A request that asks for much: two scopes, audiences and resources, extra parameters of which three are ours.
    fn with_everything(client: &Client, send: impl Fn(&TokenRequest<'_>) -> Request) -> Request {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        send(&TokenRequest {
            endpoint: &Endpoint::parse("https://server.example.com/token?tenant=1").unwrap(),
            client,
            scopes: &Scopes::parse("openid offline_access").unwrap(),
            audience: &texts(&["api", "b c"]),
            resource: &texts(&["https://r1/", "https://r2/"]),
            extra: &[
                pair("realm", "x y"),
                pair("password", "evil"),
                pair("client_id", "evil"),
                pair("grant_type", "evil"),
                pair("realm", "again"),
            ],
        })
    }

    /// The same with nothing but what must be.
    fn plain(client: &Client, send: impl Fn(&TokenRequest<'_>) -> Request) -> Request {
        let (endpoint, scopes) = (Endpoint::parse("https://server.example.com/token").unwrap(), Scopes::default());
        send(&TokenRequest { endpoint: &endpoint, client, scopes: &scopes, audience: &[], resource: &[], extra: &[] })
    }

    fn body(request: &Request) -> &str {
        request.body.as_ref().unwrap().expose()
    }

    fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
        request.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.expose())
    }

    #[test] // P03 P05
    fn the_password_request_of_rfc_6749() {
        let client = client(ClientAuthMethod::Basic, Some("gX1fBat3bV"));
        let secret = Secret::new("A3ddj3w".into());
        let request = plain(&client, |asked| password(asked, "johndoe", &secret).unwrap());
        assert_eq!(request.method, Method::Post);
        assert_eq!(request.url.as_str(), "https://server.example.com/token");
        assert_eq!(header(&request, "Authorization"), Some("Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW"));
        assert_eq!(header(&request, "Content-Type"), Some("application/x-www-form-urlencoded"));
        assert_eq!(header(&request, "Accept"), Some("application/json"));
        assert_eq!(body(&request), "grant_type=password&username=johndoe&password=A3ddj3w");
    }

    #[test] // P10
    fn the_refresh_request_of_rfc_6749() {
        let client = client(ClientAuthMethod::Post, Some("7Fjfp0ZBr1KtDRbnfVdmIw"));
        let token = Secret::new("tGzv3JOkF0XG5Qx2TlKWIA".into());
        let request = plain(&client, |asked| refresh(asked, &token).unwrap());
        assert_eq!(
            body(&request),
            "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA\
             &client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw"
        );
        assert_eq!(header(&request, "Authorization"), None);
    }

    #[test] // P03
    fn a_password_arrives_to_the_byte() {
        let client = client(ClientAuthMethod::None, None);
        let secret = Secret::new(" + % & = é 🦀 ".into());
        let request = plain(&client, |asked| password(asked, "a&b=é", &secret).unwrap());
        assert_eq!(
            body(&request),
            "grant_type=password&username=a%26b%3D%C3%A9\
             &password=+%2B+%25+%26+%3D+%C3%A9+%F0%9F%A6%80+&client_id=s6BhdRkqt3"
        );
    }

    #[test] // P03 P05
    fn extra_parameters_replace_nothing() {
        let client = client(ClientAuthMethod::None, None);
        let secret = Secret::new("pw".into());
        let request = with_everything(&client, |asked| password(asked, "ada", &secret).unwrap());
        assert_eq!(
            body(&request),
            "grant_type=password&username=ada&password=pw&scope=openid+offline_access\
             &audience=api&audience=b+c&resource=https%3A%2F%2Fr1%2F&resource=https%3A%2F%2Fr2%2F\
             &realm=x+y&client_id=s6BhdRkqt3"
        );
    }

    #[test] // P05
    fn with_basic_an_extra_client_id_stays_out_too() {
        let client = client(ClientAuthMethod::Basic, Some("gX1fBat3bV"));
        let token = Secret::new("rt".into());
        let request = with_everything(&client, |asked| refresh(asked, &token).unwrap());
        assert!(!body(&request).contains("client_id"));
    }

    #[test] // P16
    fn the_code_is_exchanged_with_its_verifier_and_without_scopes() {
        let client = client(ClientAuthMethod::None, None);
        let (code, verifier) = (Secret::new("c+1".into()), Secret::new("v".into()));
        let uri = "http://127.0.0.1:9/callback";
        let request = with_everything(&client, |asked| authorization_code(asked, &code, &verifier, uri).unwrap());
        assert_eq!(
            body(&request),
            "grant_type=authorization_code&code=c%2B1&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fcallback&code_verifier=v\
             &audience=api&audience=b+c&resource=https%3A%2F%2Fr1%2F&resource=https%3A%2F%2Fr2%2F&realm=x+y\
             &client_id=s6BhdRkqt3"
        );
    }

    #[test] // P10
    fn a_refresh_names_the_scopes_it_is_narrowed_to_audience_and_resource() {
        let client = client(ClientAuthMethod::None, None);
        let token = Secret::new("r/t".into());
        let request = with_everything(&client, |asked| refresh(asked, &token).unwrap());
        assert_eq!(
            body(&request),
            "grant_type=refresh_token&refresh_token=r%2Ft&scope=openid+offline_access\
             &audience=api&audience=b+c&resource=https%3A%2F%2Fr1%2F&resource=https%3A%2F%2Fr2%2F\
             &realm=x+y&client_id=s6BhdRkqt3"
        );
    }

    #[test] // P05
    fn no_secret_in_the_address() {
        let client = client(ClientAuthMethod::Post, Some("canary-s"));
        let secret = Secret::new("canary-p".into());
        let request = with_everything(&client, |asked| password(asked, "ada", &secret).unwrap());
        assert_eq!(request.url.as_str(), "https://server.example.com/token?tenant=1");
        assert!(!format!("{request:?}").contains("canary"));
    }

    #[test]
    fn a_missing_client_secret_makes_no_request() {
        let client = client(ClientAuthMethod::Basic, None);
        let endpoint = Endpoint::parse("https://h/t").unwrap();
        let scopes = Scopes::default();
        let asked = TokenRequest {
            endpoint: &endpoint,
            client: &client,
            scopes: &scopes,
            audience: &[],
            resource: &[],
            extra: &[],
        };
        let secret = Secret::new("x".into());
        assert_eq!(password(&asked, "u", &secret).unwrap_err().method, ClientAuthMethod::Basic);
        assert_eq!(refresh(&asked, &secret).unwrap_err().method, ClientAuthMethod::Basic);
    }

    #[test] // P01
    fn grants_have_names() {
        assert_eq!("password".parse(), Ok(GrantKind::Password));
        assert_eq!(GrantKind::Password.to_string(), "password");
        for bad in ["", "Password", "ropc\x1b"] {
            assert_eq!(bad.parse::<GrantKind>(), Err(UnknownGrant(Foreign::new(bad))));
        }
        let error = "ropc\x1b".parse::<GrantKind>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"ropc\\u{1b}\" is no grant; there are password, client-credentials, device, browser, token-exchange, jwt-bearer, auto"
        );
    }
}
