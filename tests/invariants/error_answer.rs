//! What is no success: at the token endpoint and at the revocation endpoint. A header `sent` is a secret that the
//! request had.

use tok::oauth::{AnswerFault, ErrorCode, OAuthError, Response, TokenError, read_token_response, revocation};
use tok::secret::Secret;

use super::input::{CANARY, answer, parsed, repeats_none};
use super::shown::{safely, without};

const MEMBERS: [&str; 3] = ["error", "error_description", "error_uri"];

pub fn check(input: &[u8]) {
    let mut response = answer(input).response;
    revoke(&response);
    if (200..300).contains(&response.status) {
        response.status += 200;
    }
    let error = read_token_response(&response).expect_err("no success");
    safely(&error);
    ends_session_only_by_invalid_grant(&error, &response);
    for secret in sent(&response) {
        let error = error.clone().redacted(&[&Secret::new(secret.clone())]);
        safely(&error);
        match error {
            TokenError::Refused { error: Some(error), .. }
            | TokenError::NotATokenEndpoint { error: Some(error), .. }
            | TokenError::ServerFailed { error: Some(error), .. } => repeats_nothing(&error, &secret),
            TokenError::Moved { to: Some(to), .. } => without(to.raw(), &secret),
            _ => {}
        }
    }
}

fn revoke(response: &Response) {
    let Err(error) = revocation::read(response) else {
        assert!((200..300).contains(&response.status));
        return;
    };
    safely(&error);
    for secret in sent(response) {
        let error = error.clone().redacted(&[&Secret::new(secret.clone())]);
        safely(&error);
        match error.fault {
            AnswerFault::Refused(Some(error)) => repeats_nothing(&error, &secret),
            AnswerFault::Moved(Some(to)) => without(to.raw(), &secret),
            _ => {}
        }
    }
}

/// The canary, and what the input says.
fn sent(response: &Response) -> impl Iterator<Item = String> {
    [Some(CANARY), response.header("sent")].into_iter().flatten().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn repeats_nothing(error: &OAuthError, secret: &str) {
    let code = match &error.code {
        ErrorCode::Other(text) => Some(text),
        _ => None,
    };
    for text in [code, error.description.as_ref(), error.uri.as_ref()].into_iter().flatten() {
        without(text.raw(), secret);
        without(text.raw(), &form_encoded(secret));
    }
}

/// RFC 6749 §5.2, C04: 400 or 401, JSON, the code to the byte; and then it does end, or a dead session would be tried
/// for ever.
fn ends_session_only_by_invalid_grant(error: &TokenError, response: &Response) {
    let by_status = matches!(response.status, 400 | 401);
    let by_body = parsed(response).map(|body| body["error"] == "invalid_grant");
    if error.ends_session() {
        assert!(by_status && by_body != Some(false));
        assert!(error.asks_for_login());
    } else if by_status && by_body == Some(true) {
        let coded = response.headers.iter().any(|(name, _)| name == "content-encoding");
        assert!(coded || !repeats_none(response, &MEMBERS), "{error}");
    }
}

fn form_encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b' ' => "+".to_owned(),
        b'*' | b'-' | b'.' | b'_' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}
