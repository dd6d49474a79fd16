//! From a cause to what a person reads: one table of exit code and hint, cause by cause, and the report.
//!
//! Each room has its leaf error and says what happened, without advice. Here, and only here, a typed cause gets its
//! exit code and the next thing to do. Advice names a command only where it can work: nobody is told to log in where
//! nobody can type.

use std::fmt;

use anyhow::Error;

use crate::oauth::discovery::MetadataError;
use crate::oauth::{ErrorCode, TokenError};
use crate::session::error::{Doing, FailureClass, SecretFault};
use crate::session::record::BadRecord;
use crate::session::{Missing, NoSession, SessionError, failure};
use crate::settings::{ConfigError, SettingsError};
use crate::store::{LockError, StoreError, StoreFault, StoreKind};
use crate::sys::files::{FileError, FileFault};
use crate::sys::http::{TlsFault, TransportError, TransportFault};
use crate::sys::prompt::PromptError;
use crate::sys::terminal::OutputError;

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
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherProfile { profile, changes } | Self::OtherProfileUnsaved { profile, changes } => {
                write!(f, "profile {profile} names something else")?;
                changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
            }
            Self::Declined => f.write_str("nothing was changed"),
            Self::NothingKept => f.write_str("nothing is kept here (store none), so there is nothing to refresh"),
        }
    }
}

impl std::error::Error for Usage {}

/// Where the advice has to work.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Somebody is there to type.
    pub can_prompt: bool,
    /// The profile, where it was named: ` -p work`.
    pub profile: Option<String>,
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
        let (exit, hint) = verdict(error, place);
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
}

/// Which store failed, if one did: the hint then names those that would work.
#[must_use]
pub fn failed_store(error: &Error) -> Option<StoreKind> {
    error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()).map(|error| error.store)
}

type Verdict = (Exit, Option<String>);

fn hint(exit: Exit, text: impl Into<String>) -> Verdict {
    (exit, Some(text.into()))
}

/// The table: the outermost typed cause decides.
fn verdict(error: &Error, place: &Place) -> Verdict {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<SessionError>() {
            return session(error, place);
        } else if let Some(error) = cause.downcast_ref::<StoreError>() {
            return store(&error.fault, place);
        } else if let Some(error) = cause.downcast_ref::<SettingsError>() {
            return settings(error);
        } else if let Some(error) = cause.downcast_ref::<ConfigError>() {
            return config(error);
        } else if let Some(error) = cause.downcast_ref::<Usage>() {
            return usage(error);
        } else if let Some(error) = cause.downcast_ref::<FileError>() {
            return file(error);
        } else if let Some(error) = cause.downcast_ref::<PromptError>() {
            return prompt(error);
        } else if cause.downcast_ref::<OutputError>().is_some() {
            return (Exit::Other, None);
        }
    }
    (Exit::Other, None)
}

fn exit_of(class: FailureClass) -> Exit {
    match class {
        FailureClass::Temporary => Exit::Temporary,
        FailureClass::Refused => Exit::Refused,
        FailureClass::LoginNeeded => Exit::LoginNeeded,
        FailureClass::Configuration => Exit::Usage,
        FailureClass::Store => Exit::Store,
        FailureClass::Other => Exit::Other,
    }
}

fn session(error: &SessionError, place: &Place) -> Verdict {
    let exit = exit_of(failure::class(error));
    let text = match error {
        SessionError::NoSession(why) => Some(no_session(*why, place)),
        SessionError::Missing(what) => Some(missing(*what, place)),
        SessionError::Secret { fault, what } => secret(fault, what),
        SessionError::NoClientSecret(_) => Some(missing(Missing::ClientSecret, place)),
        SessionError::Metadata { tried, .. } => Some(metadata(tried.iter().map(|(_, why)| why))),
        SessionError::Transport(error) => transport(error),
        SessionError::Token { doing, error, .. } => token(*doing, error, place),
        SessionError::Revocation { .. } => {
            Some("the session may live on at the server until it expires; revoke it there if that matters".to_owned())
        }
        SessionError::Store(error) => return store(&error.fault, place),
        SessionError::Lost { error, .. } => {
            let (_, how) = store(&error.fault, place);
            let again =
                if place.can_prompt { format!("then {}", place.tok("login")) } else { "then log in anew".into() };
            Some(how.map_or_else(|| again.clone(), |how| format!("{how}; {again}")))
        }
        SessionError::Record { why: BadRecord::Newer(_), .. } => {
            Some("use the newer tok, or log out with it".to_owned())
        }
        SessionError::Record { why: BadRecord::Damaged, .. } => {
            Some(format!("{} removes it; log in again after that", place.tok("logout --local")))
        }
        SessionError::RecordedEndpoint => Some(format!("{} removes it", place.tok("logout --local"))),
        SessionError::Lock(LockError::TimedOut { .. }) => {
            Some("try again; if that process hangs, end it: the lock goes with it".to_owned())
        }
        SessionError::Lock(LockError::Folder(error)) => file(error).1,
        SessionError::Lock(LockError::Io { .. }) => Some("is the state folder on a writable disk?".to_owned()),
        SessionError::NoStateFolder => Some("set HOME or XDG_STATE_HOME to a folder of yours".to_owned()),
        SessionError::Adopted { class: FailureClass::LoginNeeded, .. } => Some(log_in(place)),
        SessionError::Adopted { .. } => None,
    };
    (exit, text)
}

