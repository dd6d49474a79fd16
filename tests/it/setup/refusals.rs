//! What setup does not do: then nothing is done at all.

use super::{get, put, scene, setup, tree};

/// It fails, says this, and changes nothing.
#[track_caller]
fn refused(words: &str, file: &str, text: &str, said: &str) {
    let scene = scene();
    put(&scene, file, text);
    let before = tree(&scene);
    for print in ["", " --print"] {
        let output = setup(&scene, &format!("{words}{print}")).code_is(2);
        assert!(output.stderr.contains(said), "{words}: {}", output.stderr);
        assert!(output.stderr.contains(file.rsplit('/').next().unwrap()), "{words}: {}", output.stderr);
    }
    assert_eq!(tree(&scene), before, "{words}");
    assert!(!scene.world.path("state/tok/setup.json").exists());
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_left_alone() {
    for (words, file, text, said) in [
        ("git", "home/.gitconfig", "[user]\nname = a\n[b\n", ".gitconfig:3: git cannot read it"),
        ("docker", "home/.docker/config.json", "{\n  \"a\": 1,\n}\n", "config.json:3: not JSON"),
        ("docker", "home/.docker/config.json", "{\"credhelpers\":{}}", "config.json:1: expected credHelpers"),
        ("podman", "config/containers/auth.json", "[]", "auth.json:1: expected an object"),
        ("kube", "home/.kube/config", "a: b\nwhat\n", "config:2: expected KEY: VALUE"),
        (
            "kube",
            "home/.kube/config",
            "{\"users\": []}",
            "can only be changed by hand: kubectl config set-credentials tok-work-h.example --exec-api-version=",
        ),
        ("cargo --registry r", "home/.cargo/config.toml", "[a]\nb = \n", "config.toml:2: not TOML"),
        ("keyring", "config/pip/pip.conf", "a = b\n", "pip.conf:1: a key before any section"),
        ("keyring", "config/uv/uv.toml", "a = \n", "uv.toml:1: not TOML"),
        ("bazel", "home/.bazelrc", "build \\\n", ".bazelrc:1: the last line goes on"),
        ("terraform", "home/.terraformrc", "a {\n", ".terraformrc:1: `{` without its end"),
        ("aws --role-arn a", "home/.aws/config", "[a\n", "config:1: a section without its end"),
    ] {
        refused(&format!("{words} --for h.example"), file, text, said);
    }
}

#[test]
fn what_was_done_by_hand_counts() {
    let scene = scene();
    put(&scene, "home/.kube/config", "{}");
    let output = setup(&scene, "kube --for https://h.example").code_is(2);
    // Options that kubectl 1.20 has, too.
    let said = format!(
        "by hand: kubectl config set-credentials tok-work-h.example \
         --exec-api-version=client.authentication.k8s.io/v1beta1 --exec-command={} --exec-arg=helper --exec-arg=kube \
         --exec-arg=--for --exec-arg=https://h.example\nhint: when that is there, the same again does the rest\n",
        crate::tok()
    );
    assert!(output.stderr.contains(&said), "{}", output.stderr);
    // As its versions write that, and with what a person does about the warning.
    let modes = ["", "      interactiveMode: IfAvailable\n", "      interactiveMode: Never\n"];
    for (mode, tells) in modes.iter().flat_map(|mode| [(mode, false), (mode, true)]) {
        let text = format!(
            "users:\n- name: tok-work-h.example\n  user:\n    exec:\n      \
             apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n      - helper\n      - kube\n      - --for\n      \
             - https://h.example\n      command: {}\n      env: null\n{mode}      provideClusterInfo: {tells}\n",
            crate::tok()
        );
        put(&scene, "home/.kube/config", &text);
        let said = setup(&scene, "kube --for https://h.example").ok().stderr;
        assert_eq!(said.contains("tok: warning: kubectl does not say for which cluster"), !tells, "{said}");
        assert!(get(&scene, "config/tok/config.toml").contains("https://h.example"));
        setup(&scene, "kube --for https://h.example --remove").ok();
        assert_eq!(get(&scene, "home/.kube/config"), text);
    }
}

#[test]
fn what_says_otherwise_is_not_written_over() {
    for (words, file, text, said) in [
        (
            "git",
            "home/.gitconfig",
            "[credential \"https://h.example/\"]\nhelper = !f s3cret\n",
            "otherwise already: !f ..., in",
        ),
        ("docker", "home/.docker/config.json", "{\"credHelpers\":{\"h.example\":\"ecr\"}}", "already: \"ecr\", in"),
        (
            "cargo --registry r",
            "home/.cargo/config.toml",
            "[registries.r]\ncredential-provider = 'x'\n",
            "already: \"x\", in",
        ),
        ("keyring", "config/pip/pip.conf", "[global]\nkeyring_provider: import\n", "already: import, in"),
        ("keyring", "config/pip/pip.conf", "[global]\n  a = b\n  keyring-provider = import\n", "already: import, in"),
        ("keyring", "config/uv/uv.toml", "keyring-provider = 'disabled'\n", "already: \"disabled\", in"),
        ("bazel", "home/.bazelrc", "build --credential_helper=h.example=/x\n", "already: /x, in"),
        ("go", "config/go/env", "GOAUTH=git /home\n", "already: git ..., in"),
        ("terraform", "home/.terraformrc", "credentials_helper \"x\" {}\n", "already: \"x\" ..., in"),
        (
            "terraform",
            "home/.terraformrc",
            "credentials \"h.example\" { token = \"s3cret\" }\n",
            "already: credentials ..., in",
        ),
        (
            "terraform",
            "home/.terraform.d/credentials.tfrc.json",
            "{\"credentials\":{\"h.example\":{\"token\":\"s3cret\"}}}",
            "credentials.tfrc.json says otherwise already: credentials ..., in",
        ),
        ("pnpm", "home/.npmrc", "//h.example/:tokenHelper=/x\n", "already: /x, in"),
        (
            "aws --role-arn a",
            "home/.aws/config",
            "[profile tok-work]\ncredential_process = /x s3cret\n",
            "already: /x ..., in",
        ),
        (
            "kube",
            "home/.kube/config",
            "users:\n- name: tok-work-h.example\n  user:\n    token: s3cret\n",
            "already: another, in",
        ),
    ] {
        refused(&format!("{words} --for h.example"), file, text, said);
    }
    refused(
        "gcp --pool p --for h.example",
        "config/tok/gcp-work.json",
        "{}",
        "is there already, and is something else",
    );
    refused("git --for h.example", "home/.local/bin/git-credential-tok", "a program", "is something else");
}

#[test]
fn what_is_missing_is_named() {
    let scene = scene();
    for (words, said) in [
        ("aws --for h.example", "tok: aws cannot be set up without --role-arn ARN\n"),
        ("gcp --for h.example", "tok: gcp cannot be set up without --pool AUDIENCE\n"),
        (
            "cargo --for h.example",
            "tok: cargo cannot be set up without --registry NAME: no registry in its settings is there\n",
        ),
        ("git --for http://h.example", "--for: "),
        ("git --for https://h.example/path", "--for: "),
    ] {
        let output = setup(&scene, words).code_is(2);
        assert!(output.stderr.contains(said), "{words}: {}", output.stderr);
    }
    let output = scene.tok("setup git --for h.example").env("PATH", "/nowhere").run().code_is(2);
    assert!(output.stderr.contains("there is no git in PATH"), "{}", output.stderr);
    let output = scene.tok("setup go --for h.example").env("GOENV", "off").run().code_is(2);
    assert!(output.stderr.contains("GOENV says that there are no settings"), "{}", output.stderr);
    let output = scene.tok("-p nobody setup git --for h.example").run().code_is(2);
    assert!(output.stderr.contains("there is no profile \"nobody\""), "{}", output.stderr);
    setup(&scene, "git").code_is(2);
    setup(&scene, "emacs --for h.example").code_is(2);
}

#[test]
fn a_cloud_takes_the_id_token() {
    let scene = scene();
    scene.tok("bind https://h.example").run().ok();
    let output = setup(&scene, "aws --for h.example --role-arn a").code_is(2);
    assert!(output.stderr.contains("hint: tok bind https://h.example --id-token\n"), "{}", output.stderr);
    scene.tok("bind https://h.example --id-token").run().ok();
    setup(&scene, "aws --for h.example --role-arn a").ok();
    // That binding was there before, and stays.
    setup(&scene, "aws --for h.example --remove").ok();
    assert!(get(&scene, "config/tok/config.toml").contains("\"https://h.example\""));
}

#[test]
fn what_fails_in_the_middle_is_undone() {
    let scene = scene();
    // Its folder is there, and nothing can be written into it but by root, whom a folder in the way keeps off too.
    put(&scene, "home/.docker/.config.json.tok-tmp/x", "");
    let before = tree(&scene);
    let output = setup(&scene, "docker --for h.example").code_is(2);
    assert!(output.stderr.contains("cannot write"), "{}", output.stderr);
    assert_eq!(tree(&scene), before);
    assert!(!scene.world.path("state/tok/setup.json").exists());
}

#[test]
fn a_path_that_would_not_be_read_as_it_is_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let scene = scene();
    setup(&scene, "git --for h.example").ok();
    let kept = get(&scene, "state/tok/setup.json");
    let config = scene.world.path("work").join(std::ffi::OsStr::from_bytes(b"\xff.toml"));
    std::fs::copy(scene.world.path("config/tok/config.toml"), &config).unwrap();
    let before = tree(&scene);
    // The journal could not keep it.
    let output = scene.tok("setup docker --for h.example").env("TOK_CONFIG", &config).run().code_is(2);
    assert!(output.stderr.contains("cannot stand in"), "{}", output.stderr);
    // npm would read it as a comment, or as a variable.
    for folder in ["a#b", "a${HOME}"] {
        let output = setup(&scene, &format!("pnpm --for h.example --bin-dir /{folder}")).code_is(2);
        assert!(output.stderr.contains("cannot stand in"), "{}", output.stderr);
    }
    assert_eq!((tree(&scene), get(&scene, "state/tok/setup.json")), (before, kept));
}

