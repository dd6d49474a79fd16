//! The hints of what stands on this side: a call, a question, the settings, the settings of other programs, files.

use super::table::{Verdict, hint};
use super::{Exit, Place, SetupError, Usage};
use crate::oauth::{BadUrl, Foreign};
use crate::settings::{BadValue, ConfigError, Key, Origin, SettingsError};
use crate::sys::files::{FileError, FileFault};
use crate::sys::prompt::PromptError;

pub(super) fn usage(error: &Usage, place: &Place) -> Verdict {
    match error {
        Usage::OtherProfile { .. } => {
            hint(Exit::Usage, "use another profile (-p NAME), or change this one first: tok profile set KEY=VALUE")
        }
        Usage::OtherProfileUnsaved { .. } => hint(Exit::Usage, "use another profile: -p NAME"),
        Usage::Declined => (Exit::Other, None),
        Usage::CurlTakesOne => hint(
            Exit::Usage,
            "tok curl -- [curl's options] https://...: one address, with its scheme, and quotes around what has spaces",
        ),
        Usage::CurlOption(_) => hint(
            Exit::Usage,
            "write curl's options in full; for others pass the token on: tok token --header | curl -H @-",
        ),
        Usage::NoCurl => hint(Exit::Usage, "install it, or use another client: tok token --header"),
        Usage::NeedsUrl => hint(Exit::Usage, "name it: tok token --header --url URL --method METHOD"),
        Usage::BadProof { .. }
        | Usage::CurlAddress(_)
        | Usage::NoCommand
        | Usage::BadVariable(_)
        | Usage::HelperInput(_)
        | Usage::HelperOperation(_)
        | Usage::HelperAddress(_)
        | Usage::HelperOption { .. } => (Exit::Usage, None),
        Usage::HelperKeepsNothing => hint(Exit::Usage, format!("{} says whether there is one", place.tok("show"))),
        Usage::HelperForgetsNothing => hint(Exit::Usage, format!("{} ends it", place.tok("logout"))),
        Usage::WhichCluster => hint(
            Exit::Usage,
            "write provideClusterInfo: true into the user's exec section, or --for https://HOST:PORT into its args",
        ),
        Usage::WhichRegistry => {
            hint(Exit::Usage, "name it: --for ORIGIN, or start the helper as tok-bearer-PROFILE@HOST")
        }
        Usage::NoAccessToken { .. } => {
            hint(Exit::Usage, "leave --header out, or ask for access: --requested-token-type access_token")
        }
        Usage::NoProgram(_) => hint(Exit::Usage, "install it, or write its path"),
        Usage::NoFileHere => hint(
            Exit::Usage,
            "put the token into a variable: tok exec --env VAR; for curl: tok token --header | curl -H @-",
        ),
        Usage::BoundToKey => hint(Exit::Usage, "use a profile without dpop for this service, or tok curl"),
        Usage::NothingKept => hint(Exit::Usage, "tok token asks the server each time"),
    }
}

pub(super) fn setup(error: &SetupError, place: &Place) -> Verdict {
    match error {
        SetupError::Taken { .. } => hint(
            Exit::Usage,
            "take it out first; what tok setup wrote for another profile or folder goes with --remove",
        ),
        SetupError::NameTaken(_) => {
            hint(Exit::Usage, "move it away; what tok setup put there before goes with --remove")
        }
        SetupError::Unreadable { .. } => hint(Exit::Usage, "mend it first; it was left as it is"),
        SetupError::ByHand { .. } => hint(Exit::Usage, "when that is there, the same again does the rest"),
        SetupError::NeedsOption { .. } => (Exit::Usage, None),
        SetupError::File(why) => (
            Exit::Usage,
            match why.kind {
                FileFault::WorldWritable => Some(not_by_others(why)),
                FileFault::Busy | FileFault::Changed => Some("try again".to_owned()),
                FileFault::NoLinks => {
                    Some("switch on the developer mode of Windows, or run this as administrator".to_owned())
                }
                FileFault::Claimed => Some(format!(
                    "try again; if nothing writes there any more: rm {}",
                    Foreign::new(why.path.to_string_lossy())
                )),
                _ => None,
            },
        ),
        SetupError::NoProgram(_) => hint(Exit::Usage, "install it; it reads its own settings"),
        SetupError::NoFolder => hint(Exit::Usage, "set HOME to a folder of yours"),
        SetupError::BadPath(_) => hint(Exit::Usage, "put tok, or its link, into another folder"),
        SetupError::SwitchedOff(name) => hint(Exit::Usage, format!("unset {name}")),
        SetupError::OtherToken { origin, .. } => hint(Exit::Usage, place.tok(&format!("bind {origin} --id-token"))),
        SetupError::OtherAnswers { origin, profile, others, .. } => {
            let unbind: Vec<_> = others.iter().map(|other| format!("tok -p {other} bind --remove {origin}")).collect();
            hint(Exit::Usage, format!("{}, or tok profile default {profile}", unbind.join(" and ")))
        }
        SetupError::Journal(_) => hint(Exit::Other, "move it away; what it says, --remove can then no longer undo"),
        SetupError::NotUndone { .. } => {
            hint(Exit::Other, "mend that, then undo it: tok setup CLIENT --for ORIGIN --remove")
        }
    }
}

