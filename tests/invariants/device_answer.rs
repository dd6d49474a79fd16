//! The answer of the device authorization endpoint, and the questions that follow it.

use std::time::Duration;

use tok::oauth::device::{self, Authorization, Meaning, Next, Polling};
use tok::oauth::token::LONGEST_LIFETIME;
use tok::oauth::{TokenError, read_token_response};
use url::Url;

use super::input::{answer, parsed};
use super::shown::safely;

pub fn check(input: &[u8]) {
    let response = answer(input).response;
    match device::read(&response) {
        Err(error) => drop(safely(&error)),
        Ok(authorization) => {
            assert!((200..300).contains(&response.status));
            shown(&authorization);
            if let Some(body) = parsed(&response) {
                assert_eq!(body["device_code"], authorization.device_code.expose());
                assert_eq!(body["user_code"], authorization.user_code.raw());
            }
            assert!(authorization.interval <= LONGEST_LIFETIME);
            asked_in_time(&authorization, read_token_response(&response).err());
        }
    }
    // The same as an answer to a question.
    if let Err(error) = read_token_response(&response) {
        let codes =
            br#"{"device_code":"d","user_code":"u","verification_uri":"https://h/","expires_in":100,"interval":1}"#;
        let codes = tok::oauth::Response { status: 200, body: codes.to_vec().into(), ..Default::default() };
        asked_in_time(&device::read(&codes).expect("codes"), Some(error));
    }
}

/// A page where nobody's password goes over the network in clear (T01), shown in ASCII; the complete one is of the same
/// place.
fn shown(authorization: &Authorization) {
    safely(&authorization.user_code);
    let page = Url::parse(authorization.page.as_str()).expect("an address");
    for address in [Some(&authorization.page), authorization.complete.as_ref()].into_iter().flatten() {
        assert!(safely(address).is_ascii() && address.as_str().is_ascii());
        let url = Url::parse(address.as_str()).expect("an address");
        assert!(url.username().is_empty() && url.password().is_none() && url.origin() == page.origin());
        let host = url.host_str().expect("a host").trim_end_matches('.');
        let here = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
        assert!(url.scheme() == "https" || url.scheme() == "http" && here, "{url}");
    }
}

/// No sum overflows, nobody is asked before the time or after the end, and a wait never gets shorter (RFC 8628 §3.5).
fn asked_in_time(authorization: &Authorization, error: Option<TokenError>) {
    let mut polling = Polling::new(authorization);
    let (mut now, mut last, mut shortest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for round in 0..20 {
        loop {
            match polling.next(now) {
                Next::Wait(time) => {
                    assert!(!time.is_zero());
                    now += time;
                }
                Next::Ask => break,
                Next::Expired => {
                    assert!(authorization.expires_in.is_some_and(|end| now >= Duration::from_secs(end)));
                    return;
                }
            }
        }
        assert!(now - last >= Duration::from_secs(authorization.interval).max(shortest));
        (shortest, last) = (now - last, now);
        match &error {
            Some(error) if round % 2 == 0 => {
                if polling.answered(error, now) != Meaning::Pending {
                    return;
                }
            }
            _ => polling.unanswered(now),
        }
    }
}
