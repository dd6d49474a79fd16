//! What several modules start from: a user whose password lies in a file, and calls at scripted servers.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::canary::Kind;
use crate::support::run::{Run, World};
use crate::support::server::{Answer, Server};

/// `tok login` at a token endpoint; nothing is kept.
pub fn login_at(world: &World, endpoint: &str) -> Run {
    login(world, "--token-endpoint", endpoint)
}

/// `tok login` by an issuer; nothing is kept.
pub fn login_by(world: &World, issuer: &str) -> Run {
    login(world, "--issuer", issuer)
}

fn login(world: &World, option: &str, url: &str) -> Run {
    let words = ["login", option, url, "--client-id", "tok", "-u", "ada", "--store", "none", "--no-save"];
    // A name that nobody has is not found in a second either where no name server answers.
    world.tok(words).arg("--password-file").arg(password_file(world)).env("RES_OPTIONS", "timeout:1 attempts:1")
}

/// The file with ada's password: a canary that is made at the first call.
pub fn password_file(world: &World) -> PathBuf {
    let path = world.path("given/password");
    if path.exists() { path } else { world.secret_file("password", &world.canaries().make(Kind::Password)) }
}

/// A good answer of a token endpoint, with new canaries.
pub fn tokens(world: &World) -> Value {
    let [access, refresh] = [Kind::AccessToken, Kind::RefreshToken].map(|kind| world.canaries().make(kind));
    json!({ "access_token": access, "token_type": "Bearer", "expires_in": 300, "refresh_token": refresh })
}

/// Logs in at a scripted server's `/token`, with `/revoke` to log out at, and keeps the session in a file.
pub fn session(world: &World, server: &Server) {
    world.allow_file_store();
    let answer = Answer::json(200, tokens(world));
    server.reply(|_| answer);
    let (token, revoke) = (server.url("/token"), server.url("/revoke"));
    let words =
        ["login", "--token-endpoint", &token, "--revocation-endpoint", &revoke, "--client-id", "tok", "-u", "ada"];
    world.tok(words).arg("--store").arg("file").arg("--password-file").arg(password_file(world)).run().ok();
}

/// The text of the session that is kept in a file.
pub fn stored(world: &World) -> (PathBuf, Vec<u8>) {
    let entries = std::fs::read_dir(world.path("state/tok/sessions")).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    // Hidden is the room that is made sure of before a refresh.
    files.retain(|file| !file.file_name().unwrap().to_string_lossy().starts_with('.'));
    assert_eq!(files.len(), 1, "{files:?}");
    let file = files.remove(0);
    let bytes = std::fs::read(&file).unwrap();
    (file, bytes)
}