#[test]
fn a_damaged_journal_is_not_written_over() {
    let scene = scene();
    put(&scene, "state/tok/setup.json", "{}");
    let before = tree(&scene);
    for words in ["git --for h.example", "git --for h.example --remove"] {
        let output = setup(&scene, words).code_is(1);
        assert!(output.stderr.contains("setup.json is damaged"), "{}", output.stderr);
    }
    assert_eq!((tree(&scene), get(&scene, "state/tok/setup.json")), (before, "{}".to_owned()));
}

/// Where a program can name no profile the bindings decide: setup says nothing else than what will be.
#[test]
fn another_profile_that_would_answer_is_told() {
    let scene = scene();
    for name in ["home", "play"] {
        scene.tok(&format!("profile set {name} client-id=tok")).run().ok();
    }
    scene.tok("-p play bind h.example").run().ok();
    let before = tree(&scene);
    for client in ["docker", "podman", "keyring", "bazel", "go", "terraform"] {
        let output = scene.tok(&format!("-p home setup {client} --for h.example")).run().code_is(2);
        let said = format!("tok: {client} names no profile, so that home would not answer it for https://h.example: ");
        assert!(output.stderr.starts_with(&said) && output.stderr.contains("tok -p play bind --remove"), "{output:?}");
    }
    assert_eq!(tree(&scene), before);
    // The default one goes before others, and who is alone need not be that.
    setup(&scene, "docker --for h.example").ok();
    scene.tok("-p home setup docker --for other.example").run().ok();
    scene.tok("-p home setup go --for third.example").run().ok();
    scene.tok("-p work setup go --for fourth.example").run().ok();
}

