//! What can go wrong in the life of a session: typed causes, without advice.

use std::fmt;
use std::time::Duration;

use super::binding::Mismatch;
use super::record::BadRecord;
use crate::oauth::jwt::KeyError;
use crate::oauth::{
    AnswerError, AuthorizationError, BadUrl, Endpoint, GrantKind, Issuer, MetadataError, MissingSecret, Scopes,
    TokenError,
};
use crate::store::lock::LockError;
use crate::store::{StoreError, StoreKind};
use crate::sys::child::CommandError;
use crate::sys::http::TransportError;
use crate::sys::loopback::ListenError;
use crate::sys::read_secret::SecretInputError;

/// What was being done at a token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// A grant that makes a session.
    Login,
    /// The refresh grant.
    Refresh,
    /// The exchange of the profile's token for one that is for a service alone (RFC 8693).
    Exchange,
}

/// Why there is no session to take a token from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSession {
    /// Nothing is stored for the profile.
    NeverLoggedIn,
    /// The server ended it: the refresh token is dead.
    Ended,
    /// The profile names something else than the session was made with.
    OtherBinding(Mismatch),
    /// The access token is no longer valid and there is no refresh token.
    Expired,
    /// A new token is wanted and there is no refresh token to get it with.
    NoRefreshToken,
    /// The server gave no ID token, or with a refresh no new one.
    NoIdToken,
    /// Scopes are asked for that the login did not ask for.
    WiderScopes,
}

/// How a failure is to be taken by those who only heard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum FailureClass {
    /// Try again later.
    Temporary,
    /// The server refused client or request.
    Refused,
    /// The server refused the refresh.
    LoginNeeded,
    /// No token endpoint is there.
    Configuration,
    /// The store lost or refused it.
    Store,
    /// Anything else.
    Other,
}

/// Why asking an endpoint came to nothing.
#[derive(Debug)]
pub enum AskFault {
    /// No answer came.
    NoAnswer(TransportError),
    /// The answer was of no use.
    Answer(AnswerError),
}

/// A value without which no request can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Neither issuer nor token endpoint.
    Where,
    /// The client id.
    ClientId,
    /// The user name.
    Username,
    /// The password, where nobody can be asked.
    Password,
    /// The client secret, where nobody can be asked.
    ClientSecret,
    /// The issuer, where assertions are to be for it.
    Issuer,
    /// The token that is exchanged or asserted.
    SubjectToken,
    /// Somebody who does what the grant wants of a person.
    Person,
}

/// A grant that came to no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The grant.
    pub grant: GrantKind,
    /// What else the server has, as far as it said so. It is for advice alone: no other grant is run (P01).
    pub instead: Vec<GrantKind>,
}

/// Why a CI system, or a service manager, gave no token.
#[derive(Debug)]
pub enum IdentityFault {
    /// The job at GitHub may not ask for one, or this is no such job: its variables are not there.
    NotAllowed,
    /// What should be the address to ask at is none that a secret is sent to.
    BadAddress(BadUrl),
    /// It was asked for, and the answer holds none.
    Answer {
        /// Who was asked.
        endpoint: Endpoint,
        /// What the answer was.
        error: AnswerError,
    },
    /// The variable that should hold it is not set, or empty.
    NoVariable {
        /// The variable.
        name: String,
    },
    /// The variable is not text.
    NotText {
        /// The variable.
        name: String,
    },
    /// systemd gave this process no credentials.
    NoCredentials,
}

impl fmt::Display for IdentityFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed => f.write_str(
                "GitHub gives this job no identity token: ACTIONS_ID_TOKEN_REQUEST_URL and \
                 ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set",
            ),
            Self::BadAddress(why) => write!(f, "ACTIONS_ID_TOKEN_REQUEST_URL: {why}"),
            Self::Answer { endpoint, .. } => write!(f, "no identity token came from {endpoint}"),
            Self::NoVariable { name } => write!(f, "{name}, which should hold the token, is not set"),
            Self::NotText { name } => write!(f, "the value of {name} is not UTF-8 text"),
            Self::NoCredentials => f.write_str("systemd gives no credentials here: CREDENTIALS_DIRECTORY is not set"),
        }
    }
}

/// Where a secret was to come from.
#[derive(Debug)]
pub enum SecretFault {
    /// A file or standard input.
    Input(SecretInputError),
    /// A command.
    Command(CommandError),
}

