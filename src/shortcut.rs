//! The short way of `tok token`: when the kernel's cache holds a token that was made for just this call, it is printed
//! without reading the configuration, parsing with clap, or touching a store.
//!
//! It may only ever give the answer that the ordinary way would give. So it serves nothing but `token` with
//! `--header`, `--min-ttl`, `--profile` and the options that change no answer; it steps aside for any variable that
//! could change the settings; and the cached copy must carry the fingerprint of the configuration file as it is now.
//! Whatever is doubtful goes the ordinary way, which also reports what is wrong.

use std::ffi::OsString;
use std::time::Duration;

use crate::secret::Secret;
use crate::settings::{self, ProfileName};
use crate::store::{AccessCache, CacheSlot};
use crate::sys::clock::{Clock, SystemClock};
use crate::sys::environment::Environment;
use crate::sys::files;
use crate::sys::paths::Folders;

/// What the short way understands of a command line.
#[derive(Debug, PartialEq, Eq)]
struct Call<'a> {
    header: bool,
    min_ttl: Duration,
    profile: Option<&'a str>,
}

/// The line to print, if the cached copy answers this call.
#[must_use]
pub fn answer(arguments: &[OsString], environment: &Environment) -> Option<Secret> {
    let call = Call::read(arguments)?;
    if !settings::only_the_file_decides(environment) {
        return None;
    }
    let named = match call.profile {
        Some(name) => Some(name),
        None => environment.text("TOK_PROFILE").ok()?,
    };
    if let Some(name) = named {
        ProfileName::parse(name).ok()?;
    }
    let folders = Folders::from_environment(environment);
    let path = settings::config_path(None, environment, &folders)?.value;
    let slot = CacheSlot::new(named.unwrap_or_default(), &settings::scope(Some(&path)));
    let cached = AccessCache::kernel().get(&slot)?;
    if cached.config != files::fingerprint(&path) {
        return None;
    }
    let clock = SystemClock;
    let left = cached.left(clock.now(), clock.since_boot().map(|since| since.as_secs()));
    if left.is_some_and(|left| left == 0 || left < call.min_ttl.as_secs()) {
        return None;
    }
    // Standard output is a boundary: the token leaves the program here.
    let token = cached.token.expose();
    Some(if call.header { Secret::new(["Authorization: Bearer ", token].concat()) } else { cached.token })
}

impl<'a> Call<'a> {
    /// Reads a command line in which nothing is but `token` and what the short way understands.
    fn read(arguments: &'a [OsString]) -> Option<Self> {
        let mut call = Self { header: false, min_ttl: settings::min_ttl(None).ok()?, profile: None };
        let mut is_token = false;
        let mut words = arguments.iter();
        // By another name the words mean something else (`cli::by_name`).
        let name = words.next()?.as_encoded_bytes();
        if name != b"tok" && !name.ends_with(b"/tok") {
            return None;
        }
        while let Some(word) = words.next() {
            match word.to_str()? {
                "token" if !is_token => is_token = true,
                "--header" if is_token && !call.header => call.header = true,
                "-p" | "--profile" if call.profile.is_none() => call.profile = Some(words.next()?.to_str()?),
                "--min-ttl" if is_token => call.min_ttl = settings::min_ttl(Some(words.next()?.to_str()?)).ok()?,
                "-q" | "--quiet" | "--no-input" => {}
                _ => return None,
            }
        }
        is_token.then_some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Option<(bool, u64, Option<String>)> {
        let words: Vec<OsString> = std::iter::once("tok").chain(words.iter().copied()).map(OsString::from).collect();
        Call::read(&words).map(|call| (call.header, call.min_ttl.as_secs(), call.profile.map(str::to_owned)))
    }

    #[test]
    fn it_serves_token_alone() {
        assert_eq!(read(&["token"]), Some((false, 30, None)));
        assert_eq!(read(&["-p", "work", "token", "--header"]), Some((true, 30, Some("work".into()))));
        assert_eq!(read(&["token", "--min-ttl", "10m", "--profile", "a"]), Some((false, 600, Some("a".into()))));
        assert_eq!(read(&["token", "-q", "--no-input"]), Some((false, 30, None)));
    }

    #[test]
    fn whatever_it_does_not_know_goes_the_ordinary_way() {
        for words in [
            &[][..],
            &["refresh"],
            &["token", "token"],
            &["token", "--json"],
            &["token", "--issuer", "https://a"],
            &["token", "--header", "--header"],
            &["token", "-p"],
            &["token", "-p", "a", "-p", "b"],
            &["token", "--min-ttl", "soon"],
            &["token", "--config", "x"],
            &["token", "-v"],
            &["--header", "token"],
            &["--", "token"],
            &["token", "--help"],
        ] {
            assert_eq!(read(words), None, "{words:?}");
        }
    }
}
