//! Where others could see a secret: arguments, the environment of children, and the ways of giving one that leave no
//! trace.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, BufReader, Write};

use crate::scene::{Scene, toml};
use crate::support::canary::Kind;
use crate::support::canary::places::descendants;
use crate::support::process::Running;
use crate::support::run::Run;

/// A shell command that says on one pipe that it runs, and goes on when something is written to the other; then it
/// prints a file. The pipes have names in the folder of the world.
fn held(scene: &Scene, name: &str, prints: &str) -> String {
    let [here, on] = ["here", "on"].map(|end| scene.world.path(&format!("tmp/{name}-{end}")));
    for pipe in [&here, &on] {
        rustix::fs::mknodat(rustix::fs::CWD, pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    }
    format!("echo here > {}; read on < {}; cat {prints}", here.display(), on.display())
}

/// Waits until that command runs, looks at all processes from outside, and lets it go on.
#[track_caller]
fn look_at(scene: &Scene, running: &Running, name: &str) {
    let [here, on] = ["here", "on"].map(|end| scene.world.path(&format!("tmp/{name}-{end}")));
    let mut line = String::new();
    BufReader::new(fs::File::open(here).unwrap()).read_line(&mut line).unwrap();
    assert!(!descendants(running.pid()).is_empty(), "there is a child to look at");
    running.check_processes();
    fs::File::options().write(true).open(on).unwrap().write_all(b"on\n").unwrap();
}

#[test] // M04
fn while_a_command_runs_its_environment_and_all_arguments_are_without_secrets() {
    let scene = Scene::new();
    let secret = scene.server.client_secret("basic");
    let [password_file, secret_file] = [
        scene.world.secret_file("password", &scene.server.password("ada")),
        scene.world.secret_file("client-secret", &secret),
    ];
    // The command for one secret, while the other one is in the environment or on standard input.
    let password = held(&scene, "password", password_file.to_str().unwrap());
    let client = held(&scene, "client", secret_file.to_str().unwrap());
    let basic = [("client-id", "'basic'"), ("password-file", "")];
    scene.configure(&[&basic[..], &[("password-command", &toml(&password))]].concat());
    let running = scene.tok("login").env("TOK_CLIENT_SECRET", &secret).start();
    look_at(&scene, &running, "password");
    running.wait().ok();
    scene.configure(&[&basic[..], &[("client-secret-command", &toml(&client))]].concat());
    for run in [
        scene.tok("token --header").env("TOK_PASSWORD", scene.server.password("ada")).may_print(Kind::AccessToken),
        scene.tok("login --password-stdin").stdin(scene.server.password("ada")),
        scene.tok("refresh"),
        scene.tok("logout"),
    ] {
        let running = run.start();
        look_at(&scene, &running, "client");
        running.wait().ok();
    }
    assert_eq!((scene.server.count("password"), scene.server.count("refresh_token")), (3, 1));
}

#[test] // M04
fn no_option_key_or_parameter_takes_a_secret_and_none_is_repeated() {
    let scene = Scene::logged_in();
    let secret = scene.world.canaries().make(Kind::Other);
    let before = scene.requests();
    for name in ["password", "client-secret", "token", "access-token", "refresh-token", "pass", "secret"] {
        for words in [vec![format!("--{name}={secret}")], vec![format!("--{name}"), secret.clone()]] {
            for verb in ["login", "token", "refresh", "logout", "show"] {
                let run = words.iter().fold(scene.tok(verb), Run::arg);
                assert!(run.run().code_is(2).stderr.contains(&format!("unexpected argument '--{name}'")));
            }
        }
        let output = scene.tok("profile set work").arg(format!("{name}={secret}")).run().code_is(2);
        assert!(output.stderr.starts_with(&format!("tok: unknown key \"{name}\": expected ")), "{}", output.stderr);
        let line = format!("{name} = '{secret}'\n");
        for text in [format!("[profiles.work]\n{line}"), line.clone(), format!("{}x", line.trim_end())] {
            let path = scene.world.path("given/other.toml");
            fs::write(&path, text).unwrap();
            scene.tok("show --config").arg(&path).run().code_is(2);
        }
    }
    for name in ["password", "client_secret", "refresh_token", "client_assertion", "assertion", "code"] {
        scene.tok("login").arg("--extra").arg(format!("{name}={secret}")).run().code_is(2);
        scene.tok("login").env("TOK_EXTRA", format!("{name}={secret}")).run().code_is(2);
        let output = scene.tok("profile set work").arg(format!("extra={name}={secret}")).run().code_is(2);
        assert!(output.stderr.contains(&format!("the parameter \"{name}\" is not an extra one")), "{}", output.stderr);
    }
    assert_eq!(scene.requests(), before);
}

#[test] // M05
fn a_secret_comes_by_a_descriptor_that_leaves_no_trace() {
    let scene = Scene::new();
    scene.configure(&[("client-id", "'basic'"), ("password-file", "")]);
    let [password, secret] = [scene.server.password("ada"), scene.server.client_secret("basic")];
    let both = [("password", &password), ("client-secret", &secret)].map(|(name, text)| {
        let path = scene.world.secret_file(name, &format!("{text}\n"));
        path.display().to_string()
    });
    for script in [
        // Descriptors of files, of pipes, and pipes with names.
        format!(
            "exec \"$0\" login --password-file /dev/fd/3 --client-secret-file /dev/fd/4 3<{} 4<{}",
            both[0], both[1]
        ),
        format!(
            "cat {} | {{ cat {} | \"$0\" login --password-file /dev/stdin --client-secret-file /dev/fd/3; }} 3<{}",
            both[1], both[0], both[1]
        ),
        format!("cat {} | \"$0\" login --password-stdin --client-secret-file {}", both[0], both[1]),
    ] {
        let before = scene.server.count("password");
        scene.world.command("/bin/sh").arg("-c").arg(&script).arg(crate::tok()).run().ok();
        assert_eq!(scene.server.count("password"), before + 1, "{script}");
    }
    // Whoever writes to a pipe can see that it is read: while it is, no argument holds what comes through it.
    let pipe = scene.world.path("tmp/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let running = scene.tok("login --password-file").arg(&pipe).arg("--client-secret-file").arg(&both[1]).start();
    let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
    running.check_processes();
    writer.write_all(password.as_bytes()).unwrap();
    drop(writer);
    running.wait().ok();
}
