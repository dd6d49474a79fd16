//! Option > environment > profile > default, and where a mistake was made.

use super::*;
use crate::settings::table::Kind;

/// Three good values of a key, as option, variable and in the file.
fn samples(key: Key) -> [&'static str; 3] {
    match key {
        Key::Issuer
        | Key::TokenEndpoint
        | Key::RevocationEndpoint
        | Key::DeviceEndpoint
        | Key::AuthorizationEndpoint
        | Key::ParEndpoint
        | Key::IntrospectionEndpoint
        | Key::UserinfoEndpoint
        | Key::RedirectUri => ["https://o/x", "https://e/x", "https://p/x"],
        Key::SubjectTokenFrom => ["github", "env:E", "systemd:p"],
        Key::SubjectTokenType | Key::RequestedTokenType => ["urn:o:x", "urn:e:x", "urn:p:x"],
        Key::Dpop => ["true"; 3],
        Key::ClientAuth => ["basic", "basic-raw", "post"],
        Key::Grant => ["password"; 3],
        Key::Store => ["kernel", "file", "none"],
        Key::Timeout => ["1s", "2m", "3s"],
        Key::Extra => ["k=o", "k=e", "k=p"],
        Key::PasswordFile
        | Key::ClientSecretFile
        | Key::PrivateKeyFile
        | Key::SubjectTokenFile
        | Key::ClientCert
        | Key::ClientKey
        | Key::CaFile => ["/o", "/e", "/p"],
        _ => ["o", "e", "p"],
    }
}

fn in_file(key: Key, value: &str) -> String {
    match key {
        Key::Extra => format!("{key} = {{ {} }}", value.replace("k=", "k = '") + "'"),
        Key::Scopes => format!("{key} = ['{value}']"),
        Key::Dpop => format!("{key} = {value}"),
        _ => format!("{key} = '{value}'"),
    }
}

fn default_of(key: Key) -> String {
    match key {
        Key::ClientAuth => is("none", "default"),
        Key::Grant => is("password", "default"),
        Key::Store => is("keyring", "default"),
        Key::Timeout => is("30s", "default"),
        _ => String::new(),
    }
}

#[test]
fn for_every_key_option_beats_environment_beats_profile_beats_default() {
    for key in Key::ALL.iter().copied() {
        let ([option, variable, profile], row_of_table) = (samples(key), key.row());
        for places in 0..8 {
            let (by_option, by_variable, by_profile) = (places & 4 != 0, places & 2 != 0, places & 1 != 0);
            // A switch may stand alone, so that its value is joined to it.
            let joint = if row_of_table.kind == Kind::Switch { '=' } else { ' ' };
            let line =
                if by_option { format!("login {}{joint}{option}", row_of_table.option) } else { "login".to_owned() };
            let variables: Vec<_> = by_variable.then_some((row_of_table.variable, variable)).into_iter().collect();
            let text =
                if by_profile { format!("[profiles.default]\n\n{}", in_file(key, profile)) } else { String::new() };
            let expected = match (by_option, by_variable, by_profile) {
                (true, ..) => is(option, row_of_table.option),
                (_, true, _) => is(variable, row_of_table.variable),
                (.., true) => is(profile, &format!("{FILE}:3")),
                _ => default_of(key),
            };
            assert_eq!(row(&run(&line, &variables, &text).unwrap(), row_of_table.name), expected, "{key} {places:03b}");
        }
    }
}

