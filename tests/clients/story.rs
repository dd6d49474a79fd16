//! The five promises, the same for every client. A failed one names itself; a kept one stands in the table.

use std::ffi::OsString;
use std::fs;

use crate::desk::Desk;
use crate::guarded;
use crate::manifest::{self, Entry};
use crate::scene::Scene;
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::Server;
use crate::table;

/// How many of a client run at once.
const CROWD: usize = 20;

/// When a client works again after its token was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heals {
    /// It asks again and the same run succeeds.
    InTheSameRun,
    /// That run fails and tells the helper; the next one succeeds.
    InTheNextRun,
    /// Nobody is told: `tok refresh` it is.
    AfterRefresh,
}

/// A program that asks for tokens.
pub trait Client {
    /// Its name in the manifest.
    fn name(&self) -> &'static str;

    /// What stands in the profile besides, as TOML.
    fn profile(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// See [`Heals`].
    fn heals(&self) -> Heals;

    /// A guarded server of the kind that it talks to.
    fn serve(&self, scene: &Scene) -> Server;

    /// What a person does once.
    fn set_up(&self, desk: &Desk, server: &Server);

    /// One use of a server, which leaves a cache or a copy behind only under this number.
    fn uses(&self, desk: &Desk, server: &Server, number: usize) -> Run;

    /// The same of a server that is not bound, where the client is made to ask the helper about it if it can be.
    fn tries(&self, desk: &Desk, server: &Server) -> Run {
        self.uses(desk, server, 0)
    }

    /// What it is configured by: files and folders in the home.
    fn configuration(&self) -> &'static [&'static str];

    /// Demands that a use did what it should, beyond ending well.
    fn demand(&self, _desk: &Desk, _number: usize, _output: &Output) {}

    /// Whatever else can be done with it than [`Client::uses`], after one of that.
    fn does_more(&self, _desk: &Desk) {}

    /// Demands that a use of an unbound server was refused, beyond ending badly and showing the server nothing.
    fn demand_refusal(&self, _desk: &Desk, _output: &Output) {}

    /// How tokens reach the server: `Bearer`, `Basic`, in the order of the alphabet.
    fn schemes(&self) -> &'static [&'static str] {
        &["Bearer"]
    }
}

/// The client as it is on this machine; `None` if it cannot be had, which the table then says.
pub fn found(client: &dyn Client) -> Option<Entry> {
    manifest::find(client.name()).map_err(|why| table::note(client.name(), "-", &format!("not to be had: {why}"))).ok()
}

/// Notes what else was shown of a client that is there.
pub fn noted(client: &dyn Client, what: &str) {
    if let Some(entry) = found(client) {
        table::note(client.name(), &entry.version, what);
    }
}

/// Uses the bound server and demands success.
#[track_caller]
fn succeeds(client: &dyn Client, desk: &Desk, number: usize) {
    let output = client.uses(desk, &desk.bound, number).run().ok();
    client.demand(desk, number, &output);
}

/// It works after one setup.
pub fn works(client: &dyn Client) {
    let Some(entry) = found(client) else { return };
    let desk = Desk::set_up(client, &entry, 3600);
    succeeds(client, &desk, 0);
    client.does_more(&desk);
    assert_eq!(guarded::schemes(&desk.bound), client.schemes());
    assert_eq!(desk.refreshes(), 0, "a fresh token was refreshed");
    table::note(client.name(), &entry.version, "works after one setup");
}

/// A token that was taken back costs one refresh and no configuration.
pub fn heals(client: &dyn Client) {
    let Some(entry) = found(client) else { return };
    let desk = Desk::set_up(client, &entry, 3600);
    let configuration = desk.content(client.configuration());
    succeeds(client, &desk, 0);
    desk.revoke();
    if client.heals() != Heals::InTheSameRun {
        let output = client.uses(&desk, &desk.bound, 1).run();
        assert_ne!(output.code(), 0, "a dead token was let in: {output:?}");
    }
    if client.heals() == Heals::AfterRefresh {
        assert_eq!(desk.refreshes(), 0, "it has a signal of rejection");
        desk.scene.tok("refresh").run().ok();
    }
    succeeds(client, &desk, 2);
    succeeds(client, &desk, 3);
    assert_eq!(desk.refreshes(), 1);
    assert_eq!(desk.content(client.configuration()), configuration, "the client's configuration has changed");
    let when = match client.heals() {
        Heals::InTheSameRun => "heals in the same run",
        Heals::InTheNextRun => "heals in the next run",
        Heals::AfterRefresh => "heals after `tok refresh`",
    };
    table::note(client.name(), &entry.version, when);
}

