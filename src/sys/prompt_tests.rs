//! The prompt on a pseudo-terminal, with a small shell around it that does what a shell's job control does: its own
//! session, the prompt in a process group in the foreground, and a report when that stops or ends.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, setsid, waitpid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr, tcsetpgrp};

use super::*;
use crate::sys::testing::{child, in_child};

const NAME: &str = "sys::prompt::tests::role";
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn role() {
    match in_child().as_deref() {
        Some("secret") => {
            wait_for_the_foreground();
            let said = match ask_secret("Password for ada at https://sso.example.com: ") {
                Ok(secret) => format!("got <{}>", secret.expose()),
                Err(error) => format!("error {error:?}"),
            };
            println!("\n{said}");
        }
        Some("line") => {
            wait_for_the_foreground();
            println!("\ngot {:?}", ask_line("User: "));
        }
        Some("alone") => {
            setsid().unwrap();
            println!("\nthere: {}, {:?}", is_there(), ask_secret("x").map(drop));
        }
        Some(shell) => {
            let (role, terminal) = shell.split_once(' ').unwrap();
            run_shell(role, terminal);
        }
        None => {}
    }
}

/// Starts the role in the foreground of the terminal; reports `stopped` and `ended`; each line it reads continues the
/// role.
#[expect(clippy::zombie_processes, reason = "`waitpid` sees it end")]
fn run_shell(role: &str, terminal: &str) {
    setsid().unwrap();
    let terminal = File::options().read(true).write(true).open(terminal).unwrap(); // becomes the controlling one
    let job = child(NAME, role).process_group(0).stdin(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_child(&job);
    tcsetpgrp(&terminal, pid).unwrap();
    job.stdin.as_ref().unwrap().write_all(b"\n").unwrap();
    loop {
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
        if !status.stopped() {
            println!("\nended {:?} {:?}", status.exit_status(), status.terminating_signal());
            return;
        }
        println!("\nstopped");
        io::stdin().read_line(&mut String::new()).unwrap();
        kill_process(pid, Signal::CONT).unwrap();
    }
}

/// A job that asks while it is in the background is stopped, as it should be; here the shell is slower than that.
fn wait_for_the_foreground() {
    io::stdin().read_line(&mut String::new()).unwrap();
}

/// The outer end: the person at the terminal.
struct Person {
    keyboard: File,
    _shell: Child,
    commands: ChildStdin,
    reports: BufReader<ChildStdout>,
}

impl Person {
    fn sits_down(role: &str) -> Self {
        let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&keyboard).unwrap();
        unlockpt(&keyboard).unwrap();
        let terminal = ptsname(&keyboard, Vec::new()).unwrap().into_string().unwrap();
        let mut shell = child(NAME, &format!("{role} {terminal}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (commands, reports) = (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()));
        Self { keyboard: keyboard.into(), _shell: shell, commands, reports }
    }

    fn types(&mut self, keys: &[u8]) {
        self.keyboard.write_all(keys).unwrap();
    }

    /// Reads the screen until it shows this text.
    fn sees(&mut self, text: &str) -> String {
        let mut screen = String::new();
        while !screen.contains(text) {
            let patience = Timespec { tv_sec: PATIENCE.as_secs().cast_signed(), tv_nsec: 0 };
            let n = poll(&mut [PollFd::new(&self.keyboard, PollFlags::IN)], Some(&patience)).unwrap();
            assert_eq!(n, 1, "no {text:?} in {screen:?}");
            let mut bytes = [0; 1000];
            let n = self.keyboard.read(&mut bytes).unwrap();
            screen.push_str(std::str::from_utf8(&bytes[..n]).unwrap());
        }
        screen
    }

    /// Reads the reports of shell and job until one begins like this.
    fn hears(&mut self, start: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.reports.read_line(&mut line).unwrap(), 0, "no {start:?}");
            if line.starts_with(start) {
                return line.trim_end().to_owned();
            }
        }
    }

    fn continues(&mut self) {
        self.commands.write_all(b"\n").unwrap();
    }

    fn echo(&self) -> bool {
        tcgetattr(self.keyboard.as_fd()).unwrap().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }
}

