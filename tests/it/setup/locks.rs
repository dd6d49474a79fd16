//! What else writes the same file: git and kubectl have a lock of their own, a file that may not be there.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::thread;

use rustix::process::Signal;

use super::{get, put, scene, setup, tree};
use crate::scene::Scene;
use crate::support::run::Run;
use crate::support::strace::{Call, Strace};

#[test]
fn the_lock_of_another_program_is_named_and_left() {
    for (client, lock) in [
        ("git", "home/.gitconfig.lock"),
        ("git", "home/dotfiles/rc.lock"),
        ("git", "config/git/config.lock"),
        ("kube", "home/.kube/config.lock"),
    ]
    .map(|case| thread::spawn(move || (case.0, refused(case.0, case.1))))
    .map(|case| case.join().unwrap())
    {
        assert!(lock.ends_with(".lock"), "{client}");
    }
}

fn refused(client: &str, lock: &'static str) -> &'static str {
    let scene = scene();
    if lock.contains("dotfiles") {
        put(&scene, "home/dotfiles/rc", "[user]\n\tname = a\n");
        symlink("dotfiles/rc", scene.world.path("home/.gitconfig")).unwrap();
    }
    if lock.contains("config/git") {
        put(&scene, "config/git/config", "");
    }
    put(&scene, lock, "");
    let before = tree(&scene);
    let output = setup(&scene, &format!("{client} --for h.example")).code_is(2);
    let path = scene.world.path(lock).display().to_string();
    let said = format!(
        "tok: cannot create {path}: it is there: another program is writing, or died as it was\n\
         hint: try again; if nothing writes there any more: rm {path}\n"
    );
    assert_eq!(output.stderr, said, "{client}");
    // What is only looked at needs none.
    setup(&scene, &format!("{client} --for h.example --print")).ok();
    assert_eq!(tree(&scene), before, "{client}");
    fs::remove_file(path).unwrap();
    setup(&scene, &format!("{client} --for h.example")).ok();
    put(&scene, lock, "");
    let before = tree(&scene);
    setup(&scene, &format!("{client} --for h.example --remove")).code_is(2);
    assert_eq!(tree(&scene), before, "{client}");
    lock
}

#[test]
fn git_and_setup_lose_nothing_of_each_other() {
    let scene = scene();
    put(&scene, "home/dotfiles/rc", "[user]\n\tname = a");
    symlink("dotfiles/rc", scene.world.path("home/.gitconfig")).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..30 {
                // git does not wait for a lock.
                while git(&scene, &["config", "--global", &format!("t.k{number}"), "v"]) != 0 {}
            }
        });
        for host in ["a.example", "b.example", "a.example", "c.example"] {
            setup(&scene, &format!("git --for {host}")).ok();
            setup(&scene, "git --for a.example --remove").ok();
        }
    });
    for number in 0..30 {
        assert_eq!(git(&scene, &["config", "--global", "--get", &format!("t.k{number}")]), 0, "{number}");
    }
    for host in ["b.example", "c.example"] {
        assert_eq!(git(&scene, &["config", "--global", "--get", &format!("credential.https://{host}.helper")]), 0);
        setup(&scene, &format!("git --for {host} --remove")).ok();
    }
    assert!(!get(&scene, "home/dotfiles/rc").contains("tok"), "{}", get(&scene, "home/dotfiles/rc"));
    assert!(!scene.world.path("home/dotfiles/rc.lock").exists());
}

fn git(scene: &Scene, words: &[&str]) -> i32 {
    scene.world.command("git").args(words).run().code()
}

#[test]
fn kubectl_and_setup_lose_nothing_of_each_other() {
    let scene = scene();
    put(&scene, "home/.kube/config", "kind: Config\n");
    let file = scene.world.path("home/.kube/config");
    thread::scope(|scope| {
        scope.spawn(|| (0..200).for_each(|number| as_kubectl(&file, &format!("k{number}: v\n"))));
        for host in ["a.example", "b.example", "a.example", "c.example"] {
            setup(&scene, &format!("kube --for {host}")).ok();
            setup(&scene, "kube --for a.example --remove").ok();
        }
    });
    for host in ["b.example", "c.example"] {
        assert!(get(&scene, "home/.kube/config").contains(host));
        setup(&scene, &format!("kube --for {host} --remove")).ok();
    }
    let left = get(&scene, "home/.kube/config");
    assert!((0..200).all(|number| left.contains(&format!("k{number}: v\n"))) && !left.contains("tok"), "{left}");
}

