//! `tok exec`: the token reaches the command and nobody else, and without a token there is no command.
#![cfg(unix)]

use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::process::write_program;
use crate::support::run::Run;

/// Runs what stands behind `exec` and these options in a shell.
fn exec(scene: &Scene, options: &str, script: &str) -> Run {
    let words = ["exec"].into_iter().chain(options.split_whitespace()).chain(["--", "/bin/sh", "-c", script, "name"]);
    scene.world.tok(words).may_print(Kind::AccessToken)
}

#[test] // M04, S05
fn a_command_gets_the_token_in_a_variable_or_a_file() {
    let scene = Scene::logged_in();
    let token = scene.token();
    let output = exec(&scene, "--env A --env B", "echo $A $B $#").run();
    output.assert(0, &format!("{token} {token} 0\n"), "");
    // A program that was started by the command, with every descriptor but the standard ones closed, opens it as well.
    let script =
        "cat $F; echo; cat $F; echo; for n in {3..60}; do eval \"exec $n>&-\"; done; cat $G; stat -Lc ' %a' $F";
    let output = exec(&scene, "--file F --file G", "bash -c \"$1\"; exit 7");
    let output = output.arg(script).run();
    output.assert(7, &format!("{token}\n{token}\n{token} 400\n"), "");
}

#[test] // M04
fn secrets_of_the_environment_stay_here() {
    let scene = Scene::logged_in();
    let output = exec(&scene, "--env A", "echo ${TOK_CLIENT_SECRET:-none} ${TOK_STORE:-none} $PATH");
    let output = output.env("TOK_CLIENT_SECRET", scene.server.client_secret("basic")).env("TOK_STORE", "file");
    let output = output.env("PATH", ".:/usr/bin:/bin").run();
    output.assert(0, "none file .:/usr/bin:/bin\n", "");
}

#[test]
fn exit_code_signals_and_streams_are_the_commands() {
    let scene = Scene::logged_in();
    use std::os::unix::process::ExitStatusExt as _;
    for code in [0, 3, 125] {
        exec(&scene, "--env A", &format!("exit {code}")).run().assert(code, "", "");
    }
    let killed = exec(&scene, "--env A", "kill -TERM $$").run();
    assert_eq!(killed.status.signal(), Some(15));
    exec(&scene, "--env A", "cat; echo said >&2").stdin("asked").run().assert(0, "asked", "said\n");
}

#[test] // U04
fn without_a_token_nothing_is_started() {
    let scene = Scene::new();
    let marker = scene.world.path("work/started");
    let script = format!("touch {}", marker.display());
    exec(&scene, "--env A", &script).run().assert(125, "", "tok: not logged in\nhint: [..]\n");
    scene.login();
    scene.server.set(|setup| setup.expires_in = Some(0));
    scene.tok("refresh").run().ok();
    scene.server.realm(crate::support::server::realm::Realm::end_all_sessions);
    exec(&scene, "--file A", &script).run().code_is(125);
    for (options, said) in [
        ("--env A=b", "tok: \"A=b\" is no name of a variable[..]\n"),
        ("--env 1", "tok: \"1\" is no name of a variable[..]\n"),
        ("--env A --for https://a.example", "tok: no profile is bound to https://a.example\nhint: [..]\n"),
        ("--env A --for https://a.example/x", "tok: --for: an origin has no path[..]\n"),
        ("--env A --min-ttl soon", "tok: --min-ttl: [..]\n"),
    ] {
        exec(&scene, options, &script).run().assert(125, "", said);
    }
    for words in ["exec -- true", "exec --env A", "exec --typo", "-p x exec --env"] {
        scene.tok(words).run().code_is(125);
    }
    assert!(!marker.exists());
}

#[test] // I06
fn what_is_not_there_is_not_started() {
    let scene = Scene::logged_in();
    write_program(scene.world.path("work/here"), "#!/bin/sh\necho here\n");
    let exec = |program: &str| scene.tok(&format!("exec --env A -- {program}")).env("PATH", ".:/usr/bin:/bin");
    let requests = scene.requests();
    exec("here").run().assert(125, "", "tok: there is no here in PATH\nhint: [..]\n");
    exec("./nowhere").run().assert(125, "", "tok: there is no ./nowhere\nhint: [..]\n");
    exec("/etc/passwd").run().assert(125, "", "tok: /etc/passwd cannot be started\ncaused by: [..]\n");
    exec("./here").run().assert(0, "here\n", "");
    assert_eq!(scene.requests(), requests);
}

#[test] // P16
fn a_bound_token_is_of_no_use_to_a_command() {
    let scene = Scene::bare();
    scene.configure(&[("dpop", "true")]);
    scene.login();
    exec(&scene, "--env A", "true").run().assert(125, "", "tok: the token is bound to a key[..]\nhint: [..]\n");
}

#[test]
fn a_command_gets_what_a_service_gets() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid']")]);
    scene.login();
    scene.tok("bind k8s.example --id-token").run().ok();
    let jwt = exec(&scene, "--env A --for k8s.example", "echo $A").may_print(Kind::IdToken).run().stdout;
    assert_eq!(jwt.matches('.').count(), 2, "{jwt}");
    assert_eq!(jwt, exec(&scene, "--env A --id-token", "echo $A").may_print(Kind::IdToken).run().stdout);
    let token = |words: &str| scene.tok(&format!("token {words}")).may_print(Kind::IdToken).run();
    assert_eq!(token("--for k8s.example").stdout, jwt);
    assert_eq!(token("--for k8s.example --header").stdout, format!("Authorization: Bearer {jwt}"));
    scene.tok("bind a.example --as basic:ada").run().ok();
    let pair = crate::support::codec::base64(format!("ada:{}", scene.token()).as_bytes());
    assert_eq!(token("--for a.example").line(), scene.token());
    assert_eq!(token("--for a.example --header").line(), format!("Authorization: Basic {pair}"));
    token("--for b.example").assert(2, "", "tok: no profile is bound to https://b.example\nhint: [..]\n");
    token("--for http://b.example").assert(2, "", "tok: --for: [..]\n");
    token("--for a.example --id-token").code_is(2);
}
