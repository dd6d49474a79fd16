//! A small OAuth server, as strict as the strictest real one: discovery (OpenID Connect and RFC 8414), the password
//! grant, refresh with rotation and family revocation, resources (RFC 8707), revocation (RFC 7009), userinfo and a
//! protected API.
//!
//! Its secrets are canaries. At its end it fails the test if one of them came in a URI (P05).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::codes::Codes;
use super::jwt::{self, Jwt, Point};
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
    /// The `jti` of every assertion and proof: none serves twice.
    seen: HashSet<String>,
    /// Tokens that are bound to a key.
    bound: HashMap<String, Point>,
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

    /// https, and a client certificate of its own authority is demanded.
    pub fn start_mutual(canaries: &Canaries) -> Self {
        let authority = Authority::new();
        let http = Server::https(tls::config(&authority.leaf(Leaf::Good), Some(&authority)));
        Self::on(http, authority, canaries)
    }

    /// Plain http on loopback.
    pub fn start_http(canaries: &Canaries) -> Self {
        Self::on(Server::http(), Authority::new(), canaries)
    }

    fn on(http: Server, authority: Authority, canaries: &Canaries) -> Self {
        let (setup, realm) = (Setup::new(canaries), Realm::new(canaries.clone()));
        let codes = Codes::new(canaries.clone());
        let origin = http.url("");
        let (counts, seen, bound) = Default::default();
        let state = State { setup, realm, codes, origin, counts, seen, bound };
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

    /// What a resource server knows of it: whether an access token is good now.
    pub fn doorkeeper(&self) -> impl Fn(&str) -> bool + Clone + Send + Sync + use<> {
        let state = Arc::clone(&self.state);
        move |token| lock(&state).realm.who(token).is_some()
    }

    /// The same of one that takes tokens for itself alone (RFC 8707); without a resource, those that are for none.
    pub fn doorkeeper_for(&self, resource: Vec<String>) -> impl Fn(&str) -> bool + Send + Sync + use<> {
        let (state, is_good) = (Arc::clone(&self.state), self.doorkeeper());
        move |token| is_good(token) && lock(&state).realm.resource_of(token) == Some(&resource)
    }

    /// The same for ID tokens.
    pub fn registrar(&self) -> impl Fn(&str) -> bool + Clone + Send + Sync + use<> {
        let state = Arc::clone(&self.state);
        move |token| lock(&state).realm.identifies(token)
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

    /// The token of another issuer that this server takes.
    pub fn subject_token(&self) -> String {
        lock(&self.state).setup.grants.subject().to_owned()
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
        let failures = state.setup.token_failures.len() + state.setup.revocation_failures.len();
        let unused = failures + state.setup.grants.device_answers.len();
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
            (Some("/device"), "POST") => self.device(request),
            (Some("/ci"), _) => self.setup.grants.identity(request),
            (Some("/revoke"), "POST") => self.revocation(request),
            (Some("/introspect"), "POST") => self.introspection(request),
            (Some("/authorize"), "GET") => {
                let issuer = self.issuer();
                self.codes.authorize(&self.setup, &issuer, request)
            }
            (Some("/par"), "POST") => match self.authenticated(request, true) {
                Ok(client) => self.codes.push(&client, request),
                Err(refusal) => *refusal,
            },
            (Some("/token" | "/revoke" | "/introspect"), _) => Answer::html(405),
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
            ("introspection_endpoint".to_owned(), at("/introspect")),
            ("device_authorization_endpoint".to_owned(), at("/device")),
            (
                "grant_types_supported".to_owned(),
                json!([
                    "password",
                    "refresh_token",
                    "client_credentials",
                    "authorization_code",
                    "urn:ietf:params:oauth:grant-type:device_code",
                    "urn:ietf:params:oauth:grant-type:token-exchange",
                    "urn:ietf:params:oauth:grant-type:jwt-bearer",
                ]),
            ),
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
        let key = self.proven(request)?;
        let mut tokens = self.granted(request, grant, &client, key)?;
        let resource =
            request.form().into_iter().filter(|(name, _)| name == "resource").map(|(_, value)| value).collect();
        self.realm.limit(tokens["access_token"].as_str().unwrap(), resource);
        if let Some(key) = key {
            tokens.insert("token_type".into(), "DPoP".into());
            let texts = ["access_token", "refresh_token"].map(|name| tokens.get(name).and_then(Value::as_str));
            self.bound.extend(texts.into_iter().flatten().map(|token| (token.to_owned(), key)));
        }
        Ok(tokens)
    }

    /// The key of the request's DPoP proof, if there is a proof.
    fn proven(&mut self, request: &Received) -> Result<Option<Point>, Box<Answer>> {
        if !self.setup.dpop || request.header("dpop").is_none() {
            return Ok(None);
        }
        let url = format!("{}{}", self.origin, request.path());
        let refused = || Box::new(Answer::error(400, "invalid_dpop_proof"));
        let (key, jwt) = jwt::proof(request, &url, None).ok_or_else(refused)?;
        if !self.seen.insert(jwt.text("jti").to_owned()) {
            return Err(refused());
        }
        match &self.setup.dpop_nonce {
            Some(nonce) if jwt.text("nonce") != nonce => {
                Err(Box::new(Answer::error(400, "use_dpop_nonce").header("DPoP-Nonce", nonce)))
            }
            _ => Ok(Some(key)),
        }
    }

    fn granted(
        &mut self,
        request: &Received,
        grant: &str,
        client: &str,
        key: Option<Point>,
    ) -> Result<Map<String, Value>, Box<Answer>> {
        let issuer = self.issuer();
        let param = |name: &str| request.param(name).unwrap_or_default();
        let refuse = |code: &str| Box::new(Answer::error(400, code));
        match grant {
            "password" => {
                let user = param("username");
                if self.setup.users.get(&user) != Some(&param("password")) {
                    return Err(refuse("invalid_grant"));
                }
                Ok(self.realm.login(&self.setup, &issuer, &user, client, &param("scope")))
            }
            "refresh_token" => {
                if self.bound.get(&param("refresh_token")).is_some_and(|bound| Some(*bound) != key) {
                    return Err(refuse("invalid_grant"));
                }
                let tokens = self.realm.refresh(&self.setup, &issuer, client, &param("refresh_token"));
                tokens.ok_or_else(|| refuse("invalid_grant"))
            }
            "authorization_code" => {
                let redeemed = self.codes.redeem(client, request).ok_or_else(|| refuse("invalid_grant"))?;
                self.realm.nonce = redeemed.nonce;
                Ok(self.realm.login(&self.setup, &issuer, "ada", client, &redeemed.scope))
            }
            "client_credentials" => {
                if self.setup.client(client).is_some_and(|client| client.auth == ClientAuth::Public) {
                    return Err(refuse("unauthorized_client"));
                }
                // RFC 6749 §4.4.3: no refresh token.
                let mut answer = self.realm.login(&self.setup, &issuer, client, client, &param("scope"));
                answer.remove("refresh_token");
                Ok(answer)
            }
            "urn:ietf:params:oauth:grant-type:token-exchange" => {
                let (kind, token) = (param("subject_token_type"), param("subject_token"));
                let mut answer = match kind.strip_prefix("urn:ietf:params:oauth:token-type:") {
                    Some("jwt") => self.other_issuers(client, &token, &param("scope"))?,
                    Some("access_token") if self.bound.get(&token).is_none_or(|bound| Some(*bound) == key) => {
                        let answer = self.realm.exchange(&self.setup, &issuer, &token);
                        answer.ok_or_else(|| refuse("invalid_grant"))?
                    }
                    _ => return Err(refuse("invalid_request")),
                };
                answer.insert("issued_token_type".into(), "urn:ietf:params:oauth:token-type:access_token".into());
                Ok(answer)
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                self.other_issuers(client, &param("assertion"), &param("scope"))
            }
            "urn:ietf:params:oauth:grant-type:device_code" => {
                let scope = self.setup.grants.device_scope(client, &param("device_code"))?;
                Ok(self.realm.login(&self.setup, &issuer, "ada", client, &scope))
            }
            "" => Err(refuse("invalid_request")),
            _ => Err(refuse("unsupported_grant_type")),
        }
    }

    /// Tokens for one of another issuer; no refresh token, as that one can be shown again.
    fn other_issuers(&mut self, client: &str, token: &str, scope: &str) -> Result<Map<String, Value>, Box<Answer>> {
        let user = self.setup.grants.user_of(token).map(str::to_owned);
        let user = user.ok_or_else(|| Box::new(Answer::error(400, "invalid_grant")))?;
        let issuer = self.issuer();
        let mut answer = self.realm.login(&self.setup, &issuer, &user, client, scope);
        answer.remove("refresh_token");
        Ok(answer)
    }

    fn device(&mut self, request: &Received) -> Answer {
        let issuer = self.issuer();
        match self.authenticate(request) {
            Ok(client) => {
                let scope = request.param("scope").unwrap_or_default();
                self.setup.grants.device(&issuer, &client, &scope)
            }
            Err(refusal) => *refusal,
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

    /// RFC 7662 §2.1: for clients that authenticate.
    fn introspection(&mut self, request: &Received) -> Answer {
        let client = match self.authenticate(request) {
            Ok(client) if self.setup.client(&client).is_some_and(|client| client.auth != ClientAuth::Public) => client,
            Ok(_) => return Answer::error(401, "invalid_client"),
            Err(refusal) => return *refusal,
        };
        match request.param("token").as_deref().and_then(|token| self.realm.who(token)) {
            Some((user, scope)) => Answer::json(
                200,
                json!({ "active": true, "scope": scope, "client_id": client, "username": user, "aud": ["https://api/"] }),
            ),
            None => Answer::json(200, json!({ "active": false })),
        }
    }

    fn protected(&self, request: &Received, content: impl Fn(&str, &str) -> Value) -> Answer {
        let url = format!("{}{}", self.origin, request.path());
        let bearer = request.bearer().filter(|token| !self.bound.contains_key(*token));
        let shown = bearer.or_else(|| {
            let token = request.dpop_token()?;
            let (key, proof) = jwt::proof(request, &url, Some(token))?;
            let nonce = self.setup.dpop_nonce.as_deref();
            let holds = self.bound.get(token) == Some(&key) && nonce.is_none_or(|nonce| proof.text("nonce") == nonce);
            holds.then_some(token)
        });
        match shown.and_then(|token| self.realm.who(token)) {
            Some((user, scope)) => Answer::json(200, content(user, scope)),
            None => Answer::error(401, "invalid_token").header("WWW-Authenticate", "Bearer error=\"invalid_token\""),
        }
    }

    /// The client's id; as strict as RFC 6749 §2.3 and §3.2 allow.
    fn authenticate(&mut self, request: &Received) -> Result<String, Box<Answer>> {
        self.authenticated(request, false)
    }

    /// The same, where the client has to be named among the parameters besides (RFC 9126 §2.1).
    fn authenticated(&mut self, request: &Received, is_named: bool) -> Result<String, Box<Answer>> {
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
            let client = named.and_then(|id| self.setup.client(&id)).ok_or_else(refused)?.clone();
            let assertion = request.param("client_assertion");
            let asserted = assertion.is_some() || request.param("client_assertion_type").is_some();
            let mut holds = |proves: &dyn Fn(&Jwt) -> bool| {
                let jwt = assertion.as_deref().and_then(Jwt::read);
                secret.is_none() && jwt.is_some_and(|jwt| proves(&jwt) && self.asserts(request, &client.id, &jwt))
            };
            let proven = match client.auth {
                ClientAuth::SecretJwt => holds(&|jwt| jwt.is_signed_with(&client.secret)),
                ClientAuth::KeyJwt(point) => holds(&|jwt| jwt.is_signed_by(&point)),
                _ if asserted => false,
                ClientAuth::Tls => secret.is_none(),
                ClientAuth::Public => secret.is_none(),
                ClientAuth::Post => secret.as_ref() == Some(&client.secret),
                ClientAuth::Basic | ClientAuth::BasicRaw => false,
            };
            return if proven { Ok(client.id) } else { Err(refused()) };
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
                _ => false,
            }
        };
        self.setup.clients.iter().find(proven).map(|client| client.id.clone()).ok_or_else(refused)
    }

    /// Whether an assertion says what it must (RFC 7523 §3), for the first time.
    fn asserts(&mut self, request: &Received, client: &str, jwt: &Jwt) -> bool {
        let issuer = self.issuer();
        let audience = [issuer.clone(), format!("{issuer}/token"), format!("{}{}", self.origin, request.path())];
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        request.param("client_assertion_type").as_deref() == Some(kind)
            && [jwt.text("iss"), jwt.text("sub")] == [client; 2]
            && audience.iter().any(|known| known == jwt.text("aud"))
            && jwt.claims["exp"].is_u64()
            && jwt.is_fresh()
            && !jwt.text("jti").is_empty()
            && self.seen.insert(jwt.text("jti").to_owned())
    }
}
