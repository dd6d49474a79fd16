//! Exact streams, time limits, the search at the end.

#![cfg(unix)]

use std::time::Duration;

use super::panic_of;
use crate::support::canary::Kind;
use crate::support::process::matches;
use crate::support::run::{Run, World};
use crate::world;

fn sh(world: &World, script: &str) -> Run {
    world.command("/bin/sh").arg("-c").arg(script)
}

#[test] // AS
fn both_streams_and_the_code_are_exact() {
    let world = world();
    let output = sh(&world, "cat; echo oops on line 7 >&2; exit 3").stdin("in\n").run();
    output.assert(3, "in\n", "oops on line [..]\n");
    assert!(panic_of(|| output.assert(3, "in", "oops on line 7\n")).contains("wanted code 3"));
    assert_eq!(sh(&world, "kill -TERM $$").run().code(), 143);
    assert_eq!(sh(&world, "echo one").run().line(), "one");
}

#[test] // AS
fn wildcards_stay_within_a_line() {
    assert!(matches("a[..]c\n", "abc\n") && matches("[..]", "") && matches("x[..]y[..]z", "xyyz"));
    assert!(!matches("a[..]c", "a\nc") && !matches("a[..]", "ab\n") && !matches("a", "ab"));
}

#[test] // AS
fn the_program_is_started_by_another_name() {
    let world = world();
    let output = world.command(world.link("tok-bearer-")).run().code_is(2);
    assert!(output.stderr.contains("--profile"), "{output:?}");
    let named = world.command(world.link("elsewhere")).arg("--version").run();
    assert_eq!(named.line(), world.tok(["--version"]).run().line());
}

#[test] // H01
fn nothing_of_the_machine_is_in_the_environment() {
    let world = world();
    let names = sh(&world, "env | sed 's/=.*//' | sort | tr '\\n' ' '").run().stdout;
    let wanted = "HOME PATH PWD TMPDIR XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME ";
    assert_eq!(
        names.replace("LLVM_PROFILE_FILE ", "").replace("OLDPWD ", "").replace("SHLVL ", "").replace("_ ", ""),
        wanted
    );
}

#[test] // U04
fn there_is_no_terminal_to_be_found() {
    let world = world();
    sh(&world, "exec 2>/dev/null; : </dev/tty && echo found").run().code_is(2);
}

#[test] // AS
fn what_does_not_end_is_killed() {
    let world = world();
    let text = panic_of(|| drop(sh(&world, "echo begun; read x").stdin_from(endless()).within(Duration::ZERO).run()));
    assert!(text.contains("did not end within 0ns"), "{text}");
}

/// A standard input that never comes to an end: the reading side of a pipe whose writing side is leaked on purpose.
fn endless() -> std::fs::File {
    let (reader, writer) = std::io::pipe().unwrap();
    std::mem::forget(writer);
    std::fs::File::from(std::os::fd::OwnedFd::from(reader))
}

#[test] // C01
fn many_run_at_once() {
    let world = world();
    sh(&world, "cd ../tmp; mkfifo 0 1 2 3 4 5 6 7 8").run().ok();
    // Each releases the one before it, then waits for the one after it: they have to run side by side.
    let run = |i: usize| sh(&world, &format!("cd ../tmp; echo go >{i} & [ {i} = 7 ] || read x <{}; echo {i}", i + 1));
    let outputs = world.many((0..8).map(run));
    assert!(outputs.iter().enumerate().all(|(i, output)| output.line() == i.to_string()));
}

#[test] // CAN
fn a_secret_in_a_stream_or_file_fails_the_test() {
    let world = world();
    let secret = world.canaries().make(Kind::RefreshToken);
    sh(&world, "cat >../state/leak; cat ../state/leak >&2").stdin(secret.clone()).run().ok();
    let text = panic_of(|| drop(world));
    assert!(text.contains("in state/leak, raw") && text.contains("in stderr of `sh -c"), "{text}");
}

#[test] // CAN
fn a_secret_may_be_where_it_was_allowed() {
    let world = world();
    world.allow_file_store();
    let [access, refresh] = [Kind::AccessToken, Kind::RefreshToken].map(|kind| world.canaries().make(kind));
    let file = world.secret_file("password", &world.canaries().make_awkward(Kind::Password));
    sh(&world, "mkdir -p ../state/tok/sessions; cat >../state/tok/sessions/x").stdin(refresh).run().ok();
    sh(&world, "cat").stdin(access.clone()).may_print(Kind::AccessToken).run().ok();
    assert!(file.exists());
    assert_eq!(world.remaining().len(), 1);
    assert!(world.leaks().is_empty());
    sh(&world, "cat").stdin(access).run().ok();
    assert_eq!(world.leaks().len(), 1, "printed by a run that may not");
    panic_of(|| drop(world));
}

#[cfg(target_os = "linux")]
#[test] // M04
fn secrets_of_running_children_are_seen() {
    let world = world();
    let secret = world.canaries().make(Kind::AccessToken);
    let script = "read x; X=$x /bin/sh -c 'echo up; read y'; :";
    let (reader, writer) = std::io::pipe().unwrap();
    let mut running = sh(&world, script).stdin_pipe().stdout_to(std::os::fd::OwnedFd::from(writer)).start();
    running.check_processes();
    running.write(format!("{secret}\n").as_bytes()).unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(reader), &mut line).unwrap();
    assert_eq!(line, "up\n");
    assert!(panic_of(|| running.check_processes()).contains("in environment of process"));
    running.wait().ok();
}

#[cfg(target_os = "linux")]
#[test] // CAN
fn the_kernels_keyring_is_searched_and_cleaned() {
    use linux_keyutils::{KeyRing, KeyRingIdentifier};
    let Ok(ring) = KeyRing::from_special_id(KeyRingIdentifier::User, true) else {
        return eprintln!("skipped: no kernel keyring");
    };
    let world = world();
    let secret = world.canaries().make(Kind::RefreshToken);
    let name = format!("tok:instrument:{}", std::process::id());
    let Ok(key) = ring.add_key(&name, &secret) else { return eprintln!("skipped: no room for a key") };
    if key.read_to_vec().is_err() {
        return eprintln!("skipped: the user's keyring is not possessed"); // no session keyring leads there
    }
    assert!(panic_of(|| drop(world)).contains(&format!("in kernel key {name}, raw")));
    assert!(ring.search(&name).is_err());
}

#[cfg(target_os = "linux")]
#[test] // CAN; as root, because others have room for 200 keys
fn a_secret_is_found_among_many_keys() {
    use linux_keyutils::{KeyRing, KeyRingIdentifier};
    let Ok(ring) = KeyRing::from_special_id(KeyRingIdentifier::User, true) else {
        return eprintln!("skipped: no kernel keyring");
    };
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: not root");
    }
    let world = world();
    let secret = world.canaries().make(Kind::RefreshToken);
    let name = |n: usize| format!("tok:instrument:{}:{n}", std::process::id());
    for n in 0..300 {
        ring.add_key(&name(n), &secret).unwrap();
    }
    let found = world.remaining().len();
    panic_of(|| drop(world));
    assert_eq!((found, (0..300).filter(|n| ring.search(&name(*n)).is_ok()).count()), (300, 0));
}
