//! What can be set on an [`AuthServer`](super::AuthServer), before it starts and while it runs.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::Answer;
use super::grants::Grants;
use super::jwt::Point;
use crate::support::canary::{Canaries, Kind};
use crate::support::gate::Gate;

/// Changes a JSON object before it is sent: lies, odd forms, extra members.
pub type Edit = Arc<dyn Fn(&mut Map<String, Value>) + Send + Sync>;

/// Changes the parameters of a redirect before the browser is sent away with them.
pub type EditRedirect = Arc<dyn Fn(&mut Vec<(String, String)>) + Send + Sync>;

/// How a client proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// It does not.
    Public,
    /// HTTP Basic, form-decoded as RFC 6749 §2.3.1 says.
    Basic,
    /// HTTP Basic taken as it is, as several servers do.
    BasicRaw,
    /// `client_secret` in the body.
    Post,
    /// An assertion signed with the secret: HS256.
    SecretJwt,
    /// An assertion signed with the private key of this public one: ES256.
    KeyJwt(Point),
    /// A certificate, which the handshake has demanded.
    Tls,
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// Empty for a public one.
    pub secret: String,
    /// The only method that it may use.
    pub auth: ClientAuth,
}

/// What becomes of a refresh token that was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is replaced; using it again revokes the whole family, access tokens too (RFC 9700 §4.14.2).
    Rotate,
    /// It stays valid and the answer names none.
    Omit,
    /// It stays valid and the answer repeats it.
    Same,
}

/// All of it.
#[derive(Clone)]
pub struct Setup {
    /// Path of the issuer: empty, or `/realms/main`.
    pub issuer_path: String,
    /// Whether `ISSUER/.well-known/openid-configuration` answers.
    pub openid_discovery: bool,
    /// Whether `/.well-known/oauth-authorization-server/PATH` answers (RFC 8414).
    pub rfc8414_discovery: bool,
    /// Applied to both documents.
    pub edit_metadata: Option<Edit>,
    /// Names and passwords.
    pub users: BTreeMap<String, String>,
    /// `tok` (public), `basic`, `basic-raw`, `post` (each with an awkward secret).
    pub clients: Vec<Client>,
    /// The grants besides the password.
    pub grants: Grants,
    /// Lifetime of the next access tokens in seconds; `None` is not told, and an hour.
    pub expires_in: Option<u64>,
    /// For the next refreshes.
    pub rotation: Rotation,
    /// Whether a login gives a refresh token.
    pub refresh_tokens: bool,
    /// Whether refreshes give ID tokens too, which then live as long as access tokens.
    pub renews_id_tokens: bool,
    /// Whether tokens are bound to the key of a DPoP proof where one comes.
    pub dpop: bool,
    /// The nonce that a proof has to hold.
    pub dpop_nonce: Option<String>,
    /// Access tokens that are JWTs instead of opaque.
    pub jwt: bool,
    /// Applied to every successful token answer.
    pub edit_tokens: Option<Edit>,
    /// Whether the login page takes pushed requests only (RFC 9126).
    pub requires_par: bool,
    /// Whether `iss` is in redirects, and metadata says so (RFC 9207).
    pub names_itself: bool,
    /// Applied to every redirect from the login page.
    pub edit_redirect: Option<EditRedirect>,
    /// Answers of the token endpoint are made, but held back until it opens.
    pub token_gate: Option<Gate>,
    /// Answers to the next token requests, which then change nothing. Not using them fails the test.
    pub token_failures: VecDeque<Answer>,
    /// The same for revocations.
    pub revocation_failures: VecDeque<Answer>,
}

impl Setup {
    /// One user `ada`, all kinds of clients, rotation, five minutes, everything discoverable.
    pub fn new(canaries: &Canaries) -> Self {
        let client = |id: &str, auth| {
            let public = auth == ClientAuth::Public;
            let secret = if public { String::new() } else { canaries.make_awkward(Kind::ClientSecret) };
            Client { id: id.to_owned(), secret, auth }
        };
        Self {
            issuer_path: String::new(),
            openid_discovery: true,
            rfc8414_discovery: true,
            edit_metadata: None,
            users: BTreeMap::from([("ada".to_owned(), canaries.make_awkward(Kind::Password))]),
            clients: vec![
                client("tok", ClientAuth::Public),
                client("basic", ClientAuth::Basic),
                client("basic-raw", ClientAuth::BasicRaw),
                client("post", ClientAuth::Post),
            ],
            grants: Grants::new(canaries),
            expires_in: Some(300),
            rotation: Rotation::Rotate,
            refresh_tokens: true,
            renews_id_tokens: false,
            dpop: true,
            dpop_nonce: None,
            jwt: false,
            edit_tokens: None,
            requires_par: false,
            names_itself: true,
            edit_redirect: None,
            token_gate: None,
            token_failures: VecDeque::new(),
            revocation_failures: VecDeque::new(),
        }
    }
}
