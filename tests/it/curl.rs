//! `tok curl`: the header reaches curl and nobody else, and without a token there is no curl.
#![cfg(unix)]

use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::process::write_program;
use crate::support::run::Run;

/// A curl that says what it was given, what is in the files that it was pointed at, and fails in a way of its own.
const CURL: &str = r#"#!/bin/sh
for word; do
    case $word in
    @/*) cat "${word#@}" ;;
    *) printf '[%s]' "$word" ;;
    esac
done
echo "${TOK_CLIENT_SECRET:-no secret}"
exit 33
"#;

fn curl(scene: &Scene, words: &str) -> Run {
    let program = scene.world.path("given/curl");
    if !program.exists() {
        write_program(program, CURL);
    }
    let path = format!(".:{}:/usr/bin:/bin", scene.world.path("given").display());
    scene
        .tok(words)
        .env("PATH", path)
        .env("TOK_BIND", "https://api.example.com https://a.example http://127.0.0.1:9")
        .may_print(Kind::AccessToken)
}

#[test] // S05, M04, I06
fn curl_gets_the_header_in_a_descriptor_and_ends_as_it_likes() {
    let scene = Scene::new();
    scene.configure(&[]);
    scene.login();
    let token = scene.tok("token").run().line().to_owned();
    // One in the working directory is none (I06).
    std::fs::write(scene.world.path("work/curl"), "#!/bin/sh\nexit 1\n").unwrap();
    let run = curl(&scene, "curl -- -sS -d a=1 https://api.example.com/x");
    let output = run.env("TOK_CLIENT_SECRET", scene.server.client_secret("basic")).run();
    let said = format!("[-q][-H]Authorization: Bearer {token}\n[-sS][-d][a=1][https://api.example.com/x]no secret\n");
    assert_eq!((output.code(), output.stdout.as_str(), output.stderr.as_str()), (33, said.as_str(), ""));
}

#[test] // S05, U04
fn without_a_token_there_is_no_curl() {
    let scene = Scene::new();
    scene.configure(&[]);
    let output = curl(&scene, "curl -- https://api.example.com/x").run();
    output.assert(125, "", "tok: not logged in\nhint: [..]\n");
    scene.login();
    scene.server.set(|setup| setup.expires_in = Some(0));
    scene.tok("refresh").run().ok();
    scene.server.realm(crate::support::server::realm::Realm::end_all_sessions);
    let output = curl(&scene, "curl -- https://api.example.com/x").run().code_is(125);
    assert!(output.stdout.is_empty() && output.stderr.contains("refresh"), "{output:?}");
}

#[test] // T01, S05
fn the_header_goes_to_one_address_that_is_named() {
    let scene = Scene::new();
    scene.configure(&[]);
    scene.login();
    for (words, said) in [
        (
            "curl -- http://api.example.com/",
            "tok: no token is sent there: \"http://api.example.com/\" is neither https",
        ),
        ("curl -- https://u:p@api.example.com/", "tok: no token is sent there: a URL with a user name"),
        ("curl -- api.example.com", "tok: curl's arguments do not name just one address"),
        ("curl -- https://a.example/ https://b.example/", "tok: curl's arguments do not name just one address"),
        ("curl -- other.example https://a.example/", "tok: curl's arguments do not name just one address"),
        ("curl -- -K other https://a.example/", "tok: curl's option -K is not passed on"),
    ] {
        let output = curl(&scene, words).run();
        assert!(output.code() == 125 && output.stderr.starts_with(said) && output.stdout.is_empty(), "{output:?}");
    }
    let output = curl(&scene, "curl -- -s http://127.0.0.1:9/").run();
    assert!(output.stdout.contains("[-s][http://127.0.0.1:9/][--noproxy][*]"), "{output:?}");
    let output = curl(&scene, "curl -- https://a.example/").env("PATH", "/nowhere").run();
    output.assert(125, "", "tok: there is no curl in PATH\nhint: [..]\n");
    curl(&scene, "curl --typo").run().code_is(125);
}

#[test] // T01, S05
fn an_origin_that_is_not_bound_gets_no_token() {
    let scene = Scene::new();
    scene.configure(&[]);
    scene.login();
    let requests = scene.requests();
    for origin in ["https://other.example", "https://api.example.com:8443", "https://x.api.example.com"] {
        let output = curl(&scene, &format!("curl -- {origin}/x")).run();
        let said = format!("tok: no profile is bound to {origin}\nhint: if it may have the token: tok bind {origin}\n");
        output.assert(125, "", &said);
    }
    let output = curl(&scene, "-p work curl -- https://other.example/x").run();
    output.assert(
        125,
        "",
        "tok: profile work is not bound to https://other.example\nhint: [..] tok -p work bind [..]\n",
    );
    assert_eq!(scene.requests(), requests);
    scene.tok("bind https://other.example --as basic:ada").run().ok();
    let output = curl(&scene, "curl -- https://other.example/x").run().code_is(33);
    assert!(output.stdout.starts_with("[-q][-H]Authorization: Basic "), "{output:?}");
}

#[test] // P16
fn a_bound_token_goes_with_a_proof_for_this_request() {
    let scene = Scene::new();
    scene.configure(&[("dpop", "true")]);
    scene.login();
    let output = curl(&scene, "curl --nonce n-1 -- -X PUT https://api.example.com/x?y=z").run().code_is(33);
    let mut lines = output.stdout.lines();
    assert!(lines.next().unwrap().starts_with("[-q][-H]Authorization: DPoP "), "{output:?}");
    let proof = lines.next().unwrap().strip_prefix("DPoP: ").unwrap();
    let claims = tok::oauth::jwt::decode(proof).unwrap().claims;
    assert_eq!((&claims["htm"], &claims["htu"]), (&"PUT".into(), &"https://api.example.com/x".into()));
    assert_eq!(claims["nonce"], "n-1");
}
