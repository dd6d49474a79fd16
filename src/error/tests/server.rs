//! What a server, or the way to it, did wrong.

use std::time::Duration;

use super::{Row, endpoint, rows};
use crate::oauth::{
    AnswerError, AnswerFault, AuthorizationError, BadUrl, ErrorCode, Foreign, GrantKind, Issuer, MetadataError, NotOne,
    OAuthError, Role, TokenError, Unreadable,
};
use crate::session::SessionError;
use crate::session::error::{AskFault, Doing, IdentityFault, Tried};
use crate::sys::clock::UnixTime;
use crate::sys::http::{TlsFault, TransportError, TransportFault};

fn no_answer(fault: TransportFault) -> TransportError {
    TransportError::new(&endpoint("/token"), fault)
}

fn silence(fault: TransportFault) -> SessionError {
    SessionError::Transport(no_answer(fault))
}

fn insecure(fault: TlsFault) -> SessionError {
    silence(TransportFault::Tls(fault))
}

fn said(code: ErrorCode) -> OAuthError {
    OAuthError { code, description: Some(Foreign::new("so\nit\x1b[2J is")), uri: None }
}

fn answer(doing: Doing, error: TokenError) -> SessionError {
    SessionError::Token { endpoint: endpoint("/token"), doing, error, tried: None }
}

/// A login by this grant at a server that has these too.
fn denied(grant: GrantKind, code: ErrorCode, said: Option<&str>, instead: &[GrantKind]) -> SessionError {
    let error = OAuthError { code, description: said.map(Foreign::new), uri: None };
    let error = TokenError::Refused { status: 400, error: Some(error) };
    let tried = Some(Tried { grant, instead: instead.to_vec() });
    SessionError::Token { endpoint: endpoint("/token"), doing: Doing::Login, error, tried }
}

fn no_code(status: u16, fault: AnswerFault) -> SessionError {
    let error = AnswerError { role: Role::Device, status, fault };
    SessionError::Device { endpoint: endpoint("/device"), error }
}

fn no_identity(status: u16, fault: AnswerFault) -> SessionError {
    let error = AnswerError { role: Role::JobIdentity, status, fault };
    SessionError::Identity(IdentityFault::Answer { endpoint: endpoint("/ci"), error })
}

fn refused(doing: Doing, status: u16, code: Option<ErrorCode>) -> SessionError {
    answer(doing, TokenError::Refused { status, error: code.map(said) })
}

fn moved() -> TokenError {
    TokenError::Moved { status: 301, to: Some(Foreign::new("https://new.example/token")) }
}

fn absent(status: u16, what: NotOne) -> TokenError {
    TokenError::NotATokenEndpoint { status, what, error: None }
}

fn failed(status: u16, retry_after: Option<u64>) -> TokenError {
    TokenError::ServerFailed { status, error: None, retry_after }
}

fn unreadable(why: Unreadable) -> TokenError {
    TokenError::Unreadable { status: 200, why }
}

/// The first address had nothing, the second this.
fn metadata(why: MetadataError) -> SessionError {
    let tried = vec![(endpoint("/1"), MetadataError::NotFound { status: 404 }), (endpoint("/2"), why)];
    SessionError::Metadata { issuer: Issuer::parse("https://sso.example.com").unwrap(), tried }
}

fn inquiry(fault: AskFault) -> SessionError {
    SessionError::Inquiry { endpoint: endpoint("/introspect"), fault }
}

fn not_said(status: u16, fault: AnswerFault) -> SessionError {
    inquiry(AskFault::Answer(AnswerError { role: Role::Inquiry, status, fault }))
}

fn revocation(fault: AskFault) -> SessionError {
    SessionError::Revocation { endpoint: endpoint("/revoke"), fault }
}

fn not_revoked(status: u16, fault: AnswerFault) -> SessionError {
    revocation(AskFault::Answer(AnswerError { role: Role::Revocation, status, fault }))
}

fn page(error: AuthorizationError) -> SessionError {
    SessionError::Authorization { endpoint: endpoint("/authorize"), error }
}

