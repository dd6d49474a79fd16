//! Logging out: revoke, then forget.

use std::sync::Arc;

use crate::scene::{Scene, toml};
use crate::support::server::Answer;
use crate::support::server::realm::Realm;

/// The next revocation is answered like this.
fn fail(scene: &Scene, answer: Answer) {
    scene.server.set(|setup| setup.revocation_failures.push_back(answer));
}

#[test] // P15, R08
fn logout_revokes_the_refresh_token_and_leaves_nothing() {
    let scene = Scene::logged_in();
    scene.token();
    let refresh_token = scene.server.realm(|realm| realm.latest_refresh().unwrap().to_owned());
    scene.tok("logout").run().assert(0, "", "tok: work: logged out; the server revoked the session\n");
    let log = scene.server.log();
    let request = log.to("/revoke")[0];
    let wanted = [("token", refresh_token.as_str()), ("token_type_hint", "refresh_token"), ("client_id", "tok")];
    assert_eq!(request.form(), wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(scene.server.realm(|realm| realm.living_sessions()), 0);
    assert_eq!(scene.world.remaining(), []);
    scene.tok("token").run().code_is(3);
    scene.tok("logout").run().assert(0, "", "tok: work: not logged in; nothing to do\n");
    assert_eq!(scene.server.log().to("/revoke").len(), 1);
}

#[test] // P15
fn a_token_that_the_server_does_not_know_is_revoked_well_enough() {
    let scene = Scene::logged_in();
    scene.server.realm(Realm::end_all_sessions);
    scene.tok("logout").run().ok();
    assert_eq!(scene.world.remaining(), []);
}

#[test] // P15
fn a_revocation_that_fails_is_told_and_the_session_forgotten_all_the_same() {
    for (answer, why) in [
        (Answer::empty(503), "the server cannot answer now (HTTP 503)"),
        (Answer::empty(503).header("Retry-After", "7"), "the server cannot answer now (HTTP 503), asks to wait 7 s"),
        (Answer::html(500), "the server cannot answer now (HTTP 500)"),
        (Answer::error(401, "invalid_client"), "the server refused the request (HTTP 401): invalid_client"),
        (Answer::empty(403), "the server refused the request without giving a reason (HTTP 403)"),
        (Answer::error(400, "unsupported_token_type"), "the server does not revoke tokens of this kind (HTTP 400)"),
        (Answer::error(401, "unsupported_token_type"), "the server does not revoke tokens of this kind (HTTP 401)"),
        (Answer::html(404), "there is no revocation endpoint at this address (HTTP 404)"),
        (Answer::html(200), "there is no revocation endpoint at this address (HTTP 200)"),
        (Answer::redirect(302, "/login?t=1"), "the server answered with a redirect (HTTP 302) to /login"),
        (Answer::reset(), "[..]"),
    ] {
        let scene = Scene::logged_in();
        fail(&scene, answer);
        scene.tok("logout").run().assert(
            5,
            "",
            &format!(
                "tok: forgotten here, but [..]/revoke did not confirm the revocation\ncaused by: {why}\nhint: the \
                 session may live on at the server until it expires; revoke it there if that matters\n"
            ),
        );
        assert_eq!(scene.world.remaining(), []);
        scene.tok("token").run().code_is(3);
    }
}

#[test] // P15
fn a_revocation_without_an_answer_ends_with_the_timeout() {
    let scene = Scene::new();
    scene.configure(&[("timeout", "'3s'")]);
    scene.login();
    fail(&scene, Answer::never());
    let output = scene.tok("logout").run().code_is(5);
    assert!(output.stderr.contains("did not confirm the revocation"), "{}", output.stderr);
    assert_eq!(scene.world.remaining(), []);
    assert_eq!(scene.server.log().to("/revoke").len(), 1, "T04");
}

#[test] // P15
fn without_a_revocation_endpoint_the_server_is_not_told() {
    let scene = Scene::new();
    scene.server.set(|setup| {
        setup.edit_metadata = Some(Arc::new(|document| drop(document.remove("revocation_endpoint"))));
    });
    scene.login();
    let before = scene.requests();
    let said = "tok: work: logged out here; no revocation endpoint is known, so the server was not told\n".to_owned();
    scene.tok("logout").run().assert(0, "", &said);
    assert_eq!((scene.requests(), scene.world.remaining()), (before, vec![]));
}

#[test] // P15
fn the_profile_can_name_the_revocation_endpoint() {
    let scene = Scene::new();
    let [token, revoke] = ["/token", "/revoke"].map(|path| toml(&scene.server.url(path)));
    scene.configure(&[("issuer", ""), ("token-endpoint", &token), ("revocation-endpoint", &revoke)]);
    scene.login();
    scene.tok("logout").run().ok();
    assert_eq!(scene.server.log().summary(), ["POST /token", "POST /revoke"]);
}

#[test] // P15
fn a_session_without_a_refresh_token_has_its_access_token_revoked() {
    let scene = Scene::new();
    scene.server.set(|setup| setup.refresh_tokens = false);
    scene.login();
    let token = scene.token();
    scene.tok("logout").run().ok();
    let request = scene.server.log().to("/revoke")[0].clone();
    assert_eq!(request.param("token").as_deref(), Some(token.as_str()));
    assert_eq!(request.param("token_type_hint").as_deref(), Some("access_token"));
}

#[test] // P15
fn a_local_logout_asks_the_server_nothing() {
    let scene = Scene::logged_in();
    let before = scene.requests();
    scene.tok("logout --local").run().assert(0, "", "tok: work: logged out here\n");
    assert_eq!((scene.requests(), scene.world.remaining()), (before, vec![]));
    assert_eq!(scene.server.realm(|realm| realm.living_sessions()), 1);
}

#[test] // P15, R08
fn logout_leaves_other_profiles_alone() {
    let scene = Scene::bare();
    scene.world.write_config(&[scene.profile("one", &[]), scene.profile("two", &[])].concat());
    for profile in ["one", "two"] {
        scene.tok(&format!("-p {profile} login")).run().ok();
    }
    let two = scene.tok("-p two token").run().line().to_owned();
    scene.tok("-p one logout").run().ok();
    assert_eq!(scene.tok("-p two token").run().line(), two);
    scene.tok("-p two refresh").run().ok();
    scene.tok("-p one token").run().code_is(3);
}

#[test] // P15, R08
fn all_profiles_are_logged_out_of_at_once() {
    let scene = Scene::bare();
    let profiles = ["one", "two", "three"].map(|name| scene.profile(name, &[]));
    scene.world.write_config(&profiles.concat());
    for profile in ["one", "three"] {
        scene.tok(&format!("-p {profile} login")).run().ok();
    }
    let output = scene.tok("logout --all").run().ok();
    for line in [
        "tok: one: logged out; the server revoked the session\n",
        "tok: two: not logged in; nothing to do\n",
        "tok: three: logged out; the server revoked the session\n",
    ] {
        assert!(output.stderr.contains(line), "{}", output.stderr);
    }
    assert_eq!((scene.server.realm(|realm| realm.living_sessions()), scene.world.remaining()), (0, vec![]));
}

#[test] // P15
fn where_nothing_is_set_up_there_is_nobody_to_log_out() {
    let scene = Scene::bare();
    for words in ["logout", "logout --all", "logout --all --local"] {
        let run = scene.tok(words).env("TOK_STORE", "file").run();
        run.assert(0, "", "tok: default: not logged in; nothing to do\n");
    }
    scene.tok("-p work logout --all").run().code_is(2);
}

#[test] // P15
fn one_profile_that_fails_does_not_keep_the_others_in() {
    let scene = Scene::bare();
    let profiles = ["one", "two", "three"].map(|name| scene.profile(name, &[]));
    scene.world.write_config(&profiles.concat());
    for profile in ["one", "two", "three"] {
        scene.tok(&format!("-p {profile} login")).run().ok();
    }
    fail(&scene, Answer::empty(503));
    fail(&scene, Answer::error(400, "unsupported_token_type"));
    let output = scene.tok("logout --all").run().code_is(5);
    assert!(output.stderr.contains("tok: profile one"), "{}", output.stderr);
    assert!(output.stderr.contains("tok: warning: profile two: forgotten here"), "{}", output.stderr);
    assert!(output.stderr.contains("tok: three: logged out; the server revoked the session"), "{}", output.stderr);
    assert_eq!(scene.world.remaining(), []);
    let output = scene.tok("logout --all --local").run().ok();
    assert_eq!(output.stderr.matches("not logged in").count(), 3, "{}", output.stderr);
}
