//! A person at a terminal: what is asked there, what is shown, and what happens where nobody can answer.
//!
//! - [`prompt`]: the password prompt
//! - [`interrupted`]: signals and keys while something is asked or waited for
//! - [`questions`]: user name, client secret, a changed profile
//! - [`keyring`]: a keyring that waits for a person
//! - [`unasked`]: no terminal, or no questions wanted
//! - [`looks`]: spinner, colour, narrow terminals

#![cfg(unix)]

mod interrupted;
#[cfg(target_os = "linux")]
mod keyring;
mod looks;
mod prompt;
mod questions;
mod unasked;

use crate::support::pty::Pty;
use crate::support::run::World;
use crate::support::server::AuthServer;

/// A home with the profile `default` for ada at a server, not logged in.
struct Scene {
    server: AuthServer,
    world: World,
}

impl Scene {
    fn new() -> Self {
        Self::with_profile("client-id = \"tok\"\nusername = \"ada\"\n")
    }

    /// What the profile says besides the server, the store and the CA.
    fn with_profile(lines: &str) -> Self {
        let world = crate::world();
        world.allow_file_store();
        let server = AuthServer::start(world.canaries());
        let scene = Self { server, world };
        scene.world.write_config(&scene.profile("default", lines));
        scene
    }

    fn profile(&self, name: &str, lines: &str) -> String {
        let ca_file = self.server.ca_file(&self.world.path("given")).display().to_string();
        let issuer = self.server.issuer();
        format!("[profiles.{name}]\nissuer = \"{issuer}\"\nstore = \"file\"\nca-file = \"{ca_file}\"\n{lines}")
    }

    /// `tok login` and words more, on a terminal.
    fn login(&self, more: &[&str]) -> Pty {
        self.world.tok(["login"].iter().chain(more)).on_terminal()
    }

    fn password_prompt(&self) -> String {
        format!("Password for ada at {}: ", self.server.issuer())
    }

    /// Answers the password prompt when it comes.
    #[track_caller]
    fn answer_password(&self, tty: &mut Pty) {
        tty.expect(&self.password_prompt());
        tty.send(&format!("{}\n", self.server.password("ada")));
    }

    fn config(&self) -> String {
        std::fs::read_to_string(self.world.path("config/tok/config.toml")).unwrap()
    }

    #[track_caller]
    fn is_logged_in(&self) {
        self.world.tok(["show"]).run().code_is(0);
    }

    #[track_caller]
    fn is_not_logged_in(&self) {
        self.world.tok(["show"]).run().code_is(3);
    }
}
