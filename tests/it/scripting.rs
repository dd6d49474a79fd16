//! What a script can rely on: exact streams, exit codes, JSON.

#![cfg(unix)]

#[cfg(target_os = "linux")]
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::scene::{Scene, toml};
use crate::support::server::Answer;
use crate::support::server::setup::{Client, ClientAuth};

#[test] // S01, S06
fn an_id_token_is_printed_while_it_lives_and_renewed_when_it_does_not() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['openid']")]);
    scene.login();
    let first = scene.tok("token --id-token").run().line().to_owned();
    assert_eq!(first.matches('.').count(), 2, "{first}");
    assert_eq!(scene.tok("token --id-token").run().line(), first);
    assert_eq!(scene.server.count("refresh_token"), 0);
    // This server's refresh brings no new one (OpenID Connect Core 1.0 §12.2).
    let longer = scene.tok("token --id-token --min-ttl 2h").run().ok();
    assert!(longer.stderr.contains("shorter than asked for") && longer.stdout.trim() == first, "{longer:?}");
    assert_eq!(scene.server.count("refresh_token"), 1);
    scene.configure(&[]);
    scene.login();
    let none = scene.tok("token --id-token").run();
    none.assert(3, "", "tok: there is no valid ID token: the server gave none, or no new one\nhint: [..]\n");
}

#[test] // S01
fn stdout_is_the_token_and_a_newline() {
    let scene = Scene::logged_in();
    let token = scene.server.realm(|realm| realm.latest_access().unwrap().to_owned());
    scene.tok("token").run().assert(0, &format!("{token}\n"), "");
    scene.tok("token -q --no-input").run().assert(0, &format!("{token}\n"), "");
    scene.tok("token --header").run().assert(0, &format!("Authorization: Bearer {token}\n"), "");
    let output = scene.tok("token -v").run();
    assert_eq!(output.stdout, format!("{token}\n"));
    let output = scene.tok("token --json").run();
    assert!(output.stderr.is_empty() && output.stdout.ends_with("}\n") && output.stdout.matches('\n').count() == 1);
    let output = scene.tok("token --min-ttl 1h").run().ok();
    assert_eq!(output.stdout.lines().count(), 1);
}

#[test] // S01
fn everything_but_an_answer_goes_to_stderr() {
    let scene = Scene::new();
    for words in ["login", "refresh", "profile set work timeout=20s", "profile default work", "logout", "logout --all"]
    {
        let output = scene.tok(words).run().ok();
        assert!(output.stdout.is_empty() && output.stderr.starts_with("tok: "), "{words}: {}", output.stdout);
        assert!(scene.tok(words).arg("-q").run().stdout.is_empty());
    }
    let output = scene.tok("login -q").run().ok();
    assert_eq!(output.stderr.matches("tok: ").count(), output.stderr.matches("tok: warning: ").count());
}

/// Everything that has an answer on standard output.
const PRINTING: [&str; 16] = [
    "token",
    "token --header",
    "token --json",
    "show",
    "show --json",
    "profile list",
    "profile list --json",
    "profile show",
    "profile show --json",
    "completions bash",
    "--help",
    "--version",
    "-h",
    "help",
    "help login",
    "login --help",
];

#[test] // S03
fn a_reader_that_went_away_is_no_error() {
    let scene = Scene::logged_in();
    for words in PRINTING {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = scene.tok(words).stdout_to(std::os::fd::OwnedFd::from(writer)).run();
        assert_eq!((output.code(), output.stderr.as_str()), (0, ""), "{words}");
    }
}

#[cfg(target_os = "linux")]
#[test] // S03
fn a_full_or_closed_stdout_fails_and_the_session_is_kept() {
    let scene = Scene::logged_in();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for words in PRINTING.iter().chain(&["token --min-ttl 1h"]) {
        let output = scene.tok(words).stdout_to(full()).run().code_is(1);
        assert!(output.stderr.ends_with("tok: cannot write to standard output: no space is left\n"), "{words}");
        let closed = scene.world.command("/bin/sh").arg("-c").arg(format!("exec \"$0\" {words} >&-")).arg(crate::tok());
        let output = closed.run().code_is(1);
        assert!(output.stderr.ends_with("tok: standard output is closed\n"), "{words}");
    }
    // Two refreshes were made whose tokens nobody saw: both were stored.
    assert_eq!((scene.server.count("refresh_token"), scene.server.realm(|realm| realm.reuses)), (2, 0));
    let newest = scene.server.realm(|realm| realm.latest_access().unwrap().to_owned());
    assert_eq!(scene.token(), newest);
    scene.tok("refresh").run().ok();
}

#[cfg(target_os = "linux")]
#[test] // S03
fn a_full_stdout_with_credentials_in_the_environment() {
    let scene = Scene::bare();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    scene.direct("token").stdout_to(full).run().code_is(1);
}

