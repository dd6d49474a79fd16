//! Undoing exactly what the journal says was done, from the last step to the first. What another setup needs stays, and
//! so does what a person has changed since.

use std::path::Path;

use super::draft::Draft;
use super::edit::{Editor, Entry, Format, Layer, TABLE};
use super::journal::{Journal, Of, OpenBook};
use super::plan::fault;
use super::step::{Step, shown};
use crate::error::SetupError;
use crate::oauth::Foreign;
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

/// Each step with how it ended, and what a person has to see to.
type Undone = (Vec<(Step, Ending)>, Vec<String>);

struct Undo<'a> {
    editor: Editor<'a>,
    /// As it is to be, but that the record that is undone is still in it.
    journal: Journal,
    drafts: Vec<Draft>,
}

/// Undoes the steps of a record, which goes out of the journal with them.
pub fn undo(of: &Of, journal: Journal, book: &OpenBook<'_>, environment: &Environment) -> anyhow::Result<Undone> {
    let others = journal.without(of);
    let mut undo = Undo { editor: Editor { environment }, journal, drafts: Vec::new() };
    let steps = undo.journal.of(of).map(|record| record.steps.clone()).unwrap_or_default();
    // First the texts, in memory, as any of them may not be readable.
    let mut endings = Vec::new();
    for step in steps.into_iter().rev() {
        let ending = if others.find(&step).is_some() { Some(Ending::Needed) } else { undo.text(&step)? };
        endings.push((step, ending));
    }
    for draft in undo.drafts.iter().filter(|draft| draft.is_changed()) {
        draft.write().map_err(SetupError::from)?;
    }
    let warnings = undo.still_named(&endings);
    // The locks go: they lie in folders that may go too.
    undo.drafts.clear();
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
    book.write(&undo.journal.without(of))?;
    Ok((ended, warnings))
}

impl Undo<'_> {
    /// Undoes a step in the texts; `None` if it is none of theirs.
    fn text(&mut self, step: &Step) -> Result<Option<Ending>, SetupError> {
        Ok(match step {
            Step::Entry { path, format, place, value, .. } => {
                let entry = Entry { place: place.clone(), value: value.clone() };
                Some(self.entry(path, *format, &entry)?)
            }
            Step::File { path, format } => {
                let editor = self.editor;
                let ending = self.whole(path, Some(*format), |text| editor.is_empty(*format, text))?;
                Some(if ending == Ending::Changed { Ending::Full } else { ending })
            }
            Step::Whole { path, content } => Some(self.whole(path, None, |text| text == content)?),
            Step::Folder { .. } | Step::Link { .. } | Step::Bind { .. } => None,
        })
    }

    /// A file's text as it is to be; `None` if there is no file.
    fn draft(&mut self, path: &Path, format: Option<Format>) -> Result<Option<&mut Draft>, SetupError> {
        if self.drafts.iter().all(|draft| draft.path != path) {
            self.drafts.push(Draft::open(path, format, true)?);
        }
        Ok(self.drafts.iter_mut().find(|draft| draft.path == path && draft.after.is_some()))
    }

    fn entry(&mut self, path: &Path, format: Format, entry: &Entry) -> Result<Ending, SetupError> {
        let editor = self.editor;
        let mut layers = self.layers(path, format);
        let Some(draft) = self.draft(path, Some(format))? else { return Ok(Ending::Gone) };
        let text = draft.after.clone().unwrap_or_default();
        let failed = |bad| fault(path, bad, &format.shown(entry));
        let at = layers.iter().position(|layer| layer.entry == *entry).unwrap_or(layers.len());
        if let Some(without) = editor.take_out_of(format, &text, &mut layers, at).map_err(failed)? {
            draft.after = Some(without);
            for Layer { entry: Entry { place, value }, splice } in layers {
                self.journal.say(&Step::Entry { path: path.to_owned(), format, place, value, splice });
            }
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

    /// What speaks of an entry that went, and was not put there by setup.
    fn still_named(&self, endings: &[(Step, Option<Ending>)]) -> Vec<String> {
        let mut warnings = Vec::new();
        for (step, ending) in endings {
            if let (Step::Entry { path, format, place, .. }, Some(Ending::Undone)) = (step, ending)
                && let Some(text) =
                    self.drafts.iter().find_map(|draft| draft.after.as_ref().filter(|_| draft.path == *path))
            {
                let said = format.still_named(text, place);
                warnings.extend(said.iter().map(|said| format!("in {}: {}", shown(path), Foreign::new(said.as_str()))));
            }
        }
        warnings
    }

    /// What was put into a file, in the order in which it came.
    fn layers(&self, path: &Path, format: Format) -> Vec<Layer> {
        let layer = |step: &Step| match step {
            Step::Entry { path: known, format: its, place, value, splice } if known == path && *its == format => {
                let entry = Entry { place: place.clone(), value: value.clone() };
                Some(Layer { entry, splice: splice.clone() })
            }
            _ => None,
        };
        self.journal.steps().into_iter().filter_map(layer).collect()
    }

    fn whole(
        &mut self,
        path: &Path,
        format: Option<Format>,
        is_ours: impl FnOnce(&str) -> bool,
    ) -> Result<Ending, SetupError> {
        let Some(draft) = self.draft(path, format)? else { return Ok(Ending::Gone) };
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
        Step::Bind { config, profile, origin, id_token } => {
            files::tidy_config(config).map_err(SetupError::from)?;
            unbind(config, profile, origin, *id_token)?
        }
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