fn pushed(status: u16, fault: AnswerFault) -> SessionError {
    let error = AnswerError { role: Role::Push, status, fault };
    SessionError::Push { endpoint: endpoint("/par"), error }
}

/// No answer.
pub(super) fn transport() -> Vec<Row> {
    rows![
        silence(TransportFault::Resolve),
        silence(TransportFault::Connect("network unreachable".into())),
        silence(TransportFault::Refused),
        silence(TransportFault::Timeout(Duration::from_secs(30))),
        silence(TransportFault::Cut),
        silence(TransportFault::TooLarge),
        silence(TransportFault::BadResponse),
        silence(TransportFault::Proxy {
            proxy: "http://proxy.example:3128".into(),
            why: "it cannot be reached".into()
        }),
        silence(TransportFault::CaFile { path: "/x/ca.pem".into(), why: "no PEM certificate is in it".into() }),
        silence(TransportFault::ClientCert { path: "/x/me.pem".into(), why: "it is not valid PEM".into() }),
        silence(TransportFault::Other(Foreign::new("strange\x1b"))),
    ]
}

/// No secure connection.
pub(super) fn tls() -> Vec<Row> {
    rows![
        insecure(TlsFault::UnknownIssuer),
        insecure(TlsFault::AuthorityAsServer),
        insecure(TlsFault::Expired { not_after: Some(UnixTime(0)), now: Some(UnixTime(86_400)) }),
        insecure(TlsFault::NotYetValid { not_before: Some(UnixTime(86_400)), now: Some(UnixTime(0)) }),
        insecure(TlsFault::WrongName { host: "sso.example.com".into(), names: vec![Foreign::new("other.example")] }),
        insecure(TlsFault::NotForServers),
        insecure(TlsFault::Revoked),
        insecure(TlsFault::NothingInCommon),
        insecure(TlsFault::ClientCertRequired),
        insecure(TlsFault::NotTls),
        insecure(TlsFault::HandshakeCut),
        insecure(TlsFault::NoAuthorities),
        insecure(TlsFault::Other(Foreign::new("strange\x1b"))),
    ]
}

/// The server said no.
pub(super) fn refusals() -> Vec<Row> {
    rows![
        refused(Doing::Login, 400, Some(ErrorCode::InvalidGrant)),
        refused(Doing::Login, 401, Some(ErrorCode::InvalidClient)),
        refused(Doing::Login, 400, Some(ErrorCode::InvalidScope)),
        refused(Doing::Login, 400, Some(ErrorCode::InvalidTarget)),
        refused(Doing::Login, 400, Some(ErrorCode::UnauthorizedClient)),
        refused(Doing::Login, 400, Some(ErrorCode::UnsupportedGrantType)),
        refused(Doing::Login, 400, Some(ErrorCode::InvalidRequest)),
        refused(Doing::Login, 403, Some(ErrorCode::Other(Foreign::new("nope\x1b")))),
        refused(Doing::Login, 403, None),
        refused(Doing::Refresh, 400, Some(ErrorCode::InvalidGrant)),
        refused(Doing::Refresh, 401, Some(ErrorCode::InvalidClient)),
        refused(Doing::Refresh, 400, Some(ErrorCode::InvalidScope)),
        refused(Doing::Refresh, 400, Some(ErrorCode::InvalidTarget)),
        refused(Doing::Refresh, 403, None),
        refused(Doing::Refresh, 409, None),
        refused(Doing::Exchange, 400, Some(ErrorCode::InvalidGrant)),
        refused(Doing::Exchange, 401, Some(ErrorCode::InvalidClient)),
        refused(Doing::Exchange, 400, Some(ErrorCode::UnsupportedGrantType)),
    ]
}

