//! The OAuth server does what it says.

use serde_json::{Value, json};

use super::client::{ask, basic, post};
use super::panic_of;
use crate::support::canary::Canaries;
use crate::support::codec::form_encode;
use crate::support::server::setup::Rotation;
use crate::support::server::{Answer, AuthServer};

fn log_in(server: &AuthServer, client: &str) -> Value {
    let password = server.password("ada");
    let form = [("grant_type", "password"), ("client_id", client), ("username", "ada"), ("password", &password)];
    let (status, answer) = post(server, "/token", &[], &form);
    assert_eq!(status, 200, "{answer}");
    answer
}

fn refresh(server: &AuthServer, token: &Value) -> (u16, Value) {
    let token = token.as_str().unwrap();
    post(server, "/token", &[], &[("grant_type", "refresh_token"), ("client_id", "tok"), ("refresh_token", token)])
}

fn api(server: &AuthServer, token: &Value) -> u16 {
    ask(server, "GET", "/api", &[&format!("Authorization: Bearer {}", token.as_str().unwrap())], "").0
}

#[test] // AS
fn reusing_a_refresh_token_revokes_the_whole_family() {
    let server = AuthServer::start(&Canaries::new());
    let first = log_in(&server, "tok");
    let other = log_in(&server, "tok");
    let (status, second) = refresh(&server, &first["refresh_token"]);
    assert_eq!((status, api(&server, &first["access_token"]), api(&server, &second["access_token"])), (200, 200, 200));
    let again = refresh(&server, &first["refresh_token"]);
    assert_eq!(again, (400, json!({ "error": "invalid_grant" })));
    assert_eq!(server.realm(|realm| realm.reuses), 1);
    assert_eq!(api(&server, &second["access_token"]), 401, "the newest access token died with the family");
    assert_eq!(refresh(&server, &second["refresh_token"]).0, 400, "and so did the newest refresh token");
    assert_eq!(refresh(&server, &other["refresh_token"]).0, 200, "another login is another family");
    assert_eq!((server.count("password"), server.count("refresh_token")), (2, 4));
}

#[test] // AS
fn without_rotation_the_refresh_token_stays() {
    let server = AuthServer::start_http(&Canaries::new());
    let first = log_in(&server, "tok");
    server.set(|setup| setup.rotation = Rotation::Omit);
    for _ in 0..2 {
        let (status, answer) = refresh(&server, &first["refresh_token"]);
        assert_eq!((status, answer.get("refresh_token")), (200, None));
    }
    server.set(|setup| setup.rotation = Rotation::Same);
    assert_eq!(refresh(&server, &first["refresh_token"]).1["refresh_token"], first["refresh_token"]);
    assert_eq!(server.realm(|realm| realm.reuses), 0);
}

#[test] // AS
fn revoking_follows_rfc_7009() {
    let server = AuthServer::start_http(&Canaries::new());
    let tokens = log_in(&server, "tok");
    let revoke = |token: &str| post(&server, "/revoke", &[], &[("client_id", "tok"), ("token", token)]).0;
    assert_eq!(revoke("never-heard-of"), 200);
    assert_eq!(api(&server, &tokens["access_token"]), 200);
    assert_eq!(revoke(tokens["refresh_token"].as_str().unwrap()), 200);
    assert_eq!(api(&server, &tokens["access_token"]), 401);
    assert_eq!(refresh(&server, &tokens["refresh_token"]).0, 400);
    assert_eq!(server.realm(|realm| realm.living_sessions()), 0);
}

#[test] // AS
fn clients_prove_themselves_in_their_one_way() {
    let server = AuthServer::start_http(&Canaries::new());
    let form = [("grant_type", "password"), ("username", "ada"), ("password", &server.password("ada"))];
    let raw = |id: &str| basic(id, &server.client_secret(id));
    let encoded = |id: &str| basic(id, &form_encode(&server.client_secret(id)));
    let status = |headers: &[&str], more: &[(&str, &str)]| post(&server, "/token", headers, &[&form, more].concat()).0;
    assert_eq!(status(&[&encoded("basic")], &[]), 200);
    assert_eq!(status(&[&raw("basic")], &[]), 401);
    assert_eq!(status(&[&raw("basic-raw")], &[]), 200);
    assert_eq!(status(&[&encoded("basic-raw")], &[]), 401);
    assert_eq!(status(&[&encoded("post")], &[]), 401);
    assert_eq!(status(&[], &[("client_id", "post"), ("client_secret", &server.client_secret("post"))]), 200);
    assert_eq!(status(&[], &[("client_id", "post")]), 401);
    assert_eq!(status(&[&encoded("basic")], &[("client_id", "basic")]), 400, "a client named twice");
    assert_eq!(status(&[], &[("client_id", "tok"), ("client_id", "tok")]), 400, "a parameter given twice");
    assert_eq!(status(&[], &[]), 401);
}

#[test] // AS
fn discovery_answers_at_both_addresses_and_can_lie() {
    let server = AuthServer::start_http(&Canaries::new());
    server.set(|setup| setup.issuer_path = "/realms/main".into());
    let paths =
        ["/.well-known/oauth-authorization-server/realms/main", "/realms/main/.well-known/openid-configuration"];
    for path in paths {
        let (status, document) = ask(&server, "GET", path, &[], "");
        assert_eq!((status, &document["issuer"]), (200, &json!(server.issuer())));
        assert_eq!(document["token_endpoint"], server.url("/token"));
    }
    server.set(|setup| {
        setup.rfc8414_discovery = false;
        setup.edit_metadata =
            Some(std::sync::Arc::new(|document| drop(document.insert("issuer".into(), "lie".into()))));
    });
    assert_eq!(ask(&server, "GET", paths[0], &[], "").0, 404);
    assert_eq!(ask(&server, "GET", paths[1], &[], "").1["issuer"], "lie");
}

#[test] // AS
fn answers_can_be_held_and_failed() {
    let server = AuthServer::start_http(&Canaries::new());
    let tokens = log_in(&server, "tok");
    server.fail_tokens(1, &Answer::error(503, "temporarily_unavailable"));
    assert_eq!(refresh(&server, &tokens["refresh_token"]).0, 503);
    assert!(server.realm(|realm| realm.can_refresh(tokens["refresh_token"].as_str().unwrap())));
    let gate = server.hold_tokens();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| refresh(&server, &tokens["refresh_token"]).0);
        gate.wait_for_waiting(1);
        assert!(!waiting.is_finished());
        assert_eq!(server.count("refresh_token"), 2);
        gate.open();
        assert_eq!(waiting.join().unwrap(), 200);
    });
}

#[test] // P05
fn a_secret_in_a_uri_fails_the_test() {
    let server = AuthServer::start_http(&Canaries::new());
    let tokens = log_in(&server, "tok");
    ask(&server, "GET", &format!("/api?access_token={}", tokens["access_token"].as_str().unwrap()), &[], "");
    assert!(panic_of(|| drop(server)).contains("in a request's URI, raw"));
}

#[test] // AS
fn a_failure_that_was_not_used_fails_the_test() {
    let server = AuthServer::start_http(&Canaries::new());
    server.fail_tokens(1, &Answer::empty(500));
    assert!(panic_of(|| drop(server)).contains("not used"));
}
