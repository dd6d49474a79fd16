//! One run against one answer, and everything that must hold of it.

use std::path::PathBuf;

use serde_json::Value;

use super::answers::{Case, Fill};
use super::model::{self, Place, Session};
use crate::logins::{login_at, login_by, session, stored, tokens};
use crate::support::canary::Kind;
use crate::support::process::Output;
use crate::support::run::{Run, World};
use crate::support::server::{Answer, Received, Server};
use crate::transport::sizes::{LIMIT, within};
use crate::world;

/// A private home with a session in it, and a server that must never be asked.
pub struct Stage {
    place: Place,
    world: World,
    elsewhere: Server,
    fill: Fill,
    /// The session as it was made, and the origin that stands in it.
    file: PathBuf,
    text: String,
    origin: String,
}

impl Stage {
    pub fn new(place: Place) -> Self {
        let world = world();
        let (server, elsewhere) = (Server::http(), Server::http());
        session(&world, &server);
        // The session alone says where it belongs: the servers to come have other ports.
        std::fs::remove_file(world.path("config/tok/config.toml")).unwrap();
        world.set_env("TOK_STORE", "file");
        world.set_env("RUST_BACKTRACE", "full");
        let (file, bytes) = stored(&world);
        let new = tokens(&world);
        let token = |name: &str| new[name].as_str().unwrap().to_owned();
        let filling = Fill {
            access: token("access_token"),
            refresh: token("refresh_token"),
            secret: world.canaries().make(Kind::Other),
            elsewhere: elsewhere.url(""),
            base: String::new(),
            echo: String::new(),
        };
        let text = String::from_utf8(bytes).unwrap();
        Self { place, world, elsewhere, fill: filling, file, text, origin: server.url("") }
    }

    /// Plays a case.
    pub fn play(&self, case: &Case) -> Result<(), String> {
        let server = Server::http();
        let base = server.url("");
        let before = self.text.replace(&self.origin, &base);
        std::fs::write(&self.file, &before).unwrap();
        let fill = Fill { base: base.clone(), ..self.fill.clone() };
        let (answer, place) = (std::sync::Arc::clone(&case.answer), self.place);
        server.answer_all(move |request| {
            let echo = serde_json::to_string(&said(request)).unwrap();
            let fill = Fill { echo: echo[1..echo.len() - 1].to_owned(), ..fill.clone() };
            if place == Place::Discovery && request.path() == "/token" {
                return Answer::json(200, serde_json::json!({ "access_token": fill.access }));
            }
            answer(&fill)
        });
        let run = self.call(&base);
        let run = if case.stalls { run.arg("--timeout").arg("2s") } else { run };
        let output = within(run, LIMIT).run();
        self.check_output(case, &output)?;
        self.check_requests(case, &server, output.code())?;
        self.check_session(case, &before)
    }

    fn call(&self, base: &str) -> Run {
        match self.place {
            Place::Login => login_at(&self.world, &format!("{base}/token")),
            Place::Discovery => login_by(&self.world, base),
            Place::Refresh => self.world.tok(["refresh"]),
            Place::Revocation => self.world.tok(["logout"]),
            Place::Userinfo => {
                self.world.tok(["show", "--online", "--userinfo-endpoint"]).arg(format!("{base}/userinfo"))
            }
        }
    }

    /// The exit code, and nothing on the streams that does not belong there.
    fn check_output(&self, case: &Case, output: &Output) -> Result<(), String> {
        let wanted = model::exit(self.place, case.seen);
        let said = format!("{}\n{}", output.stdout, output.stderr);
        let unsafe_character = |c: &char| {
            c.is_control() && *c != '\n'
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        let leaks = self.world.canaries().search("the streams", said.as_bytes());
        let fault = if output.code() != wanted {
            format!("exit code {} instead of {wanted}", output.code())
        } else if let Some(c) = said.chars().find(unsafe_character) {
            format!("{c:?} was written")
        } else if said.contains("panicked") || said.contains("internal error") || said.contains("backtrace") {
            "it panicked".to_owned()
        } else if !self.says_enough(output) {
            "it says too much, or nothing, or in the wrong place".to_owned()
        } else if output.stderr.contains(&self.fill.elsewhere) && !said_may_name_elsewhere(case) {
            "it names another server".to_owned()
        } else if let Some(leak) = leaks.first() {
            leak.to_string()
        } else {
            return Ok(());
        };
        Err(format!("{fault}\n{}", output.stderr))
    }

    /// Only what is shown goes to standard output; whoever fails says why, and nobody says much.
    fn says_enough(&self, output: &Output) -> bool {
        let shows = self.place == Place::Userinfo;
        let silent = shows && output.code() == 0;
        output.stdout.is_empty() != shows && output.stderr.is_empty() == silent && output.stderr.len() <= 8 * 1024
    }

    /// Each request once, and none elsewhere.
    fn check_requests(&self, case: &Case, server: &Server, code: i32) -> Result<(), String> {
        let log = server.log();
        let count = |method: &str, path: &str| {
            log.requests.iter().filter(|request| request.method == method && request.path() == path).count()
        };
        let posts = log.requests.iter().filter(|request| request.method == "POST").count();
        let right = match self.place {
            Place::Login | Place::Refresh => count("POST", "/token") == 1 && log.requests.len() == 1,
            Place::Revocation => count("POST", "/revoke") == 1 && log.requests.len() == 1,
            Place::Userinfo => count("GET", "/userinfo") == 1 && log.requests.len() == 1,
            Place::Discovery => {
                let asked = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"];
                let asked = asked.map(|path| count("GET", path));
                asked[0] == 1 && asked[1] <= 1 && posts == usize::from(code == 0) && count("POST", "/token") == posts
            }
        };
        if !right {
            return Err(format!("it asked for {:?}", log.summary()));
        }
        if !self.elsewhere.log().connections.is_empty() {
            return Err(format!("{} made it ask elsewhere", case.name));
        }
        Ok(())
    }

    /// The session as C04 wants it.
    fn check_session(&self, case: &Case, before: &str) -> Result<(), String> {
        let after = std::fs::read_to_string(&self.file).ok();
        let member = |name: &str| after.as_ref().map(|text| serde_json::from_str::<Value>(text).unwrap()[name].clone());
        let became = match &after {
            None => Session::Gone,
            Some(text) if text == before => Session::Kept,
            Some(_) if member("refresh_token") == Some(Value::Null) => Session::Ended,
            Some(_) => Session::Renewed,
        };
        let wanted = model::session(self.place, case.seen);
        if became == wanted { Ok(()) } else { Err(format!("the session is {became:?} instead of {wanted:?}")) }
    }
}

/// What a request said, decoded: what a server could repeat.
fn said(request: &Received) -> String {
    request.form().into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" ")
}

/// Where a redirect points is told.
fn said_may_name_elsewhere(case: &Case) -> bool {
    (300..400).contains(&case.seen.status) || case.name.contains("issuer")
}
