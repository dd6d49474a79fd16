//! From a cause to what a person reads: one table of exit code and hint, cause by cause, and the report.
//!
//! Each room has its leaf error and says what happened, without advice. Here, and only here, a typed cause gets its
//! exit code and the next thing to do. Advice names a command only where it can work: nobody is told to log in where
//! nobody can type.
//!
//! | file | responsible for |
//! |---|---|
//! | this one | exit codes, the report and its lines |
//! | `table` | exit code and hint of every cause: the rows of sessions and stores, and where the others are |
//! | `local` | the hints of a call, of settings, of files |
//! | `setup` | why a program was not set up |
//! | `server` | the hints of what a server, or the way to it, did wrong |

mod local;
mod server;
mod setup;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use anyhow::Error;

use crate::oauth::{BadUrl, Foreign, GrantKind};
use crate::session::SessionError;
use crate::store::{StoreError, StoreKind};

pub use setup::SetupError;

/// The documented exit codes. Death by a signal adds 128 + its number by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Anything else.
    Other = 1,
    /// Usage or configuration; also: no token endpoint is there.
    Usage = 2,
    /// No session, or the server refused the refresh.
    LoginNeeded = 3,
    /// The server refused the credentials or the request.
    Refused = 4,
    /// Network, TLS, timeout, 429, 5xx.
    Temporary = 5,
    /// The secret store is missing, locked, full or too slow.
    Store = 6,
}

impl Exit {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Other, Self::Usage, Self::LoginNeeded, Self::Refused, Self::Temporary, Self::Store];

    /// What it tells a script, in one line: for the help, the man pages and the README.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Other => "anything else",
            Self::Usage => "usage or configuration; no token endpoint there",
            Self::LoginNeeded => "login needed: no session, or the server refused the refresh",
            Self::Refused => "the server refused the credentials or the request",
            Self::Temporary => "temporary: network, TLS, timeout, 429, 5xx",
            Self::Store => "the secret store is missing, locked, full or too slow",
        }
    }

    /// What a script does about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Other => "report",
            Self::Usage => "fix the call",
            Self::LoginNeeded => "tok login",
            Self::Refused => "fix the credentials",
            Self::Temporary => "try again later",
            Self::Store => "see the hint",
        }
    }
}

/// A call that makes no sense as it stands.
#[derive(Debug)]
pub enum Usage {
    /// A login elsewhere would change the profile, and nobody can be asked.
    OtherProfile {
        /// The profile.
        profile: String,
        /// What would change.
        changes: Vec<String>,
    },
    /// The same with `--no-save`: the profile's session would be replaced by one that is not the profile's.
    OtherProfileUnsaved {
        /// The profile.
        profile: String,
        /// What differs.
        changes: Vec<String>,
    },
    /// The person said no.
    Declined,
    /// `refresh` where nothing is kept.
    NothingKept,
    /// A header is asked for whose token is bound to a key (RFC 9449): it needs a proof, and that a URL.
    NeedsUrl,
    /// A token that is bound to a key (RFC 9449) is asked for by a program that could not prove having that.
    BoundToKey,
    /// An option of `tok token` for which no proof can be made.
    BadProof {
        /// The option.
        option: &'static str,
        /// What it should be, to follow "expected".
        expected: &'static str,
    },
    /// `curl` where its arguments name no address, or more than one, or hide some.
    CurlTakesOne,
    /// `curl` with an option of curl's that is not known to be harmless, or lacks its value.
    CurlOption(Foreign),
    /// `curl` with an address to which no token may go.
    CurlAddress(BadUrl),
    /// `curl` where there is no curl.
    NoCurl,
    /// `exec` without a command.
    NoCommand,
    /// `exec` with a command that is not there.
    NoProgram(Foreign),
    /// `exec` with what is no name of a variable.
    BadVariable(Foreign),
    /// A file for a token, on a system that has none that is gone afterwards.
    NoFileHere,
    /// A helper was asked something that its protocol does not have, or does not have in this form.
    HelperInput(&'static str),
    /// A helper was asked for an operation that it does not have.
    HelperOperation(Foreign),
    /// A helper is to keep what another program has.
    HelperKeepsNothing,
    /// A helper is to forget what another program had from it.
    HelperForgetsNothing,
    /// A helper was asked for an address to which no token may go.
    HelperAddress(BadUrl),
    /// An option of a helper.
    HelperOption {
        /// The option.
        option: &'static str,
        /// What it should be, to follow "expected".
        expected: &'static str,
    },
    /// `helper kube` where neither kubectl nor an option says which cluster is meant.
    WhichCluster,
    /// `helper pnpm` where no option says which registry is meant, and the profile has not just one service.
    WhichRegistry,
    /// `token --header` where the server issued something that gives no access.
    NoAccessToken {
        /// What it issued; empty where it did not say.
        kind: Foreign,
    },
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherProfile { profile, changes } | Self::OtherProfileUnsaved { profile, changes } => {
                write!(f, "profile {profile} names something else")?;
                changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
            }
            Self::Declined => f.write_str("nothing was changed"),
            Self::NeedsUrl => {
                f.write_str("the token is bound to a key (DPoP), so that its header is for one request alone")
            }
            Self::BoundToKey => {
                f.write_str("the token is bound to a key (DPoP), so that it cannot be handed to another program")
            }
            Self::BadProof { option, expected } | Self::HelperOption { option, expected } => {
                write!(f, "{option}: expected {expected}")
            }
            Self::NothingKept => f.write_str("nothing is kept here (store none), so there is nothing to refresh"),
            Self::CurlTakesOne => f.write_str("curl's arguments do not name just one address"),
            Self::CurlOption(name) => write!(f, "curl's option {name} is not passed on, or has no value"),
            Self::CurlAddress(why) => write!(f, "no token is sent there: {why}"),
            Self::NoCurl => f.write_str("there is no curl in PATH"),
            Self::NoCommand => f.write_str("there is no command to run"),
            Self::NoProgram(name) if name.raw().contains(std::path::is_separator) => write!(f, "there is no {name}"),
            Self::NoProgram(name) => write!(f, "there is no {name} in PATH"),
            Self::BadVariable(name) => {
                write!(f, "\"{name}\" is no name of a variable: expected letters, digits and \"_\", not a digit first")
            }
            Self::NoFileHere => f.write_str("this system has no file that is gone with the program"),
            Self::HelperInput(what) => f.write_str(what),
            Self::HelperOperation(name) => write!(f, "a helper has no operation \"{name}\""),
            Self::HelperKeepsNothing => {
                f.write_str("a helper keeps nothing for other programs: the token is that of a profile's session")
            }
            Self::HelperForgetsNothing => {
                f.write_str("a helper forgets nothing for other programs: the session is a profile's")
            }
            Self::HelperAddress(why) => write!(f, "no token goes there: {why}"),
            Self::WhichCluster => f.write_str("it is not said for which cluster the token is"),
            Self::WhichRegistry => {
                f.write_str("it is not said for which registry the token is, and the profile is not bound to just one")
            }
            Self::NoAccessToken { kind } => {
                f.write_str("the server issued no access token, so that there is no header to print")?;
                if kind.raw().is_empty() { Ok(()) } else { write!(f, ": it is {kind}") }
            }
        }
    }
}

