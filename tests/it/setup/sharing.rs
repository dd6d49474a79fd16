//! Several setups, and what a person does in between.

use super::{get, put, scene, setup, target, tree};

#[test]
fn what_two_setups_need_goes_with_the_last_of_them() {
    // One registry, two programs; one program, two registries.
    let all = ["docker --for a.example", "podman --for a.example", "docker --for b.example", "git --for a.example"];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
        let scene = scene();
        let before = tree(&scene);
        all.iter().for_each(|words| drop(setup(&scene, words).ok()));
        for (gone, index) in order.iter().enumerate() {
            setup(&scene, &format!("{} --remove", all[*index])).ok();
            let left = order.iter().skip(gone + 1);
            for words in left.map(|index| all[*index]) {
                let again = setup(&scene, words);
                assert!(again.stderr.contains("is set up already"), "{words}: {}", again.stderr);
            }
        }
        assert_eq!(tree(&scene), before, "{order:?}");
    }
}

#[test]
fn two_setups_of_one_program_go_in_any_order() {
    // Each text lacks something that the first setup had to give it: an end of the last line, a list, an object's lines.
    for (words, file, text) in [
        ("git", "home/.gitconfig", "[user]\n\tname = a"),
        ("docker", "home/.docker/config.json", "{\"credHelpers\": { }}"),
        ("docker", "home/.docker/config.json", "{\n}"),
        ("kube", "home/.kube/config", "users: null\ncontexts: null\nkind: Config"),
        ("kube", "home/.kube/config", "users: []\nkind: Config"),
        ("kube", "home/.kube/config", "kind: Config"),
        ("cargo --registry REGISTRY", "home/.cargo/config.toml", "a = 1"),
        ("bazel", "home/.bazelrc", "build --a"),
        ("pnpm", "home/.npmrc", "a=b"),
    ] {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let scene = scene();
            put(&scene, file, text);
            let before = tree(&scene);
            for host in 0..3 {
                let words = words.replace("REGISTRY", &format!("r{host}"));
                setup(&scene, &format!("{words} --for h{host}.example")).ok();
            }
            for host in order {
                // To remove it, the registry need not be named.
                let client = words.split(' ').next().unwrap();
                setup(&scene, &format!("{client} --for h{host}.example --remove")).ok();
            }
            assert_eq!(tree(&scene), before, "{words} {order:?}");
        }
    }
}

