//! Credentials in the environment: a job without terminal, home or disk gets its token, and nothing is kept.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::scene::Scene;
use crate::support::canary::Kind;
use crate::support::canary::places::everything_below;
use crate::support::ordinary::Ordinary;
use crate::support::run::Run;
use crate::support::server::Answer;

/// Without any variable but those of ours: `env -i TOK_...`.
fn bare(run: Run) -> Run {
    let others = [
        "HOME",
        "XDG_CONFIG_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        "TMPDIR",
        "PATH",
    ];
    others.into_iter().fold(run, Run::no_env)
}

/// Every file in the world, with content, and how the kernel's keyring stands to it.
fn everything(scene: &Scene) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let paths = everything_below(&scene.world.path(""));
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).ok())).collect()
}

#[test] // H01
fn a_token_comes_without_home_terminal_or_bus_and_nothing_is_written() {
    let scene = Scene::bare();
    let before = everything(&scene);
    for words in ["token", "token --header", "token --json", "show"] {
        bare(scene.direct(words)).run().ok();
    }
    // Nor where there is a home to write to.
    scene.direct("token").run().line();
    let file = scene.world.secret_file("password", &scene.server.password("ada"));
    let output =
        bare(scene.direct("token")).no_env("TOK_PASSWORD").env("TOK_PASSWORD_FILE", &file).run().line().to_owned();
    assert!(scene.server.realm(|realm| realm.latest_access() == Some(&output)));
    std::fs::remove_file(file).unwrap();
    assert_eq!(everything(&scene), before);
    assert_eq!(scene.world.remaining(), [], "the kernel's keyring included");
    assert_eq!(scene.server.count("password"), 5, "each asks anew");
}

