//! Sorts what the HTTP and TLS libraries report, by type and not by text wherever they have types.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;

use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::fault::{TlsFault, TransportFault};
use crate::oauth::Foreign;
use crate::sys::clock::UnixTime;

/// What the exchange was like when it failed.
pub(super) struct Circumstances<'a> {
    /// The host that was asked.
    pub host: &'a str,
    /// Whether TLS was to be spoken.
    pub tls: bool,
    /// The origin of the proxy in between.
    pub proxy: Option<String>,
}

/// Sorts a failed exchange.
pub(super) fn classify(error: &reqwest::Error, circumstances: Circumstances<'_>) -> TransportFault {
    let links: Vec<_> = chain(error).collect();
    let system = links.iter().rev().find_map(|link| link.downcast_ref::<io::Error>());
    if let Some(proxy) = circumstances.proxy
        && let Some(why) = proxy_fault(&links)
    {
        return TransportFault::Proxy { proxy, why };
    }
    if let Some(tls) = links.iter().find_map(|link| link.downcast_ref::<rustls::Error>()) {
        return TransportFault::Tls(tls_fault(tls, circumstances.host));
    }
    if error.is_dns() {
        return TransportFault::Resolve;
    }
    if error.is_connect() {
        return match system {
            Some(io) if io.kind() == ErrorKind::ConnectionRefused => TransportFault::Refused,
            Some(io) if circumstances.tls && is_cut(io) => TransportFault::Tls(TlsFault::HandshakeCut),
            Some(io) => TransportFault::Connect(io.to_string()),
            None => TransportFault::Other(innermost(&links)),
        };
    }
    if let Some(hyper) = links.iter().find_map(|link| link.downcast_ref::<hyper::Error>()) {
        // The method for this is there for servers only.
        if hyper.is_parse() && hyper.to_string().contains("too large") {
            return TransportFault::TooLarge;
        }
        if hyper.is_incomplete_message() || hyper.is_canceled() || hyper.is_closed() || system.is_some_and(is_cut) {
            return TransportFault::Cut;
        }
        // Besides a head that cannot be parsed: bytes that nobody asked for, a chunk without its size.
        let malformed = |io: &io::Error| matches!(io.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData);
        if hyper.is_parse() || system.is_none_or(malformed) {
            return TransportFault::BadResponse;
        }
    }
    if system.is_some_and(is_cut) { TransportFault::Cut } else { TransportFault::Other(innermost(&links)) }
}

/// Sorts a client that could not be built: the provider is installed, so it is the certificates.
pub(super) fn build_fault(error: &reqwest::Error) -> TlsFault {
    let links: Vec<_> = chain(error).collect();
    match links.iter().find_map(|link| link.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::General(text)) if text.contains("No CA certificates") => TlsFault::NoAuthorities,
        Some(tls) => tls_fault(tls, ""),
        None => TlsFault::Other(innermost(&links)),
    }
}

/// The error and its causes. What an I/O error wraps is one of them, though `source` skips it.
fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    let first: &(dyn Error + 'static) = error;
    iter::successors(Some(first), |&link| match link.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner as &(dyn Error + 'static)),
        None => link.source(),
    })
}

/// The last cause is the one with something to say. The first names the URL with its query, and is never shown.
fn innermost(links: &[&(dyn Error + 'static)]) -> Foreign {
    match links {
        [_, .., last] => Foreign::new(last.to_string()),
        _ => Foreign::new("the request could not be sent"),
    }
}

fn is_cut(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
    )
}

/// What the proxy did, if it was the proxy. The libraries' types for that are private: their texts are all there is.
fn proxy_fault(links: &[&(dyn Error + 'static)]) -> Option<String> {
    let texts: Vec<_> = links.iter().skip(1).map(ToString::to_string).collect();
    let at =
        texts.iter().rposition(|text| text.starts_with("tunnel error") || text.to_lowercase().contains("socks"))?;
    let beneath = &texts[at + 1..];
    let why = match texts[at].rsplit_once("error: ").map_or(texts[at].as_str(), |(_, text)| text) {
        "proxy authorization required" => "it wants other credentials, or any at all",
        "unsuccessful" => "it refuses the connection, or is no proxy",
        "unexpected end of file" => "it ended the connection",
        "failed to create underlying connection" if beneath.is_empty() => "it cannot be reached",
        text => beneath.last().map_or(text, String::as_str),
    };
    Some(why.to_owned())
}

/// Sorts what rustls or the platform's verifier says.
fn tls_fault(error: &rustls::Error, host: &str) -> TlsFault {
    use AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_fault(error, host),
        rustls::Error::AlertReceived(
            Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::InsufficientSecurity,
        )
        | rustls::Error::PeerIncompatible(_) => TlsFault::NothingInCommon,
        rustls::Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::CertificateUnknown
            | Alert::CertificateExpired
            | Alert::UnsupportedCertificate
            | Alert::UnknownCA,
        ) => TlsFault::ClientCertRequired,
        rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => TlsFault::NotTls,
        other => TlsFault::Other(Foreign::new(other.to_string())),
    }
}

fn certificate_fault(error: &CertificateError, host: &str) -> TlsFault {
    let time = |t: &rustls::pki_types::UnixTime| Some(UnixTime(i64::try_from(t.as_secs()).unwrap_or(i64::MAX)));
    match error {
        // A bad signature, or one of another kind than its key's: an authority of that name is trusted, but it is another
        // one.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => TlsFault::UnknownIssuer,
        CertificateError::Expired => TlsFault::Expired { not_after: None, now: None },
        CertificateError::ExpiredContext { time: now, not_after } => {
            TlsFault::Expired { not_after: time(not_after), now: time(now) }
        }
        CertificateError::NotValidYet => TlsFault::NotYetValid { not_before: None, now: None },
        CertificateError::NotValidYetContext { time: now, not_before } => {
            TlsFault::NotYetValid { not_before: time(not_before), now: time(now) }
        }
        CertificateError::NotValidForName => TlsFault::WrongName { host: host.to_owned(), names: Vec::new() },
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsFault::WrongName { host: host.to_owned(), names: presented.iter().map(|name| bare_name(name)).collect() }
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => TlsFault::NotForServers,
        CertificateError::Revoked => TlsFault::Revoked,
        CertificateError::Other(other) => match other.to_string().as_str() {
            // The platform verifier's private type for a purpose, and webpki's error, whose crate is not ours.
            "certificate had invalid extensions" => TlsFault::NotForServers,
            text if text.contains("CaUsedAsEndEntity") => TlsFault::AuthorityAsServer,
            text => TlsFault::Other(Foreign::new(text)),
        },
        other => TlsFault::Other(Foreign::new(other.to_string())),
    }
}

/// `DnsName("a.example")` and `IpAddress(10.0.0.1)`, as rustls gives them, without the type.
fn bare_name(name: &str) -> Foreign {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    Foreign::new(inner.trim_matches('"'))
}
