//! What a person reads when it fails: the important rows of the table, from outside. All of them are written down in
//! `src/error/tests/table.txt`.

use std::net::TcpListener;

use serde_json::json;

use crate::logins::{login_at, login_by, password_file, session, stored};
use crate::support::canary::Kind;
use crate::support::server::{Answer, AuthServer, Server};
use crate::world;

#[test] // P11, H03
fn a_wrong_password_is_a_refusal_and_is_not_tried_again() {
    let world = world();
    let server = AuthServer::start_http(world.canaries());
    let endpoint = server.url("/token");
    login_at(&world, &endpoint).run().assert(
        4,
        "",
        &format!(
            "tok: login at {endpoint} failed\ncaused by: the server refused the request (HTTP 400): invalid_grant\n\
             hint: check user name and password\n"
        ),
    );
    assert_eq!(server.count("password"), 1);
}

#[test] // P11
fn an_unknown_client_is_told_from_a_wrong_password() {
    let world = world();
    let server = AuthServer::start_http(world.canaries());
    let endpoint = server.url("/token");
    world.secret_file("password", &server.password("ada"));
    login_at(&world, &endpoint).env("TOK_CLIENT_ID", "x").arg("--client-auth").arg("none").run().ok();
    let file = world.secret_file("secret", &world.canaries().make(Kind::ClientSecret));
    login_at(&world, &endpoint).arg("--client-secret-file").arg(file).run().assert(
        4,
        "",
        &format!(
            "tok: login at {endpoint} failed\ncaused by: the server refused the request (HTTP 401): invalid_client\n\
             hint: check client-id, client secret and client-auth; basic-raw is for servers that do not form-decode \
             HTTP Basic\n"
        ),
    );
}

/// A login that the server answers so.
fn answered(answer: Answer, code: i32, why: &str, hint: &str) {
    let world = world();
    let server = Server::http();
    server.reply(|_| answer);
    let endpoint = server.url("/token");
    let stderr = format!("tok: login at {endpoint} failed\ncaused by: {why}\nhint: {hint}\n");
    login_at(&world, &endpoint).run().assert(code, "", &stderr);
}

#[test] // P11
fn each_refusal_says_what_to_check() {
    let refused = "the server refused the request (HTTP 400)";
    let all = "check user name and password, client-id and client-auth; some servers do not say which is wrong";
    answered(
        Answer::error(400, "invalid_scope"),
        4,
        &format!("{refused}: invalid_scope"),
        "check the scopes: tok profile show",
    );
    let grant = "the server does not allow this client the password grant";
    answered(Answer::error(400, "unauthorized_client"), 4, &format!("{refused}: unauthorized_client"), grant);
    answered(Answer::error(400, "unsupported_grant_type"), 4, &format!("{refused}: unsupported_grant_type"), grant);
    answered(Answer::error(400, "invalid_request"), 4, &format!("{refused}: invalid_request"), all);
    let reason = json!({ "error": { "code": 190, "message": "Bad\u{1b}[31m token" } });
    answered(Answer::json(400, reason), 4, &format!("{refused}: error without a name: Bad\\u{{1b}}[31m token"), all);
    let silent = "the server refused the request without giving a reason (HTTP 403)";
    answered(Answer::empty(403), 4, silent, all);
    answered(Answer::html(401), 4, &silent.replace("403", "401"), all);
}

#[test] // P11
fn an_address_that_is_no_token_endpoint_says_so() {
    let hint = "check the token endpoint's address, or give --issuer URL to have it found";
    answered(
        Answer::html(200),
        2,
        "the server answered with a page for people: this is not a token endpoint (HTTP 200)",
        hint,
    );
    answered(Answer::html(404), 2, "there is no token endpoint at this address (HTTP 404)", hint);
    answered(Answer::empty(405), 2, "what is at this address takes no POST (HTTP 405)", hint);
}

#[test] // P11
fn a_busy_server_says_when_to_try_again() {
    let busy = Answer::error(429, "slow_down").header("Retry-After", "7");
    answered(busy, 5, "the server gets too many requests (HTTP 429), asks to wait 7 s: slow_down", "try again in 7 s");
    answered(Answer::html(503), 5, "the server cannot answer now (HTTP 503)", "try again later");
    let date = Answer::empty(500).header("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT");
    answered(date, 5, "the server cannot answer now (HTTP 500)", "try again later");
    let busy = Answer::error(400, "temporarily_unavailable");
    answered(busy, 5, "the server cannot answer now (HTTP 400): temporarily_unavailable", "try again later");
}

