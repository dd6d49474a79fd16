//! Tokens and refusals, in every form that counts.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::codec::base64url;
use crate::support::server::Answer;
use crate::support::server::setup::Rotation;

/// Lets the server change a member of its token answers; `null` removes it.
fn member(scene: &Scene, name: &'static str, value: &Value) {
    let value = value.clone();
    scene.server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(move |answer| {
            match &value {
                Value::Null => answer.remove(name),
                value => answer.insert(name.to_owned(), value.clone()),
            };
        }));
    });
}

/// A token answer written by hand, with a token that is looked for at the end.
fn by_hand(scene: &Scene, text: impl Fn(&str) -> String) -> (String, Answer) {
    let token = scene.world.canaries().make(Kind::AccessToken);
    let answer = Answer::new(200, "application/json", text(&token));
    (token, answer)
}

#[test] // P06
fn unknown_members_are_ignored_in_any_order() {
    let scene = Scene::bare();
    let (token, answer) = by_hand(&scene, |token| {
        format!(
            "{{\"x\":{{\"access_token\":[1,{{}}]}},\"ext_expires_in\":\"never\",\"expires_in\":9,\
             \"access_token\":\"{token}\",\"x\":null,\"token_type\":\"Bearer\",\"not-before-policy\":0}}"
        )
    });
    scene.server.fail_tokens(1, &answer);
    assert_eq!(scene.direct("token --min-ttl 0").run().line(), token);
}

#[test] // P06
fn a_repeated_member_is_rejected() {
    for name in ["access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token"] {
        let scene = Scene::bare();
        let (_, answer) = by_hand(&scene, |token| {
            let value = if name == "access_token" { token } else { "bearer" };
            format!("{{\"access_token\":\"{token}\",\"{name}\":\"{value}\",\"{name}\":\"{value}\"}}")
        });
        scene.server.fail_tokens(1, &answer);
        scene.direct("token").run().unhinted().assert(
            1,
            "",
            &format!(
                "tok: login at [..]/token failed\ncaused by: the server's answer cannot be used (HTTP 200): it has \
                 \"{name}\" more than once\n"
            ),
        );
    }
}

#[test] // P07
fn the_token_type_is_bearer_in_any_case_or_missing() {
    let scene = Scene::bare();
    for value in [json!("bearer"), json!("BEARER"), json!("bEaReR"), json!(""), Value::Null] {
        member(&scene, "token_type", &value);
        let token = scene.direct("token --header").run().line().to_owned();
        let newest = scene.server.realm(|realm| realm.latest_access().unwrap().to_owned());
        assert_eq!(token, format!("Authorization: Bearer {newest}"), "{value}");
    }
}

#[test] // P07
fn a_token_of_an_unknown_type_is_not_used() {
    let scene = Scene::bare();
    for value in [json!("mac"), json!("N_A"), json!("DPoP"), json!("bearer "), json!("b\u{1b}[2J"), json!(["bearer"])] {
        member(&scene, "token_type", &value);
        let output = scene.direct("token").run().code_is(1);
        assert_eq!(output.stdout, "", "{value}");
        assert!(!output.stderr.contains('\u{1b}'), "{}", output.stderr);
    }
    member(&scene, "token_type", &json!("mac"));
    scene.direct("token").run().assert(
        1,
        "",
        "tok: login at [..]/token failed\ncaused by: the server issued a token of the unknown type \"mac\"\nhint: tok \
         uses Bearer tokens, and with --dpop those bound to a key\n",
    );
}

