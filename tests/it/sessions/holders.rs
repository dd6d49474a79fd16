//! A holder of the lock that is killed, stopped or slow.

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::process::Running;
use crate::support::server::Answer;
use crate::support::server::setup::Rotation;

#[test] // C05
fn after_a_killed_holder_the_next_goes_on_within_a_second() {
    for store in ["file", "kernel"] {
        let stage = Stage::expired(store);
        // A refresh token that serves twice: what the killed one was sent is lost with it.
        stage.server.set(|setup| setup.rotation = Rotation::Same);
        let gate = stage.server.hold_tokens();
        let holder = stage.tok("token").start();
        gate.wait_for_waiting(1);
        let next = stage.tok("token").start();
        stage.wait_for_waiters(1);
        let killed = Instant::now();
        holder.signal(Signal::KILL);
        stage.server.http.wait_until("the next one's refresh", |_| stage.refreshes() == 2);
        let waited = killed.elapsed();
        assert!(waited < stage.world.at_once(), "{waited:?}");
        note(
            "C05",
            &format!("from the holder's death to the next request, store {store}"),
            &format!("{} ms", waited.as_millis()),
        );
        gate.open();
        holder.wait().code_is(137);
        stage.demand_alive(&next.wait());
    }
}

#[test] // C05
fn the_lock_file_is_never_deleted() {
    let stage = Stage::expired("file");
    let inode = || {
        let files = stage.files("locks");
        assert_eq!(files.len(), 1);
        files[0].metadata().unwrap().ino()
    };
    let first = inode();
    stage.tok("token").run().ok();
    stage.tok("refresh").run().ok();
    stage.log_in("default");
    let gate = stage.server.hold_tokens();
    let holder = stage.tok("refresh").start();
    gate.wait_for_waiting(1);
    holder.signal(Signal::KILL);
    holder.wait().code_is(137);
    gate.open();
    stage.tok("logout").run();
    stage.tok("logout --all --local").run().ok();
    assert_eq!(inode(), first);
}

#[test] // C06
fn a_stopped_holder_does_not_lose_its_lock() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    let holder = stage.tok("token").start();
    gate.wait_for_waiting(1);
    holder.signal(Signal::STOP);
    let next = stage.tok("token").start();
    stage.wait_for_waiters(1);
    gate.open();
    // The answer lies there, and whoever goes on now would send the old refresh token again.
    let other = stage.tok("token").start();
    stage.wait_for_waiters(2);
    assert_eq!(stage.refreshes(), 1);
    holder.signal(Signal::CONT);
    for running in [holder, next, other] {
        assert_eq!(running.wait().line(), stage.latest());
    }
    assert_eq!((stage.refreshes(), stage.server.realm(|realm| realm.reuses)), (1, 0));
}

#[test] // C06
#[ignore = "long: tests/run --long"]
fn the_wait_outlasts_a_server_that_takes_25_seconds() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    let running: Vec<Running> = (0..50).map(|_| stage.tok("token").start()).collect();
    gate.wait_for_waiting(1);
    let began = Instant::now();
    stage.wait_for_waiters(49);
    assert!(!gate.pass_within(Duration::from_secs(25).saturating_sub(began.elapsed())));
    gate.open();
    for running in running {
        assert_eq!(running.wait().line(), stage.latest());
    }
    assert_eq!(stage.refreshes(), 1);
    note("C06", "50 processes, a server that takes 25 s", "1 request, 50 tokens");
}

#[test] // C06
#[ignore = "long: tests/run --long"]
fn the_wait_ends_thirty_seconds_after_the_timeout_and_names_the_holder() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    let holder = stage.tok("token").start();
    gate.wait_for_waiting(1);
    holder.signal(Signal::STOP);
    let began = Instant::now();
    let next = stage.tok("token --timeout 1s").start();
    let text = format!(
        "tok: the session is busy\ncaused by: waited 31 s for another tok process ({}) to finish with this session\n\
         hint: [..]\n",
        holder.pid()
    );
    next.wait().assert(5, "", &text);
    let waited = began.elapsed();
    assert!((Duration::from_secs(31)..Duration::from_secs(50)).contains(&waited), "{waited:?}");
    note("C06", "behind a stopped holder, timeout 1 s", &format!("given up after {:.1} s", waited.as_secs_f64()));
    gate.open();
    holder.signal(Signal::CONT);
    stage.demand_alive(&holder.wait());
}

#[test] // C06: the same without waiting for it: what the kernel is told to wait, at most
fn the_wait_is_bounded_by_the_timeout_and_thirty_seconds() {
    use rustix::time::{ClockId, clock_gettime};
    let Some(strace) = crate::support::strace::Strace::that_reads() else { return };
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    let holder = stage.tok("token").start();
    gate.wait_for_waiting(1);
    let log = stage.world.path("work/trace");
    let began = clock_gettime(ClockId::Monotonic).tv_sec;
    let next = strace.trace(stage.tok("token --timeout 3s"), "futex", &log).start();
    stage.wait_for_waiters(1);
    let trace = || std::fs::read_to_string(&log).unwrap_or_default();
    // FUTEX_WAIT_BITSET until a moment of the monotonic clock.
    crate::stage::poll("the waiting", || trace().contains("{tv_sec="));
    let until: i64 = trace().split("{tv_sec=").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    let now = clock_gettime(ClockId::Monotonic).tv_sec;
    assert!((began + 32..=now + 34).contains(&until), "{began} {now}: until {until}");
    gate.open();
    stage.demand_alive(&holder.wait());
    stage.demand_alive(&next.wait());
}

#[test] // C06
fn a_slow_server_is_waited_for_no_longer_than_the_timeout() {
    let stage = Stage::expired("file");
    stage.server.fail_tokens(1, &Answer::never());
    let began = Instant::now();
    stage.tok("token --timeout 3s").run().code_is(5);
    assert!(began.elapsed() < Duration::from_secs(25), "not the usual timeout");
    stage.demand_alive(&stage.tok("token").run());
}