#[test] // P11
fn discovery_at_a_busy_server_is_temporary_and_elsewhere_it_is_the_issuer() {
    let world = world();
    for (answer, code, why, hint) in [
        (Answer::empty(503), 5, "the server cannot answer now (HTTP 503)", "try again later"),
        (
            Answer::html(200),
            2,
            "the server's metadata cannot be used (HTTP 200): it is not JSON",
            "check the issuer, or name the token endpoint: --token-endpoint URL",
        ),
        (
            Answer::json(200, json!({ "issuer": "https://other.example" })),
            2,
            "the server's metadata is that of another issuer: \"https://other.example\"",
            "use the issuer to the letter as the server's document has it, if that is the server you mean",
        ),
    ] {
        let server = Server::http();
        server.answer_all(move |_| answer.clone());
        let issuer = server.url("/realm");
        login_by(&world, &issuer).run().assert(
            code,
            "",
            &format!(
                "tok: the issuer {issuer} does not say where its token endpoint is\n  \
                 {}: {why}\n  {issuer}/.well-known/openid-configuration: {why}\nhint: {hint}\n",
                server.url("/.well-known/oauth-authorization-server/realm")
            ),
        );
    }
}

#[test]
fn what_cannot_be_reached_is_named() {
    let world = world();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}/token");
    login_at(&world, &endpoint).run().assert(
        5,
        "",
        &format!(
            "tok: cannot connect to http://{closed}: connection refused\n\
             hint: check host and port; is the server up?\n"
        ),
    );
    login_at(&world, "https://sso.does-not-exist.invalid/token").run().assert(
        5,
        "",
        "tok: cannot find the host sso.does-not-exist.invalid\nhint: check the host's name and the network\n",
    );
    let server = Server::http();
    server.reply(|_| Answer::raw("SSH-2.0-OpenSSH_9.2\r\n"));
    let endpoint = server.url("/token");
    login_at(&world, &endpoint).run().assert(
        5,
        "",
        &format!(
            "tok: the answer of {} is not HTTP\n\
             hint: check scheme and port: something else may listen there\n",
            server.url("")
        ),
    );
}

const ALONE: &str = "hint: set TOK_USERNAME and TOK_PASSWORD (or TOK_PASSWORD_FILE), with TOK_CLIENT_ID and TOK_ISSUER \
                     or TOK_TOKEN_ENDPOINT where no profile names them\n";

#[test] // U04
fn without_a_session_advice_is_for_whoever_is_there() {
    let world = world();
    world.set_env("TOK_STORE", "file");
    world.tok(["token"]).run().assert(3, "", &format!("tok: not logged in\n{ALONE}"));
    world.tok(["token", "--no-input"]).run().assert(3, "", &format!("tok: not logged in\n{ALONE}"));
    #[cfg(unix)]
    {
        world.set_env("NO_COLOR", "1");
        let mut terminal = world.tok(["token"]).on_terminal();
        terminal.expect("tok: not logged in\r\nhint: tok login\r\n");
        assert_eq!(terminal.wait(), 3);
        world.write_config("[profiles.work]\n");
        let mut terminal = world.tok(["-p", "work", "token"]).on_terminal();
        terminal.expect("tok: not logged in\r\nhint: tok -p work login\r\n");
        assert_eq!(terminal.wait(), 3);
        world.write_config("");
        let mut terminal = world.tok(["token", "--no-input"]).on_terminal();
        terminal.expect("hint: set TOK_USERNAME");
        assert_eq!(terminal.wait(), 3);
    }
}

#[test] // P11, C04, U04
fn a_refused_refresh_asks_for_a_login() {
    let world = world();
    let server = Server::http();
    session(&world, &server);
    for (answer, why) in [
        (Answer::error(400, "invalid_request"), "the server refused the request (HTTP 400): invalid_request"),
        (Answer::empty(403), "the server refused the request without giving a reason (HTTP 403)"),
        (Answer::error(400, "invalid_grant"), "the server refused the request (HTTP 400): invalid_grant"),
    ] {
        server.reply(|_| answer);
        let endpoint = server.url("/token");
        let stderr = format!("tok: refresh at {endpoint} failed\ncaused by: {why}\n{ALONE}");
        world.tok(["refresh"]).run().assert(3, "", &stderr);
    }
    // The last one ended it: no further request is made.
    world.tok(["token"]).run().assert(3, "", &format!("tok: the server ended the session\n{ALONE}"));
}

