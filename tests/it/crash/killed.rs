//! Killed at a system call, which is then not made.

use super::{Part, Trial, position};
use crate::stage::Stage;
use crate::support::process::Output;
use crate::support::strace::{Call, Strace};

const SOME: Part = Part::Some(12);

/// What the run after a kill gives: a token that is alive, or a clear word that a login is needed.
#[track_caller]
fn next_works_or_asks_for_login(stage: &Stage, at: &Call) -> Option<String> {
    let next = stage.tok("token").run();
    if next.code() == 3 {
        assert!(next.stdout.is_empty() && next.stderr.contains("hint:"), "killed at {at:?}: {next:?}");
        return None;
    }
    assert_eq!(next.code(), 0, "killed at {at:?}: {next:?}");
    stage.demand_alive(&next);
    Some(next.line().to_owned())
}

fn was_killed(output: &Output, at: &Call) {
    assert_eq!(output.code(), 137, "{at:?}: {output:?}");
}

/// A refresh: lost only if killed between the sending and the renaming, and never when the token was printed.
fn refresh(store: &'static str, verb: &str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in_expired("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok(verb) };
    let calls = trial.calls();
    let sent = position(&calls, "writev");
    let mut lost = Vec::new();
    for call in part.of(&calls) {
        let asked = stage.refreshes();
        let killed = trial.with(&call, "signal=KILL").run();
        was_killed(&killed, &call);
        let asked = stage.refreshes() - asked;
        match next_works_or_asks_for_login(&stage, &call) {
            Some(token) => assert!([String::new(), format!("{token}\n")].contains(&killed.stdout), "{call:?}"),
            None => {
                assert!(asked == 1 && killed.stdout.is_empty(), "lost without need at {call:?}");
                lost.push(calls.iter().position(|other| *other == call).unwrap());
            }
        }
        stage.log_in("default");
        stage.demand_alive(&stage.tok("token").run());
        assert!(store != "file" || stage.files("sessions").len() == 1, "{call:?}: {:?}", stage.files("sessions"));
    }
    if store == "file" {
        let stored = position(&calls, "rename");
        assert!(lost.iter().all(|at| (sent..=stored).contains(at)), "lost at {lost:?} of {sent}..={stored}");
    }
    eprintln!(
        "{verb}, store {store}: {} calls, {} tried, {} of them in the window",
        calls.len(),
        part.of(&calls).len(),
        lost.len()
    );
}

#[test] // C07
fn a_refresh_killed_at_some_calls() {
    refresh("file", "token", SOME);
}

#[test] // C07
#[ignore = "long: tests/run --long"]
fn a_refresh_killed_at_every_call() {
    for store in ["file", "kernel"] {
        refresh(store, "token", Part::All);
    }
    refresh("file", "refresh", Part::All);
}

/// A first login: there is a session afterwards, or there is none.
fn login(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    // Where the profile is not saved yet, nothing else says where the session is.
    stage.world.set_env("TOK_STORE", store);
    let before = || {
        stage.tok("logout --local").run();
        for folder in ["config/tok", "state/tok"] {
            let _ = std::fs::remove_dir_all(stage.world.path(folder));
        }
    };
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.login("default") };
    for call in part.of(&trial.calls()) {
        was_killed(&trial.with(&call, "signal=KILL").run(), &call);
        next_works_or_asks_for_login(&stage, &call);
        stage.log_in("default");
        let next = next_works_or_asks_for_login(&stage, &call);
        assert_eq!(next, Some(stage.latest()), "{call:?}");
        assert!(store != "file" || stage.files("sessions").len() == 1, "{call:?}: {:?}", stage.files("sessions"));
    }
}

#[test] // C07
fn a_first_login_killed_at_some_calls() {
    login("file", SOME);
}

#[test] // C07
#[ignore = "long: tests/run --long"]
fn a_first_login_killed_at_every_call() {
    for store in ["file", "kernel"] {
        login(store, Part::All);
    }
}

/// A login over a session: the old one or the new one is there, always.
fn login_again(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::logged_in(store);
    let trial = Trial { strace: &strace, stage: &stage, before: &|| (), run: &|| stage.login("default") };
    for call in part.of(&trial.calls()) {
        was_killed(&trial.with(&call, "signal=KILL").run(), &call);
        let token = next_works_or_asks_for_login(&stage, &call);
        assert!(token.is_some(), "lost at {call:?}");
    }
}

#[test] // C07
fn a_login_over_a_session_killed_at_some_calls() {
    login_again("file", SOME);
}

#[test] // C07
#[ignore = "long: tests/run --long"]
fn a_login_over_a_session_killed_at_every_call() {
    for store in ["file", "kernel"] {
        login_again(store, Part::All);
    }
}

/// A logout: what it left, the next one finishes.
fn logout(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok("logout") };
    for call in part.of(&trial.calls()) {
        was_killed(&trial.with(&call, "signal=KILL").run(), &call);
        let next = stage.tok("token").run();
        assert!([0, 3].contains(&next.code()), "killed at {call:?}: {next:?}");
        stage.tok("logout").run().ok();
        assert!(stage.world.remaining().is_empty(), "{call:?}: {:?}", stage.world.remaining());
        assert_eq!(stage.server.realm(|realm| realm.living_sessions()), 0, "{call:?}");
    }
}

#[test] // C07, C10, R08
fn a_logout_killed_at_some_calls() {
    logout("file", SOME);
}

#[test] // C07, C10, R08
#[ignore = "long: tests/run --long"]
fn a_logout_killed_at_every_call() {
    for store in ["file", "kernel"] {
        logout(store, Part::All);
    }
}
