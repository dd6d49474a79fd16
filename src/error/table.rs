//! Exit code and hint of every cause: which row decides, and the rows of sessions and stores.

use anyhow::Error;

use super::{Exit, Place, SetupError, StsError, Usage, local, server};
use crate::oauth::jwt::KeyError;
use crate::oauth::{AnswerFault, ClientAuthMethod, GrantKind, Scopes};
use crate::session::error::{AskFault, Doing, FailureClass, IdentityFault, SecretFault};
use crate::session::record::BadRecord;
use crate::session::{Missing, NoSession, SessionError, failure};
use crate::settings::{ConfigError, SettingsError};
use crate::store::{LockError, StoreError, StoreFault};
use crate::sys::child::CommandError;
use crate::sys::files::{FileError, FileFault};
use crate::sys::loopback::ListenError;
use crate::sys::prompt::PromptError;
use crate::sys::read_secret::SecretInputError;

/// What a cause comes to.
pub(super) type Verdict = (Exit, Option<String>);

pub(super) fn hint(exit: Exit, text: impl Into<String>) -> Verdict {
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
            return (Exit::Usage, local::settings(error, place));
        } else if let Some(error) = cause.downcast_ref::<ConfigError>() {
            return (Exit::Usage, local::config(error));
        } else if let Some(error) = cause.downcast_ref::<Usage>() {
            return local::usage(error, place);
        } else if let Some(error) = cause.downcast_ref::<StsError>() {
            return server::sts(error);
        } else if let Some(error) = cause.downcast_ref::<SetupError>() {
            return local::setup(error, place);
        } else if let Some(error) = cause.downcast_ref::<FileError>() {
            return (Exit::Usage, local::config_file(error));
        } else if let Some(error) = cause.downcast_ref::<PromptError>() {
            return local::prompt(error);
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
        SessionError::ServiceScopes { all, .. } => Some(service_scopes(all, place)),
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
        SessionError::Transport(error) | SessionError::Inquiry { fault: AskFault::NoAnswer(error), .. } => {
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
        SessionError::Inquiry { fault: AskFault::Answer(error), .. } => Some(server::inquiry(error)),
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
    let typed = if place.for_a_program { format!(" ({})", place.tok("login")) } else { String::new() };
    let what = match place.grant.unwrap_or(GrantKind::Password) {
        GrantKind::Password => "set TOK_USERNAME and TOK_PASSWORD (or TOK_PASSWORD_FILE)",
        GrantKind::ClientCredentials => "set TOK_CLIENT_SECRET (or TOK_CLIENT_SECRET_FILE, or TOK_PRIVATE_KEY)",
        GrantKind::TokenExchange | GrantKind::JwtBearer => {
            "set TOK_SUBJECT_TOKEN (or TOK_SUBJECT_TOKEN_FILE, or TOK_SUBJECT_TOKEN_FROM)"
        }
        grant @ (GrantKind::Device | GrantKind::Browser) => {
            return format!(
                "the grant {grant} needs a person: log in at a terminal{typed}, or set TOK_GRANT to one that needs \
                 nobody (client-credentials, token-exchange, jwt-bearer) and what it takes"
            );
        }
    };
    let terminal = if place.for_a_program { format!("log in at a terminal{typed}, or ") } else { String::new() };
    format!("{terminal}{what}, with TOK_CLIENT_ID and TOK_ISSUER or TOK_TOKEN_ENDPOINT where no profile names them")
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

fn service_scopes(all: &Scopes, place: &Place) -> String {
    let exchange = "with --exchange, where the server has that";
    let options: Vec<_> = all.iter().map(|scope| format!(" --scope {scope}")).collect();
    let login = place.tok(&format!("login{}", options.concat()));
    if place.can_prompt {
        format!("{login}; or bind it {exchange}")
    } else if place.for_a_program {
        format!("log in at a terminal ({login}), or bind it {exchange}")
    } else {
        format!("bind it with scopes that the login asks for, or {exchange}")
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
        IdentityFault::Answer { error, .. } => match error.fault {
            AnswerFault::ServerFailed { .. } => "try again later",
            AnswerFault::Refused(_) => "check the job's permissions (id-token: write) and the audience",
            _ => return None,
        },
        IdentityFault::NoVariable { name } => {
            return Some(format!(
                "in a job at GitLab: id_tokens: {name}: aud: AUDIENCE; or name another: gitlab:VARIABLE"
            ));
        }
        IdentityFault::NotText { .. } => return None,
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
        LockError::Folder(error) if error.kind == FileFault::WorldWritable => local::not_by_others(error),
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
