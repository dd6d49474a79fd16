//! What a session, its lock and its store come to.

use std::io::ErrorKind;
use std::time::Duration;

use super::{Row, file, rows};
use crate::oauth::jwt::{Algorithm, KeyError};
use crate::oauth::{ClientAuthMethod, Foreign, GrantKind, MissingSecret, Scopes};
use crate::session::binding::Mismatch;
use crate::session::error::{Doing, FailureClass, SecretFault};
use crate::session::record::BadRecord;
use crate::session::{Missing, NoSession, SessionError};
use crate::store::{LockError, StoreError, StoreFault, StoreKind};
use crate::sys::child::CommandError;
use crate::sys::files::FileFault;
use crate::sys::loopback::ListenError;
use crate::sys::read_secret::SecretInputError;

fn input(why: SecretInputError) -> SessionError {
    SessionError::Secret { what: "password", fault: SecretFault::Input(why) }
}

fn key(why: KeyError) -> SessionError {
    SessionError::Key { what: "private key", why }
}

fn command(why: CommandError) -> SessionError {
    SessionError::Secret { what: "client secret", fault: SecretFault::Command(why) }
}

fn stored(store: StoreKind, fault: StoreFault) -> SessionError {
    SessionError::Store(StoreError { store, fault })
}

fn lost(doing: Doing, fault: StoreFault) -> SessionError {
    SessionError::Lost { doing, error: StoreError { store: StoreKind::File, fault } }
}

fn adopted(class: FailureClass) -> SessionError {
    SessionError::Adopted { class, message: "what the other said".into(), causes: vec!["and why".into()] }
}

/// No usable session.
pub(super) fn no_session() -> Vec<Row> {
    rows![
        SessionError::NoSession(NoSession::NeverLoggedIn),
        SessionError::NoSession(NoSession::Ended),
        SessionError::NoSession(NoSession::OtherBinding(Mismatch::Issuer)),
        SessionError::NoSession(NoSession::Expired),
        SessionError::NoSession(NoSession::NoRefreshToken),
        SessionError::NoSession(NoSession::WiderScopes),
        SessionError::NoSession(NoSession::NoIdToken),
        SessionError::ServiceScopes {
            missing: Scopes::parse("read").unwrap(),
            all: Scopes::parse("openid read").unwrap()
        },
        SessionError::Missing(Missing::Where),
        SessionError::Missing(Missing::ClientId),
        SessionError::Missing(Missing::Username),
        SessionError::Missing(Missing::Password),
        SessionError::Missing(Missing::ClientSecret),
        SessionError::Missing(Missing::Issuer),
        SessionError::Missing(Missing::SubjectToken),
        SessionError::Missing(Missing::Person),
        SessionError::NotOffered { grant: GrantKind::Device, offered: vec![] },
        SessionError::NotOffered { grant: GrantKind::Browser, offered: vec![GrantKind::Password, GrantKind::Device] },
        SessionError::NoGrant,
    ]
}

/// A secret that cannot be read.
pub(super) fn secrets() -> Vec<Row> {
    rows![
        input(SecretInputError::Empty),
        input(SecretInputError::Nul),
        input(SecretInputError::LineBreak),
        input(SecretInputError::Control),
        input(SecretInputError::TooLong),
        input(SecretInputError::NotUtf8),
        input(SecretInputError::Terminal),
        input(SecretInputError::File(file(FileFault::Io(ErrorKind::NotFound, "No such file or directory".into())))),
        input(SecretInputError::Io("input/output error".into())),
        command(CommandError::NotFound),
        command(CommandError::Failed(Some(1))),
        command(CommandError::Failed(None)),
        command(CommandError::NoOutput),
        command(CommandError::Bad(SecretInputError::LineBreak)),
        command(CommandError::Io("no shell".into())),
        SessionError::NoClientSecret(MissingSecret { method: ClientAuthMethod::Basic }),
        SessionError::NoClientSecret(MissingSecret { method: ClientAuthMethod::PrivateKeyJwt }),
        SessionError::NoClientSecret(MissingSecret { method: ClientAuthMethod::Tls }),
        key(KeyError::NoKey),
        key(KeyError::Encrypted),
        key(KeyError::Public),
        key(KeyError::Malformed),
        key(KeyError::Curve(Foreign::new("P-521"))),
        key(KeyError::Kind(Foreign::new("oct\x1b"))),
        key(KeyError::NoPublicPart),
        key(KeyError::Rejected("it is too short: an RSA key has at least 2048 bits")),
        key(KeyError::Algorithm { wanted: Algorithm::Rs256, kind: "ES256" }),
        SessionError::NoRandomness,
    ]
}

/// A store that does not do its work, and what it holds.
pub(super) fn stores() -> Vec<Row> {
    rows![
        stored(StoreKind::Keyring, StoreFault::Missing("no bus".into())),
        stored(StoreKind::Keyring, StoreFault::Locked),
        stored(StoreKind::Kernel, StoreFault::Full("quota".into())),
        stored(StoreKind::Keyring, StoreFault::TooSlow(Duration::from_secs(3))),
        stored(StoreKind::Kernel, StoreFault::TooLarge { limit: 32_767 }),
        stored(StoreKind::Keyring, StoreFault::NotSaved),
        stored(StoreKind::Keyring, StoreFault::Torn),
        stored(StoreKind::File, StoreFault::Denied("it is a symbolic link".into())),
        stored(StoreKind::File, StoreFault::Failed("input/output error".into())),
        lost(Doing::Login, StoreFault::Full("no space is left".into())),
        lost(Doing::Refresh, StoreFault::Locked),
        lost(Doing::Exchange, StoreFault::Full("no space is left".into())),
        SessionError::Record { store: StoreKind::File, why: BadRecord::Newer(2) },
        SessionError::Record { store: StoreKind::File, why: BadRecord::Damaged },
        SessionError::RecordedEndpoint,
    ]
}

/// The lock, and what was heard behind it.
pub(super) fn locks() -> Vec<Row> {
    rows![
        SessionError::Lock(LockError::TimedOut { holder: Some(42), waited: Duration::from_secs(60) }),
        SessionError::Lock(LockError::TimedOut { holder: None, waited: Duration::from_secs(60) }),
        SessionError::Lock(LockError::Folder(file(FileFault::WorldWritable))),
        SessionError::Lock(LockError::Folder(file(FileFault::NotOurs))),
        SessionError::Lock(LockError::Io {
            path: "/x/a.lock".into(),
            kind: ErrorKind::ReadOnlyFilesystem,
            text: "read-only".into()
        }),
        SessionError::NoStateFolder,
        adopted(FailureClass::Temporary),
        adopted(FailureClass::Refused),
        adopted(FailureClass::LoginNeeded),
        adopted(FailureClass::Configuration),
        adopted(FailureClass::Store),
        adopted(FailureClass::Other),
    ]
}

/// No way back from the browser.
pub(super) fn browsers() -> Vec<Row> {
    rows![
        SessionError::NobodyCameBack { waited: Duration::from_secs(600) },
        SessionError::Listen(ListenError::NotHere),
        SessionError::Listen(ListenError::Taken(8080)),
        SessionError::Listen(ListenError::Io("no more descriptors".into())),
        SessionError::NoRandomness,
    ]
}
