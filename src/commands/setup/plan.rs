//! What is to be done, found out completely before any of it is: every file is read, every entry looked for, every
//! conflict found. Nothing here changes anything.

use std::path::{Path, PathBuf};

use super::draft::Draft;
use super::edit::{Bad, Editor, Entry, Format, Splice, TABLE};
use super::journal::Journal;
use super::step::{Step, shown};
use crate::error::SetupError;
use crate::oauth::{Foreign, WebOrigin};
use crate::settings::{ConfigFile, ProfileName, WhichToken};
use crate::sys::child::{file_name, find, is_in_path};
use crate::sys::environment::Environment;
use crate::sys::files;

/// A step, and how it stands with it.
#[derive(Debug)]
pub struct Planned {
    /// The step.
    pub step: Step,
    /// Whether it is done already.
    pub is_done: bool,
    /// Whether that was by setup.
    by_us: bool,
}

/// All of it.
#[derive(Debug)]
pub struct Plan<'a> {
    environment: &'a Environment,
    journal: &'a Journal,
    to_write: bool,
    /// The steps, in order.
    pub steps: Vec<Planned>,
    /// The files of settings, in their locks if it is to be done.
    pub drafts: Vec<Draft>,
    /// What a person has to know, or to do, besides.
    pub notes: Vec<String>,
    /// What will keep it from working.
    pub warnings: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Nothing yet; is it only to be looked at, or to be done?
    pub fn new(environment: &'a Environment, journal: &'a Journal, to_write: bool) -> Self {
        let (steps, drafts, notes, warnings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { environment, journal, to_write, steps, drafts, notes, warnings }
    }

    fn editor(&self) -> Editor<'a> {
        Editor { environment: self.environment }
    }

    /// Whether there is something to do.
    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|planned| planned.is_done)
    }

    /// What the journal is to keep: what setup does now, and what it did before.
    pub fn ours(&self) -> Vec<Step> {
        let ours = self.steps.iter().filter(|planned| !planned.is_done || planned.by_us);
        ours.map(|planned| planned.step.clone()).collect()
    }

    fn step(&mut self, step: Step, is_done: bool) {
        if self.steps.iter().any(|planned| planned.step.is_same(&step)) {
            return;
        }
        let known = self.journal.find(&step).filter(|_| is_done);
        let by_us = known.is_some();
        let step = known.cloned().unwrap_or(step);
        self.steps.push(Planned { step, is_done, by_us });
    }

    /// The folder that something is to lie in, with all above it.
    fn folder_of(&mut self, path: &Path) {
        let above: Vec<PathBuf> = path.ancestors().skip(1).map(Path::to_owned).collect();
        for folder in above.into_iter().rev() {
            let (is_there, step) = (folder.is_dir(), Step::Folder { path: folder });
            if !is_there || self.journal.find(&step).is_some() {
                self.step(step, is_there);
            }
        }
    }

    /// A file, read once; the place of its draft.
    fn open(&mut self, path: &Path, format: Option<Format>) -> Result<usize, SetupError> {
        if let Some(at) = self.drafts.iter().position(|draft| draft.path == path) {
            return Ok(at);
        }
        is_text(path)?;
        self.drafts.push(Draft::open(path, format, self.to_write)?);
        Ok(self.drafts.len() - 1)
    }

    /// What a file of settings says; what one begins with where it is not there.
    pub fn text(&mut self, path: &Path, format: Format) -> Result<String, SetupError> {
        let at = self.open(path, Some(format))?;
        let text = self.drafts.get(at).and_then(|draft| draft.after.clone());
        Ok(text.unwrap_or_else(|| format.beginning().to_owned()))
    }

    /// The same, entry by entry.
    pub fn entries(&mut self, path: &Path, format: Format) -> Result<Vec<Entry>, SetupError> {
        let text = self.text(path, format)?;
        self.editor().entries(format, &text).map_err(|bad| fault(path, bad, ""))
    }

    /// A table or a section, unless it is there.
    pub fn table(&mut self, path: &Path, format: Format, place: &[&str]) -> Result<(), SetupError> {
        self.entry(path, format, place, TABLE)
    }

    /// An entry, unless it is there.
    ///
    /// # Errors
    /// [`SetupError::Taken`] where something else is: nothing is ever written over.
    pub fn entry(&mut self, path: &Path, format: Format, place: &[&str], value: &str) -> Result<(), SetupError> {
        let text = self.text(path, format)?;
        self.folder_of(path);
        let file = Step::File { path: path.to_owned(), format };
        let at = self.open(path, Some(format))?;
        let editor = self.editor();
        let is_there = self.drafts.get(at).is_some_and(|draft| draft.before.is_some());
        if !is_there || self.journal.find(&file).is_some() {
            self.step(file, is_there);
        }
        let entry = Entry { place: place.iter().map(ToString::to_string).collect(), value: value.to_owned() };
        let shown = format.shown(&entry);
        let failed = |bad| fault(path, bad, &shown);
        let all = editor.entries(format, &text).map_err(failed)?;
        let there: Vec<&Entry> = all.iter().filter(|known| format.is_same(&known.place, &entry.place)).collect();
        let is_it = |known: &&&Entry| known.value == format.normal(value);
        // An empty helper of git's, there or to be, stands beside the others: it ends the list of those before it.
        let says_something = |known: &&&Entry| format != Format::Git || !known.value.is_empty() && !value.is_empty();
        if let Some(other) = there.iter().find(|known| !is_it(known) && says_something(known)) {
            let found = if format == Format::Kube { "another" } else { &other.value };
            return Err(taken(path, &shown, found));
        }
        let is_done = there.iter().any(|known| is_it(&known));
        let mut splice = Splice::default();
        if !is_done {
            let (after, wrote) = editor.add(format, &text, &entry).map_err(failed)?;
            splice = wrote;
            if let Some(draft) = self.drafts.get_mut(at) {
                draft.after = Some(after);
            }
        }
        let Entry { place, value } = entry;
        self.step(Step::Entry { path: path.to_owned(), format, place, value, splice }, is_done);
        Ok(())
    }

    /// A file that is written whole, unless it is there.
    pub fn whole(&mut self, path: &Path, content: &str) -> Result<(), SetupError> {
        let at = self.open(path, None)?;
        self.folder_of(path);
        let Some(draft) = self.drafts.get_mut(at) else { return Ok(()) };
        let is_done = draft.before.is_some();
        if draft.before.as_deref().is_some_and(|before| before != content) {
            return Err(SetupError::NameTaken(path.to_owned()));
        }
        draft.after = Some(content.to_owned());
        self.step(Step::Whole { path: path.to_owned(), content: content.to_owned() }, is_done);
        Ok(())
    }

    /// A symbolic link to this program, unless it is there.
    pub fn link(&mut self, path: &Path, target: &Path) -> Result<(), SetupError> {
        is_text(path)?;
        is_text(target)?;
        let there = files::link_target(path).or_else(|why| {
            // Where the program itself has that name, no link is needed.
            if files::is_same(path, target) { Ok(Some(target.to_owned())) } else { Err(why) }
        });
        let there = match there {
            Err(why) if why.kind == files::FileFault::NotALink => return Err(SetupError::NameTaken(path.to_owned())),
            there => there?,
        };
        let is_done = there.is_some();
        if there.as_ref().is_some_and(|there| there != target && !files::is_same(path, target)) {
            return Err(SetupError::NameTaken(path.to_owned()));
        }
        self.folder_of(path);
        // As it was made: this program may have been found by another name then.
        let target = there.unwrap_or_else(|| target.to_owned());
        self.step(Step::Link { path: path.to_owned(), target }, is_done);
        Ok(())
    }

    /// The same for a name that a program looks for in `PATH`.
    pub fn link_in_path(&mut self, folder: &Path, name: &str, target: &Path) -> Result<(), SetupError> {
        let path = folder.join(file_name(name));
        self.link(&path, target)?;
        if !is_in_path(folder, self.environment) {
            self.warnings.push(format!("{} is not in PATH, where {name} is looked for", shown(folder)));
        } else if let Some(first) = find(name, self.environment)
            && first != path
            && !files::is_same(&first, target)
        {
            self.warnings.push(format!("{} comes first in PATH, and is something else", shown(&first)));
        }
        Ok(())
    }

    /// The binding of a service, unless the profile has one.
    pub fn bind(
        &mut self,
        config: &ConfigFile,
        profile: &ProfileName,
        origin: &WebOrigin,
        token: WhichToken,
    ) -> Result<(), SetupError> {
        let path = config.path().ok_or(SetupError::NoFolder)?.to_owned();
        is_text(&path)?;
        let known = config.services(profile).find(|service| service.origin == *origin);
        if token == WhichToken::Id && known.is_some_and(|service| service.token != WhichToken::Id) {
            return Err(SetupError::OtherToken { origin: origin.clone(), profile: profile.clone() });
        }
        // Bound otherwise is bound: how, is for the person to say.
        let is_done = known.is_some();
        let id_token = token == WhichToken::Id;
        let (profile, origin) = (profile.to_string(), origin.to_string());
        self.step(Step::Bind { config: path, profile, origin, id_token }, is_done);
        Ok(())
    }
}

