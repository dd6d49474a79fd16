//! The program killed at every system call, and every system call failing once (INJ). Without strace nothing is tried,
//! and the tests say so. By default a part of the calls is tried, evenly spread; with `tests/run --long` all.
//!
//! - [`killed`]: whatever the moment, the next run works or says that a login is needed
//! - [`failing`]: whatever fails, the session is not lost, or the loss is stated and nothing is printed
//! - [`held`]: whatever the moment of a signal, nothing is lost
//! - [`window`]: how long new tokens are in memory alone

mod failing;
mod held;
mod killed;
mod window;

use crate::stage::Stage;
use crate::support::run::Run;
use crate::support::secret_service::Blow;
use crate::support::strace::{Call, Strace};

/// One way to run the program, and what it is to be tried on.
struct Trial<'a> {
    strace: &'a Strace,
    stage: &'a Stage,
    /// Puts the stage into the state before the run.
    before: &'a dyn Fn(),
    run: &'a dyn Fn() -> Run,
}

/// A moment of a run at which something befalls it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Moment {
    /// A system call, and what strace does to it.
    Call(Call, &'static str),
    /// The how many-th message to the keyring, and what the service does to it. What the keyring's threads do between
    /// two messages is seen by nobody else, so that these are its states.
    Message(usize, Blow),
}

impl Trial<'_> {
    /// The system calls of the run, without those of the loader and the runtime before `main`: the first thing that the
    /// program does is to forbid being dumped.
    fn calls(&self) -> Vec<Call> {
        (self.before)();
        let calls = self.strace.calls((self.run)());
        let main = calls.iter().position(|call| call.text.starts_with("PR_SET_DUMPABLE")).expect("it hardens itself");
        calls[main + 1..].to_vec()
    }

    /// The messages of the run to the keyring, if it is kept there, each with each of these blows.
    fn messages(&self, blows: &[Blow]) -> Vec<Moment> {
        let Some(keyring) = &self.stage.keyring else { return Vec::new() };
        (self.before)();
        let first = keyring.messages();
        (self.run)().run().ok();
        let count = keyring.messages() - first;
        (0..count).flat_map(|number| blows.iter().map(move |blow| Moment::Message(number, *blow))).collect()
    }

    /// One run in which something befalls it.
    fn with(&self, moment: &Moment) -> Run {
        (self.before)();
        match moment {
            Moment::Call(call, what) => {
                self.strace.inject((self.run)(), call, what, &self.stage.world.path("work/trace"))
            }
            Moment::Message(number, blow) => {
                self.stage.keyring.as_ref().unwrap().strike(*number, *blow);
                (self.run)()
            }
        }
    }
}

/// How many moments were tried, and how many were not met: threads come in another order each time, so that a call that
/// not the first of them makes can have another number.
#[derive(Default)]
struct Met {
    tried: usize,
    missed: usize,
}

impl Met {
    /// Counts a moment. Says whether it was met.
    #[track_caller]
    fn count(&mut self, at: &Moment, stage: &Stage, met: bool, what: &str) -> bool {
        self.tried += 1;
        self.missed += usize::from(!met);
        // Whether a thread has to wait for another is no matter of order.
        let is_sure = |call: &Call| call.is_first_thread && call.name != "futex" && stage.keyring.is_none();
        let is_sure = matches!(at, Moment::Call(call, _) if is_sure(call));
        assert!(met || !is_sure, "not met: {what}");
        met
    }

    #[track_caller]
    fn demand_enough(&self) {
        assert!(self.missed * 5 <= self.tried, "{} of {} were not met", self.missed, self.tried);
    }
}

/// How much is tried.
#[derive(Clone, Copy)]
enum Part {
    /// So many, evenly spread.
    Some(usize),
    All,
}

impl Part {
    fn of<T: Clone>(self, all: &[T]) -> Vec<T> {
        match self {
            Self::All => all.to_vec(),
            Self::Some(count) => {
                let step = all.len().div_ceil(count).max(1);
                all.iter().skip(step / 2).step_by(step).cloned().collect()
            }
        }
    }
}

/// Where in the list a call is.
#[track_caller]
fn position(calls: &[Call], name: &str) -> usize {
    calls.iter().position(|call| call.name == name).unwrap_or_else(|| panic!("no {name} in {calls:?}"))
}

/// The place after the call with which a run has begun to hold signals back: nothing is sent before, but what finds the
/// endpoints. INT, TERM and HUP each have a call, this one is the last.
#[track_caller]
fn holding(calls: &[Call]) -> usize {
    let holds = |call: &Call| call.name == "rt_sigaction" && call.text.starts_with("SIGHUP, {");
    calls.iter().position(holds).expect("it holds signals back") + 1
}
