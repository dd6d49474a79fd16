//! The person's browser.

use std::ffi::OsString;
use std::fmt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::child::{safe_path, without_secrets};
use super::environment::Environment;
use crate::oauth::Endpoint;

/// How long an opener may take to say that it cannot: after that it is taken for a browser that runs.
const MOMENT: Duration = Duration::from_millis(700);
/// How often it is looked at meanwhile.
const GLANCE: Duration = Duration::from_millis(20);

/// No browser could be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoBrowser;

impl fmt::Display for NoBrowser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no browser could be started")
    }
}

impl std::error::Error for NoBrowser {}

/// Whether a browser that is started here would show up before the person's eyes: not on the far end of ssh, and on Linux
/// only where there is a display, or `BROWSER` names something that needs none.
#[must_use]
pub fn is_there(environment: &Environment) -> bool {
    let is_set = |name: &str| environment.path(name).is_some();
    let far = is_set("SSH_CONNECTION") || is_set("SSH_TTY");
    let display =
        cfg!(any(target_os = "macos", windows)) || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].into_iter().any(is_set);
    display && !far
}

/// Opens an address in the browser: without a shell, and an [`Endpoint`] is http or https (U05). The browser gets no
/// secret of the environment (M04) and none of our streams, and is not waited for.
///
/// # Errors
/// [`NoBrowser`]
pub fn open(url: &Endpoint, environment: &Environment) -> Result<(), NoBrowser> {
    open_within(MOMENT, url, environment)
}

/// The same, with so long for an opener to say that it cannot.
fn open_within(moment: Duration, url: &Endpoint, environment: &Environment) -> Result<(), NoBrowser> {
    let started = |words: &Vec<OsString>| start(words, environment, moment);
    openers(url.as_str(), environment).iter().any(started).then_some(()).ok_or(NoBrowser)
}

/// What can open it, in the order in which to try: each a program by its absolute path, and its arguments.
#[cfg(target_os = "macos")]
fn openers(url: &str, _: &Environment) -> Vec<Vec<OsString>> {
    vec![vec!["/usr/bin/open".into(), url.into()]]
}

#[cfg(windows)]
fn openers(url: &str, environment: &Environment) -> Vec<Vec<OsString>> {
    let windows = environment.path("SystemRoot").filter(|path| path.is_absolute());
    let program = windows.unwrap_or_else(|| r"C:\Windows".into()).join(r"System32\rundll32.exe");
    vec![vec![program.into_os_string(), "url.dll,FileProtocolHandler".into(), url.into()]]
}

#[cfg(not(any(target_os = "macos", windows)))]
use named::openers;

#[cfg(not(any(target_os = "macos", windows)))]
mod named {
    use std::env;
    use std::ffi::{OsStr, OsString};
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::{Path, PathBuf};

    use crate::sys::child::safe_path;
    use crate::sys::environment::Environment;

    /// `BROWSER` as xdg-open and Python read it, commands between colons, then xdg-open.
    pub fn openers(url: &str, environment: &Environment) -> Vec<Vec<OsString>> {
        let named = environment.raw("BROWSER").and_then(OsStr::to_str).unwrap_or_default();
        let mut commands: Vec<Vec<String>> = named.split(':').map(|command| with_url(command, url)).collect();
        commands.push(vec!["xdg-open".to_owned(), url.to_owned()]);
        let found = |words: Vec<String>| {
            let mut words = words.into_iter();
            let program = find(&words.next()?, environment)?;
            Some([program.into_os_string()].into_iter().chain(words.map(OsString::from)).collect())
        };
        commands.into_iter().filter_map(found).collect()
    }

    /// The words of a command with the address where `%s` stands, else at the end; `%%` is a percent sign. Nothing is
    /// quoted in there: no shell reads it.
    pub fn with_url(command: &str, url: &str) -> Vec<String> {
        let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let mut placed = false;
        for word in words.iter_mut().skip(1) {
            let parts: Vec<&str> = word.split("%%").collect();
            placed |= parts.iter().any(|part| part.contains("%s"));
            *word = parts.into_iter().map(|part| part.replace("%s", url)).collect::<Vec<_>>().join("%");
        }
        if !placed && !words.is_empty() {
            words.push(url.to_owned());
        }
        words
    }

    /// A program's absolute path: as it is named, or where `PATH` leads to it, relative folders left out (I06).
    fn find(program: &str, environment: &Environment) -> Option<PathBuf> {
        if program.contains('/') {
            return Some(PathBuf::from(program)).filter(|path| path.is_absolute() && can_run(path));
        }
        env::split_paths(&safe_path(environment)).map(|folder| folder.join(program)).find(|path| can_run(path))
    }

    fn can_run(path: &Path) -> bool {
        path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    }
}

