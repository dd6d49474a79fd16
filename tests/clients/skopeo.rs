//! skopeo, which stands for all that use podman's libraries.

use crate::desk::Desk;
use crate::registry;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;

struct Skopeo;

impl Client for Skopeo {
    fn name(&self) -> &'static str {
        "skopeo"
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        registry::serve(&scene.server.authority, scene.server.doorkeeper())
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        desk.setup("podman", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, _: usize) -> Run {
        desk.client(["inspect", &format!("docker://{}/app:1", server.address())])
    }

    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        // As if the person had named the helper for it.
        let file = desk.path("given/auth.json");
        std::fs::write(&file, format!(r#"{{ "credHelpers": {{ "{}": "tok" }} }}"#, server.address())).unwrap();
        self.uses(desk, server, 0).env("REGISTRY_AUTH_FILE", file)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.config/containers", "config/containers"]
    }

    fn demand(&self, _: &Desk, _: usize, output: &Output) {
        assert!(output.stdout.contains("\"amd64\""), "{output:?}");
    }

    fn does_more(&self, desk: &Desk) {
        let image = |tag: &str| format!("docker://{}/app:{tag}", desk.bound.address());
        let copy = |from: &str, to: &str| desk.client(["--insecure-policy", "copy", "-q", from, to]).run().ok();
        copy(&image("1"), "dir:copy");
        copy("dir:copy", &image("2"));
        // It has been logged in all along, and a logout is none from the profile.
        let host = desk.bound.address().to_string();
        assert!(desk.client(["login", &host]).run().ok().stdout.contains("Existing credentials are valid"));
        desk.client(["logout", &host]).run().ok();
        self.demand(desk, 0, &self.uses(desk, &desk.bound, 0).run().ok());
    }

    /// To the token server the token, as a password; to the registry what that one signs.
    fn schemes(&self) -> &'static [&'static str] {
        &["Basic", "Bearer"]
    }
}

stories!(skopeo, Skopeo);
