//! The device authorization grant (RFC 8628).

use std::time::Duration;

use super::{Acquisition, Person, qr};
use crate::oauth::device::{self, Authorization, Meaning, Next, Polling};
use crate::oauth::{Foreign, Scopes, TokenRequest, TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::{FailureClass, Missing, SessionError};
use crate::session::failure;
use crate::sys::signals::HeldSignals;
use crate::sys::terminal::{Stream, Terminal};

/// Gets the codes, shows the person's, and asks until the person is done. Signals are held back from before the question
/// whose answer has the tokens; whoever takes these stores them before letting the signals through (C08).
pub(super) fn authorize(
    acquisition: &Acquisition<'_>,
    person: &Person<'_>,
) -> Result<(TokenResponse, HeldSignals), SessionError> {
    let authorization = begin(acquisition)?;
    let start = acquisition.clock.since_boot();
    show(&authorization, person.terminal);
    let mut polling = Polling::new(&authorization);
    let mut waited = Duration::ZERO;
    loop {
        // Where the platform has no clock that nobody can set, the waits alone count: that asks later, never earlier.
        let since_start = || acquisition.clock.since_boot().zip(start).map(|(now, start)| now.saturating_sub(start));
        let now = since_start().unwrap_or(waited);
        match polling.next(now) {
            Next::Wait(time) => {
                let what = format!("waiting until you are done at {}", authorization.page.host());
                let _shown = person.terminal.counting_down(&what, polling.left(now));
                // Ctrl-C ends the process here, as no signal is held back.
                acquisition.clock.sleep(time);
                waited += time;
            }
            Next::Expired => return Err(SessionError::DeviceExpired),
            Next::Ask => {
                let held = HeldSignals::begin();
                let error = match ask(acquisition, &authorization.device_code) {
                    Ok(tokens) => return Ok((tokens, held)),
                    Err(error) => error,
                };
                held.end();
                let now = since_start().unwrap_or(waited);
                let meaning = match &error {
                    SessionError::Token { error, .. } => polling.answered(error, now),
                    SessionError::Transport(_) if failure::class(&error) == FailureClass::Temporary => {
                        polling.unanswered(now);
                        Meaning::Pending
                    }
                    _ => Meaning::Over,
                };
                match meaning {
                    Meaning::Pending => {}
                    Meaning::Denied => return Err(SessionError::DeviceDenied),
                    Meaning::Expired => return Err(SessionError::DeviceExpired),
                    Meaning::Over => return Err(error),
                }
            }
        }
    }
}

/// Asks for the codes.
fn begin(acquisition: &Acquisition<'_>) -> Result<Authorization, SessionError> {
    let endpoint = acquisition.endpoints.others.device.as_ref().ok_or(SessionError::Missing(Missing::Where))?;
    let asked = TokenRequest { endpoint, resource: &acquisition.resources_ahead(), ..acquisition.asked() };
    let request = grant::device_authorization(&asked).map_err(SessionError::NoClientSecret)?;
    let response = acquisition.transport.send(&request)?;
    let sent: Vec<&Secret> = acquisition.client.secret.iter().chain(&response.signed.texts).collect();
    device::read(&response)
        .map_err(|error| SessionError::Device { endpoint: endpoint.clone(), error: error.redacted(&sent) })
}

/// Asks whether the person is done. What is asked for was said when the codes were; if that was more, this is for the
/// profile's own token.
fn ask(acquisition: &Acquisition<'_>, device_code: &Secret) -> Result<TokenResponse, SessionError> {
    let nothing = Scopes::default();
    let whole = acquisition.asked();
    let said_more = acquisition.resources_ahead().len() > whole.resource.len();
    let resource = if said_more { whole.resource } else { &[] };
    let asked = TokenRequest { scopes: &nothing, audience: &[], resource, ..whole };
    acquisition.send(grant::device_token(&asked, device_code), &[device_code])
}

/// Shows what to do, whatever the level of talk: without it nobody can log in.
fn show(authorization: &Authorization, terminal: &dyn Terminal) {
    let line = |text: &str| terminal.complain(text);
    line("Open this address in any browser, on any device (tok opens nothing by itself):");
    line(&format!("  {}", authorization.page));
    line("and enter this code there:");
    line(&format!("  {}", code(&authorization.user_code)));
    let Some(complete) = &authorization.complete else { return };
    let colour = terminal.colour(Stream::Error);
    let picture = terminal.canvas().and_then(|columns| qr::picture(complete.as_str(), columns, colour));
    if let Some(picture) = picture {
        line("or scan this, which has the code in it; the page should show the same one:");
        line(&picture);
    } else {
        line("or open this one, which has the code in it; the page should show the same one:");
        line(&format!("  {complete}"));
    }
}

/// The code, and no more of it than anybody types.
fn code(code: &Foreign) -> String {
    const LONGEST: usize = 100;
    let shown = code.to_string();
    if shown.chars().count() > LONGEST { shown.chars().take(LONGEST).chain("...".chars()).collect() } else { shown }
}
