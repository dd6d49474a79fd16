//! The login page of an OAuth server, without a person: the authorization endpoint, pushed requests and codes, as strict as
//! the RFCs allow (RFC 6749 §4.1, RFC 7636, RFC 8252, RFC 9126).

use std::collections::HashMap;

use ring::digest::{SHA256, digest};
use serde_json::json;

use super::answer::Answer;
use super::setup::Setup;
use super::wire::Received;
use crate::support::canary::{Canaries, Kind, random_text};
use crate::support::codec::base64url;

type Parameters = Vec<(String, String)>;

/// What was asked, pushed and granted.
pub struct Codes {
    canaries: Canaries,
    codes: HashMap<String, Granted>,
    pushed: HashMap<String, (String, Parameters)>,
    /// The requests that the login page understood, as it understood them.
    pub asked: Vec<Parameters>,
}

struct Granted {
    client: String,
    redirect_uri: String,
    challenge: String,
    scope: String,
    nonce: Option<String>,
}

/// What a code was good for.
pub struct Redeemed {
    pub scope: String,
    pub nonce: Option<String>,
}

fn one(parameters: &Parameters, name: &str) -> Option<String> {
    let mut values = parameters.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
    values.next().filter(|value| !value.is_empty() && values.next().is_none())
}

/// What a page says that a person would be stuck at.
fn stuck(why: &str) -> Box<Answer> {
    Box::new(Answer::new(400, "text/html", format!("<p>{why}")))
}

impl Codes {
    pub fn new(canaries: Canaries) -> Self {
        Self { canaries, codes: HashMap::new(), pushed: HashMap::new(), asked: Vec::new() }
    }

    /// Ada is logged in and agrees.
    pub fn authorize(&mut self, setup: &Setup, issuer: &str, request: &Received) -> Answer {
        self.agree(setup, issuer, request).unwrap_or_else(|stuck| *stuck)
    }

    fn agree(&mut self, setup: &Setup, issuer: &str, request: &Received) -> Result<Answer, Box<Answer>> {
        let query = request.query();
        let client = one(&query, "client_id").ok_or_else(|| stuck("no client_id"))?;
        if !setup.clients.iter().any(|known| known.id == client) {
            return Err(stuck("unknown client"));
        }
        let parameters = match one(&query, "request_uri") {
            Some(name) => {
                let (by, parameters) = self.pushed.remove(&name).ok_or_else(|| stuck("unknown request_uri"))?;
                if by != client || query.len() != 2 {
                    return Err(stuck("more than client_id and request_uri"));
                }
                parameters
            }
            None if setup.requires_par => return Err(stuck("not pushed")),
            None => query,
        };
        let granted = check(&client, &parameters).map_err(stuck)?;
        self.asked.push(parameters.clone());
        let code = self.canaries.make(Kind::Other);
        let mut answer = vec![
            ("code".to_owned(), code.clone()),
            ("state".to_owned(), one(&parameters, "state").unwrap()),
            ("session_state".to_owned(), random_text(8)),
        ];
        if setup.names_itself {
            answer.push(("iss".to_owned(), issuer.to_owned()));
        }
        if let Some(edit) = &setup.edit_redirect {
            edit(&mut answer);
        }
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let answer: Vec<String> =
            answer.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let mark = if granted.redirect_uri.contains('?') { '&' } else { '?' };
        let to = format!("{}{mark}{}", granted.redirect_uri, answer.join("&"));
        self.codes.insert(code, granted);
        Ok(Answer::redirect(302, &to))
    }

    /// Keeps a request whose client has authenticated.
    pub fn push(&mut self, client: &str, request: &Received) -> Answer {
        let mut parameters = request.form();
        let named = one(&parameters, "client_id").is_some_and(|named| named == client);
        let again = parameters.iter().any(|(name, _)| name == "request_uri");
        if !named || again || check(client, &parameters).is_err() {
            return Answer::error(400, "invalid_request");
        }
        parameters.retain(|(name, _)| name != "client_secret");
        let name = format!("urn:ietf:params:oauth:request_uri:{}", random_text(16));
        self.pushed.insert(name.clone(), (client.to_owned(), parameters));
        Answer::json(201, json!({ "request_uri": name, "expires_in": 60 }))
    }

    /// A code is good once, for its client, with its redirect URI and its verifier (RFC 7636 §4.6).
    pub fn redeem(&mut self, client: &str, request: &Received) -> Option<Redeemed> {
        let form = request.form();
        let verifier = one(&form, "code_verifier")?;
        self.canaries.add(Kind::Other, "code verifier", &verifier);
        let granted = self.codes.remove(&one(&form, "code")?)?;
        let fits = granted.client == client
            && one(&form, "redirect_uri")? == granted.redirect_uri
            && base64url(digest(&SHA256, verifier.as_bytes()).as_ref()) == granted.challenge
            && (43..=128).contains(&verifier.len());
        fits.then_some(Redeemed { scope: granted.scope, nonce: granted.nonce })
    }
}

/// Every parameter of an authorization request.
fn check(client: &str, parameters: &Parameters) -> Result<Granted, &'static str> {
    let get = |name: &str| one(parameters, name);
    let mut names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    names.retain(|name| !["resource", "audience"].contains(name));
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("a repeated parameter");
    }
    if get("response_type").as_deref() != Some("code") {
        return Err("response_type");
    }
    if get("client_id").is_some_and(|named| named != client) {
        return Err("client_id");
    }
    let redirect_uri = get("redirect_uri").ok_or("no redirect_uri")?;
    let hosts = ["http://127.0.0.1:", "http://[::1]:", "http://localhost:"];
    let after = hosts.iter().find_map(|host| redirect_uri.strip_prefix(host)).ok_or("redirect_uri is not loopback")?;
    if after.split('/').next().is_none_or(|port| port.parse::<u16>().is_err()) {
        return Err("redirect_uri has no port");
    }
    if get("state").is_none_or(|state| state.len() < 22) {
        return Err("state");
    }
    let challenge = get("code_challenge").filter(|text| text.len() == 43).ok_or("code_challenge")?;
    if get("code_challenge_method").as_deref() != Some("S256") || get("code_verifier").is_some() {
        return Err("code_challenge_method");
    }
    let scope = get("scope").unwrap_or_default();
    let nonce = get("nonce");
    if nonce.is_some() != scope.split(' ').any(|scope| scope == "openid") {
        return Err("nonce");
    }
    Ok(Granted { client: client.to_owned(), redirect_uri, challenge, scope, nonce })
}
