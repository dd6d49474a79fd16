//! Becoming another program, and handing it a secret on the way: in a file that has no name in any folder, or in a
//! variable; never among its arguments, where everybody sees it.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::io;
use std::process::Command;

use super::child::without_secrets;
use super::environment::Environment;
use super::process::restore_core_limit;
use crate::secret::Secret;

/// Set for a program that was found by [`Successor::next`]: what that starts in turn is not passed on once more.
const PASSED_ON: &str = "PASSED_ON_BY_TOK";

/// A program that this process is to become. It gets our streams and our environment, without our secrets (M04), and the
/// limit on core files that we were given (M02).
///
/// As it is the same process, everything else is its own without further ado: the terminal, signals, the exit code.
#[derive(Debug)]
pub struct Successor {
    command: Command,
    #[cfg(unix)]
    files: Vec<std::os::fd::OwnedFd>,
}

impl Successor {
    /// A program by its path, or by its name in `PATH`, whose relative folders are passed over (I06).
    ///
    /// # Errors
    /// `NotFound` and `PermissionDenied`.
    pub fn find(program: &OsStr, environment: &Environment) -> io::Result<Self> {
        let mut command = command(program, environment)?;
        without_secrets(&mut command);
        Ok(Self {
            command,
            #[cfg(unix)]
            files: Vec::new(),
        })
    }

    /// The next program of a name in `PATH` that is not this one: for a name in the place of another program, which is
    /// asked for what is not ours. Only once, because that program may be a script, or a copy, that leads back here.
    ///
    /// # Errors
    /// `NotFound`, also elsewhere than on Unix.
    pub fn next(name: &str, environment: &Environment) -> io::Result<Self> {
        let mut next = Self::find(&next_of(name, environment)?, environment)?;
        next.variable(PASSED_ON, "1");
        Ok(next)
    }

    /// Adds arguments.
    pub fn arguments(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) {
        self.command.args(arguments);
    }

    /// Sets a variable. Whatever the program starts inherits it.
    pub fn variable(&mut self, name: &str, value: &str) {
        self.command.env(name, value);
    }

