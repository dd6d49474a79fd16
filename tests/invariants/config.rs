//! `config.toml`. The first line of the input is a profile and what `tok profile set` is told; the rest is the file.

use std::path::Path;

use tok::oauth::WebOrigin;
use tok::settings::{ConfigError, ConfigFile, Inputs, Key, ProfileName, Service, Value, profile_changes, resolve};
use tok::sys::environment::Environment;

use super::input::{CANARY, split};
use super::shown::safely;

const PATH: &str = "/home/ada/.config/tok/config.toml";

pub fn check(input: &[u8]) {
    let (line, text) = split(input, b"\n");
    let (line, text) = (String::from_utf8_lossy(line), String::from_utf8_lossy(text).into_owned());
    a_secret_is_not_shown(&text);
    let file = match parse(&text) {
        Ok(file) => file,
        Err(error) => return drop(safely(&error)),
    };
    assert_eq!(file.text(), text);
    file.profiles().for_each(|profile| resolves(&file, profile));
    let (name, assignment) = line.split_once(' ').unwrap_or((&line, ""));
    match ProfileName::parse(name) {
        Ok(profile) => changes(&file, &profile, assignment),
        Err(error) => drop(safely(&error)),
    }
}

fn parse(text: &str) -> Result<ConfigFile, ConfigError> {
    ConfigFile::parse(Path::new(PATH), text.to_owned())
}

/// A password where none may be: refused in any file, and not repeated (R01, U07).
fn a_secret_is_not_shown(text: &str) {
    for value in [format!("\"{CANARY}\""), CANARY.to_owned(), format!("'''{CANARY}")] {
        if let Err(error) = parse(&format!("{text}\npassword = {value}\n")) {
            let shown = safely(&error);
            assert!(text.contains("canary") || !shown.contains("canary"), "{shown}");
        }
    }
}

fn resolves(file: &ConfigFile, profile: &ProfileName) {
    let environment = Environment::from_pairs([("HOME", "/home/ada")]);
    let inputs = Inputs {
        options: None,
        profile: Some(profile.as_str()),
        password_stdin: false,
        environment: &environment,
        file,
        may_create: false,
    };
    match resolve(&inputs) {
        Err(error) => drop(safely(&error)),
        Ok(settings) => {
            assert!(settings.profile_exists && settings.changes.is_empty() && !settings.environment_credentials);
            for (_, value, origin) in settings.explain() {
                safely(&value);
                safely(&origin);
            }
        }
    }
}

/// A value that is set is there when the file is read again, everything else is as it was; what is removed is gone.
fn changes(file: &ConfigFile, profile: &ProfileName, assignment: &str) {
    let change = match profile_changes(&[assignment.to_owned()], &[]) {
        Ok(changes) => changes.into_iter().next().expect("a change"),
        Err(error) => return drop(safely(&error)),
    };
    let (key, value) = (change.key, change.new.expect("a value"));
    let mut changed = file.clone();
    match changed.set(profile, key, &value) {
        Err(error @ ConfigError::Layout(_)) => return drop(safely(&error)),
        other => other.expect("set"),
    }
    let mut changed = parse(changed.text()).expect("what was written can be read");
    assert_eq!(changed.get(profile, key).map(|(value, _)| value), Some(&value));
    kept(file, &changed, (profile, key));
    line_ends(file.text(), changed.text());
    assert!(is_within(&without_line(file, profile, key), changed.text()), "{:?}\n{:?}", file.text(), changed.text());

    if changed.unset(profile, key).expect("it was set just now") {
        assert!(changed.get(profile, key).is_none());
        kept(file, &changed, (profile, key));
    }
    binds(&changed, profile);
    // A profile of dotted keys is gone with the last of them.
    if !changed.has(profile) {
        return;
    }
    match changed.set_default(profile) {
        Ok(()) => assert!(changed.default_profile().is_some_and(|(name, _)| name == profile)),
        Err(error) => drop(safely(&error)),
    }
    assert!(changed.remove(profile).expect("it is there"));
    assert!(!changed.has(profile) && changed.default_profile().is_none_or(|(name, _)| name != profile));
}

/// A service that is bound is there when the file is read again, and gone when it is removed; all others stay.
fn binds(file: &ConfigFile, profile: &ProfileName) {
    let service = |scheme: &str| {
        let origin = WebOrigin::parse("https://git.example.com:8443").expect("an origin");
        Service { scheme: scheme.parse().expect("a scheme"), ..Service::new(origin) }
    };
    let others = |file: &ConfigFile| {
        let all = file.services(profile).filter(|known| known.origin != service("bearer").origin);
        all.cloned().collect::<Vec<_>>()
    };
    let mut changed = file.clone();
    for scheme in ["bearer", "basic:ad\u{e0} \"x\\"] {
        match changed.bind(profile, &service(scheme)) {
            Err(error @ ConfigError::Layout(_)) => return drop(safely(&error)),
            other => other.expect("bound"),
        }
        changed = parse(changed.text()).expect("what was written can be read");
        assert!(changed.services(profile).any(|known| *known == service(scheme)));
        assert_eq!(others(file), others(&changed));
    }
    assert!(changed.unbind(profile, &service("bearer").origin).expect("it was bound just now"));
    assert!(changed.services(profile).all(|known| known.origin != service("bearer").origin));
    assert_eq!(others(file), others(&changed));
    assert!(!changed.unbind(profile, &service("bearer").origin).expect("nothing to do"));
}

/// Every other value is as it was.
fn kept(before: &ConfigFile, after: &ConfigFile, but: (&ProfileName, Key)) {
    let values = |file: &ConfigFile| {
        let of = |name: &ProfileName| Key::ALL.iter().map(|key| (name.clone(), *key)).collect::<Vec<_>>();
        let all = file.profiles().flat_map(of).filter(|(name, key)| (name, *key) != but);
        let value = |(name, key): (ProfileName, Key)| file.get(&name, key).map(|(v, _)| (name.clone(), key, v.clone()));
        all.filter_map(value).collect::<Vec<(ProfileName, Key, Value)>>()
    };
    assert_eq!(values(before), values(after));
    assert_eq!(before.default_profile().map(|(name, _)| name), after.default_profile().map(|(name, _)| name));
}

/// The text without the line that is to be changed; empty where the value may go over several lines, as then nobody
/// but the parser knows what belongs to it.
fn without_line(file: &ConfigFile, profile: &ProfileName, key: Key) -> String {
    let Some((_, line)) = file.get(profile, key) else { return file.text().to_owned() };
    let lines: Vec<&str> = file.text().split_inclusive('\n').collect();
    if key == Key::Extra
        || lines[line - 1].contains(['[', '{'])
        || ["\"\"\"", "'''"].iter().any(|mark| file.text().contains(mark))
    {
        return String::new();
    }
    [&lines[..line - 1], &lines[line..]].concat().concat()
}

/// All lines end as they did, unless they ended in both ways.
fn line_ends(before: &str, after: &str) {
    let (with_return, all) = (before.matches("\r\n").count(), before.matches('\n').count());
    let expected = if with_return == all { after.matches('\n').count() } else { 0 };
    assert!(![0, all].contains(&with_return) || all == 0 || after.matches("\r\n").count() == expected, "{after:?}");
}

/// Whether the characters of a text stand in another in this order: that one has more, and lacks nothing. Line ends
/// apart, see [`line_ends`].
fn is_within(text: &str, other: &str) -> bool {
    let mut others = other.chars();
    text.chars().filter(|c| *c != '\r').all(|c| others.any(|other| other == c))
}
