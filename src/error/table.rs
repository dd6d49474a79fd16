//! Exit code and hint of every cause.

use anyhow::Error;

use super::{Exit, Place, SetupError, StsError, Usage, server};
use crate::oauth::jwt::KeyError;
use crate::oauth::{BadUrl, ClientAuthMethod, Foreign, GrantKind, IdentityError, InquiryError};
use crate::session::error::{Doing, FailureClass, IdentityFault, InquiryFault, SecretFault};
use crate::session::record::BadRecord;
use crate::session::{Missing, NoSession, SessionError, failure};
use crate::settings::{BadValue, ConfigError, Key, Origin, SettingsError};
use crate::store::{LockError, StoreError, StoreFault};
use crate::sys::child::CommandError;
use crate::sys::files::{FileError, FileFault};
use crate::sys::loopback::ListenError;
use crate::sys::prompt::PromptError;
use crate::sys::read_secret::SecretInputError;

/// What a cause comes to.
pub(super) type Verdict = (Exit, Option<String>);

fn hint(exit: Exit, text: impl Into<String>) -> Verdict {
    (exit, Some(text.into()))
}

/// The outermost cause that has a row decides.
pub(super) fn verdict(error: &Error, place: &Place) -> Verdict {
    for cause in error.chain() {
        if let Some(error) = cause.downcast_ref::<SessionError>() {
            return session(error, place);
        } else if let Some(error) = cause.downcast_ref::<StoreError>() {
            return store(&error.fault, place);
        } else if let Some(error) = cause.downcast_ref::<SettingsError>() {
            return (Exit::Usage, settings(error, place));
        } else if let Some(error) = cause.downcast_ref::<ConfigError>() {
            return (Exit::Usage, config(error));
        } else if let Some(error) = cause.downcast_ref::<Usage>() {
            return usage(error, place);
        } else if let Some(error) = cause.downcast_ref::<StsError>() {
            return sts(error);
        } else if let Some(error) = cause.downcast_ref::<SetupError>() {
            return setup(error, place);
        } else if let Some(error) = cause.downcast_ref::<FileError>() {
            return (Exit::Usage, config_file(error));
        } else if let Some(error) = cause.downcast_ref::<PromptError>() {
            return prompt(error);
        }
    }
    // Standard output that failed, and what nobody thought of.
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
        SessionError::NoClientSecret(what) => Some(no_proof(what.method, place)),
        SessionError::Key { why, .. } => Some(key(why)),
        SessionError::NoRandomness => None,
        SessionError::Identity(fault) => identity(fault),
        SessionError::Metadata { tried, .. } => Some(server::metadata(tried.iter().map(|(_, why)| why))),
        SessionError::NotOffered { offered, .. } => Some(not_offered(offered)),
        SessionError::Device { error, .. } => Some(server::device(error, place)),
        SessionError::DeviceDenied => Some("the person at the browser, or a rule of the server, said no".to_owned()),
        SessionError::DeviceExpired if place.can_prompt => Some(format!("{} shows a new code", place.tok("login"))),
        SessionError::DeviceExpired => Some("log in again for a new code".to_owned()),
        SessionError::NoGrant => Some("name a grant and what it needs: tok help login".to_owned()),
        SessionError::Transport(error) | SessionError::Inquiry { fault: InquiryFault::NoAnswer(error), .. } => {
            server::transport(&error.fault)
        }
        SessionError::Token { doing, error, tried, .. } => Some(server::token(*doing, error, tried.as_ref(), place)),
        SessionError::Push { error, .. } => Some(server::push(error, place)),
        SessionError::Authorization { error, .. } => Some(server::authorization(error, place)),
        SessionError::NobodyCameBack { .. } => Some(format!(
            "{}, and finish at the login page; where its browser is on another machine: --no-browser",
            server::again(place)
        )),
        SessionError::Listen(error) => listen(error),
        SessionError::Revocation { .. } => {
            Some("the session may live on at the server until it expires; revoke it there if that matters".to_owned())
        }
        SessionError::NothingToAsk => Some(
            "name one: --introspection-endpoint, --userinfo-endpoint; a login by --issuer learns them from the server"
                .to_owned(),
        ),
        SessionError::Inquiry { fault: InquiryFault::Answer(error), .. } => Some(inquiry(error).to_owned()),
        SessionError::NotActive => Some(format!("{} gets a new one", place.tok("refresh"))),
        SessionError::Store(error) | SessionError::Lost { doing: Doing::Exchange, error } => {
            return store(&error.fault, place);
        }
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
        SessionError::Lock(error) => Some(lock(error)),
        SessionError::NoStateFolder => Some("set HOME or XDG_STATE_HOME to a folder of yours".to_owned()),
        SessionError::Adopted { class, .. } => adopted(*class, place),
    };
    (exit, text)
}