/// The server said no to a grant, and may have others.
pub(super) fn grants() -> Vec<Row> {
    const ALL: &[GrantKind] = &[GrantKind::Browser, GrantKind::Device, GrantKind::ClientCredentials];
    rows![
        denied(GrantKind::Password, ErrorCode::UnsupportedGrantType, None, ALL),
        denied(GrantKind::Password, ErrorCode::UnauthorizedClient, None, &[GrantKind::Device]),
        denied(GrantKind::Password, ErrorCode::InvalidGrant, Some("Bad password"), ALL),
        denied(GrantKind::Password, ErrorCode::InvalidGrant, Some("MFA is required"), ALL),
        denied(GrantKind::Password, ErrorCode::InvalidGrant, Some("Account is not fully set up"), &[]),
        denied(GrantKind::Password, ErrorCode::Other(Foreign::new("mfa_required")), None, ALL),
        denied(GrantKind::ClientCredentials, ErrorCode::InvalidGrant, None, ALL),
        denied(GrantKind::ClientCredentials, ErrorCode::UnauthorizedClient, None, &[]),
        denied(GrantKind::TokenExchange, ErrorCode::InvalidGrant, None, &[]),
        denied(GrantKind::JwtBearer, ErrorCode::InvalidRequest, None, &[]),
        denied(GrantKind::Browser, ErrorCode::InvalidGrant, None, &[]),
        no_code(400, AnswerFault::Refused(Some(said(ErrorCode::UnauthorizedClient)))),
        no_code(403, AnswerFault::Refused(None)),
        no_code(302, AnswerFault::Moved(None)),
        no_code(404, AnswerFault::Absent),
        no_code(503, AnswerFault::ServerFailed { retry_after: Some(7) }),
        no_code(200, AnswerFault::Unreadable(Unreadable::Missing("device_code"))),
        no_code(200, AnswerFault::BadPage(BadUrl::NotHttps(Foreign::new("http://b.example/")))),
        SessionError::DeviceDenied,
        SessionError::DeviceExpired,
        SessionError::Identity(IdentityFault::NotAllowed),
        SessionError::Identity(IdentityFault::BadAddress(BadUrl::UserInfo)),
        no_identity(403, AnswerFault::Refused(None)),
        no_identity(302, AnswerFault::Moved(None)),
        no_identity(503, AnswerFault::ServerFailed { retry_after: None }),
        no_identity(200, AnswerFault::Unreadable(Unreadable::Missing("value"))),
        SessionError::Identity(IdentityFault::NoVariable { name: "MY_TOKEN".into() }),
        SessionError::Identity(IdentityFault::NotText { name: "MY_TOKEN".into() }),
        SessionError::Identity(IdentityFault::NoCredentials),
    ]
}

/// An answer without a token.
pub(super) fn answers() -> Vec<Row> {
    rows![
        answer(Doing::Login, moved()),
        answer(Doing::Refresh, moved()),
        answer(Doing::Login, absent(404, NotOne::NotFound)),
        answer(Doing::Login, absent(405, NotOne::MethodNotAllowed)),
        answer(Doing::Login, absent(200, NotOne::Html)),
        answer(Doing::Refresh, absent(404, NotOne::NotFound)),
        answer(Doing::Exchange, absent(404, NotOne::NotFound)),
        answer(Doing::Login, failed(429, Some(7))),
        answer(Doing::Login, failed(503, None)),
        answer(Doing::Refresh, failed(503, Some(7))),
        answer(Doing::Login, unreadable(Unreadable::Compressed)),
        answer(Doing::Login, unreadable(Unreadable::Empty)),
        answer(Doing::Login, unreadable(Unreadable::NotJson)),
        answer(Doing::Login, unreadable(Unreadable::NotAnObject)),
        answer(Doing::Login, unreadable(Unreadable::Repeated("access_token"))),
        answer(Doing::Login, unreadable(Unreadable::NoAccessToken)),
        answer(Doing::Login, unreadable(Unreadable::BadToken("access_token"))),
        answer(Doing::Login, unreadable(Unreadable::BadType("token_type"))),
        answer(Doing::Login, TokenError::UnknownTokenType(Foreign::new("mac"))),
        answer(Doing::Exchange, TokenError::UnknownTokenType(Foreign::new("N_A"))),
        answer(Doing::Login, TokenError::NotBound(Foreign::new("Bearer\x1b"))),
    ]
}

