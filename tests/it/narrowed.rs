//! A service's own token: asked for once, beside the profile's, and never in its place.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::scene::{Scene, toml};
use crate::support::canary::Kind;
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Answer;
use crate::support::server::setup::Rotation;

const REGISTRY: &str = "https://registry.example.com";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const BY_REFRESH: &str = "{ as = 'bearer', resource = ['https://registry.example.com'] }";
const BY_EXCHANGE: &str = "{ as = 'bearer', resource = ['https://registry.example.com'], exchange = true }";

/// With profile `work` that is bound to the registry.
fn bound(service: &str, changes: &[(&str, &str)]) -> Scene {
    let scene = Scene::bare();
    bind(&scene, service, changes);
    scene
}

fn bind(scene: &Scene, service: &str, changes: &[(&str, &str)]) {
    let profile = scene.profile("work", changes);
    let bind = format!("[profiles.work.bind]\n\"{REGISTRY}\" = {service}\n");
    scene.world.write_config(&format!("default-profile = \"work\"\n\n{profile}{bind}"));
}

/// What git asks for the registry.
fn git(scene: &Scene, operation: &str, more: &str) -> Run {
    scene
        .tok(&format!("helper git {operation}"))
        .stdin(format!("protocol=https\nhost=registry.example.com\n{more}\n"))
        .may_print(Kind::AccessToken)
}

fn password(output: &Output) -> String {
    let line = output.stdout.lines().find_map(|line| line.strip_prefix("password="));
    line.unwrap_or_else(|| panic!("{}{}", output.stdout, output.stderr)).to_owned()
}

#[track_caller]
fn registry_token(scene: &Scene) -> String {
    password(&git(scene, "get", "").run().ok())
}

#[track_caller]
fn erase(scene: &Scene, token: &str) {
    git(scene, "erase", &format!("username=ada\npassword={token}\n")).run().ok();
}

fn resource_of(scene: &Scene, token: &str) -> Vec<String> {
    scene.server.realm(|realm| realm.resource_of(token).expect("a token of the server").to_vec())
}

/// Refreshes and exchanges up to now.
fn asked(scene: &Scene) -> (usize, usize) {
    (scene.server.count("refresh_token"), scene.server.count(EXCHANGE))
}

#[test] // P09, R08: they do not cost each other a request, whatever is cached
fn the_registry_and_the_api_have_their_tokens_each() {
    for (service, each) in [(BY_REFRESH, (1, 0)), (BY_EXCHANGE, (0, 1))] {
        let scene = bound(service, &[]);
        scene.login();
        let api = scene.token();
        let registry = registry_token(&scene);
        assert_eq!((resource_of(&scene, &api), resource_of(&scene, &registry)), (vec![], vec![REGISTRY.to_owned()]));
        for _ in 0..3 {
            assert_eq!((scene.token(), registry_token(&scene)), (api.clone(), registry.clone()));
        }
        assert_eq!(asked(&scene), each);
        scene.tok("refresh").run().ok();
        assert_ne!(scene.token(), api);
        assert_eq!((asked(&scene), scene.server.realm(|realm| realm.reuses)), ((each.0 + 1, each.1), 0));
        // Somebody wanted a new token whatever the old one's age: so does the service when it is asked for next.
        let newer = registry_token(&scene);
        assert_ne!(newer, registry);
        assert_eq!((registry_token(&scene), asked(&scene)), (newer, (2 * each.0 + 1, 2 * each.1)));
        scene.tok("logout").run().ok();
        assert!(scene.server.realm(|realm| realm.who(&registry).is_none()), "it goes with its session");
    }
}

#[test] // R06
fn a_process_that_asks_for_an_exchange_shows_the_profiles_token() {
    let scene = bound(BY_EXCHANGE, &[]);
    scene.login();
    let api = scene.token();
    registry_token(&scene);
    let request = scene.last_token_request();
    let token_type = "urn:ietf:params:oauth:token-type:access_token";
    for (name, value) in [
        ("subject_token", api.as_str()),
        ("subject_token_type", token_type),
        ("requested_token_type", token_type),
        ("resource", REGISTRY),
    ] {
        assert_eq!(request.param(name).as_deref(), Some(value));
    }
}

#[test] // C01
fn twenty_processes_on_an_expired_session_make_one_refresh_and_one_exchange() {
    for (service, each) in [(BY_REFRESH, (1, 0)), (BY_EXCHANGE, (1, 1))] {
        let scene = bound(service, &[]);
        scene.server.set(|setup| setup.expires_in = Some(0));
        scene.login();
        scene.server.set(|setup| setup.expires_in = Some(300));
        let outputs = scene.world.many((0..20).map(|_| git(&scene, "get", "")));
        let tokens: BTreeSet<String> = outputs.iter().map(password).collect();
        assert_eq!((tokens.len(), asked(&scene)), (1, each));
        assert_eq!(resource_of(&scene, tokens.first().unwrap()), [REGISTRY]);
        assert_eq!(scene.server.realm(|realm| realm.reuses), 0);
    }
}

