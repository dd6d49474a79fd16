//! curl, started by `tok curl`.

use crate::desk::{Desk, word};
use crate::guarded;
use crate::scene::Scene;
use crate::story::{self, Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::{Answer, Server};

struct Curl;

impl Client for Curl {
    fn name(&self) -> &'static str {
        "curl"
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        guarded::serve(&scene.server, &["Bearer"], |_| Answer::new(200, "text/plain", "hello"))
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        desk.scene.tok(&format!("bind {}", server.url(""))).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, _: usize) -> Run {
        let words =
            ["curl", "--", "-sS", "--fail", "--cacert", &word(&desk.ca()), &server.url("/x")].map(str::to_owned);
        desk.scene.world.tok(words)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["config"]
    }

    fn demand(&self, _: &Desk, _: usize, output: &Output) {
        assert_eq!(output.stdout, "hello");
    }

    fn demand_refusal(&self, desk: &Desk, output: &Output) {
        assert_eq!(output.code(), 125);
        assert!(output.stderr.contains(&format!("tok bind {}", desk.unbound.url(""))), "{output:?}");
        assert!(desk.unbound.log().connections.is_empty(), "curl was started");
    }
}

stories!(curl, Curl);

#[test] // S05
fn the_documented_line_puts_no_token_into_an_argument() {
    let Some(entry) = story::found(&Curl) else { return };
    let desk = Desk::set_up(&Curl, &entry, 3600);
    let line = format!("set -o pipefail; tok token --header | curl -sS --fail -H @- {}", desk.bound.url("/x"));
    let output = story::watched(&desk, desk.scene.world.command("bash").arg("-c").arg(line));
    assert_eq!(output.stdout, "hello");
}
