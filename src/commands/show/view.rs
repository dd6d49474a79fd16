//! What `tok show` says of a session: as JSON for programs, as a table for people.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::claims;
use crate::commands::time;
use crate::commands::token::named;
use crate::oauth::{Foreign, GrantKind, UserInfo};
use crate::session::Session;
use crate::session::freshness::Moment;
use crate::session::inquire::Said;
use crate::session::record::AccessToken;
use crate::settings::Settings;
use crate::sys::clock::UnixTime;

/// What `--json` prints; the names and types are stable, absent values are null, times are epoch seconds with an RFC
/// 3339 text beside them.
#[derive(Debug, Serialize)]
pub(super) struct View {
    profile: String,
    config_file: Option<String>,
    pub(super) state: State,
    environment_credentials: bool,
    issuer: Option<String>,
    token_endpoint: Option<String>,
    client_id: Option<String>,
    username: Option<String>,
    grant: String,
    store: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<String>,
    scopes_granted: Option<Vec<String>>,
    scopes_requested: Vec<String>,
    refresh_token: bool,
    id_token: bool,
    logged_in_at: Option<i64>,
    logged_in_at_rfc3339: Option<String>,
    expires_at: Option<i64>,
    expires_at_rfc3339: Option<String>,
    expires_in: Option<u64>,
    /// Only where there are some.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    narrowed: Vec<Narrowed>,
    /// Only with `--online`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) online: Option<Online>,
    /// Only with `--claims`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) claims: Option<BTreeMap<&'static str, claims::Said>>,
}

/// An access token that is for a service alone.
#[derive(Debug, Serialize)]
struct Narrowed {
    resource: Vec<String>,
    audience: Vec<String>,
    scopes_requested: Vec<String>,
    expires_at: Option<i64>,
    expires_at_rfc3339: Option<String>,
    expires_in: Option<u64>,
}

impl Narrowed {
    fn new(token: &AccessToken, now: Moment) -> Self {
        let expires_at = token.lifetime.expires_at();
        Self {
            resource: token.asked.resource.clone(),
            audience: token.asked.audience.clone(),
            scopes_requested: token.asked.scopes.split_whitespace().map(str::to_owned).collect(),
            expires_at: expires_at.map(|at| at.0),
            expires_at_rfc3339: expires_at.and_then(UnixTime::rfc3339),
            expires_in: token.lifetime.left(now),
        }
    }

    /// What it is for, and how long, in a line.
    fn line(&self, at: impl Fn(i64) -> String) -> String {
        let places: Vec<&str> = self.resource.iter().chain(&self.audience).map(String::as_str).collect();
        let what = if places.is_empty() { self.scopes_requested.join(" ") } else { places.join(", ") };
        let end = match (self.expires_at, self.expires_in) {
            (Some(end), Some(0)) => format!("expired {}", at(end)),
            (Some(end), _) => format!("expires {}", at(end)),
            (None, _) => "valid; the server does not say for how long".to_owned(),
        };
        format!("{what}; {end}")
    }
}

/// What the server says; what it was not asked is null.
#[derive(Debug, Serialize)]
pub(super) struct Online {
    active: Option<bool>,
    scopes: Option<Vec<String>>,
    client_id: Option<String>,
    username: Option<String>,
    subject: Option<String>,
    audience: Option<Vec<String>>,
    expires_at: Option<i64>,
    userinfo: Option<BTreeMap<&'static str, String>>,
}

/// The state of the session in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum State {
    /// The access token is valid.
    Valid,
    /// The access token has expired; the refresh token, or the grant that needs nobody, brings a new one.
    Refreshable,
    /// The access token has expired and nothing can renew it.
    Expired,
    /// The server ended it.
    Ended,
    /// It belongs to another server, client, grant or user than the profile's.
    OtherBinding,
    /// Nothing is stored.
    None,
    /// Credentials in the environment; nothing is kept.
    Environment,
}

impl Online {
    pub(super) fn new(said: &Said) -> Self {
        let token = said.introspection.as_ref().and_then(|answer| answer.as_ref().ok());
        let text = |text: &Option<Foreign>| text.as_ref().map(ToString::to_string);
        let userinfo = said.userinfo.as_ref().and_then(|answer| answer.as_ref().ok());
        Self {
            active: token.map(|token| token.active),
            scopes: token.and_then(|token| Some(token.scopes.as_ref()?.iter().map(str::to_owned).collect())),
            client_id: token.and_then(|token| text(&token.client_id)),
            username: token.and_then(|token| text(&token.username)),
            subject: token.and_then(|token| text(&token.subject)),
            audience: token.map(|token| token.audience.iter().map(ToString::to_string).collect()),
            expires_at: token.and_then(|token| token.expires_at),
            userinfo: userinfo
                .map(|UserInfo(claims)| claims.iter().map(|(name, text)| (*name, text.to_string())).collect()),
        }
    }

