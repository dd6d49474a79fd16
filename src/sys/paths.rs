//! Where configuration and state live: the XDG folders on Linux and the BSDs, the platform's own elsewhere, unless the
//! variables for those are set.
//!
//! Only the environment is asked on XDG platforms, not the password database: without `HOME` there are no folders,
//! and nothing is read or written (H01).

use std::path::PathBuf;

use super::environment::Environment;

/// The two folders, each `None` where the platform has no place for it. Neither need exist yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folders {
    /// For `config.toml`.
    pub config: Option<PathBuf>,
    /// For sessions in files and for locks; on this machine only.
    pub state: Option<PathBuf>,
}

impl Folders {
    /// `XDG_CONFIG_HOME/tok` or `HOME/.config/tok`, and `XDG_STATE_HOME/tok` or `HOME/.local/state/tok`. A relative
    /// path counts as unset (R06; XDG Base Directory Specification).
    #[cfg(not(any(target_os = "macos", windows)))]
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let absolute = |name: &str| environment.path(name).filter(|path| path.is_absolute());
        let home = absolute("HOME");
        let folder = |variable: &str, below_home: &str| {
            absolute(variable).or_else(|| home.as_ref().map(|home| home.join(below_home))).map(|base| base.join("tok"))
        };
        Self { config: folder("XDG_CONFIG_HOME", ".config"), state: folder("XDG_STATE_HOME", ".local/state") }
    }

    /// The folders that the platform names for the program `tok`; where they are set, the same variables go before them.
    /// There is none for state, so state goes to the folder for data that stays on this machine.
    #[cfg(any(target_os = "macos", windows))]
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        use directories::ProjectDirs;
        let absolute = |path: PathBuf| path.is_absolute().then_some(path);
        let named = |variable: &str| environment.path(variable).and_then(absolute).map(|base| base.join("tok"));
        let own = ProjectDirs::from("", "", "tok");
        let own = |folder: fn(&ProjectDirs) -> &std::path::Path| {
            own.as_ref().and_then(|folders| absolute(folder(folders).to_owned()))
        };
        Self {
            config: named("XDG_CONFIG_HOME").or_else(|| own(ProjectDirs::config_dir)),
            state: named("XDG_STATE_HOME").or_else(|| own(ProjectDirs::data_local_dir)),
        }
    }
}

/// Where other programs keep the settings of this user: the bases that their documentation names. Each is `None` where
/// the environment does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bases {
    /// The home folder.
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME` or `HOME/.config`, also on macOS; the roaming application data on Windows.
    pub config: Option<PathBuf>,
    /// `XDG_DATA_HOME` or `HOME/.local/share`, also on macOS; the local application data on Windows.
    pub data: Option<PathBuf>,
    /// What the platform itself has for settings: Go's `os.UserConfigDir`.
    pub native: Option<PathBuf>,
    /// The file of podman and its kind, which know the XDG folders on every platform (containers-auth.json(5)).
    pub containers: Option<PathBuf>,
    /// pip's own file.
    pub pip: Option<PathBuf>,
    /// Terraform's file, and the folder in which it looks for plugins.
    pub terraform: Option<(PathBuf, PathBuf)>,
}

impl Bases {
    /// Reads the environment alone, as these programs do; a relative path counts as unset.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        let absolute = |name: &str| environment.path(name).filter(|path| path.is_absolute());
        let home = absolute(if cfg!(windows) { "USERPROFILE" } else { "HOME" });
        let below_home = |folder: &str| home.as_ref().map(|home| home.join(folder));
        let base = |on_windows: &str, elsewhere: &str, folder: &str| {
            if cfg!(windows) { absolute(on_windows) } else { absolute(elsewhere).or_else(|| below_home(folder)) }
        };
        let config = base("APPDATA", "XDG_CONFIG_HOME", ".config");
        let containers = absolute("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
        let containers = containers.map(|base| base.join("containers").join("auth.json"));
        let native = if cfg!(target_os = "macos") { below_home("Library/Application Support") } else { config.clone() };
        let pip = if cfg!(windows) {
            config.as_ref().map(|base| base.join(r"pip\pip.ini"))
        } else {
            // On macOS the platform's folder counts where it is there (pip: Configuration).
            let base = native.as_ref().filter(|base| base.join("pip").is_dir()).or(config.as_ref());
            base.map(|base| base.join("pip/pip.conf"))
        };
        let terraform = if cfg!(windows) {
            config.as_ref().map(|base| (base.join("terraform.rc"), base.join(r"terraform.d\plugins")))
        } else {
            home.as_ref().map(|home| (home.join(".terraformrc"), home.join(".terraform.d/plugins")))
        };
        let data = base("LOCALAPPDATA", "XDG_DATA_HOME", ".local/share");
        Self { home, config, data, native, containers, pip, terraform }
    }
}

#[cfg(all(test, not(any(target_os = "macos", windows))))]
mod tests {
    use super::*;

    fn folders<const N: usize>(pairs: [(&str, &str); N]) -> (Option<String>, Option<String>) {
        let folders = Folders::from_environment(&Environment::from_pairs(pairs));
        let text = |path: Option<PathBuf>| path.map(|path| path.to_str().unwrap().to_owned());
        (text(folders.config), text(folders.state))
    }

    #[test]
    fn home_and_xdg() {
        assert_eq!(
            folders([("HOME", "/home/ada")]),
            (Some("/home/ada/.config/tok".into()), Some("/home/ada/.local/state/tok".into()))
        );
        assert_eq!(
            folders([("HOME", "/home/ada"), ("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s")]),
            (Some("/c/tok".into()), Some("/s/tok".into()))
        );
    }

    #[test] // R06
    fn a_relative_path_counts_as_unset() {
        assert_eq!(folders([("HOME", "home"), ("XDG_STATE_HOME", "s")]), (None, None));
        assert_eq!(folders([("HOME", ""), ("XDG_CONFIG_HOME", "/c")]), (Some("/c/tok".into()), None));
    }

    #[test]
    fn other_programs_have_theirs() {
        let bases = |pairs: &[(&str, &str)]| Bases::from_environment(&Environment::from_pairs(pairs.iter().copied()));
        let usual = bases(&[("HOME", "/h")]);
        let expected = ["/h", "/h/.config", "/h/.local/share", "/h/.config", "/h/.config/pip/pip.conf"];
        let found = [&usual.home, &usual.config, &usual.data, &usual.native, &usual.pip];
        assert_eq!(found.map(|path| path.clone().unwrap()), expected.map(PathBuf::from));
        assert_eq!(usual.containers, Some("/h/.config/containers/auth.json".into()));
        assert_eq!(usual.terraform, Some(("/h/.terraformrc".into(), "/h/.terraform.d/plugins".into())));
        let named = bases(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "d")]);
        assert_eq!((named.config, named.data), (Some("/c".into()), Some("/h/.local/share".into())));
        assert_eq!(bases(&[]), Bases::default());
    }

    #[test] // H01
    fn without_home_there_is_none() {
        assert_eq!(folders([("PATH", "/bin")]), (None, None));
    }
}
