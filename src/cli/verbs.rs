//! The arguments of the verbs that get, show and end sessions, and of those that are about the program itself.

use std::ffi::OsString;

use clap::{ArgAction, Args, Subcommand, ValueEnum, ValueHint};

use super::pages;
use super::settings::{SettingArgs, TEXT, long_help_only};

/// Arguments of `tok login`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tok login --issuer https://sso.example.com/realms/main --client-id tok -u ada
  tok login
  tok login -u bot --password-stdin <password.txt
  tok login --password-command 'pass show sso'")]
pub struct LoginArgs {
    /// Read the password from standard input
    ///
    /// One line terminator at the end is not part of it.
    #[arg(long, conflicts_with_all = ["password_file", "password_command"])]
    pub password_stdin: bool,

    /// With the grant browser: open none here, print the address for one elsewhere
    ///
    /// What the browser comes back to is then pasted here: over ssh, or in a container.
    #[arg(long)]
    pub no_browser: bool,

    /// Keep config.toml as it is; the session is kept all the same
    #[arg(long)]
    pub no_save: bool,

    /// Where and how to log in.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok token`.
#[derive(Debug, Args)]
#[command(
    mut_args(long_help_only),
    after_help = pages::TOKEN.short,
    after_long_help = pages::TOKEN.long
)]
pub struct TokenArgs {
    /// Print a whole header line: Authorization: Bearer ...
    ///
    /// With a token that is bound to a key (--dpop) it is two lines, Authorization and DPoP, which serve for one request:
    /// --url and --method say which.
    #[arg(long, conflicts_with = "json")]
    pub header: bool,

    /// With --header: the URL of the request that a token bound to a key is for
    ///
    /// Without effect where the token is not bound to a key.
    #[arg(long, value_name = "URL", requires = "header", conflicts_with = "json", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub url: Option<String>,

    /// With --url: the method of that request [default: GET]
    #[arg(long, value_name = "METHOD", requires = "url", value_parser = TEXT)]
    pub method: Option<String>,

    /// With --url: the nonce that the server of that request asks for (DPoP-Nonce)
    #[arg(long, value_name = "NONCE", requires = "url", value_parser = TEXT)]
    pub nonce: Option<String>,

    /// Print the token with its type, expiry and scopes as JSON
    #[arg(long)]
    pub json: bool,

    /// Print the ID token instead of the access token
    ///
    /// For services that take one, such as Kubernetes; the server gives one for the scope openid.
    #[arg(long, conflicts_with_all = ["header", "json"])]
    pub id_token: bool,

    /// Print the token that this service gets (tok bind)
    ///
    /// For programs that run a command for a password and name no server in it, such as those for mail (tok-mail(7)). With
    /// --header the header is what the service takes.
    #[arg(long = "for", value_name = "ORIGIN", conflicts_with = "id_token", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub origin: Option<String>,

    /// How long the token must still be valid [default: 30s]
    ///
    /// A duration such as 90s, 10m or 1h; without a unit it is in seconds. A token that has less left is
    /// refreshed first.
    #[arg(long, value_name = "DURATION", value_parser = TEXT)]
    pub min_ttl: Option<String>,

    /// Where and how the session was made.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok curl`.
#[derive(Debug, Args)]
#[command(
    mut_args(long_help_only),
    override_usage = "tok curl [OPTIONS] -- ARGUMENT...",
    after_help = pages::CURL.short,
    after_long_help = pages::CURL.long
)]
pub struct CurlArgs {
    /// Arguments of curl: one https address, and whatever else curl takes
    ///
    /// The header would go to every address, so that there may be one only. Curl's own configuration is not read (-q), and
    /// options are refused that could name other addresses, trust any server (-k) or are not known to tok.
    #[arg(last = true, required = true, value_name = "ARGUMENT", value_hint = ValueHint::Other)]
    pub args: Vec<OsString>,

    /// How long the token must still be valid [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = TEXT)]
    pub min_ttl: Option<String>,

    /// The nonce that the service asks for (DPoP-Nonce), for a token that is bound to a key
    #[arg(long, value_name = "NONCE", value_parser = TEXT)]
    pub nonce: Option<String>,

