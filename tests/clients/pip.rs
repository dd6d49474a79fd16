//! pip, which asks a program named `keyring`: the old one for a password, the new one for a name and a password.

use crate::desk::Desk;
use crate::index;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;

struct Pip {
    name: &'static str,
    /// Stands in the index's address: the old one asks only for the password of a user that it knows.
    user: &'static str,
    /// The old one does not ask anybody at all if it is not to ask the person.
    asking: &'static [&'static str],
}

const OLD: Pip = Pip { name: "pip-old", user: "ada@", asking: &[] };
const NEW: Pip = Pip { name: "pip", user: "", asking: &["--no-input"] };

impl Client for Pip {
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
        let words =
            ["install", "-q", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--index-url", &index];
        let run = self.asking.iter().fold(desk.client(words), Run::arg);
        run.arg("--target").arg(format!("site-{number}")).arg("hello")
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["config/pip"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        assert!(desk.path(&format!("work/site-{number}/hello/__init__.py")).exists());
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["Basic"]
    }
}

stories!(old, OLD);
stories!(new, NEW);
