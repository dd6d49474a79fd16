//! The program killed at every system call, and every system call failing once (INJ). Without strace nothing is tried,
//! and the tests say so. By default a part of the calls is tried, evenly spread; with `tests/run --long` all.
//!
//! - [`killed`]: whatever the moment, the next run works or says that a login is needed
//! - [`failing`]: whatever fails, the session is not lost, or the loss is stated and nothing is printed
//! - [`window`]: how long new tokens are in memory alone

mod failing;
mod killed;
mod window;

use crate::stage::Stage;
use crate::support::run::Run;
use crate::support::strace::{Call, Strace};

/// One way to run the program, and what it is to be tried on.
struct Trial<'a> {
    strace: &'a Strace,
    stage: &'a Stage,
    /// Puts the stage into the state before the run.
    before: &'a dyn Fn(),
    run: &'a dyn Fn() -> Run,
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

    /// One run in which something befalls a call.
    fn with(&self, call: &Call, what: &str) -> Run {
        (self.before)();
        self.strace.inject((self.run)(), call, what, &self.stage.world.path("work/trace"))
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