/// A profile whose grant is the client's own, in files.
fn of_a_client(scene: &Scene, service: &str) {
    let secret = scene.world.secret_file("client-secret", &scene.server.client_secret("post"));
    let secret = toml(secret.to_str().unwrap());
    let grant = [("grant", "'client-credentials'"), ("client-id", "'post'"), ("client-auth", "'post'")];
    let none = [("username", ""), ("password-file", ""), ("client-secret-file", secret.as_str())];
    bind(scene, service, &[grant.as_slice(), none.as_slice()].concat());
}

#[test] // C01, P01
fn a_grant_that_needs_nobody_is_run_once_for_the_service() {
    let scene = Scene::bare();
    of_a_client(&scene, BY_REFRESH);
    let api = scene.token();
    let outputs = scene.world.many((0..20).map(|_| git(&scene, "get", "")));
    let tokens: BTreeSet<String> = outputs.iter().map(password).collect();
    assert_eq!((tokens.len(), scene.server.count("client_credentials")), (1, 2));
    let registry = tokens.first().unwrap();
    assert_eq!(resource_of(&scene, registry), [REGISTRY]);
    assert_eq!(scene.token(), api);
    erase(&scene, registry);
    assert_ne!(registry_token(&scene), *registry);
    assert_eq!((scene.token(), scene.server.count("client_credentials")), (api, 3));
}

#[test] // H01
fn credentials_from_the_environment_ask_for_it_at_once_and_keep_nothing() {
    for (service, requests) in [(BY_REFRESH, 1), (BY_EXCHANGE, 2)] {
        let scene = bound(service, &[("password-file", "")]);
        let output = git(&scene, "get", "").env("TOK_PASSWORD", scene.server.password("ada")).run().ok();
        assert_eq!(resource_of(&scene, &password(&output)), [REGISTRY]);
        assert_eq!((scene.token_requests().len(), scene.sessions().len()), (requests, 0));
    }
}

#[test] // P09
fn a_session_that_has_no_refresh_token_has_no_token_for_a_service_but_by_exchange() {
    for (service, has) in [(BY_REFRESH, false), (BY_EXCHANGE, true)] {
        let scene = bound(service, &[]);
        scene.server.set(|setup| setup.refresh_tokens = false);
        scene.login();
        let output = git(&scene, "get", "").run();
        if has {
            assert_eq!(resource_of(&scene, &password(&output.ok())), [REGISTRY]);
        } else {
            let output = output.code_is(3);
            assert!(output.stderr.starts_with("tok: the server gave no refresh token"), "{}", output.stderr);
            assert_eq!(output.stderr.lines().count(), 1);
        }
        scene.token();
    }
}

#[test] // C04: an exchange shows no refresh token, so that its refusal says nothing of one
fn a_refused_exchange_is_told_in_a_line_and_costs_nothing_else() {
    let scene = bound(BY_EXCHANGE, &[]);
    scene.login();
    let (api, kept) = (scene.token(), scene.sessions());
    for code in ["invalid_request", "invalid_token", "unauthorized_client", "invalid_target"] {
        scene.server.fail_tokens(1, &Answer::error(400, code));
        let output = git(&scene, "get", "").run().code_is(4);
        let line = format!("tok: the exchange for the service's token at {} failed", scene.server.url("/token"));
        assert!(output.stderr.starts_with(&line) && output.stderr.contains(code), "{}", output.stderr);
        assert_eq!((output.stderr.lines().count(), output.stdout.as_str()), (1, ""));
    }
    assert_eq!((scene.token(), scene.sessions()), (api, kept));
    assert_eq!(asked(&scene), (0, 4), "each once");
    registry_token(&scene);
}

#[cfg(target_os = "linux")]
#[test] // C02: whether it is the exchange that fails or the refresh before it
fn those_who_wait_hear_of_one_failure() {
    for (lifetime, failure, code, each) in [
        (300, Answer::error(400, "invalid_target"), 4, (0, 1)),
        (0, Answer::error(400, "invalid_grant"), 3, (1, 0)),
        (0, Answer::error(503, "server_error"), 5, (1, 0)),
    ] {
        let scene = bound(BY_EXCHANGE, &[]);
        scene.server.set(|setup| setup.expires_in = Some(lifetime));
        scene.login();
        let gate = scene.server.hold_tokens();
        scene.server.fail_tokens(1, &failure);
        let running: Vec<_> = (0..5).map(|_| git(&scene, "get", "").start()).collect();
        gate.wait_for_waiting(1);
        crate::stage::wait_for_waiters(&scene.world, 4);
        gate.open();
        running.into_iter().for_each(|running| drop(running.wait().code_is(code)));
        assert_eq!(asked(&scene), each);
    }
}

