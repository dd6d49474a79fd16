//! oidc-provider: certified, strict; refresh tokens with and without rotation. Here is the password grant; the folder
//! has a file for each other thing that this server has more of than any other.

mod browser;
mod clients;
mod dpop;
mod grants;
mod inquiries;
mod script;

use std::process::Stdio;

use crate::harness::{Client, Sandbox, tok_binary, wait};
use crate::password;
use crate::server::{Server, oidc_provider};

const CONF: Client = Client { name: "CONF", auth: "basic" };
const PUB: Client = Client { name: "PUB", auth: "none" };

/// The protected resource that says who the user is.
fn userinfo(server: &Server, issuer: &str) -> String {
    format!("{}/me", server.value(&format!("{issuer}_ISSUER")))
}

#[test] // matrix: password, discovery
fn from_an_empty_home_to_an_answered_request() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    sandbox.never_shown(server.password());
    let issuer = server.value("ROTATING_ISSUER");
    let ca = server.ca_file();
    let login = [
        "login",
        "--issuer",
        issuer,
        "--client-id",
        "pub",
        "--username",
        server.user(),
        "--scope",
        "openid",
        "--scope",
        "read",
        "--ca-file",
        ca.to_str().unwrap(),
        "--store",
        "file",
        "--password-stdin",
    ];
    sandbox.tok_with_input(&login, &format!("{}\n", server.password())).exits(0);

    sandbox.token();
    let answer = sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0);
    assert!(answer.stdout.contains("\"alice\""), "{}", answer.stdout);
    let shown = sandbox.tok(&["show"]).exits(0).stdout;
    assert!(shown.contains(server.user()) && shown.contains(issuer) && shown.contains("file"), "{shown}");

    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    assert_eq!(sandbox.tok(&["token"]).exits(3).stdout, "");
}

#[test] // H03
fn a_wrong_password_is_refused_once_and_keeps_the_session() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_profile(server, "FIXED", &Client { name: "POST", auth: "post" });
    sandbox.log_in(server).exits(0);
    let before = sandbox.token();
    let wrong = "wrong password 4711";
    sandbox.never_shown(wrong);
    sandbox.tok_with_input(&["login", "--password-stdin"], wrong).exits(4).says("invalid_grant");
    assert_eq!(sandbox.token(), before);
    assert_eq!(server.requests("FIXED /token password post 400"), 1);
    sandbox.tok(&["logout"]).exits(0);
}

#[test] // P09, matrix: refresh
fn a_rotated_refresh_token_replaces_the_old_one() {
    let server = oidc_provider();
    password::goes_the_whole_way(server, "ROTATING", &CONF, &userinfo(server, "ROTATING"));
    password::changes_its_refresh_token(server, &CONF, "invalid_grant");
}

#[test] // P09
fn a_refresh_token_that_stays_is_used_again() {
    password::keeps_its_refresh_token(oidc_provider(), &CONF);
}

#[test] // P15, matrix: revocation
fn logout_revokes_the_refresh_token() {
    let server = oidc_provider();
    for (issuer, client) in [("ROTATING", CONF), ("FIXED", PUB)] {
        password::is_revoked(server, issuer, &client, &userinfo(server, issuer));
    }
}

#[test] // P04, matrix: basic
fn basic_is_form_encoded_here() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "ENC", auth: "basic" });
    sandbox.log_in(server).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);

    let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name: "ENC", auth: "basic-raw" });
    sandbox.log_in(server).exits(4).says("invalid_client");
}

#[test] // P05, matrix: post
fn a_secret_in_the_body() {
    let server = oidc_provider();
    for name in ["POST", "ENCPOST"] {
        let sandbox = Sandbox::with_profile(server, "ROTATING", &Client { name, auth: "post" });
        sandbox.log_in(server).exits(0);
        sandbox.tok(&["refresh"]).exits(0);
        sandbox.tok(&["logout"]).exits(0);
    }
}

#[test] // C01
fn twenty_at_once_refresh_once() {
    let server = oidc_provider();
    // The first access token of this issuer is as good as expired, and it revokes the family when an old refresh token
    // comes back.
    let sandbox = Sandbox::with_profile(server, "SHORT", &PUB);
    sandbox.log_in(server).exits(0);
    twenty_at_once(server, &sandbox, "pub");
    sandbox.tok(&["logout"]).exits(0);
}

/// Twenty processes find the session of this client of `SHORT` expired: one refresh, one token for all.
pub fn twenty_at_once(server: &Server, sandbox: &Sandbox, client: &str) {
    let refreshes = |status: u16| server.requests(&format!("SHORT /token refresh_token {client} {status}"));
    let before = refreshes(200);
    let start = || {
        let mut command = sandbox.command(tok_binary());
        command.arg("token").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..20).map(|_| start()).collect();
    let outputs: Vec<_> = children.into_iter().map(|child| wait(child, Vec::new(), "tok token")).collect();
    let token = sandbox.token();
    for (status, stdout, stderr) in &outputs {
        sandbox.record("tok token", stdout, true);
        sandbox.record("tok token", stderr, false);
        assert!(status.success(), "{}", String::from_utf8_lossy(stderr));
        assert_eq!(String::from_utf8_lossy(stdout).trim_end(), token);
    }
    assert_eq!((refreshes(200) - before, refreshes(400)), (1, 0));
}

#[test] // H01
fn credentials_in_the_environment_need_nothing_else() {
    let server = oidc_provider();
    let sandbox = Sandbox::new();
    sandbox.never_shown(server.password());
    for name in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "TMPDIR"] {
        sandbox.unset(name);
    }
    for (name, value) in [
        ("TOK_ISSUER", server.value("FIXED_ISSUER")),
        ("TOK_CLIENT_ID", "pub"),
        ("TOK_USERNAME", server.user()),
        ("TOK_PASSWORD", server.password()),
        ("TOK_SCOPE", "openid read"),
        ("TOK_CA_FILE", server.value("CA_FILE")),
    ] {
        sandbox.set(name, value);
    }
    sandbox.token();
    sandbox.ask_with_token(server, &userinfo(server, "FIXED")).exits(0);
    for folder in ["home", "config", "state", "data", "run", "tmp"] {
        assert_eq!(std::fs::read_dir(sandbox.path(folder)).unwrap().count(), 0, "something was written to {folder}");
    }
}