#[test] // P08
fn every_lifetime_is_read_or_unknown() {
    let scene = Scene::bare();
    let unknown = Value::Null;
    for (text, wanted) in [
        ("null", unknown.clone()),
        ("-1", unknown.clone()),
        ("-1e300", unknown.clone()),
        ("\"\"", unknown.clone()),
        ("\"soon\"", unknown.clone()),
        ("\"-5\"", unknown.clone()),
        ("\"0x10\"", unknown.clone()),
        ("true", unknown.clone()),
        ("[3600]", unknown.clone()),
        ("{}", unknown),
        ("0", json!(0)),
        ("0.9", json!(0)),
        ("3600", json!(3600)),
        ("3600.7", json!(3600)),
        ("\"3600\"", json!(3600)),
        ("3.6e3", json!(3600)),
        ("18446744073709551616", json!(315_360_000)),
        ("\"18446744073709551616\"", json!(315_360_000)),
        ("1e300", json!(315_360_000)),
    ] {
        let (token, answer) =
            by_hand(&scene, |token| format!("{{\"access_token\":\"{token}\",\"expires_in\":{text}}}"));
        scene.server.fail_tokens(1, &answer);
        let output = scene.direct("token --json").run().ok();
        let printed: Value = serde_json::from_str(&output.stdout).unwrap();
        assert_eq!(printed["access_token"], token, "{text}");
        match (&printed["expires_in"], &wanted) {
            // A second may pass between the answer and the printing.
            (Value::Number(left), Value::Number(wanted)) => {
                let (left, wanted) = (left.as_u64().unwrap(), wanted.as_u64().unwrap());
                assert!(left <= wanted && left + 10 > wanted, "{text}: {left}");
            }
            (left, wanted) => assert_eq!(left, wanted, "{text}"),
        }
        assert_eq!(printed["expires_at"].is_null(), printed["expires_in"].is_null(), "{text}");
    }
}

#[test] // P08, S06
fn an_unknown_lifetime_counts_as_fresh_until_a_refresh_is_asked_for() {
    let scene = Scene::new();
    scene.server.set(|setup| setup.expires_in = None);
    scene.login();
    let token = scene.token();
    assert_eq!(scene.tok("token --min-ttl 1h").run().line(), token);
    assert_eq!((scene.shown()["expires_at"].clone(), scene.server.count("refresh_token")), (Value::Null, 0));
    scene.tok("refresh").run().assert(0, "", "tok: refreshed; the server does not say how long the new [..]\n");
    assert_ne!(scene.token(), token);
}

#[test] // P11
fn refusals_of_a_login_have_their_exit_codes() {
    let scene = Scene::bare();
    let error = Answer::error;
    for (answer, code) in [
        (error(400, "invalid_grant"), 4),
        (error(400, "invalid_request"), 4),
        (error(401, "invalid_client"), 4),
        (error(400, "invalid_scope"), 4),
        (error(400, "unauthorized_client"), 4),
        (error(400, "unsupported_grant_type"), 4),
        (error(400, "something_else"), 4),
        (error(403, "access_denied"), 4),
        (error(200, "invalid_grant"), 4),
        (Answer::empty(400), 4),
        (error(400, "temporarily_unavailable"), 5),
        (error(200, "server_error"), 5),
        (error(500, "server_error"), 5),
        (Answer::empty(500), 5),
        (Answer::html(503), 5),
        (Answer::empty(429), 5),
        (Answer::html(404), 2),
        (Answer::html(405), 2),
        (Answer::html(200), 2),
        (Answer::redirect(302, "/elsewhere"), 2),
        (Answer::json(200, json!({})), 1),
        (Answer::json(200, json!({ "access_token": null })), 1),
        (Answer::json(200, json!({ "access_token": "" })), 1),
        (Answer::json(200, json!({ "access_token": 7 })), 1),
        (Answer::json(200, json!([])), 1),
        (Answer::new(200, "application/json", "{"), 1),
        (Answer::empty(200), 1),
        (Answer::empty(204), 1),
    ] {
        scene.server.fail_tokens(1, &answer);
        let sent = scene.server.count("password");
        let output = scene.direct("token").run();
        assert_eq!((output.code(), output.stdout.as_str()), (code, ""), "{}", output.stderr);
        assert!(output.stderr.starts_with("tok: login at http://127.0.0.1:"), "{}", output.stderr);
        assert_eq!(scene.server.count("password"), sent + 1, "H03: one request");
    }
}

