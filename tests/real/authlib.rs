//! Authlib: metadata by RFC 8414 alone, refresh answers without a refresh token, a wrong password as `invalid_request`.

use std::thread;
use std::time::{Duration, Instant};

use crate::flows::{
    Device, denies_a_device, ends, gets_tokens_for_itself, is_denied_in_the_browser, is_told_of_a_revoked_token,
    logs_a_device_in, logs_in_by_browser,
};
use crate::harness::{Client, DEADLINE, Sandbox};
use crate::password;
use crate::person::Person;
use crate::server::authlib;

const CONF: Client = Client { name: "CONF", auth: "basic" };
const POST: Client = Client { name: "POST", auth: "post" };
const PUB: Client = Client { name: "PUB", auth: "none" };

#[test] // matrix: password, none, post
fn login_token_refresh_show_logout() {
    let server = authlib();
    for issuer in ["ROTATING", "FIXED"] {
        for client in [CONF, POST, PUB] {
            password::goes_the_whole_way(server, issuer, &client, server.value(&format!("{issuer}_RESOURCE")));
        }
    }
}

#[test] // matrix: discovery
fn rfc_8414_is_enough() {
    let server = authlib();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &PUB);
    sandbox.log_in(server).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
    assert_eq!(server.requests("ROTATING /.well-known/openid-configuration - - 404"), 0);
}

#[test]
fn a_wrong_password_is_an_invalid_request() {
    password::is_refused_if_wrong(authlib(), &CONF, "invalid_request");
}

#[test]
fn a_bad_client_secret_is_refused() {
    for client in [CONF, POST] {
        password::needs_the_right_secret(authlib(), &client);
    }
}

#[test] // P04, matrix: basic
fn basic_is_form_encoded_here() {
    let right = [Client { name: "ENC", auth: "basic" }, Client { name: "ENCPOST", auth: "post" }];
    password::takes_one_coding(authlib(), &right, &Client { name: "ENC", auth: "basic-raw" }, "invalid_client");
}

#[test] // P09
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    password::keeps_its_refresh_token(authlib(), &CONF);
}

#[test] // P09, matrix: refresh
fn a_rotated_refresh_token_replaces_the_old_one() {
    password::changes_its_refresh_token(authlib(), &CONF, "invalid_grant");
}

#[test] // P15, matrix: revocation
fn logout_revokes_the_refresh_token() {
    let server = authlib();
    for (issuer, client) in [("ROTATING", CONF), ("FIXED", PUB)] {
        password::is_revoked(server, issuer, &client, server.value(&format!("{issuer}_RESOURCE")));
    }
}

#[test] // P01, matrix: client-credentials
fn a_client_for_itself() {
    let server = authlib();
    let sandbox = Sandbox::with_client(server, "ROTATING", "CC", "grant = \"client-credentials\"\nscopes = [\"read\"]");
    let before = server.requests("ROTATING /oauth/token client_credentials cc 200");
    gets_tokens_for_itself(&sandbox, |token| sandbox.is_accepted(server, token, server.value("ROTATING_RESOURCE")));
    assert_eq!(server.requests("ROTATING /oauth/token client_credentials cc 200"), before + 2);
    sandbox.give("secret-of-CC", "wrong secret 4716");
    sandbox.tok(&["token"]).exits(4).says("invalid_client");
}

#[test] // P16, matrix: device
fn a_code_that_is_entered_elsewhere() {
    let server = authlib();
    let sandbox = Sandbox::with_client(server, "ROTATING", "DEVICE", "grant = \"device\"\nscopes = [\"read\"]");
    let resource = server.value("ROTATING_RESOURCE");
    logs_a_device_in(&sandbox, Person::new(server), |token| sandbox.is_accepted(server, token, resource));
    ends(&sandbox);
    denies_a_device(&sandbox, Person::new(server));
}

#[test] // P16
fn a_device_asks_no_faster_than_it_was_told() {
    let server = authlib();
    let sandbox = Sandbox::with_client(server, "FIXED", "DEVICE", "grant = \"device\"\nscopes = [\"read\"]");
    let pending = "FIXED /oauth/token urn:ietf:params:oauth:grant-type:device_code device 400";
    let start = Instant::now();
    let device = Device::starts(&sandbox);
    while server.requests(pending) < 3 {
        assert!(start.elapsed() < DEADLINE, "nothing is asked");
        thread::sleep(Duration::from_millis(50));
    }
    // The server wants a second before each question, and says which came too soon.
    assert!(start.elapsed().as_secs_f64() > 2.9, "three questions in {:?}", start.elapsed());
    assert_eq!(server.requests("FIXED too soon"), 0);
    Person::new(server).visits(&device.complete).page();
    let (code, shown) = device.ends(&sandbox);
    assert_eq!(code, 0, "{shown}");
}

#[test] // P16, matrix: browser
fn a_login_page_in_the_browser() {
    let server = authlib();
    for (issuer, client) in [("ROTATING", "CODE"), ("FIXED", "CODECONF")] {
        let sandbox = Sandbox::with_client(server, issuer, client, "grant = \"browser\"\nscopes = [\"read\"]");
        let resource = server.value(&format!("{issuer}_RESOURCE"));
        logs_in_by_browser(&sandbox, &Person::new(server), |token| sandbox.is_accepted(server, token, resource));
        ends(&sandbox);
        is_denied_in_the_browser(&sandbox, Person::new(server));
    }
}

#[test] // P16, matrix: introspection
fn what_the_server_says_of_the_token() {
    let server = authlib();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    let online = &sandbox.shown(&["--online"])["online"];
    assert_eq!([&online["client_id"], &online["username"]], ["conf", server.user()], "{online}");
    assert_eq!(online["scopes"].as_array().unwrap(), &["read"]);
    is_told_of_a_revoked_token(&sandbox);
    assert!(server.requests("ROTATING /oauth/introspect - conf 200") > 0);
}
