//! INT, TERM and HUP at every system call: held back between sending and storing, and nothing is lost at any of them.

use rustix::process::Signal;

use super::{Met, Moment, Part, Trial, holding, position};
use crate::stage::{Stage, death_by};
use crate::support::figures::note;
use crate::support::secret_service::Blow;
use crate::support::strace::Strace;

const SIGNALS: [(Signal, &str); 3] =
    [(Signal::INT, "signal=INT"), (Signal::TERM, "signal=TERM"), (Signal::HUP, "signal=HUP")];

const SOME: Part = Part::Some(6);

/// The moments of a run with a signal at each, another one at each call, and whether it is surely between sending and
/// storing: of the calls of other threads than the first none is.
fn moments(trial: &Trial<'_>, part: Part) -> Vec<(Moment, Signal, bool)> {
    let calls = trial.calls();
    let holding = holding(&calls);
    let stored = match trial.stage.store {
        "file" => position(&calls, "rename"),
        "kernel" => calls.iter().rposition(|call| call.text.starts_with("KEYCTL_UPDATE")).unwrap(),
        // Its messages come in order, its calls do not.
        _ => holding,
    };
    let mut moments = Vec::new();
    // What a signal does depends on no store: with one of them each call has all three, with the others one in turn.
    for shift in 0..if trial.stage.store == "file" { 3 } else { 1 } {
        for (i, call) in calls.iter().enumerate() {
            let (signal, what) = SIGNALS[(i + shift) % 3];
            moments.push((
                Moment::Call(call.clone(), what),
                signal,
                call.is_first_thread && (holding..=stored).contains(&i),
            ));
        }
    }
    let mut moments = part.of(&moments);
    let messages = trial.messages(&[Blow::Signals(Signal::INT)]);
    moments.extend(part.of(&messages).into_iter().map(|message| (message, Signal::INT, false)));
    moments
}

fn signalled(store: &'static str, verb: &str, part: Part) {
    let Some(strace) = Strace::that_reads() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in_expired("default");
    let run = || if verb == "login" { stage.login("default") } else { stage.tok(verb) };
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &run };
    let (mut met, mut held) = (Met::default(), 0);
    for (at, signal, in_window) in moments(&trial, part) {
        let run = trial.with(&at);
        let issued = stage.server.realm(|realm| realm.issued());
        let output = run.run();
        let is_new = stage.server.realm(|realm| realm.issued()) > issued;
        let what = format!("{signal:?} at {at:?}: {output:?}");
        // One that comes when everything is done is late.
        if !met.count(&at, &stage, output.code() == death_by(signal) || is_new && output.code() == 0, &what) {
            continue;
        }
        assert!(!in_window || is_new && output.code() != 0 && output.stdout.is_empty(), "{what}");
        let refreshes = stage.refreshes();
        let next = stage.tok("token").run();
        assert_eq!(next.line(), stage.latest(), "{what}");
        assert!(!is_new || stage.refreshes() == refreshes, "the answer was not stored: {what}");
        assert_eq!(stage.server.realm(|realm| realm.reuses), 0, "{what}");
        held += usize::from(is_new && output.code() != 0);
    }
    met.demand_enough();
    let figure = format!("{} signals, {held} of them held back until the tokens were stored, 0 lost", met.tried);
    note("C08", &format!("{verb}, store {store}"), &figure);
}

#[test] // C08
fn a_signal_at_some_calls_loses_nothing() {
    for (store, verb) in [("file", "token"), ("file", "login"), ("kernel", "refresh"), ("keyring", "token")] {
        signalled(store, verb, SOME);
    }
}

#[test] // C08
#[ignore = "long: tests/run --long"]
fn a_signal_at_every_call_loses_nothing() {
    for store in ["file", "kernel", "keyring"] {
        for verb in ["token", "refresh", "login"] {
            signalled(store, verb, Part::All);
        }
    }
}
