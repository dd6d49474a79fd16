//! Go, which runs the commands in `GOAUTH` for its module proxy: once in advance, and again with an answer that refused
//! what came of that.

use std::fs;

use crate::desk::Desk;
use crate::guarded;
use crate::scene::Scene;
use crate::shelf;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::{Answer, Server};

struct Go;

const LINES: &str = "for letter in a b c d e f; do
    module=example.com/$letter@v1.0.0
    mkdir -p \"$module\" $letter/@v
    echo \"module example.com/$letter\" >\"$module/go.mod\"
    echo \"package $letter\" >\"$module/package.go\"
    zip $letter/@v/v1.0.0.zip \"$module\"/{go.mod,package.go}
    cp \"$module/go.mod\" $letter/@v/v1.0.0.mod
    echo '{\"Version\":\"v1.0.0\"}' >$letter/@v/v1.0.0.info
done";

/// Go asks for all at once, so that a token that was taken back is refused as often.
const MODULES: &str = "abcdef";

impl Client for Go {
    fn name(&self) -> &'static str {
        "go"
    }

    fn heals(&self) -> Heals {
        Heals::InTheSameRun
    }

    fn serve(&self, scene: &Scene) -> Server {
        let folder = shelf::make(&scene.world, LINES);
        guarded::serve(&scene.server, &["Bearer"], move |request| {
            let name = request.path().strip_prefix("/example.com/").unwrap_or_default();
            match fs::read(folder.join(name)) {
                Ok(content) => Answer::new(200, "application/octet-stream", content),
                Err(_) => Answer::html(404),
            }
        })
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        for (name, value) in [("GOSUMDB", "off"), ("GOTOOLCHAIN", "local")] {
            desk.scene.world.set_env(name, value);
        }
        desk.setup("go", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        let cache = desk.path(&format!("work/modules-{number}"));
        // Modules that nobody may write to, not even a test that clears up after itself, are Go's custom.
        desk.client(["mod", "download", "-modcacherw", "-json"])
            .args(MODULES.chars().map(|letter| format!("example.com/{letter}@v1.0.0")))
            .env("GOPROXY", server.url(""))
            .env("GOMODCACHE", cache)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["config/go/env"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        let modules = desk.path(&format!("work/modules-{number}/example.com"));
        assert!(MODULES.chars().all(|letter| modules.join(format!("{letter}@v1.0.0/package.go")).exists()));
    }
}

stories!(go, Go);
