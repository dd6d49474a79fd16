//! One run of a program: while it runs, and what it left.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::{fs, io};

use super::run::{Inner, Streams};

/// A program that runs. Dropping it kills it and whatever is left of its process group.
pub struct Running {
    pub(super) child: Child,
    pub(super) command: String,
    pub(super) streams: Option<Streams>,
    pub(super) world: Arc<Inner>,
    pub(super) time: Duration,
    pub(super) ended: bool,
}

impl Running {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Writes to its standard input, which has to be a pipe.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let stdin: &mut ChildStdin = self.child.stdin.as_mut().expect("standard input is no pipe");
        stdin.write_all(bytes)
    }

    /// Ends its standard input.
    pub fn close_stdin(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(pid_of(&self.child), signal).unwrap();
    }

    /// Fails if a secret is in its arguments, or in arguments or environment of what it started (M04).
    #[cfg(target_os = "linux")]
    pub fn check_processes(&self) {
        super::canary::demand_none(&self.world.canaries.search_processes(self.pid()));
    }

    /// Waits for its end; kills it and fails when its time is over.
    pub fn wait(mut self) -> Output {
        self.close_stdin();
        if !ends_within(&mut self.child, self.time) {
            let streams = self.streams.take().map(Streams::read);
            panic!("`{}` did not end within {:?}; streams: {streams:?}", self.command, self.time);
        }
        let status = self.end();
        let (stdout, stderr) = self.streams.take().map(Streams::read).unwrap_or_default();
        Output { command: self.command.clone(), status, stdout, stderr }
    }
}

impl Running {
    /// Kills what is left of the process group, then takes the exit status.
    fn end(&mut self) -> ExitStatus {
        // Only as long as the leader is not reaped is the number surely its own.
        #[cfg(unix)]
        if !self.ended {
            let _ = rustix::process::kill_process_group(pid_of(&self.child), rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        self.ended = true;
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a run left.
#[derive(Debug, Clone)]
pub struct Output {
    /// As one would type it.
    pub command: String,
    /// How it ended.
    pub status: ExitStatus,
    /// Whole; what is no UTF-8 is replaced.
    pub stdout: String,
    /// Whole; what is no UTF-8 is replaced.
    pub stderr: String,
}

impl Output {
    /// The exit code as a shell tells it: 128 + n for signal n.
    pub fn code(&self) -> i32 {
        shell_code(self.status)
    }

    /// Demands exactly this exit code and these streams. In the texts, `[..]` stands for anything within a line.
    #[track_caller]
    pub fn assert(&self, code: i32, stdout: &str, stderr: &str) {
        let right = self.code() == code && matches(stdout, &self.stdout) && matches(stderr, &self.stderr);
        assert!(right, "wanted code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n=== {}", self.describe());
    }

    /// The same without what is advised, for tests about what is said.
    pub fn unhinted(mut self) -> Self {
        self.stderr = self.stderr.split_inclusive('\n').filter(|line| !line.starts_with("hint: ")).collect();
        self
    }

    /// Demands success with an empty stderr and gives stdout without its newline.
    #[track_caller]
    pub fn line(&self) -> &str {
        let line = self.stdout.strip_suffix('\n').filter(|line| !line.contains('\n'));
        assert!(self.code() == 0 && self.stderr.is_empty() && line.is_some(), "wanted a line; {}", self.describe());
        line.unwrap_or_default()
    }

    /// Demands success, whatever was said.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.code_is(0)
    }

    /// Demands an exit code, whatever was said.
    #[track_caller]
    pub fn code_is(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "{}", self.describe());
        self
    }

    fn describe(&self) -> String {
        format!("`{}` gave {}\n--- stdout\n{}\n--- stderr\n{}", self.command, self.code(), self.stdout, self.stderr)
    }
}

/// Whether a text is the wanted one, in which `[..]` stands for anything but a newline.
pub fn matches(wanted: &str, text: &str) -> bool {
    let Some((before, after)) = wanted.split_once("[..]") else { return wanted == text };
    let Some(rest) = text.strip_prefix(before) else { return false };
    let line = rest.find('\n').unwrap_or(rest.len());
    (0..=line).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}

/// The exit code as a shell tells it.
pub fn shell_code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(-1)
}

/// The command as one would type it.
pub fn typed(command: &Command) -> String {
    let name = command.get_program().to_string_lossy();
    let mut words = vec![name.rsplit('/').next().unwrap_or_default().to_owned()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Makes the child the leader of a session without a terminal, or with this one: whoever runs the tests in a terminal
/// is never asked for a password by one of them.
#[cfg(unix)]
#[allow(unsafe_code, reason = "fork-safe calls between fork and exec")]
pub fn in_new_session(command: &mut Command, terminal: Option<std::os::fd::OwnedFd>) {
    use std::os::unix::process::CommandExt;
    take_signals();
    // SAFETY: between fork and exec only these two system calls are made, which are async-signal-safe; nothing is
    // allocated.
    unsafe {
        command.pre_exec(move || {
            rustix::process::setsid()?;
            if let Some(terminal) = &terminal {
                rustix::process::ioctl_tiocsctty(terminal)?;
            }
            Ok(())
        });
    }
}

/// Children inherit what is ignored, and a script's background jobs ignore SIGINT. What is caught is not inherited: so
/// these are caught here, and then do what they always do.
#[cfg(unix)]
fn take_signals() {
    use rustix::process::Signal;
    use signal_hook::flag::register_conditional_default;
    use std::sync::{Once, atomic::AtomicBool};
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::INT, Signal::QUIT, Signal::HUP, Signal::TERM, Signal::TSTP] {
            register_conditional_default(signal.as_raw(), Arc::new(AtomicBool::new(true))).unwrap();
        }
    });
}