impl std::error::Error for Usage {}

/// What came of asking a cloud's security token service for keys. Nothing of its answer is in here but a code whose
/// characters are known (U07).
#[derive(Debug)]
pub enum StsError {
    /// It said no.
    Refused {
        /// The status.
        status: u16,
        /// Why, in its own vocabulary.
        code: Option<Foreign>,
    },
    /// It is in trouble itself.
    ServerFailed {
        /// The status.
        status: u16,
    },
    /// It answers elsewhere; a token is not sent on.
    Moved {
        /// The status.
        status: u16,
    },
    /// No keys are in its answer.
    Unreadable,
}

impl fmt::Display for StsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, code: Some(code) } => {
                write!(f, "the security token service refused the token: {code} (HTTP {status})")
            }
            Self::Refused { status, code: None } => {
                write!(f, "the security token service refused the token (HTTP {status})")
            }
            Self::ServerFailed { status } => write!(f, "the security token service failed (HTTP {status})"),
            Self::Moved { status } => write!(f, "the security token service redirects (HTTP {status})"),
            Self::Unreadable => f.write_str("the security token service's answer holds no keys"),
        }
    }
}

impl std::error::Error for StsError {}

/// Where the advice has to work.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Somebody is there to type.
    pub can_prompt: bool,
    /// Somebody is there who would be asked, were it not switched off.
    pub told_not_to_ask: bool,
    /// Whoever reads it started another program, which asked: what has to be typed may be typed elsewhere.
    pub for_a_program: bool,
    /// The profile, where it was named: ` -p work`.
    pub profile: Option<String>,
    /// The grant that the profile names; the password where nothing is known of it.
    pub grant: Option<GrantKind>,
    /// The stores that would work here, the failed one apart.
    pub stores: Vec<StoreKind>,
}

impl Place {
    /// `tok VERB` for the profile at hand.
    fn tok(&self, verb: &str) -> String {
        match &self.profile {
            Some(profile) => format!("tok -p {profile} {verb}"),
            None => format!("tok {verb}"),
        }
    }
}

/// What is reported of a failure.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// What failed.
    pub message: String,
    /// Why, outermost first.
    pub causes: Vec<String>,
    /// What to do.
    pub hint: Option<String>,
    /// The exit code.
    pub exit: Exit,
}

impl Report {
    /// Reads an error chain.
    #[must_use]
    pub fn of(error: &Error, place: &Place) -> Self {
        let mut texts: Vec<String> = error.chain().map(ToString::to_string).collect();
        if let Some(SessionError::Adopted { causes, .. }) = error.downcast_ref() {
            texts.extend(causes.iter().cloned());
        }
        texts.dedup();
        let message = texts.remove(0);
        let (exit, hint) = table::verdict(error, place);
        Self { message, causes: texts, hint, exit }
    }
}

impl Report {
    /// The lines `tok: ...`, `caused by: ...`, `hint: ...`.
    #[must_use]
    pub fn lines(&self, colour: bool) -> Vec<String> {
        let paint =
            |code: &str, word: &str| if colour { format!("\x1b[{code}m{word}\x1b[0m") } else { word.to_owned() };
        let mut lines = vec![format!("{} {}", paint("1;31", "tok:"), self.message)];
        lines.extend(self.causes.iter().map(|cause| format!("{} {cause}", paint("1", "caused by:"))));
        lines.extend(self.hint.iter().map(|hint| format!("{} {hint}", paint("1;36", "hint:"))));
        lines
    }

    /// The same on one line, for programs that show it among their own: `tok: WHAT: WHY; HINT`.
    #[must_use]
    pub fn line(&self) -> String {
        let what = std::iter::once(&self.message).chain(&self.causes).map(|text| text.replace('\n', " "));
        let hint = self.hint.iter().map(|hint| format!("; {hint}"));
        ["tok: ".to_owned(), what.collect::<Vec<_>>().join(": ")].into_iter().chain(hint).collect()
    }
}

/// Which store failed, if one did: the hint then names those that would work.
#[must_use]
pub fn failed_store(error: &Error) -> Option<StoreKind> {
    error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()).map(|error| error.store)
}
