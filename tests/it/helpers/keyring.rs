//! In the place of the real `keyring`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{OTHER, SERVICE, bind, bound};
use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::process::write_program;
use crate::support::run::Run;

/// A keyring that says what it was asked, and ends in a way of its own.
const REAL: &str = "#!/bin/sh\necho \"real: $*\"\necho \"${TOK_CLIENT_SECRET:-no secret}\"\nexit 7\n";

fn write(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_program(path, script);
}

/// A run of the program as `keyring`, the first in PATH, before these folders.
fn keyring(scene: &Scene, words: &str, folders: &str) -> Run {
    let link = scene.world.link("keyring");
    let path = format!("{}:{folders}/usr/bin:/bin", link.parent().unwrap().display());
    let run = scene.world.command(link).env("PATH", path).may_print(Kind::AccessToken);
    words.split(' ').fold(run, Run::arg)
}

#[test]
fn pip_and_uv_get_what_is_ours() {
    let scene = bound(&[]);
    scene.login();
    let token = scene.token();
    for (words, said) in [
        ("get https://svc.example.com/simple/ bob", token.clone()),
        ("get svc.example.com bob", token.clone()),
        ("get https://svc.example.com/simple/ --mode creds", format!("ada\n{token}")),
        (
            "--mode=creds --output=json get svc.example.com bob",
            format!("{{\"username\":\"bob\",\"password\":\"{token}\"}}"),
        ),
    ] {
        keyring(&scene, words, "").run().assert(0, &format!("{said}\n"), "");
    }
    keyring(&scene, "set https://svc.example.com bob", "").stdin("secret").run().code_is(2);
    keyring(&scene, "del https://svc.example.com bob", "").run().code_is(2);
}

#[test] // M04, I06
fn what_is_not_ours_is_asked_of_the_real_one() {
    let scene = bound(&[]);
    bind(&scene, &[], &[(SERVICE, "as = 'basic:bob'")]);
    scene.login();
    write(&scene.world.path("given/real/keyring"), REAL);
    // One in the working directory is none (I06), and what cannot be run is none.
    write(&scene.world.path("work/keyring"), "#!/bin/sh\necho here\n");
    write(&scene.world.path("given/file/keyring"), REAL);
    fs::set_permissions(scene.world.path("given/file/keyring"), fs::Permissions::from_mode(0o600)).unwrap();
    let given = scene.world.path("given");
    let folders = format!(".:{0}/none:{0}/file:{0}/real:", given.display());
    for words in [
        &format!("get {OTHER}/simple ada") as &str,
        "--mode=creds --output=json get https://svc.example.com ada",
        "set https://other.example.com ada",
        "get login ada",
        "--list-backends",
        "diagnose",
    ] {
        let run = keyring(&scene, words, &folders).env("TOK_CLIENT_SECRET", scene.server.client_secret("basic"));
        run.run().assert(7, &format!("real: {words}\nno secret\n"), "");
        keyring(&scene, words, "").run().assert(1, "", "");
    }
}

#[test]
fn a_keyring_that_leads_back_here_is_asked_once() {
    let scene = bound(&[]);
    let link = scene.world.link("keyring");
    let script = format!("#!/bin/sh\necho once\nexec {} \"$@\"\n", link.display());
    write(&scene.world.path("given/real/keyring"), &script);
    let folders = format!("{}:", scene.world.path("given/real").display());
    keyring(&scene, &format!("get {OTHER} ada"), &folders).run().assert(1, "once\n", "");
}
