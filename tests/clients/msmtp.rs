//! msmtp, which asks a command for the password (`passwordeval`); RFC 7628's OAUTHBEARER, and XOAUTH2 before it.

use std::fs;
use std::io::{self, Read as _, Write as _};

use serde_json::json;

use crate::desk::Desk;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::ca::Leaf;
use crate::support::codec::{base64, unbase64};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::wire::Link;
use crate::support::server::{Notes, Received, Server, tls};

struct Msmtp;

impl Client for Msmtp {
    fn name(&self) -> &'static str {
        "msmtp"
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        let is_good = scene.server.doorkeeper();
        let config = tls::config(&scene.server.authority.leaf(Leaf::Good), None);
        Server::talking(config, move |link, notes| converse(link, notes, &is_good))
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        desk.scene.tok(&format!("bind {}", server.url(""))).run().ok();
        let account = |name: &str, server: &Server, mechanism: &str, command: &str| {
            let port = server.address().port();
            format!("account {name}\nport {port}\nauth {mechanism}\npasswordeval {command}\n\n")
        };
        let only_for = |server: &Server| format!("tok token --for {}", server.url(""));
        let in_a_file = |server: &Server| {
            format!("tok exec --for {} --file TOKEN_FILE -- sh -c 'cat \"$TOKEN_FILE\"'", server.url(""))
        };
        let text = [
            format!("defaults\nhost 127.0.0.1\ntls on\ntls_starttls off\ntls_trust_file {}\n", desk.ca().display()),
            "from ada@example.com\nuser ada\n\n".to_owned(),
            account("bound", server, "oauthbearer", &only_for(server)),
            account("older", server, "xoauth2", &in_a_file(server)),
            account("unbound", &desk.unbound, "oauthbearer", &only_for(&desk.unbound)),
        ];
        fs::write(desk.path("home/.msmtprc"), text.concat()).unwrap();
    }

    fn uses(&self, desk: &Desk, _: &Server, number: usize) -> Run {
        send(desk, "bound", number)
    }

    fn tries(&self, desk: &Desk, _: &Server) -> Run {
        send(desk, "unbound", 0)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.msmtprc"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        let log = desk.bound.log();
        let ending = format!("\r\nMail {number}\r\n");
        let arrived =
            log.requests.iter().filter(|request| request.method == "DATA" && request.text().ends_with(&ending));
        assert_eq!(arrived.count(), 1, "{:?}", log.summary());
    }

    fn does_more(&self, desk: &Desk) {
        let output = send(desk, "older", 1).run().ok();
        self.demand(desk, 1, &output);
        assert_eq!(desk.bound.log().summary().iter().filter(|line| *line == "AUTH XOAUTH2").count(), 1);
    }

    fn demand_refusal(&self, desk: &Desk, output: &Output) {
        assert!(output.stderr.contains(&format!("tok bind {}", desk.unbound.url(""))), "{output:?}");
    }
}

fn send(desk: &Desk, account: &str, number: usize) -> Run {
    desk.client(["-a", account, "bob@example.com"]).stdin(format!("Subject: Hello\n\nMail {number}\n"))
}

/// RFC 5321, as much as it takes to deliver a mail; only to whoever has a good token.
fn converse(link: &mut Link, notes: &Notes<'_>, is_good: &impl Fn(&str) -> bool) -> io::Result<()> {
    let seen = |method: &str, target: &str, token: Option<&str>, body: &str| {
        let headers = token.map(|token| ("Authorization".to_owned(), format!("Bearer {token}"))).into_iter().collect();
        let (method, target, body) = (method.to_owned(), target.to_owned(), body.as_bytes().to_vec());
        notes.request(Received { method, target, headers, body, ..Received::default() });
    };
    let mut is_let_in = false;
    say(link, "220 localhost ESMTP")?;
    while let Some(line) = hear(link, notes)? {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["EHLO", _] => say(link, "250-localhost\r\n250 AUTH OAUTHBEARER XOAUTH2")?,
            ["AUTH", mechanism @ ("OAUTHBEARER" | "XOAUTH2"), ref first @ ..] => {
                let shown = match first {
                    [shown] => (*shown).to_owned(),
                    _ => ask(link, notes, "")?,
                };
                // Pairs between ^A: RFC 7628 §3.1.
                let shown = String::from_utf8(unbase64(&shown).unwrap_or_default()).unwrap_or_default();
                let token = shown.split('\u{1}').find_map(|pair| pair.strip_prefix("auth=Bearer "));
                seen("AUTH", mechanism, token, "");
                is_let_in = token.is_some_and(is_good);
                if is_let_in {
                    say(link, "235 2.7.0 welcome")?;
                } else {
                    // §3.2.3: the client says that it has read the reason.
                    ask(link, notes, &base64(json!({ "status": "401" }).to_string().as_bytes()))?;
                    say(link, "535 5.7.8 no")?;
                }
            }
            ["QUIT"] => return say(link, "221 2.0.0 bye"),
            ["DATA"] if is_let_in => {
                say(link, "354 go on")?;
                let mut text = String::new();
                while let Some(line) = hear(link, notes)?.filter(|line| line != ".") {
                    text += &format!("{line}\r\n");
                }
                seen("DATA", "", None, &text);
                say(link, "250 2.0.0 delivered")?;
            }
            _ if is_let_in => say(link, "250 2.0.0 well")?,
            _ => say(link, "530 5.7.0 who are you?")?,
        }
    }
    Ok(())
}

fn ask(link: &mut Link, notes: &Notes<'_>, what: &str) -> io::Result<String> {
    say(link, &format!("334 {what}"))?;
    Ok(hear(link, notes)?.unwrap_or_default())
}

fn say(link: &mut Link, line: &str) -> io::Result<()> {
    link.write_all(format!("{line}\r\n").as_bytes())?;
    link.flush()
}

/// A line without its end.
fn hear(link: &mut Link, notes: &Notes<'_>) -> io::Result<Option<String>> {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while link.read(&mut byte)? == 1 {
        notes.bytes(&byte);
        line.push(byte[0]);
        if let Some(line) = line.strip_suffix(b"\r\n") {
            return Ok(Some(String::from_utf8_lossy(line).into_owned()));
        }
    }
    Ok(None)
}

stories!(msmtp, Msmtp);
