//! pnpm, which runs the `tokenHelper` of a registry: without arguments, so that the program's name says what for.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::desk::Desk;
use crate::guarded;
use crate::scene::Scene;
use crate::shelf;
use crate::story::{Client, Heals, stories};
use crate::support::codec::base64;
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::{Answer, Server};

struct Pnpm {
    name: &'static str,
}

const OLD: Pnpm = Pnpm { name: "pnpm-10" };
const NEW: Pnpm = Pnpm { name: "pnpm-12" };

const LINES: &str = "mkdir package
echo '{\"name\":\"hello\",\"version\":\"1.0.0\"}' >package/package.json
tar -czf hello.tgz package";

impl Client for Pnpm {
    fn name(&self) -> &'static str {
        self.name
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        let folder = shelf::make(&scene.world, LINES);
        let archive = fs::read(folder.join("hello.tgz")).unwrap();
        let digest = ring::digest::digest(&ring::digest::SHA512, &archive);
        let integrity = format!("sha512-{}", base64(digest.as_ref()));
        guarded::serve(&scene.server, &["Bearer"], move |request| match request.path() {
            "/hello" => Answer::json(200, document(request.header("host").unwrap(), &integrity)),
            "/hello/-/hello-1.0.0.tgz" => Answer::new(200, "application/octet-stream", archive.clone()),
            _ => Answer::html(404),
        })
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        // What a person has in it already.
        let lines = format!("; ours\ncafile={}\nfetch-retries=0\n", desk.ca().display());
        fs::write(desk.path("home/.npmrc"), lines).unwrap();
        desk.setup("pnpm", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        let project = desk.path(&format!("work/project-{number}"));
        if !project.exists() {
            fs::create_dir(&project).unwrap();
            fs::write(project.join("package.json"), "{}").unwrap();
        }
        let store = project.join("store");
        desk.client(["add", "hello", "--registry", &server.url("/")]).arg("--store-dir").arg(store).folder(project)
    }

    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        // As if the person had named the helper for whatever registry there is.
        let (file, helper) =
            (desk.path("home/.npmrc"), desk.path("bin").join(format!("tok-bearer-work@{}", server.address())));
        symlink(crate::program(), &helper).unwrap();
        let line = format!("//{}/:tokenHelper={}\n", server.address(), helper.display());
        fs::write(&file, fs::read_to_string(&file).unwrap() + &line).unwrap();
        self.uses(desk, server, 0)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.npmrc"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        let file = desk.path(&format!("work/project-{number}/node_modules/hello/package.json"));
        assert!(file.exists());
    }
}

/// What a registry says of the package; its archive lies on the same host.
fn document(host: &str, integrity: &str) -> Value {
    let tarball = format!("https://{host}/hello/-/hello-1.0.0.tgz");
    let version =
        json!({ "name": "hello", "version": "1.0.0", "dist": { "tarball": tarball, "integrity": integrity } });
    json!({ "name": "hello", "dist-tags": { "latest": "1.0.0" }, "versions": { "1.0.0": version } })
}

stories!(old, OLD);
stories!(new, NEW);
