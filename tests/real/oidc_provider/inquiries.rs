//! What the server, its keys and its ID tokens say.

use serde_json::{Value, json};

use super::userinfo;
use crate::harness::Sandbox;
use crate::server::{Server, oidc_provider};

/// The user logs in with the password.
fn logged_in(server: &Server, client: &str, lines: &str) -> Sandbox {
    let lines = format!("username = \"{}\"\n{lines}", server.user());
    let sandbox = Sandbox::with_client(server, "FIXED", client, &lines);
    sandbox.log_in(server).exits(0);
    sandbox
}

#[test] // P16, U06, matrix: introspection, userinfo
fn the_server_says_what_a_token_is_good_for_and_who_the_user_is() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "CONF", "scopes = [\"openid\", \"read\"]");
    let token = sandbox.token();
    let shown = sandbox.shown(&["--online"]);
    let online = &shown["online"];
    assert_eq!([&online["active"], &online["subject"]], [&json!(true), &json!("alice")]);
    assert_eq!([&online["client_id"], &online["userinfo"]["sub"]], [&json!("conf"), &json!("alice")]);
    assert_eq!(online["scopes"], json!(["openid", "read"]));
    assert_eq!(online["expires_at"], shown["expires_at"], "{shown}");
    let table = sandbox.tok(&["show", "--online"]).exits(0).stdout;
    assert!(table.contains("active; scopes openid read"), "{table}");

    // The server has revoked it, and the session here does not know.
    sandbox.save_state();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.restore_state();
    assert!(!sandbox.is_accepted(server, &token, &userinfo(server, "FIXED")));
    sandbox.tok(&["show"]).exits(0);
    sandbox.tok(&["show", "--online"]).exits(3).says("not active");
}

#[test] // P16
fn a_client_without_a_secret_asks_who_the_user_is() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "PUB", "scopes = [\"openid\"]");
    let online = &sandbox.shown(&["--online"])["online"];
    assert_eq!([&online["active"], &online["userinfo"]["sub"]], [&Value::Null, &json!("alice")]);
    assert_eq!(server.requests("FIXED /token/introspection - pub 200"), 0);
}

#[test] // P12
fn the_issuers_keys_prove_the_id_token() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "CONF", "scopes = [\"openid\", \"read\"]");
    sandbox.token();
    let unproven = &sandbox.shown(&["--claims"])["claims"];
    assert_eq!([&unproven["id_token"]["verified"], &unproven["access_token"]["claims"]], [&json!(false), &Value::Null]);
    let proven = &sandbox.shown(&["--claims", "--online"])["claims"]["id_token"];
    assert_eq!(proven["verified"], true, "{proven}");
    let claims = &proven["claims"];
    assert_eq!([&claims["iss"], &claims["aud"], &claims["sub"]], [server.value("FIXED_ISSUER"), "conf", "alice"]);
    let table = sandbox.tok(&["show", "--claims", "--online"]).exits(0).stdout;
    assert!(table.contains("id token, verified against the issuer's keys:"), "{table}");
    assert!(table.contains("access token: it is not a JWT"), "{table}");
}

#[test] // P12, R01
fn a_forged_claim_is_not_proven() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "CONF", "scopes = [\"openid\", \"read\"]");
    let id_token = sandbox.printed(&["token", "--id-token"]);
    let [header, claims, signature] = id_token.split('.').collect::<Vec<_>>()[..] else { panic!("no JWT") };
    // Another letter in the middle of the claims.
    let (start, end) = claims.split_at(claims.len() / 2);
    let other = if end.starts_with('A') { "B" } else { "A" };
    let forged = format!("{header}.{start}{other}{}.{signature}", &end[1..]);
    for file in std::fs::read_dir(sandbox.path("state/tok/sessions")).unwrap() {
        let file = file.unwrap().path();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace(&id_token, &forged)).unwrap();
    }
    assert_eq!(sandbox.printed(&["token", "--id-token"]), forged);
    let said = &sandbox.shown(&["--claims", "--online"])["claims"]["id_token"];
    assert_eq!(said["verified"], false, "{said}");
}

#[test] // S01
fn an_id_token_for_those_who_want_one() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "PUB", "scopes = [\"openid\", \"read\"]");
    let first = sandbox.printed(&["token", "--id-token"]);
    assert_eq!(first.split('.').count(), 3);
    assert_ne!(first, sandbox.token());
    assert_eq!(sandbox.printed(&["token", "--id-token"]), first);
    sandbox.tok(&["refresh"]).exits(0);
    assert_eq!(sandbox.printed(&["token", "--id-token"]).split('.').count(), 3);
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();

    // The server gives none for these scopes, and the access token is not taken for one.
    let sandbox = logged_in(server, "PUB", "scopes = [\"read\"]");
    let outcome = sandbox.tok(&["token", "--id-token"]);
    assert_ne!(outcome.code, Some(0), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
}
