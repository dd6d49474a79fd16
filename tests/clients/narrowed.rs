//! docker and curl of one login, where the token of one of their services is good for that one alone: neither service
//! ever sees the other's token.

use std::collections::BTreeSet;

use crate::desk::Desk;
use crate::docker::OLD as DOCKER;
use crate::guarded;
use crate::registry;
use crate::story::{self, Client as _};
use crate::support::canary::{Canaries, Kind};
use crate::support::server::{Answer, Server};
use crate::table;

/// Which service has a token of its own.
#[derive(Clone, Copy, PartialEq)]
enum Narrowed {
    Registry,
    Api,
}

/// What the token of such a service is good for.
const RESOURCE: &str = "https://only.example.com/";

struct Services {
    registry: Server,
    api: Server,
    desk: Desk,
}

impl Services {
    /// Two services and their bindings; docker is set up.
    fn new(desk: Desk, narrowed: Narrowed, how: &str) -> Self {
        let scene = &desk.scene;
        let takes = |service| {
            let resource = if service == narrowed { vec![RESOURCE.to_owned()] } else { Vec::new() };
            scene.server.doorkeeper_for(resource)
        };
        let registry = registry::serve(&scene.server.authority, takes(Narrowed::Registry));
        let content = |_: &_| Answer::new(200, "text/plain", "hello");
        let api = guarded::serve_to(&scene.server.authority, takes(Narrowed::Api), &["Bearer"], content);
        let bind = |server: &Server, more: &str| drop(scene.tok(&format!("bind {}{more}", server.url(""))).run().ok());
        let more = format!(" --resource {RESOURCE}{how}");
        match narrowed {
            Narrowed::Registry => (bind(&registry, &more), bind(&api, "")),
            Narrowed::Api => (bind(&registry, ""), bind(&api, &more)),
        };
        desk.setup("docker", &registry).run().ok();
        Self { registry, api, desk }
    }

    #[track_caller]
    fn pull(&self) {
        let output = DOCKER.uses(&self.desk, &self.registry, 0).run().ok();
        DOCKER.demand(&self.desk, 0, &output);
    }

    #[track_caller]
    fn call(&self) {
        let words = ["curl", "--", "-sS", "--fail", "--cacert"].map(str::to_owned);
        let run = self.desk.scene.world.tok(words).arg(self.desk.ca()).arg(self.api.url("/x"));
        assert_eq!(run.run().ok().stdout, "hello");
    }

    /// Demands that neither server was sent a token of the other's, in whatever form, and gives the number of each's.
    fn demand_apart(&self) -> (usize, usize) {
        let of_registry: BTreeSet<String> =
            self.registry.log().to("/auth").iter().filter_map(|request| guarded::token(request)).collect();
        let of_api: BTreeSet<String> = self.api.log().requests.iter().filter_map(guarded::token).collect();
        for (name, server, others) in [("registry", &self.registry, &of_api), ("API", &self.api, &of_registry)] {
            let canaries = Canaries::new();
            others.iter().for_each(|token| canaries.add(Kind::AccessToken, "the other's token", token));
            canaries.check(&format!("what the {name} was sent"), &server.log().connections.concat());
        }
        (of_registry.len(), of_api.len())
    }
}

#[test] // P09, S06
fn no_service_sees_the_token_of_another() {
    let Some(entry) = story::found(&DOCKER) else { return };
    for narrowed in [Narrowed::Registry, Narrowed::Api] {
        for how in ["", " --exchange"] {
            let scene = Desk::new(&DOCKER, &entry);
            scene.scene.login();
            let services = Services::new(scene, narrowed, how);
            for _ in 0..3 {
                services.pull();
                services.call();
            }
            assert_eq!(services.demand_apart(), (1, 1), "they took turns");
            services.desk.revoke();
            services.desk.scene.tok("refresh").run().ok();
            services.pull();
            services.call();
            assert_eq!(services.demand_apart(), (2, 2));
        }
    }
    table::note(DOCKER.name(), &entry.version, "shows its registry a token of its own, by RFC 8707 and RFC 8693");
}
