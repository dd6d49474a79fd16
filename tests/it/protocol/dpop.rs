//! Tokens that are bound to a key (RFC 9449). The server checks every proof with code of its own, takes none twice, and
//! honours a token only together with its key.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::scene::{Scene, toml};
use crate::support::canary::Kind;
use crate::support::server::jwt::{self, Jwt, Point};
use crate::support::server::setup::{Client, ClientAuth};
use crate::support::server::{Answer, Received};

fn scene() -> Scene {
    let scene = Scene::bare();
    scene.configure(&[("dpop", "true")]);
    scene
}

fn logged_in() -> Scene {
    let scene = scene();
    scene.login();
    // The key lies where the refresh token lies, and nowhere else.
    let session: Value = serde_json::from_str(&scene.sessions()[0]).unwrap();
    scene.world.canaries().add(Kind::RefreshToken, "DPoP key", session["dpop_key"].as_str().unwrap());
    scene
}

fn shown(scene: &Scene, request: &Received) -> (Point, Jwt) {
    jwt::proof(request, &scene.server.url("/token"), None).expect("a proof that holds")
}

/// The status that the protected API answers with to these header lines.
fn api(scene: &Scene, method: &str, path: &str, headers: &str) -> u16 {
    let mut socket = TcpStream::connect(scene.server.http.address()).unwrap();
    let lines = headers.trim_end().replace('\n', "\r\n");
    write!(socket, "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test] // P16
fn login_and_refresh_prove_the_same_key() {
    let scene = logged_in();
    let output = scene.tok("-vv refresh").run().ok();
    assert!(output.stderr.contains("DPoP") && !output.stderr.contains("eyJ"), "{}", output.stderr);
    let requests = scene.token_requests();
    let [(first, one), (second, other)] = [0, 1].map(|index| shown(&scene, &requests[index]));
    assert_eq!((requests.len(), first), (2, second));
    assert_ne!(one.text("jti"), other.text("jti"));
    assert_eq!(one.claims.get("nonce"), None);
    // A new login makes a new key.
    scene.tok("logout").run().ok();
    scene.login();
    assert_ne!(shown(&scene, &scene.last_token_request()).0, first);
}

#[test] // P16
fn the_token_says_how_it_is_used() {
    let scene = logged_in();
    let token = scene.token();
    assert!(scene.server.realm(|realm| realm.who(&token).is_some()));
    let printed: Value = serde_json::from_str(&scene.tok("token --json").run().stdout).unwrap();
    assert_eq!((&printed["token_type"], &printed["access_token"]), (&json!("DPoP"), &json!(token)));
    assert_eq!(api(&scene, "GET", "/api", &format!("Authorization: Bearer {token}")), 401, "no bearer token");
}

#[test] // P16, S05
fn a_header_is_for_one_request() {
    let scene = logged_in();
    let url = scene.server.url("/api?x=1#y");
    let header = |words: &str| scene.tok(&format!("token --header --url {url} {words}")).run().ok().stdout;
    let lines = header("");
    assert_eq!(
        lines.lines().map(|line| line.split(' ').next().unwrap()).collect::<Vec<_>>(),
        ["Authorization:", "DPoP:"]
    );
    assert!(lines.starts_with("Authorization: DPoP "), "the scheme");
    assert_eq!(api(&scene, "GET", "/api?x=1", &lines), 200);
    assert_eq!(api(&scene, "POST", "/api", &lines), 401, "another method");
    assert_eq!(api(&scene, "GET", "/userinfo", &lines), 401, "another URL");
    assert_eq!(api(&scene, "POST", "/api", &header("--method POST")), 200);
    scene.server.set(|setup| setup.dpop_nonce = Some("n-1".into()));
    assert_eq!(api(&scene, "GET", "/api", &header("")), 401);
    assert_eq!(api(&scene, "GET", "/api", &header("--nonce n-1")), 200);
    assert_ne!(header(""), header(""), "a proof serves once");
}

#[test] // P16
fn a_header_without_its_request_is_refused() {
    let scene = logged_in();
    let said = "tok: the token is bound to a key (DPoP), so that its header is for one request alone\n\
                hint: name it: tok token --header --url URL --method METHOD\n";
    scene.tok("token --header").run().assert(2, "", said);
    // Also where nobody says any more that it is bound.
    scene.configure(&[]);
    scene.tok("token --header").run().assert(2, "", said);
    for (words, option) in [
        ("--url ftp://h/", "--url"),
        ("--url h", "--url"),
        ("--url https://a:b@h/", "--url"),
        ("--url https://h/ --method G,T", "--method"),
        ("--url https://h/ --nonce \u{e9}", "--nonce"),
    ] {
        let output = scene.tok(&format!("token --header {words}")).run().code_is(2);
        assert!(output.stderr.starts_with(&format!("tok: {option}: expected ")), "{}", output.stderr);
    }
    for words in ["token --url https://h/", "token --header --method GET", "token --json --url https://h/"] {
        scene.tok(words).run().code_is(2);
    }
}

#[test] // P16
fn a_url_changes_nothing_for_a_bearer_token() {
    let scene = Scene::logged_in();
    let token = scene.token();
    let output = scene.tok("token --header --url https://api.example/ --method POST").run().ok();
    assert_eq!(output.stdout, format!("Authorization: Bearer {token}\n"));
}

#[test] // P16, T04
fn a_nonce_is_answered_by_one_more_request_signed_anew() {
    let scene = scene();
    scene.server.set(|setup| setup.dpop_nonce = Some("n-1".into()));
    scene.login();
    let requests = scene.token_requests();
    let [(first, one), (second, other)] = [0, 1].map(|index| shown(&scene, &requests[index]));
    assert_eq!((requests.len(), first), (2, second));
    assert_eq!((one.claims.get("nonce"), other.text("nonce")), (None, "n-1"));
    assert_ne!(one.text("jti"), other.text("jti"));
    scene.server.set(|setup| setup.dpop_nonce = Some("n-2".into()));
    scene.tok("refresh").run().ok();
    let requests = scene.token_requests();
    assert_eq!((requests.len(), shown(&scene, &requests[3]).1.text("nonce")), (4, "n-2"));
    assert_eq!(scene.server.realm(|realm| realm.reuses), 0, "the refresh token was not used up by the first one");
}

#[test] // P16, T04
fn an_assertion_beside_the_proof_is_signed_anew_as_well() {
    let scene = Scene::bare();
    let (pem, point) = jwt::new_key();
    let file = scene.world.secret_file("key.pem", &pem);
    scene.server.set(|setup| {
        let auth = ClientAuth::KeyJwt(point);
        setup.clients.push(Client { id: "signer".into(), secret: String::new(), auth });
        setup.dpop_nonce = Some("n-1".into());
    });
    let file = toml(file.to_str().unwrap());
    scene.configure(&[("dpop", "true"), ("client-id", "'signer'"), ("private-key-file", &file)]);
    scene.login();
    scene.tok("refresh").run().ok();
    assert_eq!(scene.token_requests().len(), 4);
}

#[test] // P16, T04, C04
fn a_server_that_never_has_enough_is_asked_twice() {
    let scene = logged_in();
    let before = scene.token_requests().len();
    for nonce in ["n-1", "n-2"] {
        scene.server.http.reply(move |_| Answer::error(400, "use_dpop_nonce").header("DPoP-Nonce", nonce));
    }
    let output = scene.tok("refresh").run().code_is(3);
    assert!(output.stderr.contains("use_dpop_nonce"), "{}", output.stderr);
    assert_eq!(scene.token_requests().len(), before + 2);
    // Without a nonce there is nothing to repeat it with.
    scene.server.http.reply(|_| Answer::error(400, "use_dpop_nonce"));
    scene.tok("refresh").run().code_is(3);
    assert_eq!(scene.token_requests().len(), before + 3);
    scene.tok("refresh").run().ok();
}

#[test] // P16, P07
fn a_bearer_token_is_not_used_where_a_bound_one_was_asked_for() {
    let scene = scene();
    scene.server.set(|setup| setup.dpop = false);
    let output = scene.tok("login").run().code_is(1);
    assert_eq!(output.stdout, "");
    assert!(
        output.stderr.contains("the server issued a token of the type \"Bearer\", though one bound to a key (DPoP)"),
        "{}",
        output.stderr
    );
    assert_eq!(scene.sessions().len(), 0);
    // Nor in a refresh: the session stays as it was, but for the refresh token, of which the old one is used up.
    scene.server.set(|setup| setup.dpop = true);
    scene.login();
    let token = scene.token();
    scene.server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(|answer| drop(answer.remove("token_type"))));
    });
    scene.tok("refresh").run().code_is(1);
    assert_eq!(scene.token(), token);
    scene.server.set(|setup| setup.edit_tokens = None);
    scene.tok("refresh").run().ok();
    assert_eq!(scene.server.realm(|realm| realm.reuses), 0);
}

