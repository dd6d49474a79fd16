//! Doing what was planned. The journal comes first: whatever happens, it knows all that may have been done. What fails
//! undoes what was done before it.

use std::path::PathBuf;

use super::journal::{Of, OpenBook};
use super::plan::Plan;
use super::step::Step;
use crate::error::SetupError;
use crate::settings::{ConfigFile, Service, WhichToken};
use crate::sys::files;

/// What has been done, to be undone.
enum Done {
    Folder(PathBuf),
    Link { path: PathBuf, target: PathBuf },
    Text { path: PathBuf, before: Option<String>, after: String },
}

/// Does it.
pub fn apply(plan: &Plan<'_>, of: &Of, book: &OpenBook<'_>) -> anyhow::Result<()> {
    let before = book.read()?;
    book.write(&before.with(of, plan.ours()))?;
    let mut done = Vec::new();
    let Err(failed) = steps(plan, &mut done) else { return Ok(()) };
    let left: Vec<PathBuf> = done.iter().rev().filter_map(Done::undo).collect();
    if left.is_empty() {
        book.write(&before)?;
        return Err(failed);
    }
    Err(SetupError::NotUndone { failed: failed.to_string(), left }.into())
}

fn steps(plan: &Plan<'_>, done: &mut Vec<Done>) -> anyhow::Result<()> {
    let steps = || plan.steps.iter().filter(|planned| !planned.is_done).map(|planned| &planned.step);
    let setup = |why: files::FileError| SetupError::from(why);
    for step in steps() {
        match step {
            Step::Folder { path } => {
                files::create_folder(path).map_err(setup)?;
                done.push(Done::Folder(path.clone()));
            }
            Step::Link { path, target } => {
                files::link(path, target).map_err(setup)?;
                done.push(Done::Link { path: path.clone(), target: target.clone() });
            }
            // Files are written once, whatever comes into them; the binding comes last.
            Step::File { .. } | Step::Entry { .. } | Step::Whole { .. } | Step::Bind { .. } => {}
        }
    }
    for draft in plan.drafts.iter().filter(|draft| draft.before.as_ref() != Some(&draft.after)) {
        files::change_text(&draft.path, draft.before.as_deref(), &draft.after).map_err(setup)?;
        let (path, before, after) = (draft.path.clone(), draft.before.clone(), draft.after.clone());
        done.push(Done::Text { path, before, after });
    }
    for step in steps() {
        if let Step::Bind { config, profile, origin, id_token } = step
            && let Some((profile, origin)) = Step::binding(profile, origin)
        {
            let token = if *id_token { WhichToken::Id } else { WhichToken::Access };
            let service = Service { token, ..Service::new(origin) };
            ConfigFile::change(config, |file| {
                let is_bound = file.services(&profile).any(|known| known.origin == service.origin);
                if is_bound { Ok(()) } else { file.bind(&profile, &service) }
            })?;
        }
    }
    Ok(())
}

impl Done {
    /// What could not be undone, if so.
    fn undo(&self) -> Option<PathBuf> {
        let (path, is_undone) = match self {
            Self::Folder(path) => (path, files::remove_folder(path)),
            Self::Link { path, target } => (path, files::remove_link(path, target).unwrap_or(false)),
            Self::Text { path, before: Some(before), after } => {
                (path, files::change_text(path, Some(after), before).is_ok())
            }
            Self::Text { path, before: None, after } => (path, files::remove_text(path, after).is_ok()),
        };
        (!is_undone).then(|| path.clone())
    }
}
