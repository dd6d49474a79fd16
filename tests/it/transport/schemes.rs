//! https on every endpoint, discovered ones too; http to loopback only; no user information, no fragment.

use std::sync::Arc;

use serde_json::Value;

use crate::logins::{login_at, login_by, session, stored};
use crate::support::canary::Kind;
use crate::support::server::{Answer, AuthServer, Server};
use crate::world;

#[test] // T01
fn plain_http_to_another_machine_is_refused_wherever_it_is_named() {
    let world = world();
    let bad = "\"http://sso.example.com/token\" is neither https nor http to a loopback address";
    login_at(&world, "http://sso.example.com/token").run().assert(2, "", &format!("tok: --token-endpoint: {bad}\n"));
    let bad_issuer = bad.replace("/token", "/");
    login_by(&world, "http://sso.example.com/").run().assert(2, "", &format!("tok: --issuer: {bad_issuer}\n"));
    world.tok(["token"]).env("TOK_TOKEN_ENDPOINT", "http://sso.example.com/token").run().assert(
        2,
        "",
        &format!("tok: TOK_TOKEN_ENDPOINT: {bad}\n"),
    );
    let config = world.write_config("[profiles.default]\ntoken-endpoint = \"http://sso.example.com/token\"\n");
    let hint = "tok profile set [NAME] token-endpoint=VALUE, or tok profile set [NAME] --unset token-endpoint";
    let stderr = format!("tok: {}:2: token-endpoint: {bad}\nhint: {hint}\n", config.display());
    world.tok(["token"]).run().assert(2, "", &stderr);
    // The way out that is named works.
    world.tok(["profile", "set", "token-endpoint=https://sso.example.com/token"]).run().ok();
}

#[test] // T01
fn a_discovered_endpoint_that_was_downgraded_gets_nothing() {
    let world = world();
    let server = AuthServer::start(world.canaries());
    let ca = server.ca_file(&world.path("given"));
    server.set(|setup| {
        setup.edit_metadata = Some(Arc::new(|document| {
            document.insert("token_endpoint".into(), "http://sso.example.com/token?x=y".into());
        }));
    });
    let output = login_by(&world, &server.issuer()).arg("--ca-file").arg(ca).run();
    let why = "\"token_endpoint\" in the server's metadata: \"http://sso.example.com/token\" is neither https nor http \
               to a loopback address";
    let issuer = server.issuer();
    output.assert(
        2,
        "",
        &format!(
            "tok: the issuer {issuer} does not say where its token endpoint is\n  \
             {issuer}/.well-known/oauth-authorization-server: {why}\n  \
             {issuer}/.well-known/openid-configuration: {why}\n\
             hint: nothing was sent there; the server's people have to mend it, or name the token endpoint: \
             --token-endpoint URL\n"
        ),
    );
    assert!(server.log().requests.iter().all(|request| request.method == "GET"));
}

#[test] // T01, P15
fn a_revocation_endpoint_that_was_downgraded_gets_nothing() {
    let world = world();
    let server = AuthServer::start_http(world.canaries());
    world.allow_file_store();
    server.set(|setup| {
        setup.edit_metadata = Some(Arc::new(|document| {
            document.insert("revocation_endpoint".into(), "http://sso.example.com/revoke".into());
        }));
    });
    let file = world.secret_file("password", &server.password("ada"));
    let words = ["login", "--issuer", &server.issuer(), "--client-id", "tok", "-u", "ada", "--store", "file"];
    world.tok(words).arg("--password-file").arg(file).run().ok();
    world.tok(["logout"]).run().assert(
        0,
        "",
        "tok: default: logged out here; no revocation endpoint is known, so the server was not told\n",
    );
    assert!(world.remaining().is_empty());
}

#[test] // T01, T07
fn loopback_is_never_asked_through_a_proxy() {
    let world = world();
    let proxy = Server::http(); // any request there fails the test
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        world.set_env(variable, proxy.url(""));
        world.set_env(variable.to_lowercase(), proxy.url(""));
    }
    let plain = AuthServer::start_http(world.canaries());
    let secure = AuthServer::start(world.canaries());
    let ca = secure.ca_file(&world.path("given"));
    for (server, host) in [(&plain, "127.0.0.1"), (&plain, "localhost"), (&secure, "127.0.0.1"), (&secure, "localhost")]
    {
        world.secret_file("password", &server.password("ada"));
        let endpoint = server.url("/token").replace("127.0.0.1", host);
        login_at(&world, &endpoint).arg("--ca-file").arg(&ca).run().ok();
    }
    assert_eq!((plain.count("password"), secure.count("password")), (2, 2));
    assert!(proxy.log().connections.is_empty());
}

