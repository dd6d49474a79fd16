//! The verbs that hand tokens to other programs: which services a profile answers for, and how programs ask.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgAction, ArgGroup, Args, Subcommand, ValueEnum, ValueHint};

use super::pages::{self, helpers};
use super::settings::{SettingArgs, TEXT, long_help_only};

/// Arguments of `tok bind`.
#[derive(Debug, Args)]
#[command(
    override_usage = "tok bind [OPTIONS] ORIGIN\n       tok bind --remove ORIGIN\n       tok bind --list",
    after_help = pages::BIND.short,
    after_long_help = pages::BIND.long
)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct BindArgs {
    /// Service that the profile answers for: https://HOST[:PORT], without a path
    ///
    /// Without a scheme it is https; http is for this machine alone (127.0.0.1, [::1], localhost).
    #[arg(value_name = "ORIGIN", value_hint = ValueHint::Url, value_parser = TEXT, required_unless_present = "list")]
    pub origin: Option<String>,

    /// How the service takes the token: bearer, or basic:USER with the token as the password [default: bearer]
    #[arg(long = "as", value_name = "SCHEME", value_parser = TEXT)]
    pub scheme: Option<String>,

    /// Ask for a token that is good for this resource only (RFC 8707); may be repeated
    #[arg(long, value_name = "URI", action = ArgAction::Append, value_parser = TEXT)]
    pub resource: Vec<String>,

    /// Ask for a token for this audience only; may be repeated
    #[arg(long, value_name = "NAME", action = ArgAction::Append, value_parser = TEXT)]
    pub audience: Vec<String>,

    /// Ask for a token with these scopes only; may be repeated
    #[arg(long, value_name = "SCOPE", action = ArgAction::Append, value_parser = TEXT)]
    pub scope: Vec<String>,

    /// Get the narrower token by an exchange (RFC 8693), not by a refresh
    #[arg(long)]
    pub exchange: bool,

    /// Hand out the ID token in place of the access token: for Kubernetes and clouds
    #[arg(long, conflicts_with_all = ["resource", "audience", "scope", "exchange"])]
    pub id_token: bool,

    /// List what is bound, of every profile or of the one named with -p
    #[arg(long, conflicts_with_all = ["origin", "scheme", "resource", "audience", "scope", "exchange", "id_token"])]
    pub list: bool,

    /// With --list: print JSON
    #[arg(long, requires = "list", conflicts_with = "origin")]
    pub json: bool,

    /// Answer for this service no longer
    #[arg(long, conflicts_with_all = ["list", "scheme", "resource", "audience", "scope", "exchange", "id_token"])]
    pub remove: bool,
}

/// Arguments of `tok exec`.
#[derive(Debug, Args)]
#[command(
    mut_args(long_help_only),
    group = ArgGroup::new("place").required(true).multiple(true).args(["env", "file"]),
    override_usage = "tok exec [OPTIONS] <--env VAR|--file VAR>... -- COMMAND [ARGUMENT]...",
    after_help = pages::EXEC.short,
    after_long_help = pages::EXEC.long
)]
pub struct ExecArgs {
    /// Put the token into this variable of the command; may be repeated
    ///
    /// Whatever the command starts inherits it, and other processes of the same user can read it.
    #[arg(long, value_name = "VAR", action = ArgAction::Append, value_parser = TEXT)]
    pub env: Vec<String>,

    /// Put the path of a file with the token into this variable of the command; may be repeated
    ///
    /// The file has no name in any folder and is gone with the command. While it lives, other processes of the same user
    /// can open it. On macOS it can be read once; on Windows there is none.
    #[arg(long, value_name = "VAR", action = ArgAction::Append, value_parser = TEXT)]
    pub file: Vec<String>,

    /// Give the token that this service gets (tok bind)
    #[arg(long = "for", value_name = "ORIGIN", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub origin: Option<String>,

    /// Give the ID token in place of the access token
    #[arg(long, conflicts_with = "origin")]
    pub id_token: bool,

    /// How long the token must still be valid [default: 30s]
    #[arg(long, value_name = "DURATION", value_parser = TEXT)]
    pub min_ttl: Option<String>,

