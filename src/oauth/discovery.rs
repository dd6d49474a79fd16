//! What a server tells about itself: authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0).
//!
//! It is asked for at login only (P14), and nothing is refused for what it leaves out: servers list less than works.

use std::fmt;

use super::json::{self, Member, Object};
use super::refusal::{Failure, FailureKind, write_failed, write_moved, write_status, write_unreadable};
use super::{BadUrl, Endpoint, Foreign, Issuer, Method, Request, Response, ToSign, Unreadable};
use crate::secret::Secret;

/// A server's metadata; a member that is missing or of the wrong type is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `issuer`, the one that was expected.
    pub issuer: Issuer,
    /// `token_endpoint`
    pub token_endpoint: Option<Endpoint>,
    /// `revocation_endpoint`
    pub revocation_endpoint: Option<Endpoint>,
    /// `introspection_endpoint`
    pub introspection_endpoint: Option<Endpoint>,
    /// `device_authorization_endpoint`
    pub device_authorization_endpoint: Option<Endpoint>,
    /// `authorization_endpoint`
    pub authorization_endpoint: Option<Endpoint>,
    /// `userinfo_endpoint`
    pub userinfo_endpoint: Option<Endpoint>,
    /// `pushed_authorization_request_endpoint`
    pub pushed_authorization_request_endpoint: Option<Endpoint>,
    /// `jwks_uri`
    pub jwks_uri: Option<Endpoint>,
    /// `require_pushed_authorization_requests` (RFC 9126 §5); `false` where nothing is said.
    pub requires_par: bool,
    /// `authorization_response_iss_parameter_supported` (RFC 9207 §3); `false` where nothing is said.
    pub names_itself: bool,
    /// `grant_types_supported`, for hints only.
    pub grant_types: Option<Vec<String>>,
    /// `token_endpoint_auth_methods_supported`, for hints only.
    pub auth_methods: Option<Vec<String>>,
    /// `mtls_endpoint_aliases` (RFC 8705 §5): each endpoint's member with its address for clients with a certificate.
    pub mtls_aliases: Vec<(&'static str, Endpoint)>,
    /// Endpoints that the document has but that nothing may be sent to, the token endpoint apart: that one is an
    /// error.
    pub unusable: Vec<(&'static str, BadUrl)>,
}

/// Why there is no metadata at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetadataError {
    /// Refused or not there: a 4xx.
    NotFound {
        /// The status code.
        status: u16,
    },
    /// A redirect; none is followed (T03).
    Moved {
        /// The status code.
        status: u16,
        /// Where it points: origin and path.
        to: Option<Foreign>,
    },
    /// The server cannot answer now.
    ServerFailed {
        /// The status code.
        status: u16,
        /// The seconds after which to ask again.
        retry_after: Option<u64>,
    },
    /// Not a metadata document: also a page, with which some servers answer for every path they do not know.
    Unreadable {
        /// The status code.
        status: u16,
        /// What is wrong with it.
        why: Unreadable,
    },
    /// The document has no `issuer`.
    NoIssuer,
    /// The document is another issuer's (RFC 8414 §3.3; P13).
    OtherIssuer(Foreign),
    /// Nothing may be sent to an endpoint of the document (T01, T08).
    BadEndpoint {
        /// The member that has it.
        member: &'static str,
        /// What is wrong with it.
        why: BadUrl,
    },
    /// No document that was found has a `token_endpoint`.
    NoTokenEndpoint,
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { status } => {
                f.write_str("there is no metadata at this address")?;
                write_status(f, *status)
            }
            Self::Moved { status, to } => write_moved(f, *status, to.as_ref()),
            Self::ServerFailed { status, retry_after } => write_failed(f, *status, *retry_after),
            Self::Unreadable { status, why } => write_unreadable(f, "the server's metadata", *status, *why),
            Self::NoIssuer => f.write_str("the server's metadata names no issuer"),
            Self::OtherIssuer(text) => write!(f, "the server's metadata is that of another issuer: \"{text}\""),
            Self::BadEndpoint { member, why } => write!(f, "\"{member}\" in the server's metadata: {why}"),
            Self::NoTokenEndpoint => f.write_str("the server's metadata has no \"token_endpoint\""),
        }
    }
}