#[test] // P16, P14
fn a_grant_that_is_run_again_keeps_its_tokens_bound() {
    let scene = Scene::new();
    let secret = scene.world.secret_file("secret", &scene.server.client_secret("post"));
    let secret = toml(secret.to_str().unwrap());
    scene.configure(&[
        ("grant", "'client-credentials'"),
        ("client-id", "'post'"),
        ("client-auth", "'post'"),
        ("client-secret-file", &secret),
        ("username", ""),
        ("password-file", ""),
    ]);
    scene.server.set(|setup| (setup.dpop, setup.expires_in) = (true, Some(0)));
    scene.tok("login --dpop --no-save").run().ok();
    let (first, _) = shown(&scene, &scene.last_token_request());
    scene.server.set(|setup| setup.expires_in = Some(300));
    scene.token();
    let (second, _) = shown(&scene, &scene.last_token_request());
    assert_ne!(first, second);
    assert_eq!(scene.server.count("client_credentials"), 2);
    scene.tok("token --header").run().code_is(2);
}

#[test] // P16, P07
fn a_bound_token_is_not_used_where_none_was_asked_for() {
    let scene = Scene::new();
    scene.server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(|answer| drop(answer.insert("token_type".into(), "DPoP".into()))));
    });
    let output = scene.tok("login").run().code_is(1);
    assert!(output.stderr.contains("a token of the unknown type \"DPoP\""), "{}", output.stderr);
}

