//! glewlwyd: errors with empty bodies, HTTP Basic taken literally, refresh answers without a refresh token.

use serde_json::Value;

use crate::flows::{
    Browser, Device, ends, gets_tokens_for_itself, goes_back, has_a_session, is_active, is_told_of_a_revoked_token,
    logs_in_by_browser,
};
use crate::harness::{Client, Sandbox};
use crate::password;
use crate::person::Person;
use crate::server::{Server, glewlwyd};

const CONF: Client = Client { name: "CONF", auth: "basic" };

fn userinfo(server: &Server, issuer: &str) -> String {
    format!("{}/userinfo", server.value(&format!("{issuer}_ISSUER")))
}

#[test] // matrix: password, discovery
fn login_token_refresh_show_logout() {
    let server = &*glewlwyd();
    password::goes_the_whole_way(server, "ROTATING", &CONF, &userinfo(server, "ROTATING"));
}

#[test]
fn a_wrong_password_is_an_empty_403() {
    password::is_refused_if_wrong(&glewlwyd(), &CONF, "403");
}

#[test]
fn a_client_that_may_not_is_an_empty_403() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "PUB", auth: "none" });
    sandbox.log_in(server).exits(4).says("403");
}

#[test] // P09, matrix: refresh
fn a_rotated_refresh_token_replaces_the_old_one() {
    // An empty 400: the server gives no reason, so the session is kept, and a login is asked for.
    password::changes_its_refresh_token(&glewlwyd(), &CONF, "400");
}

#[test] // P09
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    password::keeps_its_refresh_token(&glewlwyd(), &CONF);
}

#[test] // P15, matrix: revocation
fn logout_revokes_the_refresh_token() {
    let server = &*glewlwyd();
    for issuer in ["ROTATING", "FIXED"] {
        let sandbox = Sandbox::with_profile(server, issuer, &CONF);
        sandbox.log_in(server).exits(0);
        sandbox.token();
        sandbox.save_state();
        sandbox.tok(&["logout"]).exits(0);
        sandbox.no_token_is_left();
        sandbox.restore_state();
        sandbox.tok(&["refresh"]).exits(3);
    }
}

#[test] // P04, matrix: basic-raw, post
fn basic_is_taken_literally_here() {
    let right = ["basic-raw", "post"].map(|auth| Client { name: "ENC", auth });
    password::takes_one_coding(&glewlwyd(), &right, &Client { name: "ENC", auth: "basic" }, "400");
}

/// A client without a user of its own, and the scope that a client may ask for by itself.
fn profile(server: &Server, issuer: &str, client: &str, grant: &str, lines: &str) -> Sandbox {
    let scopes = if grant == "client-credentials" { "[\"scope1\"]" } else { "[\"openid\", \"scope1\"]" };
    Sandbox::with_client(server, issuer, client, &format!("grant = \"{grant}\"\nscopes = {scopes}\n{lines}"))
}

/// This server revokes nothing for a client that cannot authenticate; what is kept here is gone all the same (P15).
fn ends_unconfirmed(sandbox: &Sandbox) {
    sandbox.tok(&["logout"]).exits(5).says("did not confirm the revocation").says("401");
    sandbox.no_token_is_left();
}

#[test] // P01, matrix: client-credentials
fn a_client_for_itself() {
    let server = &*glewlwyd();
    let sandbox = profile(server, "ROTATING", "CC", "client-credentials", "");
    gets_tokens_for_itself(&sandbox, |_| is_active(&sandbox));
    sandbox.give("secret-of-CC", "wrong secret 4719");
    sandbox.tok(&["token"]).exits(4).says("403");
}

#[test] // P16, matrix: device, none
fn a_code_that_is_entered_elsewhere() {
    let server = &*glewlwyd();
    let sandbox = profile(server, "ROTATING", "DEVICE", "device", "");
    let device = Device::starts(&sandbox);
    Person::new(server).visits(&device.complete).page();
    let (code, shown) = device.ends(&sandbox);
    assert_eq!(code, 0, "{shown}");
    has_a_session(&sandbox, "device", |token| sandbox.is_accepted(server, token, &userinfo(server, "ROTATING")));
    ends_unconfirmed(&sandbox);
}

