//! For the tests of this room: a test that must die, close or stop something does it in a process of its own. That
//! process is the test program again, told to run one test, which plays the role it finds in a variable.

use std::env;
use std::process::Command;
#[cfg(unix)]
use std::process::{ExitStatus, Stdio};

/// The variable with the role.
pub const CHILD: &str = "TOK_TEST_CHILD";

/// The role to play, in the child only.
pub fn in_child() -> Option<String> {
    env::var(CHILD).ok()
}

/// The command that runs one test of this program in a role.
pub fn child(test: &str, role: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, role).env("RUST_BACKTRACE", "full");
    command
}

/// Runs it to its end; what it wrote to standard output and standard error.
#[cfg(unix)]
pub fn run_child(test: &str, role: &str) -> (ExitStatus, String) {
    let output = child(test, role).stdin(Stdio::null()).output().unwrap();
    let written = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8_lossy(&written).into_owned())
}

/// Writes a program. Another process does it: a descriptor of ours that is open for writing would be inherited by whatever
/// another test is starting just then, and the program would be "busy".
#[cfg(unix)]
pub fn write_program(path: &std::path::Path, text: &str) {
    let script = "cat >\"$0\" && chmod 755 \"$0\"";
    let mut writer = Command::new("/bin/sh").args(["-c", script]).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut writer.stdin.take().unwrap(), text.as_bytes()).unwrap();
    assert!(writer.wait().unwrap().success());
}
