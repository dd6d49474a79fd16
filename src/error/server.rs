//! The hints of what a server, or the way to it, did wrong.

use super::table::{Verdict, hint, log_in};
use super::{Exit, Place, StsError};
use crate::oauth::discovery::MetadataError;
use crate::oauth::{
    AnswerError, AnswerFault, AuthorizationError, ErrorCode, Foreign, GrantKind, OAuthError, TokenError, Unreadable,
};
use crate::session::error::{Doing, Tried};
use crate::sys::http::{TlsFault, TransportFault};

/// After a document that was not found, or cannot be used: the most telling of the reasons decides.
pub(super) fn metadata<'a>(why: impl Iterator<Item = &'a MetadataError>) -> String {
    let why: Vec<&MetadataError> = why.collect();
    let failed = |why: &&MetadataError| match why {
        MetadataError::ServerFailed { retry_after, .. } => Some(*retry_after),
        _ => None,
    };
    let any = |is: fn(&MetadataError) -> bool| why.iter().any(|why| is(why));
    if any(|why| matches!(why, MetadataError::OtherIssuer(_))) {
        "use the issuer to the letter as the server's document has it, if that is the server you mean".to_owned()
    } else if any(|why| matches!(why, MetadataError::BadEndpoint { .. })) {
        "nothing was sent there; the server's people have to mend it, or name the token endpoint: --token-endpoint URL"
            .to_owned()
    } else if let Some(retry_after) = why.iter().find_map(failed) {
        later(retry_after)
    } else if any(|why| matches!(why, MetadataError::Moved { .. })) {
        "no redirect is followed: use the issuer as the server spells it now, if you trust that place".to_owned()
    } else {
        "check the issuer, or name the token endpoint: --token-endpoint URL".to_owned()
    }
}

/// After no answer.
pub(super) fn transport(fault: &TransportFault) -> Option<String> {
    let text = match fault {
        TransportFault::Resolve => "check the host's name and the network",
        TransportFault::Refused => "check host and port; is the server up?",
        TransportFault::Connect(_) => "check the network, and HTTPS_PROXY if there is a proxy",
        TransportFault::Timeout(_) => "try again, or allow more time: --timeout 60s",
        TransportFault::Cut => "try again; a proxy or a firewall may be in between",
        TransportFault::BadResponse => "check scheme and port: something else may listen there",
        TransportFault::TooLarge => "no token endpoint answers so; check its address",
        TransportFault::Proxy { .. } => "check HTTPS_PROXY and NO_PROXY",
        TransportFault::CaFile { .. } => "ca-file is a PEM file with one or more CA certificates",
        TransportFault::ClientCert { .. } => "client-cert and client-key are PEM files",
        TransportFault::Tls(fault) => return Some(tls(fault)),
        TransportFault::Other(_) => return None,
    };
    Some(text.to_owned())
}

fn tls(fault: &TlsFault) -> String {
    match fault {
        TlsFault::UnknownIssuer | TlsFault::AuthorityAsServer => {
            "if this is the right server with a CA of its own, trust that CA: --ca-file FILE, TOK_CA_FILE, or \
             tok profile set ca-file=FILE; a server that leaves out its intermediate certificate has to send it"
        }
        TlsFault::Expired { .. } => "the server needs a new certificate; check this machine's clock too",
        TlsFault::NotYetValid { .. } => "check this machine's clock",
        TlsFault::WrongName { .. } => "use a name that the certificate has, if that is the server you mean",
        TlsFault::NotForServers | TlsFault::Revoked => "the server needs another certificate",
        TlsFault::NothingInCommon => "the server has to offer TLS 1.2 or 1.3",
        TlsFault::ClientCertRequired => {
            "mutual TLS: name the client's certificate: --client-cert FILE, --client-key FILE"
        }
        TlsFault::NotTls => "check scheme and port: something else may listen there",
        TlsFault::NoAuthorities => {
            "install the system's CA certificates (Debian: ca-certificates), or set SSL_CERT_FILE"
        }
        TlsFault::HandshakeCut | TlsFault::Other(_) => "check host and port; a proxy may be in between",
    }
    .to_owned()
}

