//! `tok show`: who, where, which scopes, how long, kept where. Never a secret (U06).

mod claims;
mod view;

use anyhow::Result;

use self::view::{Online, State, View};
use crate::cli::ShowArgs;
use crate::context::Context;
use crate::oauth::AnswerFault;
use crate::session::error::AskFault;
use crate::session::freshness::Moment;
use crate::session::inquire::Said;
use crate::session::{NoSession, Session, SessionError};
use crate::settings::{Inputs, Settings};
use crate::store::StoreKind;
use crate::sys::clock;

/// Shows the session; without a usable one the exit code says so.
///
/// # Errors
/// [`NoSession`], after what is known was shown; a store that fails.
pub fn run(args: &ShowArgs, context: &Context) -> Result<()> {
    let settings = context.settings(Inputs { options: Some(&args.settings), ..context.inputs() })?;
    let (mut said, mut keys) = (None, None);
    let session = if settings.store.value == StoreKind::None {
        None
    } else {
        let world = context.world(&settings)?;
        let keeper = world.keeper(context, &settings);
        let session = keeper.load()?;
        if let Some(session) = session.as_ref().filter(|session| args.online && is_usable(&settings, session)) {
            // The keys alone are an answer to who asks for the claims.
            keys = if args.claims { keeper.issuers_keys(session)? } else { None };
            said = match keeper.inquire(session) {
                Err(SessionError::NothingToAsk) if keys.is_some() => None,
                said => Some(said?),
            };
        }
        session
    };
    let now = Moment::read(context.clock.as_ref());
    let mut view = View::new(&settings, session.as_ref(), now);
    view.online = said.as_ref().map(Online::new);
    view.claims = session.as_ref().filter(|_| args.claims).map(|session| claims::of(session, keys.as_ref()));
    let text = if args.json {
        serde_json::to_string_pretty(&view)?
    } else {
        view.table(now.wall, &clock::zone(), context.terminal.width()).join("\n")
    };
    context.terminal.show(&format!("{text}\n"))?;
    let proven =
        view.claims.as_ref().and_then(|claims| claims.get("access_token")).is_some_and(claims::Said::is_proven);
    match view.state {
        State::Valid | State::Refreshable | State::Environment => said.map_or(Ok(()), |said| verdict(said, proven)),
        state => Err(SessionError::NoSession(no_session(state, &settings, session.as_ref())).into()),
    }
}

/// Whether there is a token to ask about, and at the server that the profile names (P14).
fn is_usable(settings: &Settings, session: &Session) -> bool {
    session.access.is_some() && session.binding.check(settings).is_ok()
}

/// What the exit code says of an inquiry: a token that is not active, or that nobody said anything of. The issuer's keys
/// speak, too: some servers introspect no JWT, as its signature says what it is good for.
fn verdict(said: Said, proven: bool) -> Result<()> {
    let mut failed = None;
    let mut answered = false;
    match said.introspection {
        Some(Ok(introspection)) if !introspection.active => return Err(SessionError::NotActive.into()),
        Some(Ok(_)) => answered = true,
        Some(Err(error)) => failed = Some(error),
        None => {}
    }
    match said.userinfo {
        Some(Ok(_)) => answered = true,
        Some(Err(error)) => failed = failed.or(Some(error)),
        None => {}
    }
    match failed {
        Some(error) if !(answered || proven && is_refusal(&error)) => Err(error.into()),
        _ => Ok(()),
    }
}

/// Whether the server was there, and would not say.
fn is_refusal(error: &SessionError) -> bool {
    let SessionError::Inquiry { fault: AskFault::Answer(answer), .. } = error else { return false };
    matches!(answer.fault, AnswerFault::Refused(_))
}

fn no_session(state: State, settings: &Settings, session: Option<&Session>) -> NoSession {
    let mismatch = session.and_then(|session| session.check(settings).err());
    match (state, mismatch) {
        (State::OtherBinding, Some(what)) => NoSession::OtherBinding(what),
        (State::Ended, _) => NoSession::Ended,
        (State::Expired, _) => NoSession::Expired,
        _ => NoSession::NeverLoggedIn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::{AnswerError, Endpoint, Introspection, Role};

    #[test] // P12
    fn a_token_that_the_keys_have_proven_needs_no_introspection() {
        let said = |status, fault| Said {
            introspection: Some(Err(SessionError::Inquiry {
                endpoint: Endpoint::parse("https://server.example.com/introspect").unwrap(),
                fault: AskFault::Answer(AnswerError { role: Role::Inquiry, status, fault }),
            })),
            userinfo: None,
        };
        let refused = || said(400, AnswerFault::Refused(None));
        assert!(verdict(refused(), true).is_ok() && verdict(refused(), false).is_err());
        assert!(verdict(said(503, AnswerFault::ServerFailed { retry_after: None }), true).is_err());
        let not_active = Said { introspection: Some(Ok(Introspection::default())), userinfo: None };
        assert!(verdict(not_active, true).is_err());
    }
}
