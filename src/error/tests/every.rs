//! No variant is without its row: each `match` here is exhaustive, so that a new variant does not compile before it has
//! a number, and the test fails before it has a row.

use std::collections::BTreeSet;

use super::*;
use crate::oauth::jwt::KeyError;
use crate::oauth::{AnswerError, AnswerFault, AuthorizationError, MetadataError, NotOne, Role, TokenError, Unreadable};
use crate::session::error::{AskFault, IdentityFault, SecretFault};
use crate::session::record::BadRecord;
use crate::session::{Missing, NoSession};
use crate::settings::{ConfigError, ConfigFault, SettingsError};
use crate::store::{LockError, StoreFault};
use crate::sys::child::CommandError;
use crate::sys::http::{TlsFault, TransportFault};
use crate::sys::loopback::ListenError;
use crate::sys::prompt::PromptError;
use crate::sys::read_secret::SecretInputError;
use crate::sys::terminal::OutputError;

/// Numbers the variants of an enum, and says how many there are.
macro_rules! variants {
    ($name:ident $enum:ident: $($number:literal $variant:ident)*) => {
        fn $name(value: &$enum) -> (&'static str, usize, usize) {
            const HOW_MANY: usize = [$($number),*].len();
            match value {
                $($enum::$variant { .. } => (stringify!($enum), $number, HOW_MANY),)*
            }
        }
    };
}

variants!(session SessionError: 0 NoSession 1 Missing 2 Secret 3 NoClientSecret 4 Metadata 5 Transport 6 Token
    7 Revocation 8 Store 9 Record 10 RecordedEndpoint 11 Lock 12 NoStateFolder 13 Lost 14 Adopted 15 NotOffered 16 NoGrant
    17 NothingToAsk 18 Inquiry 19 NotActive 20 Key 21 NoRandomness 22 Identity 23 Device 24 DeviceDenied
    25 DeviceExpired 26 Push 27 Authorization 28 NobodyCameBack 29 Listen 30 ServiceScopes);
variants!(no_session NoSession: 0 NeverLoggedIn 1 Ended 2 OtherBinding 3 Expired 4 NoRefreshToken 5 WiderScopes
    6 NoIdToken);
variants!(missing Missing: 0 Where 1 ClientId 2 Username 3 Password 4 ClientSecret 5 SubjectToken 6 Person 7 Issuer);
variants!(key KeyError: 0 NoKey 1 Encrypted 2 Public 3 Malformed 4 Curve 5 Kind 6 NoPublicPart 7 Rejected 8 Algorithm);
variants!(input SecretInputError: 0 Empty 1 Nul 2 LineBreak 3 Control 4 TooLong 5 NotUtf8 6 Terminal 7 File 8 Io);
variants!(command CommandError: 0 NotFound 1 Failed 2 NoOutput 3 Bad 4 Io);
variants!(metadata MetadataError: 0 NotFound 1 Moved 2 ServerFailed 3 Unreadable 4 NoIssuer 5 OtherIssuer
    6 BadEndpoint 7 NoTokenEndpoint);
variants!(transport TransportFault: 0 Resolve 1 Connect 2 Refused 3 Tls 4 Timeout 5 Cut 6 TooLarge 7 BadResponse
    8 Proxy 9 CaFile 10 ClientCert 11 Other);
variants!(tls TlsFault: 0 UnknownIssuer 1 AuthorityAsServer 2 Expired 3 NotYetValid 4 WrongName 5 NotForServers
    6 Revoked 7 NothingInCommon 8 ClientCertRequired 9 NotTls 10 HandshakeCut 11 NoAuthorities 12 Other);
variants!(token TokenError: 0 Refused 1 Moved 2 NotATokenEndpoint 3 ServerFailed 4 Unreadable 5 UnknownTokenType 6 NotBound);
variants!(not_one NotOne: 0 NotFound 1 MethodNotAllowed 2 Html);
variants!(unreadable Unreadable: 0 Compressed 1 Empty 2 NotJson 3 NotAnObject 4 Repeated 5 NoAccessToken 6 BadToken
    7 BadType 8 Missing);