/// After an answer without a token.
pub(super) fn token(doing: Doing, error: &TokenError, tried: Option<&Tried>, place: &Place) -> String {
    match (error, doing) {
        (TokenError::Refused { error, .. }, Doing::Login) => {
            let grant = tried.map_or(GrantKind::Password, |tried| tried.grant);
            let first = refused(error.as_ref().map(|error| &error.code), grant, place);
            let wants = error.as_ref().and_then(wants_another_grant);
            match wants.zip(tried.and_then(|tried| other_grants(&tried.instead, place))) {
                Some((why, others)) => format!("{first}; {why}{others}"),
                None => first,
            }
        }
        (TokenError::Refused { error, .. }, Doing::Refresh) => match error.as_ref().map(|error| &error.code) {
            Some(code @ (ErrorCode::InvalidClient | ErrorCode::InvalidScope)) => {
                refused(Some(code), GrantKind::Password, place)
            }
            Some(ErrorCode::InvalidTarget) => format!(
                "check resource and audience; some servers want a service's named at the login, beside one of the \
                 profile's own: tok bind, then {}",
                again(place)
            ),
            _ => log_in(place),
        },
        (TokenError::Refused { error, .. }, Doing::Exchange) => match error.as_ref().map(|error| &error.code) {
            Some(code @ (ErrorCode::InvalidClient | ErrorCode::InvalidScope | ErrorCode::InvalidTarget)) => {
                refused(Some(code), GrantKind::TokenExchange, place)
            }
            Some(ErrorCode::InvalidGrant) => {
                let again = place.tok("refresh");
                format!("the session is kept; the server may take a newer token of the profile's: {again}")
            }
            _ => "the session is kept; the server has to allow this client the exchange, and what the service asks for"
                .to_owned(),
        },
        (TokenError::Moved { .. }, Doing::Login) => {
            "it has moved, and no redirect is followed: set token-endpoint to where it is now, if you trust that place"
                .to_owned()
        }
        (TokenError::NotATokenEndpoint { .. }, Doing::Login) => {
            "check the token endpoint's address, or give --issuer URL to have it found".to_owned()
        }
        (TokenError::Moved { .. } | TokenError::NotATokenEndpoint { .. }, Doing::Refresh | Doing::Exchange) => {
            format!("the session is kept; if the server has moved for good, log in anew: {}", log_in(place))
        }
        (TokenError::ServerFailed { retry_after, .. }, _) => later(*retry_after),
        (TokenError::Unreadable { why: Unreadable::Compressed, .. }, _) => {
            "the server, or a proxy before it, has to answer uncompressed where nothing else is asked for".to_owned()
        }
        (TokenError::Unreadable { .. }, _) => {
            "check the token endpoint's address; if it is right, the server has to be mended".to_owned()
        }
        (TokenError::UnknownTokenType(_), Doing::Exchange) => {
            "the exchange has to bring an access token, which is what the service takes".to_owned()
        }
        (TokenError::UnknownTokenType(_), _) => {
            "tok uses Bearer tokens, and with --dpop those bound to a key".to_owned()
        }
        (TokenError::NotBound(_), _) => {
            "the server does not bind this client's tokens: ask its people to, or leave --dpop out".to_owned()
        }
    }
}

