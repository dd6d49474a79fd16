//! What was set up, for which service, and by which steps: in the folder for state, under a lock. A step that two
//! setups need is in both records, so that it is undone with the last of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::step::Step;
use crate::error::SetupError;
use crate::sys::files::{self, ConfigLock};
use crate::sys::paths::Folders;
use crate::sys::signals::HeldSignals;

const VERSION: u32 = 1;

/// What a record is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Of {
    /// The program.
    pub client: String,
    /// The service.
    pub origin: String,
    /// The profile.
    pub profile: String,
}

/// What was done for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// For what.
    #[serde(flatten)]
    pub of: Of,
    /// In this order.
    pub steps: Vec<Step>,
}

/// All records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    version: u32,
    records: Vec<Record>,
}

impl Default for Journal {
    fn default() -> Self {
        Self { version: VERSION, records: Vec::new() }
    }
}

/// The journal's file.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
}

/// The same, while no other process of this program writes to it, and no signal stops this one halfway, or with a lock of
/// another program in its hands.
#[derive(Debug)]
pub struct OpenBook<'a> {
    book: &'a Book,
    lock: ConfigLock,
    _signals: HeldSignals,
}

impl Book {
    /// In the folder for state.
    pub fn new(folders: &Folders) -> Result<Self, SetupError> {
        let state = folders.state.as_ref().ok_or(SetupError::NoFolder)?;
        Ok(Self { path: state.join("setup.json") })
    }

    /// What is in it now.
    pub fn read(&self) -> Result<Journal, SetupError> {
        let Some(text) = files::read_text(&self.path)? else { return Ok(Journal::default()) };
        let journal = serde_json::from_str::<Journal>(&text).ok().filter(|journal| journal.version == VERSION);
        journal.ok_or_else(|| SetupError::Journal(self.path.clone()))
    }

    /// Locks it.
    pub fn open(&self) -> Result<OpenBook<'_>, SetupError> {
        Ok(OpenBook { book: self, lock: files::lock_config(&self.path)?, _signals: HeldSignals::begin() })
    }
}

impl OpenBook<'_> {
    /// What is in it now.
    pub fn read(&self) -> Result<Journal, SetupError> {
        self.book.read()
    }

    /// Keeps this; nothing is kept in no file.
    pub fn write(&self, journal: &Journal) -> Result<(), SetupError> {
        if journal.records.is_empty() {
            if let Some(before) = self.lock.read()? {
                files::remove_text(&self.book.path, &before)?;
            }
            return Ok(());
        }
        let text = serde_json::to_string_pretty(journal).map_err(|_| SetupError::Journal(self.book.path.clone()))?;
        Ok(self.lock.write(&(text + "\n"))?)
    }
}

impl Journal {
    /// What was done for this.
    pub fn of(&self, of: &Of) -> Option<&Record> {
        self.records.iter().find(|record| record.of == *of)
    }

    /// A step that was done once, whatever for.
    pub fn find(&self, step: &Step) -> Option<&Step> {
        self.records.iter().flat_map(|record| &record.steps).find(|known| known.is_same(step))
    }

    /// With these steps for this. What was done for it before, otherwise, is still to be undone; what is done anew, it
    /// may be in another way, as is said now.
    pub fn with(&self, of: &Of, steps: &[Step]) -> Self {
        let mut journal = self.clone();
        for step in steps {
            journal.say(step);
        }
        let mut all = journal.of(of).map(|record| record.steps.clone()).unwrap_or_default();
        for step in steps {
            if all.iter().all(|known| !known.is_same(step)) {
                all.push(step.clone());
            }
        }
        match journal.records.iter_mut().find(|record| record.of == *of) {
            Some(record) => record.steps = all,
            None if all.is_empty() => {}
            None => journal.records.push(Record { of: of.clone(), steps: all }),
        }
        journal
    }

    /// Says of a step that is in it how it was done.
    pub fn say(&mut self, step: &Step) {
        for known in self.records.iter_mut().flat_map(|record| &mut record.steps) {
            if known.is_same(step) {
                known.clone_from(step);
            }
        }
    }

    /// Every step that was done, once, in the order of the records.
    pub fn steps(&self) -> Vec<&Step> {
        let mut steps: Vec<&Step> = Vec::new();
        for step in self.records.iter().flat_map(|record| &record.steps) {
            if steps.iter().all(|known| !known.is_same(step)) {
                steps.push(step);
            }
        }
        steps
    }

    /// Without what it says of this.
    pub fn without(&self, of: &Of) -> Self {
        let records = self.records.iter().filter(|record| record.of != *of).cloned().collect();
        Self { records, ..*self }
    }
}
