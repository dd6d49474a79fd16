//! Killed at a system call, which is then not made, or at a message to the keyring, before or after it has an effect.

use super::{Met, Moment, Part, Trial, holding, position};
use crate::stage::Stage;
use crate::support::figures::note;
use crate::support::secret_service::Blow;
use crate::support::strace::{Call, Strace};

const SOME: Part = Part::Some(4);

/// Every store in which a session outlives the process.
const STORES: [&str; 3] = ["file", "kernel", "keyring"];

/// The runs that are killed: the moment of each, and what was left of it.
struct Kills<'a> {
    trial: &'a Trial<'a>,
    calls: Vec<Call>,
    moments: std::vec::IntoIter<Moment>,
    met: Met,
}

impl<'a> Kills<'a> {
    fn new(trial: &'a Trial<'a>, part: Part) -> Self {
        let calls = trial.calls();
        let mut moments: Vec<Moment> =
            part.of(&calls).into_iter().map(|call| Moment::Call(call, "signal=KILL")).collect();
        moments.extend(part.of(&trial.messages(&[Blow::KillsBefore, Blow::KillsAfter])));
        Self { trial, calls, moments: moments.into_iter(), met: Met::default() }
    }

    /// Leaves what was tried: in the test's output, and as a figure.
    fn done(self, verb: &str, more: &str) {
        self.met.demand_enough();
        let (store, killed) = (self.trial.stage.store, self.met.tried - self.met.missed);
        note("C07", &format!("{verb} killed, store {store}"), &format!("{killed} moments, {more}"));
    }
}

impl Iterator for Kills<'_> {
    /// When a run was killed, and what it had printed.
    type Item = (Moment, String);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.moments.next()?;
            let output = self.trial.with(&at).run();
            let what = format!("{at:?}: {output:?}");
            if self.met.count(&at, self.trial.stage, output.code() == 137, &what) {
                return Some((at, output.stdout));
            }
            // Then it is a run like any other.
            assert_eq!(output.code(), 0, "{what}");
        }
    }
}

/// What the run after a kill gives: a token that is alive, or a clear word that a login is needed.
#[track_caller]
fn next_works_or_asks_for_login(stage: &Stage, at: &Moment) -> Option<String> {
    let next = stage.tok("token").run();
    if next.code() == 3 {
        assert!(next.stdout.is_empty() && next.stderr.contains("hint:"), "killed at {at:?}: {next:?}");
        return None;
    }
    assert_eq!(next.code(), 0, "killed at {at:?}: {next:?}");
    stage.demand_alive(&next);
    Some(next.line().to_owned())
}

/// There is one session, and nothing beside it.
#[track_caller]
fn demand_one_session(stage: &Stage, at: &Moment) {
    let count = match &stage.keyring {
        Some(keyring) => keyring.secrets().len(),
        None if stage.store == "file" => stage.files("sessions").len(),
        None => 1,
    };
    assert_eq!(count, 1, "{at:?}");
}

/// A refresh: lost only if killed between the sending and the storing, and never when the token was printed.
fn refresh(store: &'static str, verb: &str, part: Part) {
    let Some(strace) = Strace::that_reads() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in_expired("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok(verb) };
    let mut kills = Kills::new(&trial, part);
    let mut lost = Vec::new();
    for (at, stdout) in kills.by_ref() {
        match next_works_or_asks_for_login(&stage, &at) {
            Some(token) => assert!([String::new(), format!("{token}\n")].contains(&stdout), "{at:?}"),
            None => {
                assert_eq!(stdout, "", "lost after a print at {at:?}");
                lost.push(at.clone());
            }
        }
        // The server had answered the one that was killed, or nothing would be lost.
        assert_eq!(stage.server.realm(|realm| realm.reuses), lost.len(), "lost without need at {at:?}");
        stage.log_in("default");
        stage.demand_alive(&stage.tok("token").run());
        demand_one_session(&stage, &at);
    }
    if store == "file" {
        let window = &kills.calls[holding(&kills.calls)..=position(&kills.calls, "rename")];
        // Other threads go on beside the first, and end when they can.
        let in_window =
            |at: &Moment| matches!(at, Moment::Call(call, _) if !call.is_first_thread || window.contains(call));
        assert!(lost.iter().all(in_window), "lost at {lost:?}");
    }
    kills.done(verb, &format!("{} between sending and storing lost, 0 after a print", lost.len()));
}

#[test] // C07
fn a_refresh_killed_at_some_calls() {
    for store in STORES {
        refresh(store, "token", SOME);
    }
}

#[test] // C07
#[ignore = "long: tests/run --long"]
fn a_refresh_killed_at_every_call() {
    for store in STORES {
        refresh(store, "token", Part::All);
        refresh(store, "refresh", Part::All);
    }
}

/// A first login: there is a session afterwards, or there is none.
fn login(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    // Where the profile is not saved yet, nothing else says where the session is.
    stage.world.set_env("TOK_STORE", store);
    let before = || stage.forget_everything();
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.login("default") };
    let mut kills = Kills::new(&trial, part);
    for (at, _) in kills.by_ref() {
        next_works_or_asks_for_login(&stage, &at);
        stage.log_in("default");
        let next = next_works_or_asks_for_login(&stage, &at);
        assert_eq!(next, Some(stage.latest()), "{at:?}");
        demand_one_session(&stage, &at);
    }
    kills.done("first login", "a session or none");
}

#[test] // C07
fn a_first_login_killed_at_some_calls() {
    for store in STORES {
        login(store, SOME);
    }
}

#[test] // C07
#[ignore = "long: tests/run --long"]
fn a_first_login_killed_at_every_call() {
    for store in STORES {
        login(store, Part::All);
    }
}

/// A login over a session: the old one or the new one is there, always.
fn login_again(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::logged_in(store);
    let trial = Trial { strace: &strace, stage: &stage, before: &|| (), run: &|| stage.login("default") };
    let mut kills = Kills::new(&trial, part);
    for (at, _) in kills.by_ref() {
        let token = next_works_or_asks_for_login(&stage, &at);
        assert!(token.is_some(), "lost at {at:?}");
    }
    kills.done("login over a session", "0 lost");
}

#[test] // C07
fn a_login_over_a_session_killed_at_some_calls() {
    for store in STORES {
        login_again(store, SOME);
    }
}

#[test] // C07
#[ignore = "long: tests/run --long"]
fn a_login_over_a_session_killed_at_every_call() {
    for store in STORES {
        login_again(store, Part::All);
    }
}

/// A logout: what it left, the next one finishes.
fn logout(store: &'static str, part: Part) {
    let Some(strace) = Strace::find() else { return };
    let stage = Stage::new(store);
    let before = || stage.log_in("default");
    let trial = Trial { strace: &strace, stage: &stage, before: &before, run: &|| stage.tok("logout") };
    let mut kills = Kills::new(&trial, part);
    for (at, _) in kills.by_ref() {
        let next = stage.tok("token").run();
        assert!([0, 3].contains(&next.code()), "killed at {at:?}: {next:?}");
        stage.tok("logout").run().ok();
        assert!(stage.remaining().is_empty(), "{at:?}: {:?}", stage.remaining());
        assert_eq!(stage.server.realm(|realm| realm.living_sessions()), 0, "{at:?}");
    }
    kills.done("logout", "nothing left after the next");
}

#[test] // C07, C10, R08
fn a_logout_killed_at_some_calls() {
    for store in STORES {
        logout(store, SOME);
    }
}

#[test] // C07, C10, R08
#[ignore = "long: tests/run --long"]
fn a_logout_killed_at_every_call() {
    for store in STORES {
        logout(store, Part::All);
    }
}
