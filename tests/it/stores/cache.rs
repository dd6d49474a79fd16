//! With a copy in the cache the answer is the same as without: the same exit code, the same streams.

use std::fs;

use crate::stage::Stage;
use crate::support::process::Output;
use crate::support::run::Run;
use crate::support::server::setup::Rotation;
use crate::support::strace::Strace;

/// What happens after the token came into the cache, and the call that is then made both ways.
struct Case {
    name: &'static str,
    change: fn(&Stage),
    words: &'static str,
    /// Variables of the call; `{}` is the home.
    environment: &'static [(&'static str, &'static str)],
}

const fn call(name: &'static str, words: &'static str) -> Case {
    Case { name, change: nothing, words, environment: &[] }
}

const fn after(name: &'static str, change: fn(&Stage)) -> Case {
    Case { name, change, words: "token", environment: &[] }
}

const fn with(name: &'static str, environment: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, change: nothing, words: "token", environment }
}

fn nothing(_: &Stage) {}

fn tok(stage: &Stage, words: &str) {
    stage.tok(words).run().ok();
}

/// Changes the text of the configuration by hand.
fn edit(stage: &Stage, change: impl Fn(String) -> String) {
    let path = stage.world.path("config/tok/config.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, change(text)).unwrap();
}

const CASES: &[Case] = &[
    call("as it is", "token"),
    call("as a header", "token --header"),
    call("by name", "-p default token"),
    call("by name, behind", "token -p default --header"),
    call("another profile", "-p two token"),
    call("no such profile", "-p three token"),
    call("no profile's name", "-p ../x token"),
    call("a profile twice", "-p default -p two token"),
    call("an empty profile", "-p= token"),
    call("quiet", "-q token"),
    call("quiet, behind", "token --quiet --no-input"),
    call("for long enough", "token --min-ttl 200s"),
    call("for longer than it lives", "token --min-ttl 1000s"),
    call("for no time", "token --min-ttl 0"),
    call("for no duration", "token --min-ttl soon"),
    call("for a duration twice", "token --min-ttl 10s --min-ttl 1000s"),
    call("without a duration", "token --min-ttl"),
    call("in two forms", "token --header --json"),
    call("with a word too many", "token now"),
    call("twice", "token token"),
    call("as a header for a request", "token --header --url https://api.example/ --method POST"),
    call("bound to a key", "token --dpop"),
    call("not bound to a key", "token --dpop=false"),
    call("with another scope", "token --scope wide"),
    call("with an audience", "token --audience a"),
    call("with another user", "token -u eve"),
    call("with another store", "token --store none"),
    call("with another configuration", "token --config other.toml"),
    call("after two dashes", "-- token"),
    with("profile in the environment", &[("TOK_PROFILE", "two")]),
    with("the same profile in the environment", &[("TOK_PROFILE", "default")]),
    with("an empty profile in the environment", &[("TOK_PROFILE", "")]),
    with("no profile's name in the environment", &[("TOK_PROFILE", "../x")]),
    with("no such profile in the environment", &[("TOK_PROFILE", "three")]),
    with("bound to a key by the environment", &[("TOK_DPOP", "1")]),
    with("a scope in the environment", &[("TOK_SCOPE", "wide")]),
    with("an audience in the environment", &[("TOK_AUDIENCE", "a")]),
    with("a user in the environment", &[("TOK_USERNAME", "eve")]),
    with("an issuer in the environment", &[("TOK_ISSUER", "http://127.0.0.1:1")]),
    with("no issuer in the environment", &[("TOK_ISSUER", "ftp://x")]),
    with("a store in the environment", &[("TOK_STORE", "none")]),
    with("no store in the environment", &[("TOK_STORE", "cellar")]),
    with("an empty password in the environment", &[("TOK_PASSWORD", "")]),
    with("a misspelt variable", &[("TOK_ISUER", "x")]),
    with("nobody to ask", &[("TOK_NO_INPUT", "1")]),
    with("an empty configuration in the environment", &[("TOK_CONFIG", "")]),
    with("the same configuration in the environment", &[("TOK_CONFIG", "{}/config/tok/config.toml")]),
    with("the same by another name", &[("TOK_CONFIG", "{}/config/../config/tok/config.toml")]),
    with("another configuration in the environment", &[("TOK_CONFIG", "{}/work/other.toml")]),
    with("no configuration there", &[("TOK_CONFIG", "{}/work/none.toml")]),
    with("another folder of configurations", &[("XDG_CONFIG_HOME", "{}/home")]),
    with("a relative folder of configurations", &[("XDG_CONFIG_HOME", "config")]),
    after("logout", |stage| tok(stage, "logout")),
    after("logout by name", |stage| tok(stage, "-p default logout")),
    after("logout of the other", |stage| tok(stage, "-p two logout")),
    after("logout of all", |stage| tok(stage, "logout --all")),
    after("refresh", |stage| tok(stage, "refresh")),
    after("refresh by name", |stage| tok(stage, "-p default refresh")),
    after("refresh with the store named", |stage| tok(stage, "refresh --store file")),
    after("refresh of the other", |stage| tok(stage, "-p two refresh")),
    after("another login", |stage| stage.log_in("default")),
    after("a login with less life", |stage| stage.log_in_expired("default")),
    after("the other is the default", |stage| tok(stage, "profile default two")),
    after("another user", |stage| tok(stage, "profile set username=eve")),
    after("another issuer", |stage| tok(stage, "profile set issuer=http://127.0.0.1:1")),
    after("bound to a key from now on", |stage| tok(stage, "profile set dpop=true")),
    Case {
        name: "another login, bound to a key",
        change: |stage| {
            tok(stage, "profile set default dpop=true");
            stage.log_in("default");
        },
        words: "-p default token --header",
        environment: &[],
    },
    after("another audience", |stage| tok(stage, "profile set audience=a")),
    after("another scope", |stage| tok(stage, "profile set scopes=wide")),
    after("another store", |stage| tok(stage, "profile set store=kernel")),
    after("another timeout", |stage| tok(stage, "profile set timeout=9s")),
    after("removed", |stage| tok(stage, "profile remove default")),
    after("a comment", |stage| edit(stage, |text| text + "# more\n")),
    after("an unknown key", |stage| edit(stage, |text| text + "colour = 1\n")),
    after("no TOML", |stage| edit(stage, |text| text + "[[[\n")),
    after("the same length", |stage| edit(stage, |text| text.replace("\"ada\"", "\"eve\""))),
    after("empty", |stage| edit(stage, |_| String::new())),
    after("gone", |stage| fs::remove_file(stage.world.path("config/tok/config.toml")).unwrap()),
    after("written anew with the same content", |stage| {
        let path = stage.world.path("config/tok/config.toml");
        let text = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, text).unwrap();
    }),
    after("others may write to it", |stage| {
        let path = stage.world.path("config/tok/config.toml");
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    }),
    after("a link to another one", |stage| {
        let path = stage.world.path("config/tok/config.toml");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(stage.world.path("work/other.toml"), path).unwrap();
    }),
    after("the session's file is gone", |stage| fs::remove_dir_all(stage.world.path("state/tok/sessions")).unwrap()),
];

