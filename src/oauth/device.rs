//! Device authorization: a code that a person enters in any browser, on any device, while this program asks whether it
//! was (RFC 8628).

use std::fmt;
use std::time::Duration;

use url::Url;

use super::endpoint::is_loopback_name;
use super::token::read_lifetime;
use super::{AnswerError, AnswerFault, BadUrl, ErrorCode, Foreign, Response, Role, TokenError, Unreadable, answer};
use crate::secret::Secret;

/// How long to wait between two questions where the server does not say (RFC 8628 §3.2).
const USUAL_INTERVAL: u64 = 5;

/// What `slow_down` adds, for good (RFC 8628 §3.5).
const SLOWER: Duration = Duration::from_secs(5);

/// No server is asked more often, not even one that says 0.
const FASTEST: Duration = Duration::from_millis(100);

/// What the device authorization endpoint answers (RFC 8628 §3.2).
#[derive(Debug)]
pub struct Authorization {
    /// What this program shows at the token endpoint.
    pub device_code: Secret,
    /// What the person enters.
    pub user_code: Foreign,
    /// Where.
    pub page: Page,
    /// The same with the code in it, of the same origin.
    pub complete: Option<Page>,
    /// Seconds for which both codes are good, where the server says; it has to (P08).
    pub expires_in: Option<u64>,
    /// Seconds between two questions.
    pub interval: u64,
}

/// A page that a person is sent to: https, or http on this machine, and without user information. It is shown as the
/// parser writes it, in ASCII: nothing in it looks like something else.
///
/// Any other address is refused, and with it the login, instead of being shown with a warning: what the person types at
/// that page is a password, which would go over the network in clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page(Url);

impl Page {
    fn parse(text: &str) -> Result<Self, BadUrl> {
        let shown = || Foreign::new(text.split(['?', '#']).next().unwrap_or_default());
        // Where it cannot be taken apart, whatever stands before an "@" may be a password.
        let malformed = || if text.contains('@') { BadUrl::UserInfo } else { BadUrl::Malformed(shown()) };
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == char::REPLACEMENT_CHARACTER) {
            return Err(malformed());
        }
        let url = Url::parse(text).map_err(|_| malformed())?;
        let is_local = match url.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => is_loopback_name(name),
            None => false,
        };
        if !url.username().is_empty() || url.password().is_some() {
            Err(BadUrl::UserInfo)
        } else if url.scheme() == "https" || url.scheme() == "http" && is_local {
            Ok(Self(url))
        } else {
            Err(BadUrl::NotHttps(shown()))
        }
    }

    /// The whole address, with whatever follows the path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host alone.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Foreign::new(self.as_str()).fmt(f)
    }
}

/// The members that are read; each may come once. `verification_url` is what Google called it before the RFC.
const MEMBERS: [&str; 10] = [
    "device_code",
    "user_code",
    "verification_uri",
    "verification_url",
    "verification_uri_complete",
    "expires_in",
    "interval",
    "error",
    "error_description",
    "error_uri",
];

/// Reads the answer of the device authorization endpoint.
///
/// # Errors
/// [`AnswerError`]
pub fn read(response: &Response) -> Result<Authorization, AnswerError> {
    let unreadable = |why| AnswerError::unreadable(Role::Device, response, why);
    let mut object = answer::object(Role::Device, response, &MEMBERS)?;
    let mut text = |name| object.take(name).text().ok_or_else(|| unreadable(Unreadable::Missing(name)));
    let device_code = text("device_code")?;
    let user_code = Foreign::new(text("user_code")?.expose());
    let page = match text("verification_uri") {
        Err(missing) => text("verification_url").map_err(|_| missing)?,
        Ok(page) => page,
    };
    let page = Page::parse(page.expose())
        .map_err(|why| AnswerError::new(Role::Device, response, AnswerFault::BadPage(why)))?;
    // It only saves typing. What cannot be used, or leads to another place than the page that is named, is left out.
    let complete = text("verification_uri_complete").ok().and_then(|text| Page::parse(text.expose()).ok());
    let complete = complete.filter(|complete| complete.0.origin() == page.0.origin());
    let expires_in = read_lifetime(object.take("expires_in"));
    let interval = read_lifetime(object.take("interval")).unwrap_or(USUAL_INTERVAL);
    Ok(Authorization { device_code, user_code, page, complete, expires_in, interval })
}

/// When the token endpoint may be asked, and what its answers mean: a machine without a clock. All times are counted from
/// the moment in which the codes came.
#[derive(Debug)]
pub struct Polling {
    interval: Duration,
    due: Duration,
    end: Option<Duration>,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing, for so long.
    Wait(Duration),
    /// Ask.
    Ask,
    /// Stop: the codes are no longer good.
    Expired,
}

/// What an answer without tokens means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The person is not done: ask again.
    Pending,
    /// The person said no.
    Denied,
    /// The codes are no longer good.
    Expired,
    /// It is over, for the reason that the answer gives.
    Over,
}

impl Polling {
    /// The first question comes after one interval: nobody is faster than that.
    #[must_use]
    pub fn new(authorization: &Authorization) -> Self {
        let interval = Duration::from_secs(authorization.interval).max(FASTEST);
        Self { interval, due: interval, end: authorization.expires_in.map(Duration::from_secs) }
    }

    /// What to do at this moment.
    #[must_use]
    pub fn next(&self, now: Duration) -> Next {
        match (self.left(now), self.due.saturating_sub(now)) {
            (Some(Duration::ZERO), _) => Next::Expired,
            (_, Duration::ZERO) => Next::Ask,
            // Nobody waits beyond the end.
            (left, wait) => Next::Wait(left.map_or(wait, |left| left.min(wait))),
        }
    }

    /// How long the codes are still good, where that is known.
    #[must_use]
    pub fn left(&self, now: Duration) -> Option<Duration> {
        self.end.map(|end| end.saturating_sub(now))
    }

    /// Takes an answer without tokens, which came at this moment (RFC 8628 §3.5).
    pub fn answered(&mut self, answer: &TokenError, now: Duration) -> Meaning {
        let (error, retry_after) = match answer {
            TokenError::Refused { error, .. } => (error.as_ref(), None),
            TokenError::ServerFailed { error, retry_after, .. } => (error.as_ref(), Some(retry_after.unwrap_or(0))),
            _ => return Meaning::Over,
        };
        match (error.map(|error| &error.code), retry_after) {
            (Some(ErrorCode::AuthorizationPending), _) => {}
            (Some(ErrorCode::SlowDown), _) => self.interval = self.interval.saturating_add(SLOWER),
            (Some(ErrorCode::AccessDenied), _) => return Meaning::Denied,
            (Some(ErrorCode::ExpiredToken), _) => return Meaning::Expired,
            // A gateway that has no server behind it for the moment.
            (None, Some(seconds)) => {
                self.interval = self.interval.saturating_mul(2).max(Duration::from_secs(seconds));
            }
            _ => return Meaning::Over,
        }
        self.due = now.saturating_add(self.interval);
        Meaning::Pending
    }

    /// Takes that no answer came up to this moment: the wait doubles (RFC 8628 §3.5).
    pub fn unanswered(&mut self, now: Duration) {
        self.interval = self.interval.saturating_mul(2);
        self.due = now.saturating_add(self.interval);
    }
}

#[cfg(test)]
mod tests;
