//! The answers that other grants and questions about a token bring: device codes, pushed requests, introspection, userinfo,
//! keys, identity tokens. A header `sent` is a secret that the request had.

use std::time::Duration;

use tok::oauth::device::{self, Meaning, Next, Polling};
use tok::oauth::{
    DeviceError, InquiryError, PushError, Response, authorization, ci_identity, inquiry, read_token_response,
};
use tok::secret::Secret;

use super::input::{CANARY, answer};
use super::shown::{is_unsafe, safely, without};

pub fn check(input: &[u8]) {
    let response = answer(input).response;
    let secrets: Vec<Secret> = [Some(CANARY), response.header("sent")]
        .into_iter()
        .flatten()
        .map(|text| Secret::new(text.to_owned()))
        .collect();
    let secrets: Vec<&Secret> = secrets.iter().collect();
    codes(&response, &secrets);
    pushed(&response, &secrets);
    questions(&response, &secrets);
    match ci_identity::read(&response) {
        Ok(token) => assert!(!token.is_empty() && token.expose().bytes().all(|byte| matches!(byte, 0x21..=0x7e))),
        Err(error) => drop(safely(&error)),
    }
}

fn codes(response: &Response, secrets: &[&Secret]) {
    match device::read(response) {
        Ok(authorization) => {
            assert!(!authorization.device_code.is_empty());
            safely(&authorization.user_code);
            for page in [Some(&authorization.page), authorization.complete.as_ref()].into_iter().flatten() {
                let text = page.as_str();
                assert!(text.starts_with("https://") || text.starts_with("http://"), "{text}");
                assert!(!text.contains(is_unsafe) && text.is_ascii(), "{text}");
            }
            polls(&mut Polling::new(&authorization), response);
        }
        Err(error) => {
            safely(&error);
            let error = error.redacted(secrets);
            safely(&error);
            if let DeviceError::Moved { to: Some(to), .. } = error {
                secrets.iter().for_each(|secret| without(to.raw(), secret.expose()));
            }
        }
    }
}

/// Whatever a server answers, it is asked no faster than it said, and not for ever where it named an end (RFC 8628 §3.5).
fn polls(polling: &mut Polling, response: &Response) {
    let refusal = Response { status: 400, ..Response::default() };
    let mut now = Duration::ZERO;
    let mut last = None;
    for _ in 0..20 {
        match polling.next(now) {
            Next::Expired => return assert!(polling.left(now) == Some(Duration::ZERO)),
            Next::Wait(time) => {
                assert!(!time.is_zero());
                now = now.saturating_add(time);
            }
            Next::Ask => {
                assert!(last.is_none_or(|last: Duration| now > last), "twice at one moment");
                last = Some(now);
                let error = read_token_response(response).err().or_else(|| read_token_response(&refusal).err());
                match error.map(|error| polling.answered(&error, now)) {
                    Some(Meaning::Pending) => {}
                    _ => polling.unanswered(now),
                }
            }
        }
    }
}

fn pushed(response: &Response, secrets: &[&Secret]) {
    match authorization::read_pushed(response) {
        Ok(pushed) => assert!(!pushed.request_uri.is_empty()),
        Err(error) => {
            safely(&error);
            let error = error.redacted(secrets);
            safely(&error);
            if let PushError::Moved { to: Some(to), .. } = error {
                secrets.iter().for_each(|secret| without(to.raw(), secret.expose()));
            }
        }
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

fn refused(error: InquiryError, secrets: &[&Secret]) {
    safely(&error);
    let error = error.redacted(secrets);
    safely(&error);
    if let InquiryError::Moved { to: Some(to), .. } = error {
        secrets.iter().for_each(|secret| without(to.raw(), secret.expose()));
    }
}