#[test] // T08, U07
fn user_information_and_fragments_are_refused_and_not_repeated() {
    let world = world();
    let server = Server::http(); // any request there fails the test
    let secret = world.canaries().make(Kind::Other);
    let place = server.url("").replace("http://", "");
    let with_user = format!("http://ada:{secret}@{place}/token");
    let user = "a URL with a user name or password in it is not used";
    let hint = "hint: leave user name and password out of the URL; they have settings of their own";
    login_at(&world, &with_user).run().assert(2, "", &format!("tok: --token-endpoint: {user}\n{hint}\n"));
    login_by(&world, &with_user).run().assert(2, "", &format!("tok: --issuer: {user}\n{hint}\n"));
    let only_user = format!("http://{secret}@{place}/token");
    login_at(&world, &only_user).run().assert(2, "", &format!("tok: --token-endpoint: {user}\n{hint}\n"));
    let no_port = format!("http://ada:{secret}@host:port/token");
    login_at(&world, &no_port).run().assert(2, "", &format!("tok: --token-endpoint: {user}\n{hint}\n"));
    let fragment = format!("{}#{secret}", server.url("/token"));
    let why = "a URL with a fragment (#...) is not used";
    login_at(&world, &fragment).run().assert(2, "", &format!("tok: --token-endpoint: {why}\n"));
    let query = format!("{}?x={secret}", server.url("/"));
    login_by(&world, &query).run().assert(2, "", "tok: --issuer: an issuer has no query (?...)\n");
    assert!(server.log().connections.is_empty());
}

#[test] // T08, U07
fn a_discovered_endpoint_with_user_information_gets_nothing() {
    let world = world();
    let server = AuthServer::start_http(world.canaries());
    let secret = world.canaries().make(Kind::Other);
    for tail in [format!("http://x:{secret}@127.0.0.1:1/token"), format!("http://127.0.0.1:1/token#{secret}")] {
        let tail = Value::from(tail);
        server.set(|setup| {
            setup.edit_metadata =
                Some(Arc::new(move |document| drop(document.insert("token_endpoint".into(), tail.clone()))));
        });
        let output = login_by(&world, &server.issuer()).run().code_is(2);
        assert!(
            output.stderr.contains("\"token_endpoint\" in the server's metadata: a URL with a "),
            "{}",
            output.stderr
        );
    }
    assert_eq!(server.count("password"), 0);
}

#[test] // P05, T08
fn an_endpoint_keeps_its_query_on_the_wire_and_loses_it_in_messages() {
    let world = world();
    let server = Server::http();
    let secret = world.canaries().make(Kind::Other);
    server.reply(move |request| {
        assert_eq!(request.query().len(), 1);
        Answer::error(400, "invalid_grant")
    });
    let output = login_at(&world, &server.url(&format!("/token?tenant={secret}"))).arg("-vv").run().code_is(4);
    assert!(output.stderr.contains(&format!("login at {} failed", server.url("/token"))), "{}", output.stderr);
}

#[test] // T01
fn a_session_that_was_tampered_with_is_sent_nowhere() {
    let world = world();
    let server = Server::http();
    session(&world, &server);
    let (file, bytes) = stored(&world);
    let text = String::from_utf8(bytes).unwrap().replace(&server.url(""), "http://sso.example.com");
    std::fs::write(&file, text).unwrap();
    // Without the profile, nothing but the record names the endpoint.
    world.write_config("");
    world.set_env("TOK_STORE", "file");
    let output = world.tok(["refresh"]).run();
    output.assert(
        2,
        "",
        "tok: the stored session names an endpoint that is not used\nhint: tok logout --local removes it\n",
    );
    world.tok(["logout", "--local"]).run().ok();
    assert!(world.remaining().is_empty());
}