    /// Command, and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND", value_hint = ValueHint::CommandWithArguments)]
    pub command: Vec<OsString>,

    /// Where and how the session was made.
    #[command(flatten)]
    pub settings: SettingArgs,
}

/// Arguments of `tok helper`.
#[derive(Debug, Args)]
#[command(after_help = pages::HELPER.short, after_long_help = pages::HELPER.long)]
pub struct HelperArgs {
    /// Whose helper it is to be.
    #[command(subcommand)]
    pub client: HelperClient,
}

/// The programs that take a token from a helper. Each page says how the program is set up, and what it is told.
#[derive(Debug, Subcommand)]
pub enum HelperClient {
    /// git, also as git-credential-tok: a credential helper
    ///
    /// git 2.46 and later get a bearer token, unless the server has Basic only; older ones get the token as a password.
    /// git-lfs has git ask. git send-email asks for smtp, which is no origin of ours: tok-token(1) has a line for it.
    #[command(after_help = helpers::GIT.short, after_long_help = helpers::GIT.long)]
    Git {
        /// get; erase says that the token was rejected; whatever else git says is ignored
        #[arg(value_parser = TEXT)]
        operation: String,
    },
    /// docker, podman, skopeo, crane, oras; also as docker-credential-tok
    ///
    /// The token is a password, which docker takes to the token service that the registry names. docker logout does not
    /// end the login. podman, skopeo, crane and oras start the same helper.
    #[command(after_help = helpers::DOCKER.short, after_long_help = helpers::DOCKER.long)]
    Docker {
        /// get or list; erase does nothing, store is refused
        #[arg(value_parser = TEXT)]
        operation: String,
    },
    /// kubectl and whatever uses client-go: an exec credential plugin
    ///
    /// The cluster is the one that kubectl names (provideClusterInfo), else that of --for. Clusters that trust an OpenID
    /// Connect issuer take the ID token: tok bind ORIGIN --id-token.
    #[command(after_help = helpers::KUBE.short, after_long_help = helpers::KUBE.long)]
    Kube {
        /// The cluster's server, where its address does not come with the call
        #[arg(long = "for", value_name = "ORIGIN", value_hint = ValueHint::Url, value_parser = TEXT)]
        origin: Option<String>,
    },
    /// cargo, also as cargo-credential-tok: a credential provider
    ///
    /// For fetching and for publishing. cargo sends what it gets as the whole Authorization header.
    #[command(after_help = helpers::CARGO.short, after_long_help = helpers::CARGO.long)]
    Cargo {
        /// What cargo says
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD", value_parser = TEXT)]
        words: Vec<String>,
    },
    /// pip and uv, as a program named keyring
    ///
    /// pip and uv start the first keyring in PATH; tok setup keyring makes one in a folder of its own and says how to put that
    /// first. For pip before 26.2, and for uv, the index has to name a user: https://ada@pypi.example.com/simple/. twine
    /// takes a variable: tok exec --env TWINE_PASSWORD.
    #[command(after_help = helpers::KEYRING.short, after_long_help = helpers::KEYRING.long)]
    Keyring {
        /// What pip and uv say: get URL [USER], with --mode and --output
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORD", value_parser = TEXT)]
        words: Vec<String>,
    },
    /// Bazel, and whatever uses its credential helpers; also as bazel-credential-tok
    ///
    /// The header goes with remote caches, remote execution, and what is fetched. Bazel keeps it until it expires.
    #[command(after_help = helpers::BAZEL.short, after_long_help = helpers::BAZEL.long)]
    Bazel {
        /// get
        #[arg(value_parser = TEXT)]
        operation: String,
    },
    /// Go 1.24 and later: GOAUTH='tok helper goauth'
    ///
    /// Go is told the header of every https origin that is bound, at the first address that it asks for.
    #[command(after_help = helpers::GOAUTH.short, after_long_help = helpers::GOAUTH.long)]
    Goauth {
        /// The address that the server refused, with its answer on standard input
        #[arg(value_name = "URL", value_parser = TEXT)]
        url: Option<String>,
    },
    /// Terraform and OpenTofu, also as terraform-credentials-tok
    ///
    /// For registries and HCP Terraform: https, at the default port or the one that is named. terraform login and logout are
    /// refused, the login is tok's.
    #[command(after_help = helpers::TERRAFORM.short, after_long_help = helpers::TERRAFORM.long)]
    Terraform {
        /// get; store and forget are refused
        #[arg(value_parser = TEXT)]
        operation: String,
        /// The service's host
        #[arg(value_parser = TEXT)]
        host: String,
    },
    /// pnpm's tokenHelper, as tok-bearer-PROFILE or tok-bearer-PROFILE@HOST
    ///
    /// pnpm gives its helper no argument, so that profile and registry are in the program's name. It takes tokenHelper from
    /// the user's own .npmrc only. npm and yarn take a variable: tok exec --env NPM_TOKEN.
    #[command(after_help = helpers::PNPM.short, after_long_help = helpers::PNPM.long)]
    Pnpm {
        /// The registry; may be left out where the profile is bound to one service only
        #[arg(long = "for", value_name = "ORIGIN", value_hint = ValueHint::Url, value_parser = TEXT)]
        origin: Option<String>,
    },
    /// AWS, as its credential_process: short-lived keys for the ID token (AssumeRoleWithWebIdentity)
    ///
    /// The profile has to be bound to the security token service, with --id-token. The keys are not kept; AWS's programs ask
    /// again when they end. Without a credential_process: tok exec --file AWS_WEB_IDENTITY_TOKEN_FILE --id-token.
    #[command(after_help = helpers::AWS.short, after_long_help = helpers::AWS.long)]
    Aws {
        /// Role to assume
        #[arg(long, value_name = "ARN", value_parser = TEXT)]
        role_arn: String,
        /// Name of the session, as AWS shows it in its logs
        #[arg(long, value_name = "NAME", default_value = "tok", value_parser = TEXT)]
        session_name: String,
        /// The token service; the profile has to be bound to it
        #[arg(long, value_name = "URL", default_value = "https://sts.amazonaws.com", value_hint = ValueHint::Url,
            value_parser = TEXT)]
        endpoint: String,
    },
    /// Google Cloud, as an executable-sourced credential
    ///
    /// For workload identity federation. Google's libraries start it only where GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1.
    /// The profile has to be bound to Google's token service, with --id-token.
    #[command(after_help = helpers::GCP.short, after_long_help = helpers::GCP.long)]
    Gcp {
        /// The token service; the profile has to be bound to it
        #[arg(long = "for", value_name = "ORIGIN", default_value = "https://sts.googleapis.com",
            value_hint = ValueHint::Url, value_parser = TEXT)]
        origin: String,
    },
}

