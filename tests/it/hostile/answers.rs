//! The answers: products of statuses, bodies, headers, codings and ways to break off. Each knows what it is, for the
//! model.
//!
//! In the texts, `@ACCESS@`, `@REFRESH@` and so on stand for what the stage puts there: see [`Fill`].

use std::sync::Arc;
use std::time::Duration;

use super::bodies::{Content, JSON, TOKENS, content, json, metadata_bodies, other_bodies, token_bodies, torn_bodies};
use super::model::{Body, Place, Seen, Wire};
use crate::support::server::{Answer, End};
use crate::transport::sizes::bomb;

/// What stands in the answers.
#[derive(Clone)]
pub struct Fill {
    /// `@ACCESS@`, `@REFRESH@`: new tokens.
    pub access: String,
    pub refresh: String,
    /// `@SECRET@`: what must not be repeated.
    pub secret: String,
    /// `@ELSEWHERE@`: a server that must not be asked, as an origin.
    pub elsewhere: String,
    /// `@BASE@`: the server that is asked, as an origin.
    pub base: String,
    /// `@ECHO@`: what was sent, decoded, fit for a JSON text.
    pub echo: String,
}

impl Fill {
    fn text(&self, text: &str) -> String {
        text.replace("@ACCESS@", &self.access)
            .replace("@REFRESH@", &self.refresh)
            .replace("@SECRET@", &self.secret)
            .replace("@ELSEWHERE@", &self.elsewhere)
            .replace("@BASE@", &self.base)
            .replace("@ECHO@", &self.echo)
    }

    /// The same in bytes, of which some may be no text: those stand for themselves.
    fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        std::str::from_utf8(bytes).map_or_else(|_| bytes.to_vec(), |text| self.text(text).into_bytes())
    }
}

/// One answer.
#[derive(Clone)]
pub struct Case {
    pub name: String,
    pub seen: Seen,
    /// The deadline has to end it, so that it is a short one.
    pub stalls: bool,
    pub answer: Arc<dyn Fn(&Fill) -> Answer + Send + Sync>,
}

impl Case {
    fn new(name: String, seen: Seen, answer: impl Fn(&Fill) -> Answer + Send + Sync + 'static) -> Self {
        Self { name, seen, stalls: false, answer: Arc::new(answer) }
    }

    fn map(self, name: &str, change: impl Fn(Answer) -> Answer + Send + Sync + 'static) -> Self {
        let inner = Arc::clone(&self.answer);
        Self { name: format!("{}, {name}", self.name), answer: Arc::new(move |fill| change(inner(fill))), ..self }
    }

    fn wire(self, wire: Wire) -> Self {
        Self { seen: Seen { wire, ..self.seen }, ..self }
    }
}

/// Each is met with every body.
const STATUSES: [u16; 10] = [200, 201, 301, 307, 400, 401, 403, 404, 429, 503];
/// Each is met with a few.
const MORE_STATUSES: [u16; 34] = [
    202, 203, 204, 206, 226, 300, 302, 303, 304, 305, 308, 402, 405, 406, 407, 408, 409, 410, 411, 413, 415, 418, 422,
    425, 431, 451, 500, 501, 502, 504, 511, 599, 600, 999,
];

