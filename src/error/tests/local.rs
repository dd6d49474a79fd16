//! What a person, a script or this machine did wrong.

use std::io::ErrorKind;

use super::{Row, file, rows};
use crate::cli::SettingArgs;
use crate::error::{SetupError, StsError, Usage};
use crate::oauth::{BadUrl, Foreign, WebOrigin};
use crate::settings::{
    self, BadDuration, BadProfileName, BadService, BadValue, ConfigError, ConfigFault, ConfigFile, Inputs, Key, Origin,
    ProfileName, SettingsError, Sourced, UnknownKey,
};
use crate::store::{StoreError, StoreFault, StoreKind};
use crate::sys::environment::{BadVariable, BadVariableReason, Environment};
use crate::sys::files::FileFault;
use crate::sys::prompt::PromptError;
use crate::sys::read_secret::SecretInputError;
use crate::sys::terminal::OutputError;

fn line(fault: ConfigFault) -> ConfigError {
    ConfigError::Line { file: "/x/config.toml".into(), line: 3, fault }
}

fn unknown_key() -> UnknownKey {
    Key::find("isuer").unwrap_err()
}

fn in_file() -> Origin {
    Origin::Profile { file: "/x/config.toml".into(), line: 3 }
}

fn bad_value(origin: Origin, key: Key, why: BadValue) -> SettingsError {
    SettingsError::BadValue { origin, key, why }
}

fn two_sources() -> SettingsError {
    let environment = Environment::from_pairs([("TOK_PASSWORD", "canary"), ("TOK_PASSWORD_FILE", "/x/password")]);
    let (options, file) = (SettingArgs::default(), ConfigFile::default());
    let inputs = Inputs {
        options: Some(&options),
        profile: None,
        password_stdin: false,
        environment: &environment,
        file: &file,
        may_create: true,
    };
    settings::resolve(&inputs).unwrap_err()
}

fn unknown_profile(origin: Origin, known: &[&str]) -> SettingsError {
    let profile = Sourced { value: ProfileName::parse("wrk").unwrap(), origin };
    let nearest = known.iter().filter(|name| **name == "work").map(ToString::to_string).collect();
    SettingsError::UnknownProfile { profile, nearest, known: known.iter().map(ToString::to_string).collect() }
}

fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

fn service() -> WebOrigin {
    WebOrigin::parse("https://git.example.com").unwrap()
}

fn bad_service(why: BadService) -> SettingsError {
    SettingsError::BadService { origin: Origin::Argument, why }
}

/// Calls, questions, output.
pub(super) fn people() -> Vec<Row> {
    rows![
        Usage::OtherProfile { profile: "work".into(), changes: vec!["client-id: \"a\" becomes \"b\"".into()] },
        Usage::OtherProfileUnsaved { profile: "work".into(), changes: vec!["client-id: \"a\" becomes \"b\"".into()] },
        Usage::Declined,
        Usage::NothingKept,
        Usage::NeedsUrl,
        Usage::BadProof { option: "--url", expected: "an http or https URL" },
        Usage::NoAccessToken { kind: Foreign::new("urn:x\x1b") },
        Usage::NoAccessToken { kind: Foreign::new("") },
        Usage::CurlTakesOne,
        Usage::CurlOption(Foreign::new("--conf\x1b")),
        Usage::CurlAddress(BadUrl::NotHttps(Foreign::new("http://h/\x1b"))),
        Usage::NoCurl,
        Usage::BoundToKey,
        Usage::NoCommand,
        Usage::NoProgram(Foreign::new("x\x1b")),
        Usage::BadVariable(Foreign::new("A=b")),
        Usage::NoFileHere,
        Usage::HelperInput("standard input holds no address"),
        Usage::HelperOperation(Foreign::new("st\x1bore")),
        Usage::HelperKeepsNothing,
        Usage::HelperForgetsNothing,
        Usage::HelperAddress(BadUrl::NotHttps(Foreign::new("http://h/\x1b"))),
        Usage::HelperOption { option: "--session-name", expected: "a name" },
        Usage::WhichCluster,
        Usage::WhichRegistry,
        StsError::Refused { status: 400, code: Some(Foreign::new("AccessDenied")) },
        StsError::Refused { status: 403, code: None },
        StsError::ServerFailed { status: 503 },
        StsError::Moved { status: 302 },
        StsError::Unreadable,
        PromptError::NoTerminal,
        PromptError::NoAnswer,
        PromptError::Bad(SecretInputError::Empty),
        PromptError::Bad(SecretInputError::Control),
        PromptError::Interrupted,
        PromptError::Io("input/output error".into()),
        OutputError::Closed,
        OutputError::Full,
        OutputError::Io("input/output error".into()),
        anyhow::anyhow!("nobody thought of this"),
        StoreError { store: StoreKind::File, fault: StoreFault::Locked },
    ]
}

