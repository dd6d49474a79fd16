//! glewlwyd: errors with empty bodies, HTTP Basic taken literally, refresh answers without a refresh token.

use crate::flows::{Device, ends, gets_tokens_for_itself, has_a_session, logs_in_by_browser};
use crate::harness::{Client, Sandbox};
use crate::person::Person;
use crate::server::{Server, glewlwyd};

const CONF: Client = Client { name: "CONF", auth: "basic" };

fn userinfo(server: &Server, issuer: &str) -> String {
    format!("{}/userinfo", server.value(&format!("{issuer}_ISSUER")))
}

#[test] // matrix: password, discovery
fn login_token_refresh_show_logout() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.token();
    sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0);
    for _ in 0..3 {
        sandbox.tok(&["refresh"]).exits(0);
    }
    sandbox.token();
    sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0);
    let shown = sandbox.tok(&["show"]).exits(0).stdout;
    assert!(shown.contains(server.user()) && shown.contains(server.value("ROTATING_ISSUER")), "{shown}");
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.tok(&["token"]).exits(3);
}

#[test]
fn a_wrong_password_is_an_empty_403() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    let wrong = "wrong password 4712";
    sandbox.never_shown(wrong);
    sandbox.tok_with_input(&["login", "--password-stdin"], wrong).exits(4).says("403");
}

#[test]
fn a_client_that_may_not_is_an_empty_403() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "PUB", auth: "none" });
    sandbox.log_in(server).exits(4).says("403");
}

#[test] // P09, matrix: refresh
fn a_rotated_refresh_token_replaces_the_old_one() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.save_state();
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.restore_state();
    // An empty 400: the server gives no reason, so the session is kept, and a login is asked for.
    sandbox.tok(&["refresh"]).exits(3).says("400");
}

#[test] // P09
fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let server = &*glewlwyd();
    let sandbox = Sandbox::with_profile(server, "FIXED", &CONF);
    sandbox.log_in(server).exits(0);
    let first = sandbox.token();
    for _ in 0..3 {
        sandbox.tok(&["refresh"]).exits(0);
    }
    assert_ne!(sandbox.token(), first);
    sandbox.tok(&["logout"]).exits(0);
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
    let server = &*glewlwyd();
    for auth in ["basic-raw", "post"] {
        let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "ENC", auth });
        sandbox.log_in(server).exits(0);
        sandbox.tok(&["refresh"]).exits(0);
        sandbox.tok(&["logout"]).exits(0);
    }
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "ENC", auth: "basic" });
    sandbox.log_in(server).exits(4).says("400");
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
    // There is no resource for a token without a user.
    gets_tokens_for_itself(&sandbox, |_| true);
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