#[test]
fn a_bad_value_names_where_it_stands() {
    for (key, bad, why) in [
        (Key::Issuer, "http://h.example", "\"http://h.example/\" is neither https nor http to a loopback address"),
        (Key::TokenEndpoint, "sso.example.com", "\"sso.example.com\" is not an absolute URL"),
        (Key::RevocationEndpoint, "https://u:canary@h/", "a URL with a user name or password in it is not used"),
        (Key::ClientId, "t\u{7}k", ""),
        (Key::ClientAuth, "digest", "\"digest\" is no client authentication method; there are none, basic,"),
        (Key::Grant, "passwort", "\"passwort\" "),
        (Key::Username, "a\u{7}", "the value holds a control character"),
        (Key::Scopes, "\u{e9}", "\"\u{e9}\" is not a scope"),
        (Key::Audience, "a\u{7}", "the value holds a control character"),
        (Key::Resource, "a\u{7}", "the value holds a control character"),
        (Key::SubjectTokenFrom, "jenkins", "\"jenkins\" is none of github, gitlab, gitlab:VARIABLE, env:VARIABLE,"),
        (Key::SubjectTokenType, "acess_token", "\"acess_token\" is no token type; there are access_token,"),
        (Key::RequestedTokenType, "a\u{7}", "\"a\\u{7}\" is no token type"),
        (Key::Store, "disk", "\"disk\" is not one of keyring, kernel, file, none"),
        (Key::Timeout, "soon", "\"soon\" is no duration: expected one such as 500ms, 30s, 2m or 1h30m"),
        (Key::Timeout, "0s", "a timeout is more than zero and at most 1h"),
        (Key::Extra, "password=canary", "the parameter \"password\" is not an extra one"),
    ] {
        let row = key.row();
        let file = match key {
            Key::Extra => "\n[profiles.default]\nextra = { password = 'canary' }".to_owned(),
            _ => format!("\n[profiles.default]\n{key} = \"{}\"", bad.replace('\u{7}', "\\u0007")),
        };
        for (error, place) in [
            (refused(&format!("token {} {bad}", row.option), &[], ""), row.option.to_owned()),
            (refused("token", &[(row.variable, bad)], ""), row.variable.to_owned()),
            (refused("token", &[], &file), format!("{FILE}:3: {key}")),
        ] {
            assert!(error.starts_with(&format!("{place}: {why}")), "{error}");
            assert!(!error.contains("canary") && !error.chars().any(char::is_control), "{error}");
        }
    }
    assert_eq!(refused("token --extra a", &[], ""), "--extra: \"a\" is not of the form KEY=VALUE");
    assert_eq!(refused("token", &[("TOK_EXTRA", "a=1&b")], ""), "TOK_EXTRA: \"b\" is not of the form KEY=VALUE");
    assert_eq!(
        refused("token", &[], "[profiles.default]\nca-file = ''"),
        "/c/config.toml:2: ca-file: the value is empty"
    );
}

#[test]
fn a_bad_value_that_does_not_count_does_no_harm() {
    let file = "[profiles.default]\nstore = 'disk'\n[profiles.other]\nissuer = 'x'";
    assert_eq!(run("token --store file", &[("TOK_STORE", "disc")], file).unwrap().store.value, StoreKind::File);
}

#[cfg(unix)]
#[test] // I04
fn a_variable_that_is_no_text_is_refused_by_name() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let bytes = || OsString::from_vec(b"canary\xff".to_vec());
    for key in Key::ALL {
        let environment = Environment::from_pairs([(key.row().variable, bytes())]);
        let inputs = Inputs {
            options: None,
            profile: None,
            password_stdin: false,
            environment: &environment,
            file: &ConfigFile::default(),
            may_create: true,
        };
        let resolved = resolve(&inputs);
        if key.row().kind == Kind::Path {
            assert!(resolved.is_ok(), "{key}: a path need not be text");
        } else {
            let error = resolved.unwrap_err().to_string();
            assert!(error.contains(key.row().variable) && !error.contains("canary"), "{error}");
        }
    }
    for name in ["TOK_PASSWORD", "TOK_CLIENT_SECRET", "TOK_PROFILE"] {
        let environment = Environment::from_pairs([(name, bytes())]);
        let options = crate::cli::SettingArgs::default();
        let file = ConfigFile::default();
        let inputs = Inputs {
            options: Some(&options),
            profile: None,
            password_stdin: false,
            environment: &environment,
            file: &file,
            may_create: true,
        };
        let error = resolve(&inputs).unwrap_err().to_string();
        assert!(error.contains(name) && !error.contains("canary"), "{error}");
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    for key in Key::ALL.iter().filter(|key| !key.leads_to_a_secret()) {
        let settings = run("login", &[(key.row().variable, "")], "").unwrap();
        assert_eq!(row(&settings, key.row().name), default_of(*key), "{key}");
    }
}

#[test]
fn an_empty_variable_for_a_secret_is_an_error_that_names_it() {
    let of_keys = Key::ALL.iter().filter(|key| key.leads_to_a_secret()).map(|key| key.row().variable);
    for name in of_keys.chain(["TOK_PASSWORD", "TOK_CLIENT_SECRET"]) {
        for line in ["token", "login", "login --password-stdin"] {
            assert_eq!(refused(line, &[(name, "")], ""), format!("{name} is set but empty"));
        }
        assert!(run("token -p default", &[(name, "")], "").is_err());
    }
}

