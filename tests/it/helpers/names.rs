//! The names by which other programs start it.

use super::{OTHER, SERVICE, bind, bound, calls};
use crate::support::canary::Kind;

#[test]
fn a_name_is_a_helper() {
    let scene = bound(&[]);
    scene.login();
    let token = scene.token();
    for (name, helper) in [
        ("git-credential-tok", "git"),
        ("docker-credential-tok", "docker"),
        ("cargo-credential-tok", "cargo"),
        ("keyring", "keyring"),
        ("bazel-credential-tok", "bazel"),
        ("terraform-credentials-tok", "terraform"),
    ] {
        let prefix = format!("helper {helper} ");
        let call = calls(SERVICE).into_iter().find(|call| call.words.starts_with(&prefix)).unwrap();
        let words = call.words.strip_prefix(&prefix).unwrap().split(' ');
        let run = scene.world.command(scene.world.link(name)).stdin(call.stdin.clone()).may_print(Kind::AccessToken);
        words.fold(run, crate::support::run::Run::arg).run().assert(0, &call.answer.replace("TOKEN", &token), "");
    }
}

#[test]
fn pnpms_name_holds_profile_and_registry() {
    let scene = bound(&[]);
    bind(&scene, &[], &[(SERVICE, "as = 'bearer'"), (OTHER, "as = 'bearer'")]);
    scene.login();
    let said = format!("Bearer {}\n", scene.token());
    let run = |name: &str| scene.world.command(scene.world.link(name)).may_print(Kind::AccessToken).run();
    run("tok-bearer-work@svc.example.com").assert(0, &said, "");
    run("tok-bearer-work@svc.example.com:8443").assert(2, "", "tok: profile work is not bound to [..]\n");
    run("tok-bearer-work").assert(2, "", "tok: it is not said for which registry[..]\n");
    for name in ["tok-bearer-corp@svc.example.com", "tok-bearer-corp"] {
        run(name).assert(2, "", "tok: there is no profile \"corp\"[..]\n");
    }
}

#[test]
fn terraforms_own_arguments_go_before_its_operation() {
    let scene = bound(&[]);
    scene.login();
    let run = |arguments: &[&str]| {
        let run = scene.world.command(scene.world.link("terraform-credentials-tok")).may_print(Kind::AccessToken);
        let words = arguments.iter().chain(&["get", "svc.example.com"]);
        words.fold(run, crate::support::run::Run::arg).run()
    };
    assert!(run(&["--profile=work"]).ok().stdout.contains("\"token\""));
    run(&["--profile=corp"]).assert(2, "{}\n", "tok: there is no profile \"corp\" (--profile)[..]\n");
}
