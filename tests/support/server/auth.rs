//! A small OAuth server, as strict as the strictest real one: discovery (OpenID Connect and RFC 8414), the password
//! grant, refresh with rotation and family revocation, revocation (RFC 7009), userinfo and a protected API.
//!
//! Its secrets are canaries. At its end it fails the test if one of them came in a URI (P05).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::codes::Codes;
use super::log::Log;
use super::realm::Realm;
use super::scripted::Server;
use super::setup::{Client, ClientAuth, Setup};
use super::tls;
use super::wire::Received;
use crate::support::ca::{Authority, Leaf};
use crate::support::canary::Canaries;
use crate::support::gate::{Gate, lock};

/// A running OAuth server.
pub struct AuthServer {
    /// The HTTP server beneath: its log, its waits, further replies and faults.
    pub http: Server,
    /// Who signed its certificate.
    pub authority: Authority,
    canaries: Canaries,
    state: Arc<Mutex<State>>,
}

struct State {
    setup: Setup,
    realm: Realm,
    codes: Codes,
    origin: String,
    /// Token requests by grant type, whatever became of them.
    counts: BTreeMap<String, usize>,
}

impl AuthServer {
    /// https with a good certificate of its own authority.
    pub fn start(canaries: &Canaries) -> Self {
        Self::start_with(canaries, Leaf::Good)
    }

    /// https with any certificate.
    pub fn start_with(canaries: &Canaries, leaf: Leaf) -> Self {
        let authority = Authority::new();
        let http = Server::https(tls::config(&authority.leaf(leaf), None));
        Self::on(http, authority, canaries)
    }

    /// Plain http on loopback.
    pub fn start_http(canaries: &Canaries) -> Self {
        Self::on(Server::http(), Authority::new(), canaries)
    }

    fn on(http: Server, authority: Authority, canaries: &Canaries) -> Self {
        let (setup, realm) = (Setup::new(canaries), Realm::new(canaries.clone()));
        let codes = Codes::new(canaries.clone());
        let state = State { setup, realm, codes, origin: http.url(""), counts: BTreeMap::new() };
        let state = Arc::new(Mutex::new(state));
        let answering = Arc::clone(&state);
        http.answer_all(move |request| {
            let mut state = lock(&answering);
            state.answer(request)
        });
        Self { http, authority, canaries: canaries.clone(), state }
    }

    /// Changes what can be set, for all that follows.
    pub fn set(&self, change: impl FnOnce(&mut Setup)) {
        change(&mut lock(&self.state).setup);
    }

    /// Looks into the server's memory, or meddles with it.
    pub fn realm<T>(&self, look: impl FnOnce(&mut Realm) -> T) -> T {
        look(&mut lock(&self.state).realm)
    }

    /// The authorization requests that the login page understood.
    pub fn asked(&self) -> Vec<Vec<(String, String)>> {
        lock(&self.state).codes.asked.clone()
    }

    /// The issuer identifier.
    pub fn issuer(&self) -> String {
        lock(&self.state).issuer()
    }

    /// The issuer and a path: `/token`, `/revoke`, `/userinfo`, `/api`.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer())
    }

    /// A user's password.
    pub fn password(&self, user: &str) -> String {
        lock(&self.state).setup.users[user].clone()
    }

    /// A client's secret.
    pub fn client_secret(&self, id: &str) -> String {
        lock(&self.state).setup.client(id).unwrap().secret.clone()
    }

    /// Writes the authority's certificate into a folder: the client's `--ca-file`.
    pub fn ca_file(&self, folder: &Path) -> std::path::PathBuf {
        self.authority.write_pem(folder)
    }

    /// Holds the answers of the token endpoint back until the gate is opened.
    pub fn hold_tokens(&self) -> Gate {
        let gate = Gate::new();
        self.set(|setup| setup.token_gate = Some(gate.clone()));
        gate
    }

    /// Answers the next `times` token requests like this.
    pub fn fail_tokens(&self, times: usize, answer: &Answer) {
        self.set(|setup| setup.token_failures.extend(std::iter::repeat_n(answer.clone(), times)));
    }

    /// How many token requests of a grant type came, whatever became of them.
    pub fn count(&self, grant_type: &str) -> usize {
        lock(&self.state).counts.get(grant_type).copied().unwrap_or(0)
    }

    /// What was seen up to now.
    pub fn log(&self) -> Log {
        self.http.log()
    }
}

