//! A keyring that hangs, is locked, lies, loses things, restarts: the session is not lost, no token is printed that was
//! not stored, and what is said is what happened (R02, R03, H02, C09).

#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use crate::support::process::Output;
use crate::support::run::World;
use crate::support::secret_service::{Fault, SecretService};
use crate::support::server::AuthServer;
use crate::world;

/// A profile whose session belongs into this keyring.
struct Scene {
    world: World,
    server: AuthServer,
    keyring: SecretService,
}

impl Scene {
    fn new() -> Self {
        let world = world();
        let server = AuthServer::start(world.canaries());
        let keyring = SecretService::start();
        world.set_env("DBUS_SESSION_BUS_ADDRESS", keyring.address());
        let ca = server.ca_file(&world.path("given"));
        world.write_config(&format!(
            "[profiles.default]\nissuer = \"{}\"\nclient-id = \"tok\"\nusername = \"ada\"\nca-file = \"{}\"\n",
            server.issuer(),
            ca.display()
        ));
        Self { world, server, keyring }
    }

    fn logged_in() -> Self {
        let scene = Self::new();
        scene.log_in().ok();
        scene
    }

    fn tok(&self, verb: &str) -> Output {
        self.world.tok([verb]).run()
    }

    fn log_in(&self) -> Output {
        let password = self.server.password("ada");
        self.world.tok(["login", "--password-stdin"]).stdin(password).run()
    }

    /// The newest refresh token is in the keyring, and it is used by the next process.
    fn is_whole(&self) {
        self.keyring.set(Fault::None);
        let newest = self.server.realm(|realm| realm.latest_refresh().unwrap().to_owned());
        assert!(self.keyring.secrets().iter().any(|secret| secret.contains(&newest)), "the newest is not stored");
        self.tok("refresh").ok();
        assert_eq!(self.server.realm(|realm| realm.reuses), 0);
        self.tok("logout").ok();
        assert!(self.keyring.secrets().is_empty(), "logout has left something");
    }
}

/// Exit 6, nothing on standard output, a way out; and this was said.
#[track_caller]
fn is_refused(output: &Output, says: &str) {
    assert_eq!((output.code(), output.stdout.as_str()), (6, ""), "{}", output.stderr);
    assert!(output.stderr.contains(says) && output.stderr.contains("hint: "), "not said: {says}\n{}", output.stderr);
}

#[test] // Y03 R08
fn a_session_is_kept_replaced_and_forgotten() {
    let scene = Scene::logged_in();
    let first = scene.tok("token").line().to_owned();
    scene.tok("refresh").ok();
    scene.tok("refresh").ok();
    assert_ne!(scene.tok("token").line(), first);
    scene.is_whole();
}

#[test] // R02
fn a_locked_one_is_told_before_anything_is_sent() {
    let scene = Scene::new();
    scene.keyring.set(Fault::Locked);
    is_refused(&scene.log_in(), "locked");
    assert_eq!(scene.server.count("password"), 0);

    scene.keyring.set(Fault::None);
    scene.log_in().ok();
    scene.keyring.set(Fault::Locked);
    is_refused(&scene.tok("refresh"), "locked");
    is_refused(&scene.tok("logout"), "locked");
    assert_eq!(scene.server.count("refresh_token"), 0);
    scene.is_whole();
}

#[test] // R02
fn one_without_a_collection_is_told_before_anything_is_sent() {
    let scene = Scene::new();
    scene.keyring.set(Fault::NoCollection);
    is_refused(&scene.log_in(), "no default collection");
    assert_eq!(scene.server.count("password"), 0);
}

#[test] // H02
fn one_that_hangs_or_asks_nobody_is_given_up() {
    let scene = Scene::logged_in();
    for fault in [Fault::Hangs, Fault::DialogOpen] {
        scene.keyring.set(fault);
        let begin = Instant::now();
        is_refused(&scene.tok("refresh"), "no answer within 3 s");
        assert!(begin.elapsed() < Duration::from_secs(30), "took {:?}", begin.elapsed());
    }
    assert_eq!(scene.server.count("refresh_token"), 0);
    scene.is_whole();
}

#[test] // R03 C09
fn one_that_keeps_nothing_is_found_out_before_a_password_is_sent() {
    for fault in [Fault::Cuts(0), Fault::Cuts(100), Fault::Forgets, Fault::RefusesWrites] {
        let scene = Scene::new();
        scene.keyring.set(fault);
        is_refused(&scene.log_in(), "keyring: ");
        assert_eq!(scene.server.count("password"), 0, "{fault:?}");
        assert!(scene.keyring.secrets().is_empty(), "{fault:?}");
    }
}

