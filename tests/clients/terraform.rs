//! Terraform, which runs a credentials helper from its folder of plugins for each host of modules.

use std::fs;

use crate::desk::Desk;
use crate::guarded;
use crate::scene::Scene;
use crate::shelf;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::{Answer, Server};

struct Terraform;

const LINES: &str = "echo 'output \"hello\" { value = \"hello\" }' >main.tf
zip hello.zip main.tf";

impl Client for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        let folder = shelf::make(&scene.world, LINES);
        let archive = folder.join("hello.zip");
        guarded::serve(&scene.server, &["Bearer"], move |request| match request.path() {
            "/.well-known/terraform.json" => Answer::new(200, "application/json", r#"{"modules.v1":"/v1/modules/"}"#),
            "/v1/modules/acme/hello/any/versions" => {
                Answer::new(200, "application/json", r#"{"modules":[{"versions":[{"version":"1.0.0"}]}]}"#)
            }
            // A registry names a place at which nobody has to show anything.
            "/v1/modules/acme/hello/any/1.0.0/download" => {
                Answer::empty(204).header("X-Terraform-Get", &format!("file://{}", archive.display()))
            }
            _ => Answer::html(404),
        })
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        desk.scene.world.set_env("CHECKPOINT_DISABLE", "1");
        desk.setup("terraform", server).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        let project = desk.path(&format!("work/project-{number}"));
        if !project.exists() {
            fs::create_dir(&project).unwrap();
        }
        let source = format!("{}/acme/hello/any", server.address());
        fs::write(project.join("main.tf"), format!("module \"hello\" {{\n  source = \"{source}\"\n}}\n")).unwrap();
        desk.client(["init", "-no-color", "-input=false"]).folder(project)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.terraformrc", "home/.terraform.d"]
    }

    fn demand(&self, desk: &Desk, number: usize, _: &Output) {
        assert!(desk.path(&format!("work/project-{number}/.terraform/modules/hello/main.tf")).exists());
    }
}

stories!(terraform, Terraform);
