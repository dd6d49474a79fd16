//! Text of others never draws on the screen, wherever it is shown: names of files, certificates, proxies, settings.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::logins::login_at;
use crate::scene::{Scene, toml};
use crate::support::ca::{Authority, Leaf};
use crate::support::process::Output;
use crate::support::server::{Answer, Server, tls};
use crate::world;

/// Clears the screen, sets the title, returns to the line's start, turns the direction.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;t\u{7}\r\u{9b}1m\u{7f}\u{202e}x\u{2066}";

/// Nothing in it does anything on a terminal but stand there.
#[track_caller]
fn is_harmless(output: &Output) -> &Output {
    let said = format!("{}{}", output.stdout, output.stderr);
    let acts = |c: char| {
        c.is_control() && c != '\n' || ('\u{200b}'..='\u{202e}').contains(&c) || ('\u{2060}'..='\u{206f}').contains(&c)
    };
    assert!(!said.chars().any(acts), "{said:?}");
    output
}

#[test] // U01
fn names_of_files_and_folders() {
    let scene = Scene::new();
    let folder = scene.world.path("given").join(EVIL);
    fs::create_dir(&folder).unwrap();
    let config = folder.join("config.toml");
    let nothing = folder.join("nothing");
    let plain = fs::read_to_string(scene.world.path("config/tok/config.toml")).unwrap();
    let tok = |words: &str| scene.tok(words).env("TOK_CONFIG", &config);
    fs::write(&config, &plain).unwrap();
    fs::set_permissions(&config, fs::Permissions::from_mode(0o644)).unwrap();
    // Everything that names the file in an answer, a notice, or where a value comes from.
    for words in [
        "login --scope x",
        "show",
        "profile show",
        "profile set work timeout=20s",
        "profile set new client-id=x",
        "profile default new",
        "profile remove new",
        "logout",
    ] {
        is_harmless(&tok(words).run());
    }
    // Every way in which it cannot be used.
    for text in [
        "isuer = 1",
        "= x",
        "[profiles.work]\npassword-file = 'y'\npassword-command = 'x'",
        "[profiles.work]\ntimeout = 'soon'",
    ] {
        fs::write(&config, text).unwrap();
        for words in ["-p work login", "-p work token"] {
            assert_eq!(is_harmless(&tok(words).run()).code(), 2, "{text}");
        }
    }
    fs::write(&config, b"\xff").unwrap();
    is_harmless(&tok("show").run());
    fs::set_permissions(&config, fs::Permissions::from_mode(0o666)).unwrap();
    is_harmless(&tok("show").run());
    fs::remove_file(&config).unwrap();
    is_harmless(&tok("show").run());
    for option in ["--password-file", "--client-secret-file", "--ca-file"] {
        let run = scene
            .tok("login --issuer https://127.0.0.1:1 --no-save -p new -u ada --store none")
            .arg(option)
            .arg(&nothing);
        let run = if option == "--password-file" { run } else { run.arg("--password-stdin").stdin("x") };
        let output = is_harmless(&run.env("TOK_CLIENT_ID", "x").run()).stderr.clone();
        assert!(output.contains("\\u{1b}[2J"), "{option}: {output}");
    }
    // State in a folder with such a name: locked out of it, and a link in it.
    let state = folder.join("state");
    let tok = |words: &str| scene.tok(words).env("XDG_STATE_HOME", &state);
    scene.world.allow(crate::support::canary::Kind::AccessToken, "given/");
    scene.world.allow(crate::support::canary::Kind::RefreshToken, "given/");
    is_harmless(&tok("login").run());
    fs::set_permissions(state.join("tok"), fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(is_harmless(&tok("refresh").run()).code(), 6);
    fs::set_permissions(state.join("tok"), fs::Permissions::from_mode(0o700)).unwrap();
    let sessions = state.join("tok/sessions");
    fs::rename(&sessions, state.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(state.join("elsewhere"), &sessions).unwrap();
    assert_eq!(is_harmless(&tok("refresh").run()).code(), 6);
}

#[test] // U01
fn the_names_in_a_certificate() {
    let world = world();
    let authority = Authority::new();
    let server = Server::https(tls::config(&authority.leaf(Leaf::OddNames), None));
    let ca = authority.write_pem(&world.path("given"));
    for more in ["-q", "-vv"] {
        let output = login_at(&world, &server.url("/token")).arg("--ca-file").arg(&ca).arg(more).run();
        is_harmless(&output);
        let output = output.code_is(5);
        assert!(output.stderr.contains("no secure connection to") && output.stderr.len() < 3000, "{}", output.stderr);
    }
    assert!(server.log().requests.is_empty());
}

#[test] // U01, U07
fn what_a_proxy_says_and_what_it_is_called() {
    let world = world();
    let evil: String = EVIL.chars().filter(|c| *c != '\r').collect();
    for answer in [
        Answer::raw(format!("HTTP/1.1 502 {evil}\r\nServer: {evil}\r\nProxy-Authenticate: {evil}\r\n\r\n{evil}")),
        Answer::raw(format!(
            "HTTP/1.1 407 no\r\nProxy-Authenticate: Basic realm=\"{evil}\"\r\nContent-Length: 0\r\n\r\n"
        )),
        Answer::raw(format!("{evil}\r\n\r\n")),
    ] {
        let proxy = Server::http();
        proxy.reply(|_| answer);
        let run = login_at(&world, "https://elsewhere.example/token").arg("-vv").env("HTTPS_PROXY", proxy.url(""));
        assert_eq!(is_harmless(&run.run()).code(), 5);
    }
    for url in [format!("http://{EVIL}"), format!("{EVIL}://127.0.0.1:1"), format!("http://127.0.0.1:1/{EVIL}")] {
        for variable in ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            let run = login_at(&world, "https://elsewhere.invalid/token").arg("-vv").env(variable, &url);
            assert_eq!(is_harmless(&run.run()).code(), 5);
        }
    }
}

#[test] // U01
fn values_of_settings_in_questions_tables_and_errors() {
    let scene = Scene::new();
    // What is no control character may stand in a name, and is shown by its number.
    let turned = "a\u{202e}b\u{2066}c\u{200b}";
    scene.configure(&[
        ("username", &toml(turned)),
        ("client-id", &toml(turned)),
        ("audience", &toml(turned)),
        ("password-command", &toml("true")),
    ]);
    for words in ["show", "profile show", "login", "token", "refresh", "logout"] {
        is_harmless(&scene.tok(words).run());
    }
    scene.configure(&[]);
    for (key, value) in [
        ("client-id", turned),
        ("username", turned),
        ("store", EVIL),
        ("grant", EVIL),
        ("client-auth", EVIL),
        ("timeout", EVIL),
        ("issuer", EVIL),
        ("scopes", EVIL),
        (turned, "x"),
        (EVIL, "x"),
    ] {
        is_harmless(&scene.tok("profile set work").arg(format!("{key}={value}")).run());
        is_harmless(&scene.tok("profile show").run());
        let variable = format!("TOK_{}", key.replace('-', "_").to_uppercase());
        if key.is_ascii() && !key.contains('\u{1b}') {
            is_harmless(&scene.tok("login").env(variable, value).run());
        }
        scene.configure(&[]);
        let quoted = value.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect::<String>();
        let name = key.chars().map(|c| format!("\\U{:08x}", u32::from(c))).collect::<String>();
        scene.world.write_config(&format!("[profiles.default]\n\"{name}\" = \"{quoted}\"\n"));
        is_harmless(&scene.tok("login").run());
        is_harmless(&scene.tok("profile show").run());
        scene.world.write_config(&format!("[profiles.\"{quoted}\"]\n"));
        is_harmless(&scene.tok("profile list").run());
        scene.configure(&[]);
    }
    for run in [
        scene.tok("login --no-save --client-id").arg(turned),
        scene.tok("login --client-id").arg(turned),
        scene.tok("show").env("TOK_PROFILE", EVIL),
        scene.tok("show").env("TOK_PROFILE", turned),
        scene.tok("login --store keyring").env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path=/{EVIL}")),
        scene.tok("login --store keyring").env("DBUS_SESSION_BUS_ADDRESS", EVIL),
        scene.tok("login").env("TOK_PASSWORD_COMMAND", format!("echo '{turned}' >/dev/null; exit 3")),
    ] {
        is_harmless(&run.run());
    }
}