#[test] // S04
fn json_is_stable_and_survives_hostile_values() {
    let scene = Scene::bare();
    let user = "ada \"\\'<>&{}\u{202e}\u{200b}\u{1f980}\u{2028}";
    let client = "c\"\\\u{e9},:[]";
    let config = log_in_as(&scene, user, client);
    let shown = scene.shown();
    let wanted = json!({
        "profile": "work",
        "config_file": config,
        "state": "valid",
        "environment_credentials": false,
        "issuer": scene.server.issuer(),
        "token_endpoint": scene.server.url("/token"),
        "client_id": client,
        "username": user,
        "grant": "password",
        "store": "file",
        "scopes_granted": ["c", "<script>", "d"],
        "scopes_requested": ["x", "y"],
        "refresh_token": true,
        "id_token": false,
        "logged_in_at": shown["logged_in_at"],
        "logged_in_at_rfc3339": shown["logged_in_at_rfc3339"],
        "expires_at": shown["expires_at"],
        "expires_at_rfc3339": shown["expires_at_rfc3339"],
        "expires_in": shown["expires_in"],
    });
    assert_eq!(shown, wanted);
    let number = |key: &str| shown[key].as_i64().unwrap();
    assert_eq!(number("expires_at") - number("logged_in_at"), 315_360_000);
    let text = shown["logged_in_at_rfc3339"].as_str().unwrap();
    assert!(text.len() == 20 && text.ends_with('Z'), "{text}");
    let table = scene.tok("show").run().ok().stdout;
    assert!(table.contains("\\u{202e}\\u{200b}\u{1f980}\\u{2028}\n") && !table.contains('\u{202e}'), "{table}");
}

/// Logs in with such names, at a server that grants hostile scopes for ever; the configuration file.
fn log_in_as(scene: &Scene, user: &str, client: &str) -> PathBuf {
    let known = Client { id: client.to_owned(), secret: String::new(), auth: ClientAuth::Public };
    scene.server.set(|setup| {
        let password = setup.users["ada"].clone();
        setup.users.insert(user.to_owned(), password);
        setup.clients.push(known);
        setup.edit_tokens = Some(Arc::new(|answer| {
            answer.insert("scope".into(), "a\u{1b}[2J b\" c <script> d".into());
            answer.insert("expires_in".into(), 1_000_000_000_000_u64.into());
        }));
    });
    let names = [("username", toml_escaped(user)), ("client-id", toml(client))];
    let config = scene.configure(&[(names[0].0, &names[0].1), (names[1].0, &names[1].1), ("scopes", "['x', 'y']")]);
    scene.login();
    config
}

/// A basic TOML string.
fn toml_escaped(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[test] // S04
fn the_json_of_a_token_has_these_members() {
    let scene = Scene::new();
    scene.configure(&[("scopes", "['x']")]);
    scene.login();
    let printed: Value = serde_json::from_str(scene.tok("token --json").run().line()).unwrap();
    let keys: Vec<&String> = printed.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["access_token", "expires_at", "expires_in", "scope", "token_type"]);
    assert_eq!((&printed["token_type"], &printed["scope"]), (&json!("Bearer"), &json!("x")));
    assert_eq!(printed["access_token"], scene.token());
    scene.server.set(|setup| setup.expires_in = None);
    scene.tok("refresh").run().ok();
    let printed: Value = serde_json::from_str(&scene.tok("token --json").run().stdout).unwrap();
    assert_eq!((&printed["expires_at"], &printed["expires_in"]), (&Value::Null, &Value::Null));
}

#[test] // S04
fn every_documented_exit_code_comes() {
    let scene = Scene::new();
    scene.login();
    scene.tok("token").run().code_is(0);
    scene.server.fail_tokens(1, &Answer::json(200, json!({})));
    scene.tok("refresh").run().code_is(1);
    scene.tok("token --no-such-option").run().code_is(2);
    scene.tok("frobnicate").run().code_is(2);
    scene.tok("").run().code_is(2);
    scene.tok("token --min-ttl soon").run().code_is(2);
    scene.tok("logout").run().code_is(0);
    scene.tok("token").run().code_is(3);
    scene.tok("refresh").run().code_is(3);
    scene.tok("show").run().code_is(3);
    scene.server.fail_tokens(1, &Answer::error(400, "invalid_grant"));
    scene.tok("login").run().code_is(4);
    scene.server.fail_tokens(1, &Answer::empty(503));
    scene.tok("login").run().code_is(5);
    // No bus, no keyring.
    scene.tok("login --store keyring").run().code_is(6);
    scene.tok("--help").run().code_is(0);
    scene.tok("--version").run().code_is(0);
}