#[test]
fn what_goes_before_terraforms_helper_is_told() {
    let scene = scene();
    put(&scene, "home/.tofurc", "");
    let run = scene.tok("setup terraform --for tf-one.example.com").env("TF_TOKEN_tf__one_example_com", "s3cret");
    let said = run.run().ok().stderr;
    assert!(said.contains("TF_TOKEN_tf__one_example_com is set in the environment, and counts instead"), "{said}");
    assert!(said.contains("OpenTofu reads") && said.contains(".tofurc instead"), "{said}");
    let run =
        scene.tok("setup terraform --for tf.example.com").env("TF_CLI_CONFIG_FILE", scene.world.path("home/.tofurc"));
    let said = run.run().ok().stderr;
    assert!(!said.contains("OpenTofu"), "{said}");
    let scene = self::scene();
    put(&scene, "config/opentofu/tofurc", "");
    let said = setup(&scene, "terraform --for tf.example.com").ok().stderr;
    assert!(said.contains("OpenTofu reads this from now on"), "{said}");
    let said = setup(&scene, "terraform --for tf.example.org").ok().stderr;
    assert!(!said.contains("OpenTofu"), "{said}");
}

/// An empty helper would end a list that stands in a file beside ours, or in one that is included.
#[test]
fn a_helper_of_gits_for_the_address_in_another_file_is_not_switched_off() {
    let theirs = "[credential \"https://h.example/\"]\n\thelper = !f s3cret\n";
    for (file, ours) in [("config/git/config", ""), ("home/more", "[include]\n\tpath = more\n")] {
        let scene = scene();
        put(&scene, "home/.gitconfig", ours);
        put(&scene, file, theirs);
        let before = tree(&scene);
        let said = setup(&scene, "git --for h.example").code_is(2).stderr;
        assert!(said.contains(&format!("{file} says otherwise already: !f ..., in")), "{said}");
        assert_eq!(tree(&scene), before);
    }
}

/// A helper that ends the list is of no use behind ours, which it would end as well.
#[test]
fn a_helper_of_gits_that_stands_there_already_is_not_ended() {
    let scene = scene();
    let text = "[credential \"https://h.example\"]\n\thelper = tok\n";
    put(&scene, "home/.gitconfig", text);
    let said = setup(&scene, "git --for h.example").ok().stderr;
    assert!(said.contains("tok: warning: other helpers are asked before it"), "{said}");
    assert_eq!(get(&scene, "home/.gitconfig"), text);
    let text = text.replace("\thelper = tok", "\thelper =\n\thelper = tok");
    put(&scene, "home/.gitconfig", &text);
    let said = setup(&scene, "git --for h.example").ok().stderr;
    assert!(!said.contains("warning: other helpers"), "{said}");
    assert_eq!(get(&scene, "home/.gitconfig"), text);
}