/// The leaf error of this room.
#[derive(Debug)]
pub enum SessionError {
    /// There is no usable session.
    NoSession(NoSession),
    /// A service is bound with scopes that a refresh cannot bring (RFC 6749 §6).
    ServiceScopes {
        /// Those that the login did not ask for.
        missing: Scopes,
        /// What a login has to ask for to have them as well.
        all: Scopes,
    },
    /// A value is missing.
    Missing(Missing),
    /// A secret could not be read; `what` is "password" or "client secret".
    Secret {
        /// Which secret.
        what: &'static str,
        /// Why.
        fault: SecretFault,
    },
    /// There is no token to exchange or to assert where it should come from.
    Identity(IdentityFault),
    /// The client authentication method needs a secret, a private key or a certificate, and there is none.
    NoClientSecret(MissingSecret),
    /// Nothing can be signed with a key; `what` is "private key" or "client secret".
    Key {
        /// Which key.
        what: &'static str,
        /// Why.
        why: KeyError,
    },
    /// No document of the issuer could be used; each address with its reason.
    Metadata {
        /// The issuer asked.
        issuer: Issuer,
        /// What was tried.
        tried: Vec<(Endpoint, MetadataError)>,
    },
    /// The server has no endpoint for the grant, as far as it says and the settings know.
    NotOffered {
        /// The grant.
        grant: GrantKind,
        /// The grants that the server says it has, where it says so.
        offered: Vec<GrantKind>,
    },
    /// The system gave no randomness.
    NoRandomness,
    /// The device authorization endpoint gave no code.
    Device {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What it said.
        error: AnswerError,
    },
    /// The person, or the server for them, said no to a device's login.
    DeviceDenied,
    /// Nobody entered the device's code in time.
    DeviceExpired,
    /// With `auto`: no grant that the server has can be run here.
    NoGrant,
    /// The exchange did not come to an answer.
    Transport(TransportError),
    /// The token endpoint's answer holds no token.
    Token {
        /// Which endpoint.
        endpoint: Endpoint,
        /// What was asked of it.
        doing: Doing,
        /// What it said.
        error: TokenError,
        /// Which grant that was, at a login.
        tried: Option<Tried>,
    },
    /// The authorization request could not be sent ahead (RFC 9126).
    Push {
        /// Which endpoint.
        endpoint: Endpoint,
        /// Why.
        error: AnswerError,
    },
    /// What came back from the login page is no code that may be used.
    Authorization {
        /// The authorization endpoint.
        endpoint: Endpoint,
        /// Why.
        error: AuthorizationError,
    },
    /// Nothing came back from the login page.
    NobodyCameBack {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The browser has nowhere to come back to.
    Listen(ListenError),
    /// The revocation endpoint did not confirm; the session is forgotten here all the same.
    Revocation {
        /// Which endpoint.
        endpoint: Endpoint,
        /// Why.
        fault: AskFault,
    },
    /// No endpoint is known that could be asked about the token.
    NothingToAsk,
    /// An endpoint said nothing of the token.
    Inquiry {
        /// Which endpoint.
        endpoint: Endpoint,
        /// Why.
        fault: AskFault,
    },
    /// The server says that the access token is not, or no longer, good.
    NotActive,
    /// The store failed.
    Store(StoreError),
    /// What the store holds is not readable.
    Record {
        /// Which store.
        store: StoreKind,
        /// Why.
        why: BadRecord,
    },
    /// The recorded endpoint is no URL that requests go to any more.
    RecordedEndpoint,
    /// The session's lock was not to be had.
    Lock(LockError),
    /// No folder for the lock: the platform's state folder is unknown.
    NoStateFolder,
    /// New tokens came, and could not be stored; after a refresh the old refresh token may be dead (C09).
    Lost {
        /// What brought them.
        doing: Doing,
        /// Why they could not be stored.
        error: StoreError,
    },
    /// Another process failed while this one waited for it (C02).
    Adopted {
        /// Its class.
        class: FailureClass,
        /// Its message.
        message: String,
        /// Its causes.
        causes: Vec<String>,
    },
}

impl fmt::Display for NoSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverLoggedIn => f.write_str("not logged in"),
            Self::Ended => f.write_str("the server ended the session"),
            Self::OtherBinding(what) => write!(f, "the stored session belongs to another {what} than the profile's"),
            Self::Expired => f.write_str("the access token has expired and the server gave no refresh token"),
            Self::NoRefreshToken => f.write_str("the server gave no refresh token to get a new access token with"),
            Self::NoIdToken => f.write_str("there is no valid ID token: the server gave none, or no new one"),
            Self::WiderScopes => f.write_str("the profile asks for scopes that the login did not ask for"),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Where => "neither issuer nor token-endpoint is set",
            Self::ClientId => "client-id is not set",
            Self::Username => "username is not set",
            Self::Password => "there is no password, and nobody to ask for it",
            Self::ClientSecret => "there is no client secret, and nobody to ask for it",
            Self::Issuer => "assertion-audience is \"issuer\", and no issuer is set",
            Self::SubjectToken => "there is no token to exchange or assert",
            Self::Person => "this grant needs a person at a terminal",
        })
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSession(why) => why.fmt(f),
            Self::ServiceScopes { missing, .. } => {
                write!(f, "the service is bound with scopes that the login did not ask for: {missing}")
            }
            Self::Missing(what) => what.fmt(f),
            Self::Secret { what, .. } => write!(f, "the {what} could not be read"),
            Self::Identity(fault) => fault.fmt(f),
            Self::NoClientSecret(missing) => missing.fmt(f),
            Self::Key { what, .. } => write!(f, "the {what} cannot be used to sign"),
            Self::Metadata { issuer, tried } => {
                write!(f, "the issuer {issuer} does not say where its token endpoint is")?;
                tried.iter().try_for_each(|(address, why)| write!(f, "\n  {address}: {why}"))
            }
            Self::NotOffered { grant, .. } => write!(f, "the server names no endpoint for the grant {grant}"),
            Self::Device { endpoint, .. } => write!(f, "{endpoint} gave no code for this device"),
            Self::DeviceDenied => f.write_str("the login was denied in the browser"),
            Self::DeviceExpired => f.write_str("the code was not entered in time"),
            Self::NoGrant => f.write_str("no grant that the server offers can be run here"),
            Self::Transport(error) => error.fmt(f),
            Self::Token { endpoint, doing: Doing::Login, .. } | Self::Authorization { endpoint, .. } => {
                write!(f, "login at {endpoint} failed")
            }
            Self::Token { endpoint, doing: Doing::Refresh, .. } => write!(f, "refresh at {endpoint} failed"),
            Self::Token { endpoint, doing: Doing::Exchange, .. } => {
                write!(f, "the exchange for the service's token at {endpoint} failed")
            }
            Self::Push { endpoint, .. } => write!(f, "the request could not be announced to {endpoint}"),
            Self::NobodyCameBack { waited } => {
                write!(f, "nothing came back from the login page within {} min", waited.as_secs() / 60)
            }
            Self::Listen(error) => error.fmt(f),
            Self::NoRandomness => f.write_str("the system gave no randomness"),
            Self::Revocation { endpoint, .. } => {
                write!(f, "forgotten here, but {endpoint} did not confirm the revocation")
            }
            Self::NothingToAsk => f.write_str("no introspection or userinfo endpoint is known"),
            Self::Inquiry { endpoint, .. } => write!(f, "{endpoint} does not say what the token is good for"),
            Self::NotActive => f.write_str("the server says that the access token is not active"),
            Self::Store(_) => f.write_str("the session store failed"),
            Self::Record { store, .. } => write!(f, "the session in the {store} store cannot be used"),
            Self::RecordedEndpoint => f.write_str("the stored session names an endpoint that is not used"),
            Self::Lock(LockError::TimedOut { .. }) => f.write_str("the session is busy"),
            Self::Lock(_) => f.write_str("the session could not be locked"),
            Self::NoStateFolder => f.write_str("there is no state folder to hold the session's lock"),
            Self::Lost { doing: Doing::Login, .. } => {
                f.write_str("the server accepted the login, but its tokens could not be stored, so that they are lost")
            }
            Self::Lost { doing: Doing::Refresh, .. } => f.write_str(
                "the server issued new tokens, but they could not be stored; the old refresh token may no longer work",
            ),
            Self::Lost { doing: Doing::Exchange, .. } => {
                f.write_str("the server issued a token for the service, but it could not be stored")
            }
            Self::Adopted { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Secret { fault: SecretFault::Input(error), .. } => Some(error),
            Self::Secret { fault: SecretFault::Command(error), .. } => Some(error),
            Self::Revocation { fault, .. } | Self::Inquiry { fault, .. } => Some(match fault {
                AskFault::NoAnswer(error) => error,
                AskFault::Answer(error) => error,
            }),
            Self::Token { error, .. } => Some(error),
            Self::Key { why, .. } => Some(why),
            Self::Identity(IdentityFault::Answer { error, .. })
            | Self::Device { error, .. }
            | Self::Push { error, .. } => Some(error),
            Self::Authorization { error, .. } => Some(error),
            Self::Store(error) | Self::Lost { error, .. } => Some(error),
            Self::Record { why, .. } => Some(why),
            Self::Lock(error) => Some(error),
            // Says by itself what happened.
            Self::Transport(_)
            | Self::NoSession(_)
            | Self::ServiceScopes { .. }
            | Self::Missing(_)
            | Self::Identity(_)
            | Self::NoClientSecret(_)
            | Self::Metadata { .. }
            | Self::NotOffered { .. }
            | Self::NoGrant
            | Self::NothingToAsk
            | Self::NotActive
            | Self::NoRandomness
            | Self::DeviceDenied
            | Self::DeviceExpired
            | Self::NobodyCameBack { .. }
            | Self::Listen(_)
            | Self::RecordedEndpoint
            | Self::NoStateFolder
            | Self::Adopted { .. } => None,
        }
    }
}

impl From<StoreError> for SessionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ListenError> for SessionError {
    fn from(error: ListenError) -> Self {
        Self::Listen(error)
    }
}

impl From<TransportError> for SessionError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl From<LockError> for SessionError {
    fn from(error: LockError) -> Self {
        Self::Lock(error)
    }
}
