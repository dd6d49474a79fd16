//! Logout and login while a refresh, or a reader, is under way.

use rustix::process::Signal;

use crate::stage::{Stage, poll};
use crate::support::gate::Gate;
use crate::support::server::Answer;

/// Nothing of the session is left here, or at the server.
fn demand_nothing_left(stage: &Stage) {
    assert!(stage.world.remaining().is_empty(), "{:?}", stage.world.remaining());
    assert_eq!(stage.server.realm(|realm| realm.living_sessions()), 0);
    let seen = stage.server.log().requests.len();
    stage.tok("token").run().assert(3, "", "tok: not logged in\nhint: [..]\n");
    assert_eq!(stage.server.log().requests.len(), seen);
}

#[test] // C10
fn a_logout_during_a_refresh_ends_what_the_refresh_brought() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        let gate = stage.server.hold_tokens();
        let refresh = stage.tok("token").start();
        gate.wait_for_waiting(1);
        let logout = stage.tok("logout").start();
        stage.wait_for_waiters(1);
        gate.open();
        refresh.wait().line();
        logout.wait().ok();
        demand_nothing_left(&stage);
    }
}

#[test] // C10
fn a_refresh_during_a_logout_finds_no_session() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        let gate = Gate::new();
        let held = Answer::empty(200).held_by(&gate);
        let refresh_token = stage.server.realm(|realm| realm.latest_refresh().unwrap().to_owned());
        stage.server.http.reply(move |request| {
            assert_eq!((request.path(), request.param("token")), ("/revoke", Some(refresh_token)));
            held
        });
        let logout = stage.tok("logout").start();
        gate.wait_for_waiting(1);
        let running = [stage.tok("token").start(), stage.tok("refresh").start()];
        stage.wait_for_waiters(2);
        gate.open();
        logout.wait().ok();
        for running in running {
            running.wait().code_is(3);
        }
        assert_eq!(stage.refreshes(), 0);
        stage.server.realm(|realm| realm.end_all_sessions());
        demand_nothing_left(&stage);
    }
}

#[test] // C10
fn a_login_during_a_refresh_is_what_stays() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        let gate = stage.server.hold_tokens();
        let refresh = stage.tok("token").start();
        gate.wait_for_waiting(1);
        let login = stage.login("default").start();
        stage.wait_for_waiters(1);
        assert_eq!(stage.server.count("password"), 1, "the second one waits for its turn");
        gate.open();
        stage.demand_alive(&refresh.wait());
        login.wait().ok();
        let token = stage.tok("token").run();
        assert_eq!(token.line(), stage.latest());
        stage.tok("refresh").run().ok();
        assert_eq!((stage.refreshes(), stage.server.realm(|realm| realm.reuses)), (2, 0));
    }
}

#[test] // C10
fn a_refresh_during_a_login_takes_the_new_session() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        let gate = stage.server.hold_tokens();
        let login = stage.login("default").start();
        gate.wait_for_waiting(1);
        let token = stage.tok("token").start();
        stage.wait_for_waiters(1);
        gate.open();
        login.wait().ok();
        assert_eq!(token.wait().line(), stage.latest());
        assert_eq!((stage.refreshes(), stage.server.count("password")), (0, 2));
    }
}

#[test] // C10: nothing lands in the wrong profile
fn a_profile_that_is_edited_meanwhile_gets_nothing_of_the_old_session() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    let refresh = stage.tok("token").start();
    gate.wait_for_waiting(1);
    stage.tok("profile set username=eve").run().ok();
    gate.open();
    refresh.wait().line();
    let seen = stage.server.log().requests.len();
    let output = stage.tok("token").run().code_is(3);
    assert!(output.stderr.contains("belongs to another user name"), "{}", output.stderr);
    assert_eq!(stage.server.log().requests.len(), seen);
}

/// A process that has read the stored session and is about to take the lock for leaving a copy in the cache stops there,
/// until `meanwhile` is over.
fn while_a_reader_stands_still(stage: &Stage, meanwhile: impl FnOnce()) {
    let Some(strace) = crate::support::strace::Strace::find() else { return };
    stage.empty_cache();
    let calls = strace.calls(stage.tok("token"));
    assert!(calls.iter().any(|call| call.name == "add_key"), "it leaves a copy in the cache");
    let before = calls.iter().position(|call| call.name == "flock").expect("it takes the lock for that") - 1;
    stage.empty_cache();
    let log = stage.world.path("work/trace");
    let running = strace.inject(stage.tok("token"), &calls[before], "signal=STOP", &log).start();
    poll("the reader's stop", || {
        std::fs::read_to_string(&log).is_ok_and(|trace| trace.contains("--- stopped by SIGSTOP ---"))
    });
    meanwhile();
    for child in crate::support::canary::places::descendants(running.pid()) {
        let pid = rustix::process::Pid::from_raw(child.cast_signed()).unwrap();
        rustix::process::kill_process(pid, Signal::CONT).unwrap();
    }
    running.wait().line();
}

#[test] // C10, R08
fn a_reader_that_was_overtaken_by_a_logout_brings_nothing_back() {
    let stage = Stage::logged_in("file");
    while_a_reader_stands_still(&stage, || drop(stage.tok("logout").run().ok()));
    stage.server.realm(|realm| realm.end_all_sessions());
    demand_nothing_left(&stage);
}

#[test] // C10
fn a_reader_that_was_overtaken_by_a_refresh_does_not_hide_the_new_token() {
    let stage = Stage::logged_in("file");
    while_a_reader_stands_still(&stage, || drop(stage.tok("refresh").run().ok()));
    assert_eq!(stage.tok("token").run().line(), stage.latest());
}
