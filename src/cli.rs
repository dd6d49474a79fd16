//! The command line as types; the doc comments are the help, the completions and the man pages.
//!
//! Parsing does no I/O and decides nothing: texts stay texts, and what they mean is found by `settings`, which alone
//! knows the environment and the configuration file. This room imports nothing of the crate.
//!
//! | file | what is in it |
//! |---|---|
//! | this one | the command line as a whole, global options, the list of verbs |
//! | `verbs` | arguments of the verbs that get, show and end sessions |
//! | `services` | arguments of those that hand tokens to other programs |
//! | `settings` | the settings as options |
//! | `pages` | what stands below the options: examples, and how programs are set up and told |
//! | `names` | the program's other names |
//!
//! Every option of [`SettingArgs`] is a row of `settings::table`; a test there walks [`Cli`]'s command and proves that
//! names, variables and keys agree.

#![allow(clippy::doc_markdown, reason = "the doc comments are shown as they are, backticks and all")]

mod names;
mod pages;
mod services;
mod settings;
mod verbs;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};

pub use names::by_name;
pub use services::{BindArgs, ExecArgs, HelperArgs, HelperClient, SetupArgs, SetupClient};
pub use settings::SettingArgs;
use settings::TEXT;
pub use verbs::{
    CompletionsArgs, CurlArgs, LoginArgs, LogoutArgs, ProfileArgs, ProfileSetArgs, ProfileVerb, RefreshArgs, Shell,
    ShowArgs, TokenArgs,
};

const GLOBAL_HEADING: &str = "Global options";

/// Gets and keeps OAuth 2.0 tokens: log in once, use the token everywhere
///
/// Each setting is an option, a variable and a key of config.toml. An option wins over the variable, the variable over
/// the profile, the profile over the default. Secrets are never values of options: they are asked for, read from
/// standard input, a file or a command, or taken from TOK_PASSWORD and TOK_CLIENT_SECRET.
#[derive(Debug, Parser)]
#[command(
    name = "tok",
    bin_name = "tok",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    subcommand_required = true,
    after_help = "\
Examples:
  tok login --issuer https://sso.example.com/realms/main --client-id tok -u ada
  tok token
  curl -H @<(tok token --header) https://api.example.com/",
    after_long_help = "\
Examples:
  tok login --issuer https://sso.example.com/realms/main --client-id tok -u ada
  tok token
  curl -H @<(tok token --header) https://api.example.com/

Exit codes:
  0    done
  1    anything else
  2    usage or configuration; no token endpoint there
  3    login needed: no session, or the server refused the refresh
  4    the server refused the credentials or the request
  5    temporary: network, TLS, timeout, 429, 5xx
  6    the secret store is missing, locked, full or too slow
  125  tok exec, tok curl: no token, nothing was started
  129, 130, 143  hung up, interrupted, terminated"
)]
pub struct Cli {
    /// What holds for every verb.
    #[command(flatten)]
    pub global: Global,
    /// What is to be done.
    #[command(subcommand)]
    pub verb: Verb,
}

impl Cli {
    /// Reads the arguments, the program's name first.
    ///
    /// # Errors
    /// What clap says, help and version among it. Where an argument is not UTF-8 (I04), or would draw on the screen
    /// (U01), the text holds none of it; clap alone would show one that it does not know.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let mut command = Self::command().color(colour(&arguments));
        let matches = command.try_get_matches_from_mut(&arguments);
        let cli = matches.and_then(|matches| Self::from_arg_matches(&matches)).and_then(Self::checked);
        cli.map_err(|error| {
            let said = error.to_string();
            // What it was given is in its context as it came; its text has some of it taken out.
            let is_drawn = error.context().any(|(_, given)| given.to_string().chars().any(does_more_than_stand));
            let place = |bad: fn(&OsString) -> bool| arguments.iter().skip(1).position(bad).map(|index| index + 1);
            let (no_text, draws) = (place(|argument| argument.to_str().is_none()), place(draws));
            let refuse = |kind, why: String| Self::command().error(kind, why);
            match (no_text, draws) {
                (Some(n), _) if said.contains(char::REPLACEMENT_CHARACTER) => {
                    refuse(ErrorKind::InvalidUtf8, format!("argument {n} is not UTF-8 text"))
                }
                (_, Some(n)) if error.use_stderr() && is_drawn => {
                    refuse(ErrorKind::InvalidValue, format!("argument {n} holds a control character"))
                }
                _ => error.format(&mut command),
            }
        })
    }

    /// What excludes each other although it may stand on different sides of the verb.
    fn checked(self) -> Result<Self, clap::Error> {
        if self.global.quiet && self.global.verbose > 0 {
            let text = "the argument '--quiet' cannot be used with '--verbose'\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        Ok(self)
    }
}

