//! Standard input as other programs use it to ask something: to its end, or a line at a time. What comes may hold a
//! secret, so it is one.

use std::io::{self, Read};

use zeroize::Zeroizing;

use super::read_secret::unbuffered_stdin;
use crate::secret::Secret;

/// All of it; at most `limit` bytes.
///
/// # Errors
/// What the system says; that it is longer, or no UTF-8 text.
pub fn to_end(limit: usize) -> io::Result<Secret> {
    read(&mut unbuffered_stdin()?, limit, None)
}

/// The next line, without its end; nothing more is read. Empty at the end.
///
/// # Errors
/// As for [`to_end`].
pub fn line(limit: usize) -> io::Result<Secret> {
    read(&mut unbuffered_stdin()?, limit, Some(b'\n'))
}

/// Reads up to a byte, which is taken and not returned, or to the end. With such a byte there is a system call for each
/// that is read, so that the rest is left to whoever reads next.
fn read(from: &mut impl Read, limit: usize, until: Option<u8>) -> io::Result<Secret> {
    let mut bytes = Zeroizing::new(Vec::new());
    let mut piece = Zeroizing::new([0; 4096]);
    let length = if until.is_some() { 1 } else { piece.len() };
    loop {
        let read = match from.read(&mut piece[..length]) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if until.is_some_and(|end| piece[0] == end) {
            break;
        }
        if bytes.len() + read > limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "standard input is too long"));
        }
        bytes.extend_from_slice(&piece[..read]);
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
        assert_eq!(read(&mut text, 2, Some(b'\n')).unwrap().expose(), "ab");
        assert_eq!(read(&mut text, 2, Some(b'\n')).unwrap().expose(), "cd");
        assert_eq!(read(&mut text, 2, Some(b'\n')).unwrap().expose(), "");
        assert_eq!(read(&mut &b"ab\ncd"[..], 5, None).unwrap().expose(), "ab\ncd");
        assert!(read(&mut &b"ab\ncd"[..], 4, None).is_err());
        assert!(read(&mut &b"abc\n"[..], 2, Some(b'\n')).is_err());
        assert!(read(&mut &b"\xff"[..], 2, None).is_err());
    }
}