    /// Where and how the session was made.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok refresh`.
#[derive(Debug, Args)]
#[command(
    mut_args(long_help_only),
    after_help = "\
Examples:
  tok refresh
  tok -p work refresh"
)]
pub struct RefreshArgs {
    /// Where and how the session was made.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok show`.
#[derive(Debug, Args)]
#[command(
    mut_args(long_help_only),
    after_help = "\
Examples:
  tok show
  tok show --json
  tok show --online
  tok show --claims --online"
)]
pub struct ShowArgs {
    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Also ask the server: is the token good, for what, and who is the user
    ///
    /// By introspection (RFC 7662) and userinfo (OpenID Connect), where the server has them. Nothing is refreshed.
    #[arg(long)]
    pub online: bool,

    /// Show what the tokens say of themselves, where they are JWTs
    ///
    /// Not verified, unless with --online the issuer's keys prove it.
    #[arg(long)]
    pub claims: bool,

    /// Where and how the session was made.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok logout`.
#[derive(Debug, Args)]
#[command(
    mut_args(long_help_only),
    after_help = "\
Examples:
  tok logout
  tok logout --all
  tok -p work logout --local"
)]
pub struct LogoutArgs {
    /// Log out of every profile
    #[arg(long)]
    pub all: bool,

    /// Only forget the session here; ask the server nothing
    #[arg(long)]
    pub local: bool,

    /// Where and how the session was made.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok profile`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tok profile list
  tok profile set work issuer=https://sso.example.com/realms/main client-id=tok
  tok profile default work")]
pub struct ProfileArgs {
    /// What is to be done with profiles.
    #[command(subcommand)]
    pub verb: ProfileVerb,
}

/// What can be done with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileVerb {
    /// List the profiles
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a profile's settings and where each comes from
    Show {
        /// Profile to show; else the one selected
        #[arg(value_parser = TEXT)]
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Set or unset keys of a profile
    ///
    /// The keys are those of config.toml. The profile is created if need be; comments and order in the file are kept.
    Set(ProfileSetArgs),
    /// Log out of a profile and remove it
    ///
    /// It is removed even when the server cannot be reached; then the exit code is 5.
    Remove {
        /// Profile to remove
        #[arg(value_parser = TEXT)]
        name: String,
    },
    /// Print the default profile's name, or choose the default profile
    Default {
        /// Profile that is to be the default
        #[arg(value_parser = TEXT)]
        name: Option<String>,
    },
}

/// Arguments of `tok profile set`.
#[derive(Debug, Args)]
#[command(
    override_usage = "tok profile set [OPTIONS] [NAME] [KEY=VALUE]... [--unset KEY]...",
    after_help = "\
Examples:
  tok profile set issuer=https://sso.example.com/realms/main client-id=tok
  tok profile set work timeout=60s scopes='openid offline_access'
  tok profile set work audience=https://a.example audience=https://b.example --unset username
  tok profile set work extra=organization=org_1 extra=prompt=none"
)]
pub struct ProfileSetArgs {
    /// Profile's name first, if it is not the one selected; then what to set
    ///
    /// A key that takes a list may be repeated; scopes may also hold several with spaces between them. The value of
    /// extra is a parameter itself: extra=KEY=VALUE, which may be repeated too. KEY= with nothing after it is an empty
    /// list.
    #[arg(value_name = "NAME|KEY=VALUE", required_unless_present = "unset", value_parser = TEXT)]
    pub words: Vec<String>,

    /// Key to remove from the profile; may be repeated
    #[arg(long, value_name = "KEY", action = ArgAction::Append, value_parser = TEXT)]
    pub unset: Vec<String>,
}

impl ProfileSetArgs {
    /// The profile's name, if one was given: the first word when it holds no `=`, which no profile's name can hold.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.words.first().map(String::as_str).filter(|word| !word.contains('='))
    }

    /// The words after the name: each should be `KEY=VALUE`.
    #[must_use]
    pub fn assignments(&self) -> &[String] {
        &self.words[usize::from(self.name().is_some())..]
    }
}

/// Arguments of `tok completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tok completions bash >~/.local/share/bash-completion/completions/tok
  tok completions fish >~/.config/fish/completions/tok.fish")]
pub struct CompletionsArgs {
    /// Shell to write for
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Shells for which there are completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Elvish,
    Powershell,
    Nushell,
}