/// The verb of a command line, also of one that cannot be read as a whole; the program's name first.
#[must_use]
pub fn verb_of(arguments: &[OsString]) -> Option<&str> {
    let mut words = arguments.iter().skip(1).map(|word| word.to_str());
    while let Some(word) = words.next() {
        match word? {
            "-p" | "--profile" | "--config" | "--color" => drop(words.next()),
            option if option.starts_with('-') => {}
            verb => return Some(verb),
        }
    }
    None
}

/// Whether an argument would do something else on a terminal than stand there.
fn draws(argument: &OsString) -> bool {
    argument.to_string_lossy().chars().any(does_more_than_stand)
}

/// Control characters, those that turn the direction of writing, and those that cannot be seen. Said a second time, as
/// this file imports nothing: all other foreign text is shown by `oauth::Foreign`.
fn does_more_than_stand(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// What `--color` says, for what clap itself prints: help, and errors that come before the option is read.
fn colour(arguments: &[OsString]) -> ColorChoice {
    let mut words = arguments.iter().filter_map(|argument| argument.to_str());
    let mut choice = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let value = if word == "--color" { words.next() } else { word.strip_prefix("--color=") };
        choice = match value {
            Some("always") => ColorChoice::Always,
            Some("never") => ColorChoice::Never,
            _ => choice,
        };
    }
    choice
}

/// Options that every verb takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = GLOBAL_HEADING)]
pub struct Global {
    /// Profile to use
    ///
    /// Else TOK_PROFILE, else default-profile in config.toml, else "default"; but for a service's token (helpers, tok curl,
    /// --for) the profile that is bound to it, as tok-bind(1) says. Secrets in the environment belong to the profile that
    /// the environment selects: with another one here they are not used.
    #[arg(short, long, global = true, value_name = "NAME", value_parser = TEXT)]
    pub profile: Option<String>,

    /// Configuration file
    ///
    /// Else TOK_CONFIG, else tok/config.toml in the platform's configuration folder.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Say on standard error which requests are made and how they are answered; twice, also what is in them
    ///
    /// With -vv: the names of headers and parameters, never a value; of the answer its size, type and time.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// No notices and no spinner on standard error, only warnings and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Never ask anything
    ///
    /// What would be asked for is an error that says what to set instead. Variable TOK_NO_INPUT, set to 1.
    #[arg(long, global = true)]
    pub no_input: bool,

    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = ColorWhen::Auto)]
    pub color: ColorWhen,
}

