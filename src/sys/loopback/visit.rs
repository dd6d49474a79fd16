//! One connection: its request read, its page written.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Page, Shared};
use crate::secret::Secret;

/// How long a visitor has for the request, from its first byte to its last, and for taking the page.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes of a request: a code may be long, and there are cookies of whatever else runs on this host.
const LONGEST: usize = 64 << 10;
/// How long the visitor has to hang up after its page: who hangs up first may cut it short.
const GOODBYE: Duration = Duration::from_secs(1);

/// Why a request is turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turned {
    /// Not HTTP.
    Malformed,
    /// Not a GET.
    Method,
    /// Another path: a browser asks for `/favicon.ico`.
    Path,
    /// Another host: a page elsewhere whose name was made to lead here (DNS rebinding).
    Host,
    /// Too long.
    TooLong,
}

/// Reads the request, answers it, and tells the outcome if it is one.
pub(super) fn receive<T>(visitor: &TcpStream, shared: &Shared<T>) {
    let Some(request) = read(visitor) else { return };
    let (status, page, outcome) = match request.and_then(|head| query(&head, &shared.host, &shared.path)) {
        Ok(query) => {
            let (page, outcome) = (shared.judge)(&query);
            let status = if page == Page::Done { "200 OK" } else { "400 Bad Request" };
            (status, text_of(page), outcome)
        }
        Err(turned) => (turned.status(), ("Not here", "There is nothing to see at this address."), None),
    };
    // The page first: when the outcome is told, the program may end.
    let _ = write(visitor, &answer(status, page));
    if let Some(outcome) = outcome
        && shared.outcomes.send(outcome).is_ok()
    {
        shared.ringer.ring();
    }
    say_goodbye(visitor);
}

/// The head of a request; `None` if the visitor says nothing, too slowly or half a thing.
fn read(mut visitor: &TcpStream) -> Option<Result<Zeroizing<Vec<u8>>, Turned>> {
    let deadline = Instant::now() + PATIENCE;
    // Whole from the start: a buffer that grows leaves a copy of the code behind.
    let mut head = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut piece = Zeroizing::new([0; 4096]);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        visitor.set_read_timeout(Some(left)).ok()?;
        let count = visitor.read(&mut *piece).ok().filter(|count| *count > 0)?;
        if head.len() + count > LONGEST {
            return Some(Err(Turned::TooLong));
        }
        head.extend_from_slice(&piece[..count]);
    }
    Some(Ok(head))
}

/// The query of a GET of this path at this host (RFC 9112 §3).
pub(super) fn query(head: &[u8], host: &str, path: &str) -> Result<Secret, Turned> {
    let text = std::str::from_utf8(head).map_err(|_| Turned::Malformed)?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Turned::Malformed);
    };
    if !version.starts_with("HTTP/1.") {
        return Err(Turned::Malformed);
    }
    let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(':'));
    let mut hosts = headers.filter(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, value)| value.trim());
    if !matches!((hosts.next(), hosts.next()), (Some(given), None) if given.eq_ignore_ascii_case(host)) {
        return Err(Turned::Host);
    }
    let (given, query) = target.split_once('?').unwrap_or((target, ""));
    match (given == path, method) {
        (false, _) => Err(Turned::Path),
        (true, "GET") => Ok(Secret::new(query.to_owned())),
        (true, _) => Err(Turned::Method),
    }
}

impl Turned {
    fn status(self) -> &'static str {
        match self {
            Self::Malformed => "400 Bad Request",
            Self::Method => "405 Method Not Allowed\r\nAllow: GET",
            Self::Path => "404 Not Found",
            Self::Host => "421 Misdirected Request",
            Self::TooLong => "431 Request Header Fields Too Large",
        }
    }
}

/// Title and text of a page.
fn text_of(page: Page) -> (&'static str, &'static str) {
    match page {
        Page::Done => ("Done here", "tok goes on in the terminal. You can close this window."),
        Page::Refused => ("No login", "The login was refused; the terminal says why. You can close this window."),
        Page::NotThisLogin => {
            ("Not this login", "This does not belong to the login that tok is waiting for, which still waits.")
        }
    }
}

/// The whole answer. Nobody may keep it, frame it or run anything in it.
fn answer(status: &str, (title, text): (&str, &str)) -> String {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>tok: {title}</title><h1>{title}</h1><p>{text}"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    )
}

fn write(mut visitor: &TcpStream, answer: &str) -> std::io::Result<()> {
    visitor.set_write_timeout(Some(PATIENCE))?;
    visitor.write_all(answer.as_bytes())?;
    visitor.shutdown(Shutdown::Write)
}

/// Reads on for a moment: what lies unread when a connection is closed makes the other side lose the page.
fn say_goodbye(mut visitor: &TcpStream) {
    let deadline = Instant::now() + GOODBYE;
    let mut rest = [0; 4096];
    while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        let read = visitor.set_read_timeout(Some(left)).and_then(|()| visitor.read(&mut rest));
        if !matches!(read, Ok(count) if count > 0) {
            return;
        }
    }
}
