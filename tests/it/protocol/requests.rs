//! Every byte of a token request.

use crate::scene::{Scene, toml};
use crate::support::canary::Kind;
use crate::support::codec::{base64, form_encode};
use crate::support::server::setup::{Client, ClientAuth};
use crate::support::server::{Answer, Received};

/// A password grant's body as it must be, without the client.
fn body(scene: &Scene, user: &str) -> String {
    format!("grant_type=password&username={user}&password={}", form_encode(&scene.server.password("ada")))
}

/// Everything that is in a client's name or secret and has to be encoded somewhere.
fn awkward_client(scene: &Scene, id: &str, auth: ClientAuth) -> String {
    let secret = scene.world.canaries().make_awkward(Kind::ClientSecret);
    let client = Client { id: id.to_owned(), secret: secret.clone(), auth };
    scene.server.set(|setup| setup.clients.push(client));
    secret
}

fn names(request: &Received) -> Vec<String> {
    request.form().into_iter().map(|(name, _)| name).collect()
}

#[test] // P03
fn the_form_is_encoded_to_the_byte() {
    let scene = Scene::new();
    let user = "a+b %&=\u{e9}\u{1f980}";
    scene.server.set(|setup| {
        let password = setup.users["ada"].clone();
        setup.users.insert(user.to_owned(), password);
    });
    scene.configure(&[
        ("username", &toml(user)),
        ("scopes", "['openid', 'a+b', 'x%y']"),
        ("audience", "['api one', 'b&c']"),
        ("resource", "['https://r.example/?q=1', 'https://s.example/']"),
        ("extra", "{ organization = 'org 1', 'a=b' = '\u{e9}' }"),
    ]);
    scene.login();
    let request = scene.last_token_request();
    let wanted = format!(
        "{}&scope=openid+a%2Bb+x%25y&audience=api+one&audience=b%26c&resource=https%3A%2F%2Fr.example%2F%3Fq%3D1&\
         resource=https%3A%2F%2Fs.example%2F&organization=org+1&a%3Db=%C3%A9&client_id=tok",
        body(&scene, "a%2Bb+%25%26%3D%C3%A9%F0%9F%A6%80")
    );
    assert_eq!(request.text(), wanted);
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/token"));
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("accept"), Some("application/json"));
}

#[test] // P03, P10
fn a_refresh_is_encoded_to_the_byte() {
    let scene = Scene::new();
    let token = format!("{}+%&=/~\"", scene.world.canaries().make(Kind::RefreshToken));
    scene.server.set(|setup| {
        let token = token.clone();
        setup.edit_tokens = Some(std::sync::Arc::new(move |answer| {
            answer.insert("refresh_token".into(), token.clone().into());
        }));
    });
    scene.configure(&[
        ("scopes", "['openid', 'a+b']"),
        ("audience", "['api one', 'b&c']"),
        ("resource", "['https://r.example/?q=1']"),
        ("extra", "{ 'a=b' = '\u{e9}' }"),
    ]);
    scene.login();
    scene.tok("refresh").run().code_is(3);
    let wanted = format!(
        "grant_type=refresh_token&refresh_token={}&audience=api+one&audience=b%26c&\
         resource=https%3A%2F%2Fr.example%2F%3Fq%3D1&a%3Db=%C3%A9&client_id=tok",
        form_encode(&token)
    );
    let request = scene.last_token_request();
    assert_eq!((request.text(), request.target.as_str()), (wanted, "/token"));
}

#[test] // P03
fn each_parameter_is_there_once() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['a', 'b', 'a']"), ("extra", "{ realm = 'x' }")]);
    scene.login();
    scene.tok("refresh").run().ok();
    for request in scene.token_requests() {
        let mut names = names(&request);
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }
    for [key, value] in [["extra", "username=eve"], ["extra", "client_id=eve"], ["extra", "scope=all"]] {
        let (before, option) = (scene.posts(), format!("--{key}"));
        let output = scene.world.tok(["token", &option, value]).run().code_is(2);
        assert!(output.stderr.contains("--extra: the parameter"), "{}", output.stderr);
        assert_eq!(scene.posts(), before);
    }
}

#[test] // P04
fn basic_encodes_id_and_secret_as_forms_first() {
    let scene = Scene::new();
    let id = "a+b %c:\u{e9} d";
    let secret = awkward_client(&scene, id, ClientAuth::Basic);
    let file = scene.world.secret_file("client-secret", &secret);
    scene.configure(&[("client-id", &toml(id)), ("client-secret-file", &toml(file.to_str().unwrap()))]);
    scene.login();
    let wanted = format!("Basic {}", base64(format!("a%2Bb+%25c%3A%C3%A9+d:{}", form_encode(&secret)).as_bytes()));
    assert_eq!(scene.last_token_request().header("authorization"), Some(wanted.as_str()));
}

