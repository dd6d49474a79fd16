//! Passwords and client secrets, from everywhere, to the byte.

#![cfg(unix)]

use std::os::unix::ffi::OsStringExt;

use crate::scene::{Scene, toml};
use crate::support::canary::{Kind, random_text};
use crate::support::run::Run;
use crate::support::server::realm::Realm;
use crate::support::server::setup::{Client, ClientAuth};

/// Ways to give the password of a login.
const WAYS: [&str; 6] = ["stdin", "file", "command", "profile's file", "TOK_PASSWORD", "TOK_PASSWORD_FILE"];

/// A login with a password given in one of these ways. The file given holds it too, for the command to print.
fn login(scene: &Scene, way: &str, password: &[u8], terminator: &str) -> Run {
    let path = scene.world.path("given").join("typed");
    std::fs::write(&path, [password, terminator.as_bytes()].concat()).unwrap();
    let path = path.to_str().unwrap().to_owned();
    let from_profile = if way == "profile's file" { toml(&path) } else { String::new() };
    scene.configure(&[("password-file", &from_profile)]);
    match way {
        "stdin" => scene.tok("login --password-stdin").stdin([password, terminator.as_bytes()].concat()),
        "file" => scene.tok("login --password-file").arg(path),
        "command" => scene.tok("login --password-command").arg(format!("cat {path}")),
        "TOK_PASSWORD" => scene.tok("login").env("TOK_PASSWORD", std::ffi::OsString::from_vec(password.to_vec())),
        "TOK_PASSWORD_FILE" => scene.tok("login").env("TOK_PASSWORD_FILE", path),
        _ => scene.tok("login"),
    }
}

#[test] // I05
fn passwords_are_exact_from_everywhere() {
    let scene = Scene::new();
    let unique = random_text(16);
    for (index, password) in [
        format!("  {unique} "),
        format!("\t{unique}\t"),
        format!("{unique}-\u{e9}"),
        format!("{unique}-e\u{301}"),
        format!("\u{feff}{unique}"),
        format!("{unique}\u{a0}\u{2028}\u{1b}[2J\u{7f}"),
        unique.repeat(64 * 1024 / unique.len() + 1).chars().take(64 * 1024).collect(),
    ]
    .iter()
    .enumerate()
    {
        scene.world.canaries().add(Kind::Password, &format!("password {index}"), password);
        scene.server.set(|setup| drop(setup.users.insert("ada".into(), password.clone())));
        for way in WAYS {
            login(&scene, way, password.as_bytes(), "").run().ok();
            assert!(scene.last_token_request().param("password").as_ref() == Some(password), "{way}: password {index}");
            // One line terminator is not part of it, neither of a short nor of the longest one.
            if way != "TOK_PASSWORD" && [0, 6].contains(&index) {
                login(&scene, way, password.as_bytes(), ["\n", "\r\n"][index / 6]).run().ok();
            }
        }
    }
}

