//! Signals and keys while something is asked or waited for.

use rustix::process::Signal;
use rustix::termios::LocalModes;

use super::Scene;
use crate::support::pty::{CTRL_BACKSLASH, CTRL_C, CTRL_Z, Pty, SHELL_PROMPT, shell};
#[cfg(target_os = "linux")]
use crate::support::run::Run;

/// A shell in which `tok login` asks for the password, half of which has been typed.
fn half_typed(scene: &Scene) -> Pty {
    let mut tty = shell(&scene.world, crate::tok());
    tty.send("tok login\n");
    tty.expect(&scene.password_prompt());
    assert!(!tty.echo());
    tty.send("half a secret");
    tty
}

#[track_caller]
fn ended_with(mut tty: Pty, code: i32) {
    tty.expect(SHELL_PROMPT);
    assert!(tty.modes().contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG), "{:?}", tty.modes());
    tty.send("echo code=$?\n");
    tty.expect(&format!("code={code}"));
    assert!(!tty.output().contains("half a secret"), "{}", tty.output());
}

#[test] // U03
fn a_signal_at_the_prompt_gives_the_echo_back() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129), (Signal::QUIT, 131)] {
        let scene = Scene::new();
        let tty = half_typed(&scene);
        tty.signal_foreground(signal);
        ended_with(tty, code);
        assert_eq!(scene.server.count("password"), 0);
        scene.is_not_logged_in();
    }
}

#[test] // U03
fn keys_that_interrupt_give_the_echo_back() {
    for (key, code) in [(CTRL_C, 130), (CTRL_BACKSLASH, 131)] {
        let scene = Scene::new();
        let mut tty = half_typed(&scene);
        tty.send(key);
        ended_with(tty, code);
        assert_eq!(scene.server.count("password"), 0);
    }
}

#[test] // U03
fn a_stopped_prompt_gives_the_echo_back_and_asks_anew_when_it_goes_on() {
    let scene = Scene::new();
    let mut tty = half_typed(&scene);
    for _ in 0..2 {
        tty.send(CTRL_Z);
        tty.expect("Stopped");
        tty.expect(SHELL_PROMPT);
        assert!(tty.echo());
        tty.send("echo at the shell\n");
        tty.expect("\nat the shell");
        tty.expect(SHELL_PROMPT);
        tty.send("fg\n");
        tty.expect(&scene.password_prompt());
        assert!(!tty.echo());
    }
    tty.send(&format!("{}\n", scene.server.password("ada")));
    tty.expect("logged in as ada");
    ended_with(tty, 0);
    scene.is_logged_in();
}

#[test] // U03
fn a_question_with_echo_can_be_interrupted_too() {
    let scene = Scene::with_profile("client-id = \"tok\"\n");
    let mut tty = shell(&scene.world, crate::tok());
    tty.send("tok login\n");
    tty.expect("User name at ");
    tty.send(CTRL_C);
    ended_with(tty, 130);
}

/// A login whose request is at the server, which does not answer yet.
fn waiting_login(scene: &Scene, gate: &crate::support::gate::Gate) -> Pty {
    let mut tty = scene.login(&[]);
    scene.answer_password(&mut tty);
    gate.wait_for_waiting(1);
    tty
}

#[test] // C08
fn ctrl_c_while_the_server_answers_waits_for_the_session() {
    let scene = Scene::new();
    let gate = scene.server.hold_tokens();
    let mut tty = waiting_login(&scene, &gate);
    tty.send(CTRL_C);
    tty.expect(&format!("\r\x1b[K{HELD_BACK}\r\n"));
    gate.open();
    assert_eq!(tty.wait(), 130, "{}", tty.output());
    scene.is_logged_in();
}

/// What a person reads who pressed Ctrl-C.
const HELD_BACK: &str = "tok: finishing first, so that nothing is lost; Ctrl-C again abandons";

/// What is on the terminal when a request that Ctrl-C was pressed in has ended.
#[cfg(target_os = "linux")]
fn said_at_ctrl_c(change: impl FnOnce(Run) -> Run) -> String {
    let scene = Scene::new();
    let gate = scene.server.hold_tokens();
    let mut tty = change(scene.world.tok(["login"])).on_terminal();
    scene.answer_password(&mut tty);
    gate.wait_for_waiting(1);
    tty.send(CTRL_C);
    let pid = tty.pid();
    tty.wait_for_modes("the Ctrl-C taken", move |_| !catches(pid, Signal::INT));
    gate.open();
    assert_eq!(tty.wait(), 130, "{}", tty.output());
    tty.output()
}

#[cfg(target_os = "linux")]
#[test] // C08
fn a_ctrl_c_that_is_held_back_is_answered_for_people_only() {
    let dumb = said_at_ctrl_c(|run| run.env("TERM", "dumb"));
    assert!(dumb.contains(&format!("^C\r\n{HELD_BACK}\r\n")) && !dumb.contains('\x1b'), "{dumb:?}");
    let quiet = said_at_ctrl_c(|run| run.arg("-q"));
    assert!(!quiet.contains("finishing"), "{quiet:?}");
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    let piped = said_at_ctrl_c(|run| run.stderr_to(elsewhere.reopen().unwrap()));
    assert!(!piped.contains("finishing"), "{piped:?}");
    assert_eq!(std::fs::read_to_string(elsewhere.path()).unwrap(), "");
}

#[cfg(target_os = "linux")]
#[test] // C08
fn a_second_ctrl_c_abandons_the_request() {
    let scene = Scene::new();
    let gate = scene.server.hold_tokens();
    let mut tty = waiting_login(&scene, &gate);
    tty.send(CTRL_C);
    // Two that come at once are one.
    tty.wait_for_modes("the first Ctrl-C taken", {
        let pid = tty.pid();
        move |_| !catches(pid, Signal::INT)
    });
    tty.send(CTRL_C);
    assert_eq!(tty.wait(), 130, "{}", tty.output());
    gate.open();
    scene.is_not_logged_in();
}

/// Whether a process has a handler for a signal.
#[cfg(target_os = "linux")]
fn catches(pid: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
    u64::from_str_radix(mask, 16).unwrap() & (1 << (signal.as_raw() - 1)) != 0
}
