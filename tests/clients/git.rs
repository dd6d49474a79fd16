//! git over https: Bearer tokens since 2.46, before that the token as a password. The server is git's own, behind a
//! guard.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::desk::Desk;
use crate::guarded;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::{Run, World};
use crate::support::server::{Answer, Received, Server};

struct Git {
    name: &'static str,
    schemes: &'static [&'static str],
}

const NEW: Git = Git { name: "git", schemes: &["Bearer"] };
const OLD: Git = Git { name: "git-old", schemes: &["Basic"] };

impl Client for Git {
    fn name(&self) -> &'static str {
        self.name
    }

    fn heals(&self) -> Heals {
        Heals::InTheNextRun
    }

    fn serve(&self, scene: &Scene) -> Server {
        let folder = scene.world.path("served");
        if !folder.exists() {
            make_repository(&scene.world, &folder);
        }
        guarded::serve(&scene.server, &["Bearer realm=\"git\"", "Basic realm=\"git\""], move |request| {
            backend(&folder, request)
        })
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        for (name, value) in [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")] {
            desk.scene.world.set_env(name, value);
        }
        desk.scene.world.set_env("GIT_SSL_CAINFO", desk.ca());
        // It would write down what any other helper answers, and be asked before that.
        desk.client(["config", "--global", "credential.helper", "store"]).run().ok();
        desk.setup("git", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        desk.client(["clone", "-q", &server.url("/project.git"), &format!("clone-{number}")])
    }

    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        // As if the person had named the helper for every host there is.
        desk.client(["-c", "credential.helper=tok", "clone", "-q", &server.url("/project.git"), "clone"])
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.gitconfig", "config/git"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        let file = desk.path(&format!("work/clone-{number}/hello"));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "hello\n");
    }

    fn does_more(&self, desk: &Desk) {
        let clone = desk.path("work/clone-0");
        let git = |words: &str| desk.client(words.split(' ')).folder(&clone).run().ok();
        git("-c user.name=Ada -c user.email=ada@example.com commit -q --allow-empty -m more");
        git("push -q origin HEAD");
        git("fetch -q");
    }

    fn schemes(&self) -> &'static [&'static str] {
        self.schemes
    }

    fn demand_refusal(&self, _: &Desk, output: &Output) {
        // git asks every helper that it knows: one that has nothing to say says nothing.
        assert!(!output.stderr.contains("tok:"), "{output:?}");
    }
}

/// A bare repository with one commit, in a folder of its own.
fn make_repository(world: &World, folder: &Path) {
    let lines = "git init -q -b main tree && cd tree && echo hello >hello && git add hello && \
        git -c user.name=Ada -c user.email=ada@example.com commit -q -m first && cd .. && \
        git clone -q --bare tree project.git && rm -r tree && \
        git -C project.git config http.receivepack true";
    std::fs::create_dir(folder).unwrap();
    world.command("sh").arg("-euc").arg(lines).folder(folder).run().ok();
}

/// What git's own server answers (CGI).
fn backend(folder: &Path, request: &Received) -> Answer {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let header = |name: &str| request.header(name).unwrap_or_default().to_owned();
    let mut child = Command::new("git")
        .arg("http-backend")
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("GIT_HTTP_EXPORT_ALL", "1"), ("REMOTE_USER", "ada"), ("HOME", "/")])
        .envs([("GIT_PROJECT_ROOT", folder)])
        .envs([("PATH_INFO", path), ("QUERY_STRING", query), ("REQUEST_METHOD", &request.method)])
        .env("CONTENT_TYPE", header("content-type"))
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // It may end before it has read all.
    let _ = child.stdin.take().unwrap().write_all(&request.body);
    let output = child.wait_with_output().unwrap().stdout;
    let end = output.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(output.len());
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let (mut status, mut headers) = (200, Vec::new());
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        match name {
            "Status" => status = value.split(' ').next().unwrap().parse().unwrap(),
            _ => headers.push((name, value)),
        }
    }
    let body = output.get(end + 4..).unwrap_or_default();
    headers.into_iter().fold(Answer::new(status, "", body), |answer, (name, value)| answer.header(name, value))
}

stories!(new, NEW);
stories!(old, OLD);
