//! A secret from a file or standard input, taken exactly as it is: one line terminator at its end is not part of it,
//! and everything else is (I05).

use std::fmt;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::files::{FileError, FileFault};
use crate::secret::Secret;

/// The most bytes of a secret, its line terminator apart.
pub const SECRET_LIMIT: usize = 64 << 10;

/// Why something is no usable secret. Nothing of it is in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretInputError {
    /// There is nothing.
    Empty,
    /// A NUL byte is in it.
    Nul,
    /// A carriage return or a line feed is in it.
    LineBreak,
    /// A control character was typed, which the editing of the line would drop.
    Control,
    /// It is longer than [`SECRET_LIMIT`].
    TooLong,
    /// It is not UTF-8 text (RFC 6749 Appendix B).
    NotUtf8,
    /// Standard input is a terminal, which would show what is typed.
    Terminal,
    /// The file could not be read.
    File(FileError),
    /// Standard input could not be read, in the system's words.
    Io(String),
}

impl fmt::Display for SecretInputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::Nul => "a NUL byte is in it",
            Self::LineBreak => "a line break is in it",
            Self::Control => "a control character was typed",
            Self::TooLong => return write!(f, "it is longer than {SECRET_LIMIT} bytes"),
            Self::NotUtf8 => "it is not UTF-8 text",
            Self::Terminal => "standard input is a terminal, which would show what is typed",
            Self::File(error) => return error.fmt(f),
            Self::Io(text) => return write!(f, "cannot read standard input: {text}"),
        })
    }
}

impl std::error::Error for SecretInputError {}

/// Reads a secret from a file: a regular one, a link to one, or a pipe (`<(pass show x)`).
///
/// # Errors
/// [`SecretInputError`]
pub fn read_secret_file(path: &Path) -> Result<Secret, SecretInputError> {
    read_file(path, Shape::Line)
}

/// The same for a secret that may have several lines.
///
/// # Errors
/// [`SecretInputError`]
pub fn read_file(path: &Path, shape: Shape) -> Result<Secret, SecretInputError> {
    let failed = |error: io::Error| SecretInputError::File(FileError::io("read", path, &error));
    let mut file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(SecretInputError::File(FileError::new("read", path, FileFault::NotAFile)));
    }
    take_secret(&mut file, shape, failed)
}

/// Reads a secret from standard input, to its end.
///
/// # Errors
/// [`SecretInputError`]
pub fn read_secret_stdin() -> Result<Secret, SecretInputError> {
    let failed = |error: io::Error| SecretInputError::Io(error.to_string());
    if io::stdin().is_terminal() {
        return Err(SecretInputError::Terminal);
    }
    take_secret(&mut unbuffered_stdin().map_err(failed)?, Shape::Line, failed)
}

/// How many lines a secret has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One, as a password.
    Line,
    /// One or more, as a private key in PEM.
    Lines,
}

impl Shape {
    /// Whether a secret of this shape that came another way may be used: not empty, no NUL, not too long.
    ///
    /// # Errors
    /// [`SecretInputError`]
    pub fn check(self, secret: &Secret) -> Result<(), SecretInputError> {
        match check_secret(secret) {
            Err(SecretInputError::LineBreak) if self == Self::Lines => Ok(()),
            checked => checked,
        }
    }
}

/// Whether a secret that came another way (prompt, environment) may be used: not empty, no NUL, no line break, not
/// too long.
///
/// # Errors
/// [`SecretInputError`]
pub fn check_secret(secret: &Secret) -> Result<(), SecretInputError> {
    let bytes = secret.expose().as_bytes();
    if bytes.is_empty() {
        Err(SecretInputError::Empty)
    } else if bytes.len() > SECRET_LIMIT {
        Err(SecretInputError::TooLong)
    } else if bytes.contains(&0) {
        Err(SecretInputError::Nul)
    } else if bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        Err(SecretInputError::LineBreak)
    } else {
        Ok(())
    }
}

