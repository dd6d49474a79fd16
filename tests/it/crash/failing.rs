//! Every call that can fail fails once, in every way that disks and tables fail.

use super::{Met, Moment, Part, Trial, position};
use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::process::Output;
use crate::support::secret_service::Blow;
use crate::support::strace::{Call, Strace};

const ERRORS: [&str; 5] = ["error=ENOSPC", "error=EIO", "error=EMFILE", "error=EROFS", "error=EINTR"];

/// What else the kernel's keyring says.
const KEY_ERRORS: [&str; 3] = ["error=EDQUOT", "error=ENOKEY", "error=EACCES"];

const SOME: Part = Part::Some(6);

const STORES: [&str; 3] = ["file", "kernel", "keyring"];

/// Calls that talk with the server: where one of them fails after the sending, nobody can know the answer.
const NETWORK: [&str; 9] =
    ["socket", "connect", "writev", "recvfrom", "epoll_wait", "epoll_ctl", "setsockopt", "getsockopt", "shutdown"];

/// Calls that do not fail, or whose failing nobody could use: memory, the start and the end of threads, one's own
/// process; and a few random bytes, which are there once the machine has started.
const INFALLIBLE: [&str; 14] = [
    "brk",
    "exit",
    "exit_group",
    "futex",
    "geteuid",
    "getpid",
    "getrandom",
    "gettid",
    "madvise",
    "mmap",
    "munmap",
    "rseq",
    "set_robust_list",
    "sigaltstack",
];

/// Each fallible call with each error, and each message to the keyring refused or cut off.
fn moments(trial: &Trial<'_>, part: Part) -> Vec<Moment> {
    // Eight bytes are written to wake the runtime, by way of the kernel's memory alone.
    let wakes = |call: &Call| call.name == "write" && call.text.ends_with("= 8");
    let calls = trial.calls();
    let fallible = calls.iter().filter(|call| !INFALLIBLE.contains(&call.name.as_str()) && !wakes(call));
    // The kernel knows no other reason to end that wait; the runtime panics at one that does not exist.
    let exists = |call: &Call, error: &str| call.name != "epoll_wait" || error == "error=EINTR";
    // Another error at each step, so that a part has all of them.
    // Most calls are the same whatever the store: with the others than the file each fails in one way, in turn.
    let ways = if trial.stage.store == "file" { ERRORS.len() } else { 1 };
    let mut moments: Vec<Moment> = (0..ways)
        .flat_map(|shift| fallible.clone().enumerate().map(move |(i, call)| (call, i + shift)))
        .map(|(call, i)| (call, ERRORS[i % ERRORS.len()]))
        .filter(|(call, error)| exists(call, error))
        .map(|(call, error)| Moment::Call(call.clone(), error))
        .collect();
    // To one who searches or reads, ENOKEY is no failure but the answer, which nobody can know to be wrong.
    let is_answer = |call: &Call, error: &str| {
        let asks = ["KEYCTL_SEARCH", "KEYCTL_READ"].iter().any(|what| call.text.starts_with(what));
        asks && error == "error=ENOKEY"
    };
    let keys = fallible.filter(|call| matches!(call.name.as_str(), "keyctl" | "add_key"));
    for call in keys {
        let errors = KEY_ERRORS.into_iter().filter(|error| !is_answer(call, error));
        moments.extend(errors.map(|error| Moment::Call(call.clone(), error)));
    }
    let mut moments = part.of(&moments);
    moments.extend(part.of(&trial.messages(&[Blow::Refuses, Blow::HangsUpBefore, Blow::HangsUpAfter])));
    moments
}

/// What became of the session.
#[derive(PartialEq, Eq)]
enum Session {
    Whole,
    /// The call that failed was one of those to the server, while the request was under way.
    LostOnTheWay,
}