/// Whether it was started and did not fail at once.
fn start(words: &[OsString], environment: &Environment, moment: Duration) -> bool {
    let Some((program, arguments)) = words.split_first() else { return false };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    without_secrets(&mut command);
    command.env("PATH", safe_path(environment));
    // A Ctrl-C that is meant for us is not for the browser.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let Ok(mut child) = command.spawn() else { return false };
    let deadline = Instant::now() + moment;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if Instant::now() < deadline => thread::sleep(GLANCE),
            Ok(None) | Err(_) => return true,
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::named::with_url;
    use super::*;
    use crate::sys::testing::write_program;

    /// So long that what ends at all has ended, however busy the machine is.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_browser_needs_a_display_that_the_person_sees() {
        let there = |pairs: &[(&str, &str)]| is_there(&Environment::from_pairs(pairs.iter().copied()));
        assert!(there(&[("DISPLAY", ":0")]) && there(&[("WAYLAND_DISPLAY", "wayland-0")]));
        assert!(there(&[("BROWSER", "wslview")]));
        assert!(!there(&[]) && !there(&[("DISPLAY", "")]));
        assert!(!there(&[("DISPLAY", "localhost:10.0"), ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")]));
    }

    #[test]
    fn the_address_goes_where_the_command_wants_it() {
        let url = "https://h/a?x=%20&y=$(id)";
        assert_eq!(with_url("w3m", url), ["w3m", url]);
        assert_eq!(with_url("a b%%s", url), ["a", "b%s", url]);
        assert_eq!(with_url(" a  --new %s -b ", url), ["a", "--new", url, "-b"]);
        assert_eq!(with_url("a --url=%s 100%%s", url), ["a", &format!("--url={url}"), "100%s"]);
        assert_eq!(with_url(" ", url), [""; 0]);
    }

    fn folder_with(name: &str, text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        write_program(&folder.path().join(name), text);
        let place = folder.path().to_str().unwrap().to_owned();
        (folder, place)
    }

    #[test] // I06, U05
    fn programs_are_found_by_absolute_folders_alone() {
        let (_folder, place) = folder_with("a-browser", "");
        let opened_by = |browser: &str, path: &str| -> Vec<Vec<String>> {
            let environment = Environment::from_pairs([("BROWSER", browser), ("PATH", path)]);
            let found = openers("https://h/", &environment);
            found.into_iter().map(|words| words.into_iter().map(|word| word.into_string().unwrap()).collect()).collect()
        };
        let found = format!("{place}/a-browser");
        assert_eq!(opened_by("nothing:a-browser -x %s", &place), [[found.as_str(), "-x", "https://h/"]]);
        assert_eq!(opened_by(&found, "/nowhere"), [[found.as_str(), "https://h/"]]);
        for browser in ["./a-browser", "../x/a-browser", "", ":"] {
            assert_eq!(opened_by(browser, "/nowhere"), [[""; 0]; 0], "{browser}");
        }
        // The working directory of a test is the crate's own, where there is a Cargo.toml.
        assert_eq!(opened_by("Cargo.toml", ".:/nowhere"), [[""; 0]; 0]);
    }

    #[test] // U05, M04
    fn what_is_started_gets_the_address_and_no_secret() {
        let (_folder, place) =
            folder_with("b", "#!/bin/sh\n{ echo \"$1\"; env; } >\"$0.said.tmp\"\nmv \"$0.said.tmp\" \"$0.said\"\n");
        let environment = Environment::from_pairs([("BROWSER", format!("{place}/b"))]);
        let url = Endpoint::parse("https://h/a?x='$(id)';&b=`id`").unwrap();
        open_within(LONG, &url, &environment).unwrap();
        let said = std::fs::read_to_string(format!("{place}/b.said")).unwrap();
        assert_eq!(said.lines().next(), Some(url.as_str()));
        assert!(said.contains("\nPATH=") && !said.contains("TOK_PASSWORD"), "{said}");
    }

    #[test]
    fn one_that_fails_at_once_is_none_and_one_that_runs_is_not_waited_for() {
        // One that runs until its folder is gone.
        let script = "#!/bin/sh\n[ \"$1\" = fail ] && exit 3\nwhile [ -e \"$0\" ]; do sleep 1; done\n";
        let (_folder, place) = folder_with("b", script);
        let opened = |command: &str, moment| {
            let path = format!("{place}:/usr/bin:/bin");
            let environment = Environment::from_pairs([("BROWSER", format!("{place}/{command}")), ("PATH", path)]);
            open_within(moment, &Endpoint::parse("https://h/").unwrap(), &environment)
        };
        assert_eq!(opened("b fail", LONG), Err(NoBrowser));
        assert_eq!(opened("b run", MOMENT), Ok(()));
    }
}
