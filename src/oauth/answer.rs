//! An answer without what was asked for, of an endpoint beside the token endpoint (whose own is [`super::TokenError`]).

use std::fmt;

use super::json::{self, Object};
use super::refusal::{Failure, FailureKind, write_failed, write_moved, write_refused, write_status, write_unreadable};
use super::{BadUrl, ErrorCode, Foreign, OAuthError, Response, Unreadable};
use crate::secret::Secret;

/// What an endpoint is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It gives codes to devices (RFC 8628).
    Device,
    /// It takes authorization requests ahead (RFC 9126).
    Push,
    /// It says what a token is good for, or with which keys its issuer signs.
    Inquiry,
    /// It takes tokens back (RFC 7009).
    Revocation,
    /// It tells a CI system's job who it is.
    JobIdentity,
}

/// Why an answer does not hold what was asked for. Nothing of its body but the members of RFC 6749 §5.2 is in here
/// (U07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerError {
    /// Who answered.
    pub role: Role,
    /// The status code.
    pub status: u16,
    /// What is wrong.
    pub fault: AnswerFault,
}

/// What is wrong with an answer. The last three are each of one role alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerFault {
    /// The request was refused; the reason, where there is one.
    Refused(Option<OAuthError>),
    /// A redirect; none is followed (T03). Where it points: origin and path.
    Moved(Option<Foreign>),
    /// There is something else at this address: 404, 405, or a page for people where only that tells.
    Absent,
    /// The server cannot answer now.
    ServerFailed {
        /// The seconds after which to ask again.
        retry_after: Option<u64>,
    },
    /// A 2xx that cannot be used.
    Unreadable(Unreadable),
    /// The page for a device's code is one that nobody should type a password at: see [`super::device::Page`].
    BadPage(BadUrl),
    /// The answer to an introspection does not say whether the token is active (RFC 7662 §2.2).
    NotSaid,
    /// The server does not revoke tokens of this kind (`unsupported_token_type`).
    NotSupported,
}

impl AnswerError {
    pub(super) fn new(role: Role, response: &Response, fault: AnswerFault) -> Self {
        Self { role, status: response.status, fault }
    }

    pub(super) fn unreadable(role: Role, response: &Response, why: Unreadable) -> Self {
        Self::new(role, response, AnswerFault::Unreadable(why))
    }

    /// From what an answer that is no success means.
    pub(super) fn of(role: Role, failure: Failure) -> Self {
        let Failure { status, kind } = failure;
        let unsupported = |error: &OAuthError| error.code == ErrorCode::UnsupportedTokenType;
        let fault = match kind {
            FailureKind::Refused(Some(error)) if role == Role::Revocation && unsupported(&error) => {
                AnswerFault::NotSupported
            }
            // No server of OAuth: what it says of its reasons has no form that is known.
            FailureKind::Refused(_) | FailureKind::Absent(..) if role == Role::JobIdentity => {
                AnswerFault::Refused(None)
            }
            FailureKind::Refused(error) => AnswerFault::Refused(error),
            FailureKind::Moved(to) => AnswerFault::Moved(to),
            FailureKind::Absent(..) => AnswerFault::Absent,
            FailureKind::Failed { retry_after, .. } => AnswerFault::ServerFailed { retry_after },
        };
        Self { role, status, fault }
    }

    /// The same without any part of the secrets that were sent; see [`super::TokenError::redacted`].
    #[must_use]
    pub fn redacted(mut self, secrets: &[&Secret]) -> Self {
        self.fault = match self.fault {
            AnswerFault::Refused(error) => AnswerFault::Refused(error.map(|error| error.redacted(secrets))),
            AnswerFault::Moved(to) => AnswerFault::Moved(to.map(|text| text.redacted(secrets))),
            other => other,
        };
        self
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, status, fault } = self;
        match fault {
            AnswerFault::Refused(None) if *role == Role::JobIdentity => {
                f.write_str("the request was refused")?;
                write_status(f, *status)
            }
            AnswerFault::Refused(error) => write_refused(f, *status, error.as_ref()),
            AnswerFault::Moved(to) => write_moved(f, *status, to.as_ref()),
            AnswerFault::Absent => {
                f.write_str(match role {
                    Role::Device => "there is no device authorization endpoint at this address",
                    Role::Push => "nothing at this address takes authorization requests",
                    Role::Inquiry | Role::JobIdentity => "there is no such endpoint at this address",
                    Role::Revocation => "there is no revocation endpoint at this address",
                })?;
                write_status(f, *status)
            }
            AnswerFault::ServerFailed { retry_after } => write_failed(f, *status, *retry_after),
            AnswerFault::Unreadable(why) => {
                let what = match role {
                    Role::Inquiry | Role::JobIdentity => "the answer",
                    Role::Device | Role::Push | Role::Revocation => "the server's answer",
                };
                write_unreadable(f, what, *status, *why)
            }
            AnswerFault::BadPage(why) => write!(f, "the server names a page at which nobody should log in: {why}"),
            AnswerFault::NotSaid => f.write_str("the answer does not say whether the token is active"),
            AnswerFault::NotSupported => {
                f.write_str("the server does not revoke tokens of this kind")?;
                write_status(f, *status)
            }
        }
    }
}

impl std::error::Error for AnswerError {}

/// The object in an answer that is a success; an `error` in it is a refusal, whatever the status. `members` holds
/// [`OAuthError::MEMBERS`] too.
pub(super) fn object(role: Role, response: &Response, members: &'static [&'static str]) -> Result<Object, AnswerError> {
    if let Some(failure) = Failure::of(response) {
        return Err(AnswerError::of(role, failure));
    }
    let mut object = json::read(response, members).map_err(|why| AnswerError::unreadable(role, response, why))?;
    match OAuthError::take_from(&mut object) {
        Some(error) => Err(AnswerError::of(role, Failure::with(response, Some(error)))),
        None => Ok(object),
    }
}
