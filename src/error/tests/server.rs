//! What a server, or the way to it, did wrong.

use std::time::Duration;

use super::{Row, endpoint, rows};
use crate::oauth::{
    AuthorizationError, BadUrl, ErrorCode, Foreign, Issuer, MetadataError, NotOne, OAuthError, PushError,
    RevocationError, TokenError, Unreadable,
};
use crate::session::SessionError;
use crate::session::error::{Doing, RevocationFault};
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
    SessionError::Token { endpoint: endpoint("/token"), doing, error }
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

fn revocation(fault: RevocationFault) -> SessionError {
    SessionError::Revocation { endpoint: endpoint("/revoke"), fault }
}

fn page(error: AuthorizationError) -> SessionError {
    SessionError::Authorization { endpoint: endpoint("/authorize"), error }
}

fn pushed(error: PushError) -> SessionError {
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
        refused(Doing::Login, 400, Some(ErrorCode::UnauthorizedClient)),
        refused(Doing::Login, 400, Some(ErrorCode::UnsupportedGrantType)),
        refused(Doing::Login, 400, Some(ErrorCode::InvalidRequest)),
        refused(Doing::Login, 403, Some(ErrorCode::Other(Foreign::new("nope\x1b")))),
        refused(Doing::Login, 403, None),
        refused(Doing::Refresh, 400, Some(ErrorCode::InvalidGrant)),
        refused(Doing::Refresh, 401, Some(ErrorCode::InvalidClient)),
        refused(Doing::Refresh, 400, Some(ErrorCode::InvalidScope)),
        refused(Doing::Refresh, 403, None),
        refused(Doing::Refresh, 409, None),
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

/// A session that was forgotten here only.
pub(super) fn revocations() -> Vec<Row> {
    rows![
        revocation(RevocationFault::NoAnswer(no_answer(TransportFault::Refused))),
        revocation(RevocationFault::Answer(RevocationError::Refused {
            status: 400,
            error: Some(said(ErrorCode::InvalidRequest))
        })),
        revocation(RevocationFault::Answer(RevocationError::NotSupported { status: 400 })),
        revocation(RevocationFault::Answer(RevocationError::Moved { status: 308, to: None })),
        revocation(RevocationFault::Answer(RevocationError::NotARevocationEndpoint { status: 404 })),
        revocation(RevocationFault::Answer(RevocationError::ServerFailed { status: 503, retry_after: Some(9) })),
    ]
}

/// A login page that gave no code.
pub(super) fn authorizations() -> Vec<Row> {
    rows![
        page(AuthorizationError::Refused(said(ErrorCode::AccessDenied))),
        page(AuthorizationError::Refused(said(ErrorCode::InvalidScope))),
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
        pushed(PushError::Refused { status: 401, error: Some(said(ErrorCode::InvalidClient)) }),
        pushed(PushError::Refused { status: 400, error: None }),
        pushed(PushError::Moved { status: 301, to: Some(Foreign::new("https://new.example/par")) }),
        pushed(PushError::NotAnEndpoint { status: 404 }),
        pushed(PushError::ServerFailed { status: 503, retry_after: Some(7) }),
        pushed(PushError::Unreadable { status: 201, why: Unreadable::Missing("request_uri") }),
    ]
}
