use std::io::{Read, Write};
use std::sync::Mutex;
use std::time::Instant;

use super::visit::{Turned, query};
use super::*;
use crate::sys::testing::{child, in_child};

const ROLE: &str = "sys::loopback::tests::role";
const LONG: Duration = Duration::from_secs(60);

fn reserve(uri: &str) -> Result<Reserved, ListenError> {
    Reserved::new(Some(&Endpoint::parse(uri).unwrap()))
}

/// Ends with what follows `code=`; `code=no` is refused, everything else another login's.
fn landing(reserved: Reserved, patience: Duration) -> (Landing<String>, String) {
    let uri = reserved.uri().to_owned();
    let judge = |query: &Secret| match query.expose().split_once("code=") {
        Some((_, "no")) => (Page::Refused, Some("no".to_owned())),
        Some((_, code)) => (Page::Done, Some(code.to_owned())),
        None => (Page::NotThisLogin, None),
    };
    (reserved.open(patience, Box::new(judge)).unwrap(), uri)
}

fn usual() -> (Landing<String>, String) {
    landing(reserve("http://127.0.0.1/callback").unwrap(), LONG)
}

/// `127.0.0.1:PORT`
fn host(uri: &str) -> &str {
    uri.trim_start_matches("http://").split('/').next().unwrap()
}

fn connect(uri: &str) -> TcpStream {
    TcpStream::connect(host(uri)).unwrap()
}

