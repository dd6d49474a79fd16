//! The login page in a browser, and the way back to `tok`.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use super::userinfo;
use crate::harness::{DEADLINE, Sandbox, write_program};
use crate::person::{Person, curl};
use crate::server::{Server, oidc_provider};
use crate::terminal::Terminal;

const LINES: &str = "grant = \"browser\"\nscopes = [\"openid\", \"offline_access\", \"read\"]";

/// OpenID Connect Core §11: without it this server gives no refresh token.
const CONSENT: [&str; 2] = ["--extra", "prompt=consent"];

/// Makes this script the browser of the sandbox.
fn install(sandbox: &Sandbox, script: &str) -> PathBuf {
    // The one folder that is not searched: some scripts know the password.
    let browser = sandbox.path("given/browser");
    write_program(&browser, script);
    sandbox.set("BROWSER", browser.to_str().unwrap());
    browser
}

/// A browser that writes down what it is to open.
fn install_notebook(sandbox: &Sandbox) -> PathBuf {
    install(sandbox, "#!/bin/sh\nprintf %s \"$1\" >\"$0.new\" && mv \"$0.new\" \"$0.url\"\n").with_extension("url")
}

/// What a file says, as soon as it is there.
fn written(file: &Path) -> String {
    let end = Instant::now() + DEADLINE;
    while !file.exists() {
        assert!(Instant::now() < end, "nothing wrote {}", file.display());
        thread::sleep(Duration::from_millis(20));
    }
    fs::read_to_string(file).unwrap()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Logs in by the browser: what was opened, and what the browser showed at its end.
fn log_in(server: &Server, sandbox: &Sandbox, args: &[&str], person: &Person) -> (Url, String) {
    let (opened, page, (code, shown)) = try_to_log_in(server, sandbox, args, person);
    assert_eq!(code, 0, "{shown}");
    (opened, page)
}

/// The same with the exit code and what the terminal showed.
fn try_to_log_in(server: &Server, sandbox: &Sandbox, args: &[&str], person: &Person) -> (Url, String, (i32, String)) {
    let notebook = install_notebook(sandbox);
    let terminal = Terminal::start(sandbox, &[&["login"], args].concat());
    let opened = written(&notebook);
    let back = person.visits(&opened).sent();
    assert_eq!(back.host_str(), Some("127.0.0.1"));
    // Good for once, and nobody's business after that.
    if let Some(code) = parameter(&back, "code") {
        sandbox.never_shown(&code);
    }
    let (_, page) = curl(server, &back, &["-D", "-"], String::new());
    (Url::parse(&opened).unwrap(), page, terminal.ends(sandbox))
}

#[test] // P16, R01, matrix: browser, none
fn the_browser_comes_back_to_loopback() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "ROTATING", "CODE", LINES);
    let (opened, page) = log_in(server, &sandbox, &CONSENT, &Person::new(server));
    assert!(page.contains("Done here"), "{page}");
    for (name, value) in [("code_challenge_method", "S256"), ("prompt", "consent"), ("client_id", "code")] {
        assert_eq!(parameter(&opened, name).as_deref(), Some(value), "{opened}");
    }
    let first = sandbox.token();
    sandbox.sessions();
    let answer = sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0).stdout;
    assert!(answer.contains("\"alice\""), "{answer}");
    let said = &sandbox.shown(&["--claims", "--online"])["claims"]["id_token"];
    assert_eq!(said["verified"], true, "{said}");
    assert_eq!(said["claims"]["nonce"].as_str(), parameter(&opened, "nonce").as_deref());

    sandbox.tok(&["refresh"]).exits(0);
    assert_ne!(sandbox.token(), first);
    sandbox.save_state();
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.restore_state();
    sandbox.tok(&["refresh"]).exits(3).says("invalid_grant");
}

#[test] // P16
fn a_person_who_denies_is_not_logged_in() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "ROTATING", "CODE", LINES);
    let (_, page, (code, shown)) = try_to_log_in(server, &sandbox, &[], &Person::new(server).denies());
    assert!(page.contains("No login"), "{page}");
    assert!(code == 4 && shown.contains("access_denied"), "{shown}");
    assert_eq!(sandbox.tok(&["token"]).exits(3).stdout, "");
}

