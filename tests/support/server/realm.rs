//! The memory of an OAuth server: sessions and the tokens that were given out for them.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::setup::{Rotation, Setup};
use crate::support::canary::{Canaries, Kind, random_text};
use crate::support::codec::base64url;

/// Everything that was ever granted.
pub struct Realm {
    canaries: Canaries,
    sessions: Vec<Session>,
    /// Oldest first.
    access: Vec<Access>,
    refresh: HashMap<String, Refresh>,
    /// ID tokens that are honoured.
    identity: Vec<Identity>,
    /// The newest refresh token.
    latest_refresh: Option<String>,
    /// For the next ID token.
    pub nonce: Option<String>,
    /// How often a used refresh token came again and took its family down.
    pub reuses: usize,
}

struct Session {
    user: String,
    client: String,
    scope: String,
    alive: bool,
}

struct Access {
    token: String,
    /// What it is for alone (RFC 8707).
    resource: Vec<String>,
    session: usize,
    until: Instant,
    revoked: bool,
}

struct Identity {
    token: String,
    session: usize,
    until: Instant,
}

struct Refresh {
    session: usize,
    used: bool,
}

impl Realm {
    pub fn new(canaries: Canaries) -> Self {
        let (sessions, access, refresh, identity) = Default::default();
        Self { canaries, sessions, access, refresh, identity, latest_refresh: None, nonce: None, reuses: 0 }
    }

    /// A new session and its first tokens, as the members of a token answer.
    pub fn login(&mut self, setup: &Setup, issuer: &str, user: &str, client: &str, scope: &str) -> Map<String, Value> {
        let [user_text, client_text, scope_text] = [user, client, scope].map(str::to_owned);
        self.sessions.push(Session { user: user_text, client: client_text, scope: scope_text, alive: true });
        let session = self.sessions.len() - 1;
        let mut answer = self.new_access(setup, issuer, session);
        if setup.refresh_tokens {
            answer.insert("refresh_token".into(), self.new_refresh(session).into());
        }
        if scope.split(' ').any(|s| s == "openid") {
            answer.insert("id_token".into(), self.new_identity(setup, issuer, session).into());
        }
        answer
    }

    /// New tokens for a refresh token; `None` is `invalid_grant`.
    pub fn refresh(&mut self, setup: &Setup, issuer: &str, client: &str, token: &str) -> Option<Map<String, Value>> {
        let known = self.refresh.get_mut(token)?;
        let session = known.session;
        if !self.sessions[session].alive || self.sessions[session].client != client {
            return None;
        }
        if known.used {
            self.reuses += 1;
            self.end_session(session);
            return None;
        }
        known.used = setup.rotation == Rotation::Rotate;
        let mut answer = self.new_access(setup, issuer, session);
        let next = match setup.rotation {
            Rotation::Rotate => Some(self.new_refresh(session)),
            Rotation::Same => Some(token.to_owned()),
            Rotation::Omit => None,
        };
        answer.extend(next.map(|next| ("refresh_token".to_owned(), next.into())));
        if setup.renews_id_tokens {
            answer.insert("id_token".into(), self.new_identity(setup, issuer, session).into());
        }
        Some(answer)
    }

    /// RFC 7009: a refresh token takes its session along, an access token only itself. Says if it was known.
    pub fn revoke(&mut self, client: &str, token: &str) -> bool {
        if let Some(session) = self.refresh.get(token).map(|refresh| refresh.session) {
            let own = self.sessions[session].client == client;
            if own {
                self.end_session(session);
            }
            return own;
        }
        let access = self.access.iter_mut().find(|access| access.token == token);
        access.map(|access| access.revoked = true).is_some()
    }

    /// User and scope of an access token that is alive.
    pub fn who(&self, token: &str) -> Option<(&str, &str)> {
        let access = self.access.iter().find(|access| access.token == token)?;
        let session = &self.sessions[access.session];
        let alive = session.alive && !access.revoked && Instant::now() < access.until;
        alive.then_some((session.user.as_str(), session.scope.as_str()))
    }

    /// Whether an ID token of this server is one that says something now.
    pub fn identifies(&self, token: &str) -> bool {
        let known = self.identity.iter().find(|identity| identity.token == token);
        known.is_some_and(|identity| self.sessions[identity.session].alive && Instant::now() < identity.until)
    }

    /// What an access token is for alone.
    pub fn resource_of(&self, token: &str) -> Option<&[String]> {
        self.access.iter().find(|access| access.token == token).map(|access| access.resource.as_slice())
    }

