//! What the scripted server answers: a proper response, or any way of going wrong.

use std::time::Duration;

use serde_json::Value;

use crate::support::gate::Gate;

/// One answer. Built by a constructor, then changed by the methods.
#[derive(Clone)]
pub struct Answer {
    pub(super) version: &'static str,
    pub(super) status: u16,
    pub(super) reason: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) framing: Framing,
    /// Sent as it is, instead of all of the above.
    pub(super) raw: Option<Vec<u8>>,
    /// Sent after it, this many times.
    pub(super) repeat: Option<(Vec<u8>, u64)>,
    pub(super) gates: Vec<Gate>,
    pub(super) pace: Option<Duration>,
    pub(super) cut_after: Option<usize>,
    pub(super) end: End,
}

/// How the end of the body is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length,
    Chunks,
    UntilClose,
}

/// What becomes of the connection after the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The next request may come.
    Keep,
    /// Closed, politely where TLS has words for it.
    Close,
    /// Closed without TLS' goodbye.
    Abrupt,
    /// RST.
    Reset,
    /// Nothing more is sent; the connection stays until the client or the test ends it.
    Hold,
}

impl Answer {
    /// A response with a body of some type; an empty type leaves the header out.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = [("Content-Type", content_type)].into_iter().filter(|(_, value)| !value.is_empty());
        Self {
            version: "HTTP/1.1",
            status,
            reason: true,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.into(),
            framing: Framing::Length,
            raw: None,
            repeat: None,
            gates: Vec::new(),
            pace: None,
            cut_after: None,
            end: End::Keep,
        }
    }

    /// A JSON document.
    #[allow(clippy::needless_pass_by_value, reason = "reads well with `json!`")]
    pub fn json(status: u16, body: Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    /// An OAuth error (RFC 6749 §5.2).
    pub fn error(status: u16, code: &str) -> Self {
        Self::json(status, serde_json::json!({ "error": code }))
    }

    /// No body, no type.
    pub fn empty(status: u16) -> Self {
        Self::new(status, "", "")
    }

    /// Somebody's error page.
    pub fn html(status: u16) -> Self {
        Self::new(status, "text/html", "<!doctype html><title>Oops</title><p>Something is not right.")
    }

    /// Elsewhere.
    pub fn redirect(status: u16, to: &str) -> Self {
        Self::empty(status).header("Location", to)
    }

    /// These bytes and no others, then the end.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { raw: Some(bytes.into()), ..Self::empty(200) }.then(End::Close)
    }

    /// RST instead of an answer.
    pub fn reset() -> Self {
        Self::raw("").then(End::Reset)
    }

    /// The request is read, and that is all.
    pub fn never() -> Self {
        Self::raw("").then(End::Hold)
    }

    /// Interim responses without end.
    pub fn endless_interim() -> Self {
        Self::raw("").repeated("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", u64::MAX)
    }

    /// Headers without end.
    pub fn endless_headers() -> Self {
        Self::raw("HTTP/1.1 200 OK\r\n").repeated("X-Filler: 0123456789012345678901234567890123456789\r\n", u64::MAX)
    }

    /// A JSON string of this many bytes, announced as such and made while it is sent.
    pub fn huge(bytes: u64) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {bytes}\r\n\r\n\"");
        Self::raw(head).repeated(vec![b'x'; 64 * 1024], bytes / (64 * 1024))
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// In chunks instead of with a length.
    pub fn chunked(self) -> Self {
        Self { framing: Framing::Chunks, ..self }
    }

    /// Neither length nor chunks: the body ends with the connection.
    pub fn until_close(self) -> Self {
        Self { framing: Framing::UntilClose, end: End::Close, ..self }
    }

    /// A status line without a reason phrase, as HTTP/2 gateways write it.
    pub fn without_reason(self) -> Self {
        Self { reason: false, ..self }
    }

    /// As an old server would.
    pub fn http10(self) -> Self {
        Self { version: "HTTP/1.0", ..self }.until_close()
    }

    /// A piece sent after the rest, `times` times.
    pub fn repeated(self, piece: impl Into<Vec<u8>>, times: u64) -> Self {
        Self { repeat: Some((piece.into(), times)), ..self }
    }

    /// Sent only when the gate is open.
    pub fn held_by(mut self, gate: &Gate) -> Self {
        self.gates.push(gate.clone());
        self
    }

    /// Byte by byte with this pause after each; pieces of `repeated` each with this pause.
    pub fn drip(self, pause: Duration) -> Self {
        Self { pace: Some(pause), ..self }
    }

    /// Only the first bytes of it, then the end: abrupt, if nothing else was said.
    pub fn cut_after(self, bytes: usize) -> Self {
        let end = if self.end == End::Keep { End::Abrupt } else { self.end };
        Self { cut_after: Some(bytes), end, ..self }
    }

    /// What becomes of the connection.
    pub fn then(self, end: End) -> Self {
        Self { end, ..self }
    }

    /// The bytes up to the repeated piece.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.raw.clone().unwrap_or_else(|| self.message());
        bytes.truncate(self.cut_after.unwrap_or(usize::MAX));
        bytes
    }

    fn message(&self) -> Vec<u8> {
        let reason = if self.reason { reason(self.status) } else { "" };
        let mut head = format!("{} {} {reason}\r\n", self.version, self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let mut body = self.body.clone();
        match self.framing {
            Framing::Length => head += &format!("Content-Length: {}\r\n", body.len()),
            Framing::UntilClose => {}
            Framing::Chunks => {
                head += "Transfer-Encoding: chunked\r\n";
                let chunk = |chunk: &[u8]| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
                body = self.body.chunks(100).flat_map(chunk).chain(*b"0\r\n\r\n").collect();
            }
        }
        if self.end == End::Close {
            head += "Connection: close\r\n";
        }
        [head.as_bytes(), b"\r\n", &body].concat()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "Whatever",
    }
}
