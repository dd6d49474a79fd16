//! The answer, and the questions after it.

use super::*;
use crate::oauth::OAuthError;

const ANSWER: &str = r#"{"device_code":"-d/c","user_code":"WDJB-MJHT","verification_uri":"https://h/device",
    "verification_uri_complete":"https://h/device?user_code=WDJB-MJHT","expires_in":1800,"interval":7}"#;

fn of(status: u16, body: &str) -> Result<Authorization, AnswerError> {
    read(&Response { status, body: body.as_bytes().to_vec().into(), ..Response::default() })
}

/// The answer with one text in it replaced.
fn with(old: &str, new: &str) -> Result<Authorization, AnswerError> {
    assert!(ANSWER.contains(old), "{old}");
    of(200, &ANSWER.replace(old, new))
}

#[test] // P16
fn the_answer_of_rfc_8628() {
    let answer = of(200, ANSWER).unwrap();
    assert_eq!((answer.device_code.expose(), answer.user_code.raw()), ("-d/c", "WDJB-MJHT"));
    assert_eq!((answer.page.as_str(), answer.page.host()), ("https://h/device", "h"));
    assert_eq!(answer.complete.unwrap().as_str(), "https://h/device?user_code=WDJB-MJHT");
    assert_eq!((answer.expires_in, answer.interval), (Some(1800), 7));
}

#[test] // P08, P16
fn numbers_that_are_none() {
    for (given, interval) in [("\"3\"", 3), ("0", 0), ("-1", 5), ("null", 5), ("\"soon\"", 5), ("1.9", 1), ("[]", 5)] {
        assert_eq!(with("\"interval\":7", &format!("\"interval\":{given}")).unwrap().interval, interval, "{given}");
    }
    assert_eq!(with(",\"interval\":7", "").unwrap().interval, 5);
    for (given, end) in [("\"60\"", Some(60)), ("-1", None), ("null", None), ("{}", None)] {
        assert_eq!(with("1800", given).unwrap().expires_in, end, "{given}");
    }
    assert!(with("1800", "1e300").unwrap().expires_in.unwrap() < 1 << 32);
    // Nothing of that overflows.
    let mut polling = Polling::new(&with(":7", ":1e300").unwrap());
    polling.unanswered(Duration::MAX);
    (0..200).for_each(|_| polling.unanswered(Duration::MAX));
}