#[test] // P16
fn a_client_with_a_secret_and_a_path_of_its_own() {
    let server = oidc_provider();
    let lines = format!("{LINES}\nredirect-uri = \"http://127.0.0.1/callback\"");
    let sandbox = Sandbox::with_client(server, "FIXED", "CODECONF", &lines);
    let (opened, _) = log_in(server, &sandbox, &[], &Person::new(server));
    let redirect_uri = Url::parse(&parameter(&opened, "redirect_uri").unwrap()).unwrap();
    assert!(redirect_uri.path() == "/callback" && redirect_uri.port().is_some(), "{redirect_uri}");
    let online = &sandbox.shown(&["--online"])["online"];
    assert_eq!((&online["active"], &online["client_id"]), (&true.into(), &"codeconf".into()), "{online}");
    sandbox.tok(&["logout"]).exits(0);
}

#[test] // P16, matrix: par
fn a_request_that_is_sent_ahead() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "FIXED", "PAR", LINES);
    // This server demands it of this client alone, which its metadata cannot say: the plain request is refused.
    let endpoint = format!("{}/request", server.value("FIXED_ISSUER"));
    let (opened, _) = log_in(server, &sandbox, &["--par-endpoint", &endpoint], &Person::new(server));
    let names: Vec<_> = opened.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["client_id", "request_uri"], "{opened}");
    assert_eq!(server.requests("FIXED /request - par 201"), 1);
    sandbox.token();
    sandbox.ask_with_token(server, &userinfo(server, "FIXED")).exits(0);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
}

#[test] // P05, P16, matrix: par
fn who_sends_it_ahead_proves_itself() {
    let server = oidc_provider();
    let endpoints = [
        ("ES256", server.value("FIXED_ISSUER").to_owned()),
        // Where the certificate is asked for.
        ("TLS", server.value("FIXED_MTLS_RESOURCE").trim_end_matches("/me").to_owned()),
    ];
    for (client, place) in endpoints {
        let sandbox = Sandbox::with_client(server, "FIXED", client, LINES);
        let endpoint = format!("{place}/request");
        let (opened, _) = log_in(server, &sandbox, &["--par-endpoint", &endpoint], &Person::new(server));
        assert!(parameter(&opened, "request_uri").is_some() && !opened.as_str().contains("assertion"), "{opened}");
        let id = server.value(&format!("{client}_ID"));
        assert_eq!(server.requests(&format!("FIXED /request - {id} 201")), 1);
        sandbox.token();
        let online = &sandbox.shown(&["--online"])["online"];
        assert_eq!((&online["active"], &online["userinfo"]["sub"]), (&true.into(), &"alice".into()), "{online}");
        sandbox.tok(&["refresh"]).exits(0);
        sandbox.tok(&["logout"]).exits(0);
    }
}

#[test] // P01, P16
fn the_safest_grant_that_works_here() {
    let server = oidc_provider();
    let lines = LINES.replace("browser", "auto");
    let sandbox = Sandbox::with_client(server, "FIXED", "CODE", &lines);
    let (opened, _) = log_in(server, &sandbox, &[], &Person::new(server));
    assert_eq!(parameter(&opened, "response_type").as_deref(), Some("code"));
    sandbox.token();
    assert_eq!(sandbox.shown(&[])["grant"], "browser");
    sandbox.tok(&["logout"]).exits(0);
    assert_eq!(server.requests("FIXED /token password code 400"), 0);
}

#[test] // P16
fn a_client_that_should_have_sent_it_ahead_is_told() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "FIXED", "PAR", LINES);
    let (_, page, (code, shown)) = try_to_log_in(server, &sandbox, &[], &Person::new(server));
    assert!(page.contains("No login"), "{page}");
    assert!(code == 4 && shown.contains("name par-endpoint"), "{shown}");
}

