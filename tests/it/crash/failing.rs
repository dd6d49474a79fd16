//! Every call that can fail fails once, in every way that disks and tables fail.

use super::{Part, Trial, position};
use crate::stage::Stage;
use crate::support::strace::{Call, Strace};

const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EMFILE", "EROFS", "EINTR"];

const SOME: Part = Part::Some(24);

/// Calls that talk with the server: where one of them fails after the sending, nobody can know the answer.
const NETWORK: [&str; 9] =
    ["socket", "connect", "writev", "recvfrom", "epoll_wait", "epoll_ctl", "setsockopt", "getsockopt", "shutdown"];

/// Calls that do not fail, or whose failing nobody could use: memory, threads, the clock, one's own process.
const INFALLIBLE: [&str; 22] = [
    "brk",
    "clone3",
    "exit",
    "exit_group",
    "fcntl",
    "futex",
    "geteuid",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "poll",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "sched_getaffinity",
    "set_robust_list",
    "sigaltstack",
    "prctl",
];

/// Each fallible call with each error.
fn cases(calls: &[Call], part: Part) -> Vec<(Call, &'static str)> {
    // Eight bytes are written to wake the runtime, by way of the kernel's memory alone.
    let wakes = |call: &Call| call.name == "write" && call.text.ends_with("= 8");
    let fallible = calls.iter().filter(|call| !INFALLIBLE.contains(&call.name.as_str()) && !wakes(call));
    // Another error at each step, so that a part has all of them.
    let cases = (0..ERRORS.len()).flat_map(|shift| {
        fallible.clone().enumerate().map(move |(i, call)| (call.clone(), ERRORS[(i + shift) % ERRORS.len()]))
    });
    part.of(&cases.collect::<Vec<_>>())
}

/// A panic is a fault of ours, and so is death.
#[track_caller]
fn demand_a_proper_end(code: i32, what: &str) {
    assert!((0..=6).contains(&code), "{what}: exit code {code}");
}

fn refresh(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in_expired("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok("token") };
    let calls = trial.calls();
    for (call, error) in cases(&calls, part) {
        let output = trial.with(&call, &format!("error={error}")).run();
        let what = format!("{error} at {call:?}: {output:?}");
        demand_a_proper_end(output.code(), &what);
        let next = stage.tok("token").run();
        if output.code() == 0 {
            assert!(output.stdout.trim() == stage.latest() && next.line() == stage.latest(), "{what}");
            continue;
        }
        assert_eq!(output.stdout, "", "{what}");
        if next.code() == 0 {
            stage.demand_alive(&next);
        } else {
            // What fails once is tried once more, so that only the way to the server is left.
            let by_the_way = NETWORK.contains(&call.name.as_str()) && output.code() == 5;
            assert!(by_the_way && next.code() == 3, "{what}\nthen {next:?}");
        }
    }
}

#[test] // C09
fn a_refresh_in_which_some_calls_fail() {
    refresh("file", SOME);
}

#[test] // C09
#[ignore = "long: tests/run --long"]
fn a_refresh_in_which_every_call_fails() {
    for store in ["file", "kernel"] {
        refresh(store, Part::All);
    }
}

fn login(part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::logged_in("file");
    let trial = Trial { strace: &strace, stage: &stage, before: &|| (), run: &|| stage.login("default") };
    for (call, error) in cases(&trial.calls(), part) {
        let output = trial.with(&call, &format!("error={error}")).run();
        let what = format!("{error} at {call:?}: {output:?}");
        demand_a_proper_end(output.code(), &what);
        let next = stage.tok("token").run();
        assert_eq!(next.code(), 0, "{what}\nthen {next:?}");
        stage.demand_alive(&next);
        assert!(output.code() != 0 || next.line() == stage.latest(), "{what}");
    }
}

#[test] // C09
fn a_login_in_which_some_calls_fail() {
    login(SOME);
}

#[test] // C09
#[ignore = "long: tests/run --long"]
fn a_login_in_which_every_call_fails() {
    login(Part::All);
}

fn logout(part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new("file");
    let before = || stage.log_in("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok("logout") };
    for (call, error) in cases(&trial.calls(), part) {
        let output = trial.with(&call, &format!("error={error}")).run();
        let what = format!("{error} at {call:?}: {output:?}");
        demand_a_proper_end(output.code(), &what);
        if output.code() != 0 {
            let next = stage.tok("token").run();
            assert!([0, 3].contains(&next.code()), "{what}\nthen {next:?}");
            stage.tok("logout").run().ok();
        }
        assert!(stage.world.remaining().is_empty(), "{what}: {:?}", stage.world.remaining());
    }
}

#[test] // C09, R08
fn a_logout_in_which_some_calls_fail() {
    logout(SOME);
}

#[test] // C09, R08
#[ignore = "long: tests/run --long"]
fn a_logout_in_which_every_call_fails() {
    logout(Part::All);
}

#[test] // C09: nothing can be stored any more, from the moment at which the answer is there
fn a_disk_that_fails_for_good_is_a_stated_loss_without_a_token() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new("file");
    let before = || stage.log_in_expired("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok("token") };
    let calls = trial.calls();
    let sent = position(&calls, "recvfrom");
    for name in ["ftruncate", "fsync", "rename", "fchmod"] {
        let first = calls[sent..].iter().find(|call| call.name == name).unwrap();
        for error in ["ENOSPC", "EIO", "EROFS"] {
            before();
            let log = stage.world.path("work/trace");
            let when = format!("{}+", first.number);
            let run = strace.inject_at(stage.tok("token"), name, &format!("error={error}"), &when, &log);
            let output = run.run();
            output.assert(
                6,
                "",
                "tok: the server issued new tokens, but they could not be stored; the old refresh token may no longer \
                 work\ncaused by: session file: [..]\nhint: [..]\n",
            );
        }
    }
}

#[test] // C09, C02: room is made sure of before anything is sent
fn a_disk_that_is_full_before_costs_nothing() {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::expired("file");
    let log = stage.world.path("work/trace");
    for error in ["ENOSPC", "EDQUOT", "EIO", "EROFS"] {
        let run = strace.inject_at(stage.tok("token"), "fallocate", &format!("error={error}"), "1+", &log);
        run.run().assert(6, "", "tok: the session store failed\ncaused by: session file: [..]\nhint: [..]\n");
        assert_eq!(stage.refreshes(), 0);
    }
    stage.demand_alive(&stage.tok("token").run());
}
