//! The grants besides the password: the client for itself, another issuer's token, a device; and the place at which a job
//! at GitHub gets its identity token.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::wire::Received;
use crate::support::canary::{Canaries, Kind};

/// What can be set on them.
#[derive(Clone)]
pub struct Grants {
    /// Tokens of another issuer, and the users that they are for.
    pub subjects: BTreeMap<String, String>,
    /// What a job at GitHub shows to get the first of them.
    pub request_token: String,
    /// Seconds between two questions, as they are told; nothing to leave them out.
    pub interval: Option<Value>,
    /// For how long a device's codes are good, as it is told.
    pub device_expires_in: Value,
    /// How the next questions of a device are answered; after them the person is done.
    pub device_answers: VecDeque<Answer>,
    /// Applied to the answer with a device's codes.
    pub edit_device: Option<super::setup::Edit>,
    /// The device codes given out, each with client and scope.
    pub devices: Vec<(String, String, String)>,
    canaries: Canaries,
}

/// The code that a person enters.
pub const USER_CODE: &str = "WDJB-MJHT";

impl Grants {
    pub fn new(canaries: &Canaries) -> Self {
        Self {
            subjects: BTreeMap::from([(canaries.make(Kind::Other), "job".to_owned())]),
            request_token: canaries.make(Kind::Other),
            interval: Some(json!(0)),
            device_expires_in: json!(600),
            device_answers: VecDeque::new(),
            edit_device: None,
            devices: Vec::new(),
            canaries: canaries.clone(),
        }
    }

    /// The first of the other issuer's tokens.
    pub fn subject(&self) -> &str {
        self.subjects.keys().next().unwrap()
    }

    /// The user whom a token of the other issuer is for.
    pub fn user_of(&self, token: &str) -> Option<&str> {
        self.subjects.get(token).map(String::as_str)
    }

    /// The codes for a device.
    pub fn device(&mut self, issuer: &str, client: &str, scope: &str) -> Answer {
        // A device code that begins like an option: seen on a real server.
        let code = format!("-{}", self.canaries.make(Kind::Other));
        self.devices.push((code.clone(), client.to_owned(), scope.to_owned()));
        let mut answer = Map::from_iter([
            ("device_code".to_owned(), code.into()),
            ("user_code".to_owned(), USER_CODE.into()),
            ("verification_uri".to_owned(), format!("{issuer}/activate").into()),
            ("verification_uri_complete".to_owned(), format!("{issuer}/activate?user_code={USER_CODE}").into()),
            ("expires_in".to_owned(), self.device_expires_in.clone()),
        ]);
        answer.extend(self.interval.clone().map(|interval| ("interval".to_owned(), interval)));
        if let Some(edit) = &self.edit_device {
            edit(&mut answer);
        }
        Answer::json(200, answer.into())
    }

    /// The scope of a device whose person is done; else what is said until then.
    pub fn device_scope(&mut self, client: &str, code: &str) -> Result<String, Box<Answer>> {
        let known = self.devices.iter().find(|(known, of, _)| known == code && of == client);
        let scope =
            known.map(|(.., scope)| scope.clone()).ok_or_else(|| Box::new(Answer::error(400, "invalid_grant")))?;
        self.device_answers.pop_front().map_or(Ok(scope), |answer| Err(Box::new(answer)))
    }

    /// What a job at GitHub gets: `ACTIONS_ID_TOKEN_REQUEST_URL`.
    pub fn identity(&self, request: &Received) -> Answer {
        let shown = request.header("authorization").and_then(|value| value.strip_prefix("bearer "));
        if request.method != "GET" || shown != Some(self.request_token.as_str()) {
            return Answer::error(401, "unauthorized");
        }
        Answer::json(200, json!({ "count": 1, "value": self.subject() }))
    }
}
