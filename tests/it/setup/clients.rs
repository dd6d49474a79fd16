//! Each program: what is written for it, that it is written once, and that it goes as it came.

use super::{get, put, scene, setup, target, tree};
use crate::scene::Scene;

/// A program, with a file of its that is there before, and what it is to be afterwards; `TOK` is the program, `HOME`
/// the home folder.
struct Case {
    words: &'static str,
    file: &'static str,
    before: &'static str,
    after: &'static str,
    link: &'static str,
}

const CASES: &[Case] = &[
    Case {
        words: "git --for https://git.example.com",
        file: "home/.gitconfig",
        before: "[user] # me\n\tname = Ada\n[credential]\n\thelper = store\n",
        after: "[user] # me\n\tname = Ada\n[credential]\n\thelper = store\n\
                [credential \"https://git.example.com\"]\n\thelper =\n\thelper = tok\n",
        link: "home/.local/bin/git-credential-tok",
    },
    Case {
        words: "docker --for registry.example.com:5000",
        file: "home/.docker/config.json",
        before: "{\n\t\"auths\": {\n\t\t\"a\": {}\n\t},\n\t\"z\": 1\n}\n",
        after: "{\n\t\"auths\": {\n\t\t\"a\": {}\n\t},\n\t\"z\": 1,\n\t\"credHelpers\": {\n\t\t\
                \"registry.example.com:5000\": \"tok\"\n\t}\n}\n",
        link: "home/.local/bin/docker-credential-tok",
    },
    Case {
        words: "podman --for registry.example.com",
        file: "config/containers/auth.json",
        before: "{\"credHelpers\": {\"b\": \"c\"}}",
        after: "{\"credHelpers\": {\"b\": \"c\", \"registry.example.com\": \"tok\"}}",
        link: "home/.local/bin/docker-credential-tok",
    },
    Case {
        words: "kube --for https://k8s.example.com:6443",
        file: "home/.kube/config",
        before: "apiVersion: v1\nclusters:\n- cluster:\n    server: https://k8s.example.com:6443\n  name: one\n\
                 contexts:\n- context:\n    cluster: one\n    user: a\n  name: c\ncurrent-context: c\nkind: Config\n\
                 users: null\n",
        after: "apiVersion: v1\nclusters:\n- cluster:\n    server: https://k8s.example.com:6443\n  name: one\n\
                contexts:\n- context:\n    cluster: one\n    user: a\n  name: c\n- context:\n    cluster: one\n    \
                user: tok-work-k8s.example.com:6443\n  name: tok-k8s.example.com:6443\ncurrent-context: c\nkind: Config\n\
                users:\n- name: tok-work-k8s.example.com:6443\n  user:\n    exec:\n      \
                apiVersion: client.authentication.k8s.io/v1beta1\n      args:\n      - helper\n      - kube\n      - --for\n      \
                - https://k8s.example.com:6443\n      command: TOK\n      env: null\n      interactiveMode: Never\n      \
                provideClusterInfo: true\n",
        link: "",
    },
    Case {
        words: "cargo --for https://crates.example.com",
        file: "home/.cargo/config.toml",
        before: "# mine\n[registries.corp] # c\nindex = 'sparse+https://crates.example.com/index/' # d\n\n[net]\nretry = 1\n",
        after: "# mine\n[registries.corp] # c\nindex = 'sparse+https://crates.example.com/index/' # d\n\
                credential-provider = [\"HOME/.local/bin/cargo-credential-tok\"]\n\n[net]\nretry = 1\n",
        link: "home/.local/bin/cargo-credential-tok",
    },
    Case {
        words: "cargo --for https://crates.example.com --registry corp",
        file: "home/.cargo/config.toml",
        before: "[net]\nretry = 1\n",
        after: "[net]\nretry = 1\n\n[registries.corp]\n\
                credential-provider = [\"HOME/.local/bin/cargo-credential-tok\"]\n",
        link: "home/.local/bin/cargo-credential-tok",
    },
    Case {
        words: "keyring --for https://pypi.example.com",
        file: "config/pip/pip.conf",
        before: "[global]\nindex-url = https://pypi.example.com/simple\n\n[install]\nuser = true\n",
        after: "[global]\nindex-url = https://pypi.example.com/simple\nkeyring-provider = subprocess\n\n\
                [install]\nuser = true\n",
        link: "data/tok/keyring/keyring",
    },
    Case {
        words: "bazel --for https://cache.example.com:8443",
        file: "home/.bazelrc",
        before: "build --jobs=2 # c",
        after: "build --jobs=2 # c\n\
                common --credential_helper=cache.example.com=HOME/.local/bin/bazel-credential-tok\n",
        link: "home/.local/bin/bazel-credential-tok",
    },
    Case {
        words: "go --for https://go.example.com",
        file: "config/go/env",
        before: "GOPROXY=direct\n",
        after: "GOPROXY=direct\nGOAUTH=TOK helper goauth; netrc\n",
        link: "",
    },
    Case {
        words: "terraform --for https://tf.example.com",
        file: "home/.terraformrc",
        before: "plugin_cache_dir = \"$HOME/c\"\n",
        after: "plugin_cache_dir = \"$HOME/c\"\n\ncredentials_helper \"tok\" {\n  args = []\n}\n",
        link: "home/.terraform.d/plugins/terraform-credentials-tok",
    },
    Case {
        words: "pnpm --for https://npm.example.com:4873",
        file: "home/.npmrc",
        before: "save-exact=true",
        after: "save-exact=true\n//npm.example.com:4873/:tokenHelper=HOME/.local/bin/tok-bearer-work@npm.example.com:4873\n",
        link: "home/.local/bin/tok-bearer-work@npm.example.com:4873",
    },
    Case {
        words: "aws --for https://sts.amazonaws.com --role-arn arn:aws:iam::1:role/r",
        file: "home/.aws/config",
        before: "[default]\nregion = x\n",
        after: "[default]\nregion = x\n\n[profile tok-work]\n\
                credential_process = TOK helper aws --role-arn arn:aws:iam::1:role/r\n",
        link: "",
    },
    Case {
        words: "aws --for https://sts.example.com --role-arn arn:aws:iam::1:role/r",
        file: "home/.aws/config",
        before: "# c\n",
        after: "# c\n\n[profile tok-work]\n\
                credential_process = TOK helper aws --role-arn arn:aws:iam::1:role/r --endpoint https://sts.example.com\n",
        link: "",
    },
    Case {
        words: "gcp --for https://sts.googleapis.com --pool //iam.googleapis.com/p",
        file: "config/tok/gcp-work.json",
        before: "",
        after: "{\n  \"type\": \"external_account\",\n  \"audience\": \"//iam.googleapis.com/p\",\n  \
                \"subject_token_type\": \"urn:ietf:params:oauth:token-type:jwt\",\n  \
                \"token_url\": \"https://sts.googleapis.com/v1/token\",\n  \"credential_source\": {\n    \"executable\": {\n      \
                \"command\": \"TOK helper gcp\",\n      \"timeout_millis\": 30000\n    }\n  }\n}\n",
        link: "",
    },
];