/// After no code for a device.
pub(super) fn device(error: &AnswerError, place: &Place) -> String {
    match &error.fault {
        AnswerFault::Refused(error) => match error.as_ref().map(|error| &error.code) {
            Some(
                code @ (ErrorCode::InvalidClient
                | ErrorCode::InvalidScope
                | ErrorCode::InvalidTarget
                | ErrorCode::UnauthorizedClient),
            ) => refused(Some(code), GrantKind::Device, place),
            _ => "check client-id, client-auth and scopes; the server has to allow this client the device grant"
                .to_owned(),
        },
        AnswerFault::Moved(_) => {
            "no redirect is followed: set device-endpoint to where it is now, if you trust that place".to_owned()
        }
        AnswerFault::Absent => "check device-endpoint, or leave it out to have it found by the issuer".to_owned(),
        AnswerFault::ServerFailed { retry_after } => later(*retry_after),
        AnswerFault::Unreadable(_) | AnswerFault::BadPage(_) | AnswerFault::NotSaid | AnswerFault::NotSupported => {
            "check device-endpoint; if it is right, the server has to be mended".to_owned()
        }
    }
}

/// Why another grant may do where this one was refused, to stand before its name; `None` where none will. That the grant is
/// not allowed is said by a code. That a person has to prove more than a password has no code, and servers say it in their
/// own words: those decide nothing but whether the advice is longer.
fn wants_another_grant(error: &OAuthError) -> Option<&'static str> {
    const WORDS: [&str; 12] = [
        "mfa",
        "multi-factor",
        "multifactor",
        "second factor",
        "two-factor",
        "2fa",
        "otp",
        "consent",
        "interaction",
        "fully set up",
        "action required",
        "federated",
    ];
    let (code, words) = match &error.code {
        ErrorCode::UnsupportedGrantType | ErrorCode::UnauthorizedClient => return Some(""),
        ErrorCode::InvalidGrant => (None, &error.description),
        ErrorCode::Other(code) => (Some(code), &error.description),
        _ => return None,
    };
    let tells = |text: &Foreign| {
        let text = text.raw().to_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    };
    code.into_iter().chain(words).any(tells).then_some("it may want more than this grant shows; ")
}

/// The grants that the server has too and that can do it here: for a person those that ask one, where nobody is those that
/// ask nobody. `None` where there is none.
fn other_grants(instead: &[GrantKind], place: &Place) -> Option<String> {
    let works = |grant: &&GrantKind| if place.can_prompt { grant.needs_a_person() } else { grant.is_unattended() };
    let names: Vec<&str> = instead.iter().filter(works).map(|grant| grant.name()).collect();
    let first = names.first()?;
    let list = names.join(", ");
    Some(if place.can_prompt {
        format!("the server also has: {list}: {} --grant {first}", place.tok("login"))
    } else {
        format!("the server also has: {list} (TOK_GRANT)")
    })
}

fn refused(code: Option<&ErrorCode>, grant: GrantKind, place: &Place) -> String {
    let shown = match grant {
        GrantKind::Password => "user name and password",
        GrantKind::ClientCredentials => "",
        GrantKind::TokenExchange | GrantKind::JwtBearer => "the subject token: its issuer, audience and age",
        GrantKind::Device | GrantKind::Browser => "what was entered there",
    };
    match code {
        Some(ErrorCode::InvalidClient) => {
            "check client-id, client secret and client-auth; basic-raw is for servers that do not form-decode HTTP Basic"
                .to_owned()
        }
        Some(ErrorCode::InvalidScope) => format!("check the scopes: {}", place.tok("profile show")),
        Some(ErrorCode::InvalidTarget) => format!(
            "the server does not know such a resource or audience, or not for this client: {}",
            place.tok("profile show")
        ),
        Some(ErrorCode::UnauthorizedClient | ErrorCode::UnsupportedGrantType) => {
            format!("the server does not allow this client the {grant} grant")
        }
        Some(ErrorCode::InvalidGrant) if !shown.is_empty() => format!("check {shown}"),
        _ if shown.is_empty() => "check client-id, client secret, client-auth and scopes".to_owned(),
        _ => format!("check {shown}, client-id and client-auth; some servers do not say which is wrong"),
    }
}

