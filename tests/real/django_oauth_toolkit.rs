//! django-oauth-toolkit: an issuer with a path, a family of refresh tokens that dies together, a grace period, 301
//! without the last slash.

use crate::flows::{
    Browser, denies_a_device, ends, gets_tokens_for_itself, goes_back, is_active, is_denied_in_the_browser,
    is_told_of_a_revoked_token, logs_a_device_in, logs_in_by_browser,
};
use crate::harness::{Client, Sandbox};
use crate::password;
use crate::person::Person;
use crate::server::django_oauth_toolkit;

const CONF: Client = Client { name: "CONF", auth: "basic" };
const POST: Client = Client { name: "POST", auth: "post" };
const PUB: Client = Client { name: "PUB", auth: "none" };

#[test] // matrix: password, discovery, none, post
fn login_token_refresh_show_logout() {
    let server = django_oauth_toolkit();
    for (issuer, client) in [("ROTATING", CONF), ("GRACE", POST), ("FIXED", PUB)] {
        password::goes_the_whole_way(server, issuer, &client, server.value(&format!("{issuer}_RESOURCE")));
    }
}

#[test]
fn a_wrong_password_is_an_invalid_grant() {
    password::is_refused_if_wrong(django_oauth_toolkit(), &CONF, "invalid_grant");
}

#[test]
fn a_bad_client_secret_is_refused() {
    for client in [CONF, POST] {
        password::needs_the_right_secret(django_oauth_toolkit(), &client);
    }
}

#[test] // P04, matrix: basic
fn basic_is_form_encoded_here() {
    let right = [Client { name: "ENC", auth: "basic" }, Client { name: "ENCPOST", auth: "post" }];
    password::takes_one_coding(
        django_oauth_toolkit(),
        &right,
        &Client { name: "ENC", auth: "basic-raw" },
        "invalid_client",
    );
}

#[test]
fn a_missing_slash_is_not_followed() {
    let server = django_oauth_toolkit();
    let sandbox = Sandbox::with_profile(server, "FIXED", &Client { name: "ENCPOST", auth: "post" });
    let there = format!("{}/token/", server.value("FIXED_ISSUER"));
    sandbox.set("TOK_TOKEN_ENDPOINT", there.strip_suffix('/').unwrap());
    sandbox.log_in(server).exits(2).says("301").says("/o/token/");
    assert_eq!(server.requests("FIXED /o/token password encpost 301"), 1);
    // The proof that the slash was all that was missing, and that nothing followed by itself.
    assert_eq!(server.requests("FIXED /o/token/ password encpost 200"), 0);
    sandbox.set("TOK_TOKEN_ENDPOINT", &there);
    sandbox.log_in(server).exits(0);
    assert_eq!(server.requests("FIXED /o/token/ password encpost 200"), 1);
}

#[test] // P09
fn an_old_refresh_token_kills_the_newest() {
    let server = django_oauth_toolkit();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.save_state();
    sandbox.tok(&["refresh"]).exits(0);
    let newest = sandbox.token();
    let resource = server.value("ROTATING_RESOURCE");
    assert!(sandbox.is_accepted(server, &newest, resource));
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
    assert!(!sandbox.is_accepted(server, &newest, resource));
}

#[test] // P09, matrix: refresh
fn a_repeated_refresh_is_answered_alike_for_a_while() {
    let server = django_oauth_toolkit();
    let sandbox = Sandbox::with_profile(server, "GRACE", &CONF);
    sandbox.log_in(server).exits(0);
    sandbox.save_state();
    sandbox.tok(&["refresh"]).exits(0);
    let refreshed = sandbox.token();
    // As after a crash between the answer and its storing.
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(0);
    assert_eq!(sandbox.token(), refreshed);
    sandbox.tok(&["refresh"]).exits(0);
    assert_ne!(sandbox.token(), refreshed);
    sandbox.tok(&["logout"]).exits(0);
}

#[test] // P09
fn a_refresh_token_that_stays_is_used_again() {
    password::keeps_its_refresh_token(django_oauth_toolkit(), &CONF);
}

