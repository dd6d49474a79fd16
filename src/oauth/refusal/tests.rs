use super::*;
use crate::oauth::read_token_response;

fn error(status: u16, headers: &[(&str, &str)], body: &str) -> TokenError {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    read_token_response(&Response { status, headers, body: body.as_bytes().to_vec().into(), ..Response::default() })
        .unwrap_err()
}

fn refused(status: u16, code: &str) -> TokenError {
    error(status, &[("content-type", "application/json")], &format!(r#"{{"error":"{code}"}}"#))
}

#[test] // P11
fn errors_of_rfc_6749() {
    let error =
        error(400, &[], r#"{"error":"invalid_request","error_description":"no user","error_uri":"https://h/e"}"#);
    assert_eq!(error.to_string(), "the server refused the request (HTTP 400): invalid_request: no user (https://h/e)");
    for code in ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "slow_down"] {
        assert!(matches!(refused(401, code), TokenError::Refused { status: 401, error: Some(_) }), "{code}");
    }
}

#[test] // C04
fn only_a_plain_invalid_grant_ends_a_session() {
    for status in [400, 401] {
        assert!(refused(status, "invalid_grant").ends_session(), "{status}");
    }
    for status in [200, 402, 403, 404, 409, 418, 429, 500, 503] {
        assert!(!refused(status, "invalid_grant").ends_session(), "{status}");
    }
    for code in ["invalid_request", "invalid_client", "Invalid_grant", "invalid_grant ", "invalid_token", "expired"] {
        assert!(!refused(400, code).ends_session(), "{code}");
    }
    for body in [
        "",
        "invalid_grant",
        "\"invalid_grant\"",
        "error=invalid_grant",
        "<p>invalid_grant</p>",
        r#"{"error":{"error":"invalid_grant"}}"#,
        r#"{"error":["invalid_grant"]}"#,
        r#"[{"error":"invalid_grant"}]"#,
        r#"{"error":"invalid_grant","error":"invalid_grant"}"#,
        r#"{"error":"invalid_grant""#,
        r#"{"error_description":"invalid_grant"}"#,
    ] {
        assert!(!error(400, &[("content-type", "application/json")], body).ends_session(), "{body}");
    }
    assert!(!error(400, &[("content-encoding", "gzip")], r#"{"error":"invalid_grant"}"#).ends_session());
}

#[test] // C04
fn any_refusal_with_400_401_or_403_asks_for_a_login() {
    for status in [400, 401, 403] {
        assert!(refused(status, "invalid_request").asks_for_login());
        assert!(error(status, &[], "").asks_for_login());
        assert!(error(status, &[("content-type", "text/html")], "<h1>Unauthorized</h1>").asks_for_login());
    }
    for status in [402, 404, 405, 410, 429, 500, 503] {
        assert!(!error(status, &[], "").asks_for_login(), "{status}");
    }
    assert!(!refused(400, "temporarily_unavailable").asks_for_login());
    assert!(!error(301, &[], "").asks_for_login());
}

#[test] // P11
fn refusals_without_a_reason() {
    for body in
        ["", "Unauthorized canary", "<html>canary</html>", "{}", "[\"canary\"]", "{\"message\":\"canary\"}", "{"]
    {
        for status in [400, 401, 403, 410, 418, 499] {
            let error = error(status, &[("content-type", "text/html")], body);
            assert_eq!(error, TokenError::Refused { status, error: None });
            assert_eq!(
                error.to_string(),
                format!("the server refused the request without giving a reason (HTTP {status})")
            );
        }
    }
}

#[test] // P11
fn no_token_endpoint() {
    let of = |status, body| error(status, &[("content-type", "text/html")], body);
    assert_eq!(
        of(404, "<h1>Not Found</h1>"),
        TokenError::NotATokenEndpoint { status: 404, what: NotOne::NotFound, error: None }
    );
    assert_eq!(of(405, "").to_string(), "what is at this address takes no POST (HTTP 405)");
    let gateway = of(404, r#"{"timestamp":1,"status":404,"error":"Realm does not exist"}"#);
    assert!(matches!(gateway, TokenError::NotATokenEndpoint { what: NotOne::NotFound, .. }));
    assert_eq!(gateway.to_string(), "there is no token endpoint at this address (HTTP 404): Realm does not exist");
    assert!(matches!(refused(404, "invalid_client"), TokenError::Refused { status: 404, .. }));
    assert!(matches!(refused(405, "invalid_client"), TokenError::Refused { status: 405, .. }));
}

#[test] // P11
fn failures_of_the_server() {
    for status in [408, 429, 500, 501, 502, 503, 504, 599, 600, 100, 0] {
        let error = error(status, &[("content-type", "text/html")], "<p>canary");
        assert_eq!(error, TokenError::ServerFailed { status, error: None, retry_after: None }, "{status}");
    }
    for (status, code) in [(400, "temporarily_unavailable"), (400, "server_error"), (404, "server_error"), (500, "x")] {
        assert!(matches!(refused(status, code), TokenError::ServerFailed { error: Some(_), .. }), "{status} {code}");
    }
    let busy = error(429, &[("retry-after", "30")], r#"{"error":"slow_down"}"#);
    assert_eq!(busy.to_string(), "the server gets too many requests (HTTP 429), asks to wait 30 s: slow_down");
    assert_eq!(error(503, &[], "").to_string(), "the server cannot answer now (HTTP 503)");
}

#[test] // P11
fn retry_after_in_seconds_only() {
    let of = |value: &str| match error(503, &[("retry-after", value)], "") {
        TokenError::ServerFailed { retry_after, .. } => retry_after,
        other => panic!("{other}"),
    };
    assert_eq!(of("120"), Some(120));
    assert_eq!(of(" 0 "), Some(0));
    for bad in ["", "-1", "+1", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"] {
        assert_eq!(of(bad), None, "{bad}");
    }
}

#[test] // T03 U07
fn redirects_are_told_without_query_and_user() {
    let of = |location: &str| match error(301, &[("location", location)], "{\"access_token\":\"canary\"}") {
        TokenError::Moved { status: 301, to } => to.map(|to| to.to_string()),
        other => panic!("{other}"),
    };
    for (location, told) in [
        ("https://sso.example.com/token/?code=canary", "https://sso.example.com/token/"),
        ("https://u:canary@sso.example.com:8443/t#canary", "https://sso.example.com:8443/t"),
        ("http://sso.example.com/", "http://sso.example.com/"),
        ("HTTPS://SSO.example.com", "https://sso.example.com/"),
        ("//u:canary@h.example/t?canary", "//h.example/t"),
        ("\\\\u:canary@h.example\\t?canary", "//h.example/t"),
        ("/token/?canary", "/token/"),
        ("token/#canary", "token/"),
        ("../t?x=https://canary", "../t"),
    ] {
        assert_eq!(of(location).as_deref(), Some(told), "{location}");
    }
    let untold = [
        "",
        "?canary",
        "#canary",
        "javascript:canary",
        "data:,canary",
        "ftp://u:canary@h/x",
        "https://",
        "u:canary@h/x",
        "/canary@x",
    ];
    for location in untold {
        assert_eq!(of(location), None, "{location}");
    }
    assert_eq!(of("/\u{1b}]0;x").as_deref(), Some("/\\u{1b}]0;x"));
    for status in [300, 302, 303, 304, 307, 308, 399] {
        assert_eq!(error(status, &[], ""), TokenError::Moved { status, to: None });
    }
    let moved = error(308, &[("location", "https://h/t/")], "");
    assert_eq!(moved.to_string(), "the server answered with a redirect (HTTP 308) to https://h/t/");
}

#[test] // U07
fn secrets_that_were_sent_are_taken_out_everywhere() {
    let canary = Secret::new("canary-0123456789".into());
    let quoting = r#"{"error":"no canary-0123456789","error_description":"row canary-01234567 \n","error_uri":"x:canary-0123456789"}"#;
    for (status, headers, body) in [
        (400, [("x", "")], quoting),
        (404, [("x", "")], quoting),
        (500, [("x", "")], quoting),
        (301, [("location", "/canary-0123456789/")], ""),
        (200, [("x", "")], r#"{"access_token":"at","token_type":"canary-0123456789"}"#),
        (200, [("x", "")], "canary-0123456789"),
    ] {
        let error = error(status, &headers, body).redacted(&[&canary]);
        assert!(!error.to_string().contains("canary") && !format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test] // U01
fn descriptions_are_escaped_and_cut() {
    let long = format!(r#"{{"error":"e","error_description":"\u001b]0;x\u0007{}"}}"#, "a".repeat(10_000));
    let shown = error(400, &[], &long).to_string();
    assert!(shown.len() < 700 && !shown.contains('\u{1b}') && shown.ends_with("..."));
}