#[test] // P16, P14
fn a_session_serves_the_kind_of_token_it_was_made_for() {
    let scene = Scene::logged_in();
    let before = scene.requests();
    scene.configure(&[("dpop", "true")]);
    for verb in ["token", "refresh", "token --header --url https://h/"] {
        let output = scene.tok(verb).run().code_is(3);
        assert!(
            output.stderr.starts_with("tok: the stored session belongs to another token type"),
            "{}",
            output.stderr
        );
    }
    scene.tok("show").run().code_is(3);
    assert_eq!(scene.requests(), before);
    scene.login();
    scene.token();
    // Said that it is not wanted, it is not used; where nothing is said, it will do.
    scene.configure(&[("dpop", "false")]);
    scene.tok("token").run().code_is(3);
    scene.configure(&[]);
    scene.token();
    scene.tok("refresh").run().ok();
    assert!(scene.last_token_request().header("dpop").is_some());
}

#[test] // P16, H01
fn credentials_in_the_environment_get_a_bound_token_too() {
    let scene = Scene::bare();
    let url = scene.server.url("/api");
    let output = scene.direct(&format!("token --header --url {url}")).env("TOK_DPOP", "1").run().ok();
    assert_eq!(api(&scene, "GET", "/api", &output.stdout), 200);
    scene.direct("token --header").env("TOK_DPOP", "1").run().code_is(2);
    assert_eq!(scene.server.count("password"), 1, "what makes no sense is not asked for");
    assert_eq!(scene.world.remaining(), []);
}

#[test] // P16, R01
fn a_record_whose_key_is_damaged_is_damaged() {
    let scene = logged_in();
    let folder = scene.world.path("state/tok/sessions");
    let file = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'));
    let mut session: Value = serde_json::from_str(&scene.sessions()[0]).unwrap();
    session["dpop_key"] = "AAAA".into();
    std::fs::write(file.unwrap(), session.to_string()).unwrap();
    for words in ["refresh", "token --header --url https://h/"] {
        let output = scene.tok(words).run().code_is(6);
        assert!(output.stderr.contains("caused by: the stored session is damaged"), "{}", output.stderr);
    }
}
