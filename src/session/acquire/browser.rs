//! The authorization code grant with PKCE, through a browser (RFC 6749 §4.1, RFC 7636, RFC 8252).
//!
//! The browser comes back to a listener on loopback. Where it runs on another machine it cannot: the address that it ended
//! at is then pasted here. Both are waited for at once, and read by the same rules.

use std::time::Duration;

use ring::rand::SecureRandom as _;
use zeroize::Zeroizing;

use super::{Acquisition, Person};
use crate::oauth::authorization::{
    self, AuthorizationError, AuthorizationRequest, Expected, Fresh, Pushed, RANDOM_BYTES, check_nonce, pasted,
    read_redirect,
};
use crate::oauth::{Endpoint, TokenRequest, TokenResponse, grant};
use crate::secret::Secret;
use crate::session::error::SessionError;
use crate::sys::loopback::{Landing, Page, Reserved};
use crate::sys::terminal::Terminal;
use crate::sys::{browser, random};

/// How long a person has: a password manager, a second factor and a consent page take minutes, and a code that comes
/// later than this is seldom still good (RFC 6749 §4.1.2 recommends ten minutes).
const PATIENCE: Duration = Duration::from_secs(600);

/// What the browser came back with, and what goes with it to the token endpoint.
#[derive(Debug)]
pub struct Brought {
    /// `code`
    pub code: Secret,
    /// `code_verifier` (RFC 7636 §4.1)
    pub verifier: Secret,
    /// `redirect_uri`, as it was in the authorization request.
    pub redirect_uri: String,
    /// `nonce`, where the ID token has to have it.
    pub nonce: Option<Secret>,
    /// The authorization endpoint that it is from.
    pub from: Endpoint,
}

type Outcome = Result<Secret, AuthorizationError>;

/// Sends the person to the login page and waits for the code.
pub(super) fn authorize(acquisition: &Acquisition<'_>, person: &Person<'_>) -> Result<Brought, SessionError> {
    let others = &acquisition.endpoints.others;
    let endpoint = others.authorization.as_ref();
    let endpoint = endpoint.ok_or(SessionError::NotOffered { grant: acquisition.grant, offered: Vec::new() })?;
    // The port is taken first: the address that the server is told has to be ours.
    let settings = acquisition.settings;
    let reserved = Reserved::new(settings.redirect_uri.as_ref().map(|uri| &uri.value))?;
    let redirect_uri = reserved.uri().to_owned();
    let mut random = Zeroizing::new([0; RANDOM_BYTES]);
    random::source().fill(&mut *random).map_err(|_| SessionError::NoRandomness)?;
    let fresh = Fresh::new(&random);
    let request = AuthorizationRequest {
        endpoint,
        asked: TokenRequest { endpoint, resource: &acquisition.resources_ahead(), ..acquisition.asked() },
        redirect_uri: &redirect_uri,
        fresh: &fresh,
    };
    let url = match announced(acquisition, &request)? {
        Some(pushed) => {
            if let Some(seconds) = pushed.expires_in {
                person.terminal.notice(&format!("the server keeps this request for {seconds} s"));
            }
            request.url_of(&pushed)
        }
        None => request.url(),
    };
    let expected = || Expected {
        state: fresh.state.duplicate(),
        issuer: settings.issuer.as_ref().map(|issuer| issuer.value.clone()),
        names_itself: others.names_itself,
    };
    let (theirs, ours) = (expected(), expected());
    let landing = reserved.open(PATIENCE, Box::new(move |query| judge(query, &theirs)))?;
    let outcome = if open(endpoint, &url, person) {
        let _spinner = person.terminal.waiting(&format!("waiting for the login page, {} at most", patience()));
        landing.wait()
    } else {
        wait_or_ask(&landing, person.terminal, &ours)
    };
    let code = match outcome {
        Some(outcome) => outcome.map_err(|error| refused(endpoint, error))?,
        None => return Err(SessionError::NobodyCameBack { waited: PATIENCE }),
    };
    let nonce = request.nonce().map(Secret::duplicate);
    Ok(Brought { code, nonce, from: endpoint.clone(), verifier: fresh.verifier, redirect_uri })
}

