//! What the pages show is what works: configurations written by hand are those of `tok setup`, and git takes the line
//! about mail.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::path::Path;

use crate::generated::files::sections;
use crate::scene::Scene;
use crate::support::canary::Kind;

/// The lines below a heading in a verb's long help.
fn section(verb: &[&str], heading: &str) -> Vec<String> {
    let mut command = tok::command();
    command.build();
    let found = verb.iter().try_fold(&command, |command, name| command.find_subcommand(name)).unwrap();
    let help = found.get_after_long_help().unwrap().to_string();
    let sections = sections::of(&help);
    let section = sections.iter().find(|section| section.name == heading).unwrap_or_else(|| panic!("{verb:?}"));
    section.lines.iter().map(ToString::to_string).collect()
}

struct Case {
    /// The helper, whose page it is.
    helper: &'static str,
    /// What `tok setup` is told.
    setup: &'static str,
    /// The files that it writes, and what is in them before.
    files: &'static [(&'static str, &'static str)],
}

const CASES: [Case; 12] = [
    Case { helper: "git", setup: "git --for https://git.example.com", files: &[("home/.gitconfig", "")] },
    Case {
        helper: "docker",
        setup: "docker --for registry.example.com",
        files: &[("home/.docker/config.json", "{\n}\n")],
    },
    Case {
        helper: "docker",
        setup: "podman --for registry.example.com",
        files: &[("config/containers/auth.json", "{\n}\n")],
    },
    Case {
        helper: "kube",
        setup: "kube --for https://k8s.example.com:6443",
        files: &[(
            "home/.kube/config",
            "apiVersion: v1\nclusters:\n- cluster:\n    server: https://k8s.example.com:6443\n  name: production\nkind: Config\n",
        )],
    },
    Case {
        helper: "cargo",
        setup: "cargo --for https://crates.example.com --registry corp",
        files: &[("home/.cargo/config.toml", "")],
    },
    Case {
        helper: "keyring",
        setup: "keyring --for https://pypi.example.com",
        files: &[("config/pip/pip.conf", ""), ("config/uv/uv.toml", "")],
    },
    Case { helper: "bazel", setup: "bazel --for https://cache.example.com", files: &[("home/.bazelrc", "")] },
    Case { helper: "goauth", setup: "go --for https://go.example.com", files: &[("config/go/env", "")] },
    Case { helper: "terraform", setup: "terraform --for https://tf.example.com", files: &[("home/.terraformrc", "")] },
    Case { helper: "pnpm", setup: "pnpm --for https://npm.example.com", files: &[("home/.npmrc", "")] },
    Case {
        helper: "aws",
        setup: "aws --for https://sts.amazonaws.com --role-arn arn:aws:iam::123456789012:role/deploy",
        files: &[("home/.aws/config", "")],
    },
    Case {
        helper: "gcp",
        setup: "gcp --for https://sts.googleapis.com --pool //iam.googleapis.com/projects/1/locations/global/...",
        files: &[("config/tok/gcp-work.json", "")],
    },
];

#[test]
fn each_helpers_page_shows_what_setup_writes() {
    for Case { helper, setup, files } in CASES {
        let shown = section(&["helper", helper], "Configuration");
        let shown: BTreeSet<&str> = shown.iter().map(|line| line.trim()).collect();
        let scene = Scene::new();
        scene.world.set_env("PATH", "/usr/local/bin:/usr/bin:/bin");
        for (file, before) in files.iter().filter(|(_, before)| !before.is_empty()) {
            let path = scene.world.path(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, before).unwrap();
        }
        scene.tok(&format!("setup {setup}")).run().ok();
        for (file, before) in files {
            let text = std::fs::read_to_string(scene.world.path(file)).unwrap();
            let home = scene.world.path("home").display().to_string();
            let text = text.replace(&home, "/home/ada").replace(crate::tok(), "tok");
            let before: BTreeSet<&str> = before.lines().map(str::trim).collect();
            let written: Vec<&str> = text.lines().map(str::trim).filter(|line| !before.contains(line)).collect();
            assert!(!written.is_empty(), "{setup}: {file}");
            for line in written.into_iter().filter(|line| !line.is_empty()) {
                assert!(shown.contains(line), "the page of tok helper {helper} does not show {line:?}: {shown:?}");
            }
        }
    }
}

#[test]
fn git_send_email_gets_the_token_from_the_line_on_the_page() {
    let scene = Scene::logged_in();
    scene.tok("bind https://mail.example.com").run().ok();
    let lines = section(&["token"], "Mail programs");
    let from = lines.iter().position(|line| line.trim() == "[sendemail]").unwrap();
    let config: Vec<&str> = lines[from..].iter().map(|line| line.trim()).take_while(|line| !line.is_empty()).collect();
    std::fs::write(scene.world.path("home/.gitconfig"), config.join("\n") + "\n").unwrap();
    let programs = Path::new(crate::tok()).parent().unwrap().display().to_string();
    // What git-send-email.perl says.
    let asked = "protocol=smtp\nhost=mail.example.com:587\nusername=ada@example.com\n\n";
    let run = scene.world.command("git").arg("credential").arg("fill").stdin(asked);
    let run = run.env("GIT_TERMINAL_PROMPT", "0").env("PATH", format!("{programs}:/usr/bin:/bin"));
    let filled = run.may_print(Kind::AccessToken).run().ok();
    assert!(filled.stdout.contains(&format!("\npassword={}\n", scene.token())), "{}", filled.stderr);
}