    /// The path of a new file with a secret in it, which is gone with the program. Only this user can open it.
    ///
    /// # Errors
    /// What the system says; `Unsupported` where there are no such files.
    pub fn file(&mut self, secret: &Secret) -> io::Result<String> {
        #[cfg(unix)]
        {
            let file = unix::file(secret)?;
            let path = unix::path(&file);
            self.files.push(file);
            Ok(path)
        }
        #[cfg(not(unix))]
        {
            let _ = secret;
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    /// Becomes the program.
    ///
    /// # Errors
    /// It only ends with one: otherwise this process is that program.
    #[must_use]
    pub fn start(mut self) -> io::Error {
        restore_core_limit();
        become_it(&mut self.command)
    }
}

#[cfg(unix)]
fn command(program: &OsStr, environment: &Environment) -> io::Result<Command> {
    use std::os::unix::process::CommandExt as _;

    let mut command = Command::new(find(program, &super::child::safe_path(environment))?);
    command.arg0(program);
    Ok(command)
}

/// A name with a slash in it is a path; any other is looked for. One that may not be run is passed over, and is the error
/// if there is no other, as with a shell.
#[cfg(unix)]
fn find(program: &OsStr, path: &OsStr) -> io::Result<OsString> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;

    if program.as_bytes().contains(&b'/') {
        return Ok(program.to_owned());
    }
    let mut error = io::ErrorKind::NotFound;
    for folder in std::env::split_paths(path).filter(|_| !program.is_empty()) {
        let file = folder.join(program);
        let Ok(metadata) = file.metadata() else { continue };
        if metadata.is_file() && metadata.permissions().mode() & 0o111 != 0 {
            return Ok(file.into_os_string());
        }
        error = io::ErrorKind::PermissionDenied;
    }
    Err(error.into())
}

/// The first program of that name that is another file than this one.
#[cfg(unix)]
fn next_of(name: &str, environment: &Environment) -> io::Result<OsString> {
    use std::fs::Metadata;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    if environment.is_set(PASSED_ON) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = |metadata: Metadata| (metadata.dev(), metadata.ino());
    // Who cannot say which file it is cannot tell another from itself.
    let own = file(std::env::current_exe()?.metadata()?);
    let path = super::child::safe_path(environment);
    let mut programs = std::env::split_paths(&path).map(|folder| folder.join(name));
    let next = programs.find(|program| {
        let is_program = |found: &Metadata| found.is_file() && found.permissions().mode() & 0o111 != 0;
        program.metadata().ok().filter(is_program).is_some_and(|found| file(found) != own)
    });
    next.map(std::path::PathBuf::into_os_string).ok_or_else(|| io::ErrorKind::NotFound.into())
}

#[cfg(not(unix))]
fn next_of(_: &str, _: &Environment) -> io::Result<OsString> {
    Err(io::ErrorKind::NotFound.into())
}

#[cfg(unix)]
fn become_it(command: &mut Command) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

/// Not by the system, which would also look in the working directory and beside this program.
#[cfg(not(unix))]
fn command(program: &OsStr, environment: &Environment) -> io::Result<Command> {
    let path = super::child::safe_path(environment);
    let mut command = Command::new(find(program, &path, environment.text("PATHEXT").ok().flatten())?);
    command.env("PATH", path);
    Ok(command)
}

/// A name with a separator or a drive in it is a path; any other is looked for. As with `cmd`, the ending may be left out:
/// `npm` is a file `npm.cmd`.
#[cfg(not(unix))]
fn find(program: &OsStr, path: &OsStr, endings: Option<&str>) -> io::Result<OsString> {
    use std::path::Path;

    let named = Path::new(program);
    let is_name = named.file_name() == Some(program);
    let folders = if is_name { std::env::split_paths(path).collect() } else { vec![std::path::PathBuf::new()] };
    let own = named.extension().map(|_| "");
    let endings = endings.filter(|list| !list.is_empty()).unwrap_or(".COM;.EXE;.BAT;.CMD");
    for folder in folders {
        for ending in own.into_iter().chain(endings.split(';').filter(|ending| !ending.is_empty())) {
            let mut file = folder.join(named).into_os_string();
            file.push(ending);
            if Path::new(&file).is_file() {
                return Ok(file);
            }
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Elsewhere no program can be become: it is waited for. A Ctrl-C is for it, as it would be if it stood alone.
#[cfg(not(unix))]
fn become_it(command: &mut Command) -> io::Error {
    #[cfg(windows)]
    super::console::leave_to_children();
    match command.status() {
        #[expect(clippy::exit, reason = "this process ends as the other did")]
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::fd::{AsRawFd as _, OwnedFd};

    use crate::secret::Secret;

    /// A file in memory, open for whatever this process becomes, readable by its owner alone.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn file(secret: &Secret) -> io::Result<OwnedFd> {
        use rustix::fs::{MemfdFlags, Mode, fchmod, memfd_create};
        // Where the administrator wants it so (vm.memfd_noexec) there is no other; before Linux 6.3 there is none.
        let file =
            memfd_create("tok", MemfdFlags::NOEXEC_SEAL).or_else(|_| memfd_create("tok", MemfdFlags::empty()))?;
        let mut rest = secret.expose().as_bytes();
        while !rest.is_empty() {
            let written = rustix::io::write(&file, rest)?;
            rest = &rest[written..];
        }
        fchmod(&file, Mode::RUSR)?;
        Ok(file)
    }

    /// By the number of this process, which will be the program's: so that what the program starts can open it too, even
    /// where descriptors are closed on the way, as Python does it.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn path(file: &OwnedFd) -> String {
        let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
        if std::fs::metadata(&path).is_ok() { path } else { format!("/dev/fd/{}", file.as_raw_fd()) }
    }

    /// A pipe that holds all of it, open for whatever this process becomes. It can be read once.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn file(secret: &Secret) -> io::Result<OwnedFd> {
        let (reader, writer) = io::pipe()?;
        rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty())?;
        // Nobody reads yet: what does not fit at once never will.
        rustix::io::ioctl_fionbio(&writer, true)?;
        if rustix::io::write(&writer, secret.expose().as_bytes())? < secret.len() {
            return Err(io::Error::other("the token is too long for a pipe"));
        }
        Ok(reader.into())
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn path(file: &OwnedFd) -> String {
        format!("/dev/fd/{}", file.as_raw_fd())
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    #[cfg(target_os = "linux")]
    use crate::sys::testing::{in_child, run_child};

    #[test] // I06
    fn a_program_is_looked_for_where_it_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, mode| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path.into_os_string()
        };
        let (plain, program) = (make("a/x", 0o644), make("b/x", 0o755));
        fs::create_dir(folder.path().join("a/y")).unwrap();
        let path = |names: &[&str]| std::env::join_paths(names.iter().map(|name| folder.path().join(name))).unwrap();
        let found = |name: &str, names: &[&str]| find(name.as_ref(), &path(names)).map_err(|error| error.kind());
        assert_eq!(found("x", &["a", "b"]).unwrap(), program);
        assert_eq!(found("x", &["a"]), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(found("y", &["a"]), Err(io::ErrorKind::PermissionDenied));
        assert_eq!(found("z", &["a", "b"]), Err(io::ErrorKind::NotFound));
        assert_eq!(found("", &["a", "b"]), Err(io::ErrorKind::NotFound));
        assert_eq!(found("./x", &[]).unwrap(), "./x");
        assert_eq!(find(&plain, OsStr::new("")).unwrap(), plain);
    }

    /// In a process of its own: in this one another test gets a descriptor's number as soon as it is free.
    #[cfg(target_os = "linux")]
    #[test] // M04
    fn a_file_is_its_owners_and_can_be_read_again() {
        if in_child().is_none() {
            let name = "sys::handover::tests::a_file_is_its_owners_and_can_be_read_again";
            let (status, output) = run_child(name, "itself");
            assert!(status.success() && output.contains("1 passed"), "{output}");
            return;
        }
        let mut next = Successor::find("true".as_ref(), &Environment::from_pairs([("PATH", "/usr/bin:/bin")])).unwrap();
        let secret = Secret::new("t0k3n".repeat(20_000));
        let path = next.file(&secret).unwrap();
        for _ in 0..2 {
            assert_eq!(fs::read_to_string(&path).unwrap(), secret.expose());
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o400);
        drop(next);
        assert!(!fs::exists(&path).unwrap());
    }
}

#[cfg(all(test, windows))]
mod tests {
    use std::fs;

    use super::*;

    #[test] // I06
    fn a_program_is_looked_for_where_it_may_be_with_the_endings_that_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path.into_os_string()
        };
        let (script, program, plain) = (make(r"a\x.cmd"), make(r"b\x.exe"), make(r"b\y.txt"));
        let path = |names: &[&str]| std::env::join_paths(names.iter().map(|name| folder.path().join(name))).unwrap();
        let found = |name: &OsStr, names: &[&str], endings| {
            let same_case = |file: OsString| file.to_ascii_lowercase();
            find(name, &path(names), endings).map(same_case).map_err(|error| error.kind())
        };
        let lower = |file: &OsString| Ok(file.to_ascii_lowercase());
        assert_eq!(found("x".as_ref(), &["a", "b"], None), lower(&script));
        assert_eq!(found("x".as_ref(), &["b", "a"], Some("")), lower(&program));
        assert_eq!(found("x".as_ref(), &["a", "b"], Some(".exe")), lower(&program));
        assert_eq!(found("x.EXE".as_ref(), &["a", "b"], None), lower(&program));
        assert_eq!(found("y.txt".as_ref(), &["b"], None), lower(&plain));
        assert_eq!(found(&folder.path().join(r"a\x").into_os_string(), &[], None), lower(&script));
        for name in ["y", "z", "", ".", ".."] {
            assert_eq!(found(name.as_ref(), &["a", "b"], None), Err(io::ErrorKind::NotFound), "{name}");
        }
    }
}