/// As client-go's clientcmd writes: the lock beside the name, the file in its place.
fn as_kubectl(file: &Path, line: &str) {
    let lock = file.with_extension("lock");
    while OpenOptions::new().write(true).create_new(true).open(&lock).is_err() {}
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, text + line).unwrap();
    fs::remove_file(lock).unwrap();
}

#[test]
fn no_lock_is_left_by_a_signal() {
    let scene = scene();
    put(&scene, "home/.gitconfig", "[user]\n\tname = a\n");
    let (lock, came, go) =
        (scene.world.path("home/.gitconfig.lock"), scene.world.path("home/came"), scene.world.path("home/go"));
    for pipe in [&came, &go] {
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    // A git that waits while the lock is held.
    let script = format!(
        "#!/bin/sh\nif [ -e {lock} ] && [ -p {came} ]; then echo > {came}; rm {came}; read x < {go}; fi\nexec /usr/bin/env \
         PATH=/usr/local/bin:/usr/bin:/bin git \"$@\"\n",
        lock = lock.display(),
        came = came.display(),
        go = go.display()
    );
    put(&scene, "home/bin/git", &script);
    let program = scene.world.path("home/bin/git");
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.parent().unwrap().display());
    let running = scene.tok("setup git --for h.example").env("PATH", path).start();
    fs::read(&came).unwrap();
    assert!(lock.exists());
    running.signal(Signal::TERM);
    fs::write(&go, "\n").unwrap();
    let output = running.wait();
    assert_eq!(output.status.signal(), Some(15), "{output:?}");
    assert!(!lock.exists());
    assert!(get(&scene, "home/.gitconfig").contains("helper = tok\n"));
}

/// The calls of the first thread that change something.
fn changes(strace: &Strace, run: Run) -> Vec<Call> {
    const CHANGE: [&str; 9] =
        ["linkat", "mkdir", "symlink", "symlinkat", "rename", "renameat", "unlink", "unlinkat", "fsync"];
    let calls = strace.calls(run).into_iter();
    calls.filter(|call| call.is_first_thread && CHANGE.contains(&call.name.as_str())).collect()
}

fn with_files() -> Scene {
    let scene = scene();
    put(&scene, "home/.gitconfig", "[user]\n\tname = a");
    put(&scene, "home/.kube/config", "users: null\nkind: Config");
    scene
}

#[test]
fn killed_at_any_step_it_goes_on_or_back() {
    let Some(strace) = Strace::find() else { return };
    let log = tempfile::tempdir().unwrap();
    let log = log.path().join("trace");
    for words in ["git --for h.example", "kube --for h.example"] {
        let calls = changes(&strace, with_files().tok(&format!("setup {words}")));
        let mut killed = 0;
        for call in &calls {
            for ending in ["", " --remove"] {
                let scene = with_files();
                let before = tree(&scene);
                let output = strace.inject(scene.tok(&format!("setup {words}")), call, "signal=KILL", &log).run();
                killed += usize::from(output.code() == 137);
                let what = format!("{words}{ending} after {call:?}");
                let next = setup(&scene, &format!("{words}{ending}"));
                assert_eq!(next.code(), 0, "{what}: {next:?}");
                assert!(!tree(&scene).keys().any(|name| name.ends_with(".lock")), "{what}");
                setup(&scene, &format!("{words} --remove")).ok();
                assert_eq!(tree(&scene), before, "{what}");
            }
        }
        assert!(killed > 8, "{killed}");
    }
}

#[test]
fn a_removal_that_was_killed_is_taken_up_again() {
    let Some(strace) = Strace::find() else { return };
    let log = tempfile::tempdir().unwrap();
    let log = log.path().join("trace");
    let removal = |scene: &Scene| scene.tok("setup git --for h.example --remove");
    let scene = with_files();
    setup(&scene, "git --for h.example").ok();
    let mut killed = 0;
    for call in changes(&strace, removal(&scene)) {
        let scene = with_files();
        let before = tree(&scene);
        setup(&scene, "git --for h.example").ok();
        let output = strace.inject(removal(&scene), &call, "signal=KILL", &log).run();
        killed += usize::from(output.code() == 137);
        removal(&scene).run().ok();
        assert_eq!(tree(&scene), before, "{call:?}");
    }
    assert!(killed > 4, "{killed}");
}
