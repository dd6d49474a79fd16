//! @node-oauth/oauth2-server: no metadata, no revocation, HTTP Basic taken literally, 400 for a bad client secret.

use crate::flows::{ends, gets_tokens_for_itself, is_denied_in_the_browser, logs_in_by_browser};
use crate::harness::{Client, Sandbox};
use crate::person::Person;
use crate::server::node_oauth2_server;

const CONF: Client = Client { name: "CONF", auth: "basic" };
const POST: Client = Client { name: "POST", auth: "post" };
const PUB: Client = Client { name: "PUB", auth: "none" };

#[test] // matrix: password, none, post
fn login_token_refresh_show_logout() {
    let server = node_oauth2_server();
    for issuer in ["ROTATING", "FIXED"] {
        let resource = server.value(&format!("{issuer}_RESOURCE"));
        for client in [CONF, POST, PUB] {
            let sandbox = Sandbox::with_profile(server, issuer, &client);
            sandbox.log_in(server).exits(0);
            let first = sandbox.token();
            sandbox.ask_with_token(server, resource).exits(0);
            for _ in 0..3 {
                sandbox.tok(&["refresh"]).exits(0);
            }
            assert_ne!(sandbox.token(), first);
            sandbox.ask_with_token(server, resource).exits(0);
            let shown = sandbox.tok(&["show"]).exits(0).stdout;
            assert!(shown.contains(server.user()), "{shown}");
            sandbox.tok(&["logout"]).exits(0);
            sandbox.no_token_is_left();
            sandbox.tok(&["token"]).exits(3);
        }
    }
}

#[test]
fn a_wrong_password_is_an_invalid_grant() {
    let server = node_oauth2_server();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    let wrong = "wrong password 4714";
    sandbox.never_shown(wrong);
    sandbox.tok_with_input(&["login", "--password-stdin"], wrong).exits(4).says("invalid_grant");
}

#[test]
fn a_bad_client_secret_is_a_401_or_a_400() {
    let server = node_oauth2_server();
    for (client, status) in [(CONF, "401"), (POST, "400")] {
        let sandbox = Sandbox::with_profile(server, "ROTATING", &client);
        sandbox.give("client-secret", "wrong secret 4714");
        sandbox.log_in(server).exits(4).says("invalid_client").says(status);
    }
}

#[test] // P04, matrix: basic-raw
fn basic_is_taken_literally_here() {
    let server = node_oauth2_server();
    for client in [Client { name: "ENC", auth: "basic-raw" }, Client { name: "ENCPOST", auth: "post" }] {
        let sandbox = Sandbox::with_profile(server, "ROTATING", &client);
        sandbox.log_in(server).exits(0);
        sandbox.tok(&["refresh"]).exits(0);
        sandbox.tok(&["logout"]).exits(0);
    }
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "ENC", auth: "basic" });
    sandbox.log_in(server).exits(4).says("invalid_client");
}

#[test] // P09
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let server = node_oauth2_server();
    let sandbox = Sandbox::with_profile(server, "FIXED", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.save_state();
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    // The proof that it is the old one that is kept: it still works from the copy.
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(0);
}

#[test] // P09, matrix: refresh
fn a_rotated_refresh_token_replaces_the_old_one() {
    let server = node_oauth2_server();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.save_state();
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
}

#[test]
fn a_logout_without_revocation_says_so() {
    let server = node_oauth2_server();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.token();
    sandbox.tok(&["logout"]).exits(0).says("the server was not told");
    sandbox.no_token_is_left();
}

#[test]
fn a_page_in_place_of_the_token_endpoint_is_no_endpoint() {
    let server = node_oauth2_server();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    let wrong = format!("{}s", server.value("ROTATING_TOKEN_ENDPOINT"));
    sandbox.set("TOK_TOKEN_ENDPOINT", &wrong);
    sandbox.log_in(server).exits(2).says("404");
}

/// The client's profile with these settings more.
fn profile(client: &Client, settings: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with_profile(node_oauth2_server(), "ROTATING", client);
    sandbox.tok(&[&["profile", "set", "default"], settings].concat()).exits(0);
    sandbox
}

#[test] // P01, matrix: client-credentials
fn a_client_for_itself() {
    let server = node_oauth2_server();
    let resource = server.value("ROTATING_RESOURCE");
    for auth in ["basic-raw", "post"] {
        let sandbox = profile(&Client { name: "CC", auth }, &["grant=client-credentials"]);
        let before = server.requests("ROTATING /oauth/token client_credentials cc 200");
        gets_tokens_for_itself(&sandbox, |token| sandbox.is_accepted(server, token, resource));
        assert_eq!(server.requests("ROTATING /oauth/token client_credentials cc 200"), before + 2);
        sandbox.give("client-secret", "wrong secret 4717");
        sandbox.tok(&["token"]).exits(4).says("invalid_client");
    }
}

#[test] // P16, matrix: browser
fn a_login_page_in_the_browser() {
    let server = node_oauth2_server();
    let resource = server.value("ROTATING_RESOURCE");
    let page = format!("authorization-endpoint={}", server.value("ROTATING_AUTHORIZATION_ENDPOINT"));
    for client in [Client { name: "CODE", auth: "none" }, Client { name: "CODECONF", auth: "basic" }] {
        let sandbox = profile(&client, &["grant=browser", &page]);
        logs_in_by_browser(&sandbox, &Person::new(server), |token| sandbox.is_accepted(server, token, resource));
        ends(&sandbox);
        is_denied_in_the_browser(&sandbox, Person::new(server));
    }
}
