//! Where endpoints come from.

use std::sync::Arc;

use crate::scene::{Scene, toml};

/// The metadata names this issuer instead of its own.
fn name_issuer(scene: &Scene, text: String) {
    scene.server.set(|setup| {
        setup.edit_metadata =
            Some(Arc::new(move |document| drop(document.insert("issuer".into(), text.clone().into()))));
    });
}

#[test] // P13
fn a_document_of_another_issuer_is_not_used() {
    let scene = Scene::new();
    let issuer = scene.server.issuer();
    let port = issuer.rsplit(':').next().unwrap();
    for other in [
        format!("{issuer}/"),
        format!("{issuer}/realms/main"),
        issuer.replace("http://", "HTTP://"),
        issuer.replace("http://", "https://"),
        format!("http://localhost:{port}"),
        "http://127.0.0.1".to_owned(),
        format!("{issuer}#"),
        format!(" {issuer}"),
        String::new(),
    ] {
        name_issuer(&scene, other.clone());
        let output = scene.tok("login").run().code_is(2);
        let wanted = if other.is_empty() {
            "the server's metadata names no issuer".to_owned()
        } else {
            format!("the server's metadata is that of another issuer: \"{other}\"\n")
        };
        assert!(output.stderr.contains(&wanted), "{}", output.stderr);
    }
    assert_eq!(scene.posts(), 0);
}

#[test] // P13
fn the_configured_issuer_is_compared_as_it_is_written() {
    let scene = Scene::new();
    let issuer = scene.server.issuer();
    for (configured, document) in [
        (format!("{issuer}/"), issuer.clone()),
        (issuer.replace("http", "HTTP"), issuer.clone()),
        (format!("{issuer}/."), format!("{issuer}/")),
    ] {
        scene.configure(&[("issuer", &toml(&configured))]);
        name_issuer(&scene, document);
        scene.tok("login").run().code_is(2);
    }
    assert_eq!(scene.posts(), 0);
    scene.configure(&[("issuer", &toml(&format!("{issuer}/")))]);
    name_issuer(&scene, format!("{issuer}/"));
    scene.login();
}

#[test] // P13
fn the_well_known_path_is_inserted_then_appended() {
    let scene = Scene::bare();
    scene.server.set(|setup| setup.issuer_path = "/realms/main".into());
    scene.configure(&[]);
    scene.login();
    let inserted = "GET /.well-known/oauth-authorization-server/realms/main";
    assert_eq!(scene.server.log().summary(), [inserted, "POST /realms/main/token"]);

    let scene = Scene::bare();
    scene.server.set(|setup| {
        setup.issuer_path = "/realms/main".into();
        setup.rfc8414_discovery = false;
    });
    scene.configure(&[]);
    scene.login();
    let appended = "GET /realms/main/.well-known/openid-configuration";
    assert_eq!(scene.server.log().summary(), [inserted, appended, "POST /realms/main/token"]);
}

#[test] // P13
fn without_metadata_the_error_names_both_addresses() {
    let scene = Scene::new();
    scene.server.set(|setup| (setup.openid_discovery, setup.rfc8414_discovery) = (false, false));
    let issuer = scene.server.issuer();
    scene.tok("login").run().assert(
        2,
        "",
        &format!(
            "tok: the issuer {issuer} does not say where its token endpoint is\n  \
             {issuer}/.well-known/oauth-authorization-server: there is no metadata at this address (HTTP 404)\n  \
             {issuer}/.well-known/openid-configuration: there is no metadata at this address (HTTP 404)\n\
             hint: check the issuer, or name the token endpoint: --token-endpoint URL\n"
        ),
    );
}

#[test] // P13, T01, T08
fn an_endpoint_that_nothing_may_be_sent_to_is_an_error() {
    for bad in ["http://sso.example.com/token", "https://u:p@sso.example.com/token", "https://h/token#x", "ftp://h/"] {
        let scene = Scene::new();
        scene.server.set(|setup| {
            setup.edit_metadata =
                Some(Arc::new(move |document| drop(document.insert("token_endpoint".into(), bad.into()))));
        });
        let output = scene.tok("login").run().code_is(2);
        assert!(output.stderr.contains("\"token_endpoint\" in the server's metadata: "), "{}", output.stderr);
        assert!(!output.stderr.contains("u:p"), "{}", output.stderr);
        assert_eq!(scene.posts(), 0);
    }
}

#[test] // P14
fn discovery_happens_at_login_only() {
    let scene = Scene::logged_in();
    scene.server.set(|setup| {
        setup.edit_metadata =
            Some(Arc::new(|document| drop(document.insert("token_endpoint".into(), "https://evil.example/".into()))));
    });
    scene.tok("refresh").run().ok();
    scene.token();
    scene.tok("show").run().ok();
    scene.tok("logout").run().ok();
    let log = scene.server.log().summary();
    assert_eq!(log, ["GET /.well-known/oauth-authorization-server", "POST /token", "POST /token", "POST /revoke"]);
}

#[test] // P14
fn a_named_token_endpoint_needs_no_discovery() {
    let scene = Scene::new();
    scene.configure(&[("issuer", ""), ("token-endpoint", &toml(&scene.server.url("/token")))]);
    scene.login();
    scene.tok("refresh").run().ok();
    assert_eq!(scene.server.log().summary(), ["POST /token", "POST /token"]);
}
