//! The answers that other grants and questions about a token bring: pushed requests, introspection, userinfo,
//! keys, identity tokens. A header `sent` is a secret that the request had.

use tok::oauth::{AnswerError, AnswerFault, Response, authorization, ci_identity, inquiry};
use tok::secret::Secret;

use super::input::{CANARY, answer};
use super::shown::{safely, without};

pub fn check(input: &[u8]) {
    let response = answer(input).response;
    let secrets: Vec<Secret> = [Some(CANARY), response.header("sent")]
        .into_iter()
        .flatten()
        .map(|text| Secret::new(text.to_owned()))
        .collect();
    let secrets: Vec<&Secret> = secrets.iter().collect();
    pushed(&response, &secrets);
    questions(&response, &secrets);
    match ci_identity::read(&response) {
        Ok(token) => assert!(!token.is_empty() && token.expose().bytes().all(|byte| matches!(byte, 0x21..=0x7e))),
        Err(error) => drop(safely(&error)),
    }
}

fn pushed(response: &Response, secrets: &[&Secret]) {
    match authorization::read_pushed(response) {
        Ok(pushed) => assert!(!pushed.request_uri.is_empty()),
        Err(error) => refused(error, secrets),
    }
}

fn questions(response: &Response, secrets: &[&Secret]) {
    match inquiry::read_introspection(response) {
        Ok(said) => {
            let texts = [&said.client_id, &said.username, &said.subject, &said.issuer];
            texts.into_iter().flatten().chain(&said.audience).for_each(|text| drop(safely(text)));
        }
        Err(error) => refused(error, secrets),
    }
    match inquiry::read_userinfo(response) {
        Ok(said) => said.0.iter().for_each(|(_, text)| drop(safely(text))),
        Err(error) => refused(error, secrets),
    }
    if let Err(error) = inquiry::read_keys(response) {
        refused(error, secrets);
    }
}

fn refused(error: AnswerError, secrets: &[&Secret]) {
    safely(&error);
    let error = error.redacted(secrets);
    safely(&error);
    if let AnswerFault::Moved(Some(to)) = error.fault {
        secrets.iter().for_each(|secret| without(to.raw(), secret.expose()));
    }
}
