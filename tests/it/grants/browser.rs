//! The login page in a browser: PKCE, `state`, `iss`, the way back on loopback or by hand, pushed requests.
//!
//! The browser is a script that writes down what it is to open; the test goes there itself.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustix::termios::LocalModes;

use crate::stage::poll;
use crate::support::process::write_program;
use crate::support::pty::{CTRL_C, CTRL_D, CTRL_Z, Pty, SHELL_PROMPT, shell};
use crate::support::run::World;
use crate::support::server::AuthServer;
use crate::support::server::setup::EditRedirect;

/// What asks for the address where no browser is opened.
const ASKED: &str = "Address (not shown, Enter at its end): ";

/// A home whose profile logs in by browser, and the browser.
struct Scene {
    world: World,
    server: AuthServer,
}

impl Scene {
    fn new(lines: &str) -> Self {
        let world = crate::world();
        world.allow_file_store();
        let server = AuthServer::start_http(world.canaries());
        let issuer = server.issuer();
        let scene = Self { world, server };
        scene.world.write_config(&format!(
            "[profiles.default]\nissuer = \"{issuer}\"\ngrant = \"browser\"\nstore = \"file\"\n{}{lines}\n",
            if lines.contains("client-id") { "" } else { "client-id = \"tok\"\n" }
        ));
        let browser = scene.world.path("home/browser");
        // What it finds around itself is searched for secrets, as every file is (M04).
        let script = "#!/bin/sh\nenv >\"$0.env\"\necho noise; echo noise >&2\nprintf %s \"$1\" >\"$0.tmp\"\n\
                      mv \"$0.tmp\" \"$0.url\"\n";
        write_program(&browser, script);
        scene.world.set_env("BROWSER", &browser);
        scene.world.set_env("NO_COLOR", "1");
        scene
    }

    fn usual() -> Self {
        Self::new("scopes = [\"openid\", \"offline_access\"]")
    }

    fn login(&self, more: &[&str]) -> Pty {
        self.world.tok(["login"].iter().chain(more)).on_terminal()
    }

    fn opened_file(&self) -> PathBuf {
        self.world.path("home/browser.url")
    }

    /// What the browser is to open.
    fn opened(&self) -> String {
        poll("the browser", || self.opened_file().exists());
        let url = fs::read_to_string(self.opened_file()).unwrap();
        fs::remove_file(self.opened_file()).unwrap();
        url
    }

    /// Where the login page sends a browser that comes by this address.
    fn agree(&self, url: &str) -> String {
        let page = get(url);
        assert!(page.starts_with("HTTP/1.1 302 "), "{page}");
        page.lines().find_map(|line| line.strip_prefix("Location: ")).unwrap().to_owned()
    }

    /// The whole way of a browser: the page that it ends at.
    fn browse(&self, url: &str) -> String {
        get(&self.agree(url))
    }

    fn edit(&self, edit: impl Fn(&mut Vec<(String, String)>) + Send + Sync + 'static) {
        let edit: EditRedirect = Arc::new(edit);
        self.server.set(|setup| setup.edit_redirect = Some(edit));
    }

    fn exchanges(&self) -> usize {
        self.server.count("authorization_code")
    }

    fn is_logged_in(&self) {
        let token = self.world.tok(["token"]).run().ok().line().to_owned();
        assert!(self.server.realm(|realm| realm.who(&token).is_some()));
    }

    fn is_not_logged_in(&self) {
        self.world.tok(["token"]).run().code_is(3);
    }
}

fn get(url: &str) -> String {
    request(url, "")
}

