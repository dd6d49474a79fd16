//! The configuration file on the disk: links, modes, owners, and several who change it at once.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};

use crate::scene::Scene;
use crate::support::canary::places::everything_below;
use crate::support::run::Run;
#[cfg(target_os = "linux")]
use crate::support::strace::Strace;

/// Another user than ours, to whom only root can give a file.
const STRANGER: u32 = 65_534;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn config(scene: &Scene) -> PathBuf {
    scene.world.path("config/tok/config.toml")
}

/// A login that makes the profile `default`.
fn first_login(scene: &Scene) -> Run {
    let words = ["login", "--issuer", &scene.server.issuer(), "--client-id", "tok", "-u", "ada", "--store", "file"];
    scene.world.tok(words).arg("--password-stdin").stdin(scene.server.password("ada"))
}

/// Puts the file elsewhere, as those do who keep their settings in a repository, with a relative link in its place.
fn keep_in_dotfiles(scene: &Scene) -> PathBuf {
    let target = scene.world.path("home/dotfiles/tok.toml");
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::create_dir_all(config(scene).parent().unwrap()).unwrap();
    let _ = fs::rename(config(scene), &target);
    symlink("../../home/dotfiles/tok.toml", config(scene)).unwrap();
    target
}

#[test] // R05
fn a_link_is_written_through_by_everything_that_changes_the_file() {
    let scene = Scene::bare();
    // What it points to need not be there yet.
    let target = keep_in_dotfiles(&scene);
    first_login(&scene).run().ok();
    let issuer = scene.server.issuer();
    for (words, said) in [
        ("show", format!("issuer = \"{issuer}\"")),
        ("profile set default timeout=20s", "timeout = \"20s\"".to_owned()),
        ("profile set other client-id=x", "[profiles.other]".to_owned()),
        ("profile default other", "default-profile = \"other\"".to_owned()),
        ("profile set default --unset timeout", "[profiles.default]".to_owned()),
        ("profile remove other", "[profiles.default]".to_owned()),
    ] {
        scene.tok(words).run();
        assert!(fs::symlink_metadata(config(&scene)).unwrap().is_symlink(), "{words}");
        let text = fs::read_to_string(&target).unwrap();
        assert!(text.contains(&said), "{words}: {text}");
        let beside: Vec<PathBuf> = everything_below(target.parent().unwrap());
        assert!(beside.iter().all(|path| *path == target), "{words} left something: {beside:?}");
    }
    assert!(!fs::read_to_string(&target).unwrap().contains("other"));
}

#[test] // R05
fn the_file_behind_a_link_is_held_to_the_same_rules() {
    let scene = Scene::new();
    let target = keep_in_dotfiles(&scene);
    fs::set_permissions(&target, fs::Permissions::from_mode(0o666)).unwrap();
    for words in ["login", "token", "profile set work timeout=20s", "profile list"] {
        let output = scene.tok(words).run().code_is(2);
        assert!(output.stderr.contains(": every user may write to it\n"), "{words}: {}", output.stderr);
    }
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    scene.tok("profile set work timeout=20s").run().ok();
    assert_eq!(mode(&target), 0o640, "what the owner chose stays");
    fs::remove_file(&target).unwrap();
    symlink(config(&scene), &target).unwrap();
    let output = scene.tok("profile list").run().code_is(2);
    assert!(output.stderr.contains("symbolic link"), "{}", output.stderr);
    assert_eq!(scene.requests(), 0);
}

#[test] // R05
fn many_who_change_it_at_once_lose_nothing() {
    let scene = Scene::bare();
    for linked in [false, true] {
        let _ = fs::remove_file(config(&scene));
        if linked {
            keep_in_dotfiles(&scene);
        }
        let words: Vec<String> =
            (0..12).map(|n| format!("profile set p{n} client-id=c{n} timeout={}s", n + 1)).collect();
        for output in scene.world.many(words.iter().map(|words| scene.tok(words))) {
            output.ok();
        }
        // A login saves its profile beside what others change.
        let mut runs: Vec<Run> = (0..6).map(|n| scene.tok(&format!("profile set p{n} --unset timeout"))).collect();
        runs.push(first_login(&scene).arg("-p").arg("mine"));
        for output in scene.world.many(runs) {
            output.ok();
        }
        let text = fs::read_to_string(config(&scene)).unwrap();
        for n in 0..12 {
            assert!(text.contains(&format!("client-id = \"c{n}\"\n")), "{n}: {text}");
            assert_eq!(text.contains(&format!("timeout = \"{}s\"\n", n + 1)), n >= 6, "{n}: {text}");
        }
        assert!(text.contains(&format!("issuer = \"{}\"", scene.server.issuer())), "{text}");
        scene.tok("-p mine logout").run().ok();
    }
}

#[test] // R05; as root, because only root can give a file away
fn one_of_another_user_is_refused_and_left_alone() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: not root");
    }
    let scene = Scene::new();
    let direct = config(&scene);
    for path in [direct.clone(), keep_in_dotfiles(&scene)] {
        if path == direct {
            scene.configure(&[]);
        }
        let before = fs::read(&path).unwrap();
        chown(&path, Some(STRANGER), None).unwrap();
        for words in ["login", "token", "show", "profile set work timeout=20s", "profile list"] {
            let output = scene.tok(words).run().code_is(2);
            assert!(output.stderr.contains(": another user owns it\n"), "{words}: {}", output.stderr);
            assert!(output.stderr.contains("hint: name a file of yours: --config FILE, TOK_CONFIG\n"));
        }
        assert_eq!(fs::read(&path).unwrap(), before);
        chown(&path, Some(0), None).unwrap();
    }
    assert_eq!(scene.requests(), 0);
}

#[test] // R05
fn what_a_login_makes_is_private_under_every_umask() {
    for umask in ["000", "022", "077"] {
        let scene = Scene::bare();
        // Nothing is there but the home.
        fs::remove_dir(scene.world.path("config")).unwrap();
        fs::remove_dir(scene.world.path("state")).unwrap();
        let under = |run: Run| run.under(["/bin/sh", "-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]);
        under(first_login(&scene)).run().ok();
        under(scene.tok("profile set other client-id=x")).run().ok();
        under(scene.tok("refresh")).run().ok();
        let mut files = 0;
        for top in ["config", "state"] {
            let top = scene.world.path(top);
            for path in everything_below(&top).iter().chain([&top]) {
                let wanted = if path.is_dir() { 0o700 } else { 0o600 };
                assert_eq!(mode(path), wanted, "{} under umask {umask}", path.display());
                files += usize::from(path.is_file());
            }
        }
        assert!(files >= 3, "configuration, session, lock");
    }
}

#[cfg(target_os = "linux")]
#[test] // R05
fn it_is_replaced_whole_and_the_disk_has_it_before() {
    let Some(strace) = Strace::that_reads() else { return };
    let scene = Scene::new();
    let calls = strace.calls(scene.tok("profile set work timeout=20s"));
    let rename = calls.iter().position(|call| call.name.starts_with("rename")).expect("a rename");
    assert!(calls[rename].text.contains("/config.toml\""), "{:?}", calls[rename]);
    let synced: Vec<usize> =
        calls.iter().enumerate().filter(|(_, call)| call.name == "fsync").map(|(at, _)| at).collect();
    assert!(synced.iter().any(|at| *at < rename) && synced.iter().any(|at| *at > rename), "{calls:?}");
    let written = calls
        .iter()
        .any(|call| call.name == "openat" && call.text.contains("/config.toml\"") && !call.text.contains("O_RDONLY"));
    assert!(!written, "the file itself is never open for writing");
}