/// Every moment of a run: what came of each, and the run itself.
fn each(trial: &Trial<'_>, verb: &str, part: Part, check: impl Fn(&Moment, &Output, &str) -> Session) {
    let (mut met, mut lost) = (Met::default(), 0);
    for moment in moments(trial, part) {
        let output = trial.with(&moment).run();
        let what = format!("{moment:?}: {output:?}");
        // A panic is a fault of ours, and so is death. The keyring's library alone panics where it cannot start, which is
        // before anything is sent; that it finds no file or thread is told before, see `keyring_faults`.
        let panicked = output.stderr.contains("internal error");
        let is_the_librarys = trial.stage.keyring.is_some() && output.stderr.contains("/async-io-");
        assert!((0..=6).contains(&output.code()) && (!panicked || is_the_librarys), "{what}");
        let log = std::fs::read_to_string(trial.stage.world.path("work/trace")).unwrap_or_default();
        met.count(&moment, trial.stage, matches!(moment, Moment::Message(..)) || log.contains("(INJECTED)"), &what);
        lost += usize::from(check(&moment, &output, &what) == Session::LostOnTheWay);
    }
    met.demand_enough();
    let (store, failed) = (trial.stage.store, met.tried - met.missed);
    let each = if store == "file" { "" } else { "one error a call, " };
    let figure = format!("{failed} failures, {each}{lost} lost on the way to the server, else 0");
    note("C09", &format!("{verb}, store {store}"), &figure);
}

fn refresh(store: &'static str, verb: &str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in_expired("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok(verb) };
    each(&trial, verb, part, |moment, output, what| {
        let next = stage.tok("token").run();
        if output.code() == 0 {
            let printed = if verb == "token" { format!("{}\n", stage.latest()) } else { String::new() };
            assert!(output.stdout == printed && next.line() == stage.latest(), "{what}");
            return Session::Whole;
        }
        assert_eq!(output.stdout, "", "{what}");
        if next.code() == 0 {
            stage.demand_alive(&next);
            Session::Whole
        } else {
            // What fails once is tried once more, so that only the way to the server is left.
            let is_network = matches!(moment, Moment::Call(call, _) if NETWORK.contains(&call.name.as_str()));
            assert!(is_network && output.code() == 5 && next.code() == 3, "{what}\nthen {next:?}");
            Session::LostOnTheWay
        }
    });
}

#[test] // C09
fn a_refresh_in_which_some_calls_fail() {
    for store in STORES {
        refresh(store, "token", SOME);
        refresh(store, "refresh", SOME);
    }
}

#[test] // C09
#[ignore = "long: tests/run --long"]
fn a_refresh_in_which_every_call_fails() {
    for store in STORES {
        refresh(store, "token", Part::All);
        refresh(store, "refresh", Part::All);
    }
}

fn login(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::logged_in(store);
    let trial = Trial { strace: &strace, stage: &stage, before: &|| (), run: &|| stage.login("default") };
    each(&trial, "login over a session", part, |_, output, what| {
        let next = stage.tok("token").run();
        assert_eq!(next.code(), 0, "{what}\nthen {next:?}");
        stage.demand_alive(&next);
        assert!(output.code() != 0 || next.line() == stage.latest(), "{what}");
        Session::Whole
    });
}

/// A first login: there is a session afterwards, or none, and the next login makes one.
fn first_login(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    // Where the profile is not saved yet, nothing else says where the session is.
    stage.world.set_env("TOK_STORE", store);
    let before = || stage.forget_everything();
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.login("default") };
    each(&trial, "first login", part, |_, output, what| {
        let next = stage.tok("token").run();
        assert!(next.code() == 0 || output.code() != 0 && next.code() == 3, "{what}\nthen {next:?}");
        stage.log_in("default");
        assert_eq!(stage.tok("token").run().line(), stage.latest(), "{what}");
        Session::Whole
    });
}

#[test] // C09
fn a_login_in_which_some_calls_fail() {
    for store in STORES {
        first_login(store, SOME);
        login(store, SOME);
    }
}

#[test] // C09
#[ignore = "long: tests/run --long"]
fn a_login_in_which_every_call_fails() {
    for store in STORES {
        first_login(store, Part::All);
        login(store, Part::All);
    }
}

fn logout(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok("logout") };
    each(&trial, "logout", part, |_, output, what| {
        if output.code() != 0 {
            let next = stage.tok("token").run();
            assert!([0, 3].contains(&next.code()), "{what}\nthen {next:?}");
            stage.tok("logout").run().ok();
        }
        assert!(stage.remaining().is_empty(), "{what}: {:?}", stage.remaining());
        Session::Whole
    });
}

#[test] // C09, R08
fn a_logout_in_which_some_calls_fail() {
    for store in STORES {
        logout(store, SOME);
    }
}

#[test] // C09, R08
#[ignore = "long: tests/run --long"]
fn a_logout_in_which_every_call_fails() {
    for store in STORES {
        logout(store, Part::All);
    }
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
