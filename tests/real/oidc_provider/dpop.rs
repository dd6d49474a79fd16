//! Tokens that are bound to a key (RFC 9449).

use serde_json::Value;

use super::userinfo;
use crate::harness::{Outcome, Sandbox};
use crate::person::Person;
use crate::server::{Server, oidc_provider};
use crate::terminal::Terminal;

/// The user logs in with the password at a client whose tokens have to be bound.
fn logged_in(server: &Server, issuer: &str, client: &str) -> Sandbox {
    let lines = format!("username = \"{}\"\nscopes = [\"openid\", \"read\"]\ndpop = true", server.user());
    let sandbox = Sandbox::with_client(server, issuer, client, &lines);
    sandbox.log_in(server).exits(0);
    sandbox
}

/// Sends what `tok token --header` prints with these options, by curl with those.
fn ask(server: &Server, sandbox: &Sandbox, url: &str, options: &str, curl: &str) -> Outcome {
    let curl = format!("curl -sS --cacert {} {curl} -H @- {url}", server.ca_file().display());
    sandbox.bash(&format!("\"$TOK\" token --header {options} | {curl}"))
}

#[test] // P16, P09, matrix: dpop
fn a_header_for_one_request() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "ROTATING", "DPOP");
    let url = userinfo(server, "ROTATING");
    let first = sandbox.token();
    // The refresh token of this client is bound to the key, too.
    for _ in 0..2 {
        let answer = ask(server, &sandbox, &url, &format!("--url {url}"), "--fail").exits(0).stdout;
        assert!(answer.contains("\"alice\""), "{answer}");
        let posted = ask(server, &sandbox, &url, &format!("--url {url} --method POST"), "--fail -d x=1").exits(0);
        assert!(posted.stdout.contains("\"alice\""), "{}", posted.stdout);
        sandbox.tok(&["refresh"]).exits(0);
    }
    assert_ne!(sandbox.token(), first);
    let key = sandbox.sessions()[0]["dpop_key"].clone();
    assert!(key.is_string(), "the key is not kept");

    let online = &sandbox.shown(&["--online"])["online"];
    assert_eq!(online["userinfo"]["sub"], "alice", "{online}");
    sandbox.save_state();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
}

#[test] // P16, S05
fn curl_gets_a_proof_for_what_it_asks() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "ROTATING", "DPOP");
    let (ca, url) = (server.ca_file(), userinfo(server, "ROTATING"));
    let origin: Vec<&str> = url.split('/').take(3).collect();
    let refused = format!("\"$TOK\" curl -- -sS --cacert {} {url}", ca.display());
    sandbox.bash(&refused).exits(125).says("no profile is bound to https://");
    sandbox.tok(&["bind", &origin.join("/")]).exits(0);
    for options in ["", "-d x=1", "-X POST -d x=1"] {
        let line = format!("\"$TOK\" curl -- -sS --fail --cacert {} {options} {url}", ca.display());
        let answer = sandbox.bash(&line).exits(0).stdout;
        assert!(answer.contains("\"alice\""), "{options}: {answer}");
    }
    // Its own exit code, and ours where there is nothing to send.
    sandbox.bash(&format!("\"$TOK\" curl -- -sS --fail --cacert {} {url}/nothing", ca.display())).exits(22);
    sandbox.tok(&["logout"]).exits(0);
    sandbox.bash(&format!("\"$TOK\" curl -- -sS --cacert {} {url}", ca.display())).exits(125).says("not logged in");
}

#[test] // P16
fn a_header_is_of_no_use_for_another_request_or_without_the_key() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "ROTATING", "DPOP");
    let url = userinfo(server, "ROTATING");
    let good = format!("--url {url}");
    let accepted = |options: &str, curl: &str| {
        let outcome = ask(server, &sandbox, &url, options, &format!("-o /dev/null -w '%{{http_code}}' {curl}"));
        outcome.exits(0).stdout == "200"
    };
    assert!(accepted(&good, ""));
    assert!(!accepted(&good, "-d x=1"), "another method");
    assert!(!accepted(&format!("--url {}", userinfo(server, "FIXED")), ""), "another server");
    let token = sandbox.token();
    assert!(!sandbox.is_accepted(server, &token, &url), "as a bearer token");
    // The first line alone, without the proof.
    let ca = server.ca_file();
    let cut =
        format!("\"$TOK\" token --header {good} | head -n 1 | curl -sS --fail --cacert {} -H @- {url}", ca.display());
    assert_ne!(sandbox.bash(&cut).code, Some(0));
    assert!(accepted(&good, ""), "it was the token that was refused");
    // A header for no request at all would be of no use to anybody.
    assert_eq!(sandbox.tok(&["token", "--header"]).exits(2).says("--url").stdout, "");
}

