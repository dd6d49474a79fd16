//! docker's command line, without its daemon: what it asks registries itself. It pushes nothing in here, because to
//! loopback it pushes by http.

use crate::desk::Desk;
use crate::registry;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;

pub struct Docker(&'static str);

const NEW: Docker = Docker("docker");
pub const OLD: Docker = Docker("docker-old");

impl Client for Docker {
    fn name(&self) -> &'static str {
        self.0
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        registry::serve(&scene.server.authority, scene.server.doorkeeper())
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        desk.setup("docker", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, _: usize) -> Run {
        desk.client(["manifest", "inspect", &format!("{}/app:1", server.address())])
    }

    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        // As if the person had named the helper for every registry there is.
        let folder = desk.path("given/docker");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("config.json"), r#"{ "credsStore": "tok" }"#).unwrap();
        self.uses(desk, server, 0).env("DOCKER_CONFIG", folder)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.docker"]
    }

    fn demand(&self, _: &Desk, _: usize, output: &Output) {
        assert!(output.stdout.contains("docker.image.rootfs.diff"), "{output:?}");
    }

    fn does_more(&self, desk: &Desk) {
        let name = |tag: &str| format!("{}/app:{tag}", desk.bound.address());
        desk.client(["manifest", "create", &name("list"), &name("1")]).run().ok();
        // Which is no logout from the profile.
        desk.client(["logout", &desk.bound.address().to_string()]).run().ok();
        self.demand(desk, 0, &self.uses(desk, &desk.bound, 0).run().ok());
    }

    /// To the token server the token, as a password; to the registry what that one signs.
    fn schemes(&self) -> &'static [&'static str] {
        &["Basic", "Bearer"]
    }
}

stories!(new, NEW);
stories!(old, OLD);
