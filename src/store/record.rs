//! What is written in a session's lock file: who holds the lock, and how the last refresh ended.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

/// A longer text of a failure is not recorded, in bytes.
pub const LONGEST_FAILURE: usize = 64 * 1024;

/// How the last refresh of a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outcome {
    /// There was none, or it was killed.
    #[default]
    Unknown,
    /// New tokens were stored.
    Success,
    /// The text that [`super::Held::record_failure`] was given.
    Failure(String),
}

/// The content of a lock file: one line of fixed width, `tok1 HOLDER TURNS SEQUENCE OUTCOME LENGTH`, then the text of the
/// failure. Who waits reads it without the lock.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The process that holds the lock.
    pub holder: Option<u32>,
    /// Counts those who held the lock.
    pub turns: u64,
    /// Counts recorded outcomes.
    pub sequence: u64,
    /// The last of them.
    pub outcome: Outcome,
}

impl Record {
    /// A new file has the default record; `None` where the content cannot be read.
    #[must_use]
    pub fn read(mut file: &File) -> Option<Self> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).ok()?;
        file.take(2 * LONGEST_FAILURE as u64).read_to_end(&mut bytes).ok()?;
        if bytes.is_empty() { Some(Self::default()) } else { Self::parse(std::str::from_utf8(&bytes).ok()?) }
    }

    /// Reads a file's content; `None` where that is no record.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (line, rest) = text.split_once('\n')?;
        let mut fields = line.strip_prefix("tok1 ")?.split(' ');
        let holder: u32 = fields.next()?.parse().ok()?;
        let turns = fields.next()?.parse().ok()?;
        let sequence = fields.next()?.parse().ok()?;
        let outcome = fields.next()?;
        let length: usize = fields.next()?.parse().ok()?;
        let outcome = match outcome {
            "success" => Outcome::Success,
            // One that was cut short, by a kill or a full disk, is not adopted.
            "failure" => rest.get(..length).map_or(Outcome::Unknown, |text| Outcome::Failure(text.to_owned())),
            _ => Outcome::Unknown,
        };
        Some(Self { holder: Some(holder).filter(|pid| *pid != 0), turns, sequence, outcome })
    }

    /// Writes a file's whole content.
    ///
    /// # Errors
    /// The file's.
    pub fn write(&self, mut file: &File) -> io::Result<()> {
        let content = self.to_text();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(content.as_bytes())?;
        file.set_len(content.len() as u64)
    }

    /// A file's whole content.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (name, text) = match &self.outcome {
            Outcome::Unknown => ("unknown", ""),
            Outcome::Success => ("success", ""),
            Outcome::Failure(text) => ("failure", text.as_str()),
        };
        let (holder, turns, sequence, length) = (self.holder.unwrap_or(0), self.turns, self.sequence, text.len());
        format!("tok1 {holder:010} {turns:020} {sequence:020} {name} {length:010}\n{text}")
    }
}
