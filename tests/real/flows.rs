//! Logins without a password, the same at every server that has them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;

use crate::harness::{DEADLINE, Sandbox, write_program};
use crate::person::{End, Person};
use crate::terminal::Terminal;

/// A client gets a token for itself, and another one without a refresh token.
pub fn gets_tokens_for_itself(sandbox: &Sandbox, is_good: impl Fn(&str) -> bool) {
    // Nobody logs in: the first token is got where it is needed.
    let first = sandbox.token();
    assert!(is_good(&first), "the first token is not accepted");
    assert_eq!(sandbox.token(), first);
    let shown = sandbox.shown(&[]);
    assert_eq!([&shown["grant"], &shown["refresh_token"]], [&Value::from("client-credentials"), &Value::from(false)]);
    sandbox.tok(&["refresh"]).exits(0);
    let second = sandbox.token();
    assert!(second != first && is_good(&second), "the second token is the first, or is not accepted");
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
}

/// What a device shows.
pub struct Device {
    terminal: Terminal,
    pub page: String,
    pub code: String,
    /// The page with the code in it.
    pub complete: String,
}

impl Device {
    pub fn starts(sandbox: &Sandbox) -> Self {
        // Where no picture is drawn the second address is written.
        sandbox.set("TERM", "dumb");
        let mut terminal = Terminal::start(sandbox, &["login"]);
        let [page, code, complete] = std::array::from_fn(|_| terminal.reads("  "));
        Self { terminal, page, code, complete }
    }

    pub fn ends(self, sandbox: &Sandbox) -> (i32, String) {
        self.terminal.ends(sandbox)
    }
}

/// A person types the code that the device shows.
pub fn logs_a_device_in(sandbox: &Sandbox, person: Person, is_good: impl Fn(&str) -> bool) {
    let device = Device::starts(sandbox);
    person.types(&device.code).visits(&device.page).page();
    let (code, shown) = device.ends(sandbox);
    assert_eq!(code, 0, "{shown}");
    has_a_session(sandbox, "device", is_good);
}

/// A person opens the address that has the code in it, and says no.
pub fn denies_a_device(sandbox: &Sandbox, person: Person) {
    let device = Device::starts(sandbox);
    person.denies().visits(&device.complete).page();
    let (code, shown) = device.ends(sandbox);
    assert_eq!(code, 4, "{shown}");
    assert!(shown.contains("the login was denied"), "{shown}");
    sandbox.tok(&["token"]).exits(3);
}

/// The session that a grant left is used and refreshed as any other.
pub fn has_a_session(sandbox: &Sandbox, grant: &str, is_good: impl Fn(&str) -> bool) {
    sandbox.sessions();
    let first = sandbox.token();
    assert!(is_good(&first), "the first token is not accepted");
    let shown = sandbox.shown(&[]);
    assert_eq!([&shown["grant"], &shown["refresh_token"]], [&Value::from(grant), &Value::from(true)]);
    sandbox.tok(&["refresh"]).exits(0);
    sandbox.sessions();
    let second = sandbox.token();
    assert!(second != first && is_good(&second), "the second token is the first, or is not accepted");
}

/// The session is ended, here and at the server.
pub fn ends(sandbox: &Sandbox) {
    sandbox.tok(&["logout"]).exits(0);
    sandbox.no_token_is_left();
    sandbox.tok(&["token"]).exits(3);
}

/// What the server says of the session's token, for servers without a resource that such a token opens.
pub fn is_active(sandbox: &Sandbox) -> bool {
    sandbox.shown(&["--online"])["online"]["active"] == true
}

/// A token that was revoked looks good from here; the server says that it is not.
pub fn is_told_of_a_revoked_token(sandbox: &Sandbox) {
    sandbox.token();
    sandbox.save_state();
    assert!(is_active(sandbox));
    sandbox.tok(&["logout"]).exits(0);
    sandbox.restore_state();
    sandbox.tok(&["show"]).exits(0);
    sandbox.tok(&["show", "--online"]).exits(3).says("not active");
}

/// A login that waits for the browser to come back.
pub struct Browser {
    terminal: Terminal,
    /// What the browser was told to open.
    pub opened: Url,
}

impl Browser {
    /// The browser is a script that writes down what it is to open.
    pub fn starts(sandbox: &Sandbox) -> Self {
        let (script, url) = (sandbox.path("home/browser"), sandbox.path("home/browser.url"));
        write_program(&script, "#!/bin/sh\nprintf %s \"$1\" >\"$0.new\"\nmv \"$0.new\" \"$0.url\"\n");
        let _ = fs::remove_file(&url);
        sandbox.set("BROWSER", script.to_str().unwrap());
        let terminal = Terminal::start(sandbox, &["login"]);
        let end = Instant::now() + DEADLINE;
        while !url.exists() {
            assert!(Instant::now() < end, "no browser was started");
            thread::sleep(Duration::from_millis(10));
        }
        let opened = Url::parse(&fs::read_to_string(&url).unwrap()).unwrap();
        Self { terminal, opened }
    }

    /// The parameter of the address that was opened.
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameter(&self.opened, name)
    }

    /// The person does what the pages of the server ask for. Where that led, which must be where `tok` waits.
    pub fn is_used_by(&self, sandbox: &Sandbox, person: &Person) -> Url {
        let end = person.visits(self.opened.as_str());
        let End::Sent(back) = end else { panic!("{end:?}") };
        if let Some(code) = parameter(&back, "code") {
            sandbox.never_shown(&code);
        }
        back
    }

    pub fn ends(self, sandbox: &Sandbox) -> (i32, String) {
        self.terminal.ends(sandbox)
    }
}

/// A person logs in at the server's own page; the password is seen there and nowhere else.
pub fn logs_in_by_browser(sandbox: &Sandbox, person: &Person, is_good: impl Fn(&str) -> bool) {
    let browser = Browser::starts(sandbox);
    assert_eq!(browser.parameter("code_challenge_method").as_deref(), Some("S256"));
    let back = browser.is_used_by(sandbox, person);
    // Another program of this machine guesses: nothing comes of it.
    let mut other = back.clone();
    other.query_pairs_mut().clear().append_pair("code", "x").append_pair("state", "x");
    assert!(goes_back(&other).contains("Not this login"));
    assert!(goes_back(&back).contains("Done here"));
    let (code, shown) = browser.ends(sandbox);
    assert_eq!(code, 0, "{shown}");
    has_a_session(sandbox, "browser", is_good);
}

/// A person says no at the server's page.
pub fn is_denied_in_the_browser(sandbox: &Sandbox, person: Person) {
    let browser = Browser::starts(sandbox);
    let back = browser.is_used_by(sandbox, &person.denies());
    assert!(goes_back(&back).contains("The login was refused"));
    let (code, shown) = browser.ends(sandbox);
    assert_eq!(code, 4, "{shown}");
    assert!(shown.contains("access_denied"), "{shown}");
    sandbox.tok(&["token"]).exits(3);
}

pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The browser goes where the server sent it: the page that `tok` shows there.
pub fn goes_back(to: &Url) -> String {
    let address = to.socket_addrs(|| None).unwrap();
    let mut stream = TcpStream::connect(&address[..]).unwrap();
    let target = &to[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &to[url::Position::BeforeHost..url::Position::AfterPort];
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}
