//! HTTP/1.1 as a server reads it: one request from a connection, kept to the byte.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use rustls::{ServerConnection, StreamOwned};

use crate::support::codec::{form_decode, form_pairs, unbase64};

/// A connection, in clear or through TLS.
pub enum Link {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Link {
    /// The socket beneath.
    pub fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }

    /// Says goodbye as TLS wants it.
    pub fn close_politely(&mut self) {
        if let Self::Tls(stream) = self {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// One request as it came.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// The number of the connection, from 0.
    pub connection: usize,
    /// As on the wire.
    pub method: String,
    /// Path and query as on the wire; a whole URL where the client takes this server for a proxy.
    pub target: String,
    /// In order, names as on the wire.
    pub headers: Vec<(String, String)>,
    /// Whole, with chunks put together.
    pub body: Vec<u8>,
    /// The head to the byte.
    pub head: Vec<u8>,
}

impl Received {
    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The pairs of the query.
    pub fn query(&self) -> Vec<(String, String)> {
        form_pairs(self.target.split_once('?').map_or("", |(_, query)| query)).unwrap_or_default()
    }

    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The pairs of a form, in order; none if the body is no form.
    pub fn form(&self) -> Vec<(String, String)> {
        std::str::from_utf8(&self.body).ok().and_then(form_pairs).unwrap_or_default()
    }

    /// The first value of a form parameter.
    pub fn param(&self, name: &str) -> Option<String> {
        self.form().into_iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }

    /// The token of `Authorization: Bearer`.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The token of `Authorization: DPoP`.
    pub fn dpop_token(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("DPoP ")
    }

    /// Id and secret of `Authorization: Basic` as they are.
    pub fn basic(&self) -> Option<(String, String)> {
        let bytes = unbase64(self.header("authorization")?.strip_prefix("Basic ")?)?;
        let text = String::from_utf8(bytes).ok()?;
        text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
    }

    /// The same, each form-decoded (RFC 6749 §2.3.1); `None` if they were not encoded so.
    pub fn basic_decoded(&self) -> Option<(String, String)> {
        let (id, secret) = self.basic()?;
        Some((form_decode(&id)?, form_decode(&secret)?))
    }
}

/// Reads one request; `None` at a clean end. Every byte is given to `seen` as soon as it is there.
pub fn read_request(link: &mut Link, rest: &mut Vec<u8>, mut seen: impl FnMut(&[u8])) -> io::Result<Option<Received>> {
    let mut more = |rest: &mut Vec<u8>| {
        let mut buffer = [0; 16 * 1024];
        let count = link.read(&mut buffer)?;
        seen(&buffer[..count]);
        rest.extend_from_slice(&buffer[..count]);
        io::Result::Ok(count)
    };
    let head_end = loop {
        if let Some(at) = find(rest, b"\r\n\r\n") {
            break at + 4;
        }
        if more(rest)? == 0 {
            return if rest.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
    };
    let mut request = parse_head(rest.drain(..head_end).collect())?;
    if request.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            if let Some((body, used)) = unchunk(rest)? {
                request.body = body;
                rest.drain(..used);
                break;
            }
            if more(rest)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    } else {
        let length = request.header("content-length").unwrap_or("0").parse().map_err(io::Error::other)?;
        while rest.len() < length {
            if more(rest)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        request.body = rest.drain(..length).collect();
    }
    Ok(Some(request))
}

fn parse_head(head: Vec<u8>) -> io::Result<Received> {
    let text = std::str::from_utf8(&head).map_err(io::Error::other)?;
    let mut lines = text.trim_end().split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(io::Error::other("no request line"));
    };
    let header = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.to_owned(), value.trim().to_owned()))
    };
    let headers = lines.map(header).collect::<Option<_>>().ok_or_else(|| io::Error::other("a header without colon"))?;
    Ok(Received { method, target, headers, head, ..Received::default() })
}

/// The body of a chunked message and the number of bytes that it took; `None` if there is more to come.
fn unchunk(bytes: &[u8]) -> io::Result<Option<(Vec<u8>, usize)>> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(line_end) = find(&bytes[at..], b"\r\n") else { return Ok(None) };
        let digits = std::str::from_utf8(&bytes[at..at + line_end]).map_err(io::Error::other)?;
        let size = usize::from_str_radix(digits.split(';').next().unwrap_or_default(), 16).map_err(io::Error::other)?;
        let start = at + line_end + 2;
        if bytes.len() < start + size + 2 {
            return Ok(None);
        }
        body.extend_from_slice(&bytes[start..start + size]);
        at = start + size + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