/// The settings of other programs.
pub(super) fn setups() -> Vec<Row> {
    let unreadable = |line| SetupError::Unreadable { file: "/x/\x1b[2Jrc".into(), line, why: Foreign::new("not JSON") };
    rows![
        SetupError::Taken {
            file: "/x/config.json".into(),
            wanted: Foreign::new("\"credHelpers\".\"h\": \"tok\""),
            found: Foreign::new("\"\x1b\"")
        },
        SetupError::NameTaken("/x/keyring".into()),
        unreadable(Some(3)),
        unreadable(None),
        SetupError::ByHand { file: "/x/config.toml".into(), wanted: Foreign::new("[registries.a]") },
        SetupError::File(file(FileFault::WorldWritable)),
        SetupError::File(file(FileFault::Changed)),
        SetupError::File(file(FileFault::Claimed)),
        SetupError::File(file(FileFault::NotOurs)),
        SetupError::File(file(FileFault::NoLinks)),
        SetupError::NoProgram("git"),
        SetupError::NoFolder,
        SetupError::BadPath("/x y/tok".into()),
        SetupError::NeedsOption { client: "aws", option: "--role-arn ARN" },
        SetupError::SwitchedOff("GOENV"),
        SetupError::OtherToken { origin: service(), profile: name("work") },
        SetupError::OtherAnswers {
            client: "docker".into(),
            origin: service(),
            profile: name("work"),
            others: vec![name("home"), name("play")]
        },
        SetupError::Journal("/x/setup.json".into()),
        SetupError::NotUndone { failed: "cannot write /x/rc: no space is left".into(), left: vec!["/x/bin".into()] },
    ]
}

/// The configuration file itself.
pub(super) fn files() -> Vec<Row> {
    rows![
        file(FileFault::NotOurs),
        file(FileFault::WorldWritable),
        file(FileFault::Symlink),
        file(FileFault::NotAFile),
        file(FileFault::NotAFolder),
        file(FileFault::TooLarge(1 << 20)),
        file(FileFault::NotUtf8),
        file(FileFault::ReadOnly),
        file(FileFault::Full),
        file(FileFault::NotKept),
        file(FileFault::NotALink),
        file(FileFault::NoLinks),
        file(FileFault::Changed),
        file(FileFault::Busy),
        file(FileFault::Claimed),
        file(FileFault::Io(ErrorKind::PermissionDenied, "Permission denied".into())),
        ConfigError::File(file(FileFault::WorldWritable)),
    ]
}

/// What stands in it.
pub(super) fn lines() -> Vec<Row> {
    rows![
        line(ConfigFault::Syntax(Foreign::new("expected `=`"))),
        line(ConfigFault::UnknownKey(unknown_key())),
        line(ConfigFault::UnknownAtTop { given: Foreign::new("profile"), nearest: vec!["profiles".into()] }),
        line(ConfigFault::OutsideProfile(Key::Issuer)),
        line(ConfigFault::WrongType {
            key: Foreign::new("timeout"),
            expected: "a duration as a text, such as \"30s\"",
            found: "integer"
        }),
        line(ConfigFault::ProfileName(BadProfileName(Foreign::new("a b")))),
        line(ConfigFault::Service(BadService::UnknownKey(Foreign::new("is\x1b")))),
        ConfigError::NoFolder,
        ConfigError::PathNotUtf8,
        ConfigError::Layout("/x/config.toml".into()),
    ]
}

/// Options, variables, values.
pub(super) fn settings() -> Vec<Row> {
    rows![
        SettingsError::Config(ConfigError::NoFolder),
        SettingsError::BadDuration { option: "--min-ttl", why: BadDuration(Foreign::new("soon")) },
        SettingsError::Variable(BadVariable { name: "TOK_ISSUER".into(), why: BadVariableReason::NotUtf8 }),
        SettingsError::EmptyVariable("TOK_PASSWORD"),
        bad_value(in_file(), Key::Timeout, BadValue::Timeout),
        bad_value(Origin::Option("--timeout"), Key::Timeout, BadValue::Timeout),
        bad_value(
            Origin::Environment("TOK_ISSUER"),
            Key::Issuer,
            BadValue::Url(BadUrl::NotHttps(Foreign::new("ftp://a/")))
        ),
        bad_value(in_file(), Key::Issuer, BadValue::Url(BadUrl::UserInfo)),
        bad_value(Origin::Option("--issuer"), Key::Issuer, BadValue::Url(BadUrl::Fragment)),
        two_sources(),
        SettingsError::ProfileName { origin: Origin::Option("--profile"), why: BadProfileName(Foreign::new("a b")) },
        unknown_profile(Origin::Option("--profile"), &["work"]),
        unknown_profile(Origin::Option("--profile"), &["home"]),
        unknown_profile(Origin::Option("--profile"), &[]),
        unknown_profile(in_file(), &["work"]),
        bad_service(BadService::Origin(BadUrl::Path)),
        bad_service(BadService::Scheme(Foreign::new("digest"))),
        bad_service(BadService::NothingToExchangeFor),
        SettingsError::NotBound { origins: vec![service()], profile: None },
        SettingsError::NotBound { origins: vec![service()], profile: Some(name("work")) },
        SettingsError::BoundSeveralTimes { origin: service(), profiles: vec![name("home"), name("work")] },
        SettingsError::NotAnAssignment(Foreign::new("timeout")),
        SettingsError::UnknownKey(unknown_key()),
        SettingsError::BadAssignment { key: Key::Timeout, why: BadValue::Timeout },
    ]
}
