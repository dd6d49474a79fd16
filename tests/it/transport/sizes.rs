//! Answers without bounds and compressed ones cost at most 64 MiB.
//!
//! The limit is held by the system: `RLIMIT_DATA` counts all memory that the program writes to and no file maps. The
//! peak that `wait4` tells would not do: after a fork it is at least the test's own.

use std::fmt::Write as _;

use crate::logins::{login_at, login_by, session, stored, tokens};
use crate::support::canary::Kind;
use crate::support::figures::note;
use crate::support::run::Run;
use crate::support::server::{Answer, End, Server};
use crate::world;

/// In KiB.
pub const LIMIT: u32 = 64 * 1024;

/// Lets a run have so much memory of its own and no more.
pub fn within(run: Run, kib: u32) -> Run {
    run.under(["/bin/sh".to_owned(), "-c".to_owned(), format!("ulimit -d {kib} && exec \"$0\" \"$@\"")])
}

/// The words for an answer that is too large.
fn too_large(server: &Server) -> String {
    format!(
        "tok: the answer of {} is too large\n\
         hint: no token endpoint answers so; check its address\n",
        server.url("")
    )
}

/// A chunked body without end.
fn endless_chunks() -> Answer {
    let piece = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    Answer::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").repeated(piece, u64::MAX)
}

/// A body without length and without end.
fn endless_body() -> Answer {
    Answer::raw("HTTP/1.1 200 OK\r\n\r\n{\"a\":\"").repeated(vec![b'x'; 0x10000], u64::MAX)
}

#[test] // T06
fn an_answer_without_bounds_is_cut_short() {
    let world = world();
    let mut many = String::from("HTTP/1.1 200 OK\r\n");
    (0..150).for_each(|n| write!(many, "X-{n}: y\r\n").unwrap());
    let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "y".repeat(100 << 10));
    for answer in [
        Answer::huge(10 << 30),
        endless_chunks(),
        endless_body(),
        Answer::endless_headers(),
        Answer::raw(many + "Content-Length: 0\r\n\r\n"),
        Answer::raw(long),
        Answer::raw("HTTP/1.1 200 OK\r\nX: ").repeated(vec![b'y'; 0x10000], u64::MAX),
        Answer::raw("HTTP/1.1 200 ").repeated(vec![b'y'; 0x10000], u64::MAX),
    ] {
        let server = Server::http();
        server.reply(|_| answer);
        within(login_at(&world, &server.url("/token")), LIMIT).run().assert(1, "", &too_large(&server));
        assert_eq!(server.log().requests.len(), 1);
    }
}

#[test] // T06: as little as suffices is as much as is used
fn an_answer_of_ten_gigabytes_costs_a_few_mebibytes() {
    let world = world();
    let suffices = |mib: &u32| {
        let server = Server::http();
        server.answer_all(|_| Answer::huge(10 << 30));
        within(login_at(&world, &server.url("/token")), mib * 1024).run().stderr == too_large(&server)
    };
    let enough = (1..LIMIT / 1024).find(suffices).expect("64 MiB suffice");
    note("T06", "memory of its own for an answer of 10 GB", &format!("less than {enough} MiB"));
}

#[test] // T06
fn the_limit_of_memory_is_one_that_can_be_reached() {
    let world = world();
    let server = Server::http();
    let output = within(login_at(&world, &server.url("/token")), 64).run();
    assert_ne!(output.code(), 0);
    assert!(server.log().requests.is_empty());
}

#[test] // T06, P12
fn a_large_answer_within_the_limit_is_taken() {
    let world = world();
    let server = Server::http();
    let mut answer = tokens(&world);
    answer["padding"] = "x".repeat(1_000_000).into();
    server.reply(|_| Answer::json(200, answer));
    within(login_at(&world, &server.url("/token")), LIMIT).run().ok();
}

#[test] // T06, C04
fn a_refresh_with_an_answer_without_bounds_leaves_the_session() {
    let world = world();
    let server = Server::http();
    session(&world, &server);
    let before = stored(&world).1;
    for answer in [Answer::huge(10 << 30), endless_chunks(), Answer::endless_headers()] {
        server.reply(|_| answer);
        within(world.tok(["refresh"]), LIMIT).run().assert(1, "", &too_large(&server));
        assert!(stored(&world).1 == before);
    }
}

#[test] // T06
fn metadata_and_revocations_have_the_same_bounds() {
    for answer in [Answer::huge(10 << 30), endless_chunks(), endless_body(), Answer::endless_headers()] {
        let world = world();
        let server = Server::http();
        let again = answer.clone();
        server.reply(|_| again);
        within(login_by(&world, &server.url("/realm")), LIMIT).run().assert(1, "", &too_large(&server));
        session(&world, &server);
        server.reply(|_| answer);
        let output = within(world.tok(["logout"]), LIMIT).run().code_is(5);
        assert!(output.stderr.contains("is too large"), "{}", output.stderr);
        assert_eq!(world.remaining(), []);
    }
    let (world, server) = (world(), Server::http());
    server.reply(|_| Answer::new(200, "application/json", bomb(1_000_000)).header("Content-Encoding", "gzip"));
    server.reply(|_| Answer::new(200, "application/json", bomb(1_000_000)).header("Content-Encoding", "gzip"));
    let output = within(login_by(&world, &server.url("")), LIMIT).run().code_is(2);
    assert!(output.stderr.contains("it is compressed, which was not asked for"), "{}", output.stderr);
}

/// A gzip stream that unpacks to a thousand times its size: what zlib writes for zeros without end. Its block has codes
/// of its own, one bit for "258 more" and one for "at distance 1", both 0.
pub fn bomb(bytes: usize) -> Vec<u8> {
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3];
    packed.extend_from_slice(&[0xec, 0xc1, 0x01, 0x01, 0x00, 0x00, 0x00, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a]);
    packed.resize(bytes, 0);
    packed
}

#[test] // T06
fn compression_is_not_asked_for_and_what_is_compressed_is_not_unpacked() {
    let world = world();
    for coding in ["gzip", "x-gzip", "deflate", "br", "zstd", "identity, gzip"] {
        let server = Server::http();
        server.reply(move |request| {
            assert_eq!(request.header("accept-encoding"), None);
            Answer::new(200, "application/json", bomb(1_000_000)).header("Content-Encoding", coding)
        });
        let endpoint = server.url("/token");
        within(login_at(&world, &endpoint), LIMIT).run().assert(
            1,
            "",
            &format!(
                "tok: login at {endpoint} failed\n\
                 caused by: the server's answer cannot be used (HTTP 200): it is compressed, which was not asked for\n\
                 hint: the server, or a proxy before it, has to answer uncompressed where nothing else is asked for\n"
            ),
        );
    }
}

#[test] // T06
fn identity_is_no_compression() {
    let world = world();
    let server = Server::http();
    let answer = Answer::json(200, tokens(&world)).header("Content-Encoding", "identity");
    server.reply(|_| answer);
    login_at(&world, &server.url("/token")).run().ok();
}

#[test] // T06, U07
fn a_compressed_transfer_is_no_answer() {
    let world = world();
    let server = Server::http();
    let secret = world.canaries().make(Kind::Other);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";
    server.reply(move |_| Answer::raw(format!("{head}{:x}\r\n{secret}\r\n0\r\n\r\n", secret.len())).then(End::Close));
    let output = login_at(&world, &server.url("/token")).run();
    assert!([1, 5].contains(&output.code()), "{}", output.stderr);
}
