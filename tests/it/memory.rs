//! What is left in the program's memory: nothing of the password once the server has answered.
//!
//! The program is stopped when it has just written the session's file, and its memory is read. Only root can do that:
//! the program is not dumpable. For anybody else there is nothing to read, which `hardening` proves.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use rustix::process::{Pid, Signal, getuid, kill_process};

use crate::stage::{Stage, poll};
use crate::support::canary::Kind;
use crate::support::canary::places::descendants;
use crate::support::run::Run;
use crate::support::strace::Strace;

/// The kinds of secrets in the writable memory of the program at the moment when it has renamed the session's file into
/// its place; `None` where that cannot be looked at.
fn found_when_stored(stage: &Stage, run: Run) -> Option<Vec<Kind>> {
    let strace = Strace::find()?;
    if !getuid().is_root() {
        eprintln!("skipped: only root can read the memory of a process that is not dumpable");
        return None;
    }
    let log = stage.world.path("work/trace");
    let running = strace.inject_at(run, "rename,renameat,renameat2", "signal=STOP", "1", &log).start();
    poll("the stop", || fs::read_to_string(&log).is_ok_and(|trace| trace.contains("--- stopped by SIGSTOP ---")));
    // strace is the first, the program the second; its threads are no processes.
    let tok = *descendants(running.pid()).last().unwrap();
    let kinds = kinds_in_memory(stage, tok);
    kill_process(Pid::from_raw(tok.cast_signed()).unwrap(), Signal::CONT).unwrap();
    running.wait().code_is(0);
    Some(kinds)
}

fn kinds_in_memory(stage: &Stage, pid: u32) -> Vec<Kind> {
    let memory = File::open(format!("/proc/{pid}/mem")).unwrap();
    let mut kinds = Vec::new();
    for line in fs::read_to_string(format!("/proc/{pid}/maps")).unwrap().lines() {
        let mut fields = line.split_whitespace();
        let (range, permissions) = (fields.next().unwrap(), fields.next().unwrap());
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|text| u64::from_str_radix(text, 16).unwrap());
        // What nobody can write to holds no secret.
        if !permissions.starts_with("rw") {
            continue;
        }
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        // Some regions cannot be read by anybody.
        if memory.read_exact_at(&mut bytes, from).is_ok() {
            kinds.extend(stage.world.canaries().search("memory", &bytes).into_iter().map(|finding| finding.kind));
        }
    }
    kinds
}

/// The password is gone; that the tokens are found, which are just being stored, shows that the search sees.
fn demand_only_tokens(kinds: Option<Vec<Kind>>) {
    let Some(kinds) = kinds else { return };
    assert!(kinds.contains(&Kind::RefreshToken), "the search is blind: {kinds:?}");
    assert!(!kinds.contains(&Kind::Password), "{kinds:?}");
}

#[test] // M01, P02
fn the_password_is_gone_when_the_session_is_stored() {
    let stage = Stage::new("file");
    demand_only_tokens(found_when_stored(&stage, stage.login("default")));
}

#[test] // M01, P02
fn a_password_from_a_file_is_gone_too() {
    let stage = Stage::new("file");
    let file = stage.world.secret_file("password", &stage.server.password("ada"));
    let run = stage
        .tok("token")
        .env("TOK_TOKEN_ENDPOINT", stage.server.url("/token"))
        .env("TOK_CLIENT_ID", "tok")
        .env("TOK_USERNAME", "ada")
        .env("TOK_PASSWORD_FILE", file)
        .env("TOK_STORE", "file");
    demand_only_tokens(found_when_stored(&stage, run));
}