#[cfg(not(unix))]
pub fn in_new_session(_: &mut Command, _: Option<()>) {}

/// The process id, as rustix wants it.
#[cfg(unix)]
pub fn pid_of(child: &Child) -> rustix::process::Pid {
    rustix::process::Pid::from_child(child)
}

/// Waits for the end without taking the exit status.
#[cfg(unix)]
pub fn ends_within(child: &mut Child, time: Duration) -> bool {
    use rustix::process::WaitIdOptions;
    comes_within(pid_of(child), WaitIdOptions::EXITED, time)
}

/// Waits for a change of state without taking it. A child's end counts as any change.
#[cfg(unix)]
pub fn comes_within(pid: rustix::process::Pid, change: rustix::process::WaitIdOptions, time: Duration) -> bool {
    use rustix::io::Errno;
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let options = change | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while waitid(WaitId::Pid(pid), options).is_err_and(|error| error == Errno::INTR) {}
        let _ = sender.send(());
    });
    receiver.recv_timeout(time).is_ok()
}

#[cfg(not(unix))]
pub fn ends_within(child: &mut Child, time: Duration) -> bool {
    let _ = (mpsc::channel::<()>, thread::current);
    let deadline = std::time::Instant::now() + time;
    while child.try_wait().unwrap().is_none() {
        if std::time::Instant::now() > deadline {
            return false;
        }
        thread::park_timeout(Duration::from_millis(10));
    }
    true
}

/// Reads a captured stream.
pub fn read_lossy(path: &std::path::Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

/// Writes a program that everybody may run. Another process does it, for the reason that [`copy_program`] tells.
#[cfg(unix)]
pub fn write_program(path: impl AsRef<std::path::Path>, text: &str) {
    let script = "cat >\"$0\" && chmod 755 \"$0\"";
    let mut writer =
        Command::new("/bin/sh").args(["-c", script]).arg(path.as_ref()).stdin(Stdio::piped()).spawn().unwrap();
    writer.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
}

/// Copies a program to where another user may run it. Another process does it: a descriptor of ours that is open for
/// writing would be inherited by whatever another test is starting just then, and the copy would be "busy".
#[cfg(unix)]
pub fn copy_program(from: impl AsRef<std::path::Path>, to: impl AsRef<std::path::Path>) {
    assert!(Command::new("cp").arg(from.as_ref()).arg(to.as_ref()).status().unwrap().success());
}
