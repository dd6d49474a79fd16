//! What else is asked: user name, client secret, and whether a profile is to be changed.

use super::Scene;
use crate::support::canary::Kind;
use crate::support::server::setup::{Client, ClientAuth};

#[test]
fn a_missing_user_name_is_asked_for_and_saved() {
    let scene = Scene::with_profile("client-id = \"tok\"\n");
    let mut tty = scene.login(&[]);
    tty.expect(&format!("User name at {}: ", scene.server.issuer()));
    assert!(tty.echo());
    tty.send("ada\n");
    scene.answer_password(&mut tty);
    tty.expect("logged in as ada");
    assert_eq!(tty.wait(), 0);
    assert!(scene.config().contains("username = \"ada\""), "{}", scene.config());
    let mut tty = scene.login(&[]);
    scene.answer_password(&mut tty);
    assert_eq!(tty.wait(), 0);
    assert!(!tty.output().contains("User name"));
}

#[test]
fn no_user_name_is_no_login() {
    let scene = Scene::with_profile("client-id = \"tok\"\n");
    let mut tty = scene.login(&[]);
    tty.expect("User name at ");
    tty.send("\n");
    assert_eq!(tty.wait(), 2, "{}", tty.output());
    assert!(tty.output().contains("username is not set"), "{}", tty.output());
    assert_eq!(scene.server.count("password"), 0);
}

#[test] // R01
fn a_client_secret_is_asked_for_once_and_kept() {
    let scene = Scene::with_profile("client-id = \"basic\"\nclient-auth = \"basic\"\nusername = \"ada\"\n");
    scene.world.allow(Kind::ClientSecret, "state/tok/sessions/");
    let mut tty = scene.login(&[]);
    tty.expect(&format!("Client secret of basic at {}: ", scene.server.issuer()));
    assert!(!tty.echo());
    tty.send(&format!("{}\n", scene.server.client_secret("basic")));
    scene.answer_password(&mut tty);
    tty.expect("logged in as ada");
    assert_eq!(tty.wait(), 0);
    assert!(!scene.config().contains("secret"), "{}", scene.config());

    scene.world.tok(["refresh"]).run().code_is(0);
    let mut tty = scene.login(&[]);
    scene.answer_password(&mut tty);
    assert_eq!(tty.wait(), 0);
    assert!(!tty.output().contains("Client secret"), "{}", tty.output());
    scene.world.tok(["logout"]).run().code_is(0);
    assert!(scene.world.remaining().is_empty());

    let mut tty = scene.login(&[]);
    tty.expect("Client secret of basic");
    tty.send("\n");
    assert_eq!(tty.wait(), 2, "{}", tty.output());
}

/// A profile whose session is there, and a second client of the server.
fn settled() -> Scene {
    let scene = Scene::new();
    let other = Client { id: "other".into(), secret: String::new(), auth: ClientAuth::Public };
    scene.server.set(|setup| setup.clients.push(other));
    let mut tty = scene.login(&[]);
    scene.answer_password(&mut tty);
    assert_eq!(tty.wait(), 0);
    scene
}

#[test]
fn a_login_elsewhere_asks_before_it_changes_the_profile() {
    let scene = settled();
    let (config, requests) = (scene.config(), scene.server.http.log().requests.len());
    for answer in ["\n", "n\n", "no\n", "what\n"] {
        let mut tty = scene.login(&["--client-id", "other"]);
        let before = tty.expect("Change the profile and log in? [y/N] ");
        assert!(before.contains("Profile default names something else:\r\n") && before.contains("other"), "{before}");
        assert!(tty.echo());
        tty.send(answer);
        assert_eq!(tty.wait(), 1, "{}", tty.output());
        tty.output().find("nothing was changed").unwrap();
    }
    assert_eq!((scene.config(), scene.server.http.log().requests.len()), (config, requests));
    scene.is_logged_in();

    let mut tty = scene.login(&["--client-id", "other"]);
    tty.expect("[y/N] ");
    tty.send("y\n");
    scene.answer_password(&mut tty);
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    assert!(scene.config().contains("client-id = \"other\""), "{}", scene.config());
    scene.is_logged_in();
}

#[test]
fn a_changed_issuer_or_endpoint_is_asked_about_too() {
    let scene = settled();
    let config = scene.config();
    let endpoint = scene.server.url("/token");
    for change in [["--issuer", "https://127.0.0.1:1"], ["--token-endpoint", &endpoint]] {
        let mut tty = scene.login(&change);
        let before = tty.expect("[y/N] ");
        assert!(before.contains(change[1]), "{before}");
        tty.send("n\n");
        assert_eq!(tty.wait(), 1, "{}", tty.output());
    }
    assert_eq!(scene.config(), config);
}

#[test]
fn where_nobody_can_be_asked_a_login_elsewhere_is_refused() {
    let scene = settled();
    let (config, requests) = (scene.config(), scene.server.http.log().requests.len());
    let args = ["login", "--client-id", "other", "--password-stdin"];
    let output = scene.world.tok(args).stdin(scene.server.password("ada")).run().code_is(2);
    assert!(output.stderr.starts_with("tok: profile default names something else\n"), "{}", output.stderr);
    assert!(output.stderr.contains("hint: use another profile (-p NAME)"), "{}", output.stderr);
    assert_eq!((scene.config(), scene.server.http.log().requests.len()), (config, requests));
    let mut tty = scene.login(&["--client-id", "other", "--no-save"]);
    assert_eq!(tty.wait(), 2, "a session that is not the profile's: {}", tty.output());
    scene.is_logged_in();
}