#[test] // R03 C09
fn one_that_keeps_nothing_any_more_is_found_out_before_a_refresh_is_sent() {
    let scene = Scene::logged_in();
    // Twice, so that both places in the keyring were used and are written over.
    scene.tok("refresh").ok();
    for fault in [Fault::Cuts(100), Fault::Forgets, Fault::RefusesWrites] {
        scene.keyring.set(fault);
        is_refused(&scene.tok("refresh"), "keyring: ");
        assert_eq!(scene.server.count("refresh_token"), 1, "{fault:?}");
    }
    scene.is_whole();
}

#[test] // C09
fn one_write_that_fails_is_made_up_for() {
    for fault in [Fault::Cuts(100), Fault::Forgets, Fault::KeepsOld, Fault::RefusesWrites] {
        is_made_up_for(fault);
    }
}

#[test] // C09
fn a_connection_that_breaks_at_a_write_is_made_anew() {
    for fault in [Fault::RestartsAtWrite, Fault::HangsUpAtWrite, Fault::Hangs] {
        is_made_up_for(fault);
    }
}

fn is_made_up_for(fault: Fault) {
    let scene = Scene::logged_in();
    // The first write makes sure of the room, the second is the new session.
    scene.keyring.next_writes(&[Fault::None, fault]);
    scene.tok("refresh").ok();
    assert_eq!(scene.server.count("refresh_token"), 1, "{fault:?}");
    scene.is_whole();
}

#[test] // C09 C03 R03
fn writes_that_fail_to_the_end_are_a_loss_that_is_told() {
    for fault in [Fault::Cuts(100), Fault::Forgets, Fault::RefusesWrites] {
        let scene = Scene::new();
        scene.server.set(|setup| setup.expires_in = Some(0));
        scene.log_in().ok();
        let before = scene.keyring.secrets();
        scene.keyring.next_writes(&[Fault::None]);
        scene.keyring.set(fault);
        is_refused(&scene.tok("token"), "could not be stored");
        assert_eq!(scene.server.count("refresh_token"), 1);
        // What was there before is there still: a server without rotation would take it again.
        assert!(scene.keyring.secrets().contains(&before[0]), "{fault:?}");
        scene.keyring.set(Fault::None);
        scene.tok("refresh").code_is(3);
        scene.tok("logout").ok();
        assert!(scene.keyring.secrets().is_empty());
    }
}

#[test] // C10 R08
fn a_logout_that_cannot_delete_says_so() {
    let scene = Scene::logged_in();
    scene.keyring.set(Fault::RefusesDeletes);
    // What is written is not in doubt: the older one goes at the next chance.
    scene.tok("refresh").ok();
    scene.tok("refresh").ok();
    is_refused(&scene.tok("logout"), "keyring: ");
    scene.keyring.set(Fault::None);
    scene.tok("logout").ok();
    assert!(scene.keyring.secrets().is_empty());
}

#[test] // R04 C07
fn a_damaged_session_is_told_and_can_be_removed_or_replaced() {
    for way_out in ["logout", "login"] {
        let scene = Scene::logged_in();
        scene.keyring.damage(|secret| secret.truncate(secret.len() / 2));
        is_refused(&scene.tok("refresh"), "damaged");
        if way_out == "login" {
            scene.log_in().ok();
            scene.is_whole();
        } else {
            scene.world.tok(["logout", "--local"]).run().ok();
            assert!(scene.keyring.secrets().is_empty());
        }
    }
}

#[test] // C09, M03: the library behind it panics where it gets none
fn no_file_left_for_it_is_told_before_anything_is_sent() {
    let scene = Scene::logged_in();
    let limited = |option: &str, limit: u32| {
        let output = scene.world.tok(["refresh"]).under(["prlimit", &format!("--{option}={limit}")]).run();
        let is_told = [0, 5, 6].contains(&output.code()) && !output.stderr.contains("internal error");
        assert!(is_told && !output.stderr.contains("could not be stored"), "{limit}: {output:?}");
        output.code()
    };
    let codes: Vec<i32> = (4..32).map(|files| limited("nofile", files)).collect();
    assert!(codes.starts_with(&[6, 6, 6, 6]) && codes.ends_with(&[0]), "{codes:?}");
    scene.is_whole();
}
