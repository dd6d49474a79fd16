//! Line breaks, bytes that are no text, folders that are not asked.

#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;

use crate::scene::Scene;

fn bytes(text: &[u8]) -> OsString {
    OsString::from_vec(text.to_vec())
}

#[test] // I03
fn line_breaks_are_refused_wherever_a_value_crosses_into_a_request() {
    let scene = Scene::new();
    for end in ["\r\nX-Evil: 1", "\nb", "\rb", "\u{1b}[2J"] {
        for option in [
            "--client-id",
            "--username",
            "--audience",
            "--resource",
            "--extra",
            "--issuer",
            "--token-endpoint",
            "--revocation-endpoint",
        ] {
            let base = if option.ends_with('r') || option.ends_with("point") { "https://h/" } else { "a=a" };
            let output = scene.world.tok(["token", option, &format!("{base}{end}")]).run().code_is(2);
            assert!(output.stderr.starts_with(&format!("tok: {option}: ")), "{option} {end:?}: {}", output.stderr);
            assert!(!output.stderr.contains('\u{1b}') && !output.stderr.contains('\r'), "{}", output.stderr);
            assert!(!output.stderr.contains("\nX-Evil"), "{}", output.stderr);
        }
        for (variable, value) in [
            ("TOK_CLIENT_ID", format!("a{end}")),
            ("TOK_USERNAME", format!("a{end}")),
            ("TOK_EXTRA", "a=b%0D%0Ac".to_owned()),
            ("TOK_EXTRA", "a%0D%0Ab=c".to_owned()),
            ("TOK_REVOCATION_ENDPOINT", format!("https://h/{end}")),
            ("TOK_ISSUER", format!("https://h/{end}")),
        ] {
            let output = scene.tok("login").env(variable, value).run().code_is(2);
            assert!(output.stderr.starts_with(&format!("tok: {variable}: ")), "{}", output.stderr);
        }
    }
    for line in
        ["client-id = \"a\\nb\"", "username = \"a\\r\\nb\"", "audience = \"a\\u0000\"", "extra = { a = \"\\n\" }"]
    {
        let key = line.split(' ').next().unwrap();
        let path = scene.world.write_config(&format!("[profiles.default]\n{line}\n"));
        let output = scene.tok("token").run().code_is(2);
        assert!(output.stderr.starts_with(&format!("tok: {}:2: {key}: ", path.display())), "{}", output.stderr);
    }
    assert_eq!(scene.requests(), 0);
}

#[test] // I04
fn arguments_that_are_no_text_are_refused_and_not_shown() {
    let scene = Scene::new();
    for words in [
        vec![bytes(b"canary\xff")],
        vec!["token".into(), bytes(b"canary\xff")],
        vec!["token".into(), bytes(b"--canary\xff")],
        vec!["token".into(), bytes(b"--client-id=canary\xff")],
        vec!["token".into(), "--client-id".into(), bytes(b"canary\xff")],
        vec!["-p".into(), bytes(b"canary\xff"), "token".into()],
        vec!["login".into(), "--issuer".into(), bytes(b"https://canary\xff")],
        vec!["login".into(), "--scope".into(), bytes(b"\xffcanary")],
        vec!["token".into(), "--min-ttl".into(), bytes(b"\xffcanary")],
        vec!["token".into(), "--color".into(), bytes(b"\xffcanary")],
        vec!["profile".into(), "set".into(), bytes(b"client-id=canary\xff")],
        vec!["completions".into(), bytes(b"canary\xff")],
    ] {
        let output = scene.world.tok(&words).run().code_is(2);
        assert!(!output.stderr.contains("canary") && output.stdout.is_empty(), "{words:?}: {}", output.stderr);
        assert!(output.stderr.contains("UTF-8"), "{words:?}: {}", output.stderr);
    }
    assert_eq!(scene.requests(), 0);
}

#[test] // I04
fn variables_that_are_no_text_are_refused_by_name_and_not_shown() {
    let scene = Scene::new();
    for variable in [
        "TOK_ISSUER",
        "TOK_CLIENT_ID",
        "TOK_CLIENT_SECRET",
        "TOK_CLIENT_AUTH",
        "TOK_USERNAME",
        "TOK_PASSWORD",
        "TOK_PASSWORD_COMMAND",
        "TOK_GRANT",
        "TOK_SCOPE",
        "TOK_EXTRA",
        "TOK_STORE",
        "TOK_TIMEOUT",
        "TOK_PROFILE",
        "TOK_NO_INPUT",
    ] {
        for verb in ["token", "login"] {
            let output = scene.tok(verb).env(variable, bytes(b"canary\xff")).run();
            output.unhinted().assert(2, "", &format!("tok: the value of {variable} is not UTF-8 text\n"));
        }
    }
    // A path may be any bytes.
    for variable in ["TOK_CONFIG", "TOK_CA_FILE", "TOK_PASSWORD_FILE"] {
        let output = scene.tok("login").env(variable, bytes(b"/nonexistent/\xff\x1b[2J")).run();
        assert!([0, 2].contains(&output.code()) && !output.stderr.contains('\u{1b}'), "{variable}: {}", output.stderr);
    }
    scene.tok("show").env("LANG", bytes(b"\xff")).env("TERM", bytes(b"\xff")).env("HOME", bytes(b"/\xff")).run().ok();
}

