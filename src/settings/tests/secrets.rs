//! Secrets: which source counts, when the environment suffices for a login, and whose its secrets are.

use super::*;

#[test]
fn client_authentication_follows_the_client_secret() {
    for (line, variables, method) in [
        ("token", &[][..], ClientAuthMethod::None),
        ("token", &[("TOK_CLIENT_SECRET", "s")], ClientAuthMethod::Basic),
        ("token --client-secret-file /s", &[], ClientAuthMethod::Basic),
        ("token --client-auth post", &[("TOK_CLIENT_SECRET", "s")], ClientAuthMethod::Post),
        ("token --client-auth none", &[("TOK_CLIENT_SECRET", "s")], ClientAuthMethod::None),
    ] {
        assert_eq!(run(line, variables, "").unwrap().client_auth_method(), method, "{line}");
    }
}

#[test]
fn the_nearest_place_that_leads_to_a_secret_decides() {
    let file = "[profiles.default]\npassword-file = '/p'";
    let variable = ("TOK_PASSWORD_COMMAND", "e");
    let given = ("TOK_PASSWORD", "canary");
    for (line, variables, name, expected) in [
        ("login --password-stdin", &[given][..], "password", is("(standard input)", "--password-stdin")),
        ("login --password-file /o", &[given], "password-file", is("/o", "--password-file")),
        ("login --password-command o", &[variable], "password-command", is("o", "--password-command")),
        ("login", &[given], "password", is("(set)", "TOK_PASSWORD")),
        ("login", &[variable], "password-command", is("e", "TOK_PASSWORD_COMMAND")),
        ("login", &[], "password-file", is("/p", "/c/config.toml:2")),
    ] {
        let settings = run(line, variables, file).unwrap();
        assert_eq!(row(&settings, name), expected, "{line}");
        let rows = settings.explain().into_iter().filter(|(key, ..)| key.starts_with("password")).count();
        assert_eq!(rows, 1, "{line}");
        assert!(!format!("{settings:?} {:?}", settings.explain()).contains("canary"), "U06");
    }
}

#[test]
fn two_sources_of_one_secret_in_one_place_are_an_error() {
    for prefix in ["TOK_PASSWORD", "TOK_CLIENT_SECRET"] {
        let [file, command] = [format!("{prefix}_FILE"), format!("{prefix}_COMMAND")];
        for (first, second) in [(prefix, &*file), (prefix, &*command), (&*file, &*command)] {
            assert_eq!(
                refused("token", &[(first, "a"), (second, "b")], ""),
                format!("{first} and {second} are both given: expected one")
            );
        }
    }
    let file = "[profiles.default]\npassword-command = 'a'\npassword-file = 'b'";
    assert_eq!(
        refused("token", &[], file),
        "/c/config.toml:3: password-file and /c/config.toml:2: password-command are both given: expected one"
    );
    assert!(run("token", &[("TOK_PASSWORD", "x")], file).is_ok());
}

