//! Standard input as other programs use it to ask something: to its end, or a line at a time. What comes may hold a
//! secret, so it is one.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::read_secret::unbuffered_stdin;
use crate::secret::Secret;

/// How far is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    End,
    EndOfLine,
    EmptyLine,
}

/// All of it; at most `limit` bytes.
///
/// # Errors
/// What the system says; that it is longer, or no UTF-8 text.
pub fn to_end(limit: usize) -> io::Result<Secret> {
    read(&mut unbuffered_stdin()?, limit, Until::End)
}

/// Lines up to an empty one, or to the end: whoever writes them may keep the stream open.
///
/// # Errors
/// As for [`to_end`].
pub fn to_empty_line(limit: usize) -> io::Result<Secret> {
    read(&mut unbuffered_stdin()?, limit, Until::EmptyLine)
}

/// The next line, without its end; nothing more is read. Empty at the end.
///
/// # Errors
/// As for [`to_end`].
pub fn line(limit: usize) -> io::Result<Secret> {
    read(&mut unbuffered_stdin()?, limit, Until::EndOfLine)
}

/// Reads. The end of a line is taken and not returned; up to there each byte has a system call of its own, so that the
/// rest is left to whoever reads next.
fn read(from: &mut impl Read, limit: usize, until: Until) -> io::Result<Secret> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut piece = Zeroizing::new([0; 4096]);
    let length = if until == Until::EndOfLine { 1 } else { piece.len() };
    loop {
        let read = match from.read(&mut piece[..length]) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if until == Until::EndOfLine && piece[0] == b'\n' {
            break;
        }
        if bytes.len() + read > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "standard input is too long"));
        }
        bytes.extend_from_slice(&piece[..read]);
        let has_empty_line = || bytes.starts_with(b"\n") || bytes.windows(2).any(|pair| pair == b"\n\n");
        if until == Until::EmptyLine && has_empty_line() {
            break;
        }
    }
    let text = Secret::from_utf8(std::mem::take(&mut *bytes));
    text.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "standard input is not UTF-8 text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn to_the_end_or_to_a_byte() {
        let mut text = &b"ab\ncd"[..];
        assert_eq!(read(&mut text, 2, Until::EndOfLine).unwrap().expose(), "ab");
        assert_eq!(read(&mut text, 2, Until::EndOfLine).unwrap().expose(), "cd");
        assert_eq!(read(&mut text, 2, Until::EndOfLine).unwrap().expose(), "");
        assert_eq!(read(&mut &b"ab\ncd"[..], 5, Until::End).unwrap().expose(), "ab\ncd");
        assert!(read(&mut &b"ab\ncd"[..], 4, Until::End).is_err());
        assert!(read(&mut &b"abc\n"[..], 2, Until::EndOfLine).is_err());
        assert!(read(&mut &b"\xff"[..], 2, Until::End).is_err());
    }

    #[test]
    fn to_an_empty_line_and_no_further() {
        let of = |pieces: &[&'static str]| {
            let nothing: Box<dyn Read> = Box::new(io::empty());
            let pieces = pieces.iter().map(|piece| piece.as_bytes());
            let mut all = pieces.rev().fold(nothing, |rest, piece| Box::new(piece.chain(rest)));
            let said = read(&mut all, 8, Until::EmptyLine).map(|said| said.expose().to_owned());
            let mut rest = String::new();
            all.read_to_string(&mut rest).unwrap();
            said.ok().map(|said| (said, rest))
        };
        let both = |said: &str, rest: &str| Some((said.to_owned(), rest.to_owned()));
        assert_eq!(of(&["a\nb\n\n", "c"]), both("a\nb\n\n", "c"));
        assert_eq!(of(&["a\n", "\n", "c"]), both("a\n\n", "c"));
        assert_eq!(of(&["\n", "c"]), both("\n", "c"));
        assert_eq!(of(&["a\n", "b"]), both("a\nb", ""));
        assert_eq!(of(&["a\nb\nc\nd\ne\n"]), None);
    }
}