#[test] // P16, matrix: browser
fn a_login_page_in_the_browser() {
    let server = &*glewlwyd();
    let redirect_uri = server.value("REDIRECT_URI");
    for (client, end) in [("CODE", ends_unconfirmed as fn(&Sandbox)), ("CODECONF", ends)] {
        let sandbox = profile(server, "ROTATING", client, "browser", &format!("redirect-uri = \"{redirect_uri}\""));
        let is_good = |token: &str| sandbox.is_accepted(server, token, &userinfo(server, "ROTATING"));
        logs_in_by_browser(&sandbox, &Person::new(server), is_good);
        end(&sandbox);
    }
}

#[test] // P16, matrix: private-key-jwt
fn an_assertion_by_each_kind_of_key() {
    let server = &*glewlwyd();
    for client in ["ES256", "RS256", "PS256", "EDDSA"] {
        // RS256 is what an RSA key signs with unless told otherwise.
        let lines = if client == "PS256" { "signing-alg = \"PS256\"\n" } else { "" };
        let lines = format!("{lines}assertion-audience = \"endpoint\"");
        let sandbox = profile(server, "ROTATING", client, "client-credentials", &lines);
        gets_tokens_for_itself(&sandbox, |_| is_active(&sandbox));
    }
    // The server takes an assertion for the endpoint that is asked alone, and none by the key of another client.
    let sandbox = profile(server, "ROTATING", "ES256", "client-credentials", "");
    sandbox.tok(&["token"]).exits(4).says("403");
    let audience = "assertion-audience=endpoint";
    sandbox.tok(&["profile", "set", "default", audience, "client-id=eddsa"]).exits(0);
    sandbox.tok(&["token"]).exits(4).says("403");
}

#[test] // P16
fn an_assertion_with_each_request_of_a_login() {
    let server = &*glewlwyd();
    let lines = format!("assertion-audience = \"endpoint\"\nusername = \"{}\"", server.user());
    let sandbox = profile(server, "ROTATING", "ES256", "password", &lines);
    sandbox.log_in(server).exits(0);
    has_a_session(&sandbox, "password", |token| sandbox.is_accepted(server, token, &userinfo(server, "ROTATING")));
    ends(&sandbox);
}

#[test] // P16, matrix: client-secret-jwt
fn an_assertion_by_the_client_secret() {
    let server = &*glewlwyd();
    let lines = "client-auth = \"client-secret-jwt\"\nassertion-audience = \"endpoint\"";
    let sandbox = profile(server, "ROTATING", "SECRETJWT", "client-credentials", lines);
    gets_tokens_for_itself(&sandbox, |_| is_active(&sandbox));
    sandbox.give("secret-of-SECRETJWT", "a wrong secret of thirty-two bytes");
    sandbox.tok(&["token"]).exits(4).says("403");
}

#[test] // P16, matrix: tls
fn a_certificate_at_the_alias() {
    let server = &*glewlwyd();
    let sandbox = profile(server, "ROTATING", "TLS", "client-credentials", "");
    gets_tokens_for_itself(&sandbox, |_| is_active(&sandbox));
    // The proof that it is the alias: the ordinary endpoint does not take the certificate.
    let ordinary = format!("{}/token", server.value("ROTATING_ISSUER"));
    sandbox.tok(&["profile", "set", "default", &format!("token-endpoint={ordinary}")]).exits(0);
    sandbox.tok(&["token"]).exits(4).says("403");
}

#[test] // P16
fn a_certificate_with_each_request_of_a_login() {
    let server = &*glewlwyd();
    let lines = format!("username = \"{}\"", server.user());
    let sandbox = profile(server, "ROTATING", "TLS", "password", &lines);
    sandbox.log_in(server).exits(0);
    has_a_session(&sandbox, "password", |_| is_active(&sandbox));
    ends(&sandbox);
}

/// The status and the headers of the answer to a request with what `tok token --header` prints for it.
fn ask_with_proof(sandbox: &Sandbox, server: &Server, of: &str, asked: &str, more: &str) -> String {
    let ca = server.ca_file();
    let ca = ca.display();
    sandbox
        .bash(&format!(
            "\"$TOK\" token --header --url {of} {more} >../given/header\n\
             curl -sS -o /dev/null -D - --cacert {ca} -H @../given/header {asked}"
        ))
        .exits(0)
        .stdout
}

