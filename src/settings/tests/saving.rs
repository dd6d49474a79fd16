//! What a login and `tok profile set` write.

use super::*;

fn changes(line: &str, variables: &[(&str, &str)], file: &str) -> Vec<String> {
    let settings = run(line, variables, file).unwrap();
    let rebinding: Vec<_> = settings.rebinding().into_iter().map(|change| change.key).collect();
    let mark = |key: Key| if rebinding.contains(&key) { "!" } else { "" };
    let change = |change: &Change| match (&change.old, &change.new) {
        (None, Some(_)) => format!("+{}{}", change.key, mark(change.key)),
        (Some(_), Some(_)) => format!("~{}{}", change.key, mark(change.key)),
        (_, None) => format!("-{}{}", change.key, mark(change.key)),
    };
    settings.changes.iter().map(change).collect()
}

#[test]
fn a_login_changes_what_its_options_say_and_asks_before_it_rebinds() {
    let file = "[profiles.default]\nissuer = 'https://p'\nclient-id = 'c'\n\
        revocation-endpoint = 'https://p/r'\npassword-file = '/p'";
    for (line, expected) in [
        ("login", &[][..]),
        ("login --issuer https://p --client-id c --password-file /p", &[]),
        ("login --issuer https://o", &["~issuer!", "-revocation-endpoint"]),
        ("login --token-endpoint https://p/t", &["-issuer!", "+token-endpoint!", "-revocation-endpoint"]),
        ("login --client-id d --scope a -u ada", &["~client-id!", "+username", "+scopes"]),
        ("login --password-command x", &["-password-file", "+password-command"]),
        ("login --password-stdin", &[]),
        ("login --password-file /dev/fd/63", &[]),
        ("login --extra a=b --store file --timeout 5s", &["+extra", "+store", "+timeout"]),
        ("login -p new --issuer https://o --client-id d", &["+issuer", "+client-id"]),
    ] {
        assert_eq!(changes(line, &[], file), expected, "{line}");
    }
    assert!(changes("login", &COMPLETE, file).is_empty(), "the environment is not saved");
    let without = "[profiles.default]\nclient-id = 'c'";
    assert_eq!(changes("login --issuer https://o", &[], without), ["+issuer"]);
}

#[test] // R01
fn a_login_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tok/config.toml");
    let login = |line: &str| {
        let cli = Cli::read(std::iter::once("tok").chain(line.split(' ')).map(Into::into)).unwrap();
        let Verb::Login(login) = cli.verb else { panic!("login") };
        let mut settings = resolve(&Inputs {
            options: Some(&login.settings),
            profile: cli.global.profile.as_deref(),
            password_stdin: false,
            environment: &Environment::from_pairs([("TOK_PASSWORD", "canary"), ("TOK_CLIENT_SECRET", "canary")]),
            file: &ConfigFile::load(&path).unwrap(),
            may_create: true,
        })
        .unwrap();
        if settings.username.is_none() {
            settings.answer_username("ada".into());
        }
        settings.save_login().unwrap()
    };
    let saved = login("login --issuer https://h --client-id tok --scope openid").unwrap();
    assert!(saved.new_profile && saved.made_default && saved.file == path);
    assert_eq!(saved.changed, [Key::Issuer, Key::ClientId, Key::Scopes, Key::Username]);
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        "default-profile = \"default\"\n\n[profiles.default]\nissuer = \"https://h\"\nclient-id = \"tok\"\n\
         scopes = [\"openid\"]\nusername = \"ada\"\n"
    );
    assert_eq!(login("login --issuer https://h"), None, "nothing new");
    let saved = login("login -p work --token-endpoint https://w/t --client-id w -u bob --ca-file ca.pem").unwrap();
    assert!(saved.new_profile && !saved.made_default);
    let saved = login("login -p work --issuer https://w").unwrap();
    assert_eq!((saved.new_profile, saved.changed), (false, vec![Key::Issuer, Key::TokenEndpoint]));
    let text = std::fs::read_to_string(&path).unwrap();
    let ca_file = std::path::absolute("ca.pem").unwrap();
    let ca_file = toml_edit::Value::from(ca_file.to_str().unwrap());
    assert!(text.ends_with(&format!(
        "[profiles.work]\nclient-id = \"w\"\nusername = \"bob\"\nca-file = {ca_file}\nissuer = \"https://w\"\n"
    )));
    assert!(!text.contains("canary"));
}

#[test]
fn a_login_without_a_folder_cannot_be_saved() {
    let settings = run("login --issuer https://h", &[], "").unwrap();
    assert!(matches!(settings.save_login(), Err(ConfigError::NoFolder)));
}

fn set(words: &[&str], unset: &[&str]) -> Result<Vec<Change>, String> {
    let texts = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    profile_changes(&texts(words), &texts(unset)).map_err(|error| error.to_string())
}

#[test]
fn the_words_of_profile_set() {
    let changes =
        set(&["issuer=https://h", "audience=a", "audience=b", "scopes=x y", "extra=k=v", "resource="], &["username"]);
    let pair = |key, new| Change { key, old: None, new };
    let list = |texts: &[&str]| Some(Value::List(texts.iter().map(ToString::to_string).collect()));
    assert_eq!(
        changes.unwrap(),
        [
            pair(Key::Issuer, Some(Value::Text("https://h".into()))),
            pair(Key::Audience, list(&["a", "b"])),
            pair(Key::Scopes, list(&["x", "y"])),
            pair(Key::Extra, Some(Value::Pairs(vec![("k".into(), "v".into())]))),
            pair(Key::Resource, list(&[])),
            pair(Key::Username, None),
        ]
    );
    for (words, unset, error) in [
        (&["issuer=http://h.example"][..], &[][..], "issuer: \"http://h.example/\" is neither https nor"),
        (&["isuer=x"], &[], "unknown key \"isuer\": expected issuer"),
        (&["password=canary"], &[], "unknown key \"password\": expected password-file or password-command"),
        (&["work", "canary"], &[], "\"work\" is not of the form KEY=VALUE"),
        (&["issuer="], &[], "issuer: the value is empty"),
        (&["store=file", "store=none"], &[], "store: it takes one value and was given several"),
        (&["store=file"], &["store"], "store: it takes one value and was given several"),
        (&["extra=password=canary"], &[], "extra: the parameter \"password\" is not an extra one"),
        (&[], &["usrname"], "unknown key \"usrname\": expected username"),
    ] {
        let refused = set(words, unset).unwrap_err();
        assert!(refused.starts_with(error) && !refused.contains("canary"), "{refused}");
    }
}

#[test]
fn profile_set_makes_a_profile_and_repairs_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[profiles.work]\nissuer = 'bad' # comment\n").unwrap();
    let name = |text| ProfileName::parse(text).unwrap();
    let saved = save(&path, &name("work"), &set(&["issuer=https://h"], &["store"]).unwrap()).unwrap();
    assert_eq!((saved.new_profile, saved.made_default, saved.changed), (false, false, vec![Key::Issuer]));
    let saved = save(&path, &name("empty"), &[]).unwrap();
    assert!(saved.new_profile && saved.changed.is_empty());
    let saved = save(&path, &name("gone"), &set(&[], &["store"]).unwrap()).unwrap();
    assert!(!saved.new_profile && saved.changed.is_empty());
    let text = "[profiles.work]\nissuer = \"https://h\" # comment\n\n[profiles.empty]\n";
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}