/// Arguments of `tok setup`.
#[derive(Debug, Args)]
#[command(after_help = pages::SETUP.short,
    after_long_help = pages::SETUP.long)]
pub struct SetupArgs {
    /// Program to set up
    #[arg(value_enum, value_name = "CLIENT")]
    pub client: SetupClient,

    /// Service that the program is to reach with the token; it is bound to the profile, unless it is already
    #[arg(long = "for", required = true, value_name = "ORIGIN", value_hint = ValueHint::Url, value_parser = TEXT)]
    pub origin: String,

    /// Only show what would be done
    #[arg(long, conflicts_with = "remove")]
    pub print: bool,

    /// Undo what setup did, and nothing else
    #[arg(long)]
    pub remove: bool,

    /// Folder for the names by which programs start tok [default: ~/.local/bin]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub bin_dir: Option<PathBuf>,

    /// aws: role to assume
    #[arg(long, value_name = "ARN", value_parser = TEXT)]
    pub role_arn: Option<String>,

    /// cargo: the registry's name, where cargo's own settings do not say which one is there
    #[arg(long, value_name = "NAME", value_parser = TEXT)]
    pub registry: Option<String>,

    /// gcp: audience of the workload identity pool, //iam.googleapis.com/...
    #[arg(long, value_name = "AUDIENCE", value_parser = TEXT)]
    pub pool: Option<String>,
}

/// Programs that `tok setup` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum SetupClient {
    Git,
    Docker,
    Podman,
    Kube,
    Cargo,
    Keyring,
    Bazel,
    Go,
    Terraform,
    Pnpm,
    Aws,
    Gcp,
}