/// Every verb of a command with its options that take a value.
fn options(command: &clap::Command, verb: &[String]) -> Vec<(Vec<String>, clap::Arg)> {
    let takes_value = |arg: &&clap::Arg| arg.get_action().takes_values();
    let own = command.get_arguments().filter(takes_value).map(|arg| (verb.to_vec(), arg.clone()));
    let below = command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
        .flat_map(|sub| options(sub, &[verb, &[sub.get_name().to_owned()]].concat()));
    own.chain(below).collect()
}

#[test] // I04
fn no_option_argument_or_variable_at_all_panics_over_what_is_no_text() {
    let scene = Scene::logged_in();
    let is_path =
        |arg: &clap::Arg| arg.get_value_parser().type_id() == clap::builder::ValueParser::path_buf().type_id();
    let mut command = tok::command();
    command.build();
    let all = options(&command, &[]);
    assert!(all.len() > 80, "{}", all.len());
    let mut seen = std::collections::BTreeSet::new();
    for (verb, arg) in all {
        // A global option is one of each verb; three of them are enough.
        let name = arg.get_long().map(|long| format!("--{long}"));
        if verb.is_empty()
            || !seen.insert((
                name.clone().unwrap_or_else(|| verb.join(" ")),
                verb.len().min(1),
                verb.first().is_some_and(|v| v == "login"),
            ))
        {
            continue;
        }
        let mut words: Vec<OsString> = verb.iter().map(OsString::from).collect();
        words.extend(name.clone().map(OsString::from));
        words.push(bytes(b"canary\xff\x1b[2J"));
        let output = scene.world.tok(&words).run();
        let said = format!("{}{}", output.stdout, output.stderr);
        let usage = if ["curl", "exec"].contains(&verb[0].as_str()) { 125 } else { 2 };
        let known = [0, 1, 2, 3, 4, 5, 6, usage].contains(&output.code());
        assert!(known && !said.contains('\u{1b}'), "{words:?}: {}: {said}", output.code());
        if !is_path(&arg) {
            assert!(output.code() == usage && !said.contains("canary"), "{words:?}: {}: {said}", output.code());
        }
    }
    let further =
        ["TOK_PROFILE", "TOK_NO_INPUT", "TOK_BIND"].into_iter().chain(tok::sys::environment::SECRET_VARIABLES);
    let rows = tok::settings::Key::ALL.iter().map(|key| key.row());
    let of_keys = rows.map(|row| (row.variable, row.kind == tok::settings::table::Kind::Path));
    for (variable, is_path) in of_keys.chain(further.map(|name| (name, false))) {
        for words in ["login", "token", "refresh", "show", "logout --local", "profile show", "profile list"] {
            let output = scene.tok(words).env(variable, bytes(b"canary\xff\x1b[2J")).run();
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!((0..=6).contains(&output.code()) && !said.contains('\u{1b}'), "{variable} {words}: {said}");
            assert!(is_path || !said.contains("canary"), "{variable} {words}: {said}");
        }
        scene.configure(&[]);
    }
    for variable in [
        "HOME",
        "PATH",
        "TERM",
        "LANG",
        "TZ",
        "NO_COLOR",
        "TMPDIR",
        "XDG_RUNTIME_DIR",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "SSL_CERT_DIR",
        "DBUS_SESSION_BUS_ADDRESS",
        "COLUMNS",
        "CLICOLOR_FORCE",
        "RUST_BACKTRACE",
        "TOK_NOT_A_SETTING",
    ] {
        for words in ["show", "show --json", "profile list", "--help"] {
            let output = scene.tok(words).env(variable, bytes(b"canary\xff\x1b[2J")).run();
            assert!(
                (0..=6).contains(&output.code()) && !output.stderr.contains("canary"),
                "{variable}: {}",
                output.stderr
            );
        }
    }
}

#[test] // I01
fn nothing_is_read_from_the_working_directory_or_its_parents() {
    let scene = Scene::bare();
    let deep = scene.world.path("work/a/b");
    for folder in ["work", "work/a", "work/a/b"] {
        for name in [
            "config.toml",
            "tok.toml",
            ".tok.toml",
            "tok/config.toml",
            ".tok/config.toml",
            ".config/tok/config.toml",
            ".env",
        ] {
            let path = scene.world.path(folder).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "this is a mistake in any file that is read").unwrap();
        }
    }
    let mistakes = |words: &str| scene.tok(words).folder(&deep);
    mistakes("profile list -q").run().assert(0, "", "");
    mistakes("profile list -q").env("XDG_CONFIG_HOME", ".").env("HOME", ".").run().assert(0, "", "");
    mistakes("profile list -q").no_env("XDG_CONFIG_HOME").env("HOME", "").run().assert(0, "", "");
    mistakes("profile list -q").no_env("XDG_CONFIG_HOME").no_env("HOME").run().assert(0, "", "");
    mistakes("profile list --config config.toml").run().code_is(2);
    mistakes("profile list -q").env("TOK_CONFIG", "config.toml").run().code_is(2);
}