#[test] // P16
fn what_it_cannot_do_without() {
    for name in ["device_code", "user_code", "verification_uri\""] {
        let plain = name.trim_end_matches('"');
        let error = with(&format!("\"{name}"), &format!("\"x{name}")).unwrap_err();
        assert!(matches!(error.fault, AnswerFault::Unreadable(Unreadable::Missing(missing)) if missing == plain));
    }
    assert_eq!(with("verification_uri\"", "verification_url\"").unwrap().page.as_str(), "https://h/device");
    assert_eq!(of(200, "<p>").unwrap_err().fault, AnswerFault::Unreadable(Unreadable::NotJson));
    let twice = of(200, r#"{"device_code":"a","device_code":"a"}"#).unwrap_err();
    assert_eq!(twice.fault, AnswerFault::Unreadable(Unreadable::Repeated("device_code")));
}

#[test] // T01, U05
fn nobody_is_sent_to_a_page_that_is_not_safe() {
    for bad in [
        "http://h/device",
        "ftp://h/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "h/device",
        "",
        "https://ada:pw@h/",
        "https://h/\\u001b[2J",
        "https://h/a b",
        "https://ada:pw@[h/",
        "\\u202ehttps://h/",
    ] {
        let error = with("\"https://h/device\"", &format!("\"{bad}\"")).unwrap_err();
        let shown = error.to_string();
        assert!(!shown.contains('\u{1b}') && !shown.contains("pw"), "{shown}");
        let is_missing = matches!(error.fault, AnswerFault::Unreadable(Unreadable::Missing(_)));
        assert!(
            is_missing == bad.is_empty() && (is_missing || matches!(error.fault, AnswerFault::BadPage(_))),
            "{bad}"
        );
    }
    for (good, shown) in [
        ("http://127.0.0.1:8080/d", "http://127.0.0.1:8080/d"),
        ("http://localhost/d", "http://localhost/d"),
        ("http://[::1]/d", "http://[::1]/d"),
        ("https://h/#/device", "https://h/#/device"),
        ("https://b\u{fc}cher.example/", "https://xn--bcher-kva.example/"),
    ] {
        assert_eq!(with("\"https://h/device\"", &format!("\"{good}\"")).unwrap().page.to_string(), shown);
    }
}

#[test] // U05
fn the_complete_address_is_of_the_same_place_or_left_out() {
    let complete = "https://h/device?user_code=WDJB-MJHT";
    for other in ["https://evil/?c=1", "http://h/device?c", "https://h:8443/device", "javascript:1", "https://u@h/"] {
        let answer = with(complete, other).unwrap();
        assert!(answer.complete.is_none() && answer.page.as_str() == "https://h/device", "{other}");
    }
    assert!(with(complete, "https://h/other#c").unwrap().complete.is_some());
}

#[test] // U01
fn the_code_is_foreign_text() {
    let answer = with("WDJB-MJHT\",\"v", "\\u001b[2J\\u202eA\",\"v").unwrap();
    assert_eq!(answer.user_code.to_string(), "\\u{1b}[2J\\u{202e}A");
}

#[test] // P11, U07
fn refusals() {
    let error = of(400, r#"{"error":"unauthorized_client","error_description":"not canary"}"#).unwrap_err();
    let error = error.redacted(&[&Secret::new("canary".into())]);
    assert_eq!(error.to_string(), "the server refused the request (HTTP 400): unauthorized_client: not [...]");
    let refused = of(200, r#"{"error":"invalid_client"}"#).unwrap_err();
    assert!(matches!(refused, AnswerError { status: 200, fault: AnswerFault::Refused(Some(_)), .. }));
    for (status, fault) in [
        (404, AnswerFault::Absent),
        (503, AnswerFault::ServerFailed { retry_after: None }),
        (302, AnswerFault::Moved(None)),
    ] {
        assert_eq!(of(status, "").unwrap_err(), AnswerError { role: Role::Device, status, fault });
    }
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn polling(interval: u64, expires_in: Option<u64>) -> Polling {
    Polling::new(&Authorization { interval, expires_in, ..of(200, ANSWER).unwrap() })
}

fn said(code: &str) -> TokenError {
    let error = OAuthError { code: ErrorCode::read(code), description: None, uri: None };
    TokenError::Refused { status: 400, error: Some(error) }
}

#[test] // P16
fn nobody_asks_faster_than_told() {
    let mut polling = polling(5, Some(600));
    assert_eq!(polling.next(s(0)), Next::Wait(s(5)));
    assert_eq!(polling.next(s(4)), Next::Wait(s(1)));
    assert_eq!(polling.next(s(5)), Next::Ask);
    // The answer took two seconds: the interval begins after it.
    assert_eq!(polling.answered(&said("authorization_pending"), s(7)), Meaning::Pending);
    assert_eq!((polling.next(s(11)), polling.next(s(12))), (Next::Wait(s(1)), Next::Ask));
    assert_eq!(self::polling(0, None).next(s(0)), Next::Wait(FASTEST));
}

#[test] // P16
fn slow_down_adds_five_seconds_for_good() {
    let mut polling = polling(5, None);
    assert_eq!(polling.answered(&said("slow_down"), s(5)), Meaning::Pending);
    assert_eq!(polling.next(s(5)), Next::Wait(s(10)));
    polling.answered(&said("authorization_pending"), s(15));
    assert_eq!(polling.next(s(15)), Next::Wait(s(10)), "it stays so");
    polling.answered(&said("slow_down"), s(25));
    assert_eq!(polling.next(s(25)), Next::Wait(s(15)));
}

#[test] // P16
fn no_answer_doubles_the_wait() {
    let mut polling = polling(5, None);
    polling.unanswered(s(30));
    assert_eq!(polling.next(s(30)), Next::Wait(s(10)));
    let busy = |retry_after| TokenError::ServerFailed { status: 503, error: None, retry_after };
    assert_eq!(polling.answered(&busy(None), s(40)), Meaning::Pending);
    assert_eq!(polling.next(s(40)), Next::Wait(s(20)));
    polling.answered(&busy(Some(90)), s(60));
    assert_eq!(polling.next(s(60)), Next::Wait(s(90)));
}

#[test] // P16
fn the_codes_end() {
    let mut polling = polling(5, Some(12));
    polling.answered(&said("authorization_pending"), s(10));
    assert_eq!(polling.next(s(10)), Next::Wait(s(2)), "and not beyond the end");
    assert_eq!((polling.next(s(12)), polling.left(s(12))), (Next::Expired, Some(s(0))));
    assert_eq!(self::polling(5, Some(0)).next(s(0)), Next::Expired);
    assert_eq!((self::polling(5, None).next(s(1 << 40)), self::polling(5, None).left(s(1))), (Next::Ask, None));
}

#[test] // P16
fn any_other_answer_ends_it() {
    assert_eq!(polling(5, None).answered(&said("access_denied"), s(5)), Meaning::Denied);
    assert_eq!(polling(5, None).answered(&said("expired_token"), s(5)), Meaning::Expired);
    for code in ["invalid_grant", "invalid_client", "Slow_Down", "invalid_code", ""] {
        assert_eq!(polling(5, None).answered(&said(code), s(5)), Meaning::Over, "{code}");
    }
    let busy = OAuthError { code: ErrorCode::ServerError, description: None, uri: None };
    for answer in [
        TokenError::Refused { status: 403, error: None },
        TokenError::ServerFailed { status: 500, error: Some(busy), retry_after: None },
        TokenError::Moved { status: 302, to: None },
        TokenError::Unreadable { status: 200, why: Unreadable::NoAccessToken },
    ] {
        assert_eq!(polling(5, None).answered(&answer, s(5)), Meaning::Over, "{answer:?}");
    }
    let slow = OAuthError { code: ErrorCode::SlowDown, description: None, uri: None };
    let busy = TokenError::ServerFailed { status: 429, error: Some(slow), retry_after: None };
    let mut polling = polling(5, None);
    assert_eq!((polling.answered(&busy, s(5)), polling.next(s(5))), (Meaning::Pending, Next::Wait(s(10))));
}