variants!(identity_fault IdentityFault: 0 NotAllowed 1 BadAddress 2 Answer 3 NoVariable 4 NotText 5 NoCredentials);
variants!(answer_fault AnswerFault: 0 Refused 1 Moved 2 Absent 3 ServerFailed 4 Unreadable 5 BadPage 6 NotSaid
    7 NotSupported);
variants!(ask_fault AskFault: 0 NoAnswer 1 Answer);
variants!(authorization AuthorizationError: 0 OtherState 1 Repeated 2 NoIssuer 3 OtherIssuer 4 Refused 5 NoCode
    6 OtherNonce);
variants!(listen ListenError: 0 NotHere 1 Taken 2 Io);
variants!(store StoreFault: 0 Missing 1 Locked 2 Full 3 TooSlow 4 TooLarge 5 NotSaved 6 Torn 7 Denied 8 Failed);
variants!(record BadRecord: 0 Newer 1 Damaged);
variants!(lock LockError: 0 TimedOut 1 Folder 2 Io);
variants!(settings SettingsError: 0 Config 1 BadDuration 2 Variable 3 EmptyVariable 4 BadValue 5 TwoSources
    6 ProfileName 7 UnknownProfile 8 NotAnAssignment 9 UnknownKey 10 BadAssignment 11 BadService 12 NotBound
    13 BoundSeveralTimes);
variants!(config ConfigError: 0 File 1 Line 2 NoFolder 3 PathNotUtf8 4 Layout);
variants!(line ConfigFault: 0 Syntax 1 UnknownKey 2 UnknownAtTop 3 OutsideProfile 4 WrongType 5 ProfileName 6 Service);
variants!(usage Usage: 0 OtherProfile 1 OtherProfileUnsaved 2 Declined 3 NothingKept 4 NeedsUrl 5 BadProof
    6 NoAccessToken 7 CurlTakesOne 8 CurlOption 9 CurlAddress 10 NoCurl 11 BoundToKey 12 HelperInput 13 HelperOperation
    14 HelperKeepsNothing 15 HelperAddress 16 HelperOption 17 WhichCluster 18 WhichRegistry 19 NoCommand
    20 NoProgram 21 BadVariable 22 NoFileHere 23 HelperForgetsNothing);
variants!(sts StsError: 0 Refused 1 ServerFailed 2 Moved 3 Unreadable);
variants!(file_fault FileFault: 0 NotOurs 1 WorldWritable 2 Symlink 3 NotAFile 4 NotAFolder 5 TooLarge 6 NotUtf8
    7 ReadOnly 8 Full 9 NotKept 10 Busy 11 Io 12 NotALink 13 Changed 14 Claimed 15 NoLinks);
variants!(setup SetupError: 0 Taken 1 NameTaken 2 Unreadable 3 ByHand 4 NoProgram 5 NoFolder 6 BadPath 7 NeedsOption
    8 SwitchedOff 9 OtherToken 10 Journal 11 NotUndone 12 File 13 OtherAnswers);
variants!(prompt PromptError: 0 NoTerminal 1 NoAnswer 2 Bad 3 Interrupted 4 Io);
variants!(output OutputError: 0 Closed 1 Full 2 Io);

/// The variants that this session error is made of.
fn of_session(error: &SessionError) -> Vec<(&'static str, usize, usize)> {
    let within = match error {
        SessionError::NoSession(why) => vec![no_session(why)],
        SessionError::Missing(what) => vec![missing(what)],
        SessionError::Key { why, .. } => vec![key(why)],
        SessionError::Secret { fault: SecretFault::Input(why), .. } => vec![input(why)],
        SessionError::Secret { fault: SecretFault::Command(why), .. } => vec![command(why)],
        SessionError::Metadata { tried, .. } => tried.iter().map(|(_, why)| metadata(why)).collect(),
        SessionError::Transport(error) => match &error.fault {
            TransportFault::Tls(fault) => vec![transport(&error.fault), tls(fault)],
            fault => vec![transport(fault)],
        },
        SessionError::Token { error, .. } => match error {
            TokenError::NotATokenEndpoint { what, .. } => vec![token(error), not_one(what)],
            TokenError::Unreadable { why, .. } => vec![token(error), unreadable(why)],
            error => vec![token(error)],
        },
        SessionError::Identity(fault @ IdentityFault::Answer { error, .. }) => {
            [vec![identity_fault(fault)], of_answer(error)].concat()
        }
        SessionError::Identity(fault) => vec![identity_fault(fault)],
        SessionError::Device { error, .. } | SessionError::Push { error, .. } => of_answer(error),
        SessionError::Authorization { error, .. } => vec![authorization(error)],
        SessionError::Listen(error) => vec![listen(error)],
        SessionError::Revocation { fault, .. } | SessionError::Inquiry { fault, .. } => match fault {
            AskFault::NoAnswer(_) => vec![ask_fault(fault)],
            AskFault::Answer(error) => [vec![ask_fault(fault)], of_answer(error)].concat(),
        },
        SessionError::Store(error) | SessionError::Lost { error, .. } => vec![store(&error.fault)],
        SessionError::Record { why, .. } => vec![record(why)],
        SessionError::Lock(error) => vec![lock(error)],
        _ => Vec::new(),
    };
    [vec![session(error)], within].concat()
}

