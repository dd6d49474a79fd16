//! @node-oauth/oauth2-server: no metadata, no revocation, HTTP Basic taken literally, 400 for a bad client secret.

use crate::flows::{ends, gets_tokens_for_itself, is_denied_in_the_browser, logs_in_by_browser};
use crate::harness::{Client, Sandbox};
use crate::password;
use crate::person::Person;
use crate::server::node_oauth2_server;

const CONF: Client = Client { name: "CONF", auth: "basic" };
const POST: Client = Client { name: "POST", auth: "post" };
const PUB: Client = Client { name: "PUB", auth: "none" };

#[test] // matrix: password, none, post
fn login_token_refresh_show_logout() {
    let server = node_oauth2_server();
    for issuer in ["ROTATING", "FIXED"] {
        for client in [CONF, POST, PUB] {
            password::goes_the_whole_way(server, issuer, &client, server.value(&format!("{issuer}_RESOURCE")));
        }
    }
}

#[test]
fn a_wrong_password_is_an_invalid_grant() {
    password::is_refused_if_wrong(node_oauth2_server(), &CONF, "invalid_grant");
}

#[test]
fn a_bad_client_secret_is_a_401_or_a_400() {
    for (client, status) in [(CONF, "401"), (POST, "400")] {
        let said = password::needs_the_right_secret(node_oauth2_server(), &client);
        assert!(said.contains(status), "{said}");
    }
}

#[test] // P04, matrix: basic-raw
fn basic_is_taken_literally_here() {
    let right = [Client { name: "ENC", auth: "basic-raw" }, Client { name: "ENCPOST", auth: "post" }];
    password::takes_one_coding(node_oauth2_server(), &right, &Client { name: "ENC", auth: "basic" }, "invalid_client");
}

#[test] // P09
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    password::keeps_its_refresh_token(node_oauth2_server(), &CONF);
}

#[test] // P09, matrix: refresh
fn a_rotated_refresh_token_replaces_the_old_one() {
    password::changes_its_refresh_token(node_oauth2_server(), &CONF, "invalid_grant");
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
