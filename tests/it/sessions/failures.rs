//! Servers and stores that fail.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::process::Running;
use crate::support::server::{Answer, End};

#[test] // C02
fn a_failure_is_told_to_those_who_waited_for_it() {
    for (answer, code, text) in [
        (Answer::error(503, "temporarily_unavailable"), 5, "cannot answer now (HTTP 503)"),
        (Answer::reset(), 5, "ended the connection"),
        (Answer::error(401, "invalid_client"), 3, "invalid_client"),
        (Answer::error(400, "invalid_grant"), 3, "invalid_grant"),
    ] {
        let stage = Stage::expired("file");
        stage.server.fail_tokens(1, &answer);
        let gate = stage.server.hold_tokens();
        // Until all are there, the first one waits for its answer.
        let running: Vec<Running> = (0..50).map(|_| stage.tok("token --timeout 5m").start()).collect();
        gate.wait_for_waiting(1);
        stage.wait_for_waiters(49);
        gate.open();
        for running in running {
            let output = running.wait().code_is(code);
            assert!(output.stdout.is_empty() && output.stderr.contains(text), "{output:?}");
        }
        assert_eq!(stage.refreshes(), 1, "{text}");
    }
}

#[test] // C02
#[ignore = "long: tests/run --long"]
fn fifty_waiters_behind_a_server_that_is_silent_wait_one_timeout() {
    let stage = Stage::expired("file");
    stage.server.fail_tokens(1, &Answer::never());
    let first = stage.tok("token --timeout 15s").start();
    stage.server.http.wait_until("the refresh", |_| stage.refreshes() == 1);
    let others: Vec<Running> = (0..50).map(|_| stage.tok("token").within(Duration::from_secs(60)).start()).collect();
    stage.wait_for_waiters(50);
    for running in others.into_iter().chain([first]) {
        assert!(running.wait().code_is(5).stderr.contains("15 s"));
    }
    assert_eq!(stage.refreshes(), 1);
    note("C02", "50 waiters behind a silent server, timeout 15 s", "1 request, its failure told to all");
}

#[test] // C02: who comes after the failure asks anew
fn a_failure_is_not_told_to_those_who_come_later() {
    let stage = Stage::expired("file");
    stage.server.fail_tokens(1, &Answer::empty(503));
    stage.tok("token").run().code_is(5);
    stage.demand_alive(&stage.tok("token").run());
}

#[test] // C02: a failure of what another profile's settings asked for is none of ours
fn a_failure_of_another_question_is_not_adopted() {
    let stage = Stage::expired("file");
    stage.server.fail_tokens(1, &Answer::error(400, "invalid_target"));
    let gate = stage.server.hold_tokens();
    let first = stage.tok("token --audience nobody").start();
    gate.wait_for_waiting(1);
    let second = stage.tok("token").start();
    stage.wait_for_waiters(1);
    gate.open();
    first.wait().code_is(3);
    stage.demand_alive(&second.wait());
    assert_eq!(stage.refreshes(), 2);
}

#[test] // C03
fn a_token_that_cannot_be_stored_is_not_printed() {
    let stage = Stage::expired("file");
    for verb in ["token", "token --json", "refresh"] {
        let gate = stage.server.hold_tokens();
        let running = stage.tok(verb).start();
        gate.wait_for_waiting(1);
        // The room was made sure of; now the folder goes.
        let (folder, aside) = (stage.world.path("state/tok/sessions"), stage.world.path("state/tok/sessions-aside"));
        fs::rename(&folder, &aside).unwrap();
        fs::write(&folder, "no folder").unwrap();
        gate.open();
        let output = running.wait().code_is(6);
        assert_eq!(output.stdout, "");
        assert!(
            output
                .stderr
                .contains("issued new tokens, but they could not be stored; the old refresh token may no longer"),
            "{}",
            output.stderr
        );
        fs::remove_file(&folder).unwrap();
        fs::rename(&aside, &folder).unwrap();
        // Nor is it in the cache. The server has rotated, so that the old refresh token is dead now.
        stage.tok("token").run().code_is(3);
        stage.server.set(|setup| setup.token_gate = None);
        stage.log_in_expired("default");
    }
}

#[test] // C09: room is made sure of before anything is sent
fn where_nothing_can_be_stored_nothing_is_sent() {
    let stage = Stage::expired("file");
    let folder = stage.world.path("state/tok/sessions");
    let session = fs::read_to_string(stage.session_file()).unwrap();
    // A folder in the place of the file that is to be written first.
    let name = stage.session_file().file_name().unwrap().to_str().unwrap().to_owned();
    let obstacle = folder.join(format!(".{name}.tmp"));
    fs::create_dir(&obstacle).unwrap();
    let output = stage.tok("token").run();
    output.assert(6, "", "tok: the session store failed\ncaused by: session file: [..]\nhint: [..]\n");
    assert_eq!(stage.refreshes(), 0);
    assert_eq!(fs::read_to_string(stage.session_file()).unwrap(), session);
    fs::remove_dir(&obstacle).unwrap();
    stage.demand_alive(&stage.tok("token").run());
}