#[test]
fn who_still_speaks_of_what_was_removed_is_told() {
    let scene = scene();
    let text = "clusters:\n- cluster:\n    server: https://k.example\n  name: one\ncontexts:\n- context:\n    cluster: one\n    \
                user: tok-work-k.example\n  name: mine\ncurrent-context: tok-k.example\nkind: Config\n";
    put(&scene, "home/.kube/config", text);
    let before = tree(&scene);
    setup(&scene, "kube --for k.example").ok();
    let output = setup(&scene, "kube --for k.example --remove").ok();
    for said in [
        "config: current-context is still tok-k.example, which is gone: kubectl config use-context NAME\n",
        "config: context mine still has the user tok-work-k.example, which is gone: kubectl config set-context mine --user=NAME\n",
    ] {
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
    assert_eq!(tree(&scene), before);
}

#[test]
fn a_name_that_another_setup_made_stays_wherever_this_program_is_found() {
    let scene = scene();
    let before = tree(&scene);
    let elsewhere = scene.world.path("work/other");
    std::fs::create_dir_all(&elsewhere).unwrap();
    std::os::unix::fs::symlink(crate::tok(), elsewhere.join("tok")).unwrap();
    setup(&scene, "docker --for a.example").ok();
    scene.tok("setup docker --for b.example").env("PATH", &elsewhere).run().ok();
    setup(&scene, "docker --for a.example --remove").ok();
    assert_eq!(target(&scene, "home/.local/bin/docker-credential-tok"), crate::tok());
    setup(&scene, "docker --for b.example --remove").ok();
    assert_eq!(tree(&scene), before);
}

#[test]
fn what_was_there_before_stays() {
    let scene = scene();
    scene.tok("bind https://h.example --as basic:ada").run().ok();
    put(&scene, "home/.docker/config.json", "{\"credHelpers\": {\"h.example\": \"tok\"}}");
    put(&scene, "home/.local/bin/other", "");
    std::os::unix::fs::symlink(crate::tok(), scene.world.path("home/.local/bin/docker-credential-tok")).unwrap();
    let before = tree(&scene);
    let output = setup(&scene, "docker --for h.example");
    assert!(output.stderr.contains("is set up already"), "{}", output.stderr);
    setup(&scene, "docker --for h.example --remove").ok();
    assert_eq!(tree(&scene), before);
}

#[test]
fn what_a_person_changed_since_is_left() {
    let scene = scene();
    setup(&scene, "docker --for h.example").ok();
    put(&scene, "home/.docker/config.json", "{\"credHelpers\": {\"h.example\": \"other\"}, \"a\": 1}");
    scene.tok("bind https://h.example --as basic:ada").run().ok();
    let output = setup(&scene, "docker --for h.example --remove").ok();
    assert_eq!(output.stderr.matches("left, as it has changed since").count(), 2, "{}", output.stderr);
    assert_eq!(output.stderr.matches("stays, as there is more in it").count(), 3, "{}", output.stderr);
    assert_eq!(get(&scene, "home/.docker/config.json"), "{\"credHelpers\": {\"h.example\": \"other\"}, \"a\": 1}");
    assert!(get(&scene, "config/tok/config.toml").contains("basic:ada"));
    assert!(!scene.world.path("home/.local").exists());
}

#[test]
fn what_a_person_took_out_is_gone_already() {
    let scene = scene();
    let before = tree(&scene);
    setup(&scene, "pnpm --for h.example").ok();
    std::fs::remove_file(scene.world.path("home/.npmrc")).unwrap();
    std::fs::remove_dir_all(scene.world.path("home/.local")).unwrap();
    scene.tok("bind --remove https://h.example").run().ok();
    let output = setup(&scene, "pnpm --for h.example --remove").ok();
    assert!(output.stderr.contains("gone already: link"), "{}", output.stderr);
    assert_eq!(tree(&scene), before);
}

#[test]
fn what_is_put_in_anew_goes_as_it_came_the_second_time() {
    let scene = scene();
    put(&scene, "home/.gitconfig", "[user]\n\tname = a");
    setup(&scene, "git --for h.example").ok();
    put(&scene, "home/.gitconfig", "[user]\n\tname = a\n");
    setup(&scene, "git --for h.example").ok();
    setup(&scene, "git --for h.example --remove").ok();
    assert_eq!(get(&scene, "home/.gitconfig"), "[user]\n\tname = a\n");
}

#[test]
fn an_unreadable_file_stops_the_removal_before_it_begins() {
    let scene = scene();
    setup(&scene, "docker --for h.example").ok();
    put(&scene, "home/.docker/config.json", "{");
    let before = tree(&scene);
    setup(&scene, "docker --for h.example --remove").code_is(2);
    assert_eq!(tree(&scene), before);
}

#[test]
fn what_was_begun_and_not_ended_is_ended_or_undone() {
    let scene = scene();
    let before = tree(&scene);
    setup(&scene, "docker --for h.example").ok();
    let done = tree(&scene);
    // As if it had been killed after the links.
    std::fs::remove_file(scene.world.path("home/.docker/config.json")).unwrap();
    setup(&scene, "docker --for h.example").ok();
    assert_eq!(tree(&scene), done);
    // Or while that file was written.
    let written = scene.world.path("home/.docker/.config.json.tok-tmp");
    std::fs::rename(scene.world.path("home/.docker/config.json"), written).unwrap();
    setup(&scene, "docker --for h.example --remove").ok();
    assert_eq!(tree(&scene), before);
}

#[test]
fn names_lie_where_they_are_wanted_and_who_is_in_front_is_told() {
    let scene = scene();
    let output = setup(&scene, "git --for h.example --bin-dir given-bin").ok();
    assert_eq!(target(&scene, "work/given-bin/git-credential-tok"), crate::tok());
    assert!(
        output.stderr.contains("given-bin is not in PATH, where git-credential-tok is looked for"),
        "{}",
        output.stderr
    );
    // Another of this name comes first.
    let bin = |name: &str| scene.world.path(name).display().to_string();
    put(&scene, "home/first/docker-credential-tok", "another");
    let path = format!("{}:{}:/usr/bin", bin("home/first"), bin("home/.local/bin"));
    let output = scene.tok("setup docker --for h.example").env("PATH", &path).run();
    assert!(output.stderr.contains("first/docker-credential-tok comes first in PATH"), "{}", output.stderr);
}

#[test]
fn the_program_is_named_as_it_is_found_in_the_path() {
    let scene = scene();
    // A package manager's link into a folder of one version.
    std::fs::create_dir_all(scene.world.path("home/opt/bin")).unwrap();
    let link = scene.world.path("home/opt/bin/tok");
    std::os::unix::fs::symlink(crate::tok(), &link).unwrap();
    scene.tok("setup go --for h.example").env("PATH", link.parent().unwrap()).run().ok();
    assert_eq!(get(&scene, "config/go/env"), format!("GOAUTH={} helper goauth; netrc\n", link.display()));
}

#[test] // M04
fn no_secret_is_written() {
    let scene = crate::scene::Scene::logged_in();
    scene.world.set_env("PATH", "/usr/local/bin:/usr/bin:/bin");
    for client in ["git", "docker", "podman", "kube", "keyring", "bazel", "go", "terraform", "pnpm"] {
        setup(&scene, &format!("{client} --for h.example")).ok();
    }
    // The world looks for secrets in all that was written when it goes.
    assert!(get(&scene, "state/tok/setup.json").contains("\"client\": \"pnpm\""));
}

#[test]
fn another_folder_for_names_does_not_make_the_first_forgotten() {
    let scene = scene();
    let before = tree(&scene);
    setup(&scene, "git --for h.example").ok();
    setup(&scene, &format!("git --for h.example --bin-dir {}", scene.world.path("home/bin").display())).ok();
    assert_eq!(target(&scene, "home/bin/git-credential-tok"), target(&scene, "home/.local/bin/git-credential-tok"));
    setup(&scene, "git --for h.example --remove").ok();
    assert_eq!(tree(&scene), before);
}
