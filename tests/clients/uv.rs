//! uv, which asks a program named `keyring` for a name and a password, or for the password of a name that it has.

use std::fs;

use crate::desk::Desk;
use crate::index;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;

struct Uv;

fn installs(desk: &Desk, number: usize) -> Run {
    let words = ["pip", "install", "-q", "--no-cache", "--no-deps", "hello", "--target"];
    desk.client(words).arg(desk.path(&format!("work/site-{number}")))
}

impl Client for Uv {
    fn name(&self) -> &'static str {
        "uv"
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        index::serve(scene)
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        desk.setup("keyring", server).run().ok();
        desk.puts_first_in_path("data/tok/keyring");
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        let index = server.url("/simple/").replacen("://", "://ada@", 1);
        installs(desk, number).arg("--index-url").arg(index)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["config/uv"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        assert!(desk.path(&format!("work/site-{number}/hello/__init__.py")).exists());
    }

    fn does_more(&self, desk: &Desk) {
        // Without a user in the address it asks for a name as well, but only where it is told that nobody gets in without.
        let project = desk.path("work/project");
        fs::create_dir(&project).unwrap();
        let index =
            format!("[[index]]\nurl = '{}'\ndefault = true\nauthenticate = 'always'\n", desk.bound.url("/simple/"));
        fs::write(project.join("uv.toml"), index).unwrap();
        let output = installs(desk, 1).folder(project).run().ok();
        self.demand(desk, 1, &output);
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["Basic"]
    }
}

stories!(uv, Uv);
