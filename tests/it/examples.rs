//! The examples in help and man pages work as they stand, with this server in the place of theirs.

#![cfg(unix)]

use std::path::Path;

use clap::Command;

use crate::generated::files::man::example_lines;
use crate::support::canary::Kind;
use crate::support::process::write_program;
use crate::support::run::World;
use crate::support::server::AuthServer;
use crate::world;

/// A person with two profiles, logged in to both, and a password manager.
fn person(world: &World) -> AuthServer {
    world.allow_file_store();
    let server = AuthServer::start(world.canaries());
    let bot = world.canaries().make_awkward(Kind::Password);
    server.set(|setup| {
        setup.issuer_path = "/realms/main".into();
        setup.expires_in = Some(3600);
        setup.users.insert("bot".into(), bot.clone());
    });
    let ca_file = server.ca_file(&world.path("given"));
    world.set_env("TOK_CA_FILE", &ca_file);
    world.set_env("TOK_STORE", "file");
    let profile = |name| {
        format!(
            "[profiles.{name}]\nissuer = \"{}\"\nclient-id = \"tok\"\nusername = \"ada\"\nscopes = [\"openid\"]\n",
            server.issuer()
        )
    };
    let bound =
        ["api", "git", "mail", "npm", "registry"].map(|name| format!("'https://{name}.example.com' = {{}}\n")).concat();
    let bound = |name| format!("[profiles.{name}.bind]\n{bound}");
    world.write_config(&[profile("default"), bound("default"), profile("work"), bound("work")].concat());
    for name in ["default", "work"] {
        let login = ["-q", "login", "-p", name, "--password-stdin"];
        world.tok(login).stdin(server.password("ada")).run().code_is(0);
    }
    world.secret_file("password.txt", &format!("{bot}\n"));
    let pass = world.path("given/pass");
    write_program(pass, "#!/bin/sh\n[ \"$*\" = 'show sso' ] && cat \"${0%/*}/password.txt\"\n");
    for folder in [".local/share/bash-completion/completions", ".config/fish/completions"] {
        std::fs::create_dir_all(world.path("home").join(folder)).unwrap();
    }
    server
}

/// Types one line at a shell and answers the password prompt; the exit code and what was shown.
fn try_out(line: &str, world: &World, server: &AuthServer) -> (i32, String) {
    let line = line.replace("https://sso.example.com/realms/main", &server.issuer());
    // One that asks nobody: what it is given is what is tried here.
    for name in ["curl", "twine", "aws", "npm", "go"] {
        let program = world.path("given").join(name);
        if !program.exists() {
            write_program(program, "#!/bin/sh\n");
        }
    }
    let programs = Path::new(crate::tok()).parent().unwrap().display().to_string();
    let path = format!("{programs}:{}:/usr/bin:/bin", world.path("given").display());
    let run = world.command("/bin/sh").arg("-c").arg(&line).env("PATH", path).folder(world.path("given"));
    let mut tty = run.may_print(Kind::AccessToken).on_terminal();
    if line.starts_with("tok login") && !line.contains("--password") {
        tty.expect("Password for ada at ");
        tty.send(&format!("{}\n", server.password("ada")));
    }
    (tty.wait(), tty.output())
}

fn all_of(command: &Command) -> usize {
    let examples = example_lines(command);
    if !examples.is_empty() {
        let world = world();
        let server = person(&world);
        for line in &examples {
            // curl and process substitution are for the real suite; what they are given is tok's own.
            let typed = line.split_once("<(").and_then(|(_, rest)| rest.split_once(')')).map_or(line.as_str(), |x| x.0);
            let typed = typed.split(" | curl ").next().unwrap_or(typed);
            let (code, shown) = try_out(typed, &world, &server);
            assert!(code == 0, "`{line}` gave {code}: {shown}");
        }
    }
    examples.len() + command.get_subcommands().map(all_of).sum::<usize>()
}

#[test]
fn every_example_works() {
    assert!(all_of(&tok::command()) > 20);
}
