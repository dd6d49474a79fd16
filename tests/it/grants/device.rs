//! A code that is entered elsewhere. The server's interval is 0, so that nobody waits; that nobody is faster than told is
//! proved where the clock is a parameter (`oauth::device`).

use serde_json::json;

use crate::scene::{Scene, toml};
use crate::support::pty::{CTRL_C, Pty};
use crate::support::run::Run;
use crate::support::server::Answer;
use crate::support::server::grants::USER_CODE;

const CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn scene() -> Scene {
    let scene = Scene::bare();
    scene.configure(&[("grant", "'device'"), ("username", ""), ("password-file", "")]);
    scene
}

/// How the next questions are answered.
fn answers(scene: &Scene, codes: &[&str]) {
    let answers: Vec<Answer> = codes.iter().map(|code| Answer::error(400, code)).collect();
    scene.server.set(|setup| setup.grants.device_answers.extend(answers));
}

fn login(scene: &Scene, words: &str) -> Pty {
    on_terminal(scene.tok(words))
}

/// A terminal that is wide enough for a picture.
fn on_terminal(run: Run) -> Pty {
    let tty = run.env("LANG", "C.UTF-8").env("NO_COLOR", "1").on_terminal();
    tty.resize(50, 100);
    tty
}

#[test] // P16, U02
fn a_person_enters_a_code_and_is_logged_in() {
    let scene = scene();
    answers(&scene, &["authorization_pending", "authorization_pending"]);
    let mut tty = login(&scene, "login --scope a");
    tty.expect("Open this address in any browser, on any device (tok opens nothing by itself):\r\n");
    tty.expect(&format!("  {}/activate\r\n", scene.server.issuer()));
    tty.expect(&format!("  {USER_CODE}\r\n"));
    tty.expect("tok: logged in as tok; the session of profile work is in the file store");
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    assert_eq!((scene.server.count(CODE), scene.server.count("password")), (3, 0));
    // What is asked for is said when the codes are asked for.
    let log = scene.server.log();
    let begun = log.to("/device");
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].form(), [("scope".to_owned(), "a".to_owned()), ("client_id".to_owned(), "tok".to_owned())]);
    let names: Vec<String> = scene.last_token_request().form().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "device_code", "client_id"]);
    scene.token();
    let shown = scene.shown();
    assert_eq!((&shown["grant"], &shown["refresh_token"]), (&json!("device"), &json!(true)));
    // The session is refreshed as any other; the grant, which needs a person, is not run again.
    scene.tok("refresh").run().ok();
    assert_eq!((scene.server.count("refresh_token"), scene.server.count(CODE)), (1, 3));
}

#[test] // RFC 8707 §2.2: later tokens may be for nothing else
fn a_device_asks_for_what_the_services_get_too_and_its_token_is_for_the_profile() {
    let scene = Scene::bare();
    let keys = [("grant", "'device'"), ("username", ""), ("password-file", ""), ("resource", "['https://r1/']")];
    let bind = "[profiles.work.bind]\n'https://a' = { as = 'bearer', resource = ['https://r2/'] }\n";
    scene.world.write_config(&format!("default-profile = 'work'\n{}{bind}", scene.profile("work", &keys)));
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    let resources = |form: Vec<(String, String)>| -> Vec<String> {
        form.into_iter().filter(|(name, _)| name == "resource").map(|(_, value)| value).collect()
    };
    assert_eq!(resources(scene.server.log().to("/device")[0].form()), ["https://r1/", "https://r2/"]);
    assert_eq!(resources(scene.last_token_request().form()), ["https://r1/"]);
}

#[test] // P16
fn without_a_person_a_device_session_that_ended_is_not_made_anew() {
    let scene = scene();
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    scene.server.realm(|realm| realm.end_all_sessions());
    scene.tok("refresh").run().code_is(3);
    let output = scene.tok("token").run().code_is(3);
    assert!(output.stderr.contains("the grant device needs a person"), "{}", output.stderr);
    assert_eq!(scene.server.count(CODE), 1);
}

