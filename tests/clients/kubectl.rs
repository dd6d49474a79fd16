//! kubectl, which starts the helper as an exec plugin: an old one, which knows the protocol's v1beta1 alone, and a new one.
//! The user whom setup writes is one for both; those who write their own may ask for v1.

use serde_json::{Value, json};

use crate::desk::{Desk, word};
use crate::guarded;
use crate::scene::Scene;
use crate::story::{Client, Heals, stories};
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::{Answer, Received, Server};

struct Kubectl {
    name: &'static str,
    /// Of the plugin's protocol.
    version: &'static str,
}

const NEW: Kubectl = Kubectl { name: "kubectl", version: "client.authentication.k8s.io/v1" };
const OLD: Kubectl = Kubectl { name: "kubectl-old", version: "client.authentication.k8s.io/v1beta1" };

impl Client for Kubectl {
    fn name(&self) -> &'static str {
        self.name
    }

    /// It asks a second time after a 401, but cannot say why.
    fn heals(&self) -> Heals {
        Heals::AfterRefresh
    }

    fn serve(&self, scene: &Scene) -> Server {
        guarded::serve(&scene.server, &["Bearer realm=\"cluster\""], answer)
    }

    fn set_up(&self, desk: &Desk, server: &Server) {
        let cluster = |name: &str, server: &Server| {
            let words = ["config", "set-cluster", name, "--server", &server.url(""), "--certificate-authority"];
            desk.client(words).arg(desk.ca()).run().ok();
        };
        cluster("bound", server);
        cluster("unbound", &desk.unbound);
        desk.setup("kube", server).run().ok();
        let contexts = desk.client(["config", "get-contexts", "-o", "name"]).run();
        desk.client(["config", "use-context", contexts.line()]).run().ok();
    }

    fn uses(&self, desk: &Desk, _: &Server, _: usize) -> Run {
        desk.client(["get", "namespaces", "-o", "name"])
    }

    /// Whoever writes another file, or an option, can name the user that setup wrote for one cluster with any other.
    fn tries(&self, desk: &Desk, _: &Server) -> Run {
        let user = desk.client(["config", "view", "-o", "jsonpath={.users[0].name}"]).run().ok().stdout;
        desk.client(["--cluster", "unbound", "--user", user.trim(), "get", "namespaces", "-o", "name"])
    }

    fn configuration(&self) -> &'static [&'static str] {
        &["home/.kube/config"]
    }

    fn demand(&self, _: &Desk, _: usize, output: &Output) {
        assert_eq!(output.stdout, "namespace/default\nnamespace/garden\n");
    }

    fn does_more(&self, desk: &Desk) {
        let output = self.for_all(desk, "bound").run().ok();
        self.demand(desk, 0, &output);
        let output = self.for_all(desk, "unbound").run();
        assert_ne!(output.code(), 0, "{output:?}");
        self.demand_refusal(desk, &output);
    }

    fn demand_refusal(&self, desk: &Desk, output: &Output) {
        assert!(output.stderr.contains(&format!("tok bind {}", desk.unbound.url(""))), "{output:?}");
    }
}

impl Kubectl {
    /// With one user for every cluster, whom the person has written: the plugin is told which cluster it is for.
    fn for_all(&self, desk: &Desk, cluster: &str) -> Run {
        let users = self.user(json!({ "args": ["helper", "kube"], "provideClusterInfo": true }));
        let config = json!({ "apiVersion": "v1", "kind": "Config", "users": users });
        let file = desk.path("given/for-all");
        std::fs::write(&file, config.to_string()).unwrap();
        let files = format!("{}:{}", word(&file), word(&desk.path("home/.kube/config")));
        let words = ["--cluster", cluster, "--user", "by-hand", "get", "namespaces", "-o", "name"];
        desk.client(words).env("KUBECONFIG", files)
    }

    /// The users of a configuration, whose form is YAML, of which JSON is a part.
    fn user(&self, mut exec: Value) -> Value {
        exec["apiVersion"] = self.version.into();
        exec["command"] = "tok".into();
        exec["interactiveMode"] = "Never".into();
        json!([{ "name": "by-hand", "user": { "exec": exec } }])
    }
}

/// As much of a cluster as it takes to list namespaces.
fn answer(request: &Received) -> Answer {
    let list = |kind: &str, member: &str, content: Value| json!({ "kind": kind, member: content });
    let named = |name: &str| json!({ "kind": "Namespace", "apiVersion": "v1", "metadata": { "name": name } });
    let mut content = match request.path() {
        "/api" => list("APIVersions", "versions", json!(["v1"])),
        "/apis" => list("APIGroupList", "groups", json!([])),
        "/api/v1" => {
            let namespaces = json!({
                "name": "namespaces", "singularName": "namespace", "namespaced": false, "kind": "Namespace",
                "verbs": ["get", "list"], "shortNames": ["ns"],
            });
            let mut resources = list("APIResourceList", "resources", json!([namespaces]));
            resources["groupVersion"] = "v1".into();
            resources
        }
        "/api/v1/namespaces" => list("NamespaceList", "items", json!([named("default"), named("garden")])),
        _ => {
            return Answer::json(
                404,
                json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404 }),
            );
        }
    };
    content["apiVersion"] = "v1".into();
    Answer::json(200, content)
}

stories!(new, NEW);
stories!(old, OLD);