#[test] // I05
fn what_cannot_be_a_password_is_refused_before_any_request() {
    let scene = Scene::new();
    let too_long = vec![b'x'; 64 * 1024 + 1];
    for (password, why) in [
        (&b""[..], "it is empty"),
        (b"\n", "it is empty"),
        (b"a\0b", "a NUL byte is in it"),
        (b"a\rb", "a line break is in it"),
        (b"a\nb", "a line break is in it"),
        (b"a\n\n", "a line break is in it"),
        (b"a\r", "a line break is in it"),
        (b"canary\xff", "it is not UTF-8 text"),
        (&too_long, "it is longer than 65536 bytes"),
    ] {
        for way in WAYS {
            let asked = scene.requests();
            if way == "TOK_PASSWORD" && (password == b"\n" || password.contains(&0)) {
                continue; // nothing is stripped from a variable, and it cannot hold a NUL
            }
            let output = login(&scene, way, password, "").run().code_is(2);
            let said = match (way, why) {
                ("TOK_PASSWORD", "it is empty") => "tok: TOK_PASSWORD is set but empty\n".to_owned(),
                ("TOK_PASSWORD", "it is not UTF-8 text") => {
                    "tok: the value of TOK_PASSWORD is not UTF-8 text\n".to_owned()
                }
                ("command", "it is empty") => {
                    "tok: the password could not be read\ncaused by: the command printed nothing\n".to_owned()
                }
                ("command", why) => format!(
                    "tok: the password could not be read\ncaused by: the command's output cannot be used: {why}\n"
                ),
                (_, why) => format!("tok: the password could not be read\ncaused by: {why}\n"),
            };
            assert!(output.stderr.starts_with(&said), "{way}, {why}: {}", output.stderr);
            assert!(!output.stderr.contains("canary") && output.stdout.is_empty());
            // Commands are run when the server is found.
            assert!(way == "command" || scene.requests() == asked, "{way}, {why}");
        }
    }
    let output = login(&scene, "TOK_PASSWORD", b"\n", "").run().code_is(2);
    assert!(output.stderr.contains("a line break is in it"), "{}", output.stderr);
    assert_eq!(scene.posts(), 0);
}

#[test] // I05
fn a_source_that_fails_is_named_and_nothing_is_sent() {
    let scene = Scene::new();
    scene.configure(&[("password-file", "")]);
    for (words, said) in [
        (vec!["login", "--password-file", "/nonexistent/x"], "caused by: cannot read /nonexistent/x: "),
        (vec!["login", "--password-file", "/"], "caused by: cannot read /: it is not a regular file\n"),
        (vec!["login", "--password-command", "exit 3"], "caused by: the command failed with exit code 3\n"),
        (vec!["login", "--password-command", "kill -9 $$"], "caused by: the command was killed by a signal\n"),
        (vec!["login", "--password-command", "/nonexistent/x"], "caused by: the shell cannot find the command\n"),
        (vec!["login"], "tok: there is no password, and nobody to ask for it\nhint: use --password-stdin, "),
    ] {
        let output = scene.world.tok(&words).run().code_is(2);
        assert!(output.stderr.contains(said), "{words:?}: {}", output.stderr);
    }
    assert_eq!(scene.posts(), 0);
}

#[test]
fn a_command_that_may_ask_a_person_is_run_only_when_everything_else_is_there() {
    let scene = Scene::new();
    let asked = scene.world.path("work/asked");
    let command = |secret: &str| format!("echo {secret} >> {}; echo canary", asked.display());
    let both = [("client-id", "'basic'"), ("password-file", "")];
    scene.configure(&both);
    let run = |verb: &str| {
        let run = scene.tok(verb).env("TOK_PASSWORD_COMMAND", command("password"));
        run.env("TOK_CLIENT_SECRET_COMMAND", command("client"))
    };
    // Neither where the server cannot be found, nor where the session could not be kept.
    scene.server.set(|setup| (setup.openid_discovery, setup.rfc8414_discovery) = (false, false));
    run("login").run().code_is(2);
    run("token").run().code_is(2);
    run("login --store keyring").run().code_is(6);
    assert!(!asked.exists(), "asked in vain");
    scene.server.set(|setup| setup.openid_discovery = true);
    run("login").run().code_is(4);
    assert_eq!(std::fs::read_to_string(&asked).unwrap(), "client\npassword\n");
    assert_eq!(scene.server.count("password"), 1);
}

#[test]
fn two_sources_for_one_secret_are_refused() {
    let scene = Scene::new();
    let both = scene.tok("login").env("TOK_PASSWORD", "canary").env("TOK_PASSWORD_FILE", "/x").run();
    both.unhinted().assert(2, "", "tok: TOK_PASSWORD and TOK_PASSWORD_FILE are both given: expected one\n");
    let config = scene.configure(&[("password-command", "'true'")]);
    let (file, shown) = (format!("{}:7: password-file", config.display()), config.display().to_string());
    scene.tok("login").run().unhinted().assert(
        2,
        "",
        &format!("tok: {file} and {shown}:9: password-command are both given: expected one\n"),
    );
    scene.tok("login --password-file a --password-command b").run().code_is(2);
    assert_eq!(scene.requests(), 0);
    // The nearest place decides.
    scene.configure(&[("password-file", "'/nonexistent'")]);
    scene.tok("login").env("TOK_PASSWORD", scene.server.password("ada")).run().ok();
}