    /// Says what an access token is for alone.
    pub fn limit(&mut self, token: &str, resource: Vec<String>) {
        if let Some(access) = self.access.iter_mut().find(|access| access.token == token) {
            access.resource = resource;
        }
    }

    /// Another access token of the same session (RFC 8693); `None` for one that is not alive.
    pub fn exchange(&mut self, setup: &Setup, issuer: &str, token: &str) -> Option<Map<String, Value>> {
        self.who(token)?;
        let session = self.access.iter().find(|access| access.token == token)?.session;
        Some(self.new_access(setup, issuer, session))
    }

    /// Whether a refresh token would be honoured.
    pub fn can_refresh(&self, token: &str) -> bool {
        self.refresh.get(token).is_some_and(|refresh| !refresh.used && self.sessions[refresh.session].alive)
    }

    /// How many access tokens were given out.
    pub fn issued(&self) -> usize {
        self.access.len()
    }

    /// The newest access token.
    pub fn latest_access(&self) -> Option<&str> {
        self.access.last().map(|access| access.token.as_str())
    }

    /// The newest refresh token.
    pub fn latest_refresh(&self) -> Option<&str> {
        self.latest_refresh.as_deref()
    }

    /// Sessions that were not ended.
    pub fn living_sessions(&self) -> usize {
        self.sessions.iter().filter(|session| session.alive).count()
    }

    /// As if an administrator had thrown everybody out.
    pub fn end_all_sessions(&mut self) {
        self.sessions.iter_mut().for_each(|session| session.alive = false);
    }

    /// As if time had passed: no access token and no ID token given out so far is honoured any more.
    pub fn expire_access(&mut self) {
        self.identity.clear();
        self.access.iter_mut().for_each(|access| access.revoked = true);
    }

    fn end_session(&mut self, session: usize) {
        self.sessions[session].alive = false;
    }

    fn new_access(&mut self, setup: &Setup, issuer: &str, session: usize) -> Map<String, Value> {
        let lifetime = setup.expires_in.unwrap_or(3600);
        let token = if setup.jwt {
            let token = self.jwt(issuer, session, lifetime, None);
            self.canaries.add(Kind::AccessToken, &format!("access token {}", self.access.len() + 1), &token);
            token
        } else {
            self.canaries.make(Kind::AccessToken)
        };
        let until = Instant::now() + Duration::from_secs(lifetime);
        self.access.push(Access { token: token.clone(), resource: Vec::new(), session, until, revoked: false });
        let mut answer = Map::from_iter([
            ("access_token".to_owned(), token.into()),
            ("token_type".to_owned(), "Bearer".into()),
            ("scope".to_owned(), self.sessions[session].scope.clone().into()),
        ]);
        answer.extend(setup.expires_in.map(|seconds| ("expires_in".to_owned(), seconds.into())));
        answer
    }

    fn new_identity(&mut self, setup: &Setup, issuer: &str, session: usize) -> String {
        let lifetime = setup.expires_in.filter(|_| setup.renews_id_tokens).unwrap_or(300);
        let nonce = self.nonce.take();
        let token = self.jwt(issuer, session, lifetime, nonce.as_deref());
        self.canaries.add(Kind::IdToken, "ID token", &token);
        let until = Instant::now() + Duration::from_secs(lifetime);
        self.identity.push(Identity { token: token.clone(), session, until });
        token
    }

    fn new_refresh(&mut self, session: usize) -> String {
        let token = self.canaries.make(Kind::RefreshToken);
        self.refresh.insert(token.clone(), Refresh { session, used: false });
        self.latest_refresh = Some(token.clone());
        token
    }

    /// A JWT of the usual size. Its signature is noise: no client may look at it (P12).
    fn jwt(&self, issuer: &str, session: usize, lifetime: u64, nonce: Option<&str>) -> String {
        let session = &self.sessions[session];
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({
            "aud": session.client, "client_id": session.client, "exp": now + lifetime, "iat": now, "iss": issuer,
            "name": "Ada Lovelace", "roles": ["reader", "writer", "mathematician"], "scope": session.scope,
            "sub": session.user, "email": "ada@example.com", "email_verified": true,
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        // The identifier first: see `canary::forms`.
        let claims = format!("{{\"jti\":\"{}\",{}", random_text(32), &claims.to_string()[1..]);
        let header = json!({ "alg": "RS256", "kid": "1", "typ": "JWT" }).to_string();
        format!("{}.{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()), random_text(256))
    }
}