#[test] // U02, I05
fn a_password_is_read_exactly_and_not_shown() {
    let mut person = Person::sits_down("secret");
    person.sees("Password for ada at https://sso.example.com: ");
    assert!(!person.echo());
    person.types(" pä\u{301}ss 🦀x\x7f \r".as_bytes());
    assert_eq!(person.hears("got"), "got < pä\u{301}ss 🦀 >");
    assert!(!person.sees("\n").contains("ss"));
    assert_eq!(person.hears("ended"), "ended Some(0) None");
    assert!(person.echo());
}

#[test] // I05
fn a_password_may_be_longer_than_a_terminal_line() {
    let mut person = Person::sits_down("secret");
    person.sees("com: ");
    let long = "0123456789".repeat(1000);
    person.types(long.as_bytes());
    person.types(b"\n");
    assert_eq!(person.hears("got"), format!("got <{long}>"));
}

#[test] // U03
fn keys_that_end_the_prompt_give_the_echo_back() {
    for (key, report) in [(b"\x03", "ended None Some(2)"), (b"\x1c", "ended None Some(3)")] {
        let mut person = Person::sits_down("secret");
        person.sees("com: ");
        person.types(b"half");
        person.types(key);
        assert_eq!(person.hears("ended"), report);
        assert!(person.echo());
    }
}

#[test] // U03
fn signals_that_end_the_prompt_give_the_echo_back() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1), (Signal::INT, 2)] {
        let mut person = Person::sits_down("secret");
        person.sees("com: ");
        kill_process(foreground(&person), signal).unwrap();
        assert_eq!(person.hears("ended"), format!("ended None Some({number})"));
        assert!(person.echo());
    }
}

#[test] // U03
fn a_stop_gives_the_echo_back_and_the_question_is_asked_anew() {
    let mut person = Person::sits_down("secret");
    person.sees("com: ");
    for _ in 0..2 {
        person.types(b"half\x1a");
        person.hears("stopped");
        assert!(person.echo());
        person.continues();
        person.sees("com: ");
        assert!(!person.echo());
    }
    person.types(b"whole\n");
    assert_eq!(person.hears("got"), "got <whole>");
    person.hears("ended");
    assert!(person.echo());
}

#[test] // U03
fn a_stop_that_cannot_be_caught_leaves_no_echo_on_afterwards() {
    let mut person = Person::sits_down("secret");
    person.sees("com: ");
    kill_process(foreground(&person), Signal::STOP).unwrap();
    person.hears("stopped");
    person.continues();
    person.sees("com: ");
    assert!(!person.echo());
    person.types(b"whole\n");
    assert_eq!(person.hears("got"), "got <whole>");
}

#[test]
fn the_end_of_input_and_an_empty_line_are_no_password() {
    for (keys, report) in
        [(b"\x04".as_slice(), "error NoAnswer"), (b"\n", "error Bad(Empty)"), (b"a\xff\n", "error Bad(NotUtf8)")]
    {
        let mut person = Person::sits_down("secret");
        person.sees("com: ");
        person.types(keys);
        assert_eq!(person.hears("error"), report);
    }
}

#[test] // U03
fn a_terminal_that_goes_away_is_no_password() {
    let mut person = Person::sits_down("secret");
    person.sees("com: ");
    person.types(b"half");
    let Person { keyboard, mut reports, _shell, commands } = person;
    drop((keyboard, commands));
    let mut rest = String::new();
    reports.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("got <"), "{rest}");
}

#[test]
fn a_line_is_shown_while_it_is_typed() {
    let mut person = Person::sits_down("line");
    person.sees("User: ");
    assert!(person.echo());
    person.types(b"ada\n");
    person.sees("ada");
    assert_eq!(person.hears("got"), "got Ok(\"ada\")");
}

#[test] // U04
fn without_a_terminal_nothing_is_asked() {
    let (status, output) = crate::sys::testing::run_child(NAME, "alone");
    assert!(status.success() && output.contains("there: false, Err(NoTerminal)"), "{output}");
}

/// The job's process group.
fn foreground(person: &Person) -> Pid {
    rustix::termios::tcgetpgrp(person.keyboard.as_fd()).unwrap()
}
