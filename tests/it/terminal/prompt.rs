//! The password prompt.

use std::fs::{self, File};

use super::Scene;
use crate::support::canary::Kind;
use crate::support::pty::{CTRL_D, SHELL_PROMPT, shell};
use crate::support::server::AuthServer;

#[test] // U02
fn it_names_user_and_origin_and_shows_nothing_that_is_typed() {
    let scene = Scene::new();
    let mut tty = scene.login(&[]);
    tty.expect(&scene.password_prompt());
    assert!(!tty.echo(), "the echo is off before the prompt is there");
    tty.send(&format!("{}\n", scene.server.password("ada")));
    tty.expect("logged in as ada");
    assert_eq!(tty.wait(), 0);
    assert_eq!(scene.server.count("password"), 1);
    scene.is_logged_in();
}

#[test] // U02
fn it_is_on_the_terminal_wherever_the_streams_go() {
    for (stdin, stdout, stderr) in
        [(true, false, false), (false, true, false), (false, false, true), (true, true, true)]
    {
        let scene = Scene::new();
        let file = |name| File::create(scene.world.path("tmp").join(name)).unwrap();
        let mut run = scene.world.tok(["login"]);
        if stdin {
            run = run.stdin_from(File::open("/dev/null").unwrap());
        }
        if stdout {
            run = run.stdout_to(file("stdout"));
        }
        if stderr {
            run = run.stderr_to(file("stderr"));
        }
        let mut tty = run.on_terminal();
        tty.expect(&scene.password_prompt());
        assert!(!tty.echo());
        tty.send(&format!("{}\n", scene.server.password("ada")));
        assert_eq!(tty.wait(), 0, "{}", tty.output());
        assert_eq!(tty.output().contains("logged in as ada"), !stderr);
        let text = |name| fs::read_to_string(scene.world.path("tmp").join(name)).unwrap_or_default();
        assert_eq!(text("stderr").contains("logged in as ada"), stderr);
        assert!(text("stdout").is_empty() && !text("stderr").contains("Password"));
        scene.is_logged_in();
    }
}

#[test] // U02
fn it_names_the_token_endpoints_origin_not_the_issuers() {
    let scene = Scene::new();
    let elsewhere = AuthServer::start(scene.world.canaries());
    let both = [&scene.server, &elsewhere].map(|server| {
        let folder = tempfile::tempdir().unwrap();
        fs::read_to_string(server.ca_file(folder.path())).unwrap()
    });
    let ca_file = scene.world.path("given/both.pem");
    fs::write(&ca_file, both.concat()).unwrap();
    let endpoint = elsewhere.url("/token");
    scene.server.set(|setup| {
        setup.edit_metadata = Some(std::sync::Arc::new(move |document| {
            document.insert("token_endpoint".into(), endpoint.clone().into());
        }));
    });
    let mut tty = scene.login(&["--ca-file", ca_file.to_str().unwrap()]);
    tty.expect(&format!("Password for ada at {}: ", elsewhere.url("")));
    tty.send(&format!("{}\n", elsewhere.password("ada")));
    tty.expect("logged in");
    assert_eq!(tty.wait(), 0);
    assert_eq!((scene.server.count("password"), elsewhere.count("password")), (0, 1));
}

#[test] // U01, U02
fn a_user_name_cannot_draw_on_the_screen() {
    let scene = Scene::new();
    let mut tty = scene.login(&["-u", "ada\u{202e}root"]);
    tty.expect(&format!("Password for ada\\u{{202e}}root at {}: ", scene.server.issuer()));
    tty.send(CTRL_D);
    assert_eq!(tty.wait(), 1);
    let mut tty = scene.login(&["--color", "never", "-u", "ada\u{1b}[2K\rroot at https://bank.example: "]);
    assert_eq!(tty.wait(), 2);
    assert_eq!(tty.output(), "tok: --username: the value holds a control character\r\n");
}

#[test] // U03
fn the_echo_is_back_after_an_answer() {
    let scene = Scene::new();
    let mut tty = shell(&scene.world, crate::tok());
    tty.send("tok login\n");
    tty.expect(&scene.password_prompt());
    assert!(!tty.echo());
    tty.send("wrong\n");
    tty.expect(SHELL_PROMPT);
    assert!(tty.echo());
    tty.send("echo code=$?\n");
    tty.expect("code=4");
    assert!(!tty.output().contains("wrong\r"));
}

#[test] // I05
fn an_unusable_password_is_refused_before_any_request() {
    let control = "a control character was typed";
    for (typed, why) in [("\n", "it is empty"), ("a\0b\n", control), ("a\tb\n", control)] {
        let scene = Scene::new();
        let mut tty = scene.login(&[]);
        tty.expect(&scene.password_prompt());
        tty.send(typed);
        assert_eq!(tty.wait(), 2, "{}", tty.output());
        assert!(tty.output().contains(why), "{}", tty.output());
        assert_eq!(scene.server.count("password"), 0);
        scene.is_not_logged_in();
    }
}

#[test]
fn the_end_of_the_input_is_no_password() {
    let scene = Scene::new();
    let mut tty = scene.login(&[]);
    tty.expect(&scene.password_prompt());
    tty.send(CTRL_D);
    assert_eq!(tty.wait(), 1, "{}", tty.output());
    assert_eq!(scene.server.count("password"), 0);
}

#[test] // I05
fn a_line_can_be_begun_anew_and_keys_without_text_do_not_matter() {
    let scene = Scene::new();
    let mut tty = scene.login(&[]);
    tty.expect(&scene.password_prompt());
    // A tab, the line deleted, an arrow, a slip taken back.
    tty.send(&format!("\tslip\x15\x1b[C{}x\x7f\n", scene.server.password("ada")));
    assert_eq!(tty.wait(), 0, "{}", tty.output());
}

#[test] // I05
fn edge_spaces_and_accents_belong_to_the_password_as_they_are_typed() {
    for (before, after) in
        [(" ", " "), ("  ", ""), ("\u{e9}", "e\u{301}"), ("e\u{301}", "\u{e9}"), ("\u{a0}", "\u{1f980}")]
    {
        let scene = Scene::new();
        let password = format!("{before}{}{after}", scene.world.canaries().make(Kind::Password));
        scene.server.set(|setup| drop(setup.users.insert("ada".into(), password)));
        let mut tty = scene.login(&[]);
        scene.answer_password(&mut tty);
        assert_eq!(tty.wait(), 0, "{before:?}: {}", tty.output());
    }
}