/// When output is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Get a session and keep it
    ///
    /// Asks for what is missing where there is a terminal. The settings given as options are saved in the profile, which is
    /// created if need be; a secret is never saved there.
    Login(LoginArgs),
    /// Print a valid access token
    ///
    /// One line on standard output, nothing else. The token kept is printed while it is fresh; else it is refreshed. With
    /// complete credentials in the environment the server is asked and nothing is stored.
    Token(TokenArgs),
    /// Run curl with the token, which no list of processes shows
    ///
    /// The header goes through a descriptor. Without a token curl is not started, and the exit code is 125; else it is
    /// curl's own. A token that is bound to a key (DPoP) gets a proof for just this request.
    Curl(CurlArgs),
    /// Run a command with the token in its environment or in a file, never in its arguments
    ///
    /// tok becomes the command: terminal, signals and exit code are its own. Without a token it is not started, and the
    /// exit code is 125.
    Exec(ExecArgs),
    /// Say which services a profile's token is for
    ///
    /// Helpers and tok curl give the token to these origins and to no other: scheme, host and port, exactly.
    Bind(BindArgs),
    /// Set up a program so that it takes its tokens from tok
    ///
    /// Writes the program's own configuration for this user, shows every file that it touches, and undoes exactly that
    /// with --remove. A file that cannot be read as what it should be is left alone.
    Setup(SetupArgs),
    /// Answer another program in its own protocol; tok setup has it called
    ///
    /// Answers for bound origins only. Never asks anybody anything.
    Helper(HelperArgs),
    /// Get new tokens now, however fresh the old ones are
    ///
    /// For when a service rejects a token that still looks valid. Tokens that services have of their own (tok bind) are had
    /// anew at their next use.
    Refresh(RefreshArgs),
    /// Show who is logged in where, with which scopes and for how long
    ///
    /// Never shows a secret.
    Show(ShowArgs),
    /// Revoke the session at the server and forget it
    ///
    /// The session is forgotten even when the server cannot be reached; then the exit code is 5.
    Logout(LogoutArgs),
    /// List, show and change the profiles in config.toml
    ///
    /// A profile is a set of settings under one name, with a session of its own.
    Profile(ProfileArgs),
    /// Print a completion script for a shell
    ///
    /// The scripts ask tok itself, so that they also complete the names of profiles; nushell's does not.
    Completions(CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &str) -> Result<Cli, clap::Error> {
        Cli::read(std::iter::once("tok").chain(arguments.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_newcomers_login() {
        let cli = parse("login --issuer https://h --client-id tok -u ada --scope a --scope b -p work -vv").unwrap();
        assert_eq!((cli.global.profile.as_deref(), cli.global.verbose), (Some("work"), 2));
        let Verb::Login(login) = cli.verb else { panic!("a login") };
        assert_eq!(login.settings.username.as_deref(), Some("ada"));
        assert_eq!(login.settings.scope, ["a", "b"]);
    }

    #[test]
    fn global_options_stand_before_and_after_the_verb() {
        for text in ["-p x --no-input token", "token -p x --no-input", "-p x profile list --no-input"] {
            let global = parse(text).unwrap().global;
            assert_eq!((global.profile.as_deref(), global.no_input), (Some("x"), true), "{text}");
        }
    }

    #[test]
    fn the_verb_is_known_before_the_rest_is() {
        for (line, verb) in [
            ("curl --typo", Some("curl")),
            ("-p exec --color never -v exec --env", Some("exec")),
            ("--profile=curl token", Some("token")),
            ("-pcurl", None),
            ("", None),
        ] {
            let words: Vec<_> = std::iter::once("tok").chain(line.split_whitespace()).map(OsString::from).collect();
            assert_eq!(verb_of(&words), verb, "{line}");
        }
    }

    #[test]
    fn what_excludes_each_other_is_a_usage_error() {
        for text in [
            "",
            "token --header --json",
            "login --password-stdin --password-file f",
            "login --password-stdin --password-command c",
            "login --password-file f --password-command c",
            "token --client-secret-file f --client-secret-command c",
            "profile set",
            "profile set --unset",
            "completions tcsh",
            "token extra",
            "-q -v token",
            "-q token -vv",
        ] {
            let error = parse(text).expect_err(text);
            assert_eq!(error.exit_code(), 2, "{text}");
        }
    }

    #[test] // M04
    fn no_option_takes_a_secret() {
        for name in ["--password", "--client-secret", "--token", "--refresh-token"] {
            for (verb, value) in [("login", " canary"), ("login", "=canary"), ("token", "=canary")] {
                let error = parse(&format!("{verb} {name}{value}")).expect_err(name);
                assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{verb} {name}");
                assert!(!error.to_string().contains("canary"), "{error}");
            }
        }
    }

    #[cfg(unix)]
    #[test] // I04
    fn what_is_not_utf8_is_refused_by_name() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt;
        let bad = |text: &str| OsString::from_vec([text.as_bytes(), b"canary\xff"].concat());
        for (verb, arguments, named) in [
            ("login", vec!["--issuer".into(), bad("")], "--issuer"),
            ("login", vec![bad("--scope=")], "--scope"),
            ("token", vec!["--min-ttl".into(), bad("")], "--min-ttl"),
            ("token", vec!["-p".into(), bad("")], "--profile"),
            ("profile", vec!["set".into(), bad("a=")], "WORDS"),
            ("token", vec![bad("--")], "argument 2"),
            ("token", vec![bad("--header=")], "argument 2"),
            ("token", vec!["--header".into(), bad("")], "argument 3"),
            ("completions", vec![bad("")], "argument 2"),
            ("token", vec!["--color".into(), bad("")], "argument 3"),
        ] {
            let all = ["tok".into(), verb.into()].into_iter().chain(arguments);
            let error = Cli::read(all).expect_err(named);
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(named), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
        let path = ["tok".into(), "login".into(), "--ca-file".into(), bad("/")];
        assert!(Cli::read(path.clone()).is_ok(), "a path need not be text");
        let error = Cli::read(path.into_iter().chain(["--unknown".into()])).expect_err("unknown");
        assert_eq!(error.kind(), ErrorKind::UnknownArgument);
    }

    #[test]
    fn a_profile_is_set_with_and_without_its_name() {
        for (text, name, assignments) in [
            ("set a=b c=", None, vec!["a=b", "c="]),
            ("set work a=b", Some("work"), vec!["a=b"]),
            ("set work --unset username", Some("work"), vec![]),
            ("set --unset username --unset scopes", None, vec![]),
        ] {
            let Verb::Profile(ProfileArgs { verb: ProfileVerb::Set(set) }) =
                parse(&format!("profile {text}")).unwrap().verb
            else {
                panic!("profile set")
            };
            assert_eq!(
                (set.name(), set.assignments()),
                (name, &assignments.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
            );
        }
    }

    #[test]
    fn short_help_shows_settings_of_login_only() {
        let mut command = Cli::command();
        command.build();
        for name in ["login", "token", "refresh", "show", "logout"] {
            let verb = command.find_subcommand_mut(name).unwrap();
            let (short, long) = (verb.render_help().to_string(), verb.render_long_help().to_string());
            assert_eq!(short.contains("--issuer"), name == "login", "{name}");
            assert!(long.contains("--issuer"), "{name}");
            assert!(short.contains("Examples:") && long.contains("Examples:"), "{name}");
        }
    }
}