#[test] // H01
fn environment_credentials_in_every_combination() {
    const SERVERS: [(&str, &str, bool); 5] = [
        ("", "", false),
        ("TOK_ISSUER", "", true),
        ("TOK_TOKEN_ENDPOINT", "", true),
        ("", "issuer = 'https://h/x'", true),
        ("", "token-endpoint = 'https://h/x'", true),
    ];
    const CLIENTS: [(&str, &str, bool); 3] =
        [("", "", false), ("TOK_CLIENT_ID", "", true), ("", "client-id = 'c'", true)];
    const USERS: [(&str, &str, bool); 3] = [("", "", false), ("TOK_USERNAME", "", true), ("", "username = 'u'", true)];
    const PASSWORDS: [(&str, &str, bool); 5] = [
        ("", "", false),
        ("TOK_PASSWORD", "", true),
        ("TOK_PASSWORD_FILE", "", true),
        ("TOK_PASSWORD_COMMAND", "password-file = '/p'", true),
        ("", "password-file = '/p'", false),
    ];
    const STORES: [(&str, &str, StoreKind, StoreKind); 3] = [
        ("", "", StoreKind::Keyring, StoreKind::None),
        ("", "store = 'file'", StoreKind::File, StoreKind::None),
        ("TOK_STORE", "store = 'file'", StoreKind::Kernel, StoreKind::Kernel),
    ];
    for server in SERVERS {
        for client in CLIENTS {
            for user in USERS {
                for password in PASSWORDS {
                    for (variable, line, otherwise, with_credentials) in STORES {
                        let parts = [server, client, user, password];
                        let value = |name: &str| match name {
                            "TOK_ISSUER" | "TOK_TOKEN_ENDPOINT" => "https://h/x",
                            "TOK_STORE" => "kernel",
                            _ => "x",
                        };
                        let names = parts.iter().map(|part| part.0).chain([variable]).filter(|name| !name.is_empty());
                        let variables: Vec<_> = names.map(|name| (name, value(name))).collect();
                        let lines: Vec<_> = parts.iter().map(|part| part.1).chain([line]).collect();
                        let settings =
                            run("token", &variables, &format!("[profiles.default]\n{}", lines.join("\n"))).unwrap();
                        let complete = parts.iter().all(|part| part.2);
                        assert_eq!(settings.environment_credentials, complete, "{variables:?} {lines:?}");
                        let expected = if complete { with_credentials } else { otherwise };
                        assert_eq!(settings.store.value, expected, "{variables:?} {lines:?}");
                        let lacks =
                            if password.2 { [server, client, user].iter().filter(|part| !part.2).count() } else { 0 };
                        assert_eq!(settings.environment_lacks().len(), lacks, "{variables:?} {lines:?}");
                    }
                }
            }
        }
    }
}

#[test] // H01
fn each_grant_has_a_secret_of_its_own() {
    const SECRETS: [(&str, &[&str]); 8] = [
        ("TOK_PASSWORD", &[]),
        ("TOK_CLIENT_SECRET", &["client-credentials"]),
        ("TOK_CLIENT_SECRET_FILE", &["client-credentials"]),
        ("TOK_PRIVATE_KEY", &["client-credentials"]),
        ("TOK_SUBJECT_TOKEN", &["token-exchange", "jwt-bearer"]),
        ("TOK_SUBJECT_TOKEN_FILE", &["token-exchange", "jwt-bearer"]),
        ("TOK_SUBJECT_TOKEN_COMMAND", &["token-exchange", "jwt-bearer"]),
        ("TOK_SUBJECT_TOKEN_FROM", &["token-exchange", "jwt-bearer"]),
    ];
    for grant in GrantChoice::names().filter(|grant| *grant != "password") {
        for (variable, grants) in SECRETS {
            let value = if variable == "TOK_SUBJECT_TOKEN_FROM" { "github" } else { "x" };
            let variables = [("TOK_GRANT", grant), (variable, value), ("TOK_CLIENT_ID", "c")];
            let file = |lines: &str| format!("[profiles.default]\n{lines}");
            let complete = run("token", &variables, &file("issuer = 'https://h'")).unwrap().environment_credentials;
            let auto = grant == "auto" && !grants.is_empty();
            assert_eq!(complete, auto || grants.contains(&grant), "{grant} {variable}");
            let lacks = run("token", &variables, &file("")).unwrap().environment_lacks();
            match (complete, grant) {
                (true, _) => assert_eq!(lacks, [Key::Issuer], "{grant} {variable}"),
                // With auto the password is there, and lacks a user as well.
                (false, "auto") => assert_eq!(lacks, [Key::Issuer, Key::Username], "{variable}"),
                (false, _) => assert!(lacks.is_empty(), "{grant} {variable}"),
            }
        }
    }
    // A secret that the profile leads to belongs to a session.
    let profile = "[profiles.default]\nissuer = 'https://h'\ngrant = 'jwt-bearer'\nsubject-token-from = 'github'";
    assert!(!run("token", &[("TOK_CLIENT_ID", "c")], profile).unwrap().environment_credentials);
}

