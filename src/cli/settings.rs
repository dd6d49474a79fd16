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

    /// Device authorization endpoint (RFC 8628), where it is not discovered
    ///
    /// Key device-endpoint, variable TOK_DEVICE_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub device_endpoint: Option<String>,

    /// Authorization endpoint, where it is not discovered
    ///
    /// Key authorization-endpoint, variable TOK_AUTHORIZATION_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub authorization_endpoint: Option<String>,

    /// Pushed authorization request endpoint (RFC 9126), where it is not discovered
    ///
    /// Where it is set, or where the server demands it, authorization requests are pushed. Key par-endpoint, variable
    /// TOK_PAR_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub par_endpoint: Option<String>,

    /// Introspection endpoint (RFC 7662), where it is not discovered
    ///
    /// Key introspection-endpoint, variable TOK_INTROSPECTION_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub introspection_endpoint: Option<String>,

    /// Userinfo endpoint (OpenID Connect), where it is not discovered
    ///
    /// Key userinfo-endpoint, variable TOK_USERINFO_ENDPOINT.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub userinfo_endpoint: Option<String>,

    /// Client identifier that the server knows this program by
    ///
    /// Key client-id, variable TOK_CLIENT_ID.
    #[arg(long, value_name = "ID", value_parser = TEXT)]
    pub client_id: Option<String>,

    /// How the client authenticates [default: by what it has, else none]
    ///
    /// With a private key it is private-key-jwt, else with a client secret basic, else with a certificate tls. basic-raw is
    /// for servers that decode HTTP Basic without the form-decoding of RFC 6749 section 2.3.1; client-secret-jwt signs with
    /// the client secret instead of sending it. Key client-auth, variable TOK_CLIENT_AUTH.
    #[arg(long, value_name = "METHOD", value_parser = Text(&["none", "basic", "basic-raw", "post", "client-secret-jwt", "private-key-jwt", "tls"]))]
    pub client_auth: Option<String>,

    /// How a login gets its first token [default: password]
    ///
    /// password: user name and password. browser: the login page of the server, in a browser (authorization code and
    /// PKCE). device: a code that is entered on another device. client-credentials: the client for itself. token-exchange
    /// and jwt-bearer: a token of another issuer, such as a CI system's, which needs no secret here. auto: the safest that
    /// works here. Key grant, variable TOK_GRANT.
    #[arg(long, value_name = "GRANT", value_parser = Text(&["password", "client-credentials", "device", "browser", "token-exchange", "jwt-bearer", "auto"]))]
    pub grant: Option<String>,

    /// User to log in
    ///
    /// Key username, variable TOK_USERNAME.
    #[arg(short, long, value_name = "USER", value_hint = ValueHint::Other, value_parser = TEXT)]
    pub username: Option<String>,

    /// Read the private key of the client's assertions from a file
    ///
    /// PEM or JWK; for --client-auth private-key-jwt. Key private-key-file, variable TOK_PRIVATE_KEY_FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "private_key_command")]
    pub private_key_file: Option<PathBuf>,

    /// Read the private key of the client's assertions from a shell command's output
    ///
    /// Key private-key-command, variable TOK_PRIVATE_KEY_COMMAND.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, value_parser = TEXT)]
    pub private_key_command: Option<String>,

    /// Name by which the server knows the private key (kid)
    ///
    /// Key key-id, variable TOK_KEY_ID.
    #[arg(long, value_name = "ID", value_parser = TEXT)]
    pub key_id: Option<String>,

    /// Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    ///
    /// Key signing-alg, variable TOK_SIGNING_ALG.
    #[arg(long, value_name = "ALG", value_parser = Text(&["ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "HS256"]))]
    pub signing_alg: Option<String>,

    /// Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    ///
    /// endpoint is whichever is asked, as some servers want it at each. Key assertion-audience, variable
    /// TOK_ASSERTION_AUDIENCE.
    #[arg(long, value_name = "AUDIENCE", value_parser = TEXT)]
    pub assertion_audience: Option<String>,

    /// File with the client's certificate (PEM), for --client-auth tls
    ///
    /// Key client-cert, variable TOK_CLIENT_CERT.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub client_cert: Option<PathBuf>,

    /// File with the key of the client's certificate (PEM)
    ///
    /// Key client-key, variable TOK_CLIENT_KEY.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub client_key: Option<PathBuf>,

    /// Read the token that is exchanged or asserted from a file
    ///
    /// For the grants token-exchange and jwt-bearer. Key subject-token-file, variable TOK_SUBJECT_TOKEN_FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "subject_token_command")]
    pub subject_token_file: Option<PathBuf>,

    /// Read the token that is exchanged or asserted from a shell command's output
    ///
    /// Key subject-token-command, variable TOK_SUBJECT_TOKEN_COMMAND.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, value_parser = TEXT)]
    pub subject_token_command: Option<String>,

    /// Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    ///
    /// github asks GitHub for the job's identity token, for the audience that the server expects. gitlab takes an id_token
    /// of the job from a variable (SIGSTORE_ID_TOKEN unless named); env takes any variable. systemd reads a credential of the service. Key
    /// subject-token-from, variable TOK_SUBJECT_TOKEN_FROM.
    #[arg(long, value_name = "SOURCE", value_parser = TEXT)]
    pub subject_token_from: Option<String>,

    /// What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    ///
    /// RFC 8693 section 3. Key subject-token-type, variable TOK_SUBJECT_TOKEN_TYPE.
    #[arg(long, value_name = "TYPE", value_parser = TEXT)]
    pub subject_token_type: Option<String>,

    /// What is wanted in exchange: access_token, jwt, ... or a URN
    ///
    /// RFC 8693 section 3; else the server decides. Key requested-token-type, variable TOK_REQUESTED_TOKEN_TYPE.
    #[arg(long, value_name = "TYPE", value_parser = TEXT)]
    pub requested_token_type: Option<String>,

    /// Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    ///
    /// A loopback address as it is registered for the client; with a port, that port is used. Key redirect-uri,
    /// variable TOK_REDIRECT_URI.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub redirect_uri: Option<String>,

    /// Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    ///
    /// The key is kept with the session. Key dpop, variable TOK_DPOP.
    #[arg(long, value_name = "YES", num_args = 0..=1, require_equals = true, default_missing_value = "true",
        value_parser = Text(&["true", "false"]))]
    pub dpop: Option<String>,

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