/// Two profiles, another configuration in which `default` is the second user's, and a copy of the token in the cache
/// under both names.
fn stage() -> Stage {
    let stage = Stage::new("file");
    stage.server.set(|setup| {
        setup.rotation = Rotation::Same;
        setup.users.insert("eve".into(), setup.users["ada"].clone());
    });
    stage.log_in("two");
    stage.log_in("default");
    let text = fs::read_to_string(stage.world.path("config/tok/config.toml")).unwrap();
    fs::write(stage.world.path("work/other.toml"), text.replace("ada", "eve")).unwrap();
    stage.lifetime(Some(3600));
    for words in ["token", "-p default token", "-p two token"] {
        stage.tok(words).run().ok();
    }
    stage
}

fn made(stage: &Stage, case: &Case) -> Run {
    let home = stage.world.path("");
    let home = home.to_str().unwrap().trim_end_matches('/');
    case.environment.iter().fold(stage.tok(case.words), |run, (name, value)| run.env(name, value.replace("{}", home)))
}

/// What a run said, without what may differ: the seconds left.
fn said(output: Output) -> (i32, String, String) {
    (output.code(), output.stdout, output.stderr)
}

#[test] // C10, P14, S06
fn the_answer_is_the_same_with_and_without_a_copy() {
    for case in CASES {
        let stage = stage();
        (case.change)(&stage);
        let with = said(made(&stage, case).run());
        let seen = stage.refreshes();
        stage.empty_cache();
        let without = said(made(&stage, case).run());
        if case.name == "the session's file is gone" {
            // The one thing that the cache cannot know of; the token is alive, and no secret of the session is needed.
            assert_eq!((with.0, without.0), (0, 3));
            continue;
        }
        assert_eq!(with, without, "{}", case.name);
        assert_eq!(stage.refreshes(), seen, "{}: what the first call was given is kept", case.name);
        assert!([0, 2, 3, 6].contains(&with.0), "{}: {with:?}", case.name);
    }
}

