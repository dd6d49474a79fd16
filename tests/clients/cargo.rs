//! cargo and a registry in which nothing is public (`auth-required`), by the sparse protocol.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::{Arc, Mutex};

use ring::digest;
use serde_json::{Value, json};

use crate::desk::{Desk, word};
use crate::guarded;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::codec::hex;
use crate::support::gate::lock;
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::{Answer, Received, Server};

struct Cargo;

/// A crate as the registry keeps it: its line of the index, and its archive.
type Crates = BTreeMap<String, (Value, Vec<u8>)>;

impl Client for Cargo {
    fn name(&self) -> &'static str {
        "cargo"
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        let archive = hello();
        let line = json!({
            "name": "hello", "vers": "1.0.0", "deps": [], "features": {}, "yanked": false, "cksum": sum(&archive),
        });
        let crates = Arc::new(Mutex::new(Crates::from([("hello".to_owned(), (line, archive))])));
        guarded::serve(&scene.server, &["Cargo login_url=\"https://127.0.0.1/me\""], move |request| {
            answer(&mut lock(&crates), request)
        })
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        let world = &desk.scene.world;
        let home = desk.path("home/.cargo");
        fs::create_dir(&home).unwrap();
        let registry = |name: &str, server: &Server| {
            format!("[registries.{name}]\nindex = \"sparse+{}\"\n", server.url("/index/"))
        };
        let text = format!("{}\n{}", registry("bound", server), registry("unbound", &desk.unbound));
        fs::write(home.join("config.toml"), text).unwrap();
        world.set_env("CARGO_HOME", &home);
        world.set_env("CARGO_HTTP_CAINFO", desk.ca());
        desk.setup("cargo", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        let name = if server.url("") == desk.bound.url("") { "bound" } else { "unbound" };
        let project = make_project(
            desk,
            &format!("uses-{number}"),
            &format!("hello = {{ version = \"1\", registry = \"{name}\" }}"),
        );
        // What was fetched once is not fetched again: every use has a folder of its own for it.
        let home = project.join("cargo");
        fs::create_dir(&home).unwrap();
        symlink(desk.path("home/.cargo/config.toml"), home.join("config.toml")).unwrap();
        desk.client(["fetch"]).folder(&project).env("CARGO_HOME", home)
    }

    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        // As if the person had named the helper for every registry there is.
        let helper = word(&desk.path("bin/cargo-credential-tok"));
        self.uses(desk, server, 0).env("CARGO_REGISTRY_GLOBAL_CREDENTIAL_PROVIDERS", helper)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.cargo/config.toml"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        let lock = fs::read_to_string(desk.path(&format!("work/uses-{number}/Cargo.lock"))).unwrap();
        assert!(lock.contains(&sum(&hello())), "{lock}");
    }

    fn does_more(&self, desk: &Desk) {
        let project = make_project(desk, "mine", "");
        let words = ["publish", "--no-verify", "--allow-dirty", "--registry", "bound"];
        desk.client(words).folder(project).run().ok();
        let log = desk.bound.log();
        assert_eq!(log.to("/api/v1/crates/new").len(), 1);
        assert!(log.to("/index/mi/ne/mine").len() > 1, "it did not wait for what it had published");
        // Whose login it is, cargo has no say in.
        for operation in ["login", "logout"] {
            let output = desk.client([operation, "--registry", "bound"]).run().code_is(101);
            assert!(output.stderr.contains("requested operation not supported"), "{output:?}");
        }
        self.demand(desk, 1, &self.uses(desk, &desk.bound, 1).run().ok());
    }
}

/// A package of one file.
fn make_project(desk: &Desk, name: &str, dependency: &str) -> std::path::PathBuf {
    let project = desk.path("work").join(name);
    fs::create_dir_all(project.join("src")).unwrap();
    fs::write(project.join("src/lib.rs"), "").unwrap();
    let text = format!(
        "[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2021\"\nlicense = \"MIT\"\ndescription = \"-\"\n\
         [dependencies]\n{dependency}\n"
    );
    fs::write(project.join("Cargo.toml"), text).unwrap();
    project
}

/// The archive of `hello` 1.0.0; the same each time.
fn hello() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("hello-1.0.0");
    fs::create_dir_all(package.join("src")).unwrap();
    fs::write(package.join("src/lib.rs"), "").unwrap();
    fs::write(package.join("Cargo.toml"), "[package]\nname = \"hello\"\nversion = \"1.0.0\"\nedition = \"2021\"\n")
        .unwrap();
    let words = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--mode=644", "--no-recursion", "-cf", "-"];
    let files = ["hello-1.0.0/Cargo.toml", "hello-1.0.0/src/lib.rs"];
    let output = Command::new("tar")
        .args(words)
        .args(["--use-compress-program", "gzip -n"])
        .args(files)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

fn answer(crates: &mut Crates, request: &Received) -> Answer {
    let host = request.header("host").unwrap_or_default();
    let path = request.path().split('/').skip(1).collect::<Vec<_>>();
    let found = |name: &str| crates.get(name).ok_or_else(|| Answer::html(404));
    let answer = match (request.method.as_str(), &path[..]) {
        ("GET", ["index", "config.json"]) => Ok(Answer::json(
            200,
            json!({ "dl": format!("https://{host}/files"), "api": format!("https://{host}"), "auth-required": true }),
        )),
        ("GET", ["index", _, _, name]) => found(name).map(|(line, _)| Answer::new(200, "text/plain", line.to_string())),
        ("GET", ["files", name, _, "download"]) => {
            found(name).map(|(_, archive)| Answer::new(200, "application/gzip", archive.clone()))
        }
        ("PUT", ["api", "v1", "crates", "new"]) => {
            let (description, archive) = published(&request.body);
            let name = description["name"].as_str().unwrap().to_owned();
            let line = json!({
                "name": name, "vers": description["vers"], "deps": [], "features": {}, "yanked": false,
                "cksum": sum(archive),
            });
            crates.insert(name, (line, archive.to_owned()));
            Ok(Answer::json(200, json!({ "warnings": {} })))
        }
        _ => Err(Answer::html(404)),
    };
    answer.unwrap_or_else(|refusal| refusal)
}

/// What a publication says of itself, and its archive ("Publish" in the registry's Web API: each after its length).
fn published(body: &[u8]) -> (Value, &[u8]) {
    let (description, rest) = measured(body);
    (serde_json::from_slice(description).unwrap(), measured(rest).0)
}

fn measured(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (length, rest) = bytes.split_first_chunk().unwrap();
    rest.split_at(u32::from_le_bytes(*length) as usize)
}

fn sum(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

stories!(cargo, Cargo);