fn inquiry(error: &InquiryError) -> &'static str {
    match error {
        InquiryError::ServerFailed { .. } => "try again later",
        InquiryError::Refused { .. } => "the server may answer confidential clients only, or not this token",
        InquiryError::Moved { .. }
        | InquiryError::Absent { .. }
        | InquiryError::Unreadable { .. }
        | InquiryError::NotSaid => "check the endpoint's address",
    }
}

fn listen(error: &ListenError) -> Option<String> {
    match error {
        ListenError::NotHere => {
            Some("use a loopback address that the server knows for this client: http://127.0.0.1/".to_owned())
        }
        ListenError::Taken(_) => Some(
            "end that program, or leave the port out of redirect-uri, if the server allows any (RFC 8252 §7.3)"
                .to_owned(),
        ),
        ListenError::Io(_) => None,
    }
}

/// How to get a session here.
pub(super) fn log_in(place: &Place) -> String {
    if place.can_prompt {
        return place.tok("login");
    }
    let what = match place.grant.unwrap_or(GrantKind::Password) {
        GrantKind::Password => "set TOK_USERNAME and TOK_PASSWORD (or TOK_PASSWORD_FILE)",
        GrantKind::ClientCredentials => "set TOK_CLIENT_SECRET (or TOK_CLIENT_SECRET_FILE, or TOK_PRIVATE_KEY)",
        GrantKind::TokenExchange | GrantKind::JwtBearer => {
            "set TOK_SUBJECT_TOKEN (or TOK_SUBJECT_TOKEN_FILE, or TOK_SUBJECT_TOKEN_FROM)"
        }
        grant @ (GrantKind::Device | GrantKind::Browser) => {
            return format!(
                "the grant {grant} needs a person: log in at a terminal, or set TOK_GRANT to one that needs nobody \
                 (client-credentials, token-exchange, jwt-bearer) and what it takes"
            );
        }
    };
    format!("{what}, with TOK_CLIENT_ID and TOK_ISSUER or TOK_TOKEN_ENDPOINT where no profile names them")
}

fn no_session(why: NoSession, place: &Place) -> String {
    match why {
        NoSession::OtherBinding(_) if place.can_prompt => {
            format!("{} for the profile as it is now; nothing was sent anywhere", place.tok("login"))
        }
        NoSession::NoIdToken if place.can_prompt => {
            format!("the scope openid brings one: {}", place.tok("login --scope openid"))
        }
        NoSession::NoIdToken => "the scope openid brings one, where the server has OpenID Connect".to_owned(),
        NoSession::NeverLoggedIn
        | NoSession::Ended
        | NoSession::OtherBinding(_)
        | NoSession::Expired
        | NoSession::NoRefreshToken
        | NoSession::WiderScopes => log_in(place),
    }
}

fn not_offered(offered: &[GrantKind]) -> String {
    let set = "if it has one, name it: --device-endpoint, --authorization-endpoint";
    match offered {
        [] => set.to_owned(),
        some => {
            let names: Vec<_> = some.iter().map(|grant| grant.name()).collect();
            format!("the server says that it has: {} (--grant); {set}", names.join(", "))
        }
    }
}

/// What the client authentication lacks.
fn no_proof(method: ClientAuthMethod, place: &Place) -> String {
    match method {
        ClientAuthMethod::PrivateKeyJwt => {
            "use --private-key-file or --private-key-command, or set TOK_PRIVATE_KEY or \
                                            TOK_PRIVATE_KEY_FILE"
                .to_owned()
        }
        ClientAuthMethod::Tls => {
            "use --client-cert and --client-key, or set TOK_CLIENT_CERT and TOK_CLIENT_KEY".to_owned()
        }
        _ => missing(Missing::ClientSecret, place),
    }
}

