//! The settings as options, and the parser of every text on the command line.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Args, Command, ValueHint};

/// The help heading of the options that are settings.
const HEADING: &str = "Settings";

/// The settings as options. Texts are checked by `settings`, so that an error can name option, variable or line alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
#[command(next_help_heading = HEADING)]
pub struct SettingArgs {
    /// Issuer of the tokens; its endpoints are discovered
    ///
    /// An https URL, to the byte as the server's metadata has it. Key issuer, variable TOK_ISSUER.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub issuer: Option<String>,

    /// Token endpoint, where there is no discovery
    ///
    /// Key token-endpoint, variable TOK_TOKEN_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub token_endpoint: Option<String>,

    /// Revocation endpoint, where it is not discovered
    ///
    /// Key revocation-endpoint, variable TOK_REVOCATION_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub revocation_endpoint: Option<String>,

    /// Client identifier that the server knows this program by
    ///
    /// Key client-id, variable TOK_CLIENT_ID.
    #[arg(long, value_name = "ID", value_parser = TEXT)]
    pub client_id: Option<String>,

    /// How the client authenticates [default: basic with a client secret, else none]
    ///
    /// basic-raw is for servers that decode HTTP Basic without the form-decoding of RFC 6749 section 2.3.1. Key
    /// client-auth, variable TOK_CLIENT_AUTH.
    #[arg(long, value_name = "METHOD", value_parser = Text(&["none", "basic", "basic-raw", "post"]))]
    pub client_auth: Option<String>,

    /// How a login gets its first token [default: password]
    ///
    /// Key grant, variable TOK_GRANT.
    #[arg(long, value_name = "GRANT", value_parser = Text(&["password"]))]
    pub grant: Option<String>,

    /// User to log in
    ///
    /// Key username, variable TOK_USERNAME.
    #[arg(short, long, value_name = "USER", value_hint = ValueHint::Other, value_parser = TEXT)]
    pub username: Option<String>,

    /// Scope to ask for; may be repeated
    ///
    /// Several may be given at once with spaces between them; an empty text asks for none. Key scopes,
    /// variable TOK_SCOPE.
    #[arg(long, value_name = "SCOPE", action = ArgAction::Append, value_parser = TEXT)]
    pub scope: Vec<String>,

    /// Audience the token is for; may be repeated
    ///
    /// Key audience, variable TOK_AUDIENCE (with spaces between several).
    #[arg(long, value_name = "AUDIENCE", action = ArgAction::Append, value_parser = TEXT)]
    pub audience: Vec<String>,

    /// Resource the token is for (RFC 8707); may be repeated
    ///
    /// Key resource, variable TOK_RESOURCE (with spaces between several).
    #[arg(long, value_name = "URI", action = ArgAction::Append, value_parser = TEXT)]
    pub resource: Vec<String>,

    /// Further parameter for the token request; may be repeated
    ///
    /// For servers that want more than the standard does. Not for secrets. Key extra, variable TOK_EXTRA (written as in
    /// a URL's query: a=1&b=2).
    #[arg(long, value_name = "KEY=VALUE", action = ArgAction::Append, value_parser = TEXT)]
    pub extra: Vec<String>,

    /// Where the session is kept [default: keyring]
    ///
    /// keyring: the platform's. kernel: the Linux kernel's, gone at reboot. file: a file that only you can read. none:
    /// nothing is kept; the default for credentials from the environment. Key store, variable TOK_STORE.
    #[arg(long, value_name = "STORE", value_parser = Text(&["keyring", "kernel", "file", "none"]))]
    pub store: Option<String>,

    /// File with certificates (PEM) to trust besides the system's
    ///
    /// Key ca-file, variable TOK_CA_FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,

    /// How long an exchange with the server may take [default: 30s]
    ///
    /// A duration such as 500ms, 30s or 2m; without a unit it is in seconds. Key timeout, variable TOK_TIMEOUT.
    #[arg(long, value_name = "DURATION", value_parser = TEXT)]
    pub timeout: Option<String>,

    /// Read the password from a file
    ///
    /// One line terminator at the end is not part of it. Key password-file, variable TOK_PASSWORD_FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "password_command")]
    pub password_file: Option<PathBuf>,

    /// Read the password from a shell command's output
    ///
    /// One line terminator at the end is not part of it. Key password-command, variable TOK_PASSWORD_COMMAND.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, value_parser = TEXT)]
    pub password_command: Option<String>,

    /// Read the client secret from a file
    ///
    /// One line terminator at the end is not part of it. Key client-secret-file, variable TOK_CLIENT_SECRET_FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "client_secret_command")]
    pub client_secret_file: Option<PathBuf>,

    /// Read the client secret from a shell command's output
    ///
    /// One line terminator at the end is not part of it. Key client-secret-command, variable TOK_CLIENT_SECRET_COMMAND.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, value_parser = TEXT)]
    pub client_secret_command: Option<String>,
}

/// Leaves the settings to the long help of the verbs that rarely need them.
pub(super) fn long_help_only(arg: Arg) -> Arg {
    let setting = arg.get_help_heading() == Some(HEADING);
    if setting { arg.hide_short_help(true) } else { arg }
}

/// Any UTF-8 text.
pub(super) const TEXT: Text = Text(&[]);

/// Takes any UTF-8 text. The names it holds are for the help and the completions only: a text that is none of them is
/// refused by `settings`.
#[derive(Clone)]
pub(super) struct Text(&'static [&'static str]);

impl TypedValueParser for Text {
    type Value = String;

    /// Refuses what is not UTF-8 by the argument's name, without a byte of it (I04).
    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        value.to_str().map(str::to_owned).ok_or_else(|| {
            let name = match arg.map(|arg| (arg.get_long(), arg.get_id())) {
                Some((Some(long), _)) => format!("--{long}"),
                Some((None, id)) => id.as_str().to_uppercase(),
                None => "an argument".to_owned(),
            };
            command.clone().error(ErrorKind::InvalidUtf8, format!("the value of {name} is not UTF-8 text"))
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        if self.0.is_empty() { None } else { Some(Box::new(self.0.iter().map(PossibleValue::new))) }
    }
}
