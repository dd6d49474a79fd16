//! No terminal, or no questions wanted: nothing is asked, and the error says what to set.

use std::time::{Duration, Instant};

use super::Scene;
use crate::support::process::Output;
use crate::support::run::Run;

/// The run, and the time of the fastest of three: the machine may be busy, the program may not wait.
fn fastest(run: impl Fn() -> Run) -> (Output, Duration) {
    let timed = || {
        let start = Instant::now();
        (run().run(), start.elapsed())
    };
    (0..3).map(|_| timed()).min_by_key(|(_, time)| *time).unwrap()
}

#[test] // U04
fn without_a_terminal_it_ends_within_a_second_and_says_what_to_set() {
    for (profile, said) in [
        (
            "client-id = \"tok\"\nusername = \"ada\"\n",
            "hint: use --password-stdin, --password-file or --password-command, or set TOK_PASSWORD or \
             TOK_PASSWORD_FILE\n",
        ),
        ("client-id = \"tok\"\n", "--username USER (TOK_USERNAME)\n"),
        ("username = \"ada\"\n", "--client-id ID (TOK_CLIENT_ID)\n"),
        (
            "client-id = \"basic\"\nclient-auth = \"basic\"\nusername = \"ada\"\npassword-command = \"echo x\"\n",
            "hint: use --client-secret-file or --client-secret-command, or set TOK_CLIENT_SECRET or \
             TOK_CLIENT_SECRET_FILE\n",
        ),
    ] {
        let scene = Scene::with_profile(profile);
        let (output, time) = fastest(|| scene.world.tok(["login"]));
        assert!(output.code() == 2 && output.stdout.is_empty(), "{}", output.stderr);
        assert!(output.stderr.starts_with("tok: ") && output.stderr.ends_with(said), "{}", output.stderr);
        assert!(time < scene.world.at_once(), "{time:?}");
        assert_eq!(scene.server.count("password"), 0);
    }
}

#[test] // U04
fn standard_input_is_not_read_unless_that_is_asked_for() {
    let scene = Scene::new();
    // Nobody ever writes to this pipe or closes it.
    let (reader, writer) = std::io::pipe().unwrap();
    let (output, time) = fastest(|| scene.world.tok(["login"]).stdin_from(reader.try_clone().unwrap()));
    assert_eq!(output.code(), 2, "{}", output.stderr);
    assert!(time < scene.world.at_once(), "{time:?}");
    drop(writer);
}

#[test] // U04
fn token_without_a_session_asks_nothing_and_sends_nobody_to_a_prompt() {
    let scene = Scene::new();
    let (output, time) = fastest(|| scene.world.tok(["token"]));
    assert!(output.code() == 3 && output.stdout.is_empty(), "{}", output.stderr);
    assert!(output.stderr.starts_with("tok: not logged in\n"), "{}", output.stderr);
    assert!(!output.stderr.contains("hint: tok login\n"), "{}", output.stderr);
    assert!(time < scene.world.at_once(), "{time:?}");
    // Where somebody can type, that is the advice.
    let mut tty = scene.world.tok(["token"]).on_terminal();
    assert_eq!(tty.wait(), 3);
    assert!(tty.output().contains("tok login"), "{}", tty.output());
}

#[test] // U04
fn no_input_asks_nothing_on_a_terminal() {
    let scene = Scene::new();
    for (args, variable) in [(&["login", "--no-input"][..], None), (&["login"], Some("1")), (&["login"], Some("yes"))] {
        let run = scene.world.tok(args);
        let run = variable.into_iter().fold(run, |run, value| run.env("TOK_NO_INPUT", value));
        let mut tty = run.on_terminal();
        assert_eq!(tty.wait(), 2, "{}", tty.output());
        let said = tty.output();
        assert!(said.contains("TOK_PASSWORD") && !said.contains("Password for"), "{said}");
        assert!(said.contains("or leave --no-input (TOK_NO_INPUT) out, to be asked"), "{said}");
    }
    for value in ["0", "", "false"] {
        let mut tty = scene.world.tok(["login"]).env("TOK_NO_INPUT", value).on_terminal();
        scene.answer_password(&mut tty);
        assert_eq!(tty.wait(), 0, "{}", tty.output());
    }
}

#[test] // U04
fn where_no_terminal_is_nobody_is_told_to_leave_no_input_out() {
    let scene = Scene::new();
    let output = scene.world.tok(["login", "--no-input"]).run().code_is(2);
    assert!(!output.stderr.contains("--no-input"), "{}", output.stderr);
}

#[test]
fn a_terminal_does_not_matter_when_nothing_is_missing() {
    let scene = Scene::new();
    let output = scene.world.tok(["login", "--no-input", "--password-stdin"]).stdin(scene.server.password("ada")).run();
    output.code_is(0);
    scene.is_logged_in();
}