fn key(why: &KeyError) -> String {
    match why {
        KeyError::Encrypted => {
            "have it decrypted when it is needed: --private-key-command 'openssl pkey -in FILE -passin ...'"
        }
        KeyError::NoPublicPart => "openssl ec -in FILE writes it with its public part",
        KeyError::Algorithm { .. } => "leave signing-alg out, or name one that the key is for",
        KeyError::Curve(_) | KeyError::Kind(_) | KeyError::Rejected(_) => {
            "an RSA key of 2048 to 4096 bits, or a key on P-256, P-384 or Ed25519, signs"
        }
        KeyError::NoKey | KeyError::Public | KeyError::Malformed => {
            "a private key is a PEM text (\"-----BEGIN PRIVATE KEY-----\") or a JWK with \"d\" in it"
        }
    }
    .to_owned()
}

fn missing(what: Missing, place: &Place) -> String {
    let set = match what {
        Missing::Where => "name the server: --issuer URL, or --token-endpoint URL (TOK_ISSUER, TOK_TOKEN_ENDPOINT)",
        Missing::ClientId => "name the client that the server knows this program by: --client-id ID (TOK_CLIENT_ID)",
        Missing::Username => "give --username USER (TOK_USERNAME)",
        Missing::Password if place.can_prompt => "type the password, or use --password-stdin",
        Missing::Password => {
            "use --password-stdin, --password-file or --password-command, or set TOK_PASSWORD or TOK_PASSWORD_FILE"
        }
        Missing::ClientSecret => {
            "use --client-secret-file or --client-secret-command, or set TOK_CLIENT_SECRET or TOK_CLIENT_SECRET_FILE"
        }
        Missing::Issuer => "give --issuer URL (TOK_ISSUER), or another --assertion-audience",
        Missing::SubjectToken => {
            "use --subject-token-file, --subject-token-command or --subject-token-from, or set TOK_SUBJECT_TOKEN"
        }
        Missing::Person => {
            "log in from a terminal, or use a grant that needs nobody: client-credentials, token-exchange"
        }
    };
    let asked = matches!(what, Missing::Username | Missing::Password | Missing::ClientSecret);
    if asked && place.told_not_to_ask {
        return format!("{set}; or leave --no-input (TOK_NO_INPUT) out, to be asked");
    }
    set.to_owned()
}

fn identity(fault: &IdentityFault) -> Option<String> {
    let text = match fault {
        IdentityFault::NotAllowed => {
            "in the workflow, give the job the permission: permissions: id-token: write; a fork's pull request never has it"
        }
        IdentityFault::BadAddress(_) => "GitHub sets it; nothing in the job should",
        IdentityFault::Answer { error: IdentityError::ServerFailed { .. }, .. } => "try again later",
        IdentityFault::Answer { error: IdentityError::Refused { .. }, .. } => {
            "check the job's permissions (id-token: write) and the audience"
        }
        IdentityFault::NoVariable { name } => {
            return Some(format!(
                "in a job at GitLab: id_tokens: {name}: aud: AUDIENCE; or name another: gitlab:VARIABLE"
            ));
        }
        IdentityFault::Answer { .. } | IdentityFault::NotText { .. } => return None,
        IdentityFault::NoCredentials => "in the service's unit: LoadCredential=NAME:PATH",
    };
    Some(text.to_owned())
}

fn secret(fault: &SecretFault, what: &str) -> Option<String> {
    match fault {
        SecretFault::Input(SecretInputError::Terminal) => {
            Some("leave --password-stdin out to be asked without echo, or redirect standard input".to_owned())
        }
        SecretFault::Input(_) | SecretFault::Command(CommandError::Io(_)) => None,
        SecretFault::Command(CommandError::NotFound) => {
            Some("name it by its whole path: folders in PATH that are not absolute are left out".to_owned())
        }
        SecretFault::Command(CommandError::Failed(_)) => Some("run it by itself to see why".to_owned()),
        SecretFault::Command(CommandError::NoOutput | CommandError::Bad(_)) => {
            Some(format!("the {what} is what the command prints on standard output: one line"))
        }
    }
}