#[test] // H01
fn a_token_comes_where_no_folder_can_be_written() {
    let scene = Scene::bare();
    let folders: Vec<PathBuf> = ["home", "config", "state", "cache", "data", "runtime", "tmp", "work"]
        .map(|name| scene.world.path(name))
        .into();
    // Root writes anywhere: then somebody else has to run it.
    let user = Ordinary::new(crate::tok());
    user.owns(&scene.world);
    for folder in &folders {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    }
    let before = everything(&scene);
    let run = scene.world.command(user.program()).arg("token").may_print(Kind::AccessToken);
    let run = run
        .env("TOK_ISSUER", scene.server.issuer())
        .env("TOK_CLIENT_ID", "tok")
        .env("TOK_USERNAME", "ada")
        .env("TOK_PASSWORD", scene.server.password("ada"));
    let output = user.runs(run).run();
    for folder in &folders {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    output.line();
    assert_eq!(everything(&scene), before);
}

#[cfg(target_os = "linux")]
#[test] // H01; as root, who can take things away from this run
fn a_token_comes_without_proc_and_from_a_disk_that_cannot_be_written() {
    let scene = Scene::bare();
    let home = scene.world.path("");
    let script = format!(
        "mount -t tmpfs none /proc && mount --bind '{0}' '{0}' && mount -o remount,bind,ro '{0}' && exec \"$0\" \"$@\"",
        home.display()
    );
    let taken_away = |run: Run| run.under(["unshare", "-m", "/bin/sh", "-c", &script]);
    let look =
        taken_away(scene.world.command("/bin/sh").arg("-c").arg("! [ -e /proc/self ] && ! touch \"$HOME/x\"")).run();
    if look.code() != 0 {
        return eprintln!("skipped: not root, or no unshare: {}", look.stderr);
    }
    let before = everything(&scene);
    for words in ["token", "token --header", "token --json", "show"] {
        taken_away(scene.direct(words).may_print(Kind::AccessToken)).run().ok();
    }
    assert_eq!(everything(&scene), before);
    assert_eq!((scene.world.remaining(), scene.server.count("password")), (vec![], 3));
}

#[cfg(target_os = "linux")]
#[test] // H01
fn no_bus_is_asked() {
    use std::os::linux::net::SocketAddrExt;
    use std::os::unix::net::{SocketAddr, UnixListener};
    let scene = Scene::bare();
    let name = format!("tok-test-{}-unasked", std::process::id());
    let bus = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    bus.set_nonblocking(true).unwrap();
    scene.direct("token").env("DBUS_SESSION_BUS_ADDRESS", format!("unix:abstract={name}")).run().line();
    assert!(bus.accept().is_err(), "the keyring's bus was asked");
}

#[test]
fn every_part_may_come_from_the_profile_that_the_environment_selects() {
    let scene = Scene::new();
    let keys = ["issuer", "client-id", "username"];
    for missing in 0..8_usize {
        // Bit n: the n-th part comes from the environment, and the profile does not name it.
        let left_out: Vec<(&str, &str)> =
            keys.iter().enumerate().filter(|(n, _)| missing >> n & 1 == 1).map(|(_, key)| (*key, "")).collect();
        scene.configure(&[left_out.as_slice(), &[("password-file", "")]].concat());
        let mut run = scene.tok("token").env("TOK_PASSWORD", scene.server.password("ada"));
        for (key, _) in &left_out {
            run = match *key {
                "issuer" => run.env("TOK_ISSUER", scene.server.issuer()),
                "client-id" => run.env("TOK_CLIENT_ID", "tok"),
                _ => run.env("TOK_USERNAME", "ada"),
            };
        }
        let sent = scene.server.count("password");
        run.run().line();
        assert_eq!(scene.server.count("password"), sent + 1);
    }
    assert!(scene.sessions().is_empty());
}

#[test]
fn an_incomplete_set_names_what_is_missing() {
    let scene = Scene::bare();
    for (missing, said) in [
        ("TOK_ISSUER", "tok: neither issuer nor token-endpoint is set\n"),
        ("TOK_CLIENT_ID", "tok: client-id is not set\n"),
        ("TOK_USERNAME", "tok: username is not set\n"),
    ] {
        let output = scene.direct("token").no_env(missing).run().code_is(2);
        assert!(output.stderr.starts_with(said), "{missing}: {}", output.stderr);
        assert!(output.stderr.contains(missing), "the hint names it: {}", output.stderr);
    }
    // Without a secret they are no credentials: there is no session.
    scene.direct("token").no_env("TOK_PASSWORD").env("TOK_STORE", "file").run().code_is(3);
    assert_eq!(scene.requests(), 0);
}

#[test]
fn they_win_over_a_session_and_show_says_so() {
    let scene = Scene::logged_in();
    let kept = scene.token();
    let with = |words: &str| scene.tok(words).env("TOK_PASSWORD", scene.server.password("ada"));
    let fresh = with("token").run().line().to_owned();
    assert_ne!(kept, fresh);
    assert_eq!(scene.token(), kept, "the session is as it was");
    let table = with("show").run().ok().stdout;
    assert!(table.contains("\nstate          credentials in the environment; nothing is kept\n"), "{table}");
    let shown: serde_json::Value = serde_json::from_str(&with("show --json").run().ok().stdout).unwrap();
    assert_eq!((&shown["state"], &shown["environment_credentials"]), (&"environment".into(), &true.into()));
    let shown = with("show").env("TOK_STORE", "file").run().ok().stdout;
    assert!(
        shown.contains("\nstate          credentials in the environment win over the session kept here\n"),
        "{shown}"
    );
}

#[test]
fn login_and_logout_say_that_they_do_not_reach_them() {
    let scene = Scene::new();
    let with = |words: &str| scene.tok(words).env("TOK_PASSWORD", scene.server.password("ada"));
    let output = with("login").run().ok();
    assert!(
        output.stderr.contains("tok: warning: the credentials in the environment win over this session until they")
    );
    assert_eq!(scene.sessions().len(), 1);
    let output = with("logout").run().ok();
    let said = "tok: work: the credentials in the environment stay in effect; logout does not reach them\n";
    assert!(output.stderr.starts_with(said), "{}", output.stderr);
    assert!(output.stderr.ends_with("tok: work: logged out; the server revoked the session\n"), "{}", output.stderr);
    assert!(scene.sessions().is_empty());
    with("token").run().line();
}

#[test]
fn a_refresh_of_them_is_a_mistake() {
    let scene = Scene::bare();
    scene.direct("refresh").run().assert(
        2,
        "",
        "tok: nothing is kept here (store none), so there is nothing to refresh\nhint: tok token asks the server each time\n",
    );
    assert_eq!(scene.requests(), 0);
}

#[test]
fn secrets_in_the_environment_go_to_no_other_profile() {
    let scene = Scene::bare();
    let elsewhere = crate::support::server::AuthServer::start_http(scene.world.canaries());
    let issuer = format!("'{}'", elsewhere.issuer());
    let config = ["work", "other"].map(|name| {
        scene.profile(name, &[("password-file", ""), ("issuer", if name == "other" { &issuer } else { "" })])
    });
    scene.world.write_config(&format!("default-profile = 'work'\n{}", config.concat()));
    let note = |names: &str, are: &str| {
        format!("tok: {names} {are} not used: secrets in the environment are for profile \"work\", not for \"other\"\n")
    };
    for verb in ["token", "refresh", "show", "login"] {
        let output = scene.tok(&format!("-p other {verb}")).env("TOK_PASSWORD", scene.server.password("ada")).run();
        assert_eq!(output.code(), if verb == "login" { 2 } else { 3 }, "{}", output.stderr);
        assert!(output.stderr.starts_with(&note("TOK_PASSWORD", "is")), "{verb}: {}", output.stderr);
    }
    let output = scene
        .tok("-p other token")
        .env("TOK_PASSWORD", "canary-1")
        .env("TOK_CLIENT_SECRET", "canary-2")
        .env("TOK_PROFILE", "work")
        .run();
    assert!(output.stderr.starts_with(&note("TOK_PASSWORD, TOK_CLIENT_SECRET", "are")), "{}", output.stderr);
    assert_eq!(elsewhere.log().requests.len() + scene.requests(), 0);
    // The same profile by another way of naming it is no other one.
    let output = scene.direct("-p work token").run();
    output.line();
    let run = scene.tok("-p other token").env("TOK_PROFILE", "other").env("TOK_PASSWORD", elsewhere.password("ada"));
    run.run().line();
}

#[test]
fn a_secret_variable_that_is_set_but_empty_is_an_error_that_names_it() {
    let scene = Scene::new();
    for variable in [
        "TOK_PASSWORD",
        "TOK_PASSWORD_FILE",
        "TOK_PASSWORD_COMMAND",
        "TOK_CLIENT_SECRET",
        "TOK_CLIENT_SECRET_FILE",
        "TOK_CLIENT_SECRET_COMMAND",
    ] {
        for verb in ["token", "login", "show"] {
            scene.tok(verb).env(variable, "").run().unhinted().assert(
                2,
                "",
                &format!("tok: {variable} is set but empty\n"),
            );
        }
    }
    assert_eq!(scene.requests(), 0);
    // Others count as not set.
    scene.tok("login").env("TOK_CLIENT_ID", "").env("TOK_SCOPE", "").env("TOK_PROFILE", "").run().ok();
}

#[test] // H03
fn one_password_request_an_attempt_whatever_comes_back() {
    let scene = Scene::new();
    for answer in [
        Answer::error(400, "invalid_grant"),
        Answer::error(401, "invalid_client"),
        Answer::empty(403),
        Answer::empty(429).header("Retry-After", "0"),
        Answer::empty(500),
        Answer::empty(503).header("Retry-After", "0"),
        Answer::redirect(307, "/token"),
        Answer::reset(),
        Answer::json(200, serde_json::json!({})),
    ] {
        for run in [scene.direct("token"), scene.tok("login")] {
            scene.server.fail_tokens(1, &answer);
            let sent = scene.server.count("password");
            assert_ne!(run.run().code(), 0);
            assert_eq!(scene.server.count("password"), sent + 1);
        }
    }
}

#[test] // H04, T09
fn the_most_verbose_level_shows_no_secret() {
    // The search at the end looks for every secret in all that was said.
    let scene = Scene::new();
    let secret = scene.server.client_secret("post");
    let run = |words: &str| {
        scene
            .tok(words)
            .arg("-vv")
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full")
            .env("SSLKEYLOGFILE", scene.world.path("tmp/keys"))
    };
    for words in ["login", "token --min-ttl 1h", "refresh", "show", "show --json", "profile show"] {
        let output = run(words).run().ok();
        assert!(
            words.starts_with("show") || words.starts_with("profile") || output.stderr.contains("/token: 200"),
            "{}",
            output.stderr
        );
    }
    scene.server.fail_tokens(1, &Answer::error(400, "invalid_request"));
    run("refresh").run().code_is(3);
    run("logout").run().ok();
    let direct =
        scene.direct("token -vv --client-auth post").env("TOK_CLIENT_ID", "post").env("TOK_CLIENT_SECRET", &secret);
    direct.run().ok();
    scene.server.fail_tokens(1, &Answer::error(400, "invalid_grant"));
    scene.direct("token -vvvv").run().code_is(4);
    assert!(!scene.world.path("tmp/keys").exists());
}