/// What a terminal shows of a login.
fn shown(scene: &Scene, change: impl FnOnce(Run) -> Run) -> String {
    let mut tty = change(scene.tok("login").env("LANG", "C.UTF-8")).on_terminal();
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    tty.output()
}

#[test] // U05
fn a_picture_is_drawn_where_there_is_room_and_the_address_written_where_there_is_none() {
    let scene = scene();
    let complete = format!("  {}/activate?user_code={USER_CODE}\r\n", scene.server.issuer());
    // It has 80 columns, as any.
    let drawn = shown(&scene, |run| run);
    assert!(drawn.contains("or scan this, which has the code in it") && drawn.contains('\u{2588}'), "{drawn}");
    assert!(drawn.contains("\x1b[97;40m") && !drawn.contains(&complete), "{drawn}");
    let plain = shown(&scene, |run| run.arg("--color=never"));
    assert!(plain.contains('\u{2588}') && !plain.contains("\x1b[97;40m"), "{plain}");
    for (name, value) in [("TERM", "dumb"), ("LC_ALL", "C")] {
        let written = shown(&scene, |run| run.env(name, value));
        assert!(written.contains(&complete) && !written.contains('\u{2588}'), "{name}: {written}");
    }
    // Standard error is no terminal; the questions would still be answered there.
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    let nothing = shown(&scene, |run| run.stderr_to(elsewhere.reopen().unwrap()));
    let written = std::fs::read_to_string(elsewhere.path()).unwrap();
    assert!(!nothing.contains("Open this") && written.contains(&complete.replace('\r', "")), "{written}");
    assert!(!written.contains('\u{2588}') && !written.contains('\x1b'), "{written}");
    // Even if quiet: without the code nobody can log in.
    assert!(shown(&scene, |run| run.arg("-q")).contains(USER_CODE));
}

#[test] // U01, U05
fn hostile_codes_and_pages_draw_nothing() {
    let scene = scene();
    scene.server.set(|setup| {
        setup.grants.edit_device = Some(std::sync::Arc::new(|answer| {
            answer.insert("user_code".into(), "\x1b]0;evil\x07\u{202e}ABC\r\nroot#".into());
            answer.insert("verification_uri_complete".into(), "https://evil.example/?user_code=1".into());
        }));
    });
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 0);
    let output = tty.output();
    assert!(output.contains("  \\u{1b}]0;evil\\u{7}\\u{202e}ABC\\u{d}\\u{a}root#\r\n"), "{output:?}");
    assert!(!output.contains("evil.example") && !output.contains('\u{2588}'), "{output:?}");
    for page in ["http://sso.example/device", "javascript:alert(1)", "https://ada:pw@sso.example/"] {
        let page = page.to_owned();
        scene.server.set(|setup| {
            setup.grants.edit_device = Some(std::sync::Arc::new(move |answer| {
                answer.insert("verification_uri".into(), page.as_str().into());
            }));
        });
        let mut tty = login(&scene, "login");
        assert_eq!(tty.wait(), 1, "{}", tty.output());
        assert!(tty.output().contains("the server names a page at which nobody should log in"), "{}", tty.output());
        assert!(!tty.output().contains(USER_CODE) && !tty.output().contains("pw@"), "{}", tty.output());
    }
    assert_eq!(scene.server.count(CODE), 1);
}

#[test] // P16
fn a_denial_and_an_end_are_told_apart() {
    for (code, exit, said) in [
        ("access_denied", 4, "tok: the login was denied in the browser"),
        ("expired_token", 5, "tok: the code was not entered in time"),
        ("invalid_grant", 4, "caused by: the server refused the request (HTTP 400): invalid_grant"),
    ] {
        let scene = scene();
        answers(&scene, &["authorization_pending", code]);
        let mut tty = login(&scene, "login");
        assert_eq!(tty.wait(), exit, "{}", tty.output());
        assert!(tty.output().contains(said), "{code}: {}", tty.output());
        assert_eq!(scene.server.count(CODE), 2);
        assert!(scene.sessions().is_empty());
    }
    // A code that is good for no time is not asked for.
    let scene = scene();
    scene.server.set(|setup| setup.grants.device_expires_in = json!(0));
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 5, "{}", tty.output());
    assert_eq!(scene.server.count(CODE), 0);
}