pub(super) fn prompt(error: &PromptError) -> Verdict {
    match error {
        PromptError::NoTerminal => {
            hint(Exit::Usage, "give the value as an option or in the environment: tok help login")
        }
        PromptError::Bad(_) => (Exit::Usage, None),
        PromptError::NoAnswer | PromptError::Interrupted | PromptError::Io(_) => (Exit::Other, None),
    }
}

pub(super) fn settings(error: &SettingsError, place: &Place) -> Option<String> {
    match error {
        SettingsError::Config(error) => config(error),
        SettingsError::EmptyVariable(name) => {
            Some(format!("unset {name} or give it a value; in a CI job, check that the job is given the secret"))
        }
        SettingsError::BadValue { why: BadValue::Url(BadUrl::UserInfo), .. } => {
            Some("leave user name and password out of the URL; they have settings of their own".to_owned())
        }
        SettingsError::BadValue { origin: Origin::Profile { .. }, key, .. } => Some(mend(*key, place)),
        SettingsError::UnknownProfile { profile, known, .. } => {
            let name = &profile.value;
            Some(match (known.as_slice(), &profile.origin) {
                (_, Origin::Profile { .. }) => "tok profile default NAME chooses another".to_owned(),
                ([], _) => format!("tok profile set {name} issuer=URL client-id=ID makes it"),
                _ => "tok profile list shows the profiles, tok profile set NAME issuer=URL client-id=ID makes one"
                    .to_owned(),
            })
        }
        SettingsError::NotBound { origins, profile } => origins.first().map(|origin| {
            let name = profile.as_ref().map_or_else(String::new, |name| format!("-p {name} "));
            format!("if it may have the token: tok {name}bind {origin}")
        }),
        SettingsError::BoundSeveralTimes { .. } => Some("name one with -p, or make it the default profile".to_owned()),
        SettingsError::NotAnAssignment(_) => {
            Some("the profile's name comes first, if at all: tok profile set NAME KEY=VALUE".to_owned())
        }
        // Each of these says what was expected and where.
        SettingsError::BadDuration { .. }
        | SettingsError::Variable(_)
        | SettingsError::BadValue { .. }
        | SettingsError::TwoSources { .. }
        | SettingsError::ProfileName { .. }
        | SettingsError::BadService { .. }
        | SettingsError::UnknownKey(_)
        | SettingsError::BadAssignment { .. } => None,
    }
}

/// How to mend a value in the file. It may be another profile's than the selected one: `tok profile show NAME`.
fn mend(key: Key, place: &Place) -> String {
    let name = place.profile.as_deref().unwrap_or("[NAME]");
    format!("tok profile set {name} {key}=VALUE, or tok profile set {name} --unset {key}")
}

pub(super) fn config(error: &ConfigError) -> Option<String> {
    match error {
        ConfigError::File(error) => config_file(error),
        // A file that cannot be read is changed by hand, and the line is named.
        ConfigError::Line { .. } => None,
        ConfigError::NoFolder => Some(
            "set HOME or XDG_CONFIG_HOME to a folder of yours, or name a file: --config FILE, TOK_CONFIG".to_owned(),
        ),
        ConfigError::PathNotUtf8 => Some("rename it, or give it with each call and log in with --no-save".to_owned()),
        ConfigError::Layout(_) => Some("give each profile a table of its own: [profiles.NAME]".to_owned()),
    }
}

/// The configuration file: all other files have errors of their own around this one.
pub(super) fn config_file(error: &FileError) -> Option<String> {
    match error.kind {
        FileFault::WorldWritable => Some(not_by_others(error)),
        FileFault::NotOurs => Some("name a file of yours: --config FILE, TOK_CONFIG".to_owned()),
        FileFault::ReadOnly => Some("tok login --no-save leaves the file as it is".to_owned()),
        FileFault::Busy | FileFault::Changed => Some("try again".to_owned()),
        FileFault::Symlink
        | FileFault::NotAFile
        | FileFault::NotAFolder
        | FileFault::TooLarge(_)
        | FileFault::NotUtf8
        | FileFault::Full
        | FileFault::NotKept
        | FileFault::NotALink
        | FileFault::Claimed
        | FileFault::NoLinks
        | FileFault::Io(..) => None,
    }
}

pub(super) fn not_by_others(error: &FileError) -> String {
    format!("chmod o-w {}", Foreign::new(error.path.to_string_lossy()))
}