#[test] // the cases are worth something only where the short way is gone at all
fn a_copy_is_answered_without_configuration_store_network_or_thread() {
    let Some(strace) = Strace::find() else { return };
    let stage = stage();
    for words in ["token", "token --header", "-p two token", "-q token --min-ttl 100s"] {
        let calls = strace.calls(stage.tok(words));
        let home = stage.world.path("");
        let opened: Vec<_> =
            calls.iter().filter(|call| call.name == "openat" && call.text.contains(home.to_str().unwrap())).collect();
        assert!(opened.is_empty(), "{words}: {opened:?}");
        let more: Vec<_> = calls
            .iter()
            .filter(|call| ["socket", "connect", "clone", "clone3", "fork"].contains(&&*call.name))
            .collect();
        assert!(more.is_empty(), "{words}: {more:?}");
    }
}

#[test] // P08, S06: no cache keeps a token longer than it lives
fn the_kernel_forgets_a_copy_when_the_token_ends() {
    let stage = Stage::new("file");
    stage.lifetime(Some(2));
    stage.log_in("default");
    let first = stage.latest();
    let copies = || {
        let copy = |finding: &crate::support::canary::Finding| finding.place.starts_with("kernel key tok:access:");
        stage.world.remaining().iter().filter(|finding| copy(finding)).count()
    };
    assert_eq!(copies(), 1);
    crate::stage::poll("the end of the copy", || copies() == 0);
    let output = stage.tok("token --min-ttl 0").run();
    assert!(output.stdout.trim() == stage.latest() && stage.latest() != first, "{output:?}");
}

#[test] // P16: what is taken from there is taken for a bearer token
fn a_token_that_is_bound_to_a_key_is_not_copied() {
    let stage = stage();
    // The first login made `two` the default, which is left as it is.
    stage.login("default").arg("--dpop").run().ok();
    let token = stage.tok("-p default token").run().line().to_owned();
    assert_eq!((stage.tok("-p default token").run().line(), stage.latest()), (token.as_str(), token.clone()));
    let copies = |finding: &crate::support::canary::Finding| finding.place.starts_with("kernel key tok:access:");
    let bound = stage.world.canaries().search("", token.as_bytes()).remove(0).canary;
    let found: Vec<_> = stage.world.remaining().into_iter().filter(copies).collect();
    assert!(!found.is_empty() && found.iter().all(|finding| finding.canary != bound), "{found:?}");
    for words in ["-p default token --header", "token --profile default --header --min-ttl 1s"] {
        stage.tok(words).run().code_is(2);
    }
}

#[test] // design, section 3
fn credentials_in_the_environment_win_over_a_copy() {
    let stage = stage();
    let cached = stage.tok("token").run().line().to_owned();
    let password = stage.world.secret_file("password", &stage.server.password("ada"));
    let before = stage.server.count("password");
    let output = stage.tok("token").env("TOK_PASSWORD_FILE", password).run();
    assert_eq!((output.line(), stage.server.count("password")), (stage.latest().as_str(), before + 1));
    assert_ne!(output.line(), cached);
    assert_eq!(stage.tok("token").run().line(), cached);
}
