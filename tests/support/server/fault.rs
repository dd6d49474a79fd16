//! What goes wrong below HTTP, before a request can be read.

use crate::support::gate::Gate;

/// A connection's fate.
#[derive(Clone)]
pub enum Fault {
    /// Closed at once.
    CloseAtAccept,
    /// Reset at once.
    ResetAtAccept,
    /// The client's first bytes are read and never answered: with TLS, a stalled handshake.
    Stall,
    /// The client's first bytes are read, then the connection is closed: with TLS, after the hello.
    CloseAfterHello,
    /// The client's first bytes are answered by these, then the connection is closed: plain HTTP on a TLS port, or
    /// noise.
    Bytes(Vec<u8>),
    /// Served as usual once the gate is open.
    Held(Gate),
}

impl Fault {
    /// A server that speaks plain HTTP where TLS is wanted.
    pub fn plain_http() -> Self {
        Self::Bytes(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec())
    }
}
