//! What every story begins with: a person's home with a profile, and two guarded servers of which one will be bound.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::manifest::Entry;
use crate::scene::Scene;
use crate::story::Client;
use crate::support::PATIENCE;
use crate::support::run::Run;
use crate::support::server::Server;

/// The parts of it. The servers pass their judgement before the world does.
pub struct Desk {
    /// Its origin is bound to the profile by the client's setup.
    pub bound: Server,
    /// The same in every respect, but nobody has bound it.
    pub unbound: Server,
    pub scene: Scene,
    /// The client's program.
    pub client: PathBuf,
}

impl Desk {
    /// A home with a profile, in which nobody is logged in.
    pub fn new(client: &dyn Client, entry: &Entry) -> Self {
        let scene = Scene::bare();
        scene.configure(client.profile());
        let world = &scene.world;
        let bin = world.path("bin");
        fs::create_dir(&bin).unwrap();
        symlink(crate::program(), bin.join("tok")).unwrap();
        let own = entry.program.parent().unwrap();
        world.set_env("PATH", format!("{}:{}:/usr/bin:/bin", bin.display(), own.display()));
        // Most clients read one of these; those that do not are told by an option or a variable of their own.
        let ca = scene.server.ca_file(&world.path("given"));
        for name in ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"] {
            world.set_env(name, &ca);
        }
        let [bound, unbound] = [(); 2].map(|()| client.serve(&scene));
        Self { bound, unbound, scene, client: entry.program.clone() }
    }

    /// The same, logged in and set up; the access token lives so many seconds, the next ones an hour.
    pub fn set_up(client: &dyn Client, entry: &Entry, seconds: u64) -> Self {
        let desk = Self::new(client, entry);
        desk.scene.server.set(|setup| setup.expires_in = Some(seconds));
        desk.scene.login();
        desk.scene.server.set(|setup| setup.expires_in = Some(3600));
        client.set_up(&desk, &desk.bound);
        desk
    }

    /// `tok setup CLIENT --for ORIGIN`, with the programs' names in a folder of this home.
    pub fn setup(&self, client: &str, server: &Server) -> Run {
        let bin = self.path("bin");
        self.scene.tok(&format!("setup {client} --for {}", server.url(""))).arg("--bin-dir").arg(bin)
    }

    /// Puts a folder of this home before all others in which programs are looked for.
    pub fn puts_first_in_path(&self, folder: &str) {
        let own = self.client.parent().unwrap();
        let folders = [&self.path(folder), &self.path("bin"), own].map(word);
        self.scene.world.set_env("PATH", format!("{}:/usr/bin:/bin", folders.join(":")));
    }

    /// The client in this home.
    pub fn client<S: AsRef<std::ffi::OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Run {
        // Many of them at once on a machine with few cores take their time.
        words.into_iter().fold(self.scene.world.command(self.client.clone()), Run::arg).within(2 * PATIENCE)
    }

    /// A path in this home.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.scene.world.path(relative)
    }

    /// Where the authority's certificate lies.
    pub fn ca(&self) -> PathBuf {
        self.path("given/ca.pem")
    }

    /// How many refreshes the authorization server was asked for.
    pub fn refreshes(&self) -> usize {
        self.scene.server.count("refresh_token")
    }

    /// As if somebody had taken the access token back at the server.
    pub fn revoke(&self) {
        self.scene.server.realm(crate::support::server::realm::Realm::expire_access);
    }

    /// These files and all below these folders, to the byte. There must be one: a client that is configured nowhere
    /// shows nothing by staying so.
    #[track_caller]
    pub fn content(&self, paths: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        for path in paths.iter().map(|path| self.path(path)) {
            let below =
                if path.is_dir() { crate::support::canary::places::everything_below(&path) } else { vec![path] };
            files.extend(below.into_iter().filter_map(|path| fs::read(&path).ok().map(|bytes| (path, bytes))));
        }
        assert!(!files.is_empty(), "none of {paths:?} is there");
        files
    }
}

/// A path as a word.
pub fn word(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
