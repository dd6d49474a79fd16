//! Clients that prove who they are without sending a secret: by a JWT or by a certificate.

use serde_json::json;

use crate::harness::Sandbox;
use crate::server::{Server, oidc_provider};

/// The user logs in with the password at this client of `FIXED`, which gives a refresh token without being asked.
fn logged_in(server: &Server, client: &str, lines: &str) -> Sandbox {
    let lines = format!("username = \"{}\"\nscopes = [\"openid\", \"read\"]\n{lines}", server.user());
    let sandbox = Sandbox::with_client(server, "FIXED", client, &lines);
    sandbox.log_in(server).exits(0);
    sandbox
}

/// Every request that a client authenticates: login, refresh, introspection, revocation. The client is registered for
/// this one method, so that no other is accepted.
fn it_is_believed_everywhere(server: &Server, client: &str, lines: &str) {
    let sandbox = logged_in(server, client, lines);
    let first = sandbox.token();
    sandbox.sessions();
    sandbox.tok(&["refresh"]).exits(0);
    let second = sandbox.token();
    assert_ne!(second, first, "{client}");
    let online = &sandbox.shown(&["--online"])["online"];
    let id = server.value(&format!("{client}_ID"));
    assert_eq!([&online["active"], &online["client_id"]], [&json!(true), &json!(id)], "{online}");
    assert_eq!(online["userinfo"]["sub"], server.user(), "{online}");

    sandbox.save_state();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.restore_state();
    sandbox.tok(&["show", "--online"]).exits(3).says("not active");
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
    for (path, grant) in [("/token", "password"), ("/token/introspection", "-"), ("/token/revocation", "-")] {
        assert_ne!(server.requests(&format!("FIXED {path} {grant} {id} 200")), 0, "{client} {path}");
    }
}

/// The same client for itself, without a login.
fn it_gets_a_token_for_itself(server: &Server, client: &str, lines: &str) {
    let lines = format!("grant = \"client-credentials\"\nscopes = [\"read\"]\n{lines}");
    let sandbox = Sandbox::with_client(server, "ROTATING", client, &lines);
    sandbox.token();
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
}

#[test] // P16, matrix: client-secret-jwt
fn an_assertion_by_a_secret_that_is_not_sent() {
    let server = oidc_provider();
    let lines = "client-auth = \"client-secret-jwt\"";
    it_is_believed_everywhere(server, "SECRETJWT", lines);
    it_gets_a_token_for_itself(server, "SECRETJWT", lines);
}

#[test] // P16
fn an_assertion_by_a_wrong_secret_is_refused() {
    let server = oidc_provider();
    let lines = "client-auth = \"client-secret-jwt\"\ngrant = \"client-credentials\"";
    let sandbox = Sandbox::with_client(server, "SHORT", "SECRETJWT", lines);
    sandbox.give("secret-of-SECRETJWT", "wrong secret 4718, long enough for HS256");
    assert_eq!(sandbox.tok(&["token"]).exits(4).says("invalid_client").stdout, "");
}

#[test] // P16, matrix: private-key-jwt
fn an_assertion_by_each_kind_of_key() {
    let server = oidc_provider();
    // RS256 is what an RSA key signs with unless told otherwise.
    for (client, lines) in [
        ("ES256", "key-id = \"es256\""),
        ("RS256", ""),
        ("PS256", "signing-alg = \"PS256\""),
        ("EDDSA", "client-auth = \"private-key-jwt\""),
    ] {
        it_is_believed_everywhere(server, client, lines);
        it_gets_a_token_for_itself(server, client, lines);
    }
}

#[test] // P16
fn an_assertion_for_either_name_of_the_server() {
    let server = oidc_provider();
    for audience in ["issuer", "token-endpoint"] {
        it_gets_a_token_for_itself(server, "ES256", &format!("assertion-audience = \"{audience}\""));
    }
    let elsewhere = "grant = \"client-credentials\"\nassertion-audience = \"https://elsewhere.test\"";
    let sandbox = Sandbox::with_client(server, "SHORT", "ES256", elsewhere);
    assert_eq!(sandbox.tok(&["token"]).exits(4).says("invalid_client").stdout, "");
}

#[test] // P16
fn an_assertion_by_the_key_of_another_is_refused() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "SHORT", "ES256", "grant = \"client-credentials\"");
    let other = server.value("ASSERTION_KEY");
    sandbox.tok(&["token", "--private-key-file", other]).exits(4).says("invalid_client");
    // An algorithm that the server does not take from this client.
    let sandbox = Sandbox::with_client(server, "SHORT", "RS256", "grant = \"client-credentials\"");
    sandbox.tok(&["token", "--signing-alg", "PS256"]).exits(4).says("invalid_client");
}

#[test] // P16, matrix: tls
fn a_certificate_of_the_ca_or_one_signed_by_itself() {
    let server = oidc_provider();
    for client in ["TLS", "SELFTLS"] {
        it_is_believed_everywhere(server, client, "");
        it_gets_a_token_for_itself(server, client, "client-auth = \"tls\"");
    }
}

#[test] // P16
fn a_token_that_is_bound_to_a_certificate_is_of_no_use_without_it() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "TLS", "");
    let token = sandbox.token();
    let url = server.value("FIXED_MTLS_RESOURCE");
    assert!(!sandbox.is_accepted(server, &token, url));
    let with = |client: &str| {
        let [certificate, key] = ["CERTIFICATE", "KEY"].map(|what| server.value(&format!("{client}_{what}")));
        let ca = server.ca_file();
        let curl = format!("curl -sS --fail --cacert {} --cert {certificate} --key {key} -H @- {url}", ca.display());
        sandbox.bash(&format!("\"$TOK\" token --header | {curl}"))
    };
    assert!(with("TLS").exits(0).stdout.contains("\"alice\""));
    assert_ne!(with("SELFTLS").code, Some(0));
}

#[test] // P16
fn the_certificate_of_another_is_refused() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "SHORT", "TLS", "grant = \"client-credentials\"");
    let [certificate, key] = ["SELFTLS_CERTIFICATE", "SELFTLS_KEY"].map(|name| server.value(name));
    let args = ["token", "--client-cert", certificate, "--client-key", key];
    assert_eq!(sandbox.tok(&args).exits(4).says("invalid_client").stdout, "");
}

#[test] // P01, P16
fn auto_without_a_person_is_the_client_for_itself() {
    let server = oidc_provider();
    for client in ["CC", "ES256", "TLS"] {
        let sandbox = Sandbox::with_client(server, "FIXED", client, "grant = \"auto\"\nscopes = [\"read\"]");
        sandbox.tok(&["login"]).exits(0).says("grant client-credentials");
        sandbox.token();
        sandbox.tok(&["logout"]).exits(0);
    }
}