/// Reads to the end, strips one line terminator, checks.
pub(super) fn take_secret<E>(input: &mut impl Read, shape: Shape, failed: E) -> Result<Secret, SecretInputError>
where
    E: FnOnce(io::Error) -> SecretInputError,
{
    // Room for the longest secret, a terminator and one byte that is too much: the memory never moves, so that no
    // copy is left behind.
    let mut bytes = Zeroizing::new(vec![0; SECRET_LIMIT + 3]);
    let mut filled = 0;
    loop {
        match input.read(&mut bytes[filled..]) {
            Ok(0) => break, // the end, or no room: too long
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let text = &bytes[..filled];
    let text = text.strip_suffix(b"\n").map_or(text, |text| text.strip_suffix(b"\r").unwrap_or(text));
    let secret = Secret::from_utf8(text.to_vec()).map_err(|_| match text.len() {
        0..=SECRET_LIMIT => SecretInputError::NotUtf8,
        _ => SecretInputError::TooLong, // the cut may have gone through a character
    })?;
    shape.check(&secret)?;
    Ok(secret)
}

/// A second handle on standard input. `io::stdin()` reads through a buffer that lives as long as the process and is
/// never wiped.
pub(super) fn unbuffered_stdin() -> io::Result<File> {
    #[cfg(unix)]
    use std::os::fd::AsFd;
    #[cfg(windows)]
    use std::os::windows::io::AsHandle;
    #[cfg(unix)]
    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    #[cfg(windows)]
    let stdin = io::stdin().as_handle().try_clone_to_owned()?;
    Ok(File::from(stdin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(bytes: impl AsRef<[u8]>) -> Result<String, SecretInputError> {
        take_secret(&mut bytes.as_ref(), Shape::Line, |error| SecretInputError::Io(error.to_string()))
            .map(|secret| secret.expose().to_owned())
    }

    #[test] // I05
    fn exactly_one_terminator_is_stripped() {
        for (input, secret) in [
            ("x", "x"),
            ("x\n", "x"),
            ("x\r\n", "x"),
            (" edge spaces \t", " edge spaces \t"),
            ("e\u{301}", "e\u{301}"),
            ("\u{e9}\n", "\u{e9}"),
            ("\u{feff}bom", "\u{feff}bom"),
        ] {
            assert_eq!(take(input), Ok(secret.into()), "{input:?}");
        }
    }

    #[test] // I05
    fn what_no_server_would_get_intact_is_refused() {
        for (input, why) in [
            ("", SecretInputError::Empty),
            ("\n", SecretInputError::Empty),
            ("\r\n", SecretInputError::Empty),
            ("a\0b", SecretInputError::Nul),
            ("a\n\n", SecretInputError::LineBreak),
            ("a\r", SecretInputError::LineBreak),
            ("a\nb", SecretInputError::LineBreak),
        ] {
            assert_eq!(take(input), Err(why), "{input:?}");
        }
        assert_eq!(take(b"canary\xff"), Err(SecretInputError::NotUtf8));
    }

    #[test] // I05
    fn sixty_four_kib_and_no_more() {
        let longest = "x".repeat(SECRET_LIMIT);
        assert_eq!(take(format!("{longest}\r\n")).as_deref(), Ok(longest.as_str()));
        assert_eq!(take(format!("{longest}x")), Err(SecretInputError::TooLong));
        assert_eq!(take("\u{e9}".repeat(SECRET_LIMIT)), Err(SecretInputError::TooLong));
    }

    #[test] // I05
    fn a_key_may_have_several_lines() {
        let take = |text: &str| {
            take_secret(&mut text.as_bytes(), Shape::Lines, |error| SecretInputError::Io(error.to_string()))
        };
        assert_eq!(take("a\r\nb\n").unwrap().expose(), "a\r\nb");
        assert_eq!(take("\n").unwrap_err(), SecretInputError::Empty);
        assert_eq!(take("a\n\0").unwrap_err(), SecretInputError::Nul);
        assert_eq!(take(&"x\n".repeat(SECRET_LIMIT)).unwrap_err(), SecretInputError::TooLong);
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        assert!(read_secret_file(&path).unwrap_err().to_string().starts_with("cannot read "));
        std::fs::write(&path, "pw\n").unwrap();
        assert_eq!(read_secret_file(&path).unwrap().expose(), "pw");
        assert!(matches!(read_secret_file(folder.path()), Err(SecretInputError::File(_))));
    }
}