#[test] // P16, matrix: dpop
fn a_token_that_is_bound_to_a_key() {
    let server = &*glewlwyd();
    let lines = format!("dpop = true\nusername = \"{}\"", server.user());
    let sandbox = profile(server, "ROTATING", "CONF", "password", &lines);
    sandbox.log_in(server).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.sessions();
    let token = sandbox.token();
    let me = userinfo(server, "ROTATING");
    let answer = ask_with_proof(&sandbox, server, &me, &me, "");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // A proof for another method or place is no proof, and the token alone is of no use.
    let elsewhere = ask_with_proof(&sandbox, server, &format!("{me}/x"), &me, "");
    assert!(elsewhere.starts_with("HTTP/1.1 401"), "{elsewhere}");
    let posted = ask_with_proof(&sandbox, server, &me, &me, "--method POST");
    assert!(posted.starts_with("HTTP/1.1 401"), "{posted}");
    assert!(!sandbox.is_accepted(server, &token, &me));
    sandbox.tok(&["token", "--header"]).exits(2);
    ends(&sandbox);
}

#[test] // P16
fn a_server_that_wants_a_nonce_in_each_proof() {
    let server = &*glewlwyd();
    let lines = format!("dpop = true\nusername = \"{}\"", server.user());
    let sandbox = profile(server, "NONCE", "CONF", "password", &lines);
    sandbox.log_in(server).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.sessions();
    sandbox.token();
    let me = userinfo(server, "NONCE");
    let answer = ask_with_proof(&sandbox, server, &me, &me, "");
    let mut headers = answer.lines().filter_map(|line| line.split_once(": "));
    let nonce = headers.find(|(name, _)| name.eq_ignore_ascii_case("dpop-nonce")).map(|(_, value)| value.trim());
    assert!(answer.starts_with("HTTP/1.1 401") && nonce.is_some(), "{answer}");
    let answer = ask_with_proof(&sandbox, server, &me, &me, &format!("--nonce {}", nonce.unwrap()));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    ends(&sandbox);
}

#[test] // P16, matrix: par
fn a_request_that_is_sent_ahead() {
    let server = &*glewlwyd();
    for client in ["CODECONF", "ES256"] {
        let lines = format!(
            "redirect-uri = \"{}\"\npar-endpoint = \"{}/par\"\nassertion-audience = \"endpoint\"",
            server.value("REDIRECT_URI"),
            server.value("ROTATING_ISSUER")
        );
        let sandbox = profile(server, "ROTATING", client, "browser", &lines);
        let browser = Browser::starts(&sandbox);
        let names: Vec<_> = browser.opened.query_pairs().map(|(name, _)| name.into_owned()).collect();
        assert_eq!(names, ["client_id", "request_uri"]);
        let back = browser.is_used_by(&sandbox, &Person::new(server));
        assert!(goes_back(&back).contains("Done here"));
        let (code, shown) = browser.ends(&sandbox);
        assert_eq!(code, 0, "{shown}");
        has_a_session(&sandbox, "browser", |token| sandbox.is_accepted(server, token, &userinfo(server, "ROTATING")));
        ends(&sandbox);
    }
}

#[test] // P12, P16, matrix: introspection, userinfo
fn what_the_server_says_of_the_token_and_the_user() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.sessions();
    let shown = sandbox.shown(&["--online", "--claims"]);
    let online = &shown["online"];
    assert_eq!([&online["active"], &online["client_id"]], [&Value::from(true), &Value::from("conf")], "{shown}");
    assert!(online["userinfo"]["sub"].is_string(), "{shown}");
    assert_eq!(shown["claims"]["id_token"]["verified"], true, "{shown}");
    let id_token = sandbox.printed(&["token", "--id-token"]);
    assert_eq!(id_token.split('.').count(), 3);
    ends(&sandbox);
    // Only the server knows that a token is revoked.
    let sandbox = profile(server, "ROTATING", "CC", "client-credentials", "");
    is_told_of_a_revoked_token(&sandbox);
}
