//! Spinner, colour, narrow terminals.

use std::fs::{self, File};

use super::Scene;
use crate::support::pty::{CTRL_D, SHELL_PROMPT, shell};

const CLEAR: &str = "\r\x1b[K";
const RED: &str = "\x1b[1;31mtok:\x1b[0m";

/// Profiles of one server, each with a password file: nothing is asked.
fn crowd(names: &[&str]) -> Scene {
    let scene = Scene::new();
    let file = scene.world.secret_file("password", &scene.server.password("ada"));
    let lines = format!("client-id = \"tok\"\nusername = \"ada\"\npassword-file = \"{}\"\n", file.display());
    let profiles: Vec<String> = names.iter().map(|name| scene.profile(name, &lines)).collect();
    scene.world.write_config(&profiles.concat());
    scene
}

#[test]
fn a_slow_server_is_waited_for_with_a_spinner_that_is_cleared() {
    let scene = Scene::new();
    let gate = scene.server.hold_tokens();
    let mut tty = scene.login(&[]);
    scene.answer_password(&mut tty);
    let waiting = format!("waiting for {}", scene.server.issuer());
    tty.expect(&format!("{CLEAR}| {waiting}"));
    tty.expect(&format!("{CLEAR}/ {waiting}"));
    gate.open();
    tty.expect("logged in as ada");
    assert_eq!(tty.wait(), 0);
    let output = tty.output();
    let (_, after) = output.rsplit_once(&waiting).unwrap();
    assert!(after.starts_with(&format!("{CLEAR}tok: logged in as ada")), "{after:?}");
}

#[test]
fn only_a_terminal_that_can_gets_a_spinner() {
    let scene = crowd(&["elsewhere", "quiet", "dumb", "shown"]);
    let gate = scene.server.hold_tokens();
    let stderr = scene.world.path("tmp/stderr");
    let login = |name: &str| scene.world.tok(["login", "-p", name]);
    let mut silent = vec![
        login("elsewhere").stderr_to(File::create(&stderr).unwrap()).on_terminal(),
        login("quiet").arg("-q").on_terminal(),
        login("dumb").env("TERM", "dumb").on_terminal(),
    ];
    gate.wait_for_waiting(1); // the server answers one by one
    // The last to come has its spinner: the others have waited longer.
    let mut shown = login("shown").on_terminal();
    shown.expect("waiting for ");
    gate.open();
    for tty in &mut silent {
        assert_eq!(tty.wait(), 0);
        assert!(!tty.output().contains("waiting") && !tty.output().contains('\x1b'), "{}", tty.output());
    }
    let stderr = fs::read_to_string(stderr).unwrap();
    assert!(stderr.contains("logged in") && !stderr.contains("waiting") && !stderr.contains('\x1b'), "{stderr}");
    assert_eq!(shown.wait(), 0);
}

#[test]
fn quiet_says_nothing_but_warnings() {
    let scene = crowd(&["default"]);
    scene.world.tok(["login", "-q"]).run().assert(0, "", "tok: warning: the file store [..]\n");
    scene.world.tok(["refresh", "-q"]).run().assert(0, "", "");
    scene.world.tok(["logout", "-q"]).run().assert(0, "", "");
    scene.world.tok(["token", "-q"]).run().assert(3, "", "tok: not logged in\nhint: [..]\n");
}

#[test]
fn colour_is_for_terminals_that_want_it() {
    let scene = Scene::new();
    for (args, variables, coloured) in [
        (&["token"][..], &[][..], true),
        (&["token"], &[("NO_COLOR", "1")], false),
        (&["token"], &[("NO_COLOR", "")], true),
        (&["token"], &[("TERM", "dumb")], false),
        (&["token", "--color", "never"], &[], false),
        (&["token", "--color=always"], &[("NO_COLOR", "1")], true),
        (&["token", "--color", "auto"], &[("NO_COLOR", "1")], false),
    ] {
        let run = variables.iter().fold(scene.world.tok(args), |run, (name, value)| run.env(name, value));
        let mut tty = run.on_terminal();
        assert_eq!(tty.wait(), 3);
        let output = tty.output();
        assert_eq!(output.contains(RED), coloured, "{args:?} {variables:?}: {output:?}");
        assert_eq!(output.contains('\x1b'), coloured, "{args:?} {variables:?}: {output:?}");
    }
    let plain = scene.world.tok(["token"]).run().code_is(3);
    assert!(plain.stderr.starts_with("tok: not logged in\n") && !plain.stderr.contains('\x1b'), "{}", plain.stderr);
    let wanted = scene.world.tok(["token", "--color", "always"]).run().code_is(3);
    assert!(wanted.stderr.starts_with(RED), "{:?}", wanted.stderr);
}

#[test]
fn colour_rules_hold_for_help_and_usage_errors_too() {
    let world = crate::world();
    for (args, variables, coloured) in [
        (&["login", "--isuer"][..], &[("TERM", "xterm")][..], true),
        (&["login", "--isuer"], &[("TERM", "xterm"), ("NO_COLOR", "1")], false),
        (&["--color", "never", "login", "--isuer"], &[("TERM", "xterm")], false),
        (&["login", "--color=never", "--isuer"], &[("TERM", "xterm")], false),
        (&["--color=never", "-q", "-v", "show"], &[("TERM", "xterm")], false),
        (&["--help"], &[("TERM", "xterm")], true),
        (&["--color", "never", "--help"], &[("TERM", "xterm")], false),
    ] {
        let run = variables.iter().fold(world.tok(args), |run, (name, value)| run.env(name, value));
        let mut tty = run.on_terminal();
        tty.wait();
        assert_eq!(tty.output().contains('\x1b'), coloured, "{args:?}: {:?}", tty.output());
    }
    assert!(!world.tok(["--help"]).run().stdout.contains('\x1b'));
    assert!(world.tok(["--color=always", "--help"]).run().stdout.contains('\x1b'));
}

#[test]
fn show_folds_at_spaces_in_a_narrow_terminal() {
    let scopes = ["openid", "offline_access", "read:everything", "write:something", "admin:nothing"];
    let scene = Scene::with_profile(&format!("client-id = \"tok\"\nusername = \"ada\"\nscopes = {scopes:?}\n"));
    let mut tty = shell(&scene.world, crate::tok());
    tty.resize(24, 40);
    tty.send("tok show\n");
    tty.expect("show\r\n");
    let shown = tty.expect(SHELL_PROMPT);
    let lines: Vec<&str> = shown.lines().take_while(|line| !line.contains("tok: ")).collect();
    for line in &lines {
        let value = line.get(15..).unwrap_or_default();
        assert!(line.chars().count() <= 40 || !value.contains(' '), "{line:?}");
    }
    let folded: String = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(folded.contains(&scopes.join(" ")), "{shown}");
    tty.send(CTRL_D);
    // Not for scripts: each value stays on its line.
    let piped = scene.world.tok(["show"]).run().code_is(3).stdout;
    assert!(piped.contains(&scopes.join(" ")), "{piped}");
}