fn own_bodies(place: Place) -> Vec<Content> {
    match place {
        Place::Login | Place::Refresh => token_bodies().into_iter().chain(torn_bodies()).collect(),
        Place::Discovery => metadata_bodies(),
        Place::Userinfo => vec![
            json("the user", Body::Good, r#"{"sub":"ada","name":"Ada\u001b[2J","x":"@SECRET@"}"#),
            json("no user", Body::Useless, r#"{"x":"@SECRET@"}"#),
        ],
        Place::Revocation => vec![json("an object", Body::Good, "{}"), content("OK", Body::Good, "text/plain", "OK")],
    }
}

/// The answer that is asked for.
fn good(place: Place) -> Case {
    whole(200, own_bodies(place).remove(0))
}

/// A proper response.
fn whole(status: u16, (name, body, kind, bytes): Content) -> Case {
    // These have no body, whatever follows them.
    let body = if matches!(status, 204 | 304) { Body::Nothing } else { body };
    Case::new(format!("{status} {name}"), Seen { status, body, wire: Wire::Whole }, move |fill| {
        Answer::new(status, kind, fill.bytes(&bytes)).header("Location", &fill.text("@ELSEWHERE@/x?@SECRET@"))
    })
}

/// Every answer for a place.
pub fn all(place: Place) -> Vec<Case> {
    let bodies = || own_bodies(place).into_iter().chain(other_bodies());
    let mut cases: Vec<Case> =
        STATUSES.iter().flat_map(|status| bodies().map(|content| whole(*status, content))).collect();
    let few = ["nothing", "a page", "text", "invalid_grant", "temporarily_unavailable", "an unknown error"];
    let few = || {
        other_bodies()
            .into_iter()
            .filter(|(name, ..)| few.contains(&name.as_str()))
            .chain(own_bodies(place).into_iter().take(1))
    };
    cases.extend(MORE_STATUSES.iter().flat_map(|status| few().map(|content| whole(*status, content))));
    cases.extend(framed(place));
    cases.extend(with_headers(place));
    cases.extend(coded(place));
    cases.extend(broken(place));
    cases.extend(too_much(place));
    cases
}

/// Good answers in every form that is legal.
fn framed(place: Place) -> Vec<Case> {
    let noise = Case::new("100 interim answers, then a good one".into(), good(place).seen, {
        let answer = good(place).answer;
        move |fill| interim(&answer(fill), 100)
    });
    vec![
        good(place).map("in chunks", Answer::chunked),
        good(place).map("until the end", Answer::until_close),
        good(place).map("of HTTP/1.0", Answer::http10),
        good(place).map("without a reason", Answer::without_reason),
        good(place).map("and the end", |answer| answer.then(End::Close)),
        good(place).map("and an abrupt end", |answer| answer.then(End::Abrupt)),
        noise,
    ]
}

/// Interim answers before one.
fn interim(answer: &Answer, times: usize) -> Answer {
    let before = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(times).into_bytes();
    Answer::raw([before, answer.bytes()].concat())
}

const HEADERS: [(&str, &str); 44] = [
    ("Retry-After", "5"),
    ("Retry-After", "0"),
    ("Retry-After", "-1"),
    ("Retry-After", "99999999999999999999999"),
    ("Retry-After", "1e9"),
    ("Retry-After", "5, 6"),
    ("Retry-After", "@SECRET@"),
    ("Retry-After", "\u{1b}[2J"),
    ("Retry-After", ""),
    ("Location", "@ELSEWHERE@/token?@SECRET@"),
    ("Location", "http://ada:@SECRET@@127.0.0.1/x"),
    ("Location", "/x?@SECRET@#@SECRET@"),
    ("Location", "//127.0.0.1/x"),
    ("Location", "x/../..?y"),
    ("Location", "javascript:alert('@SECRET@')"),
    ("Location", "file:///@SECRET@"),
    ("Location", "http://[::1"),
    ("Location", "http://\u{1b}[2J/"),
    ("Location", "/\u{9b}31m"),
    ("Location", "/%1b%5b2J"),
    ("Location", ""),
    ("Location", "data:@SECRET@"),
    ("Location", "?@SECRET@"),
    ("Location", "@SECRET@@x"),
    ("Location", "HTTPS://EXAMPLE.COM:443/A%20B"),
    ("Content-Type", "\u{1b}[2J"),
    ("Content-Type", "@SECRET@"),
    ("Content-Type", ";;;"),
    ("Content-Type", "text/html"),
    ("Set-Cookie", "a=@SECRET@; Domain=127.0.0.1"),
    ("WWW-Authenticate", "Basic realm=\"@SECRET@\u{1b}[2J\""),
    ("WWW-Authenticate", "Bearer error=\"invalid_token\", error_description=\"@SECRET@\""),
    ("Proxy-Authenticate", "Basic"),
    ("Refresh", "0; url=@ELSEWHERE@/"),
    ("Link", "<@ELSEWHERE@/>; rel=next"),
    ("Alt-Svc", "h2=\"127.0.0.1:1\""),
    ("Upgrade", "h2c"),
    ("Content-Encoding", "identity"),
    ("Content-Encoding", ""),
    ("Content-Location", "@ELSEWHERE@/"),
    ("X-Empty", ""),
    ("Connection", "upgrade"),
    ("Keep-Alive", "timeout=999999999999"),
    ("Trailer", "X"),
];

/// Headers that may mean something, on answers of several kinds.
fn with_headers(place: Place) -> Vec<Case> {
    let bases = || {
        let other = |name: &str| other_bodies().into_iter().find(|(known, ..)| known == name).unwrap();
        [good(place), whole(302, other("nothing")), whole(400, other("invalid_request")), whole(503, other("text"))]
    };
    let mut cases = Vec::new();
    for (name, value) in HEADERS {
        for base in bases() {
            let inner = Arc::clone(&base.answer);
            let answer = move |fill: &Fill| inner(fill).header(name, &fill.text(value));
            // No control is allowed in a header (RFC 9110 §5.5); what UTF-8 makes of C1 is opaque.
            let wire = if value.contains('\u{1b}') { Wire::Broken } else { base.seen.wire };
            cases.push(
                Case::new(format!("{}, {name}: {}", base.name, value.escape_debug()), base.seen, answer).wire(wire),
            );
        }
    }
    for count in [50, 90] {
        let many = move |answer: Answer| (0..count).fold(answer, |answer, n| answer.header(&format!("X-{n}"), "y"));
        cases.push(good(place).map(&format!("{count} headers"), many));
    }
    cases.push(good(place).map("a long header", |answer| answer.header("X", &"y".repeat(30_000))));
    cases
}

/// Codings that were not asked for; what they say need not be so.
fn coded(place: Place) -> Vec<Case> {
    let mut cases = Vec::new();
    for coding in [
        "gzip",
        "x-gzip",
        "GZIP",
        "deflate",
        "br",
        "zstd",
        "compress",
        "gzip, identity",
        "identity, gzip",
        "aes128gcm",
        "\"\"",
    ] {
        for status in [200, 400] {
            let seen = Seen { status, body: Body::Noise, wire: Wire::Coded };
            cases.push(Case::new(format!("{status} bomb, coded {coding}"), seen, move |_| {
                Answer::new(status, JSON, bomb(1_000_000)).header("Content-Encoding", coding)
            }));
        }
        let coded = move |answer: Answer| answer.header("Content-Encoding", coding);
        cases.push(good(place).map(&format!("coded {coding}"), coded).wire(Wire::Coded));
        let dead = json("invalid_grant", Body::Error("invalid_grant"), "{\"error\":\"invalid_grant\"}");
        cases.push(whole(400, dead).map(&format!("coded {coding}"), coded).wire(Wire::Coded));
    }
    cases
}

/// What is no HTTP, is not whole, or does not come in time.
fn broken(place: Place) -> Vec<Case> {
    let seen = Seen { status: 200, body: Body::Noise, wire: Wire::Broken };
    let raw = |name: &str, bytes: &[u8]| {
        let bytes = bytes.to_vec();
        Case::new(format!("raw: {name}"), seen, move |fill| Answer::raw(fill.bytes(&bytes)))
    };
    let mut cases = vec![
        raw("nothing", b""),
        raw("a mail server", b"220 mail @SECRET@ ESMTP\r\n"),
        raw("ssh", b"SSH-2.0-OpenSSH\r\n"),
        raw("half a status line", b"HTTP/1.1 20"),
        raw("a status line alone", b"HTTP/1.1 200 OK\r\n"),
        raw("no number", b"HTTP/1.1 2xx OK\r\n\r\n"),
        raw("two digits", b"HTTP/1.1 99 X\r\n\r\n"),
        raw("four digits", b"HTTP/1.1 1000 X\r\n\r\n"),
        raw("HTTP/2", b"HTTP/2 200\r\n\r\n"),
        raw("a frame of HTTP/2", b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"),
        raw("a TLS alert", b"\x15\x03\x01\x00\x02\x02\x46"),
        raw("escapes", b"\x1b[2J\x1b]0;@SECRET@\x07\r\n\r\n"),
        raw("a request", b"GET / HTTP/1.1\r\n\r\n"),
        raw("JSON", TOKENS.as_bytes()),
        raw("a header without colon", b"HTTP/1.1 200 OK\r\n@SECRET@\r\n\r\n"),
        raw("a header with a zero", b"HTTP/1.1 200 OK\r\nA: \x00\r\n\r\n"),
        raw("a header with a blank in its name", b"HTTP/1.1 200 OK\r\nA B: c\r\nContent-Length: 0\r\n\r\n"),
        raw("two lengths", b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
        raw("a length below zero", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"),
        raw("a length in words", b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}"),
        raw("a chunk without size", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
        raw("a chunk below zero", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n"),
        raw("chunks that do not end", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
        raw("interim and nothing", b"HTTP/1.1 100 Continue\r\n\r\n"),
        raw("no UTF-8", b"\xff\xfe\xfd\r\n\r\n"),
        Case::new("reset".into(), seen, |_| Answer::reset()),
        good(place).map("less than its length", |answer| answer.cut_after(150).then(End::Close)).wire(Wire::Broken),
    ];
    let late = |name: &str, answer: fn() -> Answer| Case {
        stalls: true,
        ..Case::new(format!("late: {name}"), seen, move |_| answer())
    };
    cases.extend([
        late("never", Answer::never),
        late("interim answers without end", Answer::endless_interim),
        late("a slow one", || Answer::json(200, serde_json::json!({})).drip(Duration::from_millis(100))),
        late("one that stops", || Answer::raw("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{").then(End::Hold)),
        late("a head that stops", || Answer::raw("HTTP/1.1 200 OK\r\nContent-").then(End::Hold)),
    ]);
    cases
}

/// More than is taken.
fn too_much(place: Place) -> Vec<Case> {
    let seen = Seen { status: 200, body: Body::Noise, wire: Wire::TooMuch };
    let much = |name: &str, answer: fn() -> Answer| Case::new(format!("too much: {name}"), seen, move |_| answer());
    vec![
        much("10 GB", || Answer::huge(10 << 30)),
        much("a byte more than 1 MiB", || Answer::new(200, JSON, vec![b' '; (1 << 20) + 1])),
        much("a byte more than 1 MiB in chunks", || Answer::new(200, JSON, vec![b' '; (1 << 20) + 1]).chunked()),
        much("a page of 2 MiB with 500", || Answer::new(500, "text/html", vec![b'<'; 2 << 20])),
        Case::new("too much for a redirect".into(), Seen { status: 301, wire: Wire::Whole, ..seen }, |_| {
            // Its body is not read.
            Answer::new(301, "text/html", vec![b'<'; 2 << 20])
        }),
        much("without end", || Answer::raw("HTTP/1.1 200 OK\r\n\r\n").repeated(vec![b' '; 65_536], u64::MAX)),
        much("headers without end", Answer::endless_headers),
        much("a header without end", || Answer::raw("HTTP/1.1 200 OK\r\nX: ").repeated(vec![b'y'; 65_536], u64::MAX)),
        good(place)
            .map("200 headers", |answer| (0..200).fold(answer, |answer, n| answer.header(&format!("X-{n}"), "y")))
            .wire(Wire::TooMuch),
        good(place).map("a header of 70 kB", |answer| answer.header("X", &"y".repeat(70_000))).wire(Wire::TooMuch),
    ]
}

/// A good answer that ends after each of its bytes, with and without a reset.
pub fn cut(place: Place) -> Vec<Case> {
    // About as long as it will be; the last bytes of the body are always missing.
    let fill = Fill {
        access: "a".repeat(43),
        refresh: "r".repeat(43),
        secret: "s".repeat(43),
        elsewhere: "http://127.0.0.1:10000".into(),
        base: "http://127.0.0.1:10000".into(),
        echo: String::new(),
    };
    let length = (good(place).answer)(&fill).bytes().len() - 2 * "@BASE@".len();
    let ends = [("end", End::Abrupt), ("reset", End::Reset)];
    let cut = |at: usize| {
        ends.map(|(name, end)| {
            good(place)
                .map(&format!("{name} at byte {at}"), move |answer| answer.cut_after(at).then(end))
                .wire(Wire::Broken)
        })
    };
    (0..length).flat_map(cut).collect()
}