fn of_answer(error: &AnswerError) -> Vec<(&'static str, usize, usize)> {
    match &error.fault {
        fault @ AnswerFault::Unreadable(why) => vec![answer_fault(fault), unreadable(why)],
        fault => vec![answer_fault(fault)],
    }
}

fn of_config(error: &ConfigError) -> Vec<(&'static str, usize, usize)> {
    match error {
        ConfigError::Line { fault, .. } => vec![config(error), line(fault)],
        error => vec![config(error)],
    }
}

fn of(error: &Error) -> Vec<(&'static str, usize, usize)> {
    if let Some(error) = error.downcast_ref() {
        of_session(error)
    } else if let Some(error) = error.downcast_ref() {
        of_config(error)
    } else if let Some(error) = error.downcast_ref() {
        vec![settings(error)]
    } else if let Some(error) = error.downcast_ref() {
        vec![usage(error)]
    } else if let Some(error) = error.downcast_ref() {
        vec![sts(error)]
    } else if let Some(error) = error.downcast_ref::<SetupError>() {
        vec![setup(error)]
    } else if let Some(error) = error.downcast_ref() {
        vec![prompt(error)]
    } else if let Some(error) = error.downcast_ref() {
        vec![output(error)]
    } else if let Some(FileError { kind, .. }) = error.downcast_ref() {
        vec![file_fault(kind)]
    } else {
        Vec::new()
    }
}

#[test]
fn no_variant_is_without_its_row() {
    let seen: BTreeSet<_> = table().iter().flat_map(|(_, error)| of(error)).collect();
    let enums: BTreeSet<(&str, usize)> = seen.iter().map(|(name, _, how_many)| (*name, *how_many)).collect();
    assert_eq!(enums.len(), 29);
    for (name, how_many) in enums {
        let missing: Vec<usize> = (0..how_many).filter(|n| !seen.contains(&(name, *n, how_many))).collect();
        assert!(missing.is_empty(), "{name}: no row for the variants {missing:?}");
    }
}

#[test]
fn no_endpoint_is_without_a_row_for_what_it_may_answer() {
    let mut seen = BTreeSet::new();
    for (_, error) in table() {
        let error = match error.downcast_ref() {
            Some(
                SessionError::Device { error, .. }
                | SessionError::Push { error, .. }
                | SessionError::Identity(IdentityFault::Answer { error, .. }),
            ) => error,
            Some(
                SessionError::Inquiry { fault: AskFault::Answer(error), .. }
                | SessionError::Revocation { fault: AskFault::Answer(error), .. },
            ) => error,
            _ => continue,
        };
        seen.insert((error.role as usize, answer_fault(&error.fault).1));
    }
    let may_answer: [(Role, &[usize]); 5] = [
        (Role::Device, &[0, 1, 2, 3, 4, 5]),
        (Role::Push, &[0, 1, 2, 3, 4]),
        (Role::Inquiry, &[0, 1, 2, 3, 4, 6]),
        (Role::Revocation, &[0, 1, 2, 3, 7]),
        (Role::JobIdentity, &[0, 1, 3, 4]),
    ];
    let all = may_answer.iter().flat_map(|(role, faults)| faults.iter().map(|fault| (*role as usize, *fault)));
    assert_eq!(seen, all.collect());
}