fn lock(error: &LockError) -> String {
    match error {
        LockError::TimedOut { .. } => "try again; if that process hangs, end it: the lock goes with it".to_owned(),
        LockError::Folder(error) if error.kind == FileFault::WorldWritable => not_by_others(error),
        LockError::Folder(_) | LockError::Io { .. } => {
            "the state folder has to be yours, on a disk that can be written to; XDG_STATE_HOME names another"
                .to_owned()
        }
    }
}

fn adopted(class: FailureClass, place: &Place) -> Option<String> {
    match class {
        FailureClass::LoginNeeded => Some(log_in(place)),
        FailureClass::Temporary => Some("another tok process heard this while this one waited; try again".to_owned()),
        FailureClass::Refused | FailureClass::Configuration | FailureClass::Store | FailureClass::Other => None,
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

fn usage(error: &Usage, place: &Place) -> Verdict {
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
        Usage::HelperKeepsNothing => hint(Exit::Usage, log_in(place)),
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

fn sts(error: &StsError) -> Verdict {
    match error {
        StsError::Refused { .. } => hint(
            Exit::Refused,
            "the role's trust policy has to name the issuer, and the audience and the subject that the token has",
        ),
        StsError::ServerFailed { .. } => hint(Exit::Temporary, "try again later"),
        StsError::Moved { .. } | StsError::Unreadable => hint(Exit::Usage, "check the address: --endpoint"),
    }
}

fn setup(error: &SetupError, place: &Place) -> Verdict {
    match error {
        SetupError::Taken { .. } => hint(
            Exit::Usage,
            "take it out first; what tok setup wrote for another profile or folder goes with --remove",
        ),
        SetupError::NameTaken(_) => {
            hint(Exit::Usage, "move it away; what tok setup put there before goes with --remove")
        }
        SetupError::Unreadable { .. } => hint(Exit::Usage, "mend it first; it was left as it is"),
        SetupError::ByHand { .. } | SetupError::NeedsOption { .. } => (Exit::Usage, None),
        SetupError::File(why) => (
            Exit::Usage,
            match why.kind {
                FileFault::WorldWritable => Some(not_by_others(why)),
                FileFault::Busy | FileFault::Changed => Some("try again".to_owned()),
                FileFault::NoLinks => {
                    Some("switch on the developer mode of Windows, or run this as administrator".to_owned())
                }
                _ => None,
            },
        ),
        SetupError::NoProgram(_) => hint(Exit::Usage, "install it; it reads its own settings"),
        SetupError::NoFolder => hint(Exit::Usage, "set HOME to a folder of yours"),
        SetupError::BadPath(_) => hint(Exit::Usage, "put tok, or its link, into another folder"),
        SetupError::SwitchedOff(name) => hint(Exit::Usage, format!("unset {name}")),
        SetupError::OtherToken { origin, .. } => hint(Exit::Usage, place.tok(&format!("bind {origin} --id-token"))),
        SetupError::Journal(_) => hint(Exit::Other, "move it away; what it says, --remove can then no longer undo"),
        SetupError::NotUndone { .. } => {
            hint(Exit::Other, "mend that, then undo it: tok setup CLIENT --for ORIGIN --remove")
        }
    }
}

fn prompt(error: &PromptError) -> Verdict {
    match error {
        PromptError::NoTerminal => {
            hint(Exit::Usage, "give the value as an option or in the environment: tok help login")
        }
        PromptError::Bad(_) => (Exit::Usage, None),
        PromptError::NoAnswer | PromptError::Interrupted | PromptError::Io(_) => (Exit::Other, None),
    }
}

fn settings(error: &SettingsError, place: &Place) -> Option<String> {
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

fn config(error: &ConfigError) -> Option<String> {
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
fn config_file(error: &FileError) -> Option<String> {
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
        | FileFault::NoLinks
        | FileFault::Io(..) => None,
    }
}

fn not_by_others(error: &FileError) -> String {
    format!("chmod o-w {}", Foreign::new(error.path.to_string_lossy()))
}