    /// What it says of the token, in a line.
    fn of_token(&self, at: impl Fn(i64) -> String) -> Option<String> {
        let state = if self.active? { "active" } else { "not active" };
        let scopes = self.scopes.as_ref().filter(|scopes| !scopes.is_empty());
        let scopes = scopes.map(|scopes| format!("; scopes {}", scopes.join(" "))).unwrap_or_default();
        let audience = self.audience.as_ref().filter(|audience| !audience.is_empty());
        let audience = audience.map(|audience| format!("; for {}", audience.join(", "))).unwrap_or_default();
        let end = self.expires_at.map(|end| format!("; expires {}", at(end))).unwrap_or_default();
        Some(format!("{state}{scopes}{audience}{end}"))
    }

    /// What it says of the user, in a line.
    fn of_user(&self) -> Option<String> {
        let claims: Vec<String> = match &self.userinfo {
            Some(claims) => claims.iter().map(|(name, text)| format!("{name} {text}")).collect(),
            None => [("name", &self.username), ("sub", &self.subject)]
                .into_iter()
                .filter_map(|(name, text)| Some(format!("{name} {}", text.as_ref()?)))
                .collect(),
        };
        (!claims.is_empty()).then(|| claims.join(", "))
    }
}

fn state(settings: &Settings, session: Option<&Session>, now: Moment) -> State {
    let Some(session) = session else {
        return if settings.environment_credentials { State::Environment } else { State::None };
    };
    let valid = session.access.as_ref().is_some_and(|access| access.lifetime.lasts(now, Duration::ZERO));
    if session.check(settings).is_err() {
        State::OtherBinding
    } else if session.is_ended() {
        State::Ended
    } else if valid {
        State::Valid
    } else if session.refresh_token.is_some() || session.binding.grant.parse().is_ok_and(GrantKind::is_unattended) {
        State::Refreshable
    } else {
        State::Expired
    }
}

/// The column in which values begin.
const VALUES: usize = 15;

/// A name and its value. A value that is wider than the terminal goes on in the next line, below itself; only spaces
/// are broken, so that an address stays whole.
fn row(name: &str, value: &str, width: Option<usize>) -> String {
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(VALUES)).max(VALUES);
    let mut text = format!("{name:<VALUES$}");
    let mut used = 0;
    for (index, word) in value.split(' ').enumerate() {
        let length = word.chars().count();
        if index == 0 {
            text.push_str(word);
            used = length;
        } else if used + 1 + length > room {
            text = format!("{text}\n{:VALUES$}{word}", "");
            used = length;
        } else {
            text = format!("{text} {word}");
            used += 1 + length;
        }
    }
    text
}

impl View {
    /// The session's own values where there is one, else what the settings name.
    pub(super) fn new(settings: &Settings, session: Option<&Session>, now: Moment) -> Self {
        let binding = session.map(|session| &session.binding);
        let access = session.and_then(|session| session.access.as_ref());
        let expires_at = access.and_then(|access| access.lifetime.expires_at());
        let logged_in = session.map(|session| UnixTime(session.logged_in_at));
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let issuer = settings.issuer.as_ref().map(|issuer| issuer.value.as_str().to_owned());
        let endpoint = settings.token_endpoint.as_ref().map(|endpoint| endpoint.value.to_string());
        Self {
            profile: settings.profile.value.to_string(),
            config_file: settings.config_path.as_ref().map(|path| path.display().to_string()),
            state: state(settings, session, now),
            environment_credentials: settings.environment_credentials,
            issuer: binding.map_or(issuer, |binding| binding.issuer.clone()),
            token_endpoint: binding.map_or(endpoint, |binding| Some(binding.token_endpoint.clone())),
            client_id: binding
                .map(|binding| binding.client_id.clone())
                .or_else(|| settings.client_id.as_ref().map(|client| client.value.as_str().to_owned())),
            username: match binding {
                Some(binding) => binding.username.clone(),
                None => settings.username.as_ref().map(|username| username.value.clone()),
            },
            grant: binding.map_or_else(|| settings.grant.value.to_string(), |binding| binding.grant.clone()),
            store: settings.store.value.to_string(),
            issued_token_type: access.and_then(|access| access.other_than_access.clone()),
            scopes_granted: access.and_then(|access| access.scopes.as_deref()).map(words),
            scopes_requested: access.map_or_else(
                || settings.scopes.value.iter().map(str::to_owned).collect(),
                |access| words(&access.asked.scopes),
            ),
            refresh_token: session.is_some_and(|session| session.refresh_token.is_some()),
            id_token: session.is_some_and(|session| session.id_token.is_some()),
            logged_in_at: logged_in.map(|at| at.0),
            logged_in_at_rfc3339: logged_in.and_then(UnixTime::rfc3339),
            expires_at: expires_at.map(|at| at.0),
            expires_at_rfc3339: expires_at.and_then(UnixTime::rfc3339),
            expires_in: access.and_then(|access| access.lifetime.left(now)),
            narrowed: session.iter().flat_map(|session| &session.narrowed).map(|one| Narrowed::new(one, now)).collect(),
            online: None,
            claims: None,
        }
    }

