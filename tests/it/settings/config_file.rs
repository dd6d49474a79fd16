//! Every mistake in `config.toml` is named with its line, and the file is left alone.

use std::fs;

use crate::scene::{Scene, toml};

/// Lines of a profile with one mistake, its line in the file, and what is said of it.
const MISTAKES: [(&str, usize, &str); 24] = [
    ("isuer = 'https://h'", 4, "unknown key \"isuer\": expected issuer"),
    ("client_id = 'x'", 4, "unknown key \"client_id\": expected client-id"),
    ("password = 'x'", 4, "unknown key \"password\": expected password-file or password-command"),
    ("client-secret = 'x'", 4, "unknown key \"client-secret\": expected client-secret-file or client-secret-command"),
    ("zzz = 1", 4, "unknown key \"zzz\": expected one of issuer, token-endpoint, [..]"),
    ("client-id = 7", 4, "client-id: expected a text, found integer"),
    ("issuer = ['https://h']", 4, "issuer: expected a text, found array"),
    ("scopes = 1.5", 4, "scopes: expected a text or a list of texts, found float"),
    ("scopes = ['a', 1]", 4, "scopes: expected a text or a list of texts, found a list of something else"),
    ("timeout = 30", 4, "timeout: expected a duration as a text, such as \"30s\", found integer"),
    ("extra = 'a=b'", 4, "extra: expected a table of texts, found string"),
    ("extra = { a = true }", 4, "extra: expected a table of texts, found a table of something else"),
    ("ca-file = true", 4, "ca-file: expected a path as a text, found boolean"),
    ("issuer = 'https://h'\nissuer = 'https://i'", 5, "not valid TOML: [..]"),
    ("client-id = 'x", 4, "not valid TOML: [..]"),
    (
        "issuer = 'http://sso.example.com'",
        4,
        "issuer: \"http://sso.example.com/\" is neither https nor http to a loopback address",
    ),
    ("issuer = 'sso.example.com'", 4, "issuer: \"sso.example.com\" is not an absolute URL"),
    ("token-endpoint = 'https://u:p@h/t'", 4, "token-endpoint: a URL with a user name or password in it is not used"),
    ("issuer = 'https://h/?q'", 4, "issuer: an issuer has no query (?...)"),
    ("timeout = 'soon'", 4, "timeout: \"soon\" is no duration: expected one such as 500ms, 30s, 2m or 1h30m"),
    ("store = 'vault'", 4, "store: \"vault\" is not one of keyring, kernel, file, none"),
    ("client-auth = 'basik'", 4, "client-auth: \"basik\" is no client authentication method; there are [..]"),
    ("grant = 'guess'", 4, "grant: \"guess\" is no grant; there are password, [..]"),
    ("scopes = ['a\"b']", 4, "scopes: \"a\"b\" is not a scope[..]"),
];

#[test]
fn every_mistake_names_file_line_key_and_what_was_expected() {
    let scene = Scene::bare();
    for (lines, number, what) in MISTAKES {
        let text = format!("# mine\ndefault-profile = 'work'\n[profiles.work]\n{lines}\n\n[profiles.other]\n");
        let path = scene.world.write_config(&text);
        for verb in ["token", "login", "show"] {
            scene.tok(verb).run().unhinted().assert(2, "", &format!("tok: {}:{number}: {what}\n", path.display()));
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "the file is as it was");
    }
    assert_eq!(scene.requests(), 0);
}

#[test]
fn mistakes_outside_of_profiles_and_in_others_are_named_too() {
    let scene = Scene::bare();
    for (text, number, what) in [
        ("default_profile = 'x'\n", 1, "unknown key \"default_profile\": expected default-profile"),
        ("\nissuer = 'https://h'\n", 2, "issuer stands outside a profile: expected it under [profiles.NAME]"),
        ("default-profile = 3\n", 1, "default-profile: expected a text, found integer"),
        ("default-profile = '../x'\n", 1, "\"../x\" is no profile name: [..]"),
        ("profiles = 'x'\n", 1, "profiles: expected a table of profiles, found string"),
        ("[profiles]\nwork = 'x'\n", 2, "work: expected a table, found string"),
        ("[profiles.\"a b\"]\n", 1, "\"a b\" is no profile name: [..]"),
        ("[profiles.work]\n[profiles.other]\nisuer = 'x'\n", 3, "unknown key \"isuer\": expected issuer"),
        ("\u{1b}[2J\n", 1, "not valid TOML: [..]"),
    ] {
        let path = scene.world.write_config(text);
        let output = scene.tok("profile list").run().unhinted();
        output.assert(2, "", &format!("tok: {}:{number}: {what}\n", path.display()));
        assert!(!output.stderr.contains('\u{1b}'));
        for change in ["profile set work client-id=x", "profile default work", "profile remove work"] {
            scene.tok(change).run().code_is(2);
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "{change}");
        }
    }
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_refused_by_name() {
    let scene = Scene::bare();
    let path = scene.world.write_config("");
    for (bytes, why) in [
        (b"client-id = \"\xff\"".to_vec(), "it is not UTF-8 text"),
        (vec![b'#'; (1 << 20) + 1], "it is larger than 1048576 bytes"),
    ] {
        fs::write(&path, &bytes).unwrap();
        scene.tok("token").run().unhinted().assert(2, "", &format!("tok: cannot read {}: {why}\n", path.display()));
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_mistake_in_a_profile_can_be_mended_by_a_command() {
    let scene = Scene::bare();
    let path = scene.world.write_config("[profiles.work]\n# where\nissuer = 'sso'   # to be mended\n");
    scene.tok("-p work token").run().code_is(2);
    scene.tok("profile set work issuer=https://sso.example.com").run().ok();
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text, "[profiles.work]\n# where\nissuer = \"https://sso.example.com\"   # to be mended\n");
}

#[test]
fn a_relative_path_in_the_file_starts_at_its_folder() {
    let scene = Scene::new();
    let folder = scene.world.path("config/tok");
    fs::write(folder.join("pw"), scene.server.password("ada")).unwrap();
    scene.configure(&[("password-file", &toml("pw"))]);
    scene.tok("login").folder("/").run().ok();
    fs::remove_file(folder.join("pw")).unwrap();
    let shown = folder.join("pw").display().to_string();
    scene.tok("login").run().unhinted().assert(
        2,
        "",
        &format!("tok: the password could not be read\ncaused by: cannot read {shown}: [..]\n"),
    );
}

#[test] // R05
#[cfg(unix)]
fn a_file_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    let path = scene.world.path("config/tok/config.toml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let shown = path.display();
    scene.tok("login").run().assert(
        2,
        "",
        &format!("tok: cannot read {shown}: every user may write to it\nhint: chmod o-w {shown}\n"),
    );
    assert_eq!(scene.requests(), 0);
}

#[test] // R05; as root, because only root can give a file away
#[cfg(unix)]
fn a_file_that_another_user_owns_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return eprintln!("skipped: not root");
    }
    let scene = Scene::new();
    let path = scene.world.path("config/tok/config.toml");
    std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
    for verb in ["login", "token", "profile set client-id=x"] {
        let output = scene.tok(verb).run().code_is(2);
        assert!(output.stderr.contains(": another user owns it\n"), "{verb}: {}", output.stderr);
    }
    assert_eq!(scene.requests(), 0);
}
