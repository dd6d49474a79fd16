//! `tok setup`: another program takes its tokens from here, and everything that this took can be undone.
//!
//! Setup only adds. What is to be done is found out completely first (`plan`): all files are read as what they should
//! be, and where something else stands already, nothing is done at all. Then the journal is written, then the steps are
//! done (`apply`); `undo` goes back by the journal. No secret is in any of it: programs are told whom to ask.
//!
//! | file | responsible for |
//! |---|---|
//! | `clients` | what each program needs, one a file |
//! | `step` | the few kinds of things that are done |
//! | `edit` | one entry more or less in a file of settings, every other byte as it was |
//! | `draft` | a file of settings before and after, in its lock |
//! | `plan`, `apply`, `undo` | see above |
//! | `journal` | what was done, and for what |

mod apply;
mod clients;
mod draft;
pub mod edit;
mod journal;
mod plan;
mod step;
mod undo;

use anyhow::Result;
use clap::ValueEnum as _;

use crate::cli::{SetupArgs, SetupClient};
use crate::context::Context;
use crate::error::SetupError;
use crate::oauth::WebOrigin;
use crate::settings::{self, Origin};
use crate::sys::child::own_path;
use crate::sys::paths::Bases;
use clients::Ask;
use draft::Draft;
use journal::{Book, Of};
use plan::Plan;
use undo::Ending;

/// Sets up, shows what that would be, or undoes it.
///
/// # Errors
/// [`SetupError`], or the configuration's. Then nothing was set up; a removal is taken up again where it ended.
pub fn run(args: &SetupArgs, context: &Context) -> Result<()> {
    let origin = settings::named_origin(&args.origin, Origin::Option("--for"))?;
    if args.remove { remove(args, &origin, context) } else { set_up(args, &origin, context) }
}

fn set_up(args: &SetupArgs, origin: &WebOrigin, context: &Context) -> Result<()> {
    let selected = settings::selected_profile(context.profile.as_deref(), &context.environment, &context.config)?;
    let profile = settings::existing_profile(selected.as_str(), &context.config)?;
    let of = of(args, origin, profile.as_str());
    let program = own_path(&context.environment)?;
    let bases = Bases::from_environment(&context.environment);
    let variable = context.environment.text("TOK_PROFILE")?;
    let is_named = context.profile.is_some() || variable.is_some_and(|name| !name.is_empty());
    let ask = Ask { args, origin, profile: &profile, is_named, program: &program, bases: &bases, context };
    let book = Book::new(&context.folders)?;
    let journal = book.read()?;
    let plan = clients::plan(&ask, &journal, false)?;
    if args.print {
        return Ok(context.terminal.show(&shown(&plan))?);
    }
    // Where nothing is to be done, what others did may be needed for this too.
    if plan.is_done() && journal.with(&of, &plan.ours()) == journal {
        plan.drafts.iter().for_each(Draft::tidy);
        tell(&plan, &of, context);
        return Ok(());
    }
    let book = book.open()?;
    // Another process may have written both in the meantime.
    let journal = book.read()?;
    // The journal goes before a lock of another program too, so that one that is left is found by it.
    book.write(&journal.with(&of, &plan.ours()))?;
    let done = clients::plan(&ask, &journal, true).map_err(anyhow::Error::from).and_then(|mut plan| {
        apply::apply(&plan, &of, &journal, &book)?;
        plan.drafts.clear();
        Ok(plan)
    });
    let plan = done.or_else(|why| match why.downcast_ref() {
        Some(SetupError::NotUndone { .. }) => Err(why),
        _ => book.write(&journal).map_err(anyhow::Error::from).and(Err(why)),
    })?;
    // A terminal may take its time.
    drop(book);
    tell(&plan, &of, context);
    Ok(())
}

fn of(args: &SetupArgs, origin: &WebOrigin, profile: &str) -> Of {
    Of { client: name(args.client), origin: origin.to_string(), profile: profile.to_owned() }
}

fn name(client: SetupClient) -> String {
    client.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// The plan, line by line.
fn shown(plan: &Plan<'_>) -> String {
    let steps = plan.steps.iter().map(|planned| {
        let done = if planned.is_done { " (is there already)" } else { "" };
        format!("{}{done}\n", planned.step)
    });
    let notes = plan.warnings.iter().map(|warning| format!("warning: {warning}\n"));
    steps.chain(notes).chain(plan.notes.iter().map(|note| format!("{note}\n"))).collect()
}

/// What was done, and what is left to do.
fn tell(plan: &Plan<'_>, of: &Of, context: &Context) {
    let terminal = &context.terminal;
    for planned in plan.steps.iter().filter(|planned| !planned.is_done) {
        terminal.notice(&planned.step.to_string());
    }
    let how = if plan.is_done() { "is set up already" } else { "is set up" };
    terminal.notice(&format!("{} {how} for {}, with profile {}", of.client, of.origin, of.profile));
    plan.warnings.iter().for_each(|warning| terminal.warn(warning));
    plan.notes.iter().for_each(|note| terminal.notice(note));
}

fn remove(args: &SetupArgs, origin: &WebOrigin, context: &Context) -> Result<()> {
    // It need not exist any more.
    let profile = settings::selected_profile(context.profile.as_deref(), &context.environment, &context.config)?;
    let of = of(args, origin, profile.as_str());
    let book = Book::new(&context.folders)?;
    let terminal = &context.terminal;
    if book.read()?.of(&of).is_none() {
        terminal.notice(&format!("nothing was set up: {} for {}, with profile {}", of.client, of.origin, of.profile));
        return Ok(());
    }
    let book = book.open()?;
    let journal = book.read()?;
    let undone = undo::undo(&of, journal, &book, &context.environment);
    drop(book);
    let (endings, warnings) = undone?;
    for (step, ending) in endings {
        match ending {
            Ending::Undone => terminal.notice(&format!("removed: {step}")),
            Ending::Gone => terminal.notice(&format!("gone already: {step}")),
            Ending::Needed => terminal.notice(&format!("stays, as another setup needs it: {step}")),
            Ending::Full => terminal.notice(&format!("stays, as there is more in it: {step}")),
            Ending::Changed => terminal.warn(&format!("left, as it has changed since: {step}")),
        }
    }
    for warning in &warnings {
        terminal.warn(warning);
    }
    Ok(())
}

/// What a client cannot do without.
fn needed<'a>(value: Option<&'a String>, client: &'static str, option: &'static str) -> Result<&'a str, SetupError> {
    value.map(String::as_str).ok_or(SetupError::NeedsOption { client, option })
}
