//! Other programs: a secret from a command, such as `pass show sso`; an answer from one that knows its own files; where
//! programs are.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use super::environment::{Environment, SECRET_VARIABLES};
use super::files::is_same;
use super::read_secret::{SecretInputError, Shape, take_secret};
use crate::secret::Secret;

/// Where programs are where no `PATH` says so.
const USUAL_PATH: &str = if cfg!(windows) { r"C:\Windows\System32;C:\Windows" } else { "/usr/bin:/bin" };

/// Why a command gave no secret. Nothing of its output is in here, nor the command itself, which may hold one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// The shell does not find it (exit code 127).
    NotFound,
    /// It ended in failure: its exit code, or none if a signal killed it.
    Failed(Option<i32>),
    /// It printed nothing.
    NoOutput,
    /// It printed what is no usable secret.
    Bad(SecretInputError),
    /// The shell could not be started, or the output not be read, in the system's words.
    Io(String),
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("the shell cannot find the command"),
            Self::Failed(Some(code)) => write!(f, "the command failed with exit code {code}"),
            Self::Failed(None) => f.write_str("the command was killed by a signal"),
            Self::NoOutput => f.write_str("the command printed nothing"),
            Self::Bad(why) => write!(f, "the command's output cannot be used: {why}"),
            Self::Io(text) => write!(f, "cannot run the command: {text}"),
        }
    }
}

impl std::error::Error for CommandError {}

/// Runs a command by the shell (`/bin/sh -c`; `cmd /C` on Windows) and takes what it prints on standard output as a
/// secret, one line terminator stripped.
///
/// The command may ask a person: its standard input is the terminal where there is one, and its standard error is
/// ours. It is given no secret of the environment (M04) and a `PATH` without relative folders (I06).
///
/// # Errors
/// [`CommandError`]
pub fn run_secret_command(command: &str, environment: &Environment) -> Result<Secret, CommandError> {
    run_command(command, environment, Shape::Line)
}

/// The same for a secret that may have several lines.
///
/// # Errors
/// [`CommandError`]
pub fn run_command(command: &str, environment: &Environment, shape: Shape) -> Result<Secret, CommandError> {
    let failed = |error: io::Error| CommandError::Io(error.to_string());
    let mut shell = shell(command);
    shell.stdin(terminal_or_nothing()).stdout(Stdio::piped());
    without_secrets(&mut shell);
    shell.env("PATH", safe_path(environment));
    let mut child = shell.spawn().map_err(failed)?;
    let output = match child.stdout.take() {
        Some(mut stdout) => {
            let output = take_secret(&mut stdout, shape, |error| SecretInputError::Io(error.to_string()));
            // A command that goes on printing is not read to its end: it gets a broken pipe.
            let more = matches!(output, Err(SecretInputError::TooLong)) && stdout.read(&mut [0]).is_ok_and(|n| n > 0);
            if more {
                let _ = child.kill();
                let _ = child.wait();
                return Err(CommandError::Bad(SecretInputError::TooLong));
            }
            output
        }
        None => Err(SecretInputError::Empty),
    };
    let status = wait(&mut child).map_err(failed)?;
    if !status.success() {
        return Err(if status.code() == Some(127) {
            CommandError::NotFound
        } else {
            CommandError::Failed(status.code())
        });
    }
    output.map_err(|why| match why {
        SecretInputError::Empty => CommandError::NoOutput,
        SecretInputError::Io(text) => CommandError::Io(text),
        why => CommandError::Bad(why),
    })
}

/// Takes every variable that holds a secret out of a child's environment (M04).
pub fn without_secrets(command: &mut Command) {
    for name in SECRET_VARIABLES {
        command.env_remove(name);
    }
}

/// `PATH` without its empty and relative parts, which mean the working directory or a folder below it (I06). Where
/// nothing is left of it, and where it is not set, the usual one: an empty `PATH` means the working directory too, and
/// so may what a shell takes when it has none.
#[must_use]
pub fn safe_path(environment: &Environment) -> OsString {
    let path = environment.raw("PATH").unwrap_or_default();
    // What was split at the separator can be joined by it again.
    let safe = env::join_paths(env::split_paths(path).filter(|part| part.is_absolute())).unwrap_or_default();
    if safe.is_empty() { USUAL_PATH.into() } else { safe }
}

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Whether it ended well.
    pub success: bool,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
}

/// Asks another program, found in `PATH` without its relative folders (I06), which reads this text. It is given none of
/// our secrets (M04), starts in the root folder and speaks English.
///
/// # Errors
/// Whatever kept it from being run, above all [`io::ErrorKind::NotFound`].
pub fn ask(program: &str, arguments: &[&str], text: &str, environment: &Environment) -> io::Result<Said> {
    // Where the standard library would look on in the folders that are left out.
    #[cfg(windows)]
    let program = find(program, environment).ok_or(io::ErrorKind::NotFound)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.current_dir(std::path::MAIN_SEPARATOR_STR);
    without_secrets(&mut command);
    command.env("PATH", safe_path(environment)).env("LC_ALL", "C");
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    // It may say much before it has read all: both at once.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
        child.wait_with_output()
    })?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Said { success: output.status.success(), stdout: output.stdout, stderr })
}