/// Every answer to a refresh that is no `invalid_grant` in JSON with 400 or 401, and the exit code for it.
fn harmless() -> Vec<(&'static str, Answer, i32)> {
    let json = |status, text: &str| Answer::new(status, "application/json", text);
    vec![
        ("another client", Answer::error(401, "invalid_client"), 3),
        ("a client that may not", Answer::error(400, "unauthorized_client"), 3),
        ("a bad request", Answer::error(400, "invalid_request"), 3),
        ("a bad scope", Answer::error(400, "invalid_scope"), 3),
        ("a bad audience", Answer::error(400, "invalid_target"), 3),
        ("no refresh grant", Answer::error(400, "unsupported_grant_type"), 3),
        ("forbidden", Answer::error(403, "access_denied"), 3),
        ("invalid_grant with 403", Answer::error(403, "invalid_grant"), 3),
        ("invalid_grant with 402", Answer::error(402, "invalid_grant"), 4),
        ("invalid_grant with 200", Answer::error(200, "invalid_grant"), 4),
        ("invalid_grant with 500", Answer::error(500, "invalid_grant"), 5),
        ("invalid_grant with 503", Answer::error(503, "invalid_grant"), 5),
        ("invalid_grant with 429", Answer::error(429, "invalid_grant"), 5),
        ("invalid_grant with 404", Answer::error(404, "invalid_grant"), 4),
        ("another case", Answer::error(400, "Invalid_Grant"), 3),
        ("a longer word", Answer::error(400, "invalid_grant_type"), 3),
        ("an empty 400", Answer::empty(400), 3),
        ("an empty 401", Answer::empty(401), 3),
        ("a page with 400", Answer::html(400), 3),
        ("a page with 403", Answer::html(403), 3),
        ("plain text", Answer::new(400, "text/plain", "invalid_grant"), 3),
        ("a form", Answer::new(400, "application/x-www-form-urlencoded", "error=invalid_grant"), 3),
        ("a list", json(400, "[\"invalid_grant\"]"), 3),
        ("half an object", json(400, "{\"error\":\"invalid_grant\""), 3),
        ("a text", json(401, "\"invalid_grant\""), 3),
        ("in the description", Answer::json(400, json!({ "error_description": "invalid_grant" })), 3),
        ("too many requests", Answer::empty(429).header("Retry-After", "7"), 5),
        ("a server that fails", Answer::html(502), 5),
        ("server_error", Answer::error(400, "server_error"), 5),
        ("not now", Answer::error(400, "temporarily_unavailable"), 5),
        ("moved", Answer::redirect(302, "https://127.0.0.1:1/elsewhere"), 2),
        ("gone", Answer::html(404), 2),
        ("no POST", Answer::html(405), 2),
        ("a page with 200", Answer::html(200), 2),
        ("an empty 200", Answer::empty(200), 1),
        ("no token", json(200, "{}"), 1),
        ("a token of another kind", json(200, "{\"access_token\":\"x\",\"token_type\":\"mac\"}"), 1),
        ("a token that is none", json(200, "{\"access_token\":\"a b\",\"token_type\":\"Bearer\"}"), 1),
        ("a token twice", json(200, "{\"access_token\":\"x\",\"access_token\":\"y\",\"token_type\":\"Bearer\"}"), 1),
        ("compressed", json(200, "x").header("Content-Encoding", "gzip"), 1),
        ("cut in the head", Answer::error(400, "invalid_grant").cut_after(20), 5),
        ("cut in the body", Answer::error(400, "invalid_grant").cut_after(100), 5),
        ("reset", Answer::reset(), 5),
        ("no HTTP", Answer::raw("SSH-2.0-OpenSSH_9.9\r\n"), 5),
        ("closed", Answer::raw("").then(End::Close), 5),
    ]
}

#[test] // C04
fn no_other_answer_ends_a_session() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        let mut asked = 0;
        for (what, answer, code) in harmless() {
            stage.server.fail_tokens(1, &answer);
            let output = stage.tok("token").run();
            assert_eq!((output.code(), output.stdout.as_str()), (code, ""), "{what}: {}", output.stderr);
            asked += 1;
            assert_eq!(stage.refreshes(), asked, "{what}: asked once, and nothing else was done");
        }
        stage.demand_alive(&stage.tok("token").run());
        assert_eq!(stage.server.realm(|realm| realm.reuses), 0);
    }
}

#[test] // C04
fn invalid_grant_ends_the_session_and_no_more_is_sent_for_it() {
    for (store, status) in [("file", 400), ("file", 401), ("kernel", 400)] {
        let stage = Stage::expired(store);
        stage.server.fail_tokens(1, &Answer::error(status, "invalid_grant"));
        let output = stage.tok("token").run();
        output.assert(3, "", "tok: refresh at [..] failed\ncaused by: [..]invalid_grant\nhint: [..]\n");
        let seen = stage.server.log().requests.len();
        for verb in ["token", "token --json", "token --min-ttl 0", "refresh", "token --header"] {
            stage.tok(verb).run().assert(3, "", "tok: the server ended the session\nhint: [..]\n");
        }
        assert_eq!(stage.server.log().requests.len(), seen);
        assert!(stage.world.remaining().is_empty(), "{:?}", stage.world.remaining());
        stage.log_in("default");
        stage.demand_alive(&stage.tok("token").run());
    }
}

#[test] // C04: the store changed while the refusal was on its way
fn a_refusal_of_an_older_refresh_token_leaves_the_newer_session() {
    let stage = Stage::expired("file");
    let older = fs::read(stage.session_file()).unwrap();
    stage.log_in_expired("default");
    let newer = fs::read(stage.session_file()).unwrap();
    fs::write(stage.session_file(), older).unwrap();
    stage.server.fail_tokens(1, &Answer::error(400, "invalid_grant"));
    let gate = stage.server.hold_tokens();
    let running = stage.tok("token").start();
    gate.wait_for_waiting(1);
    // As if it had been restored, or written by a tok without this lock.
    fs::write(stage.session_file(), &newer).unwrap();
    gate.open();
    running.wait().code_is(3);
    assert_eq!(fs::read(stage.session_file()).unwrap(), newer);
    stage.demand_alive(&stage.tok("token").run());
}
