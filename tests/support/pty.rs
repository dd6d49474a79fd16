//! A pseudo-terminal: what the program does where a person sits.
//!
//! The program is the leader of a session whose controlling terminal this is. Its parent being of another session, it
//! cannot be stopped by Ctrl-Z: for job control start a [`shell`] and type.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitIdOptions, kill_process, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcgetpgrp, tcsetwinsize};

use super::canary::Kind;
use super::process::{comes_within, ends_within, in_new_session, pid_of, shell_code, typed};
use super::run::{Inner, World};

/// Ctrl-C.
pub const CTRL_C: &str = "\x03";
/// Ctrl-D.
pub const CTRL_D: &str = "\x04";
/// Ctrl-Z.
pub const CTRL_Z: &str = "\x1a";
/// Ctrl-\.
pub const CTRL_BACKSLASH: &str = "\x1c";

/// What [`shell`] shows when it waits for a command.
pub const SHELL_PROMPT: &str = "[shell] ";

/// A program on its terminal. Dropping it hangs up.
pub struct Pty {
    master: OwnedFd,
    child: Child,
    command: String,
    output: Vec<u8>,
    /// Up to here `expect` has seen.
    seen: usize,
    world: Arc<Inner>,
    time: Duration,
    may_print: Vec<Kind>,
    ended: bool,
    /// Kept open where no stream of the program is the terminal: until the program opens it, it would seem to be at
    /// its end.
    kept_open: Option<std::fs::File>,
}

/// An interactive shell with job control, in which `tok` is the program.
pub fn shell(world: &World, tok: &str) -> Pty {
    let folder = std::path::Path::new(tok).parent().unwrap().display().to_string();
    let run =
        world.command("/bin/sh").arg("-i").env("PS1", SHELL_PROMPT).env("PATH", format!("{folder}:/usr/bin:/bin"));
    let mut shell = run.on_terminal();
    shell.expect(SHELL_PROMPT);
    shell
}

impl Pty {
    pub(super) fn start(
        command: &mut Command,
        given: [Option<Stdio>; 3],
        world: Arc<Inner>,
        time: Duration,
        may_print: &[Kind],
    ) -> Self {
        let master = open_master();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        tcsetwinsize(&master, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let no_ctty = i32::try_from(OpenptFlags::NOCTTY.bits()).unwrap();
        let open = || OpenOptions::new().read(true).write(true).custom_flags(no_ctty).open(&name).unwrap();
        let kept_open = given.iter().all(Option::is_some).then(open);
        let [stdin, stdout, stderr] = given.map(|stream| stream.unwrap_or_else(|| open().into()));
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        in_new_session(command, Some(open().into()));
        let typed = typed(command);
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start `{typed}`: {error}"));
        // The command holds our copies of the terminal: with them open, its end would never be seen.
        *command = Command::new("");
        let may_print = may_print.to_vec();
        let output = Vec::new();
        Self { master, child, command: typed, output, seen: 0, world, time, may_print, ended: false, kept_open }
    }

    /// Waits until this text has come after what was expected before; gives what came before it.
    #[track_caller]
    pub fn expect(&mut self, text: &str) -> String {
        let deadline = Instant::now() + self.time;
        loop {
            let unseen = &self.output[self.seen..];
            if let Some(at) = unseen.windows(text.len()).position(|window| window == text.as_bytes()) {
                let before = String::from_utf8_lossy(&unseen[..at]).into_owned();
                self.seen += at + text.len();
                return before;
            }
            let more = self.read_until(deadline);
            assert!(more, "`{}` did not say {text:?}; it said {:?}", self.command, self.output());
        }
    }

    /// Types.
    pub fn send(&mut self, text: &str) {
        std::fs::File::from(self.master.try_clone().unwrap()).write_all(text.as_bytes()).unwrap();
    }

    /// All that was shown up to now, as it came.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// Whether what is typed is shown.
    pub fn echo(&self) -> bool {
        self.modes().contains(LocalModes::ECHO)
    }

    /// The terminal's local modes: `ECHO`, `ICANON`, `ISIG`, ...
    pub fn modes(&self) -> LocalModes {
        tcgetattr(&self.master).unwrap().local_modes
    }

    /// Waits until the terminal is so; the kernel tells nobody when its modes change, so this looks again and again.
    #[track_caller]
    pub fn wait_for_modes(&mut self, what: &str, condition: impl Fn(LocalModes) -> bool) {
        let deadline = Instant::now() + self.time;
        while !condition(self.modes()) {
            assert!(Instant::now() < deadline, "the terminal's modes never became so: {what}");
            self.read_until(Instant::now() + Duration::from_millis(5));
        }
    }

    /// Waits until echo is on or off.
    #[track_caller]
    pub fn wait_for_echo(&mut self, on: bool) {
        self.wait_for_modes(if on { "echo on" } else { "echo off" }, |modes| modes.contains(LocalModes::ECHO) == on);
    }

    /// The process that was started: the program or the shell.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Signals the process that was started.
    pub fn signal(&self, signal: Signal) {
        kill_process(pid_of(&self.child), signal).unwrap();
    }

    /// Signals the processes in the foreground: in a shell, the program.
    pub fn signal_foreground(&self, signal: Signal) {
        kill_process_group(self.foreground(), signal).unwrap();
    }

    /// The foreground process group.
    pub fn foreground(&self) -> Pid {
        tcgetpgrp(&self.master).unwrap()
    }

    /// Waits until the process that was started has been stopped (by SIGSTOP).
    #[track_caller]
    pub fn wait_for_stop(&self) {
        let stopped = comes_within(pid_of(&self.child), WaitIdOptions::STOPPED, self.time);
        assert!(stopped, "`{}` was not stopped", self.command);
    }

    /// Changes the size and tells the processes in the foreground.
    pub fn resize(&self, rows: u16, columns: u16) {
        tcsetwinsize(&self.master, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    }

    /// Waits for the end; the exit code as a shell tells it.
    #[track_caller]
    pub fn wait(&mut self) -> i32 {
        let deadline = Instant::now() + self.time;
        self.kept_open = None;
        while self.read_until(deadline) {}
        let left = deadline.saturating_duration_since(Instant::now());
        assert!(ends_within(&mut self.child, left), "`{}` did not end; it said {:?}", self.command, self.output());
        self.ended = true;
        shell_code(self.child.wait().unwrap())
    }

    /// Reads something; false when there is nothing more or the time is over.
    fn read_until(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        let mut fds = [PollFd::from_borrowed_fd(self.master.as_fd(), PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => return false,
            Err(rustix::io::Errno::INTR) => return true,
            other => drop(other.unwrap()),
        }
        let mut buffer = [0; 4096];
        // EIO: nobody has the terminal open any more.
        let count = rustix::io::read(&self.master, &mut buffer).unwrap_or(0);
        self.output.extend_from_slice(&buffer[..count]);
        count > 0
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if !self.ended {
            while self.read_until(Instant::now()) {}
            let _ = tcgetpgrp(&self.master).map(|group| kill_process_group(group, Signal::KILL));
            let _ = kill_process_group(pid_of(&self.child), Signal::KILL);
            let _: io::Result<_> = self.child.wait();
        }
        self.world.hear(format!("the terminal of `{}`", self.command), self.output.clone(), &self.may_print);
    }
}

/// The screen's end, which no child inherits: with it open elsewhere, the program would not see the screen go away.
fn open_master() -> OwnedFd {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    #[cfg(target_os = "linux")]
    let flags = flags | OpenptFlags::CLOEXEC;
    let master = openpt(flags).unwrap();
    // Elsewhere it cannot be opened so.
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
    master
}
