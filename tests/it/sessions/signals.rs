//! INT, TERM and HUP while the answer of a refresh is under way.

use rustix::process::Signal;

use crate::stage::{Stage, death_by, poll};
use crate::support::server::setup::Rotation;

const ALL: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

#[test] // C08
fn a_signal_waits_until_the_new_tokens_are_stored() {
    for store in ["file", "kernel"] {
        for signal in ALL {
            for verb in ["token", "refresh"] {
                let stage = Stage::expired(store);
                let gate = stage.server.hold_tokens();
                let running = stage.tok(verb).start();
                gate.wait_for_waiting(1);
                running.signal(signal);
                gate.open();
                let output = running.wait();
                assert_eq!(output.code(), death_by(signal), "{store} {verb}: {output:?}");
                assert_eq!(output.stdout, "", "death comes before the token is printed");
                assert_eq!(stage.tok("token").run().line(), stage.latest());
                assert_eq!((stage.refreshes(), stage.server.realm(|realm| realm.reuses)), (1, 0));
            }
        }
    }
}

#[test] // C08
fn a_signal_to_one_who_waits_for_the_lock_ends_it_at_once() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    let holder = stage.tok("token").start();
    gate.wait_for_waiting(1);
    for signal in ALL {
        let waiter = stage.tok("token").start();
        stage.wait_for_waiters(1);
        waiter.signal(signal);
        waiter.wait().code_is(death_by(signal));
    }
    gate.open();
    stage.demand_alive(&holder.wait());
}

#[test] // C08
fn a_second_interrupt_abandons() {
    let stage = Stage::expired("file");
    stage.server.set(|setup| setup.rotation = Rotation::Same);
    let gate = stage.server.hold_tokens();
    let running = stage.tok("token").start();
    gate.wait_for_waiting(1);
    let status = format!("/proc/{}/status", running.pid());
    let caught = |name: &str| {
        let text = std::fs::read_to_string(&status).unwrap();
        let mask = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << (Signal::INT.as_raw() - 1)) != 0
    };
    assert!(caught("SigCgt:"));
    running.signal(Signal::INT);
    // The handler for the first is good for one; two at the same moment would be one.
    poll("the first interrupt", || !caught("SigCgt:"));
    assert!(!stage.tok("show").run().stderr.contains("damaged"));
    running.signal(Signal::INT);
    running.wait().code_is(130);
    stage.server.set(|setup| setup.token_gate = None);
    stage.demand_alive(&stage.tok("token").run());
    assert_eq!(stage.refreshes(), 2, "the first answer was abandoned");
    gate.open();
}

#[test] // C08
fn what_is_ignored_stays_ignored() {
    let stage = Stage::expired("file");
    let gate = stage.server.hold_tokens();
    // As `nohup` does it.
    let script = "trap '' HUP; exec \"$0\" token";
    let run = stage.world.command("/bin/sh").arg("-c").arg(script).arg(crate::tok());
    let running = run.may_print(crate::support::canary::Kind::AccessToken).start();
    gate.wait_for_waiting(1);
    running.signal(Signal::HUP);
    gate.open();
    assert_eq!(running.wait().line(), stage.latest());
}

#[test] // C08: a login is asked for no second time either
fn a_signal_during_a_login_leaves_a_session_or_none() {
    for signal in ALL {
        let stage = Stage::new("file");
        let gate = stage.server.hold_tokens();
        let running = stage.login("default").start();
        gate.wait_for_waiting(1);
        running.signal(signal);
        gate.open();
        running.wait().code_is(death_by(signal));
        stage.server.set(|setup| setup.token_gate = None);
        let output = stage.tok("token --store file").run();
        assert_eq!(output.line(), stage.latest());
    }
}
