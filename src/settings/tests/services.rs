//! Services: who answers for which, and what is no service.

use std::path::Path;

use crate::oauth::WebOrigin;
use crate::secret::Secret;
use crate::settings::ConfigFile;
use crate::settings::service::*;
use crate::sys::environment::Environment;

fn file(text: &str) -> ConfigFile {
    ConfigFile::parse(Path::new("/c/config.toml"), text.to_owned()).unwrap()
}

fn chosen(option: Option<&str>, pairs: &[(&str, &str)], file: &ConfigFile, origins: &[&str]) -> String {
    let origins: Vec<_> = origins.iter().map(|origin| WebOrigin::parse(origin).unwrap()).collect();
    match choose(option, &Environment::from_pairs(pairs.iter().copied()), file, &origins) {
        Ok(chosen) => format!("{} {} {}", chosen.profile, chosen.service.origin, chosen.service.scheme),
        Err(error) => error.to_string(),
    }
}

const TWO: &str = "default-profile = 'home'\n[profiles.home]\n[profiles.work.bind]\n'https://a.example' = {}\n\
    'https://b.example' = { as = 'basic:ada' }\n[profiles.home.bind]\n'https://b.example:443/' = {}\n\
    'http://127.0.0.1:5000' = {}\n[profiles.play.bind]\n'https://a.example' = {}\n";

#[test]
fn who_answers_for_a_service() {
    let two = file(TWO);
    let none: &[(&str, &str)] = &[];
    for (option, pairs, origins, is) in [
        (None, none, &["https://b.example"][..], "home https://b.example bearer"),
        (Some("work"), none, &["https://b.example"], "work https://b.example basic:ada"),
        (None, &[("TOK_PROFILE", "work")], &["https://b.example"], "work https://b.example basic:ada"),
        (
            None,
            &[("TOK_TOKEN_ENDPOINT", "https://h/t")],
            &["https://a.example"],
            "profile home is not bound to https://a.example",
        ),
        (None, &[("TOK_CLIENT_ID", "c")], &["https://b.example"], "home https://b.example bearer"),
        (None, &[("TOK_USERNAME", "")], &["https://b.example"], "home https://b.example bearer"),
        (None, none, &["https://a.example"], "several profiles are bound to https://a.example: work, play"),
        (Some("home"), none, &["https://a.example"], "profile home is not bound to https://a.example"),
        (None, none, &["https://c.example"], "no profile is bound to https://c.example"),
        (None, none, &["http://127.0.0.1:5000"], "home http://127.0.0.1:5000 bearer"),
        (None, none, &["https://127.0.0.1:5000", "http://127.0.0.1:5000"], "home http://127.0.0.1:5000 bearer"),
        (None, none, &["https://b.example:8443"], "no profile is bound to https://b.example:8443"),
        (None, none, &["https://x.b.example"], "no profile is bound to https://x.b.example"),
        (
            None,
            &[("TOK_BIND", "c.example https://b.example=basic:eve")],
            &["https://c.example"],
            "home https://c.example bearer",
        ),
        (
            None,
            &[("TOK_BIND", "c.example https://b.example=basic:eve")],
            &["https://b.example"],
            "home https://b.example basic:eve",
        ),
        (
            Some("work"),
            &[("TOK_BIND", "https://c.example")],
            &["https://c.example"],
            "profile work is not bound to https://c.example",
        ),
        (
            None,
            &[("TOK_BIND", "http://c.example")],
            &["https://c.example"],
            "TOK_BIND: \"http://c.example/\" is neither https nor http to a loopback address",
        ),
        (None, &[("TOK_BIND", "a a")], &["https://c.example"], "TOK_BIND: this origin is bound twice"),
    ] {
        assert_eq!(chosen(option, pairs, &two, origins), is, "{option:?} {pairs:?} {origins:?}");
    }
}

#[test]
fn an_environment_without_a_file_has_services_too() {
    let pairs = [("TOK_BIND", " https://a.example\tb.example=basic:x ")];
    let is = |origin| chosen(None, &pairs, &ConfigFile::default(), &[origin]);
    assert_eq!(is("https://a.example"), "default https://a.example bearer");
    assert_eq!(is("https://b.example"), "default https://b.example basic:x");
}

#[test]
fn a_header_is_what_the_service_takes() {
    let token = Secret::new("t0k3n".into());
    let header = |scheme: &str| scheme.parse::<Scheme>().unwrap().authorization(&token).expose().to_owned();
    assert_eq!(header("bearer"), "Bearer t0k3n");
    assert_eq!(header("Basic:bob"), "Basic Ym9iOnQwazNu");
    for bad in ["", "digest", "basic", "basic:", "basic:a:b", "basic:a\n", "bearer:x"] {
        assert!(bad.parse::<Scheme>().is_err(), "{bad:?}");
    }
}

#[test] // I03
fn a_service_makes_sense_as_a_whole() {
    let of = |keys: &str| {
        let text = format!("[profiles.a.bind]\n'https://a.example' = {{ {keys} }}\n");
        ConfigFile::parse(Path::new("/c"), text).map(|file| file.profiles().count()).map_err(|error| error.to_string())
    };
    for good in [
        "",
        "as = 'bearer'",
        "token = 'id-token'",
        "resource = 'x', exchange = true",
        "scopes = ['a', 'b c'], audience = ['x']",
    ] {
        assert_eq!(of(good), Ok(1), "{good}");
    }
    for (bad, why) in [
        ("as = 1", "as: expected a text, found integer"),
        ("as = 'x'", "bind: \"x\" is no scheme"),
        ("exchange = true", "bind: an exchange needs"),
        ("exchange = 'x'", "exchange: expected true or false"),
        ("token = 'id-token', resource = 'x'", "bind: an ID token is for the client"),
        ("token = 'refresh-token'", "bind: \"refresh-token\" is no token"),
        ("resource = ['a', 1]", "resource: expected a text or a list of texts"),
        ("resource = \"a\\n\"", "bind: it holds a control character"),
        ("scopes = '\u{e9}'", "bind: \"\u{e9}\" is not a scope"),
        ("is = 'x'", "bind: unknown key \"is\""),
    ] {
        let said = of(bad).unwrap_err();
        assert!(said.starts_with(&format!("/c:2: {why}")), "{bad}: {said}");
    }
    for (bad, why) in [
        ("bind = 1", "/c:2: bind: expected a table of origins, found integer"),
        ("bind.'https://a/x' = {}", "/c:2: bind: an origin has no path"),
        ("bind.'http://a' = {}", "/c:2: bind: \"http://a/\" is neither https"),
        ("bind.a = 1", "/c:2: a: expected a table, found integer"),
        ("bind.'a:443' = {}\nbind.a = {}", "/c:3: bind: this origin is bound twice"),
    ] {
        let error = ConfigFile::parse(Path::new("/c"), format!("[profiles.a]\n{bad}\n")).unwrap_err();
        assert!(error.to_string().starts_with(why), "{bad}: {error}");
    }
}
