//! Undoing exactly what the journal says was done, from the last step to the first. What another setup needs stays, and
//! so does what a person has changed since.

use std::path::{Path, PathBuf};

use super::edit::{Editor, Entry, Format, Splice, TABLE};
use super::journal::{Journal, Of, OpenBook};
use super::plan::fault;
use super::step::Step;
use crate::error::SetupError;
use crate::settings::{ConfigFile, Service, WhichToken};
use crate::sys::environment::Environment;
use crate::sys::files;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is undone.
    Undone,
    /// It was undone before, by whomever.
    Gone,
    /// Another setup needs it.
    Needed,
    /// It is no longer what it was.
    Changed,
    /// Others have put more into it.
    Full,
}

/// A file of settings as it is, and as it is to be: not there any more, where that is `None`.
struct Draft {
    path: PathBuf,
    before: String,
    after: Option<String>,
}

struct Undo<'a> {
    editor: Editor<'a>,
    drafts: Vec<Draft>,
}

/// Undoes the steps of a record, which goes out of the journal with them. Each step comes with how it ended.
pub fn undo(
    of: &Of,
    journal: &Journal,
    book: &OpenBook<'_>,
    environment: &Environment,
) -> anyhow::Result<Vec<(Step, Ending)>> {
    let others = journal.without(of);
    let mut undo = Undo { editor: Editor { environment }, drafts: Vec::new() };
    let steps = journal.of(of).map(|record| record.steps.clone()).unwrap_or_default();
    // First the texts, in memory, as any of them may not be readable.
    let mut endings = Vec::new();
    for step in steps.into_iter().rev() {
        let ending = if others.find(&step).is_some() { Some(Ending::Needed) } else { undo.text(&step)? };
        endings.push((step, ending));
    }
    for draft in &undo.drafts {
        match &draft.after {
            Some(after) if *after == draft.before => {}
            Some(after) => {
                files::change_text(&draft.path, Some(&draft.before), after).map_err(SetupError::from)?;
            }
            None => files::remove_text(&draft.path, &draft.before).map_err(SetupError::from)?,
        }
    }
    let mut ended = Vec::new();
    for (step, ending) in endings {
        if let Step::Entry { path, .. } | Step::File { path, .. } | Step::Whole { path, .. } = &step {
            files::discard_unfinished(path);
        }
        let ending = match ending {
            Some(ending) => ending,
            None => other(&step)?,
        };
        ended.push((step, ending));
    }
    book.write(&others)?;
    Ok(ended)
}

impl Undo<'_> {
    /// Undoes a step in the texts; `None` if it is none of theirs.
    fn text(&mut self, step: &Step) -> Result<Option<Ending>, SetupError> {
        Ok(match step {
            Step::Entry { path, format, place, value, splice } => {
                let entry = Entry { place: place.clone(), value: value.clone() };
                Some(self.entry(path, *format, &entry, splice)?)
            }
            Step::File { path, format } => {
                let editor = self.editor;
                let ending = self.whole(path, |text| editor.is_empty(*format, text))?;
                Some(if ending == Ending::Changed { Ending::Full } else { ending })
            }
            Step::Whole { path, content } => Some(self.whole(path, |text| text == content)?),
            Step::Folder { .. } | Step::Link { .. } | Step::Bind { .. } => None,
        })
    }

    /// A file's text as it is to be; `None` if there is no file.
    fn draft(&mut self, path: &Path) -> Result<Option<&mut Draft>, SetupError> {
        if self.drafts.iter().all(|draft| draft.path != path)
            && let Some(text) = files::read_text(path)?
        {
            self.drafts.push(Draft { path: path.to_owned(), before: text.clone(), after: Some(text) });
        }
        Ok(self.drafts.iter_mut().find(|draft| draft.path == path && draft.after.is_some()))
    }

    fn entry(&mut self, path: &Path, format: Format, entry: &Entry, splice: &Splice) -> Result<Ending, SetupError> {
        let editor = self.editor;
        let Some(draft) = self.draft(path)? else { return Ok(Ending::Gone) };
        let text = draft.after.clone().unwrap_or_default();
        let failed = |bad| fault(path, bad, &format.shown(entry));
        let without = editor.take_out(format, &text, entry, splice).map_err(failed)?;
        if let Some(without) = without {
            draft.after = Some(without);
            return Ok(Ending::Undone);
        }
        let entries = editor.entries(format, &text).map_err(failed)?;
        let is_there = entries.iter().any(|known| format.is_same(&known.place, &entry.place));
        Ok(match is_there {
            true if entry.value == TABLE => Ending::Full,
            true => Ending::Changed,
            false => Ending::Gone,
        })
    }

    fn whole(&mut self, path: &Path, is_ours: impl FnOnce(&str) -> bool) -> Result<Ending, SetupError> {
        let Some(draft) = self.draft(path)? else { return Ok(Ending::Gone) };
        if draft.after.as_deref().is_some_and(is_ours) {
            draft.after = None;
            return Ok(Ending::Undone);
        }
        Ok(Ending::Changed)
    }
}

/// Undoes what is no text.
fn other(step: &Step) -> anyhow::Result<Ending> {
    let (is_undone, is_there) = match step {
        Step::Folder { path } => (files::remove_folder(path), path.is_dir()),
        Step::Link { path, target } => {
            (files::remove_link(path, target).map_err(SetupError::from)?, path.symlink_metadata().is_ok())
        }
        Step::Bind { config, profile, origin, id_token } => unbind(config, profile, origin, *id_token)?,
        Step::File { .. } | Step::Entry { .. } | Step::Whole { .. } => (false, false),
    };
    Ok(match (is_undone, is_there) {
        (true, _) => Ending::Undone,
        (false, true) if matches!(step, Step::Folder { .. }) => Ending::Full,
        (false, true) => Ending::Changed,
        (false, false) => Ending::Gone,
    })
}

/// Takes out a binding that says what it said when it was made: whether it was, and whether there is one.
pub fn unbind(config: &Path, profile: &str, origin: &str, id_token: bool) -> anyhow::Result<(bool, bool)> {
    let Some((profile, origin)) = Step::binding(profile, origin) else { return Ok((false, false)) };
    let token = if id_token { WhichToken::Id } else { WhichToken::Access };
    let made = Service { token, ..Service::new(origin.clone()) };
    let known = |file: &ConfigFile| file.services(&profile).find(|service| service.origin == origin).cloned();
    // Without a file there is nothing to change, and no lock to leave beside it.
    if known(&ConfigFile::load(config)?).is_none() {
        return Ok((false, false));
    }
    Ok(ConfigFile::change(config, |file| match known(file) {
        Some(service) if service == made => Ok((file.unbind(&profile, &origin)?, false)),
        service => Ok((false, service.is_some())),
    })?)
}
