//! Servers that do anything: thousands of answers, made of statuses, headers, bodies, codings and ways to break off, at
//! the token endpoint (login and refresh), at discovery, at revocation and at userinfo.
//!
//! - [`answers`]: the answers, and what each of them is
//! - [`bodies`]: what is in them
//! - [`model`]: what each must come to, told a second time in a few lines
//! - [`stage`]: one run against one answer, and everything that must hold of it
//!
//! A part runs always; all of it by `cargo test -- --ignored hostile`, or `tests/run --long`.

mod answers;
mod bodies;
mod model;
mod stage;

use std::sync::Mutex;

use answers::Case;
use model::Place;
use stage::Stage;

use crate::support::figures::note;
use crate::support::gate::lock;

/// So many stages at a time: a stage waits for its program, and the program for the disk.
const STAGES: usize = 3;

/// Plays these cases, and fails with a list of all that went wrong.
fn play(place: Place, cases: Vec<Case>) {
    let waiting = Mutex::new(cases.into_iter());
    let perform = || {
        let stage = Stage::new(place);
        let next = || lock(&waiting).next();
        let fault = |case: Case| stage.play(&case).err().map(|fault| format!("{place:?}, {}:\n{fault}", case.name));
        let faults: Vec<String> = std::iter::from_fn(next).filter_map(fault).collect();
        assert!(faults.is_empty(), "{} cases went wrong:\n\n{}", faults.len(), faults.join("\n\n"));
    };
    std::thread::scope(|scope| (0..STAGES).for_each(|_| drop(scope.spawn(perform))));
}

/// Every n-th of them, from a start of its own for each place.
fn some(place: Place, cases: Vec<Case>, step: usize) -> Vec<Case> {
    cases.into_iter().skip(place as usize % step).step_by(step).collect()
}

/// The steps are primes and no divisors of the numbers of statuses and bodies: each of them gets its turn.
const STEP: usize = 29;

#[test] // U01, U07, S04, P11, T03, C04
fn some_answers_to_a_login_come_to_what_they_must() {
    play(Place::Login, some(Place::Login, answers::all(Place::Login), STEP));
}

#[test] // U01, U07, C04
fn some_answers_to_a_refresh_come_to_what_they_must() {
    play(Place::Refresh, some(Place::Refresh, answers::all(Place::Refresh), STEP));
}

#[test] // U01, U07, P13
fn some_answers_to_discovery_come_to_what_they_must() {
    play(Place::Discovery, some(Place::Discovery, answers::all(Place::Discovery), STEP));
}

#[test] // U01, U07, P15
fn some_answers_to_a_revocation_come_to_what_they_must() {
    play(Place::Revocation, some(Place::Revocation, answers::all(Place::Revocation), STEP));
}

#[test] // U01, U07, P16
fn some_answers_to_a_question_come_to_what_they_must() {
    play(Place::Userinfo, some(Place::Userinfo, answers::all(Place::Userinfo), STEP));
}

#[test] // T04, C04
fn a_good_answer_that_ends_at_some_byte_is_no_answer() {
    for place in [Place::Login, Place::Refresh] {
        play(place, some(place, answers::cut(place), 23));
    }
}

#[test]
#[ignore = "long"] // U01, U07, S04, P11, T03, C04, P13, P15
fn every_answer_comes_to_what_it_must() {
    for place in Place::ALL {
        let cases = answers::all(place);
        let figure = format!("{} answers, 0 secrets shown, exit code and session as they must be", cases.len());
        play(place, cases);
        note("C04", &format!("hostile answers, {place:?}"), &figure);
    }
}

#[test]
#[ignore = "long"] // T04, C04
fn a_good_answer_that_ends_at_any_byte_is_no_answer() {
    for place in Place::ALL {
        let cases = answers::cut(place);
        let figure = format!("{} answers, none of them taken", cases.len());
        play(place, cases);
        note("T04", &format!("an answer cut after each byte, {place:?}"), &figure);
    }
}

#[test]
fn there_are_enough_of_them_and_none_twice() {
    let count = |place| {
        let mut names: Vec<String> = answers::all(place).into_iter().map(|case| case.name).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "{place:?}");
        all
    };
    let counts = Place::ALL.map(count);
    assert!(counts.iter().sum::<usize>() > 1000, "{counts:?}");
    assert!(counts.iter().all(|count| *count > 200), "{counts:?}");
}
