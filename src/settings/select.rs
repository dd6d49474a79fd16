//! Which configuration file, which profile, and what else of the command line is no setting.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::duration::parse_duration;
use super::error::SettingsError;
use super::file::ConfigFile;
use super::profile::ProfileName;
use super::table::nearest;
use super::{Origin, Sourced};
use crate::sys::environment::Environment;
use crate::sys::paths::Folders;

/// The file's name in the configuration folder.
const FILE_NAME: &str = "config.toml";

/// The configuration file: `--config`, else `TOK_CONFIG`, else `config.toml` in the platform's folder; `None` where
/// there is no such folder. Never one of the working directory or its parents that was not named (I01).
#[must_use]
pub fn config_path(option: Option<&Path>, environment: &Environment, folders: &Folders) -> Option<Sourced<PathBuf>> {
    if let Some(path) = option {
        return Some(Sourced { value: path.to_owned(), origin: Origin::Option("--config") });
    }
    if let Some(path) = environment.path("TOK_CONFIG") {
        return Some(Sourced { value: path, origin: Origin::Environment("TOK_CONFIG") });
    }
    folders.config.as_ref().map(|folder| Sourced { value: folder.join(FILE_NAME), origin: Origin::Default })
}

/// What tells profiles of the same name apart: the path of their configuration file, in full; empty where there is
/// none. It is part of a session's name in the store (R07).
#[must_use]
pub fn scope(config_path: Option<&Path>) -> String {
    let full = |path: &Path| {
        // Most paths are in full already, and this is on the shortest way of all.
        let path = if path.is_absolute() { Cow::Borrowed(path) } else { Cow::Owned(std::path::absolute(path).ok()?) };
        Some(path.to_string_lossy().into_owned())
    };
    config_path.and_then(full).unwrap_or_default()
}

/// Variables of ours that change no setting of a profile.
const HARMLESS: [&str; 4] = ["TOK_PROFILE", "TOK_CONFIG", "TOK_NO_INPUT", super::service::BIND_VARIABLE];

/// Whether the settings of a call without options are those of the file alone: no variable of ours speaks into them.
#[must_use]
pub fn only_the_file_decides(environment: &Environment) -> bool {
    !environment.any_but("TOK_", &HARMLESS)
}

/// The name of a profile that exists in the file.
///
/// # Errors
/// [`SettingsError::ProfileName`], [`SettingsError::UnknownProfile`]
pub fn existing_profile(text: &str, file: &ConfigFile) -> Result<ProfileName, SettingsError> {
    let profile = named(text, Origin::Argument)?;
    if file.has(&profile.value) { Ok(profile.value) } else { Err(unknown(profile, file)) }
}

/// That there is no such profile, and which there are.
pub(super) fn unknown(profile: Sourced<ProfileName>, file: &ConfigFile) -> SettingsError {
    let known: Vec<&str> = file.profiles().map(ProfileName::as_str).collect();
    SettingsError::UnknownProfile {
        nearest: nearest(profile.value.as_str(), known.iter().copied()),
        known: known.into_iter().map(str::to_owned).collect(),
        profile,
    }
}

/// A name that a profile may have, as it was typed.
///
/// # Errors
/// [`SettingsError::ProfileName`]
pub fn profile_name(text: &str) -> Result<ProfileName, SettingsError> {
    Ok(named(text, Origin::Argument)?.value)
}

/// Whether nothing may be asked: `--no-input`, or `TOK_NO_INPUT` set to anything but nothing, `0`, `false` or `no`.
///
/// # Errors
/// [`SettingsError::Variable`]
pub fn no_input(option: bool, environment: &Environment) -> Result<bool, SettingsError> {
    let variable = environment.text("TOK_NO_INPUT")?.unwrap_or_default();
    Ok(option || !["", "0", "false", "no"].contains(&variable.to_ascii_lowercase().as_str()))
}

/// How long a token that is printed must still be valid: `--min-ttl`, else 30 s (S06).
///
/// # Errors
/// [`SettingsError::BadDuration`]
pub fn min_ttl(option: Option<&str>) -> Result<Duration, SettingsError> {
    let why = |why| SettingsError::BadDuration { option: "--min-ttl", why };
    option.map_or(Ok(Duration::from_secs(30)), |text| parse_duration(text).map_err(why))
}