/// Sends the request ahead (RFC 9126) where the settings name an endpoint for that or the server demands it. One that the
/// server merely lists is not used: it may be for other clients, and what every server understands is the plain request,
/// which PKCE, `state` and `iss` protect here.
fn announced(
    acquisition: &Acquisition<'_>,
    request: &AuthorizationRequest<'_>,
) -> Result<Option<Pushed>, SessionError> {
    let others = &acquisition.endpoints.others;
    let wanted = others.requires_par || acquisition.settings.par_endpoint.is_some();
    let Some(endpoint) = others.par.as_ref().filter(|_| wanted) else { return Ok(None) };
    let pushed = request.push(endpoint).map_err(SessionError::NoClientSecret)?;
    let response = acquisition.transport.send(&pushed)?;
    let sent: Vec<&Secret> = acquisition.client.secret.iter().chain(&response.signed.texts).collect();
    authorization::read_pushed(&response)
        .map(Some)
        .map_err(|error| SessionError::Push { endpoint: endpoint.clone(), error: error.redacted(&sent) })
}

/// What is shown to a visitor of the listener, and the end of the wait if it is one.
fn judge(query: &Secret, expected: &Expected) -> (Page, Option<Outcome>) {
    match read_redirect(query, expected) {
        Ok(code) => (Page::Done, Some(Ok(code))),
        // Anybody on this machine, and any web page, can ask for this address.
        Err(AuthorizationError::OtherState) => (Page::NotThisLogin, None),
        Err(error) => (Page::Refused, Some(Err(error))),
    }
}

/// Says where to go, and opens it if that may be and can be done.
fn open(endpoint: &Endpoint, url: &Endpoint, person: &Person<'_>) -> bool {
    let terminal = person.terminal;
    let opened = person.may_open_browser && browser::open(url, person.environment).is_ok();
    if opened {
        terminal.notice(&format!("the login page of {} is opened in the browser; its address:", endpoint.origin()));
    } else {
        if person.may_open_browser {
            terminal.warn("no browser could be started");
        }
        terminal
            .notice(&format!("open the login page of {} in a browser, here or on another machine:", endpoint.origin()));
    }
    // Alone on its line, to be copied, and also where notices are not wanted: without it nobody could go on.
    terminal.complain(&format!("\n  {}\n", url.as_str()));
    opened
}

/// Waits for the browser and for what is pasted, whichever comes first.
fn wait_or_ask(landing: &Landing<Outcome>, terminal: &dyn Terminal, expected: &Expected) -> Option<Outcome> {
    terminal.notice(&format!(
        "if the browser cannot come back here, paste the address that it ended at; this waits {} at most",
        patience()
    ));
    loop {
        match terminal.ask_secret_until("Address (not shown, Enter at its end): ", &landing.bell) {
            Ok(None) => return landing.take(),
            Ok(Some(text)) => match read_redirect(&pasted(&text), expected) {
                Err(AuthorizationError::OtherState) => {
                    terminal.warn("that is not the address of this login; paste all of it, as the browser shows it");
                }
                outcome => return Some(outcome),
            },
            Err(crate::sys::prompt::PromptError::Bad(why)) => terminal.warn(&format!("that cannot be used: {why}")),
            // Nothing more will be typed; the browser can still come back.
            Err(_) => return landing.wait(),
        }
    }
}

fn patience() -> String {
    format!("{} min", PATIENCE.as_secs() / 60)
}

fn refused(endpoint: &Endpoint, error: AuthorizationError) -> SessionError {
    SessionError::Authorization { endpoint: endpoint.clone(), error }
}

/// Exchanges the code. Tokens that belong to another login are thrown away.
pub(super) fn redeem(acquisition: &Acquisition<'_>, brought: &Brought) -> Result<TokenResponse, SessionError> {
    let Brought { code, verifier, redirect_uri, nonce, from } = brought;
    let request = grant::authorization_code(&acquisition.asked(), code, verifier, redirect_uri);
    let tokens = acquisition.send(request, &[code, verifier])?;
    if let (Some(nonce), Some(id_token)) = (nonce, &tokens.id_token) {
        check_nonce(id_token, nonce).map_err(|error| refused(from, error))?;
    }
    Ok(tokens)
}