fn ask(uri: &str, head: &str) -> String {
    let mut stream = connect(uri);
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(uri: &str, target: &str) -> String {
    ask(uri, &format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", host(uri)))
}

#[test] // P16
fn a_free_port_of_the_address_that_is_named() {
    let (a, b) = (Reserved::new(None).unwrap(), Reserved::new(None).unwrap());
    assert!(a.uri().starts_with("http://127.0.0.1:") && a.uri().ends_with("/") && a.uri() != b.uri());
    let named = reserve("http://127.0.0.1/a/b?x=1").unwrap();
    assert!(named.uri().starts_with("http://127.0.0.1:") && named.uri().ends_with("/a/b?x=1"), "{}", named.uri());
    assert!(reserve("http://localhost/").unwrap().uri().starts_with("http://localhost:"));
    let port = a.listeners[0].local_addr().unwrap().port();
    for uri in [format!("http://127.0.0.1:{port}/"), format!("http://localhost:{port}/")] {
        assert_eq!(reserve(&uri).unwrap_err(), ListenError::Taken(port));
    }
    for elsewhere in ["https://127.0.0.1/", "https://app.example/callback", "http://x.localhost/"] {
        assert_eq!(reserve(elsewhere).unwrap_err(), ListenError::NotHere, "{elsewhere}");
    }
}

/// What is closed is closed at once: in a process of its own, because a program that another test is starting just then
/// holds a copy of all that is open here.
#[test]
fn role() {
    match in_child().as_deref() {
        Some("given back") => {
            let reserved = Reserved::new(None).unwrap();
            let uri = format!("{}x", reserved.uri());
            drop(reserved);
            assert_eq!(reserve(&uri).unwrap().uri(), uri);
        }
        Some("over") => {
            let (landing, uri) = landing(Reserved::new(None).unwrap(), Duration::from_millis(50));
            let start = Instant::now();
            assert_eq!(landing.wait(), None);
            assert!(start.elapsed() >= Duration::from_millis(50));
            drop(landing);
            assert!(TcpStream::connect(host(&uri)).is_err());
        }
        _ => {}
    }
}

fn plays(role: &str) {
    let output = child(ROLE, role).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test] // P16
fn a_port_that_is_given_back_can_be_had_again() {
    plays("given back");
}

#[test] // P16
fn the_first_answer_ends_the_wait_and_is_heard() {
    let (landing, uri) = usual();
    assert_eq!(landing.take(), None);
    let page = get(&uri, "/callback?code=canary");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("You can close this window"), "{page}");
    assert!(!page.contains("canary"), "{page}");
    for header in ["Cache-Control: no-store", "Connection: close", "Content-Security-Policy: default-src 'none';"] {
        assert!(page.contains(&format!("\r\n{header}")), "{page}");
    }
    assert!(!page.contains("<script") && page.contains("Referrer-Policy: no-referrer"), "{page}");
    assert_eq!(landing.wait().as_deref(), Some("canary"));
    let (landing, uri) = usual();
    assert!(get(&uri, "/callback?code=no").contains("The login was refused"));
    assert_eq!(landing.wait().as_deref(), Some("no"));
}

#[test] // P16
fn what_is_something_else_is_turned_away_and_waiting_goes_on() {
    let (landing, uri) = usual();
    let host = host(&uri).to_owned();
    for (head, status) in [
        (format!("GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\n"), "404"),
        (format!("GET /callback/?code=x HTTP/1.1\r\nHost: {host}\r\n\r\n"), "404"),
        (format!("GET http://{host}/callback?code=x HTTP/1.1\r\nHost: {host}\r\n\r\n"), "404"),
        (format!("POST /callback?code=x HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"), "405"),
        (format!("HEAD /callback?code=x HTTP/1.1\r\nHost: {host}\r\n\r\n"), "405"),
        ("GET /callback?code=x HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(), "421"),
        ("GET /callback?code=x HTTP/1.1\r\n\r\n".to_owned(), "421"),
        (format!("GET /callback?code=x HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n"), "421"),
        ("\x16\x03\x01 hello\r\n\r\n".to_owned(), "400"),
        (format!("GET /callback?other HTTP/1.1\r\nHost: {host}\r\n\r\n"), "400"),
        (format!("GET /callback HTTP/1.1\r\nhost: {}\r\n\r\n", host.to_uppercase()), "400"),
    ] {
        assert!(ask(&uri, &head).starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(landing.take(), None, "{head}");
    }
    let mut long = connect(&uri);
    let _ = long.write_all(format!("GET /{} HTTP/1.1\r\n", "x".repeat(70 << 10)).as_bytes());
    let mut answer = String::new();
    let _ = long.read_to_string(&mut answer);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(get(&uri, "/callback?code=at-last").starts_with("HTTP/1.1 200 "));
    assert_eq!(landing.wait().as_deref(), Some("at-last"));
}

#[test] // P16
fn silent_and_slow_visitors_keep_nobody_waiting() {
    let (landing, uri) = usual();
    let mut slow: Vec<TcpStream> = (0..8).map(|_| connect(&uri)).collect();
    for stream in &mut slow[4..] {
        stream.write_all(b"GET /callback?code=half").unwrap();
    }
    let start = Instant::now();
    assert!(get(&uri, "/callback?code=x").starts_with("HTTP/1.1 200 "));
    assert_eq!(landing.wait().as_deref(), Some("x"));
    // The half of them that says something is hung up on a little later.
    assert!(start.elapsed() < Duration::from_secs(9));
}

#[test] // P16
fn a_request_in_pieces_is_one() {
    let (landing, uri) = usual();
    let mut stream = connect(&uri);
    for piece in ["GET /callb", "ack?code=x HTTP/1.1\r\nHo", &format!("st: {}\r\n", host(&uri)), "\r", "\n"] {
        stream.write_all(piece.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(landing.wait().as_deref(), Some("x"));
}

#[test] // P16
fn six_is_an_address_too() {
    let Ok(reserved) = reserve("http://[::1]/cb") else {
        assert!(TcpListener::bind("[::1]:0").is_err(), "there is IPv6, and it is not used");
        return;
    };
    let (landing, uri) = landing(reserved, LONG);
    assert!(uri.starts_with("http://[::1]:"), "{uri}");
    assert!(get(&uri, "/cb?code=6").starts_with("HTTP/1.1 200 "));
    assert_eq!(landing.wait().as_deref(), Some("6"));
}

#[test] // P16
fn a_name_is_both_kinds_of_address() {
    let (landing, uri) = landing(reserve("http://localhost/cb").unwrap(), LONG);
    let port = host(&uri).rsplit_once(':').unwrap().1.to_owned();
    for address in ["127.0.0.1", "[::1]"] {
        if TcpListener::bind(format!("{address}:0")).is_err() {
            continue;
        }
        let mut stream = TcpStream::connect(format!("{address}:{port}")).unwrap();
        stream.write_all(format!("GET /x HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 "), "{address}: {answer}");
    }
    drop(landing);
}

#[test]
fn the_time_is_over_and_the_place_is_closed() {
    plays("over");
}

#[test] // P16
fn only_so_many_at_a_time() {
    let (landing, uri) = usual();
    let held: Vec<TcpStream> = (0..VISITORS).map(|_| connect(&uri)).collect();
    let refused = Mutex::new(connect(&uri));
    let mut refused = refused.lock().unwrap();
    assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0, "one too many is hung up on");
    drop(held);
    let deadline = Instant::now() + LONG;
    while landing.take().is_none() {
        assert!(Instant::now() < deadline);
        let mut stream = connect(&uri);
        let _ = stream.write_all(format!("GET /callback?code=x HTTP/1.1\r\nHost: {}\r\n\r\n", host(&uri)).as_bytes());
        let _ = stream.read_to_end(&mut Vec::new());
    }
}

#[test] // P16
fn requests_are_read_to_the_letter() {
    let read = |head: &str| query(head.as_bytes(), "h:1", "/p").map(|query| query.expose().to_owned());
    assert_eq!(read("GET /p?a=b?c HTTP/1.0\r\nX: y\r\nHOST:h:1\r\n\r\n"), Ok("a=b?c".into()));
    for (head, turned) in [
        ("", Turned::Malformed),
        ("GET /p", Turned::Malformed),
        ("GET /p HTTP/2\r\nHost: h:1\r\n\r\n", Turned::Malformed),
        ("GET /p x HTTP/1.1\r\nHost: h:1\r\n\r\n", Turned::Malformed),
        ("GET /p HTTP/1.1\r\nHost: h\r\n\r\n", Turned::Host),
        ("GET /p HTTP/1.1\r\n\r\nHost: h:1\r\n", Turned::Host),
        ("get /p HTTP/1.1\r\nHost: h:1\r\n\r\n", Turned::Method),
        ("GET /P HTTP/1.1\r\nHost: h:1\r\n\r\n", Turned::Path),
    ] {
        assert_eq!(read(head), Err(turned), "{head:?}");
    }
    assert_eq!(query(b"GET /\xff HTTP/1.1\r\n\r\n", "h", "/").unwrap_err(), Turned::Malformed);
}
