//! As much of DER (X.690 §8, §10) as private keys are written in: elements one after the other, each with one tag.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[1]`, constructed.
pub(super) const CONTEXT_1: u8 = 0xa1;

/// Elements that are still to be read.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(pub(super) &'a [u8]);

impl<'a> Der<'a> {
    /// The content of the next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (found, content, rest) = split(self.0)?;
        if found != tag {
            return None;
        }
        self.0 = rest;
        Some(content)
    }

    /// The content of the first element with this tag, whatever stands before it.
    pub(super) fn find(mut self, tag: u8) -> Option<&'a [u8]> {
        loop {
            let (found, content, rest) = split(self.0)?;
            if found == tag {
                return Some(content);
            }
            self.0 = rest;
        }
    }
}

/// Tag, content, and what follows. No key is longer than a length of three bytes can say.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_one_after_the_other() {
        let mut der = Der(&[INTEGER, 1, 7, OCTET_STRING, 0x81, 2, 8, 9, OID, 0]);
        assert_eq!(der.find(OID), Some(&[][..]));
        assert_eq!(der.take(OCTET_STRING), None, "the next one is another");
        assert_eq!(der.take(INTEGER), Some(&[7][..]));
        assert_eq!(der.take(OCTET_STRING), Some(&[8, 9][..]));
        assert_eq!((der.take(OID), der.take(OID)), (Some(&[][..]), None));
    }

    #[test]
    fn what_is_cut_is_nothing() {
        for bytes in
            [&[][..], &[2], &[2, 1], &[2, 0x81], &[2, 0x82, 0xff], &[2, 0x83, 0xff, 0xff, 0xff], &[2, 0x80], &[2, 0xff]]
        {
            assert_eq!(Der(bytes).take(INTEGER), None, "{bytes:?}");
            assert_eq!(Der(bytes).find(OID), None, "{bytes:?}");
        }
    }
}