/// The name of a program's file. On Windows none holds a colon: there it is an `@`.
#[must_use]
pub fn file_name(program: &str) -> String {
    let program = if cfg!(windows) { program.replace(':', "@") } else { program.to_owned() };
    program + env::consts::EXE_SUFFIX
}

/// What a person types so that a folder is the first of `PATH`.
#[must_use]
pub fn put_first_in_path(folder: &str) -> String {
    if cfg!(windows) {
        format!("$env:Path = \"{folder};$env:Path\"")
    } else {
        format!("export PATH=\"{folder}:$PATH\"")
    }
}

/// The first file of this name in `PATH`, its relative folders apart.
#[must_use]
pub fn find(name: &str, environment: &Environment) -> Option<PathBuf> {
    let name = file_name(name);
    env::split_paths(&safe_path(environment)).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// Whether a folder is one of `PATH`.
#[must_use]
pub fn is_in_path(folder: &Path, environment: &Environment) -> bool {
    env::split_paths(&safe_path(environment)).any(|part| part == folder)
}

/// Where this program is, for the settings of others. That name in `PATH` counts which leads to it: what it leads to
/// may be a folder of one version alone, as package managers have them, and gone after the next update.
///
/// # Errors
/// The system's.
pub fn own_path(environment: &Environment) -> io::Result<PathBuf> {
    let program = env::current_exe()?;
    let called = program.file_stem().and_then(|name| name.to_str()).map(str::to_owned);
    let names = ["tok".to_owned()].into_iter().chain(called);
    let in_path = names.into_iter().filter_map(|name| find(&name, environment)).find(|path| is_same(path, &program));
    Ok(in_path.unwrap_or(program))
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut shell = Command::new(env::var_os("ComSpec").unwrap_or_else(|| "cmd.exe".into()));
    shell.raw_arg("/C").raw_arg(command);
    shell
}

/// The terminal itself, so that a command can ask even where our own standard input is a pipe.
fn terminal_or_nothing() -> Stdio {
    let terminal = if cfg!(windows) { "CONIN$" } else { "/dev/tty" };
    File::open(terminal).map_or_else(|_| Stdio::null(), Stdio::from)
}

fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    loop {
        match child.wait() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn run(command: &str) -> Result<String, CommandError> {
        run_secret_command(command, &Environment::from_process()).map(|secret| secret.expose().to_owned())
    }

    #[test] // I05
    fn the_output_without_its_line_terminator() {
        assert_eq!(run("echo ' a b '"), Ok(" a b ".into()));
        assert_eq!(run("printf x"), Ok("x".into()));
    }

    #[test]
    fn failures_are_told_apart() {
        assert_eq!(run("exit 3"), Err(CommandError::Failed(Some(3))));
        assert_eq!(run("echo canary; exit 1"), Err(CommandError::Failed(Some(1))));
        assert_eq!(run("kill -9 $$"), Err(CommandError::Failed(None)));
        assert_eq!(run("exit 127"), Err(CommandError::NotFound));
        assert_eq!(run("true"), Err(CommandError::NoOutput));
        assert_eq!(run("printf 'a\\nb'"), Err(CommandError::Bad(SecretInputError::LineBreak)));
    }

    #[test]
    fn endless_output_ends() {
        assert_eq!(run("cat /dev/zero"), Err(CommandError::Bad(SecretInputError::TooLong)));
    }

    #[test] // M04
    fn no_secret_is_passed_on() {
        let mut command = Command::new("true");
        without_secrets(&mut command);
        for name in SECRET_VARIABLES {
            assert!(command.get_envs().any(|(n, value)| n == name && value.is_none()));
        }
    }

    #[test]
    fn a_program_is_asked() {
        let environment = Environment::from_process();
        let text = "x".repeat(1 << 18);
        let said = ask("cat", &[], &text, &environment).unwrap();
        assert!(said.success && said.stdout == text.as_bytes());
        let said = ask("sh", &["-c", "pwd; echo no >&2; exit 1"], &text, &environment).unwrap();
        assert_eq!((said.success, said.stdout.as_slice(), said.stderr.as_str()), (false, &b"/\n"[..], "no\n"));
        assert_eq!(ask("no-such-program", &[], "", &environment).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_name_in_the_path_is_where_this_program_is() {
        let folder = tempfile::tempdir().unwrap();
        let program = env::current_exe().unwrap();
        let nowhere = Environment::from_pairs([("PATH", "/nowhere")]);
        assert_eq!(own_path(&nowhere).unwrap(), program);
        let named = folder.path().join("tok");
        std::os::unix::fs::symlink(&program, &named).unwrap();
        let path = Environment::from_pairs([("PATH", folder.path().as_os_str())]);
        assert_eq!(own_path(&path).unwrap(), named);
        assert!(is_in_path(folder.path(), &path) && !is_in_path(folder.path(), &nowhere));
    }

    #[test] // I06
    fn the_working_directory_is_not_searched() {
        let path = |text: &str| safe_path(&Environment::from_pairs([("PATH", text)])).into_string().unwrap();
        assert_eq!(path(":/bin:.:bin::/usr/bin:"), "/bin:/usr/bin");
        assert_eq!([path(""), path("."), path(":")], [USUAL_PATH; 3]);
        assert_eq!(safe_path(&Environment::from_pairs([("A", "b")])), USUAL_PATH);
    }
}
