//! A keyring that waits for a person, where one is there.

use std::time::{Duration, Instant};

use crate::support::pty::{CTRL_C, Pty};
use crate::support::run::World;
use crate::support::secret_service::{Fault, SecretService};
use crate::support::server::AuthServer;
use crate::world;

const NOTICE: &str = "tok: waiting for the keyring; is an unlock dialog open?";

/// A session in a keyring that stops answering, and `tok refresh` on a terminal.
fn refreshing(fault: Fault, args: &[&str]) -> (World, AuthServer, SecretService, Pty) {
    let world = world();
    let (server, keyring) = (AuthServer::start_http(world.canaries()), SecretService::start());
    world.set_env("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    let issuer = server.issuer();
    let words = ["login", "--issuer", &issuer, "--client-id", "tok", "-u", "ada", "--password-stdin"];
    world.tok(words).stdin(server.password("ada")).run().ok();
    keyring.set(fault);
    let terminal = world.tok(["refresh"].iter().chain(args)).on_terminal();
    (world, server, keyring, terminal)
}

#[test] // H02
fn a_person_is_told_what_is_waited_for_and_has_more_time_than_a_script() {
    for fault in [Fault::Hangs, Fault::DialogOpen] {
        let start = Instant::now();
        let (_world, server, _keyring, mut terminal) = refreshing(fault, &[]);
        terminal.expect(NOTICE);
        assert!(start.elapsed() >= Duration::from_secs(3), "not at once");
        // A script would be told by now that it was too slow. Whoever has enough of it can end it.
        terminal.send(CTRL_C);
        assert_eq!(terminal.wait(), 130, "{}", terminal.output());
        assert!(!terminal.output().contains("hint:"), "{}", terminal.output());
        assert_eq!(server.count("refresh_token"), 0);
    }
}

/// Nothing else would say why git does not go on.
#[test] // H02
fn so_is_who_is_quiet_and_who_runs_a_program_that_asks_a_helper() {
    let (world, _server, _keyring, mut terminal) = refreshing(Fault::DialogOpen, &["--quiet"]);
    terminal.expect(NOTICE);
    terminal.send(CTRL_C);
    assert_eq!(terminal.wait(), 130, "{}", terminal.output());
    // A narrower token is in the session only, the other in the cache as well.
    world.tok(["bind", "https://svc.example.com", "--scope", "openid"]).run().ok();
    // Google's library takes what stands there for a part of the answer. This one waits for longer than the next.
    let mut mute = world
        .tok(["helper", "gcp", "--for", "https://svc.example.com"])
        .env("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", "//iam.googleapis.com/x")
        .env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", "urn:ietf:params:oauth:token-type:jwt")
        .on_terminal();
    let mut terminal = world.tok(["helper", "terraform", "get", "svc.example.com"]).on_terminal();
    terminal.expect(NOTICE);
    for terminal in [&mut terminal, &mut mute] {
        terminal.send(CTRL_C);
        assert_eq!(terminal.wait(), 130, "{}", terminal.output());
    }
    assert!(!mute.output().contains("tok:"), "{}", mute.output());
}

#[test] // H02
fn who_wants_no_questions_waits_like_a_script() {
    let (_world, _server, _keyring, mut terminal) = refreshing(Fault::Hangs, &["--no-input"]);
    assert_eq!(terminal.wait(), 6, "{}", terminal.output());
    assert!(terminal.output().contains("no answer within 3 s") && !terminal.output().contains(NOTICE));
}

#[test]
#[ignore = "long"] // H02
fn a_person_who_does_not_answer_is_waited_for_a_minute_and_told_what_to_do() {
    let start = Instant::now();
    let (_world, server, _keyring, mut terminal) = refreshing(Fault::DialogOpen, &[]);
    terminal.expect(NOTICE);
    while !terminal.output().contains("hint:") {
        terminal.expect("\n");
    }
    assert_eq!(terminal.wait(), 6, "{}", terminal.output());
    assert!(start.elapsed() >= Duration::from_secs(60) && start.elapsed() < Duration::from_secs(90));
    let said = terminal.output();
    assert!(said.contains("no answer within 60 s") && said.contains("is an unlock dialog open"), "{said}");
    assert_eq!(server.count("refresh_token"), 0);
}
