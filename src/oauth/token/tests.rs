use super::*;

fn response(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Response { status, headers, body: body.as_ref().to_vec().into(), ..Response::default() }
}

/// What a 200 with this body comes to.
fn read(body: impl AsRef<[u8]>) -> Result<TokenResponse, TokenError> {
    read_token_response(&response(200, &[("content-type", "application/json")], body))
}

/// What a 200 with a good access token and this further text comes to.
fn with(members: &str) -> Result<TokenResponse, TokenError> {
    read(format!(r#"{{"access_token":"at",{members}}}"#))
}

fn unreadable(body: impl AsRef<[u8]>) -> Unreadable {
    match read(body) {
        Err(TokenError::Unreadable { status: 200, why }) => why,
        other => panic!("{other:?}"),
    }
}

#[test] // C09
fn a_rotated_refresh_token_is_read_of_an_answer_of_no_other_use() {
    let rotated =
        |status, body: &str| rotated_refresh_token(&response(status, &[], body)).map(|t| t.expose().to_owned());
    let next = Some("next".to_owned());
    assert_eq!(rotated(200, r#"{"access_token":"at","token_type":"mac","refresh_token":"next"}"#), next);
    assert_eq!(rotated(200, r#"{"access_token":"a t","refresh_token":"next"}"#), next);
    assert_eq!(rotated(200, r#"{"refresh_token":"next"}"#), next);
    for (status, body) in [
        (200, r#"{"access_token":"at","token_type":"mac"}"#),
        (200, r#"{"access_token":"at","refresh_token":""}"#),
        (200, r#"{"access_token":"at","refresh_token":"a\nb"}"#),
        (200, r#"{"error":"invalid_grant","refresh_token":"next"}"#),
        (400, r#"{"refresh_token":"next"}"#),
        (200, "refresh_token"),
    ] {
        assert_eq!(rotated(status, body), None, "{body}");
    }
}

#[test] // P06
fn the_answer_of_rfc_6749() {
    let body = r#"{
       "access_token":"2YotnFZFEjr1zCsicMWpAA",
       "token_type":"example",
       "expires_in":3600,
       "refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA",
       "example_parameter":"example_value"
     }"#;
    assert_eq!(read(body).unwrap_err(), TokenError::UnknownTokenType(Foreign::new("example")));
    let tokens = read(body.replace("\"example\"", "\"bearer\"")).unwrap();
    assert_eq!(tokens.access_token.expose(), "2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(tokens.token_type, TokenType::Bearer);
    assert_eq!(tokens.expires_in, Some(3600));
    assert_eq!(tokens.refresh_token.unwrap().expose(), "tGzv3JOkF0XG5Qx2TlKWIA");
    assert!(tokens.scopes.is_none() && tokens.id_token.is_none());
}

#[test] // P06
fn any_order_and_unknown_members() {
    let tokens = read(
        r#"{"x":{"access_token":"no"},"id_token":"e.y.J","scope":"b a","x":1,"refresh_expires_in":0,
            "refresh_token":"rt","expires_in":1,"token_type":"Bearer","access_token":"at","not-before-policy":[[]]}"#,
    )
    .unwrap();
    assert_eq!(tokens.access_token.expose(), "at");
    assert_eq!(tokens.id_token.unwrap().expose(), "e.y.J");
    assert_eq!(tokens.scopes.unwrap().to_string(), "b a");
}

#[test] // P06
fn a_repeated_member_is_rejected() {
    for name in MEMBERS {
        let twice = format!(r#"{{"access_token":"at","{name}":"1","{name}":"1"}}"#);
        let expected = if name == "access_token" { "access_token" } else { name };
        assert_eq!(unreadable(twice), Unreadable::Repeated(expected));
    }
    assert_eq!(unreadable(r#"{"access_token":null,"access_token":"at"}"#), Unreadable::Repeated("access_token"));
    assert_eq!(unreadable(r#"{"access_token":"a","\u0061ccess_token":"b"}"#), Unreadable::Repeated("access_token"));
    assert!(with(r#""x":1,"x":2,"Access_Token":"no""#).is_ok());
}

#[test] // P07
fn token_types() {
    for members in [
        r#""token_type":"Bearer""#,
        r#""token_type":"bearer""#,
        r#""token_type":"BEARER""#,
        r#""token_type":null"#,
        r#""token_type":"""#,
        r#""x":1"#,
    ] {
        assert_eq!(with(members).unwrap().token_type, TokenType::Bearer, "{members}");
    }
    for kind in ["mac", "N/A", "DPoP", "bearer ", "Bearer,Bearer", "\u{212a}"] {
        let error = with(&format!(r#""token_type":"{kind}""#)).unwrap_err();
        assert_eq!(error, TokenError::UnknownTokenType(Foreign::new(kind)));
    }
    for value in ["1", "[]", "{}", "true"] {
        let why = unreadable(format!(r#"{{"access_token":"at","token_type":{value}}}"#));
        assert_eq!(why, Unreadable::BadType("token_type"), "{value}");
    }
    assert_eq!(TokenType::Bearer.to_string(), "Bearer");
}

#[test] // P07
fn what_is_no_access_token_comes_from_an_exchange_alone() {
    let issued = r#""token_type":"n_a","issued_token_type":"urn:ietf:params:oauth:token-type:id_token""#;
    let answer = with(issued).unwrap();
    assert_eq!((answer.token_type, answer.token_type.to_string().as_str()), (TokenType::NotApplicable, "N_A"));
    assert_eq!(answer.other_than_access().as_deref(), Some("urn:ietf:params:oauth:token-type:id_token"));
    assert_eq!(answer.for_access().unwrap_err(), TokenError::UnknownTokenType(Foreign::new("N_A")));
    assert_eq!(with(r#""token_type":"N_A""#).unwrap().other_than_access().as_deref(), Some(""));
    let bearer = with(r#""token_type":"Bearer","issued_token_type":"urn:x""#).unwrap();
    assert_eq!((bearer.other_than_access(), bearer.for_access().is_ok()), (None, true));
}

#[test] // P08
fn lifetimes() {
    let of = |value: &str| with(&format!(r#""expires_in":{value}"#)).unwrap().expires_in;
    for (value, seconds) in [
        ("3600", 3600),
        ("0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("0.9", 0),
        ("3599.99", 3599),
        ("3.6e3", 3600),
        ("864000", 864_000),
        (r#""3600""#, 3600),
        (r#"" 3600 ""#, 3600),
        (r#""0""#, 0),
        (r#""0003600""#, 3600),
        (r#""3600.5""#, 3600),
        ("315360000", LONGEST_LIFETIME),
        ("315360001", 315_360_000),
        ("9223372036854775807", LONGEST_LIFETIME),
        ("9223372036854775808", LONGEST_LIFETIME),
        ("18446744073709551615", LONGEST_LIFETIME),
        ("18446744073709551616", LONGEST_LIFETIME),
        ("1e300", LONGEST_LIFETIME),
        ("1e999", LONGEST_LIFETIME),
        ("1e-999", 0),
        (r#""18446744073709551616""#, LONGEST_LIFETIME),
        (r#""99999999999999999999999999999999999999999999""#, LONGEST_LIFETIME),
    ] {
        assert_eq!(of(value), Some(seconds), "{value}");
    }
    for value in [
        "-1",
        "-0.5",
        "-1e300",
        "-1e999",
        "-9223372036854775808",
        "null",
        "true",
        "false",
        "[]",
        "[3600]",
        "[[1e999]]",
        r#"{"x":"\ud800"}"#,
        "{}",
        r#""""#,
        r#""-1""#,
        r#""+1""#,
        r#""1h""#,
        r#""0x10""#,
        r#""1e3""#,
        r#"".""#,
        r#""1.2.3""#,
        r#""inf""#,
        r#""NaN""#,
        r#""٣""#,
        r#""3 600""#,
        r#""\ud800""#,
    ] {
        assert_eq!(of(value), None, "{value}");
    }
    assert_eq!(with(r#""x":1"#).unwrap().expires_in, None);
}

#[test] // P08 P09
fn a_member_that_cannot_be_read_costs_no_rotated_token() {
    let nested = "[".repeat(100_000) + &"]".repeat(100_000);
    for member in ["x", "expires_in", "scope", "error_description", "error_uri"] {
        for value in [
            &b"1e999"[..],
            b"-1e999",
            b"[1e999]",
            br#""\ud800""#,
            br#""\udfff\ud800""#,
            br#"["\ud800"]"#,
            br#"{"\ud800":"\ud800"}"#,
            b"\"\xff\"",
            b"{\"\xff\":[\"\xc3\"]}",
            nested.as_bytes(),
        ] {
            let body = [b"{\"", member.as_bytes(), b"\":", value, br#","access_token":"at","refresh_token":"rt"}"#];
            let tokens = read(body.concat()).unwrap_or_else(|why| panic!("{member}: {why}"));
            assert_eq!(tokens.access_token.expose(), "at");
            assert_eq!(tokens.refresh_token.unwrap().expose(), "rt");
        }
    }
    for (member, value) in [("access_token", &b"\"a\xff\""[..]), ("refresh_token", br#""\ud800""#)] {
        let body = [br#"{"id_token":"i.d.t",""#, member.as_bytes(), b"\":", value, b"}"];
        assert!(read(body.concat()).is_err());
    }
}

#[test] // P09
fn an_empty_refresh_token_counts_as_omitted() {
    for members in [r#""refresh_token":"""#, r#""refresh_token":null"#, r#""x":1"#] {
        assert!(with(members).unwrap().refresh_token.is_none(), "{members}");
    }
    assert_eq!(with(r#""refresh_token":"new one""#).unwrap().refresh_token.unwrap().expose(), "new one");
    assert_eq!(unreadable(r#"{"access_token":"at","refresh_token":7}"#), Unreadable::BadType("refresh_token"));
}

#[test] // P10
fn scopes_granted() {
    let of = |value: &str| with(&format!(r#""scope":{value}"#)).unwrap().scopes.map(|scopes| scopes.to_string());
    assert_eq!(of(r#""openid  email openid""#).unwrap(), "openid email");
    assert_eq!(of(r#"["openid","email x",1,null]"#).unwrap(), "openid email x");
    assert_eq!(of(r#""ok \u001b[2J fine""#).unwrap(), "ok fine");
    for value in ["null", r#""""#, r#"" ""#, "[]", "7", "{}", r#""é""#] {
        assert_eq!(of(value), None, "{value}");
    }
}

#[test] // P11
fn no_access_token() {
    for body in ["{}", r#"{"access_token":null}"#, r#"{"access_token":""}"#, r#"{"token":"x","expires_in":1}"#] {
        assert_eq!(unreadable(body), Unreadable::NoAccessToken, "{body}");
    }
    for value in ["1", "true", "[\"at\"]", "{\"a\":1}"] {
        assert_eq!(unreadable(format!("{{\"access_token\":{value}}}")), Unreadable::BadType("access_token"));
    }
}

#[test] // P11
fn an_error_in_a_200() {
    let of = |body: &str| read(body).unwrap_err();
    let error = of(r#"{"error":"invalid_grant","error_description":"no","access_token":"canary"}"#);
    assert!(matches!(&error, TokenError::Refused { status: 200, error: Some(_) }));
    assert_eq!(error.to_string(), "the server refused the request (HTTP 200): invalid_grant: no");
    assert!(!error.ends_session() && !error.asks_for_login());
    assert!(matches!(of(r#"{"error":{"message":"m"},"access_token":"at"}"#), TokenError::Refused { .. }));
    assert!(matches!(of(r#"{"error":"server_error"}"#), TokenError::ServerFailed { status: 200, .. }));
    for members in [r#""error":null"#, r#""error":"""#, r#""error_description":"fine""#] {
        assert!(with(members).is_ok(), "{members}");
    }
}

#[test] // P12
fn tokens_are_opaque_and_may_be_long() {
    let long = "a".repeat(900_000);
    let tokens = read(format!(r#"{{"access_token":"{long}","refresh_token":"{long}"}}"#)).unwrap();
    assert_eq!(tokens.access_token.expose(), long);
    assert_eq!(tokens.refresh_token.unwrap().expose(), long);
    let odd = r"!#$%&'()*+,-./:;<=>?@[]^_`{|}~";
    assert_eq!(read(format!(r#"{{"access_token":"{odd}"}}"#)).unwrap().access_token.expose(), odd);
    assert_eq!(read(r#"{"access_token":"a\/b\"\u0063"}"#).unwrap().access_token.expose(), "a/b\"c");
}

#[test] // S02 I03
fn tokens_hold_visible_ascii_only() {
    for bad in ["a b", "a\\n", "\\r\\nX: y", "\\u0000", "\\u001b[2J", "é", "🦀", "\\u007f", " a", "a "] {
        let why = unreadable(format!(r#"{{"access_token":"{bad}"}}"#));
        assert_eq!(why, Unreadable::BadToken("access_token"), "{bad}");
        // One that nobody needs costs nothing else.
        let tokens = with(&format!(r#""refresh_token":"rt","id_token":"{bad}""#)).unwrap();
        assert!(tokens.id_token.is_none() && tokens.refresh_token.is_some(), "{bad}");
    }
    for bad in ["a\\nb", "\\u0000", "é"] {
        let why = unreadable(format!(r#"{{"access_token":"at","refresh_token":"{bad}"}}"#));
        assert_eq!(why, Unreadable::BadToken("refresh_token"), "{bad}");
    }
}

#[test] // P11
fn status_and_content_type_do_not_matter_where_there_is_a_token() {
    let body = r#"{"access_token":"at"}"#;
    for status in [200, 201, 202, 203, 206, 299] {
        for kind in ["application/json", "text/html; charset=utf-8", "text/plain", "application/json;charset=UTF-8", ""]
        {
            assert!(read_token_response(&response(status, &[("content-type", kind)], body)).is_ok());
        }
        assert!(read_token_response(&response(status, &[], body)).is_ok());
    }
    assert!(read(format!("\u{feff}{body}\r\n")).is_ok());
}

#[test] // T06
fn compressed_answers_are_refused() {
    let coded = |status, coding| response(status, &[("content-encoding", coding)], r#"{"access_token":"at"}"#);
    for coding in ["gzip", "br", "zstd", "deflate", "Gzip"] {
        let error = read_token_response(&coded(200, coding)).unwrap_err();
        assert_eq!(error, TokenError::Unreadable { status: 200, why: Unreadable::Compressed });
        assert_eq!(
            error.to_string(),
            "the server's answer cannot be used (HTTP 200): it is compressed, which was not asked for"
        );
    }
    assert!(read_token_response(&coded(200, "identity")).is_ok());
    assert_eq!(read_token_response(&coded(400, "gzip")).unwrap_err(), TokenError::Refused { status: 400, error: None });
}

#[test] // P11
fn pages_and_other_texts() {
    let of = |kind: &str, body: &str| read_token_response(&response(200, &[("content-type", kind)], body)).unwrap_err();
    let page = TokenError::NotATokenEndpoint { status: 200, what: NotOne::Html, error: None };
    assert_eq!(of("text/html; charset=utf-8", "<!doctype html><p>canary"), page);
    assert_eq!(of("TEXT/HTML", "Welcome"), page);
    assert_eq!(of("application/json", "\u{feff} \r\n<html>"), page);
    assert_eq!(of("application/xhtml+xml", "x"), page);
    let why = |why| TokenError::Unreadable { status: 200, why };
    assert_eq!(of("text/html", ""), why(Unreadable::Empty));
    assert_eq!(of("text/html", "[]"), why(Unreadable::NotAnObject));
    assert_eq!(of("text/plain", "access_token=at&token_type=bearer"), why(Unreadable::NotJson));
    assert_eq!(
        read_token_response(&response(204, &[], "")).unwrap_err().to_string(),
        "the server's answer cannot be used (HTTP 204): it is empty"
    );
}

#[test] // M03 U07
fn nothing_of_the_body_is_shown() {
    let tokens = with(r#""refresh_token":"canary","id_token":"canary""#).unwrap();
    assert!(!format!("{tokens:?}").contains("canary"));
    for body in [
        r#"{"access_token":"canary"#,
        r#"{"access_token":["canary"]}"#,
        r#"{"access_token":"canary é"}"#,
        r#"{"access_token":"canary","access_token":"canary"}"#,
        r#""canary""#,
        "<p>canary",
        "canary",
    ] {
        let error = read(body).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("canary"), "{body}");
    }
}

#[test] // P08 M03
fn damaged_answers_never_panic() {
    let body =
        "\u{feff}{\"access_token\":\"a\\u00e9\\/\",\"expires_in\":-1.5e3,\"error\":{\"x\":[\"🦀\"]},\"scope\":[null]}";
    for end in 0..body.len() {
        assert!(read(&body.as_bytes()[..end]).is_err(), "{end}");
        for byte in [0, b'"', b'{', b']', b'\\', b'9', 0xff] {
            let mut damaged = body.as_bytes().to_vec();
            damaged[end] = byte;
            if let Ok(tokens) = read(&damaged) {
                assert!(tokens.access_token.expose().bytes().all(is_visible));
            }
        }
    }
}

#[test] // P16, P07
fn a_token_is_of_the_type_that_was_asked_for() {
    let of = |bound: bool, kind: &str| {
        let body = format!(r#"{{"access_token":"t"{kind}}}"#);
        let signed = crate::oauth::Signed { bound, texts: Vec::new() };
        read_token_response(&Response { signed, ..response(200, &[], body) }).map(|tokens| tokens.token_type)
    };
    for kind in ["DPoP", "dpop"] {
        let text = format!(r#","token_type":"{kind}""#);
        assert_eq!(of(true, &text), Ok(TokenType::DPoP));
        assert_eq!(of(false, &text), Err(TokenError::UnknownTokenType(Foreign::new(kind))));
    }
    assert_eq!(of(false, r#","token_type":"bearer""#), Ok(TokenType::Bearer));
    for (text, kind) in [("", "Bearer"), (r#","token_type":"bearer""#, "bearer"), (r#","token_type":"mac""#, "mac")] {
        assert_eq!(of(true, text), Err(TokenError::NotBound(Foreign::new(kind))));
    }
}
