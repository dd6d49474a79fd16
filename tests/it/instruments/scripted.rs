//! Every way of going wrong is seen by a client; what was not used or not expected fails.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::client::exchange;
use super::panic_of;
use crate::support::ca::{Authority, Leaf};
use crate::support::gate::Gate;
use crate::support::server::{Answer, End, Fault, Server, tls};

const GET: &[u8] = b"GET /x?y=1 HTTP/1.1\r\nHost: x\r\n\r\n";

/// The answer to one GET, as text.
fn get(server: &Server) -> std::io::Result<String> {
    exchange(server.address(), None, GET).map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test] // AS
fn an_answer_is_sent_to_the_byte_and_the_request_is_kept() {
    let server = Server::http();
    server.reply(|request| {
        assert_eq!((request.path(), request.query()), ("/x", vec![("y".into(), "1".into())]));
        Answer::json(200, serde_json::json!({ "a": 1 })).header("X", "y").then(End::Close)
    });
    let wanted = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX: y\r\nContent-Length: 7\r\n\
        Connection: close\r\n\r\n{\"a\":1}";
    assert_eq!(get(&server).unwrap(), wanted);
    let log = server.log();
    assert_eq!(log.summary(), ["GET /x?y=1"]);
    assert_eq!(log.connections, [GET]);
    assert_eq!((log.requests[0].header("host"), log.to("/x").len()), (Some("x"), 1));
}

#[test] // AS
fn odd_but_legal_forms() {
    let server = Server::http();
    server.reply(|_| Answer::new(200, "", "x".repeat(150)).chunked().then(End::Close));
    assert!(
        get(&server).unwrap().ends_with("\r\n32\r\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n")
    );
    server.reply(|_| Answer::new(200, "", "x").http10().without_reason());
    assert_eq!(get(&server).unwrap(), "HTTP/1.0 200 \r\nConnection: close\r\n\r\nx");
    server.reply(|_| Answer::raw("SSH-2.0\n"));
    assert_eq!(get(&server).unwrap(), "SSH-2.0\n");
}

#[test] // AS
fn several_requests_share_a_connection_and_bodies_are_read() {
    let server = Server::http();
    server.answer_all(|request| Answer::new(200, "", request.body.clone()));
    let chunked =
        "POST /2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nef\r\n1\r\ng\r\n0\r\n\r\n";
    let both = format!("POST /1 HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcd{chunked}");
    let answer = exchange(server.address(), None, both.as_bytes()).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("\r\n\r\nabcdHTTP/1.1 200 OK") && answer.ends_with("\r\n\r\nefg"), "{answer}");
    assert_eq!(server.log().connections.len(), 1);
}

#[test] // AS
fn connections_break_as_told() {
    let server = Server::http();
    server.reply(|_| Answer::new(200, "", "0123456789").cut_after(30));
    assert_eq!(get(&server).unwrap().len(), 30);
    server.reply(|_| Answer::reset());
    assert_eq!(get(&server).unwrap_err().kind(), ErrorKind::ConnectionReset);
    server.fault(Fault::ResetAtAccept);
    assert!(get(&server).is_err());
    server.fault(Fault::CloseAtAccept);
    assert!(get(&server).unwrap_or_default().is_empty());
    server.fault(Fault::CloseAfterHello);
    assert_eq!(get(&server).unwrap(), "");
    server.fault(Fault::plain_http());
    assert!(get(&server).unwrap().starts_with("HTTP/1.1 400"));
}

#[test] // T05
fn silence_ends_with_the_server() {
    let server = Server::http();
    server.fault(Fault::Stall);
    server.reply(|_| Answer::never());
    server.reply(|_| Answer::new(200, "", "x").drip(Duration::from_secs(1000)));
    server.reply(|_| Answer::new(200, "", "x").held_by(&Gate::new()));
    let address = server.address();
    let clients: Vec<_> = (0..4).map(|_| std::thread::spawn(move || exchange(address, None, GET))).collect();
    server.wait_for_requests(3);
    server.wait_until("four connections", |log| log.connections.iter().filter(|bytes| !bytes.is_empty()).count() == 4);
    drop(server);
    for client in clients {
        let _ = client.join().unwrap();
    }
}

#[test] // T05, T06
fn endless_answers_do_not_end() {
    let server = Server::http();
    for answer in [Answer::endless_interim(), Answer::endless_headers(), Answer::huge(10 << 30)] {
        server.reply(|_| answer);
        let mut socket = TcpStream::connect(server.address()).unwrap();
        socket.write_all(GET).unwrap();
        let mut bytes = vec![0; 1 << 20];
        socket.read_exact(&mut bytes).unwrap();
    }
}

#[test] // AS
fn tls_failures_are_noted() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    server.answer_all(|_| Answer::empty(200).then(End::Close));
    assert!(exchange(server.address(), Some(&authority), GET).unwrap().starts_with(b"HTTP/1.1 200"));
    exchange(server.address(), Some(&stranger), GET).unwrap_err();
    server.wait_until("a failed handshake", |log| !log.failures.is_empty());
    assert_eq!(server.log().requests.len(), 1);
    server.fault(Fault::CloseAfterHello);
    exchange(server.address(), Some(&authority), GET).unwrap_err();
}

#[test] // AS
fn a_connection_can_wait_before_tls() {
    let authority = Authority::new();
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    server.answer_all(|_| Answer::empty(200).then(End::Close));
    let gate = Gate::new();
    server.fault(Fault::Held(gate.clone()));
    std::thread::scope(|scope| {
        let client = scope.spawn(|| exchange(server.address(), Some(&authority), GET));
        gate.wait_for_waiting(1);
        assert!(server.log().requests.is_empty());
        gate.open();
        assert!(client.join().unwrap().is_ok());
    });
}

#[test] // AS
fn judgement_is_passed_at_the_end() {
    let server = Server::http();
    server.reply(|_| Answer::empty(200));
    server.fault(Fault::Stall);
    assert_eq!(panic_of(|| drop(server)), "scripted server: 1 replies were not used; 1 faults were not used");

    let server = Server::http();
    let _ = exchange(server.address(), None, b"GET /why HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(panic_of(|| drop(server)), "scripted server: unexpected request: GET /why");

    let server = Server::http();
    server.reply(|request| panic!("{} is wrong", request.path()));
    let _ = exchange(server.address(), None, b"GET /that HTTP/1.1\r\nConnection: close\r\n\r\n");
    assert_eq!(panic_of(|| drop(server)), "scripted server: a closure panicked: /that is wrong");
}