/// How to get a session here.
fn log_in(place: &Place) -> String {
    if place.can_prompt {
        place.tok("login")
    } else {
        "set TOK_USERNAME and TOK_PASSWORD (or TOK_PASSWORD_FILE), with TOK_CLIENT_ID and TOK_ISSUER or \
         TOK_TOKEN_ENDPOINT where no profile names them"
            .to_owned()
    }
}

fn no_session(why: NoSession, place: &Place) -> String {
    match why {
        NoSession::OtherBinding(_) if place.can_prompt => {
            format!("{} for the profile as it is now; nothing was sent anywhere", place.tok("login"))
        }
        NoSession::NeverLoggedIn
        | NoSession::Ended
        | NoSession::OtherBinding(_)
        | NoSession::Expired
        | NoSession::NoRefreshToken
        | NoSession::WiderScopes => log_in(place),
    }
}

fn missing(what: Missing, place: &Place) -> String {
    match what {
        Missing::Where => {
            "give --issuer URL (or --token-endpoint URL) and --client-id ID; TOK_ISSUER, TOK_TOKEN_ENDPOINT and \
             TOK_CLIENT_ID do the same"
        }
        Missing::ClientId => "give --client-id ID (TOK_CLIENT_ID)",
        Missing::Username => "give --username USER (TOK_USERNAME)",
        Missing::Password if place.can_prompt => "type the password, or use --password-stdin",
        Missing::Password => {
            "use --password-stdin, --password-file or --password-command, or set TOK_PASSWORD or TOK_PASSWORD_FILE"
        }
        Missing::ClientSecret => {
            "use --client-secret-file or --client-secret-command, or set TOK_CLIENT_SECRET or TOK_CLIENT_SECRET_FILE"
        }
    }
    .to_owned()
}

fn secret(fault: &SecretFault, what: &str) -> Option<String> {
    match fault {
        SecretFault::Input(_) => None,
        SecretFault::Command(_) => Some(format!("the {what} is what the command prints on standard output: one line")),
    }
}

fn metadata<'a>(mut why: impl Iterator<Item = &'a MetadataError>) -> String {
    if why.any(|why| matches!(why, MetadataError::OtherIssuer(_))) {
        "use the issuer to the letter as the server's document has it, if that is the server you mean".to_owned()
    } else {
        "check the issuer, or name the token endpoint: --token-endpoint URL".to_owned()
    }
}

fn transport(error: &TransportError) -> Option<String> {
    let text = match &error.fault {
        TransportFault::Resolve => "check the host's name and the network",
        TransportFault::Refused => "check host and port; is the server up?",
        TransportFault::Connect(_) => "check the network, and HTTPS_PROXY if there is a proxy",
        TransportFault::Timeout(_) => "try again, or allow more time: --timeout 60s",
        TransportFault::Proxy { .. } => "check HTTPS_PROXY and NO_PROXY",
        TransportFault::CaFile { .. } => "ca-file is a PEM file with one or more CA certificates",
        TransportFault::ClientCert { .. } => "client-cert and client-key are PEM files",
        TransportFault::Tls(fault) => return Some(tls(fault)),
        TransportFault::Cut | TransportFault::BadResponse | TransportFault::TooLarge | TransportFault::Other(_) => {
            return None;
        }
    };
    Some(text.to_owned())
}

