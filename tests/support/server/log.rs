//! What a server has seen: every connection, every byte, every request.

use super::wire::Received;

/// A copy of what was seen up to now.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// The decrypted bytes of each connection, by its number; what came below TLS where a fault was played.
    pub connections: Vec<Vec<u8>>,
    /// Whole requests, in the order in which their last byte came.
    pub requests: Vec<Received>,
    /// What went wrong below HTTP: handshakes that the client broke off (with its alert), requests cut short.
    pub failures: Vec<String>,
}

impl Log {
    /// The requests to this path.
    pub fn to(&self, path: &str) -> Vec<&Received> {
        self.requests.iter().filter(|request| request.path() == path).collect()
    }

    /// Methods and targets, one a request: `POST /token`.
    pub fn summary(&self) -> Vec<String> {
        self.requests.iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }
}
