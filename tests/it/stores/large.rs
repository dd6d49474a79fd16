//! Tokens of any size in every store, in every form of `token`, from the store and from the cache.

use std::sync::Arc;

use serde_json::Value;

use crate::support::canary::Kind;
use crate::support::canary::random_text;
use crate::support::kernel_keys;
use crate::support::secret_service::SecretService;
use crate::support::server::AuthServer;
use crate::world;

/// Lets the server give out access, refresh and ID tokens of this length.
fn issue(server: &AuthServer, length: usize) {
    server.set(|setup| {
        setup.edit_tokens = Some(Arc::new(move |answer| {
            for member in ["access_token", "id_token"] {
                answer.insert(member.into(), random_text(length).chars().take(length).collect::<String>().into());
            }
        }));
    });
}

#[test] // P12, R04
fn tokens_of_64_kib_and_more_go_through_every_store_and_form() {
    for store in ["file", "kernel", "keyring", "none"] {
        if store == "kernel" && !rustix::process::geteuid().is_root() {
            eprintln!("skipped: not root, and others have room for 20,000 bytes of keys");
            continue;
        }
        let world = world();
        let keyring = SecretService::start();
        world.set_env("DBUS_SESSION_BUS_ADDRESS", keyring.address());
        for kind in [Kind::AccessToken, Kind::RefreshToken, Kind::IdToken] {
            world.allow(kind, if store == "file" { "state/tok/sessions/" } else { "kernel key tok:session:" });
        }
        let server = AuthServer::start_http(world.canaries());
        let words = ["login", "--issuer", &server.issuer(), "--client-id", "tok", "-u", "ada", "--store", store];
        let login = world.tok(words).arg("--password-stdin").stdin(server.password("ada"));
        let login = if store == "none" { login.arg("--no-save") } else { login };
        issue(&server, 64 * 1024);
        login.run().ok();
        if store == "none" {
            continue; // what asks the server each time is the next test
        }
        for length in [70_000, 12] {
            issue(&server, length);
            world.tok(["refresh"]).run().ok();
            for cached in [true, false] {
                if !cached {
                    kernel_keys::forget(&world.path("config/tok/config.toml").display().to_string());
                }
                let plain = world.tok(["token"]).run().line().to_owned();
                assert_eq!(plain.len(), length, "{store}, cached: {cached}");
                assert!(world.tok(["token", "--header"]).run().line() == format!("Authorization: Bearer {plain}"));
                let json: Value = serde_json::from_str(world.tok(["token", "--json"]).run().line()).unwrap();
                assert!(json["access_token"] == plain, "{store}, {length}");
            }
        }
        assert_eq!(server.realm(|realm| realm.reuses), 0, "{store}");
        world.tok(["logout"]).run().ok();
        assert!(keyring.secrets().is_empty() && world.remaining().is_empty(), "{store}");
    }
}

#[test] // P12
fn a_token_of_64_kib_for_credentials_in_the_environment() {
    let world = world();
    let server = AuthServer::start_http(world.canaries());
    issue(&server, 100_000);
    for (form, before) in [("--header", "Authorization: Bearer "), ("--json", "{\"access_token\":\""), ("-q", "")] {
        let run = world.tok(["token", form]).env("TOK_ISSUER", server.issuer()).env("TOK_CLIENT_ID", "tok");
        let output = run.env("TOK_USERNAME", "ada").env("TOK_PASSWORD", server.password("ada")).run();
        assert!(output.line().starts_with(before) && output.line().len() >= before.len() + 100_000, "{form}");
    }
}

#[test] // R07
fn two_profiles_and_two_files_share_no_entry_of_the_keyring() {
    let world = world();
    let keyring = SecretService::start();
    world.set_env("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    let server = AuthServer::start_http(world.canaries());
    let config = |profiles: &[&str]| {
        let profile = |name: &&str| {
            format!("[profiles.\"{name}\"]\nissuer = '{}'\nclient-id = 'tok'\nusername = 'ada'\n", server.issuer())
        };
        profiles.iter().map(profile).collect::<String>()
    };
    world.write_config(&config(&["work", "Work", "work.default"]));
    let other = world.path("given/other.toml");
    std::fs::write(&other, config(&["work"])).unwrap();
    let main = world.path("config/tok/config.toml");
    let who = [(&main, "work"), (&main, "Work"), (&main, "work.default"), (&other, "work")];
    let tok = |(file, profile): (&std::path::PathBuf, &str), verb: &str| {
        let run = world.tok([verb, "-p", profile, "--config"]).arg(file);
        if verb == "login" { run.arg("--password-stdin").stdin(server.password("ada")) } else { run }
    };
    let tokens = who.map(|who| {
        tok(who, "login").run().ok();
        tok(who, "token").run().line().to_owned()
    });
    assert!(keyring.secrets().len() >= who.len());
    for (who, token) in who.iter().zip(&tokens) {
        assert_eq!(tok(*who, "token").run().line(), token);
        tok(*who, "refresh").run().ok();
    }
    // One after the other leaves, and the others are whole.
    for (gone, who_left) in who.iter().enumerate() {
        tok(*who_left, "logout").run().ok();
        tok(*who_left, "token").run().code_is(3);
        for stays in &who[gone + 1..] {
            tok(*stays, "refresh").run().ok();
        }
    }
    assert!(keyring.secrets().is_empty());
    assert_eq!(server.realm(|realm| realm.reuses), 0);
}