#[test] // R02
fn a_missing_keyring_names_the_stores_that_work_here() {
    let world = world();
    let server = Server::http(); // any request there fails the test
    let words = ["login", "--token-endpoint", &server.url("/token"), "--client-id", "tok", "-u", "ada"];
    let output = world.tok(words).arg("--password-file").arg(password_file(&world)).run().code_is(6);
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines[0], "tok: the session store failed");
    assert!(lines[1].starts_with("caused by: keyring: not available"), "{lines:?}");
    assert!(lines[2].starts_with("hint: stores that work here: ") && lines[2].ends_with("file (--store, TOK_STORE)"));
    assert_eq!(lines.len(), 3, "{lines:?}");
    // Taking the advice works.
    session(&world, &server);
    assert!(!stored(&world).1.is_empty());
}

#[test] // U04
fn a_call_that_lacks_something_says_what() {
    let world = world();
    world.tok(["login"]).run().assert(
        2,
        "",
        "tok: neither issuer nor token-endpoint is set\n\
         hint: name the server: --issuer URL, or --token-endpoint URL (TOK_ISSUER, TOK_TOKEN_ENDPOINT)\n",
    );
    world.tok(["login", "--token-endpoint", "https://sso.example.com/token"]).run().assert(
        2,
        "",
        "tok: client-id is not set\n\
         hint: name the client that the server knows this program by: --client-id ID (TOK_CLIENT_ID)\n",
    );
    let words = ["login", "--client-id", "tok", "--store", "none", "--token-endpoint", "https://sso.example.com/token"];
    world.tok(words).run().assert(2, "", "tok: username is not set\nhint: give --username USER (TOK_USERNAME)\n");
    world.tok(words).arg("-u").arg("ada").run().assert(
        2,
        "",
        "tok: there is no password, and nobody to ask for it\nhint: use --password-stdin, --password-file or \
         --password-command, or set TOK_PASSWORD or TOK_PASSWORD_FILE\n",
    );
    world.tok(words).arg("-u").arg("ada").arg("--password-stdin").stdin("").run().assert(
        2,
        "",
        "tok: the password could not be read\ncaused by: it is empty\n",
    );
}

#[test]
fn a_bad_value_in_a_profile_can_be_mended_as_the_hint_says() {
    let world = world();
    world.write_config("[profiles.work]\nissuer = \"https://sso.example.com\"\ntimeout = \"soon\"\n");
    let output = world.tok(["-p", "work", "show"]).run().code_is(2);
    let hint = "hint: tok profile set work timeout=VALUE, or tok profile set work --unset timeout\n";
    assert!(output.stderr.ends_with(hint), "{}", output.stderr);
    world.tok(["-p", "work", "profile", "set", "timeout=3s"]).run().ok();
    world.tok(["profile", "set", "work", "timeout=soon"]).run().code_is(2);
    world.tok(["profile", "set", "work", "--unset", "timeout"]).run().ok();
    world.tok(["profile", "list"]).run().assert(0, "  work\n", "");
    world.tok(["-p", "wrk", "show"]).run().assert(
        2,
        "",
        "tok: there is no profile \"wrk\" (--profile): expected work\n\
         hint: tok profile list shows the profiles, tok profile set NAME issuer=URL client-id=ID makes one\n",
    );
}

#[test] // U01, U07
fn what_a_server_says_is_escaped_cut_and_without_what_was_sent_to_it() {
    let world = world();
    let server = Server::http();
    server.reply(|request| {
        let password = request.param("password").unwrap();
        let description = format!("no \u{1b}]0;title\u{7}{password}\n\u{202e}{}", "x".repeat(1000));
        Answer::json(400, json!({ "error": "invalid_grant", "error_description": description }))
    });
    let endpoint = server.url("/token");
    let output = login_at(&world, &endpoint).run().code_is(4);
    let said = "(HTTP 400): invalid_grant: no \\u{1b}]0;title\\u{7}[...]\\u{a}\\u{202e}xxx";
    assert!(output.stderr.contains(said), "{}", output.stderr);
    assert!(output.stderr.contains("x...\nhint: ") && output.stderr.len() < 1000, "{}", output.stderr);
}
