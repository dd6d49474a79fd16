//! A gate: something waits in front of it until the test opens it. No sleeps.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::PATIENCE;

/// Closed at first. Clones are the same gate.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    open: bool,
    waiting: usize,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        lock(&self.0.0).open = true;
        self.0.1.notify_all();
    }

    /// Waits until the gate is open, however long.
    pub fn pass(&self) {
        let mut state = lock(&self.0.0);
        state.waiting += 1;
        self.0.1.notify_all();
        while !state.open {
            state = self.0.1.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
    }

    /// Waits until the gate is open or the time is over; says whether it is open.
    pub fn pass_within(&self, time: Duration) -> bool {
        let deadline = Instant::now() + time;
        let mut state = lock(&self.0.0);
        while !state.open {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.0.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits until `count` callers of [`Gate::pass`] stand in front of the gate.
    pub fn wait_for_waiting(&self, count: usize) {
        let state = lock(&self.0.0);
        let (state, timeout) = self
            .0
            .1
            .wait_timeout_while(state, PATIENCE, |state| state.waiting < count)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!timeout.timed_out(), "{} instead of {count} came to the gate", state.waiting);
    }
}

/// Locks, also after a panic of another thread: the panic itself is what the test reports.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
