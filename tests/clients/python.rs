//! Python's installers, which ask a program named `keyring`: the old pip for the password of a user that it knows, the new
//! one for a name and a password, uv for either.

use std::fs;

use crate::desk::Desk;
use crate::index;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;

struct Installer {
    name: &'static str,
    /// Stands in the index's address: some ask only for the password of a user that they know.
    user: &'static str,
    /// From `install` on.
    words: &'static [&'static str],
    configuration: &'static [&'static str],
    more: fn(&Self, &Desk),
}

/// With `--no-input` it would not ask `keyring` either.
const OLD: Installer = Installer {
    name: "pip-old",
    user: "ada@",
    words: &["install", "-q", "--disable-pip-version-check", "--no-cache-dir", "--no-deps"],
    configuration: &["config/pip"],
    more: |_, _| {},
};
const NEW: Installer = Installer {
    name: "pip",
    user: "",
    words: &["install", "-q", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--no-input"],
    ..OLD
};
const UV: Installer = Installer {
    name: "uv",
    user: "ada@",
    words: &["pip", "install", "-q", "--no-cache", "--no-deps"],
    configuration: &["config/uv"],
    more: in_a_project,
};

/// Without a user in the address uv asks for a name as well, but only where it is told that nobody gets in without.
fn in_a_project(uv: &Installer, desk: &Desk) {
    let project = desk.path("work/project");
    fs::create_dir(&project).unwrap();
    let index = format!("[[index]]\nurl = '{}'\ndefault = true\nauthenticate = 'always'\n", desk.bound.url("/simple/"));
    fs::write(project.join("uv.toml"), index).unwrap();
    let output = uv.installs(desk, 1).folder(project).run().ok();
    uv.demand(desk, 1, &output);
}

impl Installer {
    fn installs(&self, desk: &Desk, number: usize) -> Run {
        desk.client(self.words).arg("hello").arg("--target").arg(desk.path(&format!("work/site-{number}")))
    }
}

impl Client for Installer {
    fn name(&self) -> &'static str {
        self.name
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
        let index = server.url("/simple/").replacen("://", &format!("://{}", self.user), 1);
        self.installs(desk, number).arg("--index-url").arg(index)
    }

    fn configuration(&self) -> &'static [&'static str] {
        self.configuration
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        assert!(desk.path(&format!("work/site-{number}/hello/__init__.py")).exists());
    }

    fn does_more(&self, desk: &Desk) {
        (self.more)(self, desk);
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["Basic"]
    }
}

stories!(pip_old, OLD);
stories!(pip, NEW);
stories!(uv, UV);