/// A server that nobody bound is shown nothing.
pub fn keeps_to_what_is_bound(client: &dyn Client) {
    let Some(entry) = found(client) else { return };
    let desk = Desk::set_up(client, &entry, 3600);
    // Nobody would be refused anything if the client asked nobody.
    let (output, _) = traced(client.tries(&desk, &desk.unbound));
    assert_ne!(output.code(), 0, "it was let in: {output:?}");
    assert_eq!(guarded::shown(&desk.unbound), 0, "an unbound server was shown something");
    let seen = desk.unbound.log().connections.concat();
    desk.scene.world.canaries().check("what an unbound server has seen", &seen);
    client.demand_refusal(&desk, &output);
    table::note(client.name(), &entry.version, "shows an unbound server nothing");
}

/// No token in arguments or environment of any process, in no configuration, nowhere on the disk; the end of every story
/// searches what was left and said, this one the processes too (M04).
pub fn leaves_nothing(client: &dyn Client) {
    let Some(entry) = found(client) else { return };
    let desk = Desk::set_up(client, &entry, 3600);
    let output = watched(&desk, client.uses(&desk, &desk.bound, 0));
    client.demand(&desk, 0, &output);
    crate::support::canary::demand_none(&desk.scene.world.leaks());
    table::note(client.name(), &entry.version, "leaves no token behind");
}

/// A run that must succeed, and of which every process is searched: all its arguments and its whole environment.
pub fn watched(desk: &Desk, run: Run) -> Output {
    let (output, trace) = traced(run);
    desk.scene.world.canaries().check("arguments and environments", &trace);
    output.ok()
}

/// A run in which the program is started, and all that was started in it.
fn traced(run: Run) -> (Output, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("trace");
    let words = ["strace", "-f", "-qq", "-v", "-s", "1000000", "-e", "trace=execve,execveat", "-o"];
    let output = run.under(words.map(OsString::from).into_iter().chain([log.clone().into()])).run();
    let trace = fs::read(&log).unwrap();
    assert!(starts_tok(&String::from_utf8_lossy(&trace)), "the program was not seen: {output:?}");
    (output, trace)
}

/// Whether a process became the program, under whatever name: `1234 execve("/bin/git-credential-tok", [...`.
fn starts_tok(trace: &str) -> bool {
    trace.lines().filter(|line| !line.contains("= -1 ")).any(|line| {
        let path = line.split_once("execve(\"").and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        name.contains("tok") || name == "keyring"
    })
}

/// Many at once on a session that has expired: one of them refreshes, all of them work (C01).
pub fn crowds(client: &dyn Client) {
    let Some(entry) = found(client) else { return };
    let desk = Desk::set_up(client, &entry, 0);
    let runs = (0..CROWD).map(|number| client.uses(&desk, &desk.bound, number));
    let outputs = desk.scene.world.many(runs);
    for (number, output) in outputs.into_iter().enumerate() {
        client.demand(&desk, number, &output.ok());
    }
    assert_eq!(desk.refreshes(), 1);
    table::note(client.name(), &entry.version, &format!("{CROWD} at once: 1 refresh"));
}

/// The five promises as tests of this client.
macro_rules! stories {
    ($name:ident, $client:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "the client is written where the macro is used")]
            use super::*;

            #[test]
            fn works_after_one_setup() {
                crate::story::works(&$client);
            }

            #[test] // S06
            fn heals_after_one_refresh() {
                crate::story::heals(&$client);
            }

            #[test] // T08
            fn keeps_to_what_is_bound() {
                crate::story::keeps_to_what_is_bound(&$client);
            }

            #[test] // M04, R01
            fn leaves_no_token_behind() {
                crate::story::leaves_nothing(&$client);
            }

            #[test] // C01
            fn twenty_at_once_refresh_once() {
                crate::story::crowds(&$client);
            }
        }
    };
}
pub(crate) use stories;
