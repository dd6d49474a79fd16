//! Which profile is meant; the verbs of `tok profile`.

use std::fs;

use serde_json::{Value, json};

use crate::scene::Scene;

const THREE: &str = "default-profile = 'work'\n\n[profiles.work]\nstore = 'file'\n[profiles.home]\nstore = 'file'\n\
                     [profiles.work2]\nstore = 'file'\n";

#[test] // I02
fn an_unknown_profile_gets_the_nearest_names() {
    let scene = Scene::bare();
    scene.world.write_config(THREE);
    for (words, said) in [
        ("-p wrok token", "there is no profile \"wrok\" (--profile): expected work"),
        ("-p hom show", "there is no profile \"hom\" (--profile): expected home"),
        ("-p work3 logout", "there is no profile \"work3\" (--profile): expected work or work2"),
        ("-p zzzzzz refresh", "there is no profile \"zzzzzz\" (--profile): expected one of work, home, work2"),
        ("-p wrok logout --all", "there is no profile \"wrok\" (--profile): expected work"),
        ("profile show wrok", "there is no profile \"wrok\" (argument): expected work"),
        ("profile remove wrok", "there is no profile \"wrok\" (argument): expected work"),
        ("profile default wrok", "there is no profile \"wrok\" (argument): expected work"),
    ] {
        scene.tok(words).run().unhinted().assert(2, "", &format!("tok: {said}\n"));
    }
    let output = scene.tok("token").env("TOK_PROFILE", "hoem").run();
    output.unhinted().assert(2, "", "tok: there is no profile \"hoem\" (TOK_PROFILE): expected home\n");
}

#[test] // I02
fn names_that_no_profile_can_have() {
    let scene = Scene::bare();
    scene.world.write_config(THREE);
    let long = "n".repeat(65);
    for bad in ["", ".", "..", ".hidden", "-", "--", "a b", "a/b", "../../etc", "a\nb", "\u{e9}", "a\u{1b}[2J", &long] {
        for words in [&["-p", bad, "token"][..], &["-p", bad, "login"], &["profile", "show", "--", bad]] {
            let output = scene.world.tok(words).run().code_is(2);
            assert!(!output.stderr.contains('\u{1b}') && output.stdout.is_empty(), "{words:?}: {}", output.stderr);
        }
        if !bad.is_empty() {
            let output = scene.tok("token").env("TOK_PROFILE", bad).run().code_is(2);
            assert!(output.stderr.contains("is no profile name"), "{}", output.stderr);
        }
    }
    assert_eq!(scene.requests(), 0);
    let good = ["A.b_c-9", "_", "0", &"n".repeat(64)].map(|name| format!("[profiles.\"{name}\"]\n"));
    scene.world.write_config(&good.concat());
    assert_eq!(scene.tok("profile list").run().ok().stdout.lines().count(), 4);
}

#[test]
fn profiles_are_listed_with_the_default_one_marked() {
    let scene = Scene::bare();
    scene.tok("profile list").run().assert(0, "", "tok: there are no profiles yet: the first login makes one\n");
    scene.tok("profile list --json -q").run().assert(0, "[]\n", "");
    scene.world.write_config(THREE);
    scene.tok("profile list").run().assert(0, "* work\n  home\n  work2\n", "");
    scene.tok("profile list").env("TOK_PROFILE", "home").run().assert(0, "  work\n* home\n  work2\n", "");
    let list: Value = serde_json::from_str(&scene.tok("profile list --json").run().ok().stdout).unwrap();
    let row = |name: &str, default: bool| json!({ "name": name, "default": default });
    assert_eq!(list, json!([row("work", true), row("home", false), row("work2", false)]));
}

#[test]
fn the_default_profile_is_told_and_chosen() {
    let scene = Scene::bare();
    scene.tok("profile default").run().assert(0, "default\n", "");
    let path = scene.world.write_config(THREE);
    scene.tok("profile default").run().assert(0, "work\n", "");
    scene.tok("profile default home").run().assert(0, "", "tok: home is the default profile\n");
    scene.tok("profile default").run().assert(0, "home\n", "");
    assert_eq!(fs::read_to_string(path).unwrap(), THREE.replace("= 'work'", "= \"home\""));
}