/// How to begin anew what a person began.
pub(super) fn again(place: &Place) -> String {
    if place.can_prompt { place.tok("login") } else { "log in again from a terminal".to_owned() }
}

/// After a login page.
pub(super) fn authorization(error: &AuthorizationError, place: &Place) -> String {
    match error {
        // What a server demands of one client alone its metadata cannot say.
        AuthorizationError::Refused(error) if error.code == ErrorCode::InvalidRequest => {
            "check redirect-uri; where the server wants the requests of this client sent ahead (PAR), name par-endpoint"
                .to_owned()
        }
        AuthorizationError::Refused(error) => not_authorized(&error.code, place),
        AuthorizationError::OtherState => {
            format!("{}, and finish in the window that belongs to it", again(place))
        }
        AuthorizationError::NoIssuer | AuthorizationError::OtherIssuer(_) => {
            "the code was sent nowhere: somebody may have mixed two servers up; check the issuer, and tell its people"
                .to_owned()
        }
        AuthorizationError::Repeated(_) | AuthorizationError::NoCode => {
            "the code was sent nowhere; the server's people have to mend its login page".to_owned()
        }
        AuthorizationError::OtherNonce => {
            format!("its tokens are thrown away: somebody may have put a code of theirs in; {}", again(place))
        }
    }
}

fn not_authorized(code: &ErrorCode, place: &Place) -> String {
    match code {
        ErrorCode::AccessDenied => {
            "somebody said no at the login page, or a rule of the server did; its people know which".to_owned()
        }
        ErrorCode::InvalidScope => format!("check the scopes: {}", place.tok("profile show")),
        ErrorCode::InvalidTarget => format!("check resource and audience: {}", place.tok("profile show")),
        ErrorCode::InvalidClient => "check client-id, client secret and client-auth".to_owned(),
        ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => later(None),
        _ => {
            "check client-id and redirect-uri: the server has to allow this client the authorization code, and the way \
              back to this machine"
                .to_owned()
        }
    }
}

/// After a request that was to be sent ahead.
pub(super) fn push(error: &AnswerError, place: &Place) -> String {
    match &error.fault {
        AnswerFault::Refused(error) => {
            not_authorized(error.as_ref().map_or(&ErrorCode::InvalidRequest, |error| &error.code), place)
        }
        AnswerFault::Moved(_) | AnswerFault::Absent => {
            "check par-endpoint, or leave it out if the server does not demand it".to_owned()
        }
        AnswerFault::ServerFailed { retry_after } => later(*retry_after),
        AnswerFault::Unreadable(_) | AnswerFault::BadPage(_) | AnswerFault::NotSaid | AnswerFault::NotSupported => {
            "check par-endpoint; if it is right, the server has to be mended".to_owned()
        }
    }
}

/// After nothing was said of a token.
pub(super) fn inquiry(error: &AnswerError) -> String {
    match &error.fault {
        AnswerFault::Refused(_) => "the server may answer confidential clients only, or not this token",
        AnswerFault::ServerFailed { .. } => "try again later",
        AnswerFault::Moved(_)
        | AnswerFault::Absent
        | AnswerFault::Unreadable(_)
        | AnswerFault::BadPage(_)
        | AnswerFault::NotSaid
        | AnswerFault::NotSupported => "check the endpoint's address",
    }
    .to_owned()
}

/// After no keys for a cloud.
pub(super) fn sts(error: &StsError) -> Verdict {
    match error {
        StsError::Refused { .. } => hint(
            Exit::Refused,
            "the role's trust policy has to name the issuer, and the audience and the subject that the token has",
        ),
        StsError::ServerFailed { .. } => hint(Exit::Temporary, "try again later"),
        StsError::Moved { .. } | StsError::Unreadable => hint(Exit::Usage, "check the address: --endpoint"),
    }
}

fn later(retry_after: Option<u64>) -> String {
    retry_after.map_or_else(|| "try again later".to_owned(), |seconds| format!("try again in {seconds} s"))
}