#[test] // P15, matrix: revocation
fn logout_revokes_the_refresh_token() {
    let server = django_oauth_toolkit();
    for (issuer, client) in [("ROTATING", CONF), ("GRACE", POST), ("FIXED", PUB)] {
        password::is_revoked(server, issuer, &client, server.value(&format!("{issuer}_RESOURCE")));
    }
}

#[test] // P01, matrix: client-credentials
fn a_client_for_itself() {
    let server = django_oauth_toolkit();
    let sandbox = Sandbox::with_client(server, "ROTATING", "CC", "grant = \"client-credentials\"\nscopes = [\"read\"]");
    let before = server.requests("ROTATING /o/token/ client_credentials cc 200");
    gets_tokens_for_itself(&sandbox, |_| is_active(&sandbox));
    assert_eq!(server.requests("ROTATING /o/token/ client_credentials cc 200"), before + 2);
    sandbox.give("secret-of-CC", "wrong secret 4718");
    sandbox.tok(&["token"]).exits(4).says("invalid_client");
}

/// A client that is logged in by a person, with the rights to see who that is.
fn profile(issuer: &str, client: &str, lines: &str) -> Sandbox {
    Sandbox::with_client(django_oauth_toolkit(), issuer, client, &format!("scopes = [\"openid\", \"read\"]\n{lines}"))
}

#[test] // P16, matrix: device
fn a_code_that_is_entered_elsewhere() {
    let server = django_oauth_toolkit();
    let endpoint = server.value("ROTATING_DEVICE_ENDPOINT");
    let sandbox = profile("ROTATING", "DEVICE", &format!("grant = \"device\"\ndevice-endpoint = \"{endpoint}\""));
    let resource = server.value("ROTATING_RESOURCE");
    logs_a_device_in(&sandbox, Person::new(server), |token| sandbox.is_accepted(server, token, resource));
    ends(&sandbox);
    denies_a_device(&sandbox, Person::new(server));
}

#[test] // P16, matrix: browser
fn a_login_page_in_the_browser() {
    let server = django_oauth_toolkit();
    for (issuer, client) in [("ROTATING", "CODE"), ("FIXED", "CODECONF")] {
        let sandbox = profile(issuer, client, "grant = \"browser\"");
        let resource = server.value(&format!("{issuer}_RESOURCE"));
        logs_in_by_browser(&sandbox, &Person::new(server), |token| sandbox.is_accepted(server, token, resource));
        ends(&sandbox);
        is_denied_in_the_browser(&sandbox, Person::new(server));
    }
}

#[test] // P12, P16, matrix: introspection, userinfo
fn what_the_server_says_of_the_token_and_the_user() {
    let server = django_oauth_toolkit();
    // The metadata of RFC 8414, which come first, have the endpoint of the one and not of the other.
    let endpoint = server.value("ROTATING_RESOURCE");
    let sandbox = Sandbox::with_profile(server, "ROTATING", &CONF);
    sandbox.tok(&["profile", "set", "default", &format!("userinfo-endpoint={endpoint}")]).exits(0);
    sandbox.log_in(server).exits(0);
    sandbox.sessions();
    let online = &sandbox.shown(&["--online"])["online"];
    assert_eq!([&online["client_id"], &online["userinfo"]["sub"]], ["conf", "1"], "{online}");
    is_told_of_a_revoked_token(&sandbox);
}

#[test] // P12
fn the_id_token_is_proved_by_the_issuers_keys() {
    let server = django_oauth_toolkit();
    let sandbox = profile("GRACE", "CODE", "grant = \"browser\"");
    let browser = Browser::starts(&sandbox);
    let back = browser.is_used_by(&sandbox, &Person::new(server));
    assert!(goes_back(&back).contains("Done here"));
    assert_eq!(browser.ends(&sandbox).0, 0);
    sandbox.sessions();
    assert_eq!(sandbox.printed(&["token", "--id-token"]).split('.').count(), 3);
    let shown = sandbox.shown(&["--online", "--claims"]);
    let said = &shown["claims"]["id_token"];
    assert_eq!(said["verified"], true, "{said}");
    let claims = &said["claims"];
    assert_eq!([&claims["iss"], &claims["aud"]], [server.value("GRACE_ISSUER"), "code"], "{claims}");
}