#[test] // I05, R01
fn client_secrets_come_from_a_file_a_command_or_a_variable_and_are_not_kept() {
    for way in ["file", "command", "TOK_CLIENT_SECRET", "TOK_CLIENT_SECRET_FILE", "profile's file", "profile's command"]
    {
        let scene = Scene::new();
        let secret = scene.server.client_secret("post");
        let path = scene.world.secret_file("client-secret", &format!("{secret}\n")).to_str().unwrap().to_owned();
        let mut profile = vec![("client-id", "'post'".to_owned()), ("client-auth", "'post'".to_owned())];
        match way {
            "profile's file" => profile.push(("client-secret-file", toml(&path))),
            "profile's command" => profile.push(("client-secret-command", toml(&format!("cat {path}")))),
            _ => {}
        }
        let profile: Vec<(&str, &str)> = profile.iter().map(|(key, value)| (*key, value.as_str())).collect();
        scene.configure(&profile);
        for verb in ["login --no-save", "refresh", "logout"] {
            let run = scene.tok(verb);
            let run = match way {
                "file" => run.arg("--client-secret-file").arg(&path),
                "command" => run.arg("--client-secret-command").arg(format!("cat {path}")),
                "TOK_CLIENT_SECRET" => run.env(way, &secret),
                "TOK_CLIENT_SECRET_FILE" => run.env(way, &path),
                _ => run,
            };
            run.run().ok();
            let sent = scene.server.log().requests.last().unwrap().param("client_secret");
            assert_eq!(sent.as_ref(), Some(&secret), "{way}, {verb}");
        }
        // That no client secret is in the store is what the search at the end sees.
    }
}

#[test] // R01
fn a_typed_client_secret_is_asked_for_once_and_kept_in_the_store() {
    let scene = Scene::new();
    scene.allow_client_secret_in_store();
    scene.configure(&[("client-id", "'basic'"), ("client-auth", "'basic'")]);
    let origin = scene.server.issuer();
    let mut terminal = scene.tok("login").on_terminal();
    terminal.expect(&format!("Client secret of basic at {origin}: "));
    terminal.wait_for_echo(false);
    terminal.send(&format!("{}\r", scene.server.client_secret("basic")));
    assert_eq!(terminal.wait(), 0, "{}", terminal.output());
    assert!(scene.sessions()[0].contains("\"client_secret\":\""));
    scene.tok("refresh").run().ok();
    scene.login();
    assert!(scene.sessions()[0].contains("\"client_secret\":\""), "kept by the second login");
    // It outlives a session that the server ended, and goes with the logout.
    scene.server.realm(Realm::end_all_sessions);
    scene.tok("refresh").run().code_is(3);
    scene.login();
    scene.tok("logout").run().ok();
    assert_eq!(scene.world.remaining(), []);
    let output = scene.tok("login").run().code_is(2);
    assert!(output.stderr.starts_with("tok: there is no client secret, and nobody to ask"), "{}", output.stderr);
}

#[test] // P14
fn a_kept_client_secret_goes_to_no_other_server_or_client() {
    let scene = Scene::new();
    scene.allow_client_secret_in_store();
    scene.configure(&[("client-id", "'basic'"), ("client-auth", "'basic'")]);
    let mut terminal = scene.tok("login").on_terminal();
    terminal.expect("Client secret of basic at ");
    terminal.wait_for_echo(false);
    terminal.send(&format!("{}\r", scene.server.client_secret("basic")));
    assert_eq!(terminal.wait(), 0);
    let before = scene.posts();
    let elsewhere = crate::support::server::AuthServer::start_http(scene.world.canaries());
    scene.configure(&[("client-id", "'basic'"), ("client-auth", "'basic'"), ("issuer", &toml(&elsewhere.issuer()))]);
    scene.tok("login").run().code_is(2);
    scene.configure(&[("client-id", "'post'"), ("client-auth", "'basic'")]);
    scene.tok("login").run().code_is(2);
    assert_eq!((scene.posts(), elsewhere.log().to("/token").len()), (before, 0));
}