/// Discovery.
pub(super) fn metadata_causes() -> Vec<Row> {
    rows![
        metadata(MetadataError::NotFound { status: 404 }),
        metadata(MetadataError::Moved { status: 301, to: Some(Foreign::new("https://new.example/x")) }),
        metadata(MetadataError::ServerFailed { status: 503, retry_after: Some(7) }),
        metadata(MetadataError::Unreadable { status: 200, why: Unreadable::NotJson }),
        metadata(MetadataError::NoIssuer),
        metadata(MetadataError::OtherIssuer(Foreign::new("https://b.example\x1b"))),
        metadata(MetadataError::BadEndpoint {
            member: "token_endpoint",
            why: BadUrl::NotHttps(Foreign::new("http://b.example/"))
        }),
        metadata(MetadataError::NoTokenEndpoint),
    ]
}

/// A token of which nobody said what it is good for.
pub(super) fn inquiries() -> Vec<Row> {
    rows![
        inquiry(AskFault::NoAnswer(no_answer(TransportFault::Refused))),
        not_said(401, AnswerFault::Refused(Some(said(ErrorCode::InvalidClient)))),
        not_said(308, AnswerFault::Moved(None)),
        not_said(404, AnswerFault::Absent),
        not_said(503, AnswerFault::ServerFailed { retry_after: Some(9) }),
        not_said(200, AnswerFault::Unreadable(Unreadable::NotJson)),
        not_said(200, AnswerFault::NotSaid),
        SessionError::NothingToAsk,
        SessionError::NotActive,
    ]
}

/// A session that was forgotten here only.
pub(super) fn revocations() -> Vec<Row> {
    rows![
        revocation(AskFault::NoAnswer(no_answer(TransportFault::Refused))),
        not_revoked(400, AnswerFault::Refused(Some(said(ErrorCode::InvalidRequest)))),
        not_revoked(400, AnswerFault::NotSupported),
        not_revoked(308, AnswerFault::Moved(None)),
        not_revoked(404, AnswerFault::Absent),
        not_revoked(503, AnswerFault::ServerFailed { retry_after: Some(9) }),
    ]
}

/// A login page that gave no code.
pub(super) fn authorizations() -> Vec<Row> {
    rows![
        page(AuthorizationError::Refused(said(ErrorCode::AccessDenied))),
        page(AuthorizationError::Refused(said(ErrorCode::InvalidScope))),
        page(AuthorizationError::Refused(said(ErrorCode::InvalidTarget))),
        page(AuthorizationError::Refused(said(ErrorCode::InvalidRequest))),
        page(AuthorizationError::Refused(said(ErrorCode::UnauthorizedClient))),
        page(AuthorizationError::Refused(said(ErrorCode::ServerError))),
        page(AuthorizationError::Refused(said(ErrorCode::Other(Foreign::new("nope\x1b"))))),
        page(AuthorizationError::OtherState),
        page(AuthorizationError::Repeated("code")),
        page(AuthorizationError::NoIssuer),
        page(AuthorizationError::OtherIssuer(Foreign::new("https://b.example\x1b"))),
        page(AuthorizationError::NoCode),
        page(AuthorizationError::OtherNonce),
    ]
}

/// A request that could not be sent ahead.
pub(super) fn pushes() -> Vec<Row> {
    rows![
        pushed(401, AnswerFault::Refused(Some(said(ErrorCode::InvalidClient)))),
        pushed(400, AnswerFault::Refused(None)),
        pushed(301, AnswerFault::Moved(Some(Foreign::new("https://new.example/par")))),
        pushed(404, AnswerFault::Absent),
        pushed(503, AnswerFault::ServerFailed { retry_after: Some(7) }),
        pushed(201, AnswerFault::Unreadable(Unreadable::Missing("request_uri"))),
    ]
}
