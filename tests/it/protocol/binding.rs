//! A session serves the profile it was made for, and no other.

use crate::scene::{Scene, toml};
use crate::support::server::AuthServer;

#[test] // P14
fn an_edited_binding_is_no_session_and_nothing_is_sent() {
    let scene = Scene::logged_in();
    let elsewhere = AuthServer::start_http(scene.world.canaries());
    let other_endpoint = toml(&elsewhere.url("/token"));
    let before = scene.requests();
    for (edit, what) in [
        (vec![("issuer", toml(&elsewhere.issuer()))], "issuer"),
        (vec![("issuer", toml(&format!("{}/", scene.server.issuer())))], "issuer"),
        (vec![("token-endpoint", other_endpoint.clone())], "token endpoint"),
        (vec![("issuer", String::new()), ("token-endpoint", other_endpoint)], "token endpoint"),
        (vec![("client-id", toml("other"))], "client id"),
        (vec![("username", toml("eve"))], "user name"),
    ] {
        let edit: Vec<(&str, &str)> = edit.iter().map(|(key, value)| (*key, value.as_str())).collect();
        scene.configure(&edit);
        for verb in ["token", "token --header", "token --json", "refresh", "show"] {
            let output = scene.tok(verb).run().code_is(3);
            let wanted = format!("tok: the stored session belongs to another {what} than the profile's\n");
            assert!(output.stderr.starts_with(&wanted), "{edit:?} {verb}: {}", output.stderr);
            assert!(verb == "show" || output.stdout.is_empty());
        }
    }
    assert_eq!((scene.requests(), elsewhere.log().requests.len()), (before, 0));
    scene.configure(&[]);
    scene.token();
    scene.tok("refresh").run().ok();
}

#[test] // P14
fn options_and_variables_that_name_another_binding_find_no_session() {
    let scene = Scene::logged_in();
    let elsewhere = AuthServer::start_http(scene.world.canaries());
    let before = scene.requests();
    for run in [
        scene.tok(&format!("token --issuer {}", elsewhere.issuer())),
        scene.tok(&format!("refresh --token-endpoint {}", elsewhere.url("/token"))),
        scene.tok("token --client-id other"),
        scene.tok("refresh --username eve"),
        scene.tok("token").env("TOK_ISSUER", elsewhere.issuer()),
        scene.tok("token").env("TOK_CLIENT_ID", "other"),
        scene.tok("refresh").env("TOK_USERNAME", "eve"),
    ] {
        let output = run.run().code_is(3);
        assert!(output.stderr.starts_with("tok: the stored session belongs to another "), "{}", output.stderr);
    }
    assert_eq!((scene.requests(), elsewhere.log().requests.len()), (before, 0));
}

#[test] // P14
fn logging_out_of_an_edited_profile_sends_the_token_nowhere() {
    let scene = Scene::logged_in();
    let elsewhere = AuthServer::start_http(scene.world.canaries());
    scene.configure(&[("issuer", &toml(&elsewhere.issuer()))]);
    let before = scene.requests();
    scene.tok("logout").run().assert(
        0,
        "",
        "tok: work: forgotten here; the session belongs to another server, client or user than the profile's, so that \
         it was sent nowhere\n",
    );
    assert_eq!((scene.requests(), elsewhere.log().requests.len()), (before, 0));
    assert_eq!(scene.world.remaining(), []);
}

#[test] // P14
fn no_way_of_logging_out_or_in_takes_the_old_token_elsewhere() {
    for words in ["logout --all", "profile remove work", "logout", "login"] {
        for part in ["issuer", "token-endpoint", "client-id", "username"] {
            let scene = Scene::logged_in();
            let old = scene.server.realm(|realm| realm.latest_refresh().unwrap().to_owned());
            let elsewhere = AuthServer::start_http(scene.world.canaries());
            let value = match part {
                "issuer" => elsewhere.issuer(),
                "token-endpoint" => elsewhere.url("/token"),
                _ => "eve".to_owned(),
            };
            scene.configure(&[(part, &toml(&value)), ("revocation-endpoint", &toml(&elsewhere.url("/revoke")))]);
            let before = scene.posts();
            let output = scene.tok(words).run();
            if words == "login" {
                // The password is sent, to whom the profile names now, and nothing else.
                assert_eq!(output.code(), 4, "{part}: {}", output.stderr);
            } else {
                output.ok();
                assert_eq!(elsewhere.log().requests.len(), 0, "{words}, {part}");
                assert_eq!((scene.posts(), scene.world.remaining()), (before, vec![]), "{words}, {part}");
            }
            for request in scene.server.log().requests.iter().chain(&elsewhere.log().requests) {
                assert!(!request.text().contains(&old), "{words}, {part}: {} {}", request.method, request.target);
            }
        }
    }
    // A variable of this one call counts as well.
    let scene = Scene::logged_in();
    let elsewhere = AuthServer::start_http(scene.world.canaries());
    let before = scene.posts();
    scene.tok("logout").env("TOK_ISSUER", elsewhere.issuer()).run().ok();
    assert_eq!((scene.posts(), elsewhere.log().requests.len()), (before, 0));
}

#[test] // P14
fn an_edited_audience_resource_or_parameter_brings_a_new_token() {
    let scene = Scene::logged_in();
    let mut tokens = vec![scene.token()];
    for (edit, name, value) in [
        (("audience", "'api'"), "audience", "api"),
        (("audience", "['other']"), "audience", "other"),
        (("resource", "['https://r.example/']"), "resource", "https://r.example/"),
        (("extra", "{ tenant = 'one' }"), "tenant", "one"),
    ] {
        scene.configure(&[edit]);
        let token = scene.token();
        assert!(!tokens.contains(&token), "{edit:?}: an old token was printed");
        assert_eq!(scene.last_token_request().param(name).as_deref(), Some(value));
        assert_eq!(scene.token(), token, "the new one is kept");
        tokens.push(token);
    }
    assert_eq!(scene.server.count("refresh_token"), tokens.len() - 1);
    let output = scene.tok("token --audience asked").run().line().to_owned();
    assert!(!tokens.contains(&output));
    assert_eq!(scene.last_token_request().param("audience").as_deref(), Some("asked"));
    assert_eq!(scene.server.count("password"), 1);
}

#[test] // R07, P14
fn profiles_of_the_same_name_in_two_files_do_not_share_a_session() {
    let scene = Scene::logged_in();
    let first = scene.token();
    let other = scene.world.path("given/other.toml");
    std::fs::copy(scene.world.path("config/tok/config.toml"), &other).unwrap();
    let with = |verb: &str| scene.tok(verb).arg("--config").arg(&other).run();
    with("token").code_is(3);
    with("login").ok();
    let second = with("token").line().to_owned();
    assert_ne!(first, second);
    with("logout").ok();
    assert_eq!(scene.token(), first);
}