impl Drop for AuthServer {
    fn drop(&mut self) {
        let targets: Vec<String> = self.log().requests.into_iter().map(|request| request.target).collect();
        let findings = self.canaries.search("a request's URI", targets.join("\n").as_bytes());
        let state = lock(&self.state);
        let unused = state.setup.token_failures.len() + state.setup.revocation_failures.len();
        drop(state);
        if !thread::panicking() {
            crate::support::canary::demand_none(&findings);
            assert_eq!(unused, 0, "failures that were set up and not used");
        }
    }
}

impl Setup {
    fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }
}

impl State {
    fn issuer(&self) -> String {
        format!("{}{}", self.origin, self.setup.issuer_path)
    }

    fn answer(&mut self, request: &Received) -> Answer {
        let path = request.path().to_owned();
        let base = self.setup.issuer_path.clone();
        if path == format!("{base}/.well-known/openid-configuration") && self.setup.openid_discovery
            || path == format!("/.well-known/oauth-authorization-server{base}") && self.setup.rfc8414_discovery
        {
            return self.metadata();
        }
        match (path.strip_prefix(&base), request.method.as_str()) {
            (Some("/token"), "POST") => self.token(request),
            (Some("/revoke"), "POST") => self.revocation(request),
            (Some("/authorize"), "GET") => {
                let issuer = self.issuer();
                self.codes.authorize(&self.setup, &issuer, request)
            }
            (Some("/par"), "POST") => match self.authenticated(request, true) {
                Ok(client) => self.codes.push(&client, request),
                Err(refusal) => *refusal,
            },
            (Some("/token" | "/revoke"), _) => Answer::html(405),
            (Some("/userinfo"), _) => self.protected(request, |user, _| json!({ "sub": user, "name": "Ada Lovelace" })),
            (Some("/api"), _) => self.protected(request, |user, scope| json!({ "hello": user, "scope": scope })),
            _ => Answer::html(404),
        }
    }

    fn metadata(&self) -> Answer {
        let issuer = self.issuer();
        let at = |path: &str| Value::from(format!("{issuer}{path}"));
        let mut document = Map::from_iter([
            ("issuer".to_owned(), at("")),
            ("token_endpoint".to_owned(), at("/token")),
            ("revocation_endpoint".to_owned(), at("/revoke")),
            ("authorization_endpoint".to_owned(), at("/authorize")),
            ("pushed_authorization_request_endpoint".to_owned(), at("/par")),
            ("require_pushed_authorization_requests".to_owned(), self.setup.requires_par.into()),
            ("authorization_response_iss_parameter_supported".to_owned(), self.setup.names_itself.into()),
            ("userinfo_endpoint".to_owned(), at("/userinfo")),
            ("grant_types_supported".to_owned(), json!(["password", "refresh_token"])),
            (
                "token_endpoint_auth_methods_supported".to_owned(),
                json!(["none", "client_secret_basic", "client_secret_post"]),
            ),
        ]);
        if let Some(edit) = &self.setup.edit_metadata {
            edit(&mut document);
        }
        Answer::json(200, document.into())
    }

    fn token(&mut self, request: &Received) -> Answer {
        let grant = request.param("grant_type").unwrap_or_default();
        *self.counts.entry(grant.clone()).or_default() += 1;
        let answer = match self.setup.token_failures.pop_front() {
            Some(failure) => failure,
            None => match self.grant(request, &grant) {
                Err(refusal) => *refusal,
                Ok(mut tokens) => {
                    if let Some(edit) = &self.setup.edit_tokens {
                        edit(&mut tokens);
                    }
                    Answer::json(200, tokens.into()).header("Cache-Control", "no-store")
                }
            },
        };
        match &self.setup.token_gate {
            Some(gate) => answer.held_by(gate),
            None => answer,
        }
    }