impl std::error::Error for MetadataError {}

/// Where the metadata of an issuer may be, in the order in which to try: the path inserted as RFC 8414 §3.1 says,
/// then the suffix of OpenID Connect Discovery 1.0 §4 (P13).
#[must_use]
pub fn well_known(issuer: &Issuer) -> Vec<Endpoint> {
    let address = issuer.endpoint();
    let path = address.url().path();
    let path = path.strip_suffix('/').unwrap_or(path);
    vec![
        address.with_path(&format!("/.well-known/oauth-authorization-server{path}")),
        address.with_path(&format!("{path}/.well-known/openid-configuration")),
    ]
}

/// Asks for metadata.
#[must_use]
pub fn request(address: &Endpoint) -> Request {
    let headers = vec![("Accept", Secret::new("application/json".to_owned()))];
    Request { method: Method::Get, url: address.clone(), headers, body: None, to_sign: ToSign::default() }
}

/// The members that are read; each may come once.
const MEMBERS: [&str; 14] = [
    "issuer",
    "token_endpoint",
    "revocation_endpoint",
    "introspection_endpoint",
    "device_authorization_endpoint",
    "authorization_endpoint",
    "userinfo_endpoint",
    "pushed_authorization_request_endpoint",
    "jwks_uri",
    "mtls_endpoint_aliases",
    "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
];

/// Reads the answer to [`request`]. The document is used only if its issuer is the expected one to the byte.
///
/// # Errors
/// [`MetadataError`], but never `NoTokenEndpoint`: the other document may have one.
pub fn read(response: &Response, expected: &Issuer) -> Result<Metadata, MetadataError> {
    if let Some(failure) = Failure::of(response) {
        return Err(failure.into());
    }
    let unreadable = |why| MetadataError::Unreadable { status: response.status, why };
    let mut object = json::read(response, &MEMBERS).map_err(unreadable)?;
    let issuer = object.take("issuer").text().ok_or(MetadataError::NoIssuer)?;
    if issuer.expose() != expected.as_str() {
        return Err(MetadataError::OtherIssuer(shown(issuer.expose())));
    }
    let mut unusable = Vec::new();
    let mut endpoint = |object: &mut Object, member| {
        let text = object.take(member).text()?;
        Endpoint::parse(text.expose()).map_err(|why| unusable.push((member, why))).ok()
    };
    let mut metadata = Metadata {
        issuer: expected.clone(),
        token_endpoint: endpoint(&mut object, "token_endpoint"),
        revocation_endpoint: endpoint(&mut object, "revocation_endpoint"),
        introspection_endpoint: endpoint(&mut object, "introspection_endpoint"),
        device_authorization_endpoint: endpoint(&mut object, "device_authorization_endpoint"),
        authorization_endpoint: endpoint(&mut object, "authorization_endpoint"),
        userinfo_endpoint: endpoint(&mut object, "userinfo_endpoint"),
        pushed_authorization_request_endpoint: endpoint(&mut object, "pushed_authorization_request_endpoint"),
        jwks_uri: endpoint(&mut object, "jwks_uri"),
        requires_par: is_true(&object.take("require_pushed_authorization_requests")),
        names_itself: is_true(&object.take("authorization_response_iss_parameter_supported")),
        grant_types: texts(object.take("grant_types_supported")),
        auth_methods: texts(object.take("token_endpoint_auth_methods_supported")),
        mtls_aliases: aliases(object.take("mtls_endpoint_aliases")),
        unusable: Vec::new(),
    };
    if let Some(position) = unusable.iter().position(|(member, _)| *member == "token_endpoint") {
        let (member, why) = unusable.swap_remove(position);
        return Err(MetadataError::BadEndpoint { member, why });
    }
    metadata.unusable = unusable;
    Ok(metadata)
}