#[test] // P16, U02
fn an_address_that_is_pasted() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "ROTATING", "CODE", LINES);
    let mut terminal = Terminal::start(&sandbox, &["login", "--no-browser"]);
    let opened = terminal.reads("  ");
    let back = Person::new(server).visits(&opened).sent();
    sandbox.never_shown(&parameter(&back, "code").unwrap());
    terminal.sees("Address (not shown, Enter at its end): ");
    // What is pasted from another login is refused, and waited on.
    let mut other = back.clone();
    other.query_pairs_mut().clear().append_pair("code", "x").append_pair("state", "of another");
    terminal.types(&format!("{other}\n"));
    terminal.sees("that is not the address of this login");
    terminal.sees("Address (not shown, Enter at its end): ");
    terminal.types(&format!("{back}\n"));
    let (code, shown) = terminal.ends(&sandbox);
    assert_eq!(code, 0, "{shown}");
    sandbox.token();
    sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0);
    sandbox.tok(&["logout"]).exits(0);
}

#[test] // P16, U05
fn chromium_from_the_login_page_to_a_token() {
    let server = oidc_provider();
    let sandbox = Sandbox::with_client(server, "ROTATING", "CODE", LINES);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/browser");
    let browser = install(
        &sandbox,
        &format!(
            "#!/bin/sh\n# Chromium writes what is typed to its profile.\n\
             cd \"${{0%/*}}\" && export HOME=\"$PWD\" TMPDIR=\"$PWD\"\n\
             CA_FILE='{}' '{}' \"$1\" '{}' '{}' >\"$0.new\" 2>&1\nmv \"$0.new\" \"$0.end\"\n",
            server.ca_file().display(),
            script.display(),
            server.user(),
            server.password(),
        ),
    );
    let terminal = Terminal::start(&sandbox, &[&["login"], &CONSENT[..]].concat());
    let (code, shown) = terminal.ends(&sandbox);
    let end = written(&browser.with_extension("end"));
    assert_eq!(code, 0, "{shown}{end}");
    let (address, page) = end.split_once('\n').unwrap();
    let address = Url::parse(address).unwrap();
    assert_eq!(address.host_str(), Some("127.0.0.1"), "{end}");
    if let Some(code) = parameter(&address, "code") {
        sandbox.never_shown(&code);
    }
    assert!(page.contains("Done here"), "{page}");
    sandbox.token();
    sandbox.sessions();
    let answer = sandbox.ask_with_token(server, &userinfo(server, "ROTATING")).exits(0).stdout;
    assert!(answer.contains("\"alice\""), "{answer}");
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
}

#[test] // P09, matrix: resource
fn a_service_has_a_token_of_its_own_by_a_refresh() {
    let server = oidc_provider();
    let [own, service] = ["OPAQUE_RESOURCE", "JWT_RESOURCE"].map(|name| server.value(name));
    let lines = format!(
        "{LINES}\nresource = [\"{own}\"]\n[profiles.default.bind]\n\
         \"https://registry.test\" = {{ as = \"bearer\", resource = [\"{service}\"] }}"
    );
    let sandbox = Sandbox::with_client(server, "ROTATING", "CODE", &lines);
    log_in(server, &sandbox, &CONSENT, &Person::new(server));
    let api = sandbox.token();
    assert!(!api.contains('.'), "an opaque one, for the profile's API");
    let ask = || {
        let outcome = sandbox.tok_with_input(&["helper", "git", "get"], "protocol=https\nhost=registry.test\n\n");
        let password =
            outcome.exits(0).stdout.lines().find_map(|line| line.strip_prefix("password=").map(str::to_owned));
        password.expect("a password")
    };
    let jwt = ask();
    let claims = tok::oauth::jwt::decode(&jwt).unwrap().claims;
    assert_eq!((claims["aud"].as_str(), claims["scope"].as_str()), (Some(service), Some("read")));
    assert_eq!((sandbox.token(), ask()), (api.clone(), jwt.clone()), "they take no turns");
    let erased = format!("protocol=https\nhost=registry.test\npassword={jwt}\n\n");
    sandbox.tok_with_input(&["helper", "git", "erase"], &erased).exits(0);
    let newer_jwt = ask();
    assert_ne!(newer_jwt, jwt);
    assert_eq!(sandbox.token(), api);
    sandbox.tok(&["refresh"]).exits(0);
    let newer = sandbox.token();
    assert!(newer != api && !newer.contains('.'));
    assert_ne!(ask(), newer_jwt, "a refresh that a person asks for is for every token");
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
}