#[test] // I03, I05
fn client_secrets_with_line_breaks_or_nothing_in_them_are_refused_before_any_request() {
    let scene = Scene::new();
    for (secret, why) in [
        ("", "it is empty"),
        ("a\0b", "a NUL byte is in it"),
        ("a\r\nX-Evil: 1", "a line break is in it"),
        ("a\nb", "a line break is in it"),
    ] {
        let path = scene.world.secret_file("client-secret", secret);
        let output = scene.tok("login --client-secret-file").arg(path).run().code_is(2);
        let said = format!("tok: the client secret could not be read\ncaused by: {why}\n");
        assert!(output.stderr.starts_with(&said), "{}", output.stderr);
        if !secret.contains('\0') && !secret.is_empty() {
            scene.tok("login").env("TOK_CLIENT_SECRET", secret).run().code_is(2);
        }
    }
    let output = scene.tok("login").env("TOK_CLIENT_SECRET", "").run();
    output.unhinted().assert(2, "", "tok: TOK_CLIENT_SECRET is set but empty\n");
    assert_eq!(scene.requests(), 0);
}

#[test] // P04, I05
fn client_secrets_are_exact() {
    let scene = Scene::new();
    for (index, edge) in ["  ", "\t", "\u{e9}", "e\u{301}", "\u{1f980}"].iter().enumerate() {
        let secret = format!("{edge}{}{edge}", random_text(12));
        scene.world.canaries().add(Kind::ClientSecret, &format!("client secret {index}"), &secret);
        let id = format!("client-{index}");
        let client = Client { id: id.clone(), secret: secret.clone(), auth: ClientAuth::Basic };
        scene.server.set(|setup| setup.clients.push(client));
        scene.configure(&[("client-id", &toml(&id))]);
        scene.tok("login").env("TOK_CLIENT_SECRET", &secret).run().ok();
    }
}

#[test] // M04
fn commands_get_no_secret_in_their_environment() {
    let scene = Scene::new();
    let secret = scene.world.secret_file("client-secret", &scene.server.client_secret("basic"));
    let script = format!("[ -z \"${{TOK_PASSWORD+x}}${{TOK_CLIENT_SECRET+x}}\" ] && cat {}", secret.display());
    scene.configure(&[("client-id", "'basic'"), ("password-file", ""), ("client-secret-command", &toml(&script))]);
    scene.tok("login").env("TOK_PASSWORD", scene.server.password("ada")).run().ok();
}

#[test] // I06
fn commands_are_not_looked_for_in_the_working_directory() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    let helper = scene.world.path("work/helper");
    std::fs::write(&helper, "#!/bin/sh\necho canary\n").unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    for path in ["", ".", ":/usr/bin:/bin", ".:/usr/bin:/bin", "/usr/bin::/bin", "/usr/bin:/bin:../work"] {
        let before = scene.posts();
        let output = scene.tok("login --password-command helper").env("PATH", path).run().code_is(2);
        assert!(output.stderr.contains("caused by: the shell cannot find the command\n"), "{path}: {}", output.stderr);
        assert_eq!(scene.posts(), before);
    }
}

#[cfg(target_os = "linux")]
#[test] // M04
fn secrets_are_in_no_argument_and_no_childs_environment() {
    let scene = Scene::new();
    let gate = scene.server.hold_tokens();
    let running = scene.direct("token").start();
    gate.wait_for_waiting(1);
    running.check_processes();
    gate.open();
    running.wait().line();
}