/// The name of the profile that a call selects. It need not exist, and what stands in it may be wrong: it is how
/// `tok profile set` comes to the profile that it mends.
///
/// # Errors
/// [`SettingsError::ProfileName`], [`SettingsError::Variable`]
pub fn selected_profile(
    option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<ProfileName, SettingsError> {
    Ok(profile(option, environment, file)?.profile.value)
}

/// The profile of a run.
pub(super) struct Selected {
    /// Its name.
    pub profile: Sourced<ProfileName>,
    /// The profile that secrets in the environment belong to, if it is another one.
    pub secrets_belong_to: Option<String>,
}

/// The profile: `-p`, else what the environment selects, which is `TOK_PROFILE`, else `default-profile` of the file,
/// else `default`.
pub(super) fn profile(
    option: Option<&str>,
    environment: &Environment,
    file: &ConfigFile,
) -> Result<Selected, SettingsError> {
    let variable = environment.text("TOK_PROFILE")?.filter(|text| !text.is_empty());
    let by_default = || match file.default_profile() {
        Some((name, line)) => {
            let file = file.path().unwrap_or(Path::new("")).to_owned();
            Sourced { value: name.clone(), origin: Origin::Profile { file, line } }
        }
        None => Sourced { value: ProfileName::default(), origin: Origin::Default },
    };
    let profile = match (option, variable) {
        (Some(text), _) => named(text, Origin::Option("--profile"))?,
        (None, Some(text)) => named(text, Origin::Environment("TOK_PROFILE"))?,
        (None, None) => by_default(),
    };
    let of_environment = variable.map_or_else(|| by_default().value.as_str().to_owned(), str::to_owned);
    let secrets_belong_to = Some(of_environment).filter(|name| name != profile.value.as_str());
    Ok(Selected { profile, secrets_belong_to })
}

fn named(text: &str, origin: Origin) -> Result<Sourced<ProfileName>, SettingsError> {
    match ProfileName::parse(text) {
        Ok(value) => Ok(Sourced { value, origin }),
        Err(why) => Err(SettingsError::ProfileName { origin, why }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment::from_pairs(pairs.iter().copied())
    }

    #[test] // I01
    fn the_file_is_named_or_in_the_platforms_folder() {
        let folders = Folders { config: Some("/home/ada/.config/tok".into()), state: None };
        let found = |option: Option<&str>, pairs: &[(&str, &str)], folders: &Folders| {
            config_path(option.map(Path::new), &environment(pairs), folders)
                .map(|path| (path.value, path.origin.to_string()))
        };
        let is = |path: &str, origin: &str| Some((PathBuf::from(path), origin.to_owned()));
        let variable = [("TOK_CONFIG", "/env.toml")];
        assert_eq!(found(Some("/o.toml"), &variable, &folders), is("/o.toml", "--config"));
        assert_eq!(found(None, &variable, &folders), is("/env.toml", "TOK_CONFIG"));
        assert_eq!(found(None, &[("TOK_CONFIG", "")], &folders), is("/home/ada/.config/tok/config.toml", "default"));
        assert_eq!(found(None, &[], &Folders::default()), None, "H01");
    }

    #[test] // I02
    fn the_profile_and_its_origin() {
        let with_default =
            ConfigFile::parse(Path::new("/c.toml"), "default-profile = 'file'".into()).expect("a good file");
        let none = ConfigFile::default();
        for (option, variable, file, name, origin, foreign) in [
            (Some("o"), Some("e"), &with_default, "o", "--profile", Some("e")),
            (Some("o"), None, &with_default, "o", "--profile", Some("file")),
            (Some("o"), None, &none, "o", "--profile", Some("default")),
            (Some("o"), Some("o"), &with_default, "o", "--profile", None),
            (Some("file"), None, &with_default, "file", "--profile", None),
            (Some("default"), Some(""), &none, "default", "--profile", None),
            (None, Some("e"), &with_default, "e", "TOK_PROFILE", None),
            (None, Some(""), &with_default, "file", "/c.toml:1", None),
            (None, None, &with_default, "file", "/c.toml:1", None),
            (None, None, &none, "default", "default", None),
        ] {
            let pairs: Vec<_> = variable.map(|value| ("TOK_PROFILE", value)).into_iter().collect();
            let selected = profile(option, &environment(&pairs), file).unwrap();
            assert_eq!((selected.profile.value.as_str(), &*selected.profile.origin.to_string()), (name, origin));
            assert_eq!(selected.secrets_belong_to.as_deref(), foreign, "{option:?} {variable:?}");
        }
        let refused =
            |option, pairs: &[_]| profile(option, &environment(pairs), &none).map(|_| ()).unwrap_err().to_string();
        assert!(refused(Some("a b"), &[]).starts_with("--profile: \"a b\" is no profile name"));
        assert!(refused(None, &[("TOK_PROFILE", "../x")]).starts_with("TOK_PROFILE: \"../x\" is no profile name"));
    }

    #[test] // S06
    fn how_long_a_token_must_last() {
        let seconds = |option| min_ttl(option).map(|time| time.as_secs());
        assert_eq!((seconds(None).unwrap(), seconds(Some("0")).unwrap(), seconds(Some("2m")).unwrap()), (30, 0, 120));
        assert!(seconds(Some("x")).unwrap_err().to_string().starts_with("--min-ttl: \"x\" is no duration"));
    }

    #[test] // U04
    fn asking_can_be_forbidden() {
        for (value, forbidden) in
            [("1", true), ("true", true), ("yes", true), ("", false), ("0", false), ("False", false)]
        {
            assert_eq!(no_input(false, &environment(&[("TOK_NO_INPUT", value)])).unwrap(), forbidden, "{value}");
            assert!(no_input(true, &environment(&[("TOK_NO_INPUT", value)])).unwrap());
        }
        assert!(!no_input(false, &environment(&[])).unwrap());
    }
}