#[test] // git asks again after an erase: with one request, whoever was rejected
fn a_rejected_token_is_replaced_before_the_next_answer_and_once() {
    for (service, after) in [(BY_REFRESH, (2, 0)), (BY_EXCHANGE, (0, 2))] {
        let scene = bound(service, &[]);
        scene.login();
        let (api, first) = (scene.token(), registry_token(&scene));
        let before = asked(&scene);
        erase(&scene, &first);
        erase(&scene, &first);
        assert_eq!((asked(&scene), scene.token()), (before, api.clone()), "nothing is sent");
        let second = registry_token(&scene);
        assert_ne!(first, second);
        assert_eq!(asked(&scene), after);
        ["nobodys", first.as_str()].iter().for_each(|old| erase(&scene, old));
        assert_eq!((registry_token(&scene), scene.token(), asked(&scene)), (second.clone(), api.clone(), after));
        // That the profile's own was rejected costs a refresh, and another exchange only where that is needed.
        erase(&scene, &api);
        assert_eq!((registry_token(&scene), asked(&scene)), (second, after));
        assert_ne!(scene.token(), api);
        assert_eq!(asked(&scene), (after.0 + 1, after.1));
    }
}

#[test]
fn where_both_were_rejected_a_refresh_comes_before_the_exchange() {
    let scene = bound(BY_EXCHANGE, &[]);
    scene.login();
    let (api, registry) = (scene.token(), registry_token(&scene));
    erase(&scene, &registry);
    erase(&scene, &api);
    scene.server.realm(|realm| realm.expire_access());
    assert_ne!(registry_token(&scene), registry);
    assert_ne!(scene.token(), api);
    assert_eq!(asked(&scene), (1, 2));
}

#[test] // P09
fn without_rotation_both_live_of_the_same_refresh_token() {
    let scene = bound(BY_REFRESH, &[]);
    scene.server.set(|setup| setup.rotation = Rotation::Omit);
    scene.login();
    let (api, registry) = (scene.token(), registry_token(&scene));
    scene.tok("refresh").run().ok();
    assert_ne!(scene.token(), api);
    assert_ne!(registry_token(&scene), registry);
    assert_eq!(asked(&scene), (3, 0));
}

#[test] // U06
fn show_says_what_there_is_for_services_and_no_secret() {
    let scene = bound(BY_REFRESH, &[]);
    scene.login();
    assert_eq!(scene.shown().get("narrowed"), None);
    let token = registry_token(&scene);
    let shown = scene.shown();
    let one = &shown["narrowed"][0];
    assert_eq!((&one["resource"], &one["audience"]), (&json!([REGISTRY]), &json!([])));
    assert!(matches!(&one["expires_in"], Value::Number(left) if left.as_u64().unwrap() > 200), "{one}");
    let table = scene.tok("show").run().ok().stdout;
    assert!(table.contains("\nfor a service  https://registry.example.com; expires "), "{table}");
    assert!(!table.contains(&token) && !shown.to_string().contains(&token));
}

/// What a login asks for is the profile's own scopes: logging in again would bring the same.
#[test] // P10
fn scopes_that_the_login_did_not_ask_for_are_named_with_what_does() {
    let scene = bound("{ as = 'bearer', scopes = ['read', 'openid'] }", &[("scopes", "['openid', 'mail']")]);
    scene.login();
    let before = scene.requests();
    let line = "tok: the service is bound with scopes that the login did not ask for: read; [..]";
    git(&scene, "get", "").run().assert(
        2,
        "",
        &format!("{line}(tok login --scope mail --scope openid --scope read), or bind it with --exchange[..]\n"),
    );
    let mut terminal = scene.tok("token --for registry.example.com").on_terminal();
    terminal.expect("tok login --scope mail --scope openid --scope read; or bind it with --exchange");
    assert_eq!((terminal.wait(), scene.requests()), (2, before));
}

/// It is the profile that grew: a login brings what is missing.
#[test] // P10
fn a_service_that_names_no_scopes_grows_with_the_profile() {
    let service = "{ as = 'bearer', resource = ['https://registry.example.com'] }";
    let scene = bound(service, &[("scopes", "['openid']")]);
    scene.login();
    bind(&scene, service, &[("scopes", "['openid', 'mail']")]);
    let said = "tok: the profile asks for scopes that the login did not ask for[..]\n";
    git(&scene, "get", "").run().assert(3, "", said);
    scene.login();
    git(&scene, "get", "").run().ok();
}