fn filled(scene: &Scene, text: &str) -> String {
    text.replace("TOK", crate::tok())
        .replace("HOME/", &format!("{}/", scene.world.path("home").display()))
        .replace(&format!("${}/", scene.world.path("home").display()), "$HOME/")
}

/// Sets up, twice, and undoes it. With the file there before or not, all is as it was.
fn there_and_back(case: &Case, is_there: bool) {
    let scene = scene();
    if is_there && !case.before.is_empty() {
        put(&scene, case.file, case.before);
    }
    let before = tree(&scene);
    let what = case.words;
    let words =
        if case.words.starts_with("cargo") && !is_there { format!("{what} --registry corp") } else { what.into() };
    let words = if words.matches("--registry").count() > 1 { what } else { words.as_str() };

    let printed = setup(&scene, &format!("{words} --print")).ok();
    assert_eq!(tree(&scene), before, "{words}: --print");

    let first = setup(&scene, words).ok();
    if is_there {
        assert_eq!(get(&scene, case.file), filled(&scene, case.after), "{words}");
    }
    let file = scene.world.path(case.file);
    assert!(first.stderr.contains(file.to_str().unwrap()), "{words}: {}", first.stderr);
    if !case.link.is_empty() {
        assert_eq!(target(&scene, case.link), crate::tok());
        assert!(first.stderr.contains(scene.world.path(case.link).to_str().unwrap()), "{words}: {}", first.stderr);
    }
    // What was shown is what was said.
    for line in first.stderr.lines().map(|line| line.trim_start_matches("tok: ")) {
        assert!(
            printed.stdout.contains(line) || line.contains("is set up for"),
            "{words}: {line} in {}",
            printed.stdout
        );
    }
    let after = tree(&scene);
    let again = setup(&scene, words).ok();
    assert!(again.stderr.contains("is set up already for"), "{words}: {}", again.stderr);
    assert_eq!(tree(&scene), after, "{words}: again");

    let words = words.split(" --registry").next().unwrap();
    setup(&scene, &format!("{words} --remove")).ok();
    assert_eq!(tree(&scene), before, "{words}: --remove");
    let removed = setup(&scene, &format!("{words} --remove")).ok();
    assert!(removed.stderr.contains("nothing was set up"), "{words}: {}", removed.stderr);
    assert!(!scene.world.path("state/tok/setup.json").exists());
}

#[test]
fn every_program_is_set_up_once_and_undone() {
    for case in CASES.iter() {
        there_and_back(case, true);
        there_and_back(case, false);
    }
}

