//! What stands below the options in `-h`, in `--help` and on the man pages: examples in all of them, and for the verbs
//! that hand tokens to other programs what those are told, how they are set up by hand, and how the call ends.
//!
//! A line without indentation that ends with a colon is a heading. Two spaces begin a line of text, four and more one that
//! stands as it is. Below `Examples:` and `Exit codes:` every line is one of its own. The man pages are made of that
//! (`examples/generate`), and a test holds the configurations against what `tok setup` writes.

/// What is shown below the options of a verb.
pub(in crate::cli) struct Page {
    /// With `-h`.
    pub short: &'static str,
    /// With `--help`, and on the man page.
    pub long: &'static str,
}

/// A page: what only the long help has, and the examples.
macro_rules! page {
    ($(#[$said:meta])* $name:ident, [$($section:expr),* $(,)?], $examples:literal) => {
        $(#[$said])*
        pub(in crate::cli) const $name: Page = Page {
            short: concat!("Examples:\n", $examples),
            long: concat!($($section, "\n\n",)* "Examples:\n", $examples),
        };
    };
}

/// Which profile answers for a service.
macro_rules! who_answers {
    () => {
        "  \
  The profile that is named with -p, else with TOK_PROFILE, answers if it is bound
  to the service. Where neither names one, the profile that is bound to it does;
  of several the default one (default-profile in config.toml, else \"default\"),
  and where that is not among them, none: the failure names them. Where
  variables say at which server and as whom (TOK_ISSUER, TOK_TOKEN_ENDPOINT,
  TOK_CLIENT_ID, TOK_USERNAME), it is the default profile or none. A name that no
  profile has is an error."
    };
}

/// The same as a section.
macro_rules! which_profile {
    () => {
        concat!("Profile:\n", who_answers!())
    };
}

/// The same for what may be told the service.
macro_rules! with_for {
    () => {
        "Profile:
  With --for as in tok-bind(1): the one that is bound to the service, of
  several the default one. Without it the one that -p tells of."
    };
}

/// How long a token is good for.
macro_rules! a_minute {
    () => {
        "The token is good for 60 seconds at least: one with less left is refreshed
  first. Where the server issues shorter ones, such a one is handed out, with a
  warning."
    };
}

/// What a program does that reports no rejection.
macro_rules! no_report {
    ($program:literal) => {
        concat!(
            "Rejection:\n  That a token was rejected is not reported by ",
            $program,
            ".\n  Where one was revoked before its time, tok refresh helps."
        )
    };
}

/// The exit codes of a helper that has those of the table for a failure; the man page lists them.
macro_rules! exit_codes {
    ($done:literal) => {
        concat!("Exit codes:\n  0     ", $done, "\n  else  no token, as listed in tok --help; why is on standard error")
    };
}

pub(in crate::cli) mod helpers;

page!(
    /// `tok bind`
    BIND,
    [concat!(
        "\
Profile:
  tok bind changes the profile that is named with -p, else with TOK_PROFILE, else
  the default one.

  For what asks for a service's token (tok helper, tok curl, and tok token and
  tok exec with --for) it is the binding that says who answers.

",
        who_answers!()
    )],
    "  \
  tok bind https://git.example.com
  tok -p work bind registry.example.com --as basic:ada --resource https://registry.example.com
  tok bind --list"
);

page!(
    /// `tok token`
    TOKEN,
    [
        with_for!(),
        "\
Mail programs:
  msmtp, mutt and isync run a command for the password. Bind the profile to
  an address that stands for the mail server; whatever scopes or resource its
  token needs are options of tok bind:

      tok bind https://mail.example.com

  msmtp, in the account in ~/.msmtprc; some servers know xoauth2 only:

      auth oauthbearer
      user ada@example.com
      passwordeval tok token --for https://mail.example.com

  mutt and NeoMutt, in ~/.muttrc; xoauth2 is known to mutt 2.0 and later:

      set imap_user = \"ada@example.com\"
      set imap_authenticators = \"oauthbearer:xoauth2\"
      set imap_oauth_refresh_command = \"tok token --for https://mail.example.com\"
      set smtp_authenticators = \"oauthbearer:xoauth2\"
      set smtp_oauth_refresh_command = \"tok token --for https://mail.example.com\"

  isync (mbsync), in the IMAPAccount of ~/.mbsyncrc; it needs a SASL plugin for
  XOAUTH2, such as cyrus-sasl-xoauth2:

      AuthMechs XOAUTH2
      PassCmd \"tok token --for https://mail.example.com\"

  git send-email asks git's helpers for smtp, for which tok helper git has no
  answer; a helper of one line has, in ~/.gitconfig. Perl's Authen::SASL has to
  be 2.1800 or later:

      [sendemail]
          smtpServer = mail.example.com
          smtpServerPort = 587
          smtpEncryption = tls
          smtpUser = ada@example.com
          smtpAuth = XOAUTH2
      [credential \"smtp://mail.example.com:587\"]
          helper =
          helper = \"!f() { test $1 = get && echo password=$(tok token --for https://mail.example.com); }; f\"

  They ask at each connection. None reports a rejection: where a token was
  revoked before its time, tok refresh helps."
    ],
    "  \
  tok token
  tok token --min-ttl 10m
  tok token --for https://mail.example.com
  curl -H @<(tok token --header) https://api.example.com/
  curl -H @<(tok token --header --url https://api.example.com/me) https://api.example.com/me"
);

page!(
    /// `tok curl`
    CURL,
    [
        "\
What is shown:
  curl itself shows the header, and the token with it, with -v (--verbose),
  --trace and --trace-ascii: not for the log of a CI job.",
        which_profile!(),
        "\
Exit codes:
  125   no token, or a call that is refused: curl was not started
  else  curl's own",
    ],
    "  \
  tok curl -- https://api.example.com/me
  tok -p work curl -- -fsS -d name=Ada https://api.example.com/people"
);

page!(
    /// `tok exec`
    EXEC,
    [
        "\
Programs:
  npm reads the variable that ~/.npmrc, or the project's .npmrc, names:

      //npm.example.com/:_authToken=${NPM_TOKEN}

  twine wants a user's name as well, in TWINE_USERNAME: the one that the index
  expects, often __token__. AWS's programs want the role beside the file, in
  AWS_ROLE_ARN.",
        with_for!(),
        "\
Exit codes:
  125   no token, or no such command: nothing was started
  else  the command's own",
    ],
    "  \
  TWINE_USERNAME=ada tok exec --env TWINE_PASSWORD -- twine upload -r work dist/*
  tok -p work exec --env NPM_TOKEN --for https://npm.example.com -- npm publish
  AWS_ROLE_ARN=arn:aws:iam::1:role/deploy tok exec --file AWS_WEB_IDENTITY_TOKEN_FILE --id-token -- aws s3 ls"
);

page!(
    /// `tok setup`
    SETUP,
    [
        "\
What is written:
  An entry or a few in the program's own file, or in the one that its variable
  names;
  where the program looks for its helper by name, a link to tok; and the
  binding in config.toml. What is written looks as on the helper's page.

      git        ~/.gitconfig, else ~/.config/git/config   GIT_CONFIG_GLOBAL
      docker     ~/.docker/config.json                     DOCKER_CONFIG (folder)
      podman     ~/.config/containers/auth.json            REGISTRY_AUTH_FILE
      kube       ~/.kube/config                            KUBECONFIG
      cargo      ~/.cargo/config.toml                      CARGO_HOME (folder)
      keyring    ~/.config/pip/pip.conf                    PIP_CONFIG_FILE
                 ~/.config/uv/uv.toml                      UV_CONFIG_FILE
      bazel      ~/.bazelrc
      go         ~/.config/go/env                          GOENV
      terraform  ~/.terraformrc                            TF_CLI_CONFIG_FILE
      pnpm       ~/.npmrc                                  NPM_CONFIG_USERCONFIG
      aws        ~/.aws/config                             AWS_CONFIG_FILE
      gcp        ~/.config/tok/gcp-PROFILE.json

  On other platforms than Linux the folders are the platform's. Links go to
  ~/.local/bin, which has to be in PATH for git and docker; that of Terraform
  goes to ~/.terraform.d/plugins, and keyring to ~/.local/share/tok/keyring.",
        "\
Profile:
  The one that is named with -p or TOK_PROFILE, and the program's entry then
  names it too; else the default one, and the binding decides (tok-bind(1)).
  The entries of docker, podman, keyring, bazel, go and terraform name none in
  any case: where another profile is bound to the service, too, and would answer
  for it, nothing is set up, with exit code 2.",
    ],
    "  \
  tok setup git --for https://git.example.com
  tok -p work setup kube --for https://k8s.example.com:6443 --print
  tok setup cargo --for https://crates.example.com --remove"
);

page!(
    /// `tok helper`
    HELPER,
    [
        "\
For all of them:
  The page of each says how its program is set up by hand and what it is told.
  A helper answers for bound origins only: scheme, host and port, exactly. It
  asks nobody anything: where there is no session, or the refresh was refused,
  it says so in one line, on standard error or in the answer, with the command
  to type.",
        concat!("  ", a_minute!()),
        "  \
  Nothing is kept for the program, and its own logout does not end the login.
  Tokens that are bound to a key (DPoP) are not handed out.",
        "\
Names:
  Some programs start their helper by a name of their own, or with no arguments.
  A link to tok by one of these names is the helper:

      git-credential-tok           tok helper git
      docker-credential-tok        tok helper docker
      cargo-credential-tok         tok helper cargo
      bazel-credential-tok         tok helper bazel
      terraform-credentials-tok    tok helper terraform
      keyring                      tok helper keyring
      tok-bearer-PROFILE@HOST      tok -p PROFILE helper pnpm --for HOST",
        which_profile!(),
        exit_codes!("an answer, in the program's own form; docker, cargo and gcp want their own codes"),
    ],
    "  \
  echo registry.example.com | tok helper docker get
  GOAUTH='tok helper goauth' go mod download"
);