#[test]
fn a_relative_path_in_the_file_starts_at_its_folder() {
    let file = "[profiles.default]\nca-file = 'ca.pem'\npassword-file = '../pw'\nclient-secret-file = '/abs'";
    let settings = run("token", &[], file).unwrap();
    assert_eq!(row(&settings, "ca-file"), is("/c/ca.pem", "/c/config.toml:2"));
    assert_eq!(row(&settings, "password-file"), is("/c/../pw", "/c/config.toml:3"));
    assert_eq!(row(&settings, "client-secret-file"), is("/abs", "/c/config.toml:4"));
    for (line, variables) in [("token --ca-file ca.pem", &[][..]), ("token", &[("TOK_CA_FILE", "ca.pem")])] {
        assert_eq!(run(line, variables, file).unwrap().ca_file.unwrap().value, Path::new("ca.pem"));
    }
}

#[test]
fn lists_can_be_emptied() {
    let file = "[profiles.default]\nscopes = ['a']\naudience = 'b'\nresource = ['c', 'd']";
    let settings = run("token --scope  --audience ", &[], file).unwrap();
    assert!(settings.scopes.value.is_empty() && settings.audience.value.is_empty());
    assert_eq!(settings.resource.value, ["c", "d"]);
}

#[test] // P14
fn what_is_meant_for_one_server_does_not_reach_another() {
    let file =
        "[profiles.default]\nissuer = 'https://p'\ntoken-endpoint = 'https://p/t'\nrevocation-endpoint = 'https://p/r'";
    let origins = |line: &str, variables: &[_]| {
        let settings = run(line, variables, file).unwrap();
        ["issuer", "token-endpoint", "revocation-endpoint"]
            .map(|name| match row(&settings, name).rsplit_once(' ') {
                Some((_, origin)) => origin.replace(FILE, ""),
                None => "-".to_owned(),
            })
            .join(" ")
    };
    let other = ("TOK_ISSUER", "https://e");
    assert_eq!(origins("token", &[]), ":2 :3 :4");
    assert_eq!(origins("token --issuer https://o", &[]), "--issuer - -");
    assert_eq!(origins("token --token-endpoint https://o/t", &[]), "- --token-endpoint -");
    assert_eq!(origins("token --revocation-endpoint https://o/r", &[]), ":2 :3 --revocation-endpoint");
    assert_eq!(origins("token", &[other]), "TOK_ISSUER - -");
    assert_eq!(
        origins("token --issuer https://o", &[other, ("TOK_REVOCATION_ENDPOINT", "https://e/r")]),
        "--issuer - -"
    );
    // The same server named again is no other one.
    assert_eq!(origins("token --issuer https://p", &[]), "--issuer :3 :4");
    assert_eq!(origins("token --token-endpoint https://p/t", &[("TOK_ISSUER", "https://p")]), ":2 --token-endpoint :4");
}

#[test]
fn an_unknown_profile_is_an_error_unless_it_can_be_made_or_is_not_needed() {
    let file = "[profiles.work]\nissuer = 'https://w'\n[profiles.home]\nissuer = 'https://h'";
    for (line, variables, file, error) in [
        ("token -p wrok", &[][..], file, "there is no profile \"wrok\" (--profile): expected work"),
        ("token -p zzz", &[], file, "there is no profile \"zzz\" (--profile): expected one of work, home"),
        ("token", &[("TOK_PROFILE", "hom")], file, "there is no profile \"hom\" (TOK_PROFILE): expected home"),
        ("token", &[], file, "there is no profile \"default\": expected one of work, home"),
        ("token -p work", &[], "", "there is no profile \"work\" (--profile)"),
        ("token", &[], "default-profile = 'x'", "there is no profile \"x\" (/c/config.toml:1)"),
    ] {
        assert_eq!(refused(line, variables, file), error);
        assert!(run(&line.replace("token", "login"), variables, file).is_ok_and(|settings| !settings.profile_exists));
        assert!(run(&format!("{line} --issuer https://x"), variables, file).is_ok());
    }
    assert!(!run("token", &[], "").unwrap().profile_exists);
    assert!(run("token -p home", &[], file).unwrap().profile_exists);
}
