//! The documented file, and a file with a fault: which line is named, and that no value is.

use super::*;

fn parse(text: &str) -> Result<ConfigFile, ConfigError> {
    ConfigFile::parse(Path::new("/c/config.toml"), text.to_owned())
}

fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

const EXAMPLE: &str = r#"
# mine
default-profile = "work"

[profiles.work]
issuer = "https://sso.example.com/realms/main"
client-id = "tok" # public
scopes = ["openid", "offline_access"]
audience = "a b"
extra = { organization = "org_1" }
ca-file = "ca.pem"
timeout = "30s"

[profiles."a.b"]
scopes = "one two"
[profiles."a.b".extra]
k = "v"
"#;

#[test]
fn the_documented_file_is_read() {
    let file = parse(EXAMPLE).unwrap();
    assert_eq!(file.profiles().map(ProfileName::as_str).collect::<Vec<_>>(), ["work", "a.b"]);
    assert_eq!(file.default_profile(), Some((&name("work"), 3)));
    let work = |key| file.get(&name("work"), key).unwrap();
    assert_eq!(work(Key::Issuer), (&Value::Text("https://sso.example.com/realms/main".into()), 6));
    assert_eq!(work(Key::Scopes), (&Value::List(vec!["openid".into(), "offline_access".into()]), 8));
    assert_eq!(work(Key::Audience), (&Value::List(vec!["a b".into()]), 9));
    assert_eq!(work(Key::Extra), (&Value::Pairs(vec![("organization".into(), "org_1".into())]), 10));
    assert_eq!(work(Key::CaFile), (&Value::Path("ca.pem".into()), 11));
    let other = |key| file.get(&name("a.b"), key).unwrap();
    assert_eq!(other(Key::Scopes), (&Value::List(vec!["one".into(), "two".into()]), 15));
    assert_eq!(other(Key::Extra), (&Value::Pairs(vec![("k".into(), "v".into())]), 16));
    assert!(file.get(&name("work"), Key::Username).is_none() && !file.has(&name("home")));
}

#[test]
fn every_way_to_write_a_table_is_read() {
    for text in [
        "profiles.work.issuer = 'https://h'",
        "profiles = { work = { issuer = 'https://h' } }",
        "[profiles]\nwork.issuer = 'https://h'",
        "[profiles]\nwork = { issuer = 'https://h' }",
        "\u{feff}[profiles.work]\r\nissuer = 'https://h'\r\n",
    ] {
        let file = parse(text).unwrap();
        assert_eq!(file.get(&name("work"), Key::Issuer).unwrap().0, &Value::Text("https://h".into()), "{text}");
    }
    for text in ["", "# nothing\n", "[profiles]\n", "[profiles.work]"] {
        assert_eq!(parse(text).unwrap().text(), text);
    }
}

#[test]
fn errors_name_file_line_key_and_what_was_expected() {
    for (text, expected) in [
        ("\n[profiles.work]\n\nisuer = 'x'", "4: unknown key \"isuer\": expected issuer"),
        ("[profiles.a]\nclient_id = 'x'", "2: unknown key \"client_id\": expected client-id"),
        ("[profiles.a]\nx = 1\n[profiles.b]", "2: unknown key \"x\": expected one of issuer, token-endpoint,"),
        ("\nissuer = 'https://h'", "2: issuer stands outside a profile: expected it under [profiles.NAME]"),
        ("default = 'work'", "1: unknown key \"default\": expected default-profile or profiles"),
        ("[profile.work]", "1: unknown key \"profile\": expected profiles"),
        ("profiles = 3", "1: profiles: expected a table of profiles, found integer"),
        ("[[profiles]]", "1: profiles: expected a table of profiles, found array of tables"),
        ("[profiles]\nwork = 'x'", "2: work: expected a table, found string"),
        ("default-profile = 3", "1: default-profile: expected a text, found integer"),
        ("default-profile = 'a b'", "1: \"a b\" is no profile name: expected at most 64 letters"),
        ("\n\n[profiles.'a b']", "3: \"a b\" is no profile name: expected"),
        ("[profiles.a]\nissuer = 3", "2: issuer: expected a text, found integer"),
        ("[profiles.a]\ntimeout = 30", "2: timeout: expected a duration as a text, such as \"30s\", found integer"),
        ("[profiles.a]\nscopes = 3", "2: scopes: expected a text or a list of texts, found integer"),
        ("[profiles.a]\nscopes = ['a', 3]", "2: scopes: expected a text or a list of texts, found a list of"),
        ("[profiles.a]\nextra = 'a=b'", "2: extra: expected a table of texts, found string"),
        ("[profiles.a]\nextra = { a = 1 }", "2: extra: expected a table of texts, found a table of"),
        ("[profiles.a]\nca-file = true", "2: ca-file: expected a path as a text, found boolean"),
        ("[profiles.a.issuer]\nx = 1", "1: issuer: expected a text, found table"),
        ("[profiles.a]\nissuer = 'a'\nissuer = 'b'", "3: not valid TOML: duplicate key"),
        ("[profiles.a]\nissuer = ", "2: not valid TOML: "),
        ("[profiles.a", "1: not valid TOML: "),
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(error.starts_with(&format!("/c/config.toml:{expected}")), "{text}: {error}");
    }
}

#[test] // R01, U07
fn a_secret_in_the_file_is_refused_and_not_shown() {
    for text in [
        "[profiles.a]\npassword = 'canary'",
        "[profiles.a]\npassword = canary",
        "[profiles.a]\npassword = 'canary",
        "[profiles.a]\nclient_secret = \"\"\"canary",
        "[profiles.a]\nissuer = ['canary']",
        "password = 'canary'",
    ] {
        let error = parse(text).expect_err(text).to_string();
        assert!(!error.contains("canary"), "{error}");
    }
    let error = parse("[profiles.a]\npassword = 'x'").unwrap_err().to_string();
    assert!(error.ends_with("unknown key \"password\": expected password-file or password-command"), "{error}");
}

#[test] // U01
fn what_stands_in_the_file_cannot_move_the_cursor() {
    for text in
        ["\"\\u001b[2J\" = 1", "[profiles.\"\\u001b[2J\"]", "[profiles.a]\n\"\\u001b[2J\" = 1", "\x1b[2J", "a = \x1b"]
    {
        let error = parse(text).expect_err(text).to_string();
        assert!(!error.chars().any(char::is_control), "{error:?}");
    }
}

#[test]
fn hostile_nesting_is_an_error() {
    for text in ["a = [".repeat(20_000), "[".repeat(100_000), "a.".repeat(50_000) + "b = 1", "{".repeat(50_000)] {
        assert!(parse(&text).is_err());
    }
    let deep = format!("[profiles.a]\nscopes = {}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert!(parse(&deep).is_err());
}