    fn grant(&mut self, request: &Received, grant: &str) -> Result<Map<String, Value>, Box<Answer>> {
        let client = self.authenticate(request)?;
        let issuer = self.issuer();
        let param = |name: &str| request.param(name).unwrap_or_default();
        let refuse = |code: &str| Box::new(Answer::error(400, code));
        match grant {
            "password" => {
                let user = param("username");
                if self.setup.users.get(&user) != Some(&param("password")) {
                    return Err(refuse("invalid_grant"));
                }
                Ok(self.realm.login(&self.setup, &issuer, &user, &client, &param("scope")))
            }
            "refresh_token" => {
                let tokens = self.realm.refresh(&self.setup, &issuer, &client, &param("refresh_token"));
                tokens.ok_or_else(|| refuse("invalid_grant"))
            }
            "authorization_code" => {
                let redeemed = self.codes.redeem(&client, request).ok_or_else(|| refuse("invalid_grant"))?;
                self.realm.nonce = redeemed.nonce;
                Ok(self.realm.login(&self.setup, &issuer, "ada", &client, &redeemed.scope))
            }
            "" => Err(refuse("invalid_request")),
            _ => Err(refuse("unsupported_grant_type")),
        }
    }

    fn revocation(&mut self, request: &Received) -> Answer {
        if let Some(failure) = self.setup.revocation_failures.pop_front() {
            return failure;
        }
        match (self.authenticate(request), request.param("token")) {
            (Err(refusal), _) => *refusal,
            (Ok(_), None) => Answer::error(400, "invalid_request"),
            (Ok(client), Some(token)) => {
                self.realm.revoke(&client, &token);
                Answer::empty(200) // for an unknown token too (RFC 7009 §2.2)
            }
        }
    }

    fn protected(&self, request: &Received, content: impl Fn(&str, &str) -> Value) -> Answer {
        match request.bearer().and_then(|token| self.realm.who(token)) {
            Some((user, scope)) => Answer::json(200, content(user, scope)),
            None => Answer::error(401, "invalid_token").header("WWW-Authenticate", "Bearer error=\"invalid_token\""),
        }
    }

    /// The client's id; as strict as RFC 6749 §2.3 and §3.2 allow.
    fn authenticate(&self, request: &Received) -> Result<String, Box<Answer>> {
        self.authenticated(request, false)
    }

    /// The same, where the client has to be named among the parameters besides (RFC 9126 §2.1).
    fn authenticated(&self, request: &Received, is_named: bool) -> Result<String, Box<Answer>> {
        let malformed = || Box::new(Answer::error(400, "invalid_request"));
        let is_form =
            request.header("content-type").is_some_and(|t| t.starts_with("application/x-www-form-urlencoded"));
        let form = request.form();
        let mut names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
        names.retain(|name| !["resource", "audience"].contains(name));
        names.sort_unstable();
        if !is_form || !request.query().is_empty() || names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(malformed());
        }
        let challenge = "Basic realm=\"tok\"";
        let refused = || Box::new(Answer::error(401, "invalid_client").header("WWW-Authenticate", challenge));
        let (named, secret) = (request.param("client_id"), request.param("client_secret"));
        if request.header("authorization").is_none() {
            let client = named.and_then(|id| self.setup.client(&id)).ok_or_else(refused)?;
            let proven = match client.auth {
                ClientAuth::Public => secret.is_none(),
                ClientAuth::Post => secret.as_ref() == Some(&client.secret),
                ClientAuth::Basic | ClientAuth::BasicRaw => false,
            };
            return if proven { Ok(client.id.clone()) } else { Err(refused()) };
        }
        if named.is_some() != is_named || secret.is_some() {
            return Err(malformed()); // a client that is named twice
        }
        let (raw, decoded) = (request.basic(), request.basic_decoded());
        let proven = |client: &&Client| {
            let itself = Some((client.id.clone(), client.secret.clone()));
            match client.auth {
                ClientAuth::Basic => decoded == itself,
                ClientAuth::BasicRaw => raw == itself,
                ClientAuth::Public | ClientAuth::Post => false,
            }
        };
        self.setup.clients.iter().find(proven).map(|client| client.id.clone()).ok_or_else(refused)
    }
}
