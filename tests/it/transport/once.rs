//! Nothing is sent twice, and one deadline holds for the whole exchange.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::logins::{login_at, login_by, password_file, session, stored, tokens};
use crate::support::ca::{Authority, Leaf};
use crate::support::process::Output;
use crate::support::run::{Run, World};
use crate::support::server::{Answer, End, Fault, Server, tls};
use crate::world;

/// The words for an exchange with this server that failed.
fn no_answer(server: &Server, why: &str, hint: &str) -> String {
    format!("tok: {} {why}\nhint: {hint}\n", server.url(""))
}

const CUT: &str = "ended the connection before its answer was complete";
const CUT_HINT: &str = "try again; a proxy or a firewall may be in between";

#[test] // T04, H03
fn a_request_that_got_no_whole_answer_is_not_sent_again() {
    let world = world();
    let server = Server::http();
    let good = tokens(&world);
    let answers = [
        Answer::reset(),
        Answer::raw(""),
        Answer::json(200, good.clone()).cut_after(100),
        Answer::json(200, good.clone()).cut_after(100).then(End::Reset),
        Answer::json(200, good.clone()).chunked().cut_after(150),
        Answer::raw("HTTP/1.1 100 Continue\r\n\r\n"),
    ];
    let count = answers.len();
    for answer in answers {
        server.reply(|_| answer);
        login_at(&world, &server.url("/token")).run().assert(5, "", &no_answer(&server, CUT, CUT_HINT));
    }
    assert_eq!(server.log().to("/token").len(), count);
}

#[test] // T04
fn a_connection_that_dies_between_discovery_and_login_costs_one_post_at_most() {
    let world = world();
    // The document comes, the connection stays; the login on it is answered with a reset.
    let server = Server::http();
    let issuer = server.url("");
    let document = json!({ "issuer": issuer, "token_endpoint": server.url("/token"), "revocation_endpoint": issuer });
    let same = document.clone();
    server.reply(move |_| Answer::json(200, document));
    server.reply(|_| Answer::reset());
    login_by(&world, &issuer).run().assert(5, "", &no_answer(&server, CUT, CUT_HINT));
    assert_eq!(server.log().to("/token").len(), 1);
    // The document comes, and the connection ends without a word.
    server.reply(move |_| Answer::json(200, same).then(End::Abrupt));
    let answer = Answer::json(200, tokens(&world));
    server.answer_all(move |_| answer.clone());
    let output = login_by(&world, &issuer).run();
    let posts = server.log().to("/token").len() - 1;
    assert_eq!(posts, usize::from(output.code() == 0), "{}", output.stderr);
    assert!([0, 5].contains(&output.code()), "{}", output.stderr);
}

#[test] // T04, C04
fn a_refresh_that_got_no_whole_answer_is_not_sent_again_and_the_session_is_kept() {
    let world = world();
    let server = Server::http();
    session(&world, &server);
    let before = stored(&world).1;
    for answer in [Answer::reset(), Answer::raw(""), Answer::json(200, tokens(&world)).cut_after(120)] {
        server.reply(|_| answer);
        world.tok(["refresh"]).run().assert(5, "", &no_answer(&server, CUT, CUT_HINT));
        assert!(stored(&world).1 == before);
    }
    assert_eq!(server.log().to("/token").len(), 4);
}

/// The deadline of these runs: long enough for what comes before the wait, also where many run at once.
const DEADLINE: Duration = Duration::from_secs(3);

/// Runs a login with this deadline, and demands that it ends by it and not by the usual one.
fn ends_by_its_deadline(world: &World, endpoint: &str, more: &[&str]) -> Output {
    let start = Instant::now();
    let output = more.iter().fold(login_at(world, endpoint), Run::arg).arg("--timeout").arg("3s").run();
    let took = start.elapsed();
    assert!(took >= DEADLINE && took < Duration::from_secs(25), "{took:?}");
    output
}

const LATE: &str = "tok: no complete answer from [..] within 3 s\nhint: try again, or allow more time: --timeout 60s\n";

#[test] // T05, T04
fn one_deadline_holds_for_the_whole_answer() {
    let world = world();
    let good = tokens(&world);
    let answers = [
        ("silence", Answer::never()),
        ("a byte a second", Answer::json(200, good.clone()).drip(Duration::from_secs(1))),
        ("a byte now and then", Answer::json(200, good.clone()).drip(Duration::from_millis(50))),
        ("interim answers without end", Answer::endless_interim()),
        ("slow interim answers without end", Answer::endless_interim().drip(Duration::from_millis(20))),
        ("a body that stops", Answer::json(200, good).cut_after(120).then(End::Hold)),
    ];
    password_file(&world); // not made by several threads at once
    std::thread::scope(|scope| {
        for (what, answer) in answers {
            let world = &world;
            scope.spawn(move || {
                let server = Server::http();
                server.reply(|_| answer);
                let output = ends_by_its_deadline(world, &server.url("/token"), &[]);
                let wanted = LATE.to_owned();
                assert!(crate::support::process::matches(&wanted, &output.stderr), "{what}: {}", output.stderr);
                output.code_is(5);
                assert_eq!(server.log().to("/token").len(), 1, "{what}");
            });
        }
    });
}

#[test] // T05
fn one_deadline_holds_for_the_handshake_too() {
    let world = world();
    let authority = Authority::new();
    let ca = authority.write_pem(&world.path("given"));
    let server = Server::https(tls::config(&authority.leaf(Leaf::Good), None));
    server.always_fault(Fault::Stall);
    let output = ends_by_its_deadline(&world, &server.url("/token"), &["--ca-file", ca.to_str().unwrap()]);
    output.assert(5, "", LATE);
    assert!(server.log().requests.is_empty());
}

#[test] // T05
fn discovery_and_login_have_their_deadline_each_and_discovery_comes_first() {
    let world = world();
    let server = Server::http();
    server.reply(|_| Answer::never());
    let start = Instant::now();
    let output = login_by(&world, &server.url("")).arg("--timeout").arg("3s").run();
    assert!(start.elapsed() < Duration::from_secs(25));
    output.assert(5, "", LATE);
    assert_eq!(server.log().summary(), ["GET /.well-known/oauth-authorization-server"]);
}