#[test]
fn setting_keeps_comments_and_order_and_checks_values() {
    let scene = Scene::bare();
    let text = "# first\n[profiles.work]   # mine\nstore = 'file' # because\n\n# second\n[profiles.other]\n";
    let path = scene.world.write_config(text);
    let shown = path.display().to_string();
    let said = format!("tok: profile work is changed in {shown}\n");
    scene.tok("profile set work client-id=a=b timeout=90s scopes=x scopes=y").run().assert(0, "", &said);
    let wanted = "# first\n[profiles.work]   # mine\nstore = 'file' # because\nclient-id = \"a=b\"\nscopes = [\"x\", \
                  \"y\"]\ntimeout = \"90s\"\n\n# second\n[profiles.other]\n";
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let now = fs::read_to_string(&path).unwrap();
    assert_eq!(sorted(&now), sorted(wanted), "{now}");
    scene.tok("profile set work --unset timeout --unset scopes --unset client-id").run().ok();
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let said = format!("tok: profile work in {shown} is as it was\n");
    scene.tok("profile set work store=file").run().assert(0, "", &said);
    for (words, said) in [
        ("profile set work isuer=x", "unknown key \"isuer\": expected issuer"),
        ("profile set work password=x", "unknown key \"password\": expected password-file or password-command"),
        ("profile set work issuer=http://h", "issuer: \"http://h/\" is neither https nor http to a loopback address"),
        ("profile set work timeout=2h", "timeout: a timeout is more than zero and at most 1h"),
        ("profile set work store=a store=b", "store: it takes one value and was given several"),
        ("profile set work store=file --unset store", "store: it takes one value and was given several"),
        ("profile set work other", "\"other\" is not of the form KEY=VALUE"),
        ("profile set work --unset isuer", "unknown key \"isuer\": expected issuer"),
    ] {
        scene.tok(words).run().unhinted().assert(2, "", &format!("tok: {said}\n"));
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{words}");
    }
}

#[test]
fn setting_creates_the_profile_and_the_file() {
    let scene = Scene::bare();
    let path = scene.world.path("config/tok/config.toml");
    let said = format!("tok: profile work is new in {}\n", path.display());
    scene.tok("profile set work client-id=tok extra=a=1 extra=b=2").run().assert(0, "", &said);
    scene.tok("profile show work --json").run().ok();
    scene.tok("profile default").run().assert(0, "work\n", "");
    scene.tok("profile set client-id=other").run().ok();
    assert!(fs::read_to_string(path).unwrap().contains("client-id = \"other\""));
}

#[test] // R08, P15
fn removing_a_profile_logs_out_first() {
    let scene = Scene::bare();
    let [one, two] = ["one", "two"].map(|name| scene.profile(name, &[]));
    let path = scene.world.write_config(&format!("# head\n{one}\n# between\n{two}"));
    scene.tok("-p one login").run().ok();
    scene.tok("-p two login").run().ok();
    scene.tok("profile remove one").run().assert(
        0,
        "",
        "tok: one: logged out; the server revoked the session\ntok: profile one is removed\n",
    );
    assert_eq!((scene.server.log().to("/revoke").len(), scene.sessions().len()), (1, 1));
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("# between\n") && text.ends_with(&two) && !text.contains("profiles.one"), "{text}");
    scene.tok("-p two token").run().line();
}

#[test] // P15
fn a_profile_whose_revocation_fails_is_removed_all_the_same() {
    let scene = Scene::bare();
    scene.world.write_config(&scene.profile("one", &[]));
    scene.tok("-p one login").run().ok();
    let failure = crate::support::server::Answer::empty(503);
    scene.server.set(|setup| setup.revocation_failures.push_back(failure));
    scene.tok("profile remove one").run().code_is(5);
    scene.tok("profile list -q").run().assert(0, "", "");
    assert_eq!(scene.world.remaining(), []);
}
