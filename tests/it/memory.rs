//! What is left in the program's memory: nothing of the password once the server has answered, wherever it came from.
//!
//! The program is stopped when it has just stored the session, or printed the token, and its memory is read. Only root
//! can do that: the program is not dumpable. For anybody else there is nothing to read, which `hardening` proves.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use rustix::process::{Pid, Signal, getuid, kill_process};

use crate::stage::{Stage, poll};
use crate::support::canary::Kind;
use crate::support::canary::places::descendants;
use crate::support::figures::note;
use crate::support::run::Run;
use crate::support::strace::Strace;

/// Who can look, where anybody can.
fn strace_as_root() -> Option<Strace> {
    if !getuid().is_root() {
        eprintln!("skipped: only root can read the memory of a process that is not dumpable");
        return None;
    }
    Strace::find()
}

/// The run, which stops when it has renamed the session's file into its place.
fn stopping_when_stored(strace: &Strace, stage: &Stage, run: Run) -> Run {
    strace.inject_at(run, "rename,renameat,renameat2", "signal=STOP", "1", &stage.world.path("work/trace"))
}

/// The run, which stops when it has written the token to standard output.
fn stopping_when_printed(strace: &Strace, stage: &Stage, run: impl Fn() -> Run) -> Run {
    let calls = strace.calls(run());
    let print = calls.iter().rfind(|call| call.name == "write" && call.text.starts_with("1, ")).unwrap();
    strace.inject(run(), print, "signal=STOP", &stage.world.path("work/trace"))
}

/// The kinds of secrets in the writable memory of the program that this strace has stopped; then it goes on.
fn found_when_stopped(stage: &Stage, strace: u32) -> Vec<Kind> {
    let log = stage.world.path("work/trace");
    poll("the stop", || fs::read_to_string(&log).is_ok_and(|trace| trace.contains("--- stopped by SIGSTOP ---")));
    // strace is the first, the program the second; its threads are no processes.
    let tok = *descendants(strace).last().unwrap();
    let kinds = kinds_in_memory(stage, tok);
    kill_process(Pid::from_raw(tok.cast_signed()).unwrap(), Signal::CONT).unwrap();
    fs::remove_file(log).unwrap();
    kinds
}

fn found(stage: &Stage, run: Run) -> Vec<Kind> {
    let running = run.start();
    let kinds = found_when_stopped(stage, running.pid());
    running.wait().code_is(0);
    kinds
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

/// What was sent is gone; that the token is found, which is just being stored or printed, shows that the search sees.
#[track_caller]
fn demand_only_tokens(kinds: &[Kind], gone: &[Kind], from: &str) {
    assert!(kinds.contains(&Kind::AccessToken), "the search is blind: {kinds:?}");
    assert!(!gone.iter().any(|kind| kinds.contains(kind)), "{from}: {kinds:?}");
    note("M01", from, &format!("0 copies of {gone:?}"));
}

#[test] // M01, P02
fn the_password_is_gone_when_the_session_is_stored() {
    let Some(strace) = strace_as_root() else { return };
    let stage = Stage::new("file");
    let file = stage.world.secret_file("password", &stage.server.password("ada"));
    let issuer = stage.server.issuer();
    let login = || stage.tok("login --no-save --store file --client-id tok -u ada --issuer").arg(&issuer);
    for from in ["standard input", "a file", "a command", "a terminal"] {
        let run = match from {
            "standard input" => login().arg("--password-stdin").stdin(stage.server.password("ada")),
            "a file" => login().arg("--password-file").arg(&file),
            "a command" => login().arg("--password-command").arg(format!("cat {}", file.display())),
            _ => login(),
        };
        let run = stopping_when_stored(&strace, &stage, run);
        let kinds = if from == "a terminal" {
            let mut tty = run.on_terminal();
            tty.expect("Password for ada at ");
            tty.wait_for_echo(false);
            tty.send(&format!("{}\n", stage.server.password("ada")));
            let kinds = found_when_stopped(&stage, tty.pid());
            assert_eq!(tty.wait(), 0, "{}", tty.output());
            kinds
        } else {
            found(&stage, run)
        };
        demand_only_tokens(&kinds, &[Kind::Password], &format!("stored, the password from {from}"));
    }
}

#[test] // M01, P02
fn password_and_client_secret_are_gone_when_the_token_is_printed() {
    let Some(strace) = strace_as_root() else { return };
    let stage = Stage::new("file");
    let file = |name: &str, secret: &str| stage.world.secret_file(name, secret);
    let (password, secret) =
        (file("password", &stage.server.password("ada")), file("client", &stage.server.client_secret("post")));
    for store in ["none", "file"] {
        let run = || {
            stage
                .tok("token --min-ttl 10m")
                .env("TOK_TOKEN_ENDPOINT", stage.server.url("/token"))
                .env("TOK_CLIENT_ID", "post")
                .env("TOK_CLIENT_AUTH", "post")
                .env("TOK_CLIENT_SECRET_FILE", &secret)
                .env("TOK_USERNAME", "ada")
                .env("TOK_PASSWORD_FILE", &password)
                .env("TOK_STORE", store)
        };
        let kinds = found(&stage, stopping_when_printed(&strace, &stage, run));
        demand_only_tokens(&kinds, &[Kind::Password, Kind::ClientSecret], &format!("printed, store {store}"));
    }
}