#[test] // P11
fn refusals_of_a_refresh_have_their_exit_codes() {
    let scene = Scene::logged_in();
    let error = Answer::error;
    for (answer, code) in [
        (error(400, "invalid_request"), 3),
        (error(401, "invalid_client"), 3),
        (error(403, "access_denied"), 3),
        (Answer::empty(400), 3),
        (Answer::html(401), 3),
        (error(200, "invalid_grant"), 4),
        (error(500, "invalid_grant"), 5),
        (error(503, "temporarily_unavailable"), 5),
        (Answer::empty(429), 5),
        (Answer::html(404), 2),
        (Answer::redirect(301, "/token/"), 2),
        (Answer::json(200, json!({})), 1),
        // The last: it ends the session.
        (error(400, "invalid_grant"), 3),
    ] {
        scene.server.fail_tokens(1, &answer);
        let output = scene.tok("refresh").run();
        assert_eq!((output.code(), output.stdout.as_str()), (code, ""), "{}", output.stderr);
        assert!(output.stderr.starts_with("tok: refresh at http://127.0.0.1:"), "{}", output.stderr);
    }
    let sent = scene.requests();
    let output = scene.tok("token").run().code_is(3);
    assert!(output.stderr.starts_with("tok: the server ended the session\n"), "{}", output.stderr);
    assert_eq!(scene.requests(), sent, "C04: no further requests for a session that ended");
}

#[test] // P12
fn tokens_are_opaque_and_may_be_long() {
    let scene = Scene::new();
    let past = base64url(br#"{"exp":1,"nbf":99999999999}"#);
    let long = "x".repeat(64 * 1024);
    let longer = "y".repeat(600 * 1024);
    for text in [format!("eyJhbGciOiJub25lIn0.{past}."), "a.b.c".into(), "..".into(), "\"'\\%<>".into(), long, longer] {
        member(&scene, "access_token", &json!(text));
        assert!(scene.direct("token").run().line() == text, "{} bytes", text.len());
    }
}

#[test] // P12
fn a_session_of_long_tokens_is_kept_and_refreshed() {
    let scene = Scene::new();
    let long = |c: &str| c.repeat(64 * 1024);
    member(&scene, "access_token", &json!(long("a")));
    scene.server.set(|setup| setup.rotation = Rotation::Omit);
    scene.login();
    assert!(scene.token() == long("a"));
    member(&scene, "access_token", &json!(long("b")));
    scene.tok("refresh").run().ok();
    assert!(scene.token() == long("b"));
    assert_eq!(scene.server.count("refresh_token"), 1);
}

#[test] // P12
fn no_claim_of_a_token_decides_anything() {
    let scene = Scene::new();
    let claims = base64url(br#"{"exp":1,"iss":"https://elsewhere.example","scope":"none"}"#);
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{claims}.c2lnbmF0dXJl");
    member(&scene, "access_token", &json!(token));
    scene.login();
    assert_eq!(scene.token(), token);
    assert_eq!((scene.shown()["state"].clone(), scene.server.count("refresh_token")), (json!("valid"), 0));
    assert!(!scene.tok("show").run().stdout.contains("elsewhere"));
}

#[test] // S02
fn a_token_that_could_not_stand_on_a_line_or_in_a_header_is_refused() {
    let scene = Scene::bare();
    for bad in ["a b", "a\nb", "a\r\nX-Evil: 1", "\ta", "a\0", "a\u{7f}", "\u{e9}", "a\u{2028}b", " ", "\u{1f980}"] {
        member(&scene, "access_token", &json!(bad));
        scene.direct("token").run().unhinted().assert(
            1,
            "",
            "tok: login at [..]/token failed\ncaused by: the server's answer cannot be used (HTTP 200): its \
             \"access_token\" has a character that a token cannot have\n",
        );
    }
}