#[test] // P16
fn a_refresh_token_is_of_no_use_without_the_key() {
    let server = oidc_provider();
    let [one, other] = [(); 2].map(|()| logged_in(server, "ROTATING", "DPOP"));
    let [key, foreign] = [&one, &other].map(|sandbox| sandbox.sessions()[0]["dpop_key"].as_str().unwrap().to_owned());
    assert_ne!(key, foreign, "each login makes a key of its own");
    let file = std::fs::read_dir(one.path("state/tok/sessions")).unwrap().next().unwrap().unwrap().path();
    let session = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, session.replace(&key, &foreign)).unwrap();
    one.tok(&["refresh"]).exits(3).says("invalid_grant");
}

#[test] // P16, T04
fn the_servers_nonce_is_taken_once_asked_for() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "SHORT", "DPOPNONCE");
    let tried =
        |grant: &str| [400, 200].map(|status| server.requests(&format!("SHORT /token {grant} dpopnonce {status}")));
    assert_eq!(tried("password"), [1, 1]);
    sandbox.tok(&["refresh"]).exits(0);
    assert_eq!(tried("refresh_token"), [1, 1]);
    // Userinfo wants one, too.
    assert_eq!(sandbox.shown(&["--online"])["online"]["userinfo"]["sub"], "alice");
    assert_eq!(server.requests("SHORT /me - dpopnonce 200"), 1);
}

#[test] // P16
fn a_header_with_the_nonce_that_a_resource_asks_for() {
    let server = oidc_provider();
    let sandbox = logged_in(server, "SHORT", "DPOP");
    let url = userinfo(server, "SHORT");
    let refused = ask(server, &sandbox, &url, &format!("--url {url}"), "-D - -o /dev/null").exits(0).stdout;
    assert!(refused.contains(" 401 ") && refused.contains("use_dpop_nonce"), "{refused}");
    let nonce = refused.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("dpop-nonce").then(|| value.trim())
    });
    let options = format!("--url {url} --nonce {}", nonce.expect("a nonce"));
    let answer = ask(server, &sandbox, &url, &options, "--fail").exits(0).stdout;
    assert!(answer.contains("\"alice\""), "{answer}");
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
}

#[test] // P16
fn a_client_that_has_to_bind_its_tokens_and_does_not_is_refused() {
    let server = oidc_provider();
    let lines = format!("username = \"{}\"\nscopes = [\"openid\"]", server.user());
    let sandbox = Sandbox::with_client(server, "ROTATING", "DPOP", &lines);
    sandbox.log_in(server).exits(4);
    assert_eq!(server.requests("ROTATING /token password dpop 400"), 1);
}

#[test] // P16
fn a_code_and_a_device_get_bound_tokens() {
    let server = oidc_provider();
    let url = userinfo(server, "FIXED");
    let ends_well = |sandbox: Sandbox, terminal: Terminal| {
        let (code, shown) = terminal.ends(&sandbox);
        assert_eq!(code, 0, "{shown}");
        let answer = ask(server, &sandbox, &url, &format!("--url {url}"), "--fail").exits(0).stdout;
        assert!(answer.contains("\"alice\""), "{answer}");
        let token = sandbox.token();
        assert!(!sandbox.is_accepted(server, &token, &url));
        let json: Value = serde_json::from_str(&sandbox.tok(&["token", "--json"]).exits(0).stdout).unwrap();
        assert_eq!(json["token_type"], "DPoP");
        sandbox.tok(&["refresh"]).exits(0);
        sandbox.tok(&["logout"]).exits(0);
    };
    let lines = |grant: &str| format!("grant = \"{grant}\"\nscopes = [\"openid\", \"read\"]\ndpop = true");

    let sandbox = Sandbox::with_client(server, "FIXED", "DPOP", &lines("browser"));
    let mut terminal = Terminal::start(&sandbox, &["login", "--no-browser"]);
    let back = Person::new(server).visits(&terminal.reads("  ")).sent();
    terminal.sees("Address (not shown, Enter at its end): ");
    terminal.types(&format!("{back}\n"));
    ends_well(sandbox, terminal);

    let sandbox = Sandbox::with_client(server, "FIXED", "DPOPNONCE", &lines("device"));
    let mut terminal = Terminal::start(&sandbox, &["login"]);
    let page = terminal.reads("  ");
    Person::new(server).types(&terminal.reads("  ")).visits(&page).page();
    ends_well(sandbox, terminal);
}