/// An issuer as a message shows it: of query, fragment and user information, which it may not have, only that they are
/// there (U07).
fn shown(issuer: &str) -> Foreign {
    let end = issuer.find(['?', '#']).map_or(issuer.len(), |mark| mark + 1);
    let (text, cut) = issuer.split_at(end);
    let place = text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, place)| format!("[...]@{place}"));
    let has_more = text.ends_with(['?', '#']) && !cut.is_empty();
    Foreign::new(if has_more { place + "[...]" } else { place })
}

/// The aliases that something may be sent to; without one the endpoint itself serves.
fn aliases(member: Member) -> Vec<(&'static str, Endpoint)> {
    let Member::Object(members) = member else { return Vec::new() };
    let alias = |(name, member): (String, Member)| {
        let name = MEMBERS.into_iter().find(|known| *known == name)?;
        Some((name, Endpoint::parse(member.text()?.expose()).ok()?))
    };
    members.into_iter().filter_map(alias).collect()
}

fn is_true(member: &Member) -> bool {
    matches!(member, Member::Bool(true))
}

/// The texts of a list.
fn texts(member: Member) -> Option<Vec<String>> {
    match member {
        Member::List(members) => {
            Some(members.into_iter().filter_map(Member::text).map(|text| text.expose().to_owned()).collect())
        }
        _ => None,
    }
}

impl From<Failure> for MetadataError {
    fn from(failure: Failure) -> Self {
        let Failure { status, kind } = failure;
        match kind {
            FailureKind::Refused(_) | FailureKind::Absent(..) => Self::NotFound { status },
            FailureKind::Moved(to) => Self::Moved { status, to },
            FailureKind::Failed { retry_after, .. } => Self::ServerFailed { status, retry_after },
        }
    }
}

impl Metadata {
    /// The token endpoint, without which there is no login.
    ///
    /// # Errors
    /// [`MetadataError::NoTokenEndpoint`]
    pub fn require_token_endpoint(&self) -> Result<&Endpoint, MetadataError> {
        self.token_endpoint.as_ref().ok_or(MetadataError::NoTokenEndpoint)
    }

    /// Puts the endpoints for clients with a certificate in the place of the others (RFC 8705 §5).
    pub fn use_mtls_aliases(&mut self) {
        for (name, alias) in std::mem::take(&mut self.mtls_aliases) {
            let endpoint = match name {
                "token_endpoint" => &mut self.token_endpoint,
                "revocation_endpoint" => &mut self.revocation_endpoint,
                "introspection_endpoint" => &mut self.introspection_endpoint,
                "device_authorization_endpoint" => &mut self.device_authorization_endpoint,
                "userinfo_endpoint" => &mut self.userinfo_endpoint,
                "pushed_authorization_request_endpoint" => &mut self.pushed_authorization_request_endpoint,
                // A person's browser has no certificate of this client.
                _ => continue,
            };
            *endpoint = Some(alias);
        }
    }

    /// Fills in what this document lacks from the other one of the same issuer: OpenID documents may lack the
    /// revocation and device endpoints that the RFC 8414 one has, and the reverse.
    pub fn complete_from(&mut self, other: Self) {
        fn fill<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        fill(&mut self.token_endpoint, other.token_endpoint);
        fill(&mut self.revocation_endpoint, other.revocation_endpoint);
        fill(&mut self.introspection_endpoint, other.introspection_endpoint);
        fill(&mut self.device_authorization_endpoint, other.device_authorization_endpoint);
        fill(&mut self.authorization_endpoint, other.authorization_endpoint);
        fill(&mut self.userinfo_endpoint, other.userinfo_endpoint);
        fill(&mut self.pushed_authorization_request_endpoint, other.pushed_authorization_request_endpoint);
        fill(&mut self.jwks_uri, other.jwks_uri);
        self.requires_par |= other.requires_par;
        self.names_itself |= other.names_itself;
        fill(&mut self.grant_types, other.grant_types);
        fill(&mut self.auth_methods, other.auth_methods);
        let known = |name: &str| self.mtls_aliases.iter().any(|(known, _)| *known == name);
        let more: Vec<_> = other.mtls_aliases.into_iter().filter(|(name, _)| !known(name)).collect();
        self.mtls_aliases.extend(more);
        self.unusable.extend(other.unusable);
    }
}

#[cfg(test)]
mod tests;
