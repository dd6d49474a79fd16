//! Echo, signals, job control.

#![cfg(unix)]

use rustix::process::Signal;

use super::panic_of;
use crate::support::canary::Kind;
use crate::support::pty::{CTRL_C, CTRL_Z, Pty, SHELL_PROMPT, shell};
use crate::support::run::World;
use crate::world;

/// A script on a terminal of its own.
fn script(world: &World, text: &str) -> Pty {
    world.command("/bin/sh").arg("-c").arg(text).on_terminal()
}

#[test] // PTY
fn echo_off_is_seen_and_keeps_what_is_typed_off_the_screen() {
    let world = world();
    let secret = world.canaries().make(Kind::Password);
    let mut tty = script(&world, "stty -echo; printf 'Password: ' >/dev/tty; read x; stty echo; echo; echo got ${#x}");
    tty.expect("Password: ");
    assert!(!tty.echo());
    tty.send(&format!("{secret}\n"));
    tty.expect(&format!("got {}", secret.len()));
    tty.wait_for_echo(true);
    assert_eq!(tty.wait(), 0);
    assert!(!tty.output().contains(&secret));
}

#[test] // PTY
fn what_is_typed_with_echo_on_is_found_on_the_screen() {
    let world = world();
    let secret = world.canaries().make(Kind::Password);
    let mut tty = script(&world, "read x; echo done");
    assert!(tty.echo());
    tty.send(&format!("{secret}\n"));
    tty.expect("done");
    assert_eq!(tty.wait(), 0);
    drop(tty);
    assert!(panic_of(|| drop(world)).contains("in the terminal of `sh -c read x; echo done`, raw"));
}

#[test] // PTY
fn keys_and_signals_arrive() {
    let world = world();
    let mut tty = script(&world, "echo ready; read x");
    tty.expect("ready");
    tty.send(CTRL_C);
    assert_eq!(tty.wait(), 130);
    let mut tty = script(&world, "trap 'echo caught; exit 7' TERM; echo ready; while :; do read x; done");
    tty.expect("ready");
    tty.signal(Signal::TERM);
    tty.expect("caught");
    assert_eq!(tty.wait(), 7);
    let mut tty = script(&world, "echo ready; read x; echo back");
    tty.expect("ready");
    tty.signal(Signal::STOP);
    tty.wait_for_stop();
    tty.signal(Signal::CONT);
    tty.send("\n");
    tty.expect("back");
    assert_eq!(tty.wait(), 0);
}

#[test] // PTY
fn a_shell_stops_and_resumes_its_job() {
    let world = world();
    let mut tty = shell(&world, crate::tok());
    tty.send("cat\n");
    tty.expect("cat");
    tty.send("one\n");
    tty.expect("one\r\none");
    tty.send(CTRL_Z);
    tty.expect("Stopped");
    tty.expect(SHELL_PROMPT);
    tty.send("fg\n");
    tty.expect("fg\r\ncat\r\n"); // the shell names the job that it resumes
    tty.send("two\n");
    tty.expect("two\r\ntwo");
    tty.signal_foreground(Signal::TERM);
    tty.expect(SHELL_PROMPT);
    tty.send("exit 3\n");
    assert_eq!(tty.wait(), 3);
}

#[test] // PTY
fn a_stream_can_be_elsewhere_while_the_terminal_is_there() {
    let world = world();
    let file = std::fs::File::create(world.path("tmp/out")).unwrap();
    let run = world.command("/bin/sh").arg("-c").arg("echo away; test -t 0 && echo here >/dev/tty").stdout_to(file);
    let mut tty = run.on_terminal();
    tty.expect("here");
    assert_eq!(tty.wait(), 0);
    assert_eq!(std::fs::read_to_string(world.path("tmp/out")).unwrap(), "away\n");
}

#[test] // PTY
fn a_program_that_says_nothing_fails_the_expectation() {
    let world = world();
    let mut tty = script(&world, "echo something else");
    assert!(panic_of(|| drop(tty.expect("Password: "))).contains("it said \"something else\\r\\n\""));
}