    /// The rows for people, folded to the terminal's width. Whatever a file or a server named is escaped.
    pub(super) fn table(&self, now: UnixTime, zone: &TimeZone, width: Option<usize>) -> Vec<String> {
        let at = |seconds: i64| time::shown(UnixTime(seconds), now, zone);
        let access = match (self.state, self.expires_at) {
            (State::None | State::Ended, _) => "none".to_owned(),
            (State::Environment, _) => "asked for anew by each tok token".to_owned(),
            (State::Valid | State::OtherBinding, Some(end)) => format!("expires {}", at(end)),
            (State::Refreshable | State::Expired, Some(end)) => format!("expired {}", at(end)),
            (_, None) => "valid; the server does not say for how long".to_owned(),
        };
        let scopes = match &self.scopes_granted {
            Some(scopes) => scopes.join(" "),
            None => self.scopes_requested.join(" "),
        };
        let refresh = match self.state {
            State::Environment => None,
            _ => Some(if self.refresh_token { "yes" } else { "no" }.to_owned()),
        };
        let rows = [
            ("profile", Some(self.profile.clone())),
            ("state", Some(self.sentence().to_owned())),
            ("issuer", self.issuer.clone()),
            ("token endpoint", self.token_endpoint.clone()),
            ("client", self.client_id.clone()),
            ("user", self.username.clone()),
            ("grant", Some(self.grant.clone())),
            ("scopes", Some(scopes).filter(|scopes| !scopes.is_empty())),
            ("issued", self.issued_token_type.as_deref().map(|kind| format!("{}, no access token", named(kind)))),
            ("access token", Some(access)),
        ];
        let services = self.narrowed.iter().map(|token| ("for a service", Some(token.line(at))));
        let more = [
            ("refresh token", refresh),
            ("server says", self.online.as_ref().and_then(|online| online.of_token(at))),
            ("of the user", self.online.as_ref().and_then(Online::of_user)),
            ("logged in", self.logged_in_at.map(at)),
            ("store", Some(self.store.clone())),
            ("configuration", self.config_file.clone()),
        ];
        let row = |(name, value): (&str, Option<String>)| Some(row(name, &Foreign::new(value?).to_string(), width));
        let mut lines: Vec<String> = rows.into_iter().chain(services).chain(more).filter_map(row).collect();
        for (name, said) in self.claims.iter().flatten() {
            let (heading, rows) = said.rows(name, at);
            lines.push(format!("\n{heading}"));
            lines.extend(rows.iter().map(|(name, value)| self::row(&format!("  {name}"), value, width)));
        }
        lines
    }

    fn sentence(&self) -> &'static str {
        match self.state {
            State::Environment => "credentials in the environment; nothing is kept",
            _ if self.environment_credentials => "credentials in the environment win over the session kept here",
            State::Valid => "logged in",
            State::Refreshable if !self.refresh_token => "logged in; the next tok token runs the grant again",
            State::Refreshable => "logged in; the next tok token refreshes",
            State::Expired => "expired, without a refresh token",
            State::Ended => "ended by the server",
            State::OtherBinding => "not logged in: the session kept here belongs to other settings",
            State::None => "not logged in",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_too_wide_goes_on_below_itself() {
        assert_eq!(row("scopes", "a b", None), "scopes         a b");
        let folded = row("scopes", "openid offline_access read write", Some(35));
        assert_eq!(folded, "scopes         openid\n               offline_access read\n               write");
        assert_eq!(row("user", " a  b", Some(10)), "user            a  b");
        let address = "https://sso.example.com/realms/main";
        assert_eq!(row("issuer", address, Some(20)), format!("issuer         {address}"));
    }
}
