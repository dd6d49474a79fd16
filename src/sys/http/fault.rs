//! What can go wrong between this machine and a server, as values and in words.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::oauth::{Endpoint, Foreign};
use crate::sys::clock::UnixTime;

/// One exchange that brought no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// Where the request was to go.
    pub endpoint: Box<Endpoint>,
    /// What went wrong.
    pub fault: TransportFault,
    /// Whether bytes of the request's body may have left: the server may have acted on it.
    pub sent: bool,
}

/// What went wrong with an exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportFault {
    /// No address was found for the host's name.
    Resolve,
    /// No connection, in the system's words.
    Connect(String),
    /// Nothing listens there.
    Refused,
    /// No secure connection.
    Tls(TlsFault),
    /// Not done within so long.
    Timeout(Duration),
    /// The connection ended before the response did.
    Cut,
    /// The response's headers or body are larger than is accepted (T06).
    TooLarge,
    /// What came is not HTTP.
    BadResponse,
    /// The proxy did not let the connection through.
    Proxy {
        /// The proxy's origin, without its credentials (T07).
        proxy: String,
        /// What it did.
        why: String,
    },
    /// The file with further authorities cannot be used.
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// The client's certificate or key cannot be used.
    ClientCert {
        /// The file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Anything else, in the words of the library; shown escaped.
    Other(Foreign),
}

/// Why there is no secure connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// No trusted authority issued the certificate.
    UnknownIssuer,
    /// An authority's own certificate is used as a server's (often: one made by hand, with itself as `ca-file`).
    AuthorityAsServer,
    /// The certificate is too old; the times are unknown on some platforms.
    Expired {
        /// The last moment of its life.
        not_after: Option<UnixTime>,
        /// The clock's time.
        now: Option<UnixTime>,
    },
    /// The certificate is too new, or this machine's clock is behind.
    NotYetValid {
        /// The first moment of its life.
        not_before: Option<UnixTime>,
        /// The clock's time.
        now: Option<UnixTime>,
    },
    /// The certificate is for other names.
    WrongName {
        /// The host that was asked for.
        host: String,
        /// The names in the certificate, where the platform tells them.
        names: Vec<Foreign>,
    },
    /// The certificate is not meant for servers.
    NotForServers,
    /// The certificate was withdrawn.
    Revoked,
    /// Both sides have no version or cipher in common.
    NothingInCommon,
    /// The server wants a certificate of the client, or another one.
    ClientCertRequired,
    /// The server does not speak TLS at this port.
    NotTls,
    /// The server ended the connection during the handshake.
    HandshakeCut,
    /// This system has no list of authorities.
    NoAuthorities,
    /// Anything else, in the words of the library; shown escaped.
    Other(Foreign),
}

impl TransportError {
    /// An error before anything was sent.
    #[must_use]
    pub fn new(endpoint: &Endpoint, fault: TransportFault) -> Self {
        Self { endpoint: Box::new(endpoint.clone()), fault, sent: false }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.endpoint.origin();
        match &self.fault {
            TransportFault::Resolve => write!(f, "cannot find the host {}", self.endpoint.host()),
            TransportFault::Connect(text) => write!(f, "cannot connect to {origin}: {text}"),
            TransportFault::Refused => write!(f, "cannot connect to {origin}: connection refused"),
            TransportFault::Tls(fault) => write!(f, "no secure connection to {origin}: {fault}"),
            TransportFault::Timeout(limit) => {
                write!(f, "no complete answer from {origin} within {} s", limit.as_secs_f32())
            }
            TransportFault::Cut => write!(f, "{origin} ended the connection before its answer was complete"),
            TransportFault::TooLarge => write!(f, "the answer of {origin} is too large"),
            TransportFault::BadResponse => write!(f, "the answer of {origin} is not HTTP"),
            TransportFault::Proxy { proxy, why } => {
                write!(f, "cannot connect to {origin} through the proxy {proxy}: {why}")
            }
            TransportFault::CaFile { path, why } => {
                write!(f, "cannot use the CA file {}: {why}", Foreign::new(path.to_string_lossy()))
            }
            TransportFault::ClientCert { path, why } => {
                write!(f, "cannot use the client certificate {}: {why}", Foreign::new(path.to_string_lossy()))
            }
            TransportFault::Other(text) => write!(f, "cannot ask {origin}: {text}"),
        }
    }
}

impl std::error::Error for TransportError {}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownIssuer => f.write_str("no authority that is trusted here issued its certificate"),
            Self::AuthorityAsServer => f.write_str("its certificate is an authority's, not a server's"),
            Self::Expired { not_after, now } => {
                f.write_str("its certificate expired")?;
                write_times(f, " on ", *not_after, *now)
            }
            Self::NotYetValid { not_before, now } => {
                f.write_str("its certificate is not valid yet")?;
                write_times(f, ", not before ", *not_before, *now)
            }
            Self::WrongName { host, names } if names.is_empty() => write!(f, "its certificate is not for {host}"),
            Self::WrongName { host, names } => {
                write!(f, "its certificate is not for {host} but for {}", names[0])?;
                names.iter().skip(1).take(4).try_for_each(|name| write!(f, ", {name}"))?;
                if names.len() > 5 { write!(f, " and {} more", names.len() - 5) } else { Ok(()) }
            }
            Self::NotForServers => f.write_str("its certificate is not meant for servers"),
            Self::Revoked => f.write_str("its certificate was revoked"),
            Self::NothingInCommon => f.write_str("no TLS version or cipher in common"),
            Self::ClientCertRequired => f.write_str("the server wants another client certificate, or one at all"),
            Self::NotTls => f.write_str("the server does not speak TLS at this port"),
            Self::HandshakeCut => f.write_str("the server ended the connection during the TLS handshake"),
            Self::NoAuthorities => f.write_str("this system has no list of trusted authorities"),
            Self::Other(text) => text.fmt(f),
        }
    }
}

/// The moment of the certificate and, since it may be the culprit, what the clock says.
fn write_times(f: &mut fmt::Formatter<'_>, lead: &str, moment: Option<UnixTime>, now: Option<UnixTime>) -> fmt::Result {
    if let Some(moment) = moment {
        write!(f, "{lead}{moment}")?;
    }
    now.map_or(Ok(()), |now| write!(f, " (it is {now} by this machine's clock)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fault: TransportFault) -> String {
        TransportError::new(&Endpoint::parse("https://sso.example.com/token?x=canary").unwrap(), fault).to_string()
    }

    #[test] // U07
    fn the_origin_is_named_and_nothing_more() {
        assert_eq!(said(TransportFault::Refused), "cannot connect to https://sso.example.com: connection refused");
        assert_eq!(
            said(TransportFault::Timeout(Duration::from_secs(30))),
            "no complete answer from https://sso.example.com within 30 s"
        );
    }

    #[test] // T02
    fn a_certificate_fault_says_when_and_for_whom() {
        let expired = TlsFault::Expired { not_after: Some(UnixTime(0)), now: Some(UnixTime(86_400)) };
        assert_eq!(
            expired.to_string(),
            "its certificate expired on 1970-01-01 00:00 UTC (it is 1970-01-02 00:00 UTC by this machine's clock)"
        );
        let names = (1..=7).map(|n| Foreign::new(format!("{n}.example\x1b"))).collect();
        let wrong = TlsFault::WrongName { host: "a.example".into(), names };
        assert!(wrong.to_string().starts_with("its certificate is not for a.example but for 1.example\\u{1b}, "));
        assert!(wrong.to_string().ends_with(" and 2 more"));
    }
}
