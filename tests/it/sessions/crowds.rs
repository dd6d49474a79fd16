//! Many processes, one expired session.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::process::Running;
use crate::support::server::{Answer, AuthServer};

/// So many processes at once: one request, the same token for all. The server revokes the family when a refresh token
/// comes twice. How long it took.
fn crowd(stage: &Stage, count: usize) -> Duration {
    let before = stage.refreshes();
    let began = Instant::now();
    let run = |_| stage.tok("token").within(Duration::from_secs(300));
    let outputs = stage.world.many((0..count).map(run));
    let took = began.elapsed();
    let tokens: BTreeSet<&str> = outputs.iter().map(|output| output.line()).collect();
    assert_eq!(tokens, BTreeSet::from([stage.latest().as_str()]));
    assert_eq!((stage.refreshes() - before, reuses(&stage.server)), (1, 0));
    stage.demand_alive(&outputs[0]);
    took
}

fn reuses(server: &AuthServer) -> usize {
    server.realm(|realm| realm.reuses)
}

#[test] // C01
fn two_processes_make_one_refresh() {
    for store in ["file", "kernel"] {
        crowd(&Stage::expired(store), 2);
    }
}

#[test] // C01
fn fifty_processes_make_one_refresh() {
    for store in ["file", "kernel"] {
        crowd(&Stage::expired(store), 50);
    }
}

#[test] // C01
#[ignore = "long: tests/run --long"]
fn five_hundred_processes_make_one_refresh_in_each_of_twenty_rounds() {
    for store in ["file", "kernel"] {
        let stage = Stage::new(store);
        let round = |_| {
            stage.log_in_expired("default");
            crowd(&stage, 500)
        };
        let longest = (0..20).map(round).max().unwrap().as_secs_f64();
        let figure = format!("{} requests, 10,000 tokens, longest round {longest:.1} s", stage.refreshes());
        note("C01", &format!("20 rounds of 500 processes, store {store}"), &figure);
    }
}

#[test] // C01, C02: surely at once, because the answer is held back until all are there
fn those_who_wait_take_what_was_stored() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        let gate = stage.server.hold_tokens();
        // Until all are there, the first one waits for its answer.
        let running: Vec<Running> = (0..20).map(|_| stage.tok("token --timeout 5m").start()).collect();
        gate.wait_for_waiting(1);
        stage.wait_for_waiters(19);
        gate.open();
        for running in running {
            assert_eq!(running.wait().line(), stage.latest());
        }
        assert_eq!((stage.refreshes(), reuses(&stage.server)), (1, 0));
    }
}

#[test] // C02
fn those_who_wait_without_the_cache_take_it_from_the_store() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    // What is asked for as JSON is never taken from the cache.
    let running: Vec<Running> = (0..5).map(|_| stage.tok("token --json").start()).collect();
    gate.wait_for_waiting(1);
    stage.wait_for_waiters(4);
    gate.open();
    let token = format!("{{\"access_token\":\"{}\",[..]\n", stage.latest());
    running.into_iter().for_each(|running| running.wait().assert(0, &token, ""));
    assert_eq!(stage.refreshes(), 1);
}

#[test] // C02: a renewal that waited for another is as new as that one
fn renewals_at_once_are_one() {
    let stage = Stage::logged_in("file");
    let gate = stage.server.hold_tokens();
    let running: Vec<Running> = (0..10).map(|_| stage.tok("refresh --timeout 5m").start()).collect();
    gate.wait_for_waiting(1);
    stage.wait_for_waiters(9);
    gate.open();
    running.into_iter().for_each(|running| drop(running.wait().ok()));
    assert_eq!((stage.refreshes(), reuses(&stage.server)), (1, 0));
    stage.tok("refresh").run().ok();
    assert_eq!(stage.refreshes(), 2, "one that comes later is a new one");
}

#[test] // C01
fn two_profiles_do_not_wait_for_each_other() {
    for store in ["file", "kernel"] {
        let stage = Stage::new(store);
        stage.log_in_expired("one");
        stage.log_in_expired("two");
        let gate = stage.server.hold_tokens();
        let slow = stage.tok("-p one token").start();
        gate.wait_for_waiting(1);
        stage.server.set(|setup| setup.token_gate = None);
        stage.demand_alive(&stage.tok("-p two token").run());
        gate.open();
        stage.demand_alive(&slow.wait());
        assert_eq!(stage.refreshes(), 2);
    }
}

#[test] // C01: nor do two configurations with a profile of the same name
fn two_configurations_do_not_wait_for_each_other() {
    let stage = Stage::expired("file");
    let other = stage.world.path("config/other.toml");
    std::fs::copy(stage.world.path("config/tok/config.toml"), &other).unwrap();
    stage.lifetime(Some(0));
    stage.login("default").env("TOK_CONFIG", &other).run().ok();
    stage.lifetime(Some(300));
    let gate = stage.server.hold_tokens();
    let slow = stage.tok("token").start();
    gate.wait_for_waiting(1);
    stage.server.set(|setup| setup.token_gate = None);
    stage.demand_alive(&stage.tok("token").env("TOK_CONFIG", &other).run());
    gate.open();
    stage.demand_alive(&slow.wait());
    assert_eq!((stage.refreshes(), reuses(&stage.server)), (2, 0));
}

#[test] // C02: who has credentials at hand logs in, once for all
fn a_refused_refresh_leads_to_one_login_where_credentials_are_in_the_environment() {
    let stage = Stage::expired("file");
    stage.server.fail_tokens(1, &Answer::error(400, "invalid_grant"));
    let gate = stage.server.hold_tokens();
    let run = || {
        let password = stage.world.secret_file("password", &stage.server.password("ada"));
        stage.tok("token").env("TOK_PASSWORD_FILE", password).env("TOK_STORE", "file")
    };
    let running: Vec<Running> = (0..10).map(|_| run().start()).collect();
    gate.wait_for_waiting(1);
    stage.wait_for_waiters(9);
    gate.open();
    for running in running {
        assert_eq!(running.wait().line(), stage.latest());
    }
    assert_eq!((stage.refreshes(), stage.server.count("password")), (1, 2));
}