#[test] // P04
fn basic_raw_sends_them_as_they_are() {
    let scene = Scene::new();
    let id = "a+b %c\u{e9} d";
    let secret = awkward_client(&scene, id, ClientAuth::BasicRaw);
    let file = toml(scene.world.secret_file("client-secret", &secret).to_str().unwrap());
    scene.configure(&[("client-id", &toml(id)), ("client-secret-file", &file), ("client-auth", "'basic-raw'")]);
    scene.login();
    let wanted = format!("Basic {}", base64(format!("{id}:{secret}").as_bytes()));
    assert_eq!(scene.last_token_request().header("authorization"), Some(wanted.as_str()));
}

#[test] // P05
fn a_client_proves_itself_in_one_way_in_every_request() {
    for (method, in_header, in_body) in [
        ("none", false, vec!["client_id"]),
        ("basic", true, vec![]),
        ("basic-raw", true, vec![]),
        ("post", false, vec!["client_id", "client_secret"]),
    ] {
        let scene = Scene::new();
        let id = if method == "none" { "tok" } else { method };
        let secret = scene.world.secret_file("client-secret", &scene.server.client_secret(id));
        let secret = if method == "none" { String::new() } else { toml(secret.to_str().unwrap()) };
        scene.configure(&[("client-id", &toml(id)), ("client-auth", &toml(method)), ("client-secret-file", &secret)]);
        scene.login();
        scene.tok("refresh").run().ok();
        scene.tok("logout").run().ok();
        let posts: Vec<Received> =
            scene.server.log().requests.into_iter().filter(|request| request.method == "POST").collect();
        assert_eq!(posts.iter().map(Received::path).collect::<Vec<_>>(), ["/token", "/token", "/revoke"], "{method}");
        for request in posts {
            let named: Vec<String> = names(&request).into_iter().filter(|name| name.starts_with("client_")).collect();
            assert_eq!(named, in_body, "{method}: {} {}", request.method, request.target);
            assert_eq!(request.header("authorization").is_some(), in_header, "{method}");
            assert!(request.query().is_empty());
        }
    }
}

#[test] // P05
fn the_usual_client_authentication_follows_from_the_secret() {
    let scene = Scene::new();
    let secret = scene.world.secret_file("client-secret", &scene.server.client_secret("basic"));
    scene.configure(&[("client-id", "'basic'"), ("client-secret-file", &toml(secret.to_str().unwrap()))]);
    scene.login();
    assert!(scene.last_token_request().header("authorization").is_some());
    let scene = Scene::logged_in();
    assert!(scene.last_token_request().header("authorization").is_none());
}

#[test] // P05
fn a_client_that_is_to_prove_nothing_sends_no_secret_that_is_there() {
    let scene = Scene::new();
    let secret = scene.server.client_secret("basic");
    scene.configure(&[("client-auth", "'none'")]);
    for verb in ["login", "refresh", "logout"] {
        scene.tok(verb).env("TOK_CLIENT_SECRET", &secret).run().ok();
        let request = scene.server.log().requests.last().unwrap().clone();
        assert_eq!((request.header("authorization"), request.param("client_secret")), (None, None), "{verb}");
        assert_eq!(request.param("client_id").as_deref(), Some("tok"), "{verb}");
    }
}

#[test] // P01
fn no_other_grant_falls_back_to_the_password() {
    let scene = Scene::new();
    for (run, code, said) in [
        (scene.tok("login --grant device"), 2, "needs a person"),
        (scene.tok("login").env("TOK_GRANT", "client-credentials"), 2, "no client secret"),
        (scene.tok("login --grant token-exchange"), 2, "no token to exchange"),
        (scene.direct("token --grant browser").env("TOK_STORE", "file"), 3, "not logged in"),
        (scene.tok("login --grant passwort"), 2, " is no grant; there are password, "),
    ] {
        let output = run.run().code_is(code);
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
    // Nor where another one is refused: the password is at hand all the while.
    let subject = scene.server.subject_token();
    scene.server.fail_tokens(1, &Answer::error(400, "unsupported_grant_type"));
    scene.tok("login --grant jwt-bearer").env("TOK_SUBJECT_TOKEN", subject).run().code_is(4);
    assert_eq!((scene.server.count("password"), scene.posts()), (0, 1));
}

#[test] // P01
fn the_password_grant_runs_where_it_is_chosen() {
    for chosen in ["default", "option", "environment", "profile"] {
        let scene = Scene::new();
        let run = match chosen {
            "option" => scene.tok("login --grant password"),
            "environment" => scene.tok("login").env("TOK_GRANT", "password"),
            _ => scene.tok("login"),
        };
        scene.configure(if chosen == "profile" { &[("grant", "'password'")] } else { &[] });
        run.run().ok();
        assert_eq!(scene.server.count("password"), 1, "{chosen}");
    }
}