fn tls(fault: &TlsFault) -> String {
    match fault {
        TlsFault::UnknownIssuer | TlsFault::AuthorityAsServer => {
            "if this is the right server with a CA of its own, trust that CA: --ca-file FILE, TOK_CA_FILE, or \
             tok profile set ca-file=FILE; a server that leaves out its intermediate certificate has to send it"
        }
        TlsFault::Expired { .. } => "the server needs a new certificate; check this machine's clock too",
        TlsFault::NotYetValid { .. } => "check this machine's clock",
        TlsFault::WrongName { .. } => "use a name that the certificate has, if that is the server you mean",
        TlsFault::NotForServers | TlsFault::Revoked => "the server needs another certificate",
        TlsFault::NothingInCommon => "the server has to offer TLS 1.2 or 1.3",
        TlsFault::ClientCertRequired => "the server wants a client certificate (mutual TLS)",
        TlsFault::NotTls => "check scheme and port: the server does not speak TLS there",
        TlsFault::NoAuthorities => {
            "install the system's CA certificates (Debian: ca-certificates), or set SSL_CERT_FILE"
        }
        TlsFault::HandshakeCut | TlsFault::Other(_) => "check host and port; a proxy may be in between",
    }
    .to_owned()
}

fn token(doing: Doing, error: &TokenError, place: &Place) -> Option<String> {
    match error {
        TokenError::Refused { error, .. } => Some(refused(doing, error.as_ref().map(|error| &error.code), place)),
        TokenError::Moved { .. } => Some("set token-endpoint to where it is now, if you trust that place".to_owned()),
        TokenError::NotATokenEndpoint { .. } => {
            Some("check --token-endpoint, or give --issuer to have it found".to_owned())
        }
        TokenError::ServerFailed { retry_after: Some(seconds), .. } => Some(format!("try again in {seconds} s")),
        TokenError::ServerFailed { .. } => Some("try again later".to_owned()),
        TokenError::Unreadable { .. } => None,
        TokenError::UnknownTokenType(_) => Some("tok uses Bearer tokens only".to_owned()),
    }
}

fn refused(doing: Doing, code: Option<&ErrorCode>, place: &Place) -> String {
    match (code, doing) {
        (Some(ErrorCode::InvalidClient), _) => {
            "check client-id, client secret and client-auth; basic-raw is for servers that do not form-decode HTTP Basic"
                .to_owned()
        }
        (Some(ErrorCode::InvalidScope), _) => "check the scopes: tok profile show".to_owned(),
        (Some(ErrorCode::UnauthorizedClient | ErrorCode::UnsupportedGrantType), Doing::Login) => {
            "the server does not allow this client the password grant".to_owned()
        }
        (_, Doing::Refresh) => log_in(place),
        (Some(ErrorCode::InvalidGrant), Doing::Login) => "check user name and password".to_owned(),
        (_, Doing::Login) => {
            "check user name and password, client-id and client-auth; some servers do not say which is wrong".to_owned()
        }
    }
}

fn store(fault: &StoreFault, place: &Place) -> Verdict {
    let others: Vec<String> = place.stores.iter().map(ToString::to_string).collect();
    let elsewhere = match others.as_slice() {
        [] => "no other store works here; credentials in the environment need none (TOK_PASSWORD)".to_owned(),
        some => format!("stores that work here: {} (--store, TOK_STORE)", some.join(", ")),
    };
    let text = match fault {
        StoreFault::Locked => format!("unlock the keyring; {elsewhere}"),
        StoreFault::TooSlow(_) => format!("is an unlock dialog open, or the keyring hanging? {elsewhere}"),
        StoreFault::Torn => format!("{} removes it; log in again after that", place.tok("logout --local")),
        StoreFault::Missing(_)
        | StoreFault::Full(_)
        | StoreFault::TooLarge { .. }
        | StoreFault::NotSaved
        | StoreFault::Denied(_)
        | StoreFault::Failed(_) => elsewhere,
    };
    hint(Exit::Store, text)
}

fn usage(error: &Usage) -> Verdict {
    match error {
        Usage::OtherProfile { .. } => {
            hint(Exit::Usage, "use another profile (-p NAME), or change this one first: tok profile set KEY=VALUE")
        }
        Usage::OtherProfileUnsaved { .. } => hint(Exit::Usage, "use another profile: -p NAME"),
        Usage::Declined => (Exit::Other, None),
        Usage::NothingKept => hint(Exit::Usage, "tok token asks the server each time"),
    }
}

fn prompt(error: &PromptError) -> Verdict {
    match error {
        PromptError::NoTerminal => {
            hint(Exit::Usage, "give the value as an option or in the environment: tok login --help")
        }
        _ => (Exit::Other, None),
    }
}

fn file(error: &FileError) -> Verdict {
    match error.kind {
        FileFault::WorldWritable => hint(Exit::Usage, format!("chmod o-w {}", error.path.display())),
        _ => (Exit::Usage, None),
    }
}

fn settings(error: &SettingsError) -> Verdict {
    match error {
        SettingsError::Config(error) => config(error),
        _ => (Exit::Usage, None),
    }
}

fn config(error: &ConfigError) -> Verdict {
    match error {
        ConfigError::File(error) => file(error),
        _ => (Exit::Usage, None),
    }
}