/// A GET with more headers, and all of the answer.
fn request(url: &str, headers: &str) -> String {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The address that is shown, alone on its line.
fn shown(tty: &mut Pty) -> String {
    tty.expect("\r\n  http://");
    format!("http://{}", tty.expect("\r\n"))
}

fn set(parameters: &mut Vec<(String, String)>, name: &str, value: &str) {
    parameters.retain(|(known, _)| known != name);
    parameters.push((name.to_owned(), value.to_owned()));
}

#[track_caller]
fn ended(mut tty: Pty, code: i32, said: &[&str]) -> String {
    assert_eq!(tty.wait(), code, "{}", tty.output());
    let output = tty.output();
    for text in said {
        assert!(output.contains(text), "{text:?} is not in {output}");
    }
    output
}

#[test] // P16, U05, M04
fn a_login_in_the_browser() {
    let scene = Scene::new(
        "client-id = \"basic\"\nscopes = [\"openid\", \"a\"]\naudience = [\"api\"]\nresource = [\"https://r1/\", \
         \"https://r2/\"]\nextra = { prompt = \"consent\" }",
    );
    let secret = scene.server.client_secret("basic");
    let login = scene.world.tok(["login", "-vv", "--store", "file"]).env("TOK_CLIENT_SECRET", secret.as_str());
    let mut tty = login.on_terminal();
    tty.expect(&format!("tok: the login page of {} is opened in the browser; its address:\r\n", scene.server.issuer()));
    let url = shown(&mut tty);
    assert_eq!(scene.opened(), url);
    assert!(url.starts_with(&scene.server.url("/authorize?")), "{url}");
    let page = scene.browse(&url);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("You can close this window"), "{page}");
    let output = ended(tty, 0, &["tok: logged in as "]);
    assert!(!output.contains("noise") && !output.contains("Address ("), "{output}");
    let asked = scene.server.asked();
    let values = |name: &str| -> Vec<&str> {
        asked[0].iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    };
    assert_eq!((values("scope"), values("audience")), (vec!["openid a"], vec!["api"]));
    assert_eq!((values("resource"), values("prompt")), (vec!["https://r1/", "https://r2/"], vec!["consent"]));
    let log = scene.server.log();
    let exchange = log.requests.iter().find(|request| request.path() == "/token").unwrap();
    assert_eq!(exchange.param("redirect_uri").as_deref(), Some(values("redirect_uri")[0]));
    assert!(exchange.header("authorization").is_some() && exchange.param("scope").is_none());
    assert_eq!(scene.exchanges(), 1);
    // Its environment is there, and is searched at the end.
    assert!(fs::read_to_string(scene.world.path("home/browser.env")).unwrap().contains("PATH=/usr/bin:/bin"));
}

#[test] // RFC 8707 §2.2: later tokens may be for nothing else
fn a_login_asks_for_what_the_services_get_too_and_its_token_is_for_the_profile() {
    const BIND: &str = "[profiles.default.bind]\n\"https://a\" = { as = \"bearer\", resource = [\"https://r1/\", \
                        \"https://r2/\"] }\n\"https://b\" = { as = \"bearer\", resource = [\"https://r3/\"], exchange = true }";
    for (own, asked, token) in
        [("resource = [\"https://r1/\"]\n", &["https://r1/", "https://r2/"][..], &["https://r1/"][..]), ("", &[], &[])]
    {
        let scene = Scene::new(&format!("{own}{BIND}"));
        let mut tty = scene.login(&[]);
        scene.browse(&scene.opened());
        assert_eq!(tty.wait(), 0, "{}", tty.output());
        let resources = |form: &[(String, String)]| -> Vec<String> {
            form.iter().filter(|(name, _)| name == "resource").map(|(_, value)| value.clone()).collect()
        };
        let log = scene.server.log();
        let exchange = log.requests.iter().find(|request| request.path() == "/token").unwrap();
        assert_eq!(resources(&scene.server.asked()[0]), asked);
        assert_eq!(resources(&exchange.form()), token);
    }
}

#[test] // P16
fn the_session_is_one_like_any_other() {
    let scene = Scene::usual();
    let mut tty = scene.login(&[]);
    let page = scene.browse(&shown(&mut tty));
    assert!(!page.contains("script") && page.contains("\r\nCache-Control: no-store\r\n"), "{page}");
    ended(tty, 0, &["logged in as tok", "profile default"]);
    scene.is_logged_in();
    scene.world.tok(["refresh"]).run().ok();
    scene.is_logged_in();
    scene.world.tok(["logout"]).run().ok();
    assert!(scene.world.remaining().is_empty());
}