#[test] // S06
fn a_token_lives_as_long_as_was_asked_for_or_is_refreshed_once() {
    let scene = Scene::new();
    scene.server.set(|setup| setup.expires_in = Some(60));
    scene.login();
    let first = scene.token();
    assert_eq!(scene.tok("token --min-ttl 45").run().line(), first);
    scene.server.set(|setup| setup.expires_in = Some(900));
    let second = scene.tok("token --min-ttl 10m").run().line().to_owned();
    assert_ne!(first, second);
    assert_eq!(scene.tok("token --min-ttl 10m").run().line(), second);
    assert_eq!(scene.server.count("refresh_token"), 1);
    let output = scene.tok("token --min-ttl 1h").run();
    assert_eq!(scene.server.count("refresh_token"), 2);
    let newest = scene.server.realm(|realm| realm.latest_access().unwrap().to_owned());
    output.assert(
        0,
        &format!("{newest}\n"),
        "tok: warning: the server's tokens live shorter than asked for: this one has [..] s left\n",
    );
}

#[test] // S06
fn a_token_that_is_about_to_end_is_refreshed_by_default() {
    let scene = Scene::new();
    scene.server.set(|setup| setup.expires_in = Some(20));
    scene.login();
    scene.server.set(|setup| setup.expires_in = Some(300));
    scene.token();
    scene.token();
    assert_eq!(scene.server.count("refresh_token"), 1);
}

/// Every line of the README's examples that calls curl with a token, with the lines before it that get the token.
#[cfg(target_os = "linux")]
fn recipes_of_the_readme() -> Vec<String> {
    let mut recipes = Vec::new();
    for block in include_str!("../../README.md").split("```").skip(1).step_by(2) {
        let mut before = String::new();
        for line in block.lines().map(|line| line.trim().trim_start_matches("- ").trim_start_matches("$ ")) {
            if line.starts_with("token=$(") || line.starts_with("header=$(") {
                before += &format!("{line}\n");
            } else if line.contains("curl ") && line.contains("tok") | line.contains("$header") {
                recipes.push(format!("{before}{line}\n:"));
            }
        }
    }
    recipes
}

#[cfg(target_os = "linux")]
#[test] // S05
fn the_curl_recipes_put_no_token_in_any_argument() {
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        return eprintln!("skipped: no curl");
    }
    let scene = Scene::logged_in();
    let api = scene.server.url("/api");
    let folder = std::path::Path::new(crate::tok()).parent().unwrap().display().to_string();
    // `tok curl` sends it to bound origins only.
    scene.tok(&format!("bind {}", scene.server.http.url(""))).run().ok();
    std::fs::write(scene.world.path("work/body"), "x").unwrap();
    let documented = recipes_of_the_readme();
    assert!(documented.len() >= 7, "{documented:?}");
    let others = [
        (
            "/bin/sh",
            "tok token --header | sed 's/.*/header = \"&\"/' | curl -sS -K - https://api.example.com/; :".to_owned(),
        ),
        ("/bin/sh", "tok token --header | curl -sS -H @- https://api.example.com/; :".to_owned()),
    ];
    for (shell, recipe) in documented.into_iter().map(|recipe| ("/bin/bash", recipe)).chain(others) {
        if !std::path::Path::new(shell).exists() {
            eprintln!("skipped: no {shell}");
            continue;
        }
        let recipe = recipe.replace("https://api.example.com/me", &api).replace("https://api.example.com/", &api);
        let gate = crate::support::gate::Gate::new();
        let (held, token) = (gate.clone(), scene.token());
        scene.server.http.reply(move |request| {
            assert_eq!(request.bearer(), Some(token.as_str()));
            Answer::json(200, json!({})).held_by(&held)
        });
        let run = scene.world.command(shell).arg("-c").arg(&recipe).env("PATH", format!("{folder}:/usr/bin:/bin"));
        let running = run.start();
        // curl has sent the header and waits: this is when others could look at its arguments.
        gate.wait_for_waiting(1);
        running.check_processes();
        gate.open();
        running.wait().ok();
    }
}

#[cfg(target_os = "linux")]
#[test] // C03
fn a_token_is_printed_when_it_is_stored_and_not_before() {
    let Some(strace) = crate::support::strace::Strace::find() else { return };
    for store in ["file", "kernel"] {
        let stage = crate::stage::Stage::expired(store);
        let calls = strace.calls(stage.tok("token"));
        let last = |wanted: &dyn Fn(&crate::support::strace::Call) -> bool| calls.iter().rposition(wanted);
        let printed = calls.iter().position(|call| call.name == "write" && call.text.starts_with("1, ")).unwrap();
        let answered = last(&|call| call.name == "recvfrom").unwrap();
        let stored = match store {
            "file" => last(&|call| call.name == "fsync"),
            _ => last(&|call| matches!(call.name.as_str(), "keyctl" | "add_key") && call.text.contains("KEYCTL_READ")),
        };
        let stored = stored.unwrap_or_else(|| panic!("nothing was stored: {calls:?}"));
        assert!(answered < stored && stored < printed, "{store}: {answered}, {stored}, {printed} of {calls:?}");
    }
}
