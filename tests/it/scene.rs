//! The usual scene: a small OAuth server on plain http, a profile for it, and sessions in files.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

#[cfg(unix)]
use crate::support::canary::Kind;
use crate::support::run::{Run, World};
use crate::support::server::{AuthServer, Received};
use crate::world;

/// The parts of it. The server passes its judgement first, then the world.
pub struct Scene {
    pub server: AuthServer,
    pub world: World,
}

impl Scene {
    /// A server and a home without any configuration.
    pub fn bare() -> Self {
        let world = world();
        world.allow_file_store();
        Self { server: AuthServer::start_http(world.canaries()), world }
    }

    /// With profile `work`, in which everything is that `ada` needs for a login without questions.
    pub fn new() -> Self {
        let scene = Self::bare();
        scene.configure(&[]);
        scene
    }

    /// The same, logged in.
    pub fn logged_in() -> Self {
        let scene = Self::new();
        scene.login();
        scene
    }

    /// Writes the profile, with these keys set otherwise or besides; values are TOML, an empty one leaves a key out.
    pub fn configure(&self, changes: &[(&str, &str)]) -> PathBuf {
        self.world.write_config(&format!("default-profile = \"work\"\n\n{}", self.profile("work", changes)))
    }

    /// A profile as it stands in the configuration file.
    pub fn profile(&self, name: &str, changes: &[(&str, &str)]) -> String {
        let password = self.world.secret_file("password", &self.server.password("ada"));
        let mut keys: Vec<(&str, String)> = vec![
            ("issuer", toml(&self.server.issuer())),
            ("client-id", toml("tok")),
            ("username", toml("ada")),
            ("password-file", toml(password.to_str().unwrap())),
            ("store", toml("file")),
        ];
        for (key, value) in changes {
            match keys.iter_mut().find(|(known, _)| known == key) {
                Some((_, known)) => (*value).clone_into(known),
                None => keys.push((key, (*value).to_owned())),
            }
        }
        let lines = keys.iter().filter(|(_, value)| !value.is_empty()).map(|(key, value)| format!("{key} = {value}\n"));
        format!("[profiles.{name}]\n{}", lines.collect::<String>())
    }

    /// The program with these words.
    pub fn tok(&self, words: &str) -> Run {
        self.world.tok(words.split_whitespace())
    }

    /// Logs in by the profile.
    #[track_caller]
    pub fn login(&self) {
        self.tok("login").run().ok();
    }

    /// What `tok token` prints.
    #[track_caller]
    pub fn token(&self) -> String {
        self.tok("token").run().line().to_owned()
    }

    /// `tok token` with the credentials in the environment and nothing else there.
    pub fn direct(&self, words: &str) -> Run {
        self.tok(words)
            .env("TOK_ISSUER", self.server.issuer())
            .env("TOK_CLIENT_ID", "tok")
            .env("TOK_USERNAME", "ada")
            .env("TOK_PASSWORD", self.server.password("ada"))
    }

    /// `tok show --json`.
    #[track_caller]
    pub fn shown(&self) -> Value {
        serde_json::from_str(&self.tok("show --json").run().stdout).unwrap()
    }

    /// The token requests, in order.
    pub fn token_requests(&self) -> Vec<Received> {
        self.server.log().to("/token").into_iter().cloned().collect()
    }

    /// The newest token request.
    #[track_caller]
    pub fn last_token_request(&self) -> Received {
        self.token_requests().pop().expect("a token request")
    }

    /// How many requests of any kind came.
    pub fn requests(&self) -> usize {
        self.server.log().requests.len()
    }

    /// How many requests came that carry anything.
    pub fn posts(&self) -> usize {
        self.server.log().requests.iter().filter(|request| request.method == "POST").count()
    }

    /// The sessions in the file store. A hidden file holds room for the next write.
    pub fn sessions(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.world.path("state/tok/sessions")) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'));
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// Lets a typed client secret lie in the store `file`.
    #[cfg(unix)]
    pub fn allow_client_secret_in_store(&self) {
        self.world.allow(Kind::ClientSecret, "state/tok/sessions/");
    }
}

/// A text as TOML.
pub fn toml(text: &str) -> String {
    assert!(!text.contains('\''));
    format!("'{text}'")
}