#[test] // P16
fn no_two_logins_ask_alike() {
    let scene = Scene::usual();
    for _ in 0..2 {
        let mut tty = scene.login(&[]);
        scene.browse(&shown(&mut tty));
        ended(tty, 0, &[]);
    }
    let asked = scene.server.asked();
    for name in ["state", "nonce", "code_challenge"] {
        let of =
            |parameters: &Vec<(String, String)>| parameters.iter().find(|(known, _)| known == name).cloned().unwrap();
        assert_ne!(of(&asked[0]), of(&asked[1]), "{name}");
    }
}

#[test] // P16, U03
fn an_address_that_is_pasted() {
    let scene = Scene::usual();
    let mut tty = scene.login(&["--no-browser"]);
    tty.expect(&format!("tok: open the login page of {} in a browser", scene.server.issuer()));
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    assert!(!scene.opened_file().exists());
    // The code of another login, and nonsense.
    for wrong in ["http://127.0.0.1:1/callback?code=x&state=y\n", "hello\n", "\n"] {
        tty.send(wrong);
        tty.expect(if wrong == "\n" { "that cannot be used" } else { "that is not the address of this login" });
        tty.expect(ASKED);
    }
    let ended_at = scene.agree(&url);
    tty.send(&format!("{ended_at}\n"));
    ended(tty, 0, &["logged in"]);
    assert_eq!(scene.exchanges(), 1);
    scene.is_logged_in();
}

#[test] // P16
fn an_address_longer_than_a_terminals_line_and_code_and_state_alone() {
    let scene = Scene::usual();
    let mut tty = scene.login(&["--no-browser"]);
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    tty.send(&format!("{}&filler={}\n", scene.agree(&url), "x".repeat(9000)));
    ended(tty, 0, &["logged in"]);

    let mut tty = scene.login(&["--no-browser"]);
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    let at = scene.agree(&url);
    let of = |name: &str| at.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
    // RFC 9207 wants the issuer, which is in the whole address only.
    tty.send(&format!("{}#{}\n", of("code"), of("state")));
    ended(tty, 1, &["no \"iss\""]);
    scene.server.set(|setup| setup.names_itself = false);
    let mut tty = scene.login(&["--no-browser"]);
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    let at = scene.agree(&url);
    let of = |name: &str| at.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
    tty.send(&format!("{}#{}\n", of("code"), of("state")));
    ended(tty, 0, &["logged in"]);
}

#[test] // P16, U03
fn whichever_comes_first_and_the_terminal_is_as_it_was() {
    let scene = Scene::usual();
    let mut tty = shell(&scene.world, crate::tok());
    tty.send("tok login --no-browser\n");
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    tty.send("echo half an address");
    scene.browse(&url);
    tty.expect("logged in");
    tty.expect(SHELL_PROMPT);
    assert!(tty.modes().contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG), "{:?}", tty.modes());
    tty.send("\n");
    let after = tty.expect(SHELL_PROMPT);
    assert!(!after.contains("half"), "what was typed went to the shell: {after}");
    scene.is_logged_in();
}

#[test] // U03
fn stopped_and_continued_while_it_asks() {
    let scene = Scene::usual();
    let mut tty = shell(&scene.world, crate::tok());
    tty.send("tok login --no-browser\n");
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    tty.send(CTRL_Z);
    tty.expect("Stopped");
    tty.expect(SHELL_PROMPT);
    assert!(tty.echo());
    tty.send("fg\n");
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    scene.browse(&url);
    tty.expect("logged in");
}