#[test] // H01
fn environment_credentials_need_no_file_and_no_profile() {
    let settings = run("token", &COMPLETE, "").unwrap();
    assert!(settings.environment_credentials && !settings.profile_exists && settings.notes.is_empty());
    assert_eq!(settings.config_path, None);
    assert_eq!(settings.store, Sourced { value: StoreKind::None, origin: Origin::Default });
    let named = [&COMPLETE[..], &[("TOK_PROFILE", "ci")]].concat();
    assert!(run("token", &named, "").unwrap().environment_credentials);
    assert_eq!(run("token --store file", &COMPLETE, "").unwrap().store.value, StoreKind::File);
}

#[test] // H01
fn a_password_that_an_option_leads_to_is_no_environment_credential() {
    assert!(!run("token --password-file /o", &COMPLETE, "").unwrap().environment_credentials);
    assert!(!run("login --password-stdin", &COMPLETE, "").unwrap().environment_credentials);
    assert!(run("token -u other", &COMPLETE, "").unwrap().environment_credentials);
}

#[test]
fn secrets_in_the_environment_never_go_to_another_profile() {
    const PROFILES: &str =
        "default-profile = 'work'\n[profiles.work]\nissuer = 'https://w'\n[profiles.other]\nissuer = 'https://o'";
    const SECRETS: [&str; 6] = [
        "TOK_PASSWORD",
        "TOK_PASSWORD_FILE",
        "TOK_PASSWORD_COMMAND",
        "TOK_CLIENT_SECRET",
        "TOK_CLIENT_SECRET_FILE",
        "TOK_CLIENT_SECRET_COMMAND",
    ];
    for secret in SECRETS {
        for (line, selected, used) in [
            ("token", None, true),
            ("token -p work", None, true),
            ("token -p other", None, false),
            ("token", Some("other"), true),
            ("token -p other", Some("other"), true),
            ("token -p work", Some("other"), false),
            ("token -p work", Some("gone"), false),
            ("login -p new", None, false),
            ("login -p new", Some("new"), true),
        ] {
            let mut variables = vec![(secret, "canary"), ("TOK_CLIENT_ID", "c"), ("TOK_USERNAME", "u")];
            variables.extend(selected.map(|name| ("TOK_PROFILE", name)));
            let settings = run(line, &variables, PROFILES).unwrap();
            let found = settings.password.is_some() || settings.client_secret.is_some();
            assert_eq!(found, used, "{secret} {line} {selected:?}");
            let complete = used && secret.starts_with("TOK_PASSWORD") && line != "login -p new";
            assert_eq!(settings.environment_credentials, complete, "{secret} {line} {selected:?}");
            let owner = selected.unwrap_or("work");
            let notes: Vec<_> = (!used)
                .then(|| {
                    format!(
                        "{secret} is not used: secrets in the environment are for profile \"{owner}\", not for \"{}\"",
                        settings.profile.value
                    )
                })
                .into_iter()
                .collect();
            assert_eq!(settings.notes, notes, "{secret} {line} {selected:?}");
            assert!(
                used || run(line, &[(secret, "")], PROFILES).is_ok() || selected.is_some(),
                "not used, not checked"
            );
        }
    }
    let both = [("TOK_PASSWORD", "a"), ("TOK_CLIENT_SECRET_FILE", "/b")];
    let notes = run("token -p other", &both, PROFILES).unwrap().notes;
    assert!(notes[0].starts_with("TOK_PASSWORD, TOK_CLIENT_SECRET_FILE are not used: "), "{notes:?}");
    assert!(run("token -p other", &[], PROFILES).unwrap().notes.is_empty());
    let own = format!("{PROFILES}\npassword-file = '/own'");
    let settings = run("token -p other", &[("TOK_PASSWORD", "a")], &own).unwrap();
    assert_eq!(row(&settings, "password-file"), is("/own", "/c/config.toml:6"));
}
