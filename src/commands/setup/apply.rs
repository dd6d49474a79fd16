//! Doing what was planned. The journal comes first: whatever happens, it knows all that may have been done. What fails
//! undoes what was done before it.

use std::path::PathBuf;

use super::draft::Draft;
use super::journal::{Journal, Of, OpenBook};
use super::plan::Plan;
use super::step::Step;
use super::undo::unbind;
use crate::error::SetupError;
use crate::settings::{ConfigFile, Service, WhichToken};
use crate::sys::files;

/// What has been done, to be undone. A text and a binding may be written although it is said to have failed, as where
/// the folder could not be synchronised: then they are in here too.
enum Done<'a> {
    Folder(PathBuf),
    Link { path: PathBuf, target: PathBuf },
    Text(&'a Draft),
    Bind { config: PathBuf, profile: String, origin: String, id_token: bool },
}

/// Does it; but for [`SetupError::NotUndone`], what fails leaves only the journal to be put back, by whoever calls.
pub fn apply(plan: &Plan<'_>, of: &Of, before: &Journal, book: &OpenBook<'_>) -> anyhow::Result<()> {
    book.write(&before.with(of, &plan.ours()))?;
    let mut done = Vec::new();
    let Err(failed) = steps(plan, &mut done) else { return Ok(()) };
    let left: Vec<PathBuf> = done.iter().rev().filter_map(Done::undo).collect();
    if left.is_empty() {
        return Err(failed);
    }
    Err(SetupError::NotUndone { failed: failed.to_string(), left }.into())
}

fn steps<'a>(plan: &'a Plan<'_>, done: &mut Vec<Done<'a>>) -> anyhow::Result<()> {
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
    for draft in plan.drafts.iter().filter(|draft| draft.is_changed()) {
        let written = draft.write();
        if written.is_ok() || draft.says(draft.after.as_deref()) {
            done.push(Done::Text(draft));
        }
        written.map_err(setup)?;
    }
    for step in steps() {
        if let Step::Bind { config, profile, origin, id_token } = step
            && let Some((name, at)) = Step::binding(profile, origin)
        {
            done.push(Done::Bind {
                config: config.clone(),
                profile: profile.clone(),
                origin: origin.clone(),
                id_token: *id_token,
            });
            let token = if *id_token { WhichToken::Id } else { WhichToken::Access };
            let service = Service { token, ..Service::new(at) };
            ConfigFile::change(config, |file| {
                let is_bound = file.services(&name).any(|known| known.origin == service.origin);
                if is_bound { Ok(()) } else { file.bind(&name, &service) }
            })?;
        }
    }
    Ok(())
}

impl Done<'_> {
    /// What could not be undone, if so.
    fn undo(&self) -> Option<PathBuf> {
        let (path, is_undone) = match self {
            Self::Folder(path) => (path, files::remove_folder(path)),
            Self::Link { path, target } => (path, files::remove_link(path, target).unwrap_or(false)),
            Self::Text(draft) => (&draft.path, draft.take_back().is_ok() || draft.says(draft.before.as_deref())),
            Self::Bind { config, profile, origin, id_token } => {
                (config, matches!(unbind(config, profile, origin, *id_token), Ok((true, _) | (false, false))))
            }
        };
        (!is_undone).then(|| path.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_have_failed_is_undone_whether_it_was_done_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rc");
        for before in [None, Some("a".to_owned())] {
            before.iter().for_each(|before| std::fs::write(&path, before).unwrap());
            let mut draft = Draft::open(&path, None, true).unwrap();
            draft.after = Some("b".to_owned());
            let text = Done::Text(&draft);
            for now in [before.as_deref(), Some("b")] {
                now.into_iter().for_each(|now| std::fs::write(&path, now).unwrap());
                assert_eq!(text.undo(), None);
                assert_eq!(files::read_text(&path).unwrap(), before);
            }
            std::fs::write(&path, "another").unwrap();
            assert_eq!(text.undo(), Some(path.clone()));
            std::fs::remove_file(&path).unwrap();
        }
        let config = folder.path().join("config.toml");
        let bind = |origin: &str| Done::Bind {
            config: config.clone(),
            profile: "work".to_owned(),
            origin: origin.to_owned(),
            id_token: false,
        };
        assert_eq!(bind("https://a.example").undo(), None);
        let bound = "[profiles.work.bind]\n\"https://a.example\" = { as = \"bearer\" }\n";
        std::fs::write(&config, bound).unwrap();
        assert_eq!((bind("https://b.example").undo(), bind("https://a.example").undo()), (None, None));
        assert!(!std::fs::read_to_string(&config).unwrap().contains("a.example"));
    }
}
