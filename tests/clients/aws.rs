//! The AWS command line, which gets keys from a `credential_process`, or for an ID token in a file.

use std::fs;

use crate::cloud;
use crate::desk::{Desk, word};
use crate::scene::Scene;
use crate::story::{self, Client, Heals, stories};
use crate::support::PATIENCE;
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;

/// By `tok helper aws`.
struct Process;

/// By `tok exec --file AWS_WEB_IDENTITY_TOKEN_FILE`.
struct File;

const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

/// The words after `aws`: a bucket of its own for each use.
fn words(server: &Server, number: usize) -> [String; 7] {
    [
        "--endpoint-url",
        &server.url(""),
        "s3api",
        "create-bucket",
        "--bucket",
        &format!("hello-{number}"),
        "--no-paginate",
    ]
    .map(str::to_owned)
}

fn surroundings(desk: &Desk) {
    let ca = word(&desk.ca());
    let variables = [("AWS_CA_BUNDLE", ca.as_str()), ("AWS_DEFAULT_REGION", "us-east-1"), ("AWS_MAX_ATTEMPTS", "1")];
    for (name, value) in variables.into_iter().chain([("AWS_EC2_METADATA_DISABLED", "true")]) {
        desk.scene.world.set_env(name, value);
    }
}

fn demand_bucket(number: usize, output: &Output) {
    assert!(output.stdout.contains(&format!("/hello-{number}\"")), "{output:?}");
}

impl Client for Process {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn profile(&self) -> &'static [(&'static str, &'static str)] {
        &[("scopes", "['openid']")]
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        scene.server.set(|setup| setup.renews_id_tokens = true);
        cloud::serve(scene)
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        surroundings(desk);
        desk.setup("aws", server).arg("--role-arn").arg(ROLE).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        desk.client(["--profile", "tok-work"]).args(words(server, number))
    }

    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        // As if the person had named the helper for whatever service there is.
        let file = desk.path("home/.aws/config");
        let (text, program) = (fs::read_to_string(&file).unwrap(), word(&desk.path("bin/tok")));
        let helper = format!("{program} helper aws --role-arn {ROLE} --endpoint {}", server.url(""));
        fs::write(file, format!("{text}\n[profile other]\ncredential_process = {helper}\n")).unwrap();
        desk.client(["--profile", "other"]).args(words(server, 0))
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.aws/config"]
    }

    fn demand(&self, _: &Desk, number: usize, output: &Output) {
        demand_bucket(number, output);
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["AWS4-HMAC-SHA256"]
    }

    fn demand_refusal(&self, desk: &Desk, output: &Output) {
        assert!(output.stderr.contains(&format!("tok bind {}", desk.unbound.url(""))), "{output:?}");
    }
}

impl Client for File {
    fn name(&self) -> &'static str {
        "aws"
    }

    fn profile(&self) -> &'static [(&'static str, &'static str)] {
        Process.profile()
    }

    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        Process.serve(scene)
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        surroundings(desk);
        desk.scene.tok(&format!("bind --id-token {}", server.url(""))).run().ok();
    }

    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run {
        let origin = server.url("");
        desk.scene
            .tok(&format!("exec --file AWS_WEB_IDENTITY_TOKEN_FILE --for {origin} --"))
            .arg(&desk.client)
            .args(words(server, number))
            .env("AWS_ROLE_ARN", ROLE)
            // Keys that came of a token are kept in the home, under the session's name, for as long as they live.
            .env("AWS_ROLE_SESSION_NAME", format!("tok-{number}"))
            .env("AWS_ENDPOINT_URL_STS", origin)
            .within(2 * PATIENCE)
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["config"]
    }

    fn demand(&self, _: &Desk, number: usize, output: &Output) {
        demand_bucket(number, output);
    }

    fn does_more(&self, _: &Desk) {
        story::noted(self, "so it does with `tok exec --file`");
    }

    fn schemes(&self) -> &'static [&'static str] {
        Process.schemes()
    }

    fn demand_refusal(&self, desk: &Desk, output: &Output) {
        assert_eq!(output.code(), 125);
        assert!(output.stderr.contains(&format!("tok bind {}", desk.unbound.url(""))), "{output:?}");
    }
}

stories!(process, Process);
stories!(file, File);