#[test] // R05
fn a_link_in_the_place_of_a_file_is_written_through_and_modes_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    for case in CASES.iter().filter(|case| !case.before.is_empty()) {
        let scene = scene();
        put(&scene, "home/dotfiles/rc", case.before);
        let (rc, file) = (scene.world.path("home/dotfiles/rc"), scene.world.path(case.file));
        std::fs::set_permissions(&rc, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        symlink(&rc, &file).unwrap();
        let before = tree(&scene);
        setup(&scene, case.words).ok();
        assert!(file.symlink_metadata().unwrap().is_symlink(), "{}", case.words);
        assert_eq!(get(&scene, "home/dotfiles/rc"), filled(&scene, case.after), "{}", case.words);
        assert_eq!(rc.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        setup(&scene, &format!("{} --remove", case.words.split(" --registry").next().unwrap())).ok();
        assert_eq!(tree(&scene), before, "{}", case.words);
    }
}

#[test]
fn a_profile_that_was_named_is_named_to_the_helper() {
    for (words, file, expected) in [
        ("git --for git.example.com", "home/.gitconfig", "helper = tok --profile work\n"),
        // One entry is for the services of all profiles.
        ("go --for go.example.com", "config/go/env", "/tok helper goauth; netrc\n"),
        ("terraform --for tf.example.com", "home/.terraformrc", "args = []\n"),
        (
            "cargo --for crates.example.com --registry a.b",
            "home/.cargo/config.toml",
            "[registries.\"a.b\"]\ncredential-provider = [\"HOME/.local/bin/cargo-credential-tok\", \"--profile\", \"work\"]\n",
        ),
        ("kube --for k.example.com", "home/.kube/config", "      - --profile\n      - work\n      - helper\n"),
        (
            "aws --for sts.amazonaws.com --role-arn a",
            "home/.aws/config",
            "/tok --profile work helper aws --role-arn a\n",
        ),
        ("gcp --for sts.googleapis.com --pool p", "config/tok/gcp-work.json", "/tok --profile work helper gcp\""),
    ] {
        let scene = scene();
        scene.tok(&format!("-p work setup {words}")).run().ok();
        let text = get(&scene, file);
        assert!(text.contains(&filled(&scene, expected)), "{words}: {text}");
        let scene = super::scene();
        scene.tok(&format!("setup {words}")).env("TOK_PROFILE", "work").run().ok();
        assert!(get(&scene, file).contains(&filled(&scene, expected)), "{words}");
    }
}

#[test]
fn files_are_those_that_variables_name() {
    for (words, variable, value, file) in [
        ("git --for h.example", "GIT_CONFIG_GLOBAL", "home/x/rc", "home/x/rc"),
        ("docker --for h.example", "DOCKER_CONFIG", "home/x", "home/x/config.json"),
        ("podman --for h.example", "REGISTRY_AUTH_FILE", "home/x/rc", "home/x/rc"),
        ("kube --for h.example", "KUBECONFIG", "home/x/rc", "home/x/rc"),
        ("cargo --for h.example --registry r", "CARGO_HOME", "home/x", "home/x/config.toml"),
        ("keyring --for h.example", "PIP_CONFIG_FILE", "home/x/rc", "home/x/rc"),
        ("keyring --for h.example", "UV_CONFIG_FILE", "home/x/rc", "home/x/rc"),
        ("go --for h.example", "GOENV", "home/x/rc", "home/x/rc"),
        ("terraform --for h.example", "TF_CLI_CONFIG_FILE", "home/x/rc", "home/x/rc"),
        ("pnpm --for h.example", "NPM_CONFIG_USERCONFIG", "home/x/rc", "home/x/rc"),
        ("aws --for h.example --role-arn a", "AWS_CONFIG_FILE", "home/x/rc", "home/x/rc"),
    ] {
        let scene = scene();
        scene.tok(&format!("setup {words}")).env(variable, scene.world.path(value)).run().ok();
        assert!(!get(&scene, file).is_empty(), "{words}");
    }
    // git's other place, where it is there and the usual one is not.
    let scene = scene();
    put(&scene, "config/git/config", "");
    setup(&scene, "git --for h.example").ok();
    assert!(get(&scene, "config/git/config").contains("helper = tok"));
    put(&scene, "home/.cargo/config", "");
    setup(&scene, "cargo --for h.example --registry r").ok();
    assert!(get(&scene, "home/.cargo/config").contains("[registries.r]"));
}

#[test]
fn git_asks_the_helper_that_was_set_up() {
    let scene = Scene::logged_in();
    scene
        .world
        .set_env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", scene.world.path("home/.local/bin").display()));
    let set_up = setup(&scene, "git --for https://git.example.com");
    assert!(!set_up.stderr.contains("warning"), "{}", set_up.stderr);
    let run = scene.world.command("git").arg("credential").arg("fill").stdin("url=https://git.example.com\n\n");
    let filled = run.env("GIT_TERMINAL_PROMPT", "0").may_print(crate::support::canary::Kind::AccessToken).run();
    let token = scene.token();
    assert!(filled.stdout.contains(&format!("password={token}")), "{}", filled.stderr);
}