#[test] // P16
fn who_ends_the_input_can_still_come_back_by_browser() {
    let scene = Scene::usual();
    let mut tty = scene.login(&["--no-browser"]);
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    tty.send(CTRL_D);
    tty.wait_for_echo(true);
    scene.browse(&url);
    ended(tty, 0, &["logged in"]);
}

#[test] // U03
fn ctrl_c_ends_it_at_once() {
    let scene = Scene::usual();
    for more in [&["--no-browser"][..], &[]] {
        let mut tty = scene.login(more);
        let url = shown(&mut tty);
        if more.is_empty() {
            assert_eq!(scene.opened(), url);
            tty.expect("waiting for the login page, 10 min at most");
        } else {
            tty.expect(ASKED);
            tty.wait_for_echo(false);
        }
        let back = scene.agree(&url);
        tty.send(CTRL_C);
        ended(tty, 130, &[]);
        let host = back.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        assert!(TcpStream::connect(host).is_err(), "nobody listens any more");
    }
    assert_eq!(scene.exchanges(), 0);
    scene.is_not_logged_in();
}

#[test] // P16, P11
fn a_refusal_at_the_login_page() {
    let scene = Scene::usual();
    for (code, exit, said) in [
        ("access_denied", 4, "hint: somebody said no at the login page"),
        ("invalid_scope", 4, "hint: check the scopes"),
        ("unauthorized_client", 4, "hint: check client-id and redirect-uri"),
        ("temporarily_unavailable", 5, "hint: try again later"),
    ] {
        scene.edit(move |parameters| {
            parameters.retain(|(name, _)| name != "code");
            set(parameters, "error", code);
            set(parameters, "error_description", "<b>so it is\x1b[2J</b>");
        });
        let mut tty = scene.login(&[]);
        let page = scene.browse(&shown(&mut tty));
        assert!(page.contains("The login was refused") && !page.contains("so it is"), "{page}");
        ended(tty, exit, &[&format!("the server refused the request: {code}: <b>so it is\\u{{1b}}[2J</b>"), said]);
    }
    assert_eq!(scene.exchanges(), 0);
    scene.is_not_logged_in();
}

#[test] // P16
fn another_logins_state_ends_nothing() {
    let scene = Scene::usual();
    let mut tty = scene.login(&[]);
    let back = scene.agree(&shown(&mut tty));
    let (base, _) = back.split_once('?').unwrap();
    for query in ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y", "?error=access_denied"] {
        let page = get(&format!("{base}{query}"));
        assert!(page.starts_with("HTTP/1.1 400 ") && page.contains("does not belong to the login"), "{query}: {page}");
    }
    let page = get(&format!("{back}&state=y"));
    assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
    assert_eq!(scene.exchanges(), 0);
    assert!(get(&back).starts_with("HTTP/1.1 200 "));
    ended(tty, 0, &["logged in"]);
    assert_eq!(scene.exchanges(), 1);
}