#[test] // P16
fn a_server_that_is_away_for_a_moment_is_asked_again() {
    let scene = scene();
    scene.server.fail_tokens(1, &Answer::empty(503));
    scene.server.fail_tokens(1, &Answer::reset());
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    assert_eq!(scene.server.count(CODE), 3);
}

#[test] // C08
fn ctrl_c_ends_the_wait_at_once() {
    let scene = scene();
    // Whoever waits an hour for the next question is not found asking.
    scene.server.set(|setup| setup.grants.interval = Some(json!(3600)));
    scene.server.set(|setup| setup.grants.device_expires_in = json!(7200));
    let mut tty = login(&scene, "login");
    tty.expect(" left, waiting until you are done at 127.0.0.1");
    tty.send(CTRL_C);
    assert_eq!(tty.wait(), 130, "{}", tty.output());
    assert!(scene.server.count(CODE) == 0 && scene.sessions().is_empty());
}

#[test] // C08
fn ctrl_c_during_the_last_question_waits_for_the_session() {
    let scene = scene();
    let gate = scene.server.hold_tokens();
    let mut tty = login(&scene, "login");
    gate.wait_for_waiting(1);
    tty.send(CTRL_C);
    tty.expect("tok: finishing first, so that nothing is lost; Ctrl-C again abandons");
    gate.open();
    assert_eq!(tty.wait(), 130, "{}", tty.output());
    assert_eq!(scene.sessions().len(), 1);
    scene.token();
}

#[test] // C08
fn ctrl_c_during_another_question_ends_it_after_the_answer() {
    let scene = scene();
    answers(&scene, &["authorization_pending"]);
    let gate = scene.server.hold_tokens();
    let mut tty = login(&scene, "login");
    gate.wait_for_waiting(1);
    tty.send(CTRL_C);
    tty.expect("tok: finishing first");
    gate.open();
    assert_eq!(tty.wait(), 130, "{}", tty.output());
    assert_eq!(scene.server.count(CODE), 1);
    assert!(scene.sessions().is_empty());
}

#[test] // U04
fn without_a_terminal_nobody_is_waited_for() {
    let scene = scene();
    let output = scene.tok("login").run().code_is(2);
    assert!(output.stderr.starts_with("tok: this grant needs a person at a terminal\n"), "{}", output.stderr);
    assert_eq!(scene.requests(), 0);
}

#[test] // P16
fn the_endpoint_may_be_named_and_a_server_without_one_is_told() {
    let scene = scene();
    let (token, device) = (toml(&scene.server.url("/token")), toml(&scene.server.url("/device")));
    let keys = [("grant", "'device'"), ("username", ""), ("password-file", ""), ("issuer", "")];
    scene.configure(&[&keys[..], &[("token-endpoint", &token), ("device-endpoint", &device)]].concat());
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 0, "{}", tty.output());
    scene.configure(&[&keys[..], &[("token-endpoint", &token)]].concat());
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 2, "{}", tty.output());
    assert!(tty.output().contains("the server names no endpoint for the grant device"), "{}", tty.output());
}

#[test] // P01
fn a_refused_password_leads_to_the_code_in_words_only() {
    let scene = Scene::new();
    let mfa = Answer::json(400, json!({ "error": "invalid_grant", "error_description": "MFA is required" }));
    scene.server.fail_tokens(1, &mfa);
    let mut tty = login(&scene, "login");
    assert_eq!(tty.wait(), 4, "{}", tty.output());
    assert!(tty.output().contains("the server also has: browser, device: "), "{}", tty.output());
    assert!(tty.output().contains(": tok login --grant browser\r\n"), "{}", tty.output());
    assert_eq!((scene.server.count("password"), scene.posts()), (1, 1));
}
