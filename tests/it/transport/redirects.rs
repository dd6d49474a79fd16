//! No redirect is followed: where it points is said, as origin and path only.

use crate::logins::{login_at, login_by, session, stored};
use crate::support::ca::{Authority, Leaf};
use crate::support::canary::Kind;
use crate::support::run::World;
use crate::support::server::{Answer, End, Server, tls};
use crate::world;

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// A place that a redirect points to, with a secret in its query and in its user information, and how it is shown.
fn target(world: &World, elsewhere: &Server) -> (String, String) {
    let secret = world.canaries().make(Kind::Other);
    let shown = elsewhere.url("/token");
    (format!("{}?{secret}#{secret}", shown.replace("http://", &format!("http://ada:{secret}@"))), shown)
}

#[test] // T03, U07
fn a_login_is_not_sent_on() {
    let world = world();
    let (server, elsewhere) = (Server::http(), Server::http());
    for status in STATUSES {
        let (to, shown) = target(&world, &elsewhere);
        server.reply(move |_| Answer::redirect(status, &to));
        let endpoint = server.url("/token");
        login_at(&world, &endpoint).run().assert(
            2,
            "",
            &format!(
                "tok: login at {endpoint} failed\n\
                 caused by: the server answered with a redirect (HTTP {status}) to {shown}\n\
                 hint: it has moved, and no redirect is followed: set token-endpoint to where it is now, if you trust \
                 that place\n"
            ),
        );
    }
    assert_eq!(server.log().requests.len(), STATUSES.len());
    assert!(elsewhere.log().connections.is_empty());
}

#[test] // T03
fn a_missing_slash_is_named() {
    let world = world();
    let server = Server::http();
    server.reply(|_| Answer::redirect(301, "/token/?x"));
    let output = login_at(&world, &server.url("/token")).run().code_is(2);
    assert!(output.stderr.contains("(HTTP 301) to /token/\n"), "{}", output.stderr);
    assert_eq!(server.log().summary(), ["POST /token"]);
}

#[test] // T03
fn a_redirect_needs_no_proper_end() {
    let world = world();
    let authority = Authority::new();
    let ca = authority.write_pem(&world.path("given"));
    let (server, elsewhere) = (Server::https(tls::config(&authority.leaf(Leaf::Good), None)), Server::http());
    let (to, shown) = target(&world, &elsewhere);
    let moved = Answer::redirect(301, &to);
    // As Python's own server does it: HTTP/1.0, no length, and no goodbye in TLS. The others promise what never comes.
    for answer in [
        moved.clone().http10().then(End::Abrupt),
        moved.clone().header("Content-Length", "9").until_close().then(End::Abrupt),
        moved.clone().header("Transfer-Encoding", "chunked").until_close().then(End::Abrupt),
        moved.header("Content-Length", "2000000").until_close().then(End::Hold),
    ] {
        server.reply(move |_| answer);
        let output = login_at(&world, &server.url("/token")).arg("--ca-file").arg(&ca).run().code_is(2);
        let said = format!("caused by: the server answered with a redirect (HTTP 301) to {shown}\n");
        assert!(output.stderr.contains(&said), "{}", output.stderr);
    }
    assert!(elsewhere.log().connections.is_empty());
}

#[test] // T03, C04
fn a_refresh_is_not_sent_on_and_the_session_is_kept() {
    let world = world();
    let (server, elsewhere) = (Server::http(), Server::http());
    session(&world, &server);
    let before = stored(&world).1;
    for status in STATUSES {
        let (to, shown) = target(&world, &elsewhere);
        server.reply(move |_| Answer::redirect(status, &to));
        let output = world.tok(["refresh"]).run().code_is(2);
        let said =
            format!("caused by: the server answered with a redirect (HTTP {status}) to {shown}\nhint: the session");
        assert!(output.stderr.contains(&said), "{}", output.stderr);
        assert!(stored(&world).1 == before);
    }
    assert!(elsewhere.log().connections.is_empty());
}

#[test] // T03
fn discovery_is_not_sent_on() {
    let world = world();
    let (server, elsewhere) = (Server::http(), Server::http());
    for status in STATUSES {
        let (to, shown) = target(&world, &elsewhere);
        let again = to.clone();
        server.reply(move |_| Answer::redirect(status, &to));
        server.reply(move |_| Answer::redirect(status, &again));
        let output = login_by(&world, &server.url("/realm")).run().code_is(2);
        let said = format!("the server answered with a redirect (HTTP {status}) to {shown}\n");
        assert_eq!(output.stderr.matches(&said).count(), 2, "{}", output.stderr);
        assert!(output.stderr.ends_with(
            "hint: no redirect is followed: use the issuer as the server spells it now, if you trust that place\n"
        ));
    }
    assert!(elsewhere.log().connections.is_empty());
}

#[test] // T03, P15
fn a_revocation_is_not_sent_on_and_the_session_is_forgotten() {
    let world = world();
    let (server, elsewhere) = (Server::http(), Server::http());
    for status in STATUSES {
        session(&world, &server);
        let (to, shown) = target(&world, &elsewhere);
        server.reply(move |_| Answer::redirect(status, &to));
        let output = world.tok(["logout"]).run().code_is(5);
        let said = format!("caused by: the server answered with a redirect (HTTP {status}) to {shown}\n");
        assert!(output.stderr.contains(&said), "{}", output.stderr);
        assert!(world.remaining().is_empty());
    }
    assert!(elsewhere.log().connections.is_empty());
}