/// What the journal keeps is text.
fn is_text(path: &Path) -> Result<(), SetupError> {
    path.to_str().map(|_| ()).ok_or_else(|| SetupError::BadPath(path.to_owned()))
}

/// Why a file was not read, or not changed.
pub fn fault(path: &Path, bad: Bad, wanted: &str) -> SetupError {
    let file = path.to_owned();
    match bad {
        Bad::Text { line, why } => SetupError::Unreadable { file, line, why: Foreign::new(why) },
        Bad::Layout => SetupError::ByHand { file, wanted: on_one_line(wanted) },
        Bad::NoProgram(name) => SetupError::NoProgram(name),
    }
}

/// That something else stands there. It was written by somebody else, and may hold a secret: of a command, only its
/// first word is shown.
pub fn taken(path: &Path, wanted: &str, found: &str) -> SetupError {
    let mut words = found.split_whitespace();
    let first = words.next().unwrap_or("\"\"");
    let more = if words.next().is_some() { " ..." } else { "" };
    let found = Foreign::new(format!("{first}{more}"));
    SetupError::Taken { file: path.to_owned(), wanted: on_one_line(wanted), found }
}

fn on_one_line(text: &str) -> Foreign {
    Foreign::new(text.split_whitespace().collect::<Vec<_>>().join(" "))
}