#[test] // P16
fn what_else_browsers_and_neighbours_do_ends_nothing() {
    let scene = Scene::usual();
    let mut tty = scene.login(&[]);
    let back = scene.agree(&shown(&mut tty));
    let host = back.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let _silent: Vec<TcpStream> = (0..6).map(|_| TcpStream::connect(&host).unwrap()).collect();
    let mut half = TcpStream::connect(&host).unwrap();
    half.write_all(b"GET /callback").unwrap();
    assert!(get(&format!("http://{host}/favicon.ico")).starts_with("HTTP/1.1 404 "));
    let mut elsewhere = TcpStream::connect(&host).unwrap();
    let target = back.trim_start_matches("http://").split_once('/').unwrap().1;
    elsewhere.write_all(format!("GET /{target} HTTP/1.1\r\nHost: evil.example\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    elsewhere.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
    assert!(request(&back, "Cookie: a=b\r\n").starts_with("HTTP/1.1 200 "));
    ended(tty, 0, &["logged in"]);
}

#[test] // P16
fn a_mix_up_is_refused() {
    let scene = Scene::usual();
    type Change = fn(&mut Vec<(String, String)>);
    let changes: [(Change, &str); 5] = [
        (|p| set(p, "iss", "https://evil.example"), "the redirect is from another server: \"https://evil.example\""),
        (
            |p| {
                let iss = p.iter().find(|(name, _)| name == "iss").unwrap().1.clone();
                set(p, "iss", &format!("{iss}/"));
            },
            "the redirect is from another server",
        ),
        (|p| p.retain(|(name, _)| name != "iss"), "(no \"iss\")"),
        (|p| p.push(("code".into(), "second".into())), "has \"code\" more than once"),
        (|p| p.retain(|(name, _)| name != "code"), "has no \"code\""),
    ];
    for (change, said) in changes {
        scene.edit(change);
        let mut tty = scene.login(&[]);
        let page = scene.browse(&shown(&mut tty));
        assert!(page.starts_with("HTTP/1.1 400 ") && page.contains("The login was refused"), "{page}");
        ended(tty, 1, &[said, "hint: the code was sent nowhere"]);
    }
    assert_eq!(scene.exchanges(), 0);
    scene.is_not_logged_in();
}

#[test] // P16
fn an_id_token_of_another_login_is_refused_with_all_that_came() {
    let scene = Scene::usual();
    let gate = scene.server.hold_tokens();
    let mut tty = scene.login(&[]);
    let url = shown(&mut tty);
    // The server takes another nonce for ours.
    let changed = url.split('&').map(|pair| if pair.starts_with("nonce=") { "nonce=other" } else { pair });
    let changed = changed.collect::<Vec<_>>().join("&");
    scene.browse(&changed);
    gate.wait_for_waiting(1);
    gate.open();
    ended(tty, 1, &["the ID token does not belong to this login"]);
    scene.is_not_logged_in();
}

#[test] // P16, P11
fn a_code_that_the_server_does_not_take() {
    let scene = Scene::usual();
    let mut tty = scene.login(&[]);
    let url = shown(&mut tty);
    // The server is made to expect another verifier.
    let challenge = "x".repeat(43);
    let changed = url.split('&').map(|pair| {
        if pair.starts_with("code_challenge=") { format!("code_challenge={challenge}") } else { pair.to_owned() }
    });
    scene.browse(&changed.collect::<Vec<_>>().join("&"));
    ended(tty, 4, &["invalid_grant"]);
    assert_eq!(scene.exchanges(), 1, "a code is never sent twice");
    scene.is_not_logged_in();
}

#[test] // P16
fn the_way_back_that_is_registered() {
    if TcpListener::bind("[::1]:0").is_err() {
        eprintln!("no IPv6 here");
        return;
    }
    for (uri, begins) in [
        ("http://[::1]/a/b", "http://[::1]:"),
        ("http://localhost/a/b", "http://localhost:"),
        ("http://127.0.0.1/a/b?x=1", "http://127.0.0.1:"),
    ] {
        let scene = Scene::new(&format!("redirect-uri = \"{uri}\""));
        let mut tty = scene.login(&[]);
        let back = scene.agree(&shown(&mut tty));
        assert!(back.starts_with(begins) && back.contains("/a/b?"), "{back}");
        assert!(get(&back).starts_with("HTTP/1.1 200 "));
        ended(tty, 0, &["logged in"]);
        scene.is_logged_in();
    }
}

#[test] // P16
fn a_port_that_is_named_is_taken_or_missed() {
    let scene = Scene::new("");
    // Another login has it, which is a process of its own: what this one opens may live on in one that is being started.
    let mut other = scene.login(&[]);
    let back = scene.agree(&shown(&mut other));
    let port = back.trim_start_matches("http://127.0.0.1:").split('/').next().unwrap();
    let uri = format!("http://127.0.0.1:{port}/cb");
    let named = || scene.login(&["--redirect-uri", &uri]);
    ended(named(), 2, &[&format!("port {port}, which redirect-uri names, is taken"), "hint: end that program"]);
    other.send(CTRL_C);
    assert_eq!(other.wait(), 130, "{}", other.output());
    let mut tty = named();
    let back = scene.agree(&shown(&mut tty));
    assert!(back.starts_with(&format!("http://127.0.0.1:{port}/cb?")), "{back}");
    get(&back);
    ended(tty, 0, &["logged in"]);
    let elsewhere = scene.login(&["--redirect-uri", "https://app.example/cb"]);
    ended(elsewhere, 2, &["redirect-uri is not http to 127.0.0.1", "hint: use a loopback address"]);
}

#[test] // P16, P05
fn a_request_that_is_sent_ahead() {
    for (client, demanded) in [("tok", true), ("basic", true), ("post", true), ("tok", false)] {
        let scene = Scene::new(&format!(
            "client-id = \"{client}\"\nclient-auth = \"{}\"",
            match client {
                "tok" => "none",
                other => other,
            }
        ));
        scene.server.set(|setup| setup.requires_par = demanded);
        let secret = scene.server.client_secret(client);
        let file = scene.world.secret_file("client-secret", &secret);
        let mut words = vec!["login".to_owned()];
        if client != "tok" {
            words.extend(["--client-secret-file".to_owned(), file.display().to_string()]);
        }
        if !demanded {
            words.extend(["--par-endpoint".to_owned(), scene.server.url("/par")]);
        }
        let mut tty = scene.world.tok(&words).on_terminal();
        let url = shown(&mut tty);
        let (_, query) = url.split_once('?').unwrap();
        let names: Vec<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
        assert_eq!(names, ["client_id", "request_uri"], "{url}");
        scene.browse(&url);
        ended(tty, 0, &["logged in", "for 60 s"]);
        let pushed = scene.server.log().requests.iter().filter(|request| request.path() == "/par").count();
        assert_eq!(pushed, 1);
    }
}

#[test] // P16
fn a_push_that_fails_opens_nothing() {
    let scene = Scene::usual();
    for (path, exit, said) in [("/nowhere", 2, "nothing at this address takes"), ("/par", 4, "invalid_client")] {
        let par = scene.server.url(path);
        let tty = scene.login(&[
            "--par-endpoint",
            &par,
            "--client-id",
            "nobody",
            "--no-save",
            "-p",
            "other",
            "--issuer",
            &scene.server.issuer(),
            "--grant",
            "browser",
            "--store",
            "none",
        ]);
        ended(tty, exit, &["the request could not be announced to ", said, "hint: check "]);
    }
    assert!(!scene.opened_file().exists());
}

#[test] // U05
fn where_no_browser_starts_the_address_is_shown_and_asked_for() {
    let scene = Scene::usual();
    scene.world.set_env("BROWSER", "/nowhere/browser:/bin/false");
    // Whoever runs this may have an xdg-open.
    scene.world.set_env("PATH", "/nowhere");
    let mut tty = scene.login(&[]);
    tty.expect("tok: warning: no browser could be started");
    let url = shown(&mut tty);
    tty.expect(ASKED);
    tty.wait_for_echo(false);
    tty.send(&format!("{}\n", scene.agree(&url)));
    ended(tty, 0, &["logged in"]);
}

#[test]
fn over_ssh_nothing_is_opened() {
    let scene = Scene::usual();
    scene.world.set_env("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
    let mut tty = scene.login(&["-q"]);
    let url = shown(&mut tty);
    tty.expect(ASKED);
    scene.browse(&url);
    let output = ended(tty, 0, &[]);
    assert!(!scene.opened_file().exists() && !output.contains("logged in"), "{output}");
    scene.is_logged_in();
}

#[test] // U04
fn without_a_terminal_nothing_is_asked_or_sent() {
    let scene = Scene::usual();
    let output = scene.world.tok(["login"]).run().code_is(2);
    assert!(output.stderr.contains("this grant needs a person at a terminal"), "{}", output.stderr);
    assert!(scene.server.log().requests.is_empty() && !scene.opened_file().exists());
}
