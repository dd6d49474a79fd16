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
    let path = settings::config_path(None, environment, &folders)?;
    let slot = CacheSlot::new(named.unwrap_or_default(), &settings::scope(Some(&path)));
    let cached = AccessCache::kernel().get(&slot)?;
    if cached.config != files::fingerprint(&path)? {
        return None;
    }
    let clock = SystemClock;
    let left = cached.left(clock.now(), clock.since_boot());
    if left.is_some_and(|left| left == 0 || left < call.min_ttl.as_secs()) {
        return None;
    }
    // Standard output is a boundary: the token leaves the program here.
    let token = cached.token.expose();
    Some(if call.header { Secret::new(["Authorization: Bearer ", token].concat()) } else { cached.token })
}
