//! `strace`: the system calls of a run, and what becomes of it when one of them fails or is its last (INJ). It needs no
//! special build of the program.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::run::Run;

/// The installed program.
pub struct Strace(());

/// One system call of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `openat`.
    pub name: String,
    /// The how many-th of this name it is in its thread, from 1: so strace counts.
    pub number: usize,
    /// Whether the first thread makes it. What befalls the second `write` of another befalls every thread that comes to
    /// its second.
    pub is_first_thread: bool,
    /// As strace writes it, without the name: what it was for, in the text of a failed test.
    pub text: String,
}

impl Strace {
    /// `None`, and a line that says so, where there is none that works: not Linux, not installed, not permitted.
    pub fn find() -> Option<Self> {
        let works = Command::new("strace")
            .args(["-f", "-o", "/dev/null", "-e", "inject=getpid:error=EIO:when=1", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !works {
            eprintln!("skipped: strace does not work here");
        }
        works.then_some(Self(()))
    }

    /// One that shows what the program's calls are given and not where it lies: root's alone, because nobody else can look
    /// into a program that is not dumpable (M02). Else `None`, and a line that says so.
    pub fn that_reads() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: strace reads the program's texts for root only");
            return None;
        }
        Self::find()
    }

    /// The run, with these calls (`futex`, `%file`, `all`) written to a file.
    pub fn trace(&self, run: Run, calls: &str, log: &Path) -> Run {
        let trace = format!("trace={calls}");
        let words = ["strace", "-f", "-qq", "-s", "0", "-e", &trace, "-o"];
        run.under(words.map(Into::into).into_iter().chain([log.to_owned()]))
    }

    /// The run, with the times at which these calls began and that they took written to a file; other calls are not
    /// slowed down.
    pub fn times(&self, run: Run, calls: &str, log: &Path) -> Run {
        let trace = format!("trace={calls}");
        let words = ["strace", "-f", "--seccomp-bpf", "-ttt", "-T", "-qq", "-s", "0", "-e", &trace, "-o"];
        run.under(words.map(Into::into).into_iter().chain([log.to_owned()]))
    }

    /// The system calls of a run, in order. It has to succeed.
    pub fn calls(&self, run: Run) -> Vec<Call> {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("trace");
        self.trace(run, "all", &log).run().ok();
        parse(&fs::read_to_string(&log).unwrap())
    }

    /// The run, in which something befalls one call: `error=ENOSPC`, `signal=KILL` (the call is then not made),
    /// `signal=STOP` (it stops when the call has been made).
    pub fn inject(&self, run: Run, call: &Call, what: &str, log: &Path) -> Run {
        // Without `-f` the other threads are left alone.
        let threads: &[&str] = if call.is_first_thread { &[] } else { &["-f"] };
        inject(run, threads, &call.name, what, &call.number.to_string(), log)
    }

    /// The same for a call by name, in every thread, and `when`: `3` for the third, `3+` for all from the third.
    pub fn inject_at(&self, run: Run, name: &str, what: &str, when: &str, log: &Path) -> Run {
        inject(run, &["-f"], name, what, when, log)
    }
}

fn inject(run: Run, threads: &[&str], name: &str, what: &str, when: &str, log: &Path) -> Run {
    let inject = format!("inject={name}:{what}:when={when}");
    let trace = format!("trace={name}");
    let words = ["-qq", "-s", "0", "-e", &trace, "-e", &inject, "-o"];
    run.under(["strace"].iter().chain(threads).chain(&words).map(Into::into).chain([log.to_owned()]))
}

/// The threads' lines, in the order in which they begin; one that strace interrupted for another thread's is put together:
/// `PID NAME(ARGUMENTS <unfinished ...>`, later `PID <... NAME resumed>) = RESULT`.
fn whole_lines(trace: &str) -> Vec<(&str, String)> {
    let mut lines: Vec<(&str, String)> = Vec::new();
    for line in trace.lines() {
        let (thread, text) = line.split_once(' ').map_or(("", ""), |(thread, text)| (thread, text.trim_start()));
        let rest = text.strip_prefix("<... ").and_then(|text| text.split_once(" resumed>"));
        let begun = lines.iter_mut().rfind(|(of, _)| *of == thread);
        match (rest, begun) {
            (Some((_, rest)), Some((_, begun))) => *begun = begun.replace(" <unfinished ...>", "") + rest,
            _ => lines.push((thread, text.to_owned())),
        }
    }
    lines
}

/// Reads `PID NAME(ARGUMENTS) = RESULT` line by line.
fn parse(trace: &str) -> Vec<Call> {
    let mut numbers: HashMap<(String, String), usize> = HashMap::new();
    let mut calls: Vec<Call> = Vec::new();
    let mut first = None;
    for (thread, text) in whole_lines(trace) {
        let Some((name, rest)) = text.split_once('(') else { continue };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') || name.is_empty() {
            continue; // a signal, an end
        }
        let is_first_thread = *first.get_or_insert(thread) == thread;
        let number = numbers.entry((thread.to_owned(), name.to_owned())).or_default();
        *number += 1;
        // What the first or any other thread made under the same number comes first, so that this one cannot be met.
        let is_before =
            |call: &Call| call.name == name && call.number == *number && (call.is_first_thread || !is_first_thread);
        if !calls.iter().any(is_before) {
            calls.push(Call { name: name.to_owned(), number: *number, is_first_thread, text: rest.to_owned() });
        }
    }
    calls
}
