//! Becoming another program, and handing it a secret on the way: not among its arguments, where everybody sees it, nor in
//! its environment, which its own children would inherit.

use std::ffi::OsString;
use std::io;

use super::environment::Environment;
use crate::secret::Secret;

/// Becomes a program that is looked for in `PATH`, its relative folders apart (I06). One of its arguments is the path of a
/// file with a secret in it: `argument` is given that path. The file has no name in any folder, and is gone with the
/// program. The program gets our streams, but none of our secrets (M04), and the limit on core files that we were given.
///
/// # Errors
/// Only where there is no such program, or no such file; otherwise this process is that program.
#[cfg(unix)]
pub fn become_with_file(
    program: &str,
    arguments: Vec<OsString>,
    secret: &Secret,
    argument: impl FnOnce(&str) -> Vec<OsString>,
    environment: &Environment,
) -> io::Error {
    use std::os::fd::AsRawFd as _;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    use super::child::{safe_path, without_secrets};
    use super::process::restore_core_limit;

    let file = match unix::file(secret) {
        Ok(file) => file,
        Err(error) => return error,
    };
    let mut command = Command::new(program);
    command.args(argument(&format!("/dev/fd/{}", file.as_raw_fd()))).args(arguments);
    without_secrets(&mut command);
    command.env("PATH", safe_path(environment));
    restore_core_limit();
    command.exec()
}

/// Set for a program that this one became by [`become_next`]: what that starts in turn is not passed on once more.
const PASSED_ON: &str = "PASSED_ON_BY_TOK";

/// Becomes the next program of a name in `PATH` that is not this one, with our streams and without our secrets (M04):
/// for a name in the place of another program, which is asked for what is not ours. Only once, because that program may
/// be a script, or a copy, that leads back here.
///
/// # Errors
/// Only where there is none; otherwise this process is that program.
#[cfg(unix)]
pub fn become_next(name: &str, arguments: &[String], environment: &Environment) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    use super::child::{safe_path, without_secrets};
    use super::process::restore_core_limit;

    let path = safe_path(environment);
    let next = if environment.is_set(PASSED_ON) { None } else { unix::next(name, &path) };
    let Some(program) = next else { return io::ErrorKind::NotFound.into() };
    let mut command = Command::new(program);
    command.args(arguments).env(PASSED_ON, "1").env("PATH", path);
    without_secrets(&mut command);
    restore_core_limit();
    command.exec()
}

/// Elsewhere no program can be become.
#[cfg(not(unix))]
pub fn become_next(_: &str, _: &[String], _: &Environment) -> io::Error {
    io::ErrorKind::Unsupported.into()
}

/// Elsewhere no program can be become.
#[cfg(not(unix))]
pub fn become_with_file(
    _: &str,
    _: Vec<OsString>,
    _: &Secret,
    _: impl FnOnce(&str) -> Vec<OsString>,
    _: &Environment,
) -> io::Error {
    io::ErrorKind::Unsupported.into()
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::fs::Metadata;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::PathBuf;
    use std::{env, fs, io};

    use crate::secret::Secret;

    /// The first program of that name that is another file than this one.
    pub fn next(name: &str, path: &OsStr) -> Option<PathBuf> {
        let file = |metadata: Metadata| (metadata.dev(), metadata.ino());
        // Who cannot say which file it is cannot tell another from itself.
        let own = file(fs::metadata(env::current_exe().ok()?).ok()?);
        env::split_paths(path).map(|folder| folder.join(name)).find(|program| {
            let is_program = |found: &Metadata| found.is_file() && found.permissions().mode() & 0o111 != 0;
            fs::metadata(program).ok().filter(is_program).is_some_and(|found| file(found) != own)
        })
    }

    /// A file in memory, open for whatever this process becomes.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn file(secret: &Secret) -> io::Result<OwnedFd> {
        use rustix::fs::{MemfdFlags, memfd_create};
        // Where the administrator wants it so (vm.memfd_noexec) there is no other; before Linux 6.3 there is none.
        let file =
            memfd_create("tok", MemfdFlags::NOEXEC_SEAL).or_else(|_| memfd_create("tok", MemfdFlags::empty()))?;
        let mut rest = secret.expose().as_bytes();
        while !rest.is_empty() {
            let written = rustix::io::write(&file, rest)?;
            rest = &rest[written..];
        }
        Ok(file)
    }

    /// A pipe that holds all of it, open for whatever this process becomes.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn file(secret: &Secret) -> io::Result<OwnedFd> {
        let (reader, writer) = rustix::pipe::pipe()?;
        // Nobody reads yet: what does not fit at once never will.
        rustix::io::ioctl_fionbio(&writer, true)?;
        if rustix::io::write(&writer, secret.expose().as_bytes())? < secret.len() {
            return Err(io::Error::other("the header is too long for a pipe"));
        }
        Ok(reader)
    }
}
