//! The answer of the token endpoint.

use tok::oauth::token::LONGEST_LIFETIME;
use tok::oauth::{Response, TokenResponse, read_token_response};
use tok::secret::Secret;

use super::input::{Answer, CANARY, answer, parsed};
use super::shown::{safely, without};

pub fn check(input: &[u8]) {
    let Answer { response, built } = answer(input);
    match read_token_response(&response) {
        Ok(tokens) => {
            usable(&tokens);
            said_by_the_server(&tokens, &response);
            read_beside_what_cannot_be_read(&tokens, &response);
        }
        Err(error) => {
            let text = safely(&error);
            assert!(!built || !text.contains(CANARY) && !format!("{error:?}").contains(CANARY), "{text}");
            without(&safely(&error.redacted(&[&Secret::new(CANARY.to_owned())])), CANARY);
        }
    }
}

/// Tokens that can stand in a header and on a line of their own, and a lifetime that overflows no sum.
fn usable(tokens: &TokenResponse) {
    let is_visible = |token: &Secret| !token.is_empty() && token.expose().bytes().all(|b| matches!(b, b'!'..=b'~'));
    let is_printable = |token: &Secret| !token.is_empty() && token.expose().bytes().all(|b| matches!(b, b' '..=b'~'));
    assert!(is_visible(&tokens.access_token));
    assert!(tokens.id_token.as_ref().is_none_or(is_visible));
    assert!(tokens.refresh_token.as_ref().is_none_or(is_printable));
    assert!(tokens.expires_in.is_none_or(|seconds| seconds <= LONGEST_LIFETIME));
    if let Some(scopes) = &tokens.scopes {
        assert!(!scopes.is_empty());
        safely(scopes);
    }
}

/// Nothing made up, nothing of a failure.
fn said_by_the_server(tokens: &TokenResponse, response: &Response) {
    assert!((200..300).contains(&response.status));
    let Some(body) = parsed(response) else { return };
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    assert_eq!(text("access_token"), Some(tokens.access_token.expose()));
    assert_eq!(text("refresh_token"), tokens.refresh_token.as_ref().map(Secret::expose));
    // One that cannot be used is as good as none.
    assert!(tokens.id_token.as_ref().is_none_or(|token| text("id_token") == Some(token.expose())));
    assert!(body["error"].is_null() || body["error"] == "");
    if let Some(seconds) = body["expires_in"].as_u64() {
        assert_eq!(tokens.expires_in, Some(seconds.min(LONGEST_LIFETIME)));
    }
}

/// A member that nobody asked for costs no token, whatever is in it: a rotated refresh token comes once.
fn read_beside_what_cannot_be_read(tokens: &TokenResponse, response: &Response) {
    let body = response.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&response.body).trim_ascii_start();
    let members = &body[1..];
    let nested = "[".repeat(1000) + &"]".repeat(1000);
    for value in [&b"-1e999"[..], b"\"\\ud800\"", b"\"\xff\"", nested.as_bytes()] {
        let body = [b"{\"x\\udfff\":", value, b",", members].concat();
        let (status, headers) = (response.status, response.headers.clone());
        let again = Response { status, headers, body: body.into(), ..Response::default() };
        let again = read_token_response(&again).expect("an answer that can be read");
        assert!(again.access_token.same_as(&tokens.access_token));
        assert_eq!(
            again.refresh_token.map(|token| token.expose().to_owned()).as_deref(),
            tokens.refresh_token.as_ref().map(Secret::expose)
        );
        assert_eq!(again.expires_in, tokens.expires_in);
    }
}
