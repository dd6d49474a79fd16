//! Finding an issuer's endpoints: at login only (P14).

use super::error::{Missing, SessionError};
use crate::oauth::discovery::{self, Metadata, MetadataError};
use crate::oauth::{Endpoint, GrantChoice, GrantKind, Issuer};
use crate::settings::{Settings, Sourced};
use crate::sys::http::Transport;

/// Where this login's requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// The token endpoint.
    pub token: Endpoint,
    /// The others, each where one is known.
    pub others: Others,
    /// The grants that the server says it has, where it was asked and says so.
    pub offered: Option<Vec<GrantKind>>,
}

/// Endpoints that a login may do without, and what the server promises of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Others {
    /// RFC 7009
    pub revocation: Option<Endpoint>,
    /// RFC 8628 §3.1
    pub device: Option<Endpoint>,
    /// RFC 6749 §3.1
    pub authorization: Option<Endpoint>,
    /// RFC 9126 §2
    pub par: Option<Endpoint>,
    /// RFC 7662
    pub introspection: Option<Endpoint>,
    /// OpenID Connect Core 1.0 §5.3
    pub userinfo: Option<Endpoint>,
    /// The server's keys (RFC 8414 §2).
    pub jwks: Option<Endpoint>,
    /// Whether the server takes only authorization requests that were sent ahead (RFC 9126 §5).
    pub requires_par: bool,
    /// Whether the server says that it names itself in every redirect (RFC 9207 §3).
    pub names_itself: bool,
}

impl Others {
    fn named(settings: &Settings) -> Self {
        let value = |setting: &Option<Sourced<Endpoint>>| setting.as_ref().map(|endpoint| endpoint.value.clone());
        Self {
            revocation: value(&settings.revocation_endpoint),
            device: value(&settings.device_endpoint),
            authorization: value(&settings.authorization_endpoint),
            par: value(&settings.par_endpoint),
            introspection: value(&settings.introspection_endpoint),
            userinfo: value(&settings.userinfo_endpoint),
            jwks: None,
            requires_par: false,
            names_itself: false,
        }
    }

    fn or(self, found: &Metadata) -> Self {
        let or = |mine: Option<Endpoint>, theirs: &Option<Endpoint>| mine.or_else(|| theirs.clone());
        Self {
            revocation: or(self.revocation, &found.revocation_endpoint),
            device: or(self.device, &found.device_authorization_endpoint),
            authorization: or(self.authorization, &found.authorization_endpoint),
            par: or(self.par, &found.pushed_authorization_request_endpoint),
            introspection: or(self.introspection, &found.introspection_endpoint),
            userinfo: or(self.userinfo, &found.userinfo_endpoint),
            jwks: or(self.jwks, &found.jwks_uri),
            requires_par: self.requires_par || found.requires_par,
            names_itself: self.names_itself || found.names_itself,
        }
    }

    /// Whether the endpoint is known that a grant needs beside the token endpoint.
    fn suffice(&self, grant: GrantKind) -> bool {
        match grant {
            GrantKind::Device => self.device.is_some(),
            GrantKind::Browser => self.authorization.is_some(),
            _ => true,
        }
    }
}

impl Endpoints {
    /// Whether the server has a grant. One with an endpoint of its own is known by that: servers list less than they have.
    /// `None` where nothing is known.
    #[must_use]
    pub fn has(&self, grant: GrantKind) -> Option<bool> {
        match grant {
            GrantKind::Device => Some(self.others.device.is_some()),
            GrantKind::Browser => Some(self.others.authorization.is_some()),
            grant => self.offered.as_ref().map(|offered| offered.contains(&grant)),
        }
    }

    /// The grants that the server is known to have besides this one, those first in which a person proves more than a
    /// password; the password is never advised.
    #[must_use]
    pub fn others_than(&self, grant: GrantKind) -> Vec<GrantKind> {
        let order = [
            GrantKind::Browser,
            GrantKind::Device,
            GrantKind::ClientCredentials,
            GrantKind::TokenExchange,
            GrantKind::JwtBearer,
        ];
        order.into_iter().filter(|other| *other != grant && self.has(*other) == Some(true)).collect()
    }
}

/// Takes the endpoints that the settings name and asks the issuer for the others. Where the token endpoint is named, the
/// issuer is asked only for what the grant cannot do without.
///
/// # Errors
/// [`SessionError::Missing`], [`SessionError::Metadata`], [`SessionError::NotOffered`], [`SessionError::Transport`]
pub fn endpoints(settings: &Settings, transport: &dyn Transport) -> Result<Endpoints, SessionError> {
    let named = settings.token_endpoint.as_ref().map(|endpoint| endpoint.value.clone());
    let others = Others::named(settings);
    let grant = settings.grant.value;
    let suffices = grant != GrantChoice::Auto && grant.named().is_none_or(|grant| others.suffice(grant));
    let endpoints = match (named, &settings.issuer) {
        (Some(token), issuer) if suffices || issuer.is_none() => Endpoints { token, others, offered: None },
        (None, None) => return Err(SessionError::Missing(Missing::Where)),
        (named, Some(issuer)) => {
            let (token, found) = ask(&issuer.value, grant, settings.client_cert.is_some(), transport)?;
            Endpoints { token: named.unwrap_or(token), others: others.or(&found), offered: offered(&found) }
        }
        (Some(token), None) => Endpoints { token, others, offered: None },
    };
    match grant.named() {
        Some(grant) if !endpoints.others.suffice(grant) => {
            Err(SessionError::NotOffered { grant, offered: endpoints.offered.unwrap_or_default() })
        }
        _ => Ok(endpoints),
    }
}

fn offered(found: &Metadata) -> Option<Vec<GrantKind>> {
    let names = found.grant_types.as_ref()?;
    Some(GrantKind::ALL.into_iter().filter(|grant| names.iter().any(|name| name == grant.wire_name())).collect())
}

/// Asks the issuer's well-known addresses in order. The second one is asked where the first cannot be used, and where
/// it lacks the revocation endpoint or what the grant needs: on some servers only one of the two documents is complete.
/// With a client certificate (`mtls`) everything goes to the addresses that are for such clients.
fn ask(
    issuer: &Issuer,
    grant: GrantChoice,
    mtls: bool,
    transport: &dyn Transport,
) -> Result<(Endpoint, Metadata), SessionError> {
    let mut found: Option<Metadata> = None;
    let mut tried: Vec<(Endpoint, MetadataError)> = Vec::new();
    let is_enough = |found: &Metadata| {
        let others = Others::default().or(found);
        found.token_endpoint.is_some()
            && others.revocation.is_some()
            && grant.named().is_none_or(|grant| others.suffice(grant))
    };
    for address in discovery::well_known(issuer) {
        let response = match transport.send(&discovery::request(&address)) {
            Ok(response) => response,
            // The first document is enough to log in with.
            Err(_) if found.is_some() => break,
            Err(error) => return Err(error.into()),
        };
        match (discovery::read(&response, issuer), &mut found) {
            (Ok(metadata), None) => found = Some(metadata),
            (Ok(metadata), Some(first)) => first.complete_from(metadata),
            (Err(why), _) => tried.push((address, why)),
        }
        if found.as_ref().is_some_and(is_enough) {
            break;
        }
    }
    if let Some(mut found) = found {
        if mtls {
            found.use_mtls_aliases();
        }
        match found.require_token_endpoint() {
            Ok(token) => return Ok((token.clone(), found)),
            Err(why) => tried.push((issuer.endpoint().clone(), why)),
        }
    }
    Err(SessionError::Metadata { issuer: issuer.clone(), tried })
}
