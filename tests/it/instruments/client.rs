//! An HTTP client of a few lines: one request, the answer's bytes until the connection ends.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::ca::Authority;
use crate::support::codec::{base64, form_encode};
use crate::support::server::AuthServer;

/// Sends these bytes to `address` and reads to the end; TLS if an authority is given.
pub fn exchange(address: std::net::SocketAddr, trusted: Option<&Authority>, request: &[u8]) -> io::Result<Vec<u8>> {
    let socket = TcpStream::connect(address)?;
    let mut answer = Vec::new();
    let Some(authority) = trusted else {
        (&socket).write_all(request)?;
        (&socket).read_to_end(&mut answer)?;
        return Ok(answer);
    };
    let mut roots = RootCertStore::empty();
    roots.add(authority.der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let name = ServerName::try_from(address.ip().to_string()).unwrap();
    let connection = ClientConnection::new(config, name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, socket);
    stream.write_all(request)?;
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Asks an OAuth server; status and JSON (or null).
pub fn ask(server: &AuthServer, method: &str, path: &str, headers: &[&str], body: &str) -> (u16, serde_json::Value) {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}");
    let request = format!("{head}Content-Length: {length}\r\n\r\n{body}");
    let trusted = server.issuer().starts_with("https").then_some(&server.authority);
    let bytes = exchange(server.http.address(), trusted, request.as_bytes()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// POSTs a form.
pub fn post(server: &AuthServer, path: &str, headers: &[&str], form: &[(&str, &str)]) -> (u16, serde_json::Value) {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", form_encode(value));
    let body = form.iter().map(pair).collect::<Vec<_>>().join("&");
    let headers = [&["Content-Type: application/x-www-form-urlencoded"], headers].concat();
    ask(server, "POST", path, &headers, &body)
}

/// The header of HTTP Basic for id and secret as they are.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Authorization: Basic {}", base64(format!("{id}:{secret}").as_bytes()))
}
