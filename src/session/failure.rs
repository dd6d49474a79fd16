//! A failure told to those who waited for it: 500 processes behind one dead server do not wait 500 timeouts in a row
//! (C02).

use std::error::Error;

use serde::{Deserialize, Serialize};

use super::error::{AskFault, Doing, FailureClass, IdentityFault, SessionError};
use crate::oauth::{AnswerError, AnswerFault, AuthorizationError, ErrorCode, MetadataError, Role, TokenError};
use crate::store::lock::LockError;
use crate::sys::http::TransportFault;
use crate::sys::loopback::ListenError;

#[derive(Serialize, Deserialize)]
struct Told {
    /// What was asked for: a profile that was edited in between is not told another's failure.
    asked: String,
    class: FailureClass,
    message: String,
    causes: Vec<String>,
}

/// The failure as a text to leave at the lock. Messages hold no secret, so neither does this.
#[must_use]
pub fn describe(error: &SessionError, asked: &str) -> String {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    let told = Told { asked: asked.to_owned(), class: class(error), message: error.to_string(), causes };
    serde_json::to_string(&told).unwrap_or_default()
}

/// The failure of another process, from what it left at the lock, if it had asked for the same.
#[must_use]
pub fn adopt(text: &str, asked: &str) -> Option<SessionError> {
    let told: Told = serde_json::from_str(text).ok()?;
    let Told { class, message, causes, .. } = told;
    (told.asked == asked).then_some(SessionError::Adopted { class, message, causes })
}

/// How a failure is to be taken; the exit code follows from it.
#[must_use]
pub fn class(error: &SessionError) -> FailureClass {
    match error {
        SessionError::NoSession(_) | SessionError::NotActive => FailureClass::LoginNeeded,
        SessionError::Identity(IdentityFault::Answer { error, .. })
        | SessionError::Inquiry { fault: AskFault::Answer(error), .. }
        | SessionError::Device { error, .. }
        | SessionError::Push { error, .. } => answer_class(error),
        // One of the addresses may have the document once its server is well again.
        SessionError::Metadata { tried, .. }
            if tried.iter().any(|(_, why)| matches!(why, MetadataError::ServerFailed { .. })) =>
        {
            FailureClass::Temporary
        }
        SessionError::Missing(_)
        | SessionError::ServiceScopes { .. }
        | SessionError::Identity(_)
        | SessionError::Secret { .. }
        | SessionError::NoClientSecret(_)
        | SessionError::Key { .. }
        | SessionError::NotOffered { .. }
        | SessionError::NoGrant
        | SessionError::NothingToAsk
        | SessionError::Listen(ListenError::NotHere | ListenError::Taken(_))
        | SessionError::Metadata { .. }
        | SessionError::RecordedEndpoint => FailureClass::Configuration,
        SessionError::Transport(error) | SessionError::Inquiry { fault: AskFault::NoAnswer(error), .. } => {
            transport_class(&error.fault)
        }
        SessionError::DeviceDenied => FailureClass::Refused,
        SessionError::Token { doing, error, .. } => token_class(*doing, error),
        SessionError::Authorization { error, .. } => authorization_class(error),
        SessionError::Listen(ListenError::Io(_)) | SessionError::NoRandomness => FailureClass::Other,
        SessionError::NobodyCameBack { .. }
        | SessionError::Revocation { .. }
        | SessionError::DeviceExpired
        | SessionError::Lock(LockError::TimedOut { .. }) => FailureClass::Temporary,
        SessionError::Store(_)
        | SessionError::Lost { .. }
        | SessionError::Lock(_)
        | SessionError::NoStateFolder
        | SessionError::Record { .. } => FailureClass::Store,
        SessionError::Adopted { class, .. } => *class,
    }
}

fn transport_class(fault: &TransportFault) -> FailureClass {
    match fault {
        TransportFault::CaFile { .. } | TransportFault::ClientCert { .. } => FailureClass::Configuration,
        TransportFault::TooLarge => FailureClass::Other,
        _ => FailureClass::Temporary,
    }
}

fn answer_class(error: &AnswerError) -> FailureClass {
    match &error.fault {
        AnswerFault::Refused(_) | AnswerFault::NotSupported => FailureClass::Refused,
        AnswerFault::ServerFailed { .. } => FailureClass::Temporary,
        AnswerFault::Moved(_) | AnswerFault::Absent => FailureClass::Configuration,
        // Who says nothing of the token is not the one to ask.
        AnswerFault::Unreadable(_) | AnswerFault::NotSaid if error.role == Role::Inquiry => FailureClass::Configuration,
        AnswerFault::Unreadable(_) | AnswerFault::NotSaid | AnswerFault::BadPage(_) => FailureClass::Other,
    }
}

fn token_class(doing: Doing, error: &TokenError) -> FailureClass {
    match error {
        TokenError::Refused { .. } if doing == Doing::Refresh && error.asks_for_login() => FailureClass::LoginNeeded,
        TokenError::Refused { .. } => FailureClass::Refused,
        TokenError::Moved { .. } | TokenError::NotATokenEndpoint { .. } => FailureClass::Configuration,
        TokenError::ServerFailed { .. } => FailureClass::Temporary,
        TokenError::Unreadable { .. } | TokenError::UnknownTokenType(_) | TokenError::NotBound(_) => {
            FailureClass::Other
        }
    }
}

fn authorization_class(error: &AuthorizationError) -> FailureClass {
    match error {
        AuthorizationError::Refused(error) => match error.code {
            ErrorCode::ServerError | ErrorCode::TemporarilyUnavailable => FailureClass::Temporary,
            _ => FailureClass::Refused,
        },
        // The answer itself is refused here.
        AuthorizationError::OtherState
        | AuthorizationError::Repeated(_)
        | AuthorizationError::NoIssuer
        | AuthorizationError::OtherIssuer(_)
        | AuthorizationError::NoCode
        | AuthorizationError::OtherNonce => FailureClass::Other,
    }
}
