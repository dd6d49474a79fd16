//! Each certificate is what its name says.

use super::client::exchange;
use crate::support::ca::{Authority, Leaf};
use crate::support::server::{Answer, End, Server, tls};

/// What a client that trusts the authority thinks of a leaf.
fn verdict(authority: &Authority, leaf: Leaf) -> String {
    let server = Server::https(tls::config(&authority.leaf(leaf), None));
    server.answer_all(|_| Answer::empty(200).then(End::Close));
    let answer = exchange(server.address(), Some(authority), b"GET / HTTP/1.1\r\n\r\n");
    answer.map_or_else(|error| error.to_string(), |_| "fine".into())
}

#[test] // T02
fn every_leaf_is_as_named() {
    let authority = Authority::new();
    for (leaf, wanted) in [
        (Leaf::Good, "fine"),
        (Leaf::ViaIntermediate, "fine"),
        (Leaf::Expired, "certificate expired"),
        (Leaf::NotYetValid, "certificate not valid yet"),
        (Leaf::WrongHost, "certificate not valid for name \"127.0.0.1\""),
        (Leaf::OtherCa, "UnknownIssuer"),
        (Leaf::SelfSigned, "UnknownIssuer"),
        (Leaf::MissingIntermediate, "UnknownIssuer"),
        (Leaf::ClientOnly, "does not allow extended key usage"),
    ] {
        let verdict = verdict(&authority, leaf);
        assert!(verdict.contains(wanted), "{leaf:?}: {verdict}");
    }
}

#[test] // P16
fn a_client_certificate_can_be_demanded() {
    let authority = Authority::new();
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), Some(&authority)));
    exchange(server.address(), Some(&authority), b"GET / HTTP/1.1\r\n\r\n").unwrap_err();
    server.wait_until("a refusal", |log| log.failures.iter().any(|failure| failure.contains("no certificates")));
    assert!(!authority.client("ada").key_pem.is_empty());
}
