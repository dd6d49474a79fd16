//! What `-v` and `-vv` say, and that no level says a secret, whatever fails.

use std::fs;
use std::net::TcpListener;

use crate::logins::{login_at, login_by, password_file, tokens};
use crate::scene::{Scene, toml};
use crate::support::ca::{Authority, Leaf};
use crate::support::canary::Kind;
use crate::support::process::matches;
use crate::support::server::{Answer, Fault, Received, Server, tls};
use crate::world;

#[test]
fn once_says_what_was_asked_and_twice_what_was_in_it() {
    let scene = Scene::new();
    let secret = scene.world.secret_file("client-secret", &scene.server.client_secret("basic"));
    scene.configure(&[
        ("client-id", "'basic'"),
        ("client-secret-file", &toml(secret.to_str().unwrap())),
        ("extra", "{ 'a=b' = 'c' }"),
    ]);
    let issuer = scene.server.issuer();
    let (metadata, token) = (format!("{issuer}/.well-known/oauth-authorization-server"), scene.server.url("/token"));
    let said = |level: &str| scene.tok("login --store none").arg(level).run().ok().stderr;
    let once = said("-v");
    assert!(once.contains(&format!("tok: GET {metadata}: 200\ntok: POST {token}: 200\n")), "{once}");
    assert!(!once.contains("grant_type") && !once.contains("bytes"), "{once}");
    let wanted = format!(
        "tok: GET {metadata} with Accept\ntok: GET {metadata}: 200\ntok: [..] bytes of application/json after [..] \
         ms\ntok: POST {token} with Accept, Content-Type, Authorization, grant_type, username, password, a%3Db\n\
         tok: POST {token}: 200\ntok: [..] bytes of application/json after [..] ms\ntok: logged in [..]\n"
    );
    let twice = said("-vv");
    assert!(matches(&wanted, &twice), "{twice}");
    assert_eq!(said("-vvvv").lines().count(), twice.lines().count());
}

/// Everything that came, and the type of the answer says it too.
fn parrot(request: &Received) -> Answer {
    let mut said = request.text();
    for (name, value) in [("password", request.param("password")), ("token", request.param("refresh_token"))] {
        said += &format!(" {name} {}", value.unwrap_or_default());
    }
    let headers = request.header("authorization").unwrap_or_default();
    let visible: String = format!("{headers} {said}").chars().filter(|c| matches!(c, ' '..='~')).collect();
    Answer::raw(format!(
        "HTTP/1.1 400 {visible}\r\nContent-Type: {visible}\r\nServer: {visible}\r\nLocation: /{visible}\r\n\
         X-Request-Id: {visible}\r\nWWW-Authenticate: {visible}\r\nRetry-After: {visible}\r\nContent-Length: {}\r\n\r\n\
         {said}",
        said.len()
    ))
}

#[test] // H04, U07
fn a_server_that_repeats_everything_is_not_repeated() {
    let world = world();
    let server = Server::http();
    server.answer_all(parrot);
    let endpoint = server.url("/token");
    let output = login_at(&world, &endpoint).arg("-vv").run().code_is(4);
    assert!(output.stderr.contains(" bytes of another type after "), "{}", output.stderr);
    let secret = world.secret_file("secret", &world.canaries().make_awkward(Kind::ClientSecret));
    login_at(&world, &endpoint).arg("--client-secret-file").arg(secret).arg("-vv").run().code_is(4);
    // The same words with other meanings.
    for status in [200, 201, 204, 302, 404, 405, 429, 500, 503] {
        server.reply(move |request| {
            let bytes = parrot(request).bytes();
            let said = String::from_utf8(bytes).unwrap().replacen(" 400 ", &format!(" {status} "), 1);
            Answer::raw(said)
        });
        assert_ne!(login_at(&world, &endpoint).arg("-vv").run().code(), 0, "{status}");
    }
}

#[test] // H04
fn no_failure_shows_a_secret_at_the_most_verbose_level() {
    // The search at the end looks for each secret in all that was said.
    let scene = Scene::logged_in();
    for answer in [
        Answer::reset(),
        Answer::raw("SSH-2.0\r\n"),
        Answer::html(404),
        Answer::redirect(302, "/elsewhere"),
        Answer::error(400, "invalid_request"),
        Answer::error(503, "server_error"),
        Answer::json(200, tokens(&scene.world)).cut_after(160),
        Answer::json(200, tokens(&scene.world)).header("Content-Encoding", "gzip"),
        Answer::new(200, "application/json", format!("[{}]", tokens(&scene.world))),
    ] {
        for words in ["login -vv", "refresh -vv"] {
            scene.server.fail_tokens(1, &answer);
            assert_ne!(scene.tok(words).run().code(), 0, "{words}");
        }
    }
    // A session that is another's, damaged, or ended.
    scene.configure(&[("username", "'eve'")]);
    let _ = ["token -vv", "refresh -vv", "show -vv"].map(|words| scene.tok(words).run().code_is(3));
    scene.configure(&[]);
    let (file, whole) = crate::logins::stored(&scene.world);
    fs::write(&file, &whole[..whole.len() - 9]).unwrap();
    let _ = ["refresh -vv", "show -vv"].map(|words| scene.tok(words).run().code_is(6));
    fs::write(&file, &whole).unwrap();
    scene.server.fail_tokens(1, &Answer::error(400, "invalid_grant"));
    scene.tok("refresh -vv").run().code_is(3);
    scene.tok("token -vv").run().code_is(3);
    // Sources of secrets that fail halfway, and a store that is not there.
    let password = scene.server.password("ada");
    for (name, content) in [("nul", format!("{password}\0")), ("lines", format!("{password}\n\n"))] {
        let path = scene.world.secret_file(name, &content);
        scene.tok("login -vv --password-file").arg(&path).run().code_is(2);
        scene.tok("login -vv --password-command").arg(format!("cat {}; exit 1", path.display())).run().code_is(2);
    }
    scene.tok("login -vv").env("TOK_PASSWORD", format!("{password}\r")).run().code_is(2);
    scene.direct("token -vv --ca-file /nonexistent --issuer https://127.0.0.1:1").run();
    scene.tok("login -vv --store keyring").run().code_is(6);
}

#[test] // H04
fn no_connection_that_fails_shows_a_secret_at_the_most_verbose_level() {
    let world = world();
    let authority = Authority::new();
    let ca = authority.write_pem(&world.path("given"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    password_file(&world);
    for leaf in [Leaf::Expired, Leaf::WrongHost, Leaf::OtherCa] {
        let server = Server::https(tls::config(&authority.leaf(leaf), None));
        login_at(&world, &server.url("/token")).arg("-vv").arg("--ca-file").arg(&ca).run().code_is(5);
        login_by(&world, &server.url("/")).arg("-vv").arg("--ca-file").arg(&ca).run().code_is(5);
    }
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    server.fault(Fault::CloseAfterHello);
    login_at(&world, &server.url("/token")).arg("-vv").arg("--ca-file").arg(&ca).run().code_is(5);
    login_at(&world, &format!("https://{closed}/token")).arg("-vv").run().code_is(5);
    let proxy = format!("http://ada:{}@{closed}", world.canaries().make(Kind::Other));
    for (variable, url) in [("HTTPS_PROXY", &proxy), ("ALL_PROXY", &proxy.replace("http", "socks5h"))] {
        login_at(&world, "https://elsewhere.example/token").arg("-vv").env(variable, url).run().code_is(5);
    }
}
