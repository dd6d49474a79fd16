//! Rotation and scopes.

use std::sync::Arc;

use serde_json::json;

use crate::scene::{Scene, toml};
use crate::support::server::setup::Rotation;

/// The refresh tokens that were sent, in order.
fn sent(scene: &Scene) -> Vec<String> {
    scene.token_requests().iter().filter_map(|request| request.param("refresh_token")).collect()
}

#[test] // P09
fn a_new_refresh_token_replaces_the_old_one() {
    let scene = Scene::logged_in();
    for _ in 0..3 {
        scene.tok("refresh").run().ok();
    }
    let sent = sent(&scene);
    assert!(sent.len() == 3 && sent[0] != sent[1] && sent[1] != sent[2] && sent[0] != sent[2]);
    assert_eq!(scene.server.realm(|realm| realm.reuses), 0);
}

#[test] // P09
fn an_omitted_or_empty_refresh_token_keeps_the_old_one() {
    let scene = Scene::logged_in();
    scene.server.set(|setup| setup.rotation = Rotation::Omit);
    scene.tok("refresh").run().ok();
    scene.server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(|answer| drop(answer.insert("refresh_token".into(), "".into()))));
    });
    scene.tok("refresh").run().ok();
    scene.server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(|answer| drop(answer.insert("refresh_token".into(), json!(null)))));
    });
    scene.tok("refresh").run().ok();
    scene.server.set(|setup| setup.edit_tokens = None);
    scene.tok("refresh").run().ok();
    let sent = sent(&scene);
    assert!(sent.len() == 4 && sent.iter().all(|token| *token == sent[0]));
}

#[test] // P09
fn a_login_without_a_refresh_token_serves_as_long_as_its_token_lives() {
    let scene = Scene::new();
    scene.server.set(|setup| setup.refresh_tokens = false);
    let output = scene.tok("login").run().ok();
    assert!(output.stderr.contains("tok: warning: the server gave no refresh token"), "{}", output.stderr);
    let token = scene.token();
    let output = scene.tok("token --min-ttl 1h").run().ok();
    assert_eq!(output.stdout, format!("{token}\n"));
    assert!(output.stderr.starts_with("tok: warning: the server's tokens live shorter"), "{}", output.stderr);
    let output = scene.tok("refresh").run().code_is(3);
    assert!(output.stderr.starts_with("tok: the server gave no refresh token"), "{}", output.stderr);
    assert_eq!(scene.posts(), 1);
}

#[test] // P10
fn a_refresh_omits_the_scopes_of_the_login() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid', 'mail']")]);
    scene.login();
    scene.tok("refresh").run().ok();
    assert_eq!(scene.last_token_request().param("scope"), None);
    scene.configure(&[("scopes", "['mail', 'openid']")]);
    scene.tok("refresh").run().ok();
    assert_eq!(scene.last_token_request().param("scope"), None, "the same scopes in another order");
}

#[test] // P10, P14
fn fewer_scopes_are_asked_for_by_name_and_bring_a_new_token() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid', 'mail', 'files']")]);
    scene.login();
    let wide = scene.token();
    scene.configure(&[("scopes", "['mail', 'openid']")]);
    let narrow = scene.token();
    assert_eq!(scene.last_token_request().param("scope").as_deref(), Some("mail openid"));
    assert_ne!(wide, narrow);
    assert_eq!((scene.token(), scene.server.count("refresh_token")), (narrow, 1), "asked for once");
}

#[test] // P10
fn more_scopes_need_a_login_and_nothing_is_sent() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid']")]);
    scene.login();
    scene.configure(&[("scopes", "['openid', 'admin']")]);
    let before = scene.requests();
    for verb in ["token", "refresh"] {
        let output = scene.tok(verb).run().code_is(3);
        assert!(output.stderr.starts_with("tok: the profile asks for scopes"), "{}", output.stderr);
    }
    assert_eq!(scene.requests(), before);
    scene.login();
    scene.token();
}

#[test] // P10
fn scopes_that_the_server_does_not_tell_are_those_asked_for() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid', 'mail']")]);
    scene.server.set(|setup| setup.edit_tokens = Some(Arc::new(|answer| drop(answer.remove("scope")))));
    scene.login();
    let shown = scene.shown();
    assert_eq!((&shown["scopes_granted"], &shown["scopes_requested"]), (&json!(null), &json!(["mail", "openid"])));
    assert!(scene.tok("show").run().stdout.contains("\nscopes         mail openid\n"));
    let printed: serde_json::Value = serde_json::from_str(&scene.tok("token --json").run().stdout).unwrap();
    assert_eq!(printed["scope"], "mail openid");
}

#[test] // P10
fn scopes_that_the_server_tells_are_shown_instead_of_those_asked_for() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid', 'mail']")]);
    scene.server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(|answer| drop(answer.insert("scope".into(), "mail extra".into()))));
    });
    scene.login();
    let shown = scene.shown();
    assert_eq!(shown["scopes_granted"], json!(["mail", "extra"]));
    assert!(scene.tok("show").run().stdout.contains("\nscopes         mail extra\n"));
    let printed: serde_json::Value = serde_json::from_str(&scene.tok("token --json").run().stdout).unwrap();
    assert_eq!(printed["scope"], "mail extra");
    // What was granted differs from what was asked for; the token serves all the same.
    assert_eq!(scene.server.count("refresh_token"), 0);
}

#[test] // P02
fn a_refresh_needs_no_password_and_looks_for_none() {
    let scene = Scene::logged_in();
    let touched = scene.world.path("work/touched");
    for source in [("password-file", "'/nonexistent/password'".to_owned()), ("password-file", String::new())] {
        let command = toml(&format!("touch {}; echo canary", touched.display()));
        let command = if source.1.is_empty() { command } else { String::new() };
        scene.configure(&[(source.0, &source.1), ("password-command", &command)]);
        scene.tok("refresh").run().ok();
        assert_eq!(scene.last_token_request().param("password"), None);
        assert_eq!(scene.last_token_request().param("username"), None);
        scene.tok("token --min-ttl 1h").run().ok();
    }
    assert!(!touched.exists());
    assert_eq!((scene.server.count("password"), scene.server.count("refresh_token")), (1, 4));
}
