//! The pages of the helpers, one for each program that asks.

use super::Page;

page!(
    /// `tok helper git`
    GIT,
    [
        "\
Configuration:
  In ~/.gitconfig, with a link git-credential-tok to tok in PATH. The empty
  line leaves out the helpers that are named before it, which would be asked
  as well, and keep what they see. A profile may follow: tok --profile work.

      [credential \"https://git.example.com\"]
          helper =
          helper = tok",
        concat!(
            "\
Answer:
  To git 2.46 and later: authtype=Bearer, credential with the token, ephemeral
  and password_expiry_utc. To earlier ones, where the server offers Basic and
  not Bearer, and where the service is bound with --as basic:USER: username,
  password with the token, and password_expiry_utc. The name is USER, who alone
  is answered then; else the one that git asks for, the profile's, or oauth2.

  ",
            a_minute!()
        ),
        "\
Rejection:
  git reports it (erase), and the next answer comes after a refresh: the command
  fails, the next one works. A token that came in place of a rejected one is
  not replaced in its first minute.",
        which_profile!(),
        exit_codes!("a token, or nothing: git asks its next helper, or the person"),
    ],
    "  tok setup git --for https://git.example.com"
);

page!(
    /// `tok helper docker`
    DOCKER,
    [
        "\
Configuration:
  In ~/.docker/config.json, for podman in ~/.config/containers/auth.json, with a
  link docker-credential-tok to tok in PATH. There is no room for a profile.

      {
        \"credHelpers\": {
          \"registry.example.com\": \"tok\"
        }
      }",
        concat!(
            "\
Answer:
  get: {\"ServerURL\":...,\"Username\":...,\"Secret\":TOKEN}, where the name is that
  of the binding (--as basic:USER), else the profile's, else oauth2. With
  --as 'basic:<token>' docker takes the token for a refresh token. list: the
  addresses that are bound, each with its name.

  ",
            a_minute!()
        ),
        no_report!("docker"),
        which_profile!(),
        "\
Exit codes:
  0  an answer; erase, which does nothing
  1  no token; standard output says why, for a registry that is not bound
     \"credentials not found in native keychain\"",
    ],
    "  \
  tok setup docker --for registry.example.com
  tok setup podman --for registry.example.com"
);

page!(
    /// `tok helper kube`
    KUBE,
    [
        "\
Configuration:
  In ~/.kube/config; kubectl --context tok-k8s.example.com:6443 uses it. A profile
  stands before helper in args: --profile, work. With provideClusterInfo kubectl
  (1.20 and later) names the cluster, and that counts: one such user does for all
  clusters. --for is for a kubectl that names none.

      users:
      - name: tok-work-k8s.example.com:6443
        user:
          exec:
            apiVersion: client.authentication.k8s.io/v1beta1
            args:
            - helper
            - kube
            - --for
            - https://k8s.example.com:6443
            command: tok
            env: null
            interactiveMode: Never
            provideClusterInfo: true
      contexts:
      - context:
          cluster: production
          user: tok-work-k8s.example.com:6443
        name: tok-k8s.example.com:6443",
        concat!(
            "\
Answer:
  To KUBERNETES_EXEC_INFO, which kubectl sets: an ExecCredential of the same
  version, v1 or v1beta1, with token and expirationTimestamp in its status. It
  is the ID token where the service is bound with --id-token: clusters that
  trust an OpenID Connect issuer take that.

  ",
            a_minute!()
        ),
        no_report!("kubectl"),
        which_profile!(),
        exit_codes!("a token"),
    ],
    "  tok setup kube --for https://k8s.example.com:6443 --print"
);

page!(
    /// `tok helper cargo`
    CARGO,
    [
        "\
Configuration:
  In ~/.cargo/config.toml, where cargo-credential-tok is a link to tok. More
  words of the list may name a profile: \"--profile\", \"work\".

      [registries.corp]
      index = \"sparse+https://crates.example.com/index/\"
      credential-provider = [\"/home/ada/.local/bin/cargo-credential-tok\"]

  For every registry; cargo asks the last first, and the one before it for what is
  not bound:

      [registry]
      global-credential-providers = [\"cargo:token\", \"cargo-credential-tok\"]",
        concat!(
            "\
Answer:
  {\"Ok\":{\"kind\":\"get\",\"token\":\"Bearer TOKEN\",\"cache\":\"expires\",\"expiration\":...,
  \"operation_independent\":true}}, for fetching and for publishing; without
  expiration where the server tells none, and \"cache\":\"session\". Where the
  registry is not bound {\"Err\":{\"kind\":\"url-not-supported\"}}: cargo asks its
  next provider. login and logout: operation-not-supported.

  ",
            a_minute!()
        ),
        no_report!("cargo"),
        which_profile!(),
        "\
Exit codes:
  0  also for a failure, which stands in the answer: {\"Err\":...}",
    ],
    "  tok setup cargo --for https://crates.example.com --registry corp --print"
);

page!(
    /// `tok helper keyring`
    KEYRING,
    [
        "\
Configuration:
  A link keyring to tok, in a folder that is the first in PATH and holds nothing
  else:

      export PATH=\"$HOME/.local/share/tok/keyring:$PATH\"

  In ~/.config/pip/pip.conf, or as PIP_KEYRING_PROVIDER=subprocess:

      [global]
      keyring-provider = subprocess

  In ~/.config/uv/uv.toml, or as UV_KEYRING_PROVIDER=subprocess:

      keyring-provider = \"subprocess\"

  pip before 26.2 asks for the password of a user and no more: the index has to
  name one, as it has for uv, which else asks where its index has
  authenticate = \"always\". It is the USER of --as basic:USER, else any:

      index-url = https://ada@pypi.example.com/simple/

  pip 23.0 has no such setting: it starts keyring where its own Python has no
  module of that name, and not with --no-input. Earlier ones start none.",
        concat!(
            "\
Answer:
  get URL USER: the token. With --mode creds the user's name on a line before
  it; with --output json {\"username\":...,\"password\":TOKEN}. For an address that
  is not bound, and for anything else that a keyring may be asked, the answer
  and the exit code of the next keyring in PATH.

  ",
            a_minute!()
        ),
        no_report!("pip and uv"),
        which_profile!(),
        "\
Exit codes:
  0     a token
  1     not bound, and no other keyring is in PATH; or anything else
  else  no token, as listed in tok --help; why is on standard error",
    ],
    "  tok setup keyring --for https://pypi.example.com"
);

page!(
    /// `tok helper bazel`
    BAZEL,
    [
        "\
Configuration:
  In ~/.bazelrc, where bazel-credential-tok is a link to tok. The host stands
  without a port; there is no room for a profile.

      common --credential_helper=cache.example.com=/home/ada/.local/bin/bazel-credential-tok",
        concat!(
            "\
Answer:
  To {\"uri\":...} on standard input, https or grpcs:
  {\"headers\":{\"Authorization\":[\"Bearer TOKEN\"]},\"expires\":...}, without
  expires where the server tells none. Bazel keeps it until then.

  ",
            a_minute!()
        ),
        no_report!("Bazel"),
        which_profile!(),
        exit_codes!("a token"),
    ],
    "  tok setup bazel --for https://cache.example.com"
);

page!(
    /// `tok helper goauth`
    GOAUTH,
    [
        "\
Configuration:
  In the file that go env GOENV names, by go env -w; netrc, Go's own default,
  stays behind it. A profile stands before helper: tok --profile work helper
  goauth. Paths may hold no spaces.

      GOAUTH=tok helper goauth; netrc",
        concat!(
            "\
Answer:
  For each https origin that is bound: the origin, an empty line, a line
  Authorization: Bearer TOKEN, and an empty line. With an address as argument,
  for that one alone.

  ",
            a_minute!()
        ),
        "\
Rejection:
  Go tells what the server answered; after a 401 the token is refreshed and
  the same run goes on. A token that came in place of a rejected one is not
  replaced in its first minute.",
        which_profile!(),
        exit_codes!("a token for one origin at least, or nothing is bound"),
    ],
    "  tok setup go --for https://go.example.com"
);

page!(
    /// `tok helper terraform`
    TERRAFORM,
    [
        "\
Configuration:
  In ~/.terraformrc, with a link terraform-credentials-tok to tok in
  ~/.terraform.d/plugins. There can be one helper, for all hosts; a block
  credentials for the host goes before it. A profile is an argument:
  \"--profile=work\".

      credentials_helper \"tok\" {
        args = []
      }

  OpenTofu reads that file only where there is no ~/.tofurc, and once it is there
  no more tofurc in $XDG_CONFIG_HOME/opentofu. TF_CLI_CONFIG_FILE names another,
  for tok setup as well.",
        concat!(
            "\
Answer:
  {\"token\":TOKEN}; {} where the host is not bound, or there is no token.

  ",
            a_minute!()
        ),
        no_report!("Terraform"),
        which_profile!(),
        exit_codes!("a token, or {}: the host is not bound"),
    ],
    "  tok setup terraform --for https://tf.example.com"
);

page!(
    /// `tok helper pnpm`
    PNPM,
    [
        "\
Configuration:
  In ~/.npmrc, the absolute path of a link to tok whose name says the profile
  and the registry, tok-bearer-PROFILE@HOST or with :PORT:

      //npm.example.com/:tokenHelper=/home/ada/.local/bin/tok-bearer-work@npm.example.com",
        concat!(
            "\
Answer:
  The value of the Authorization header, on one line: Bearer TOKEN.

  ",
            a_minute!()
        ),
        no_report!("pnpm"),
        "\
Profile:
  The one in the program's name. It has to be bound to the registry.",
        exit_codes!("a token"),
    ],
    "  tok setup pnpm --for https://npm.example.com"
);

page!(
    /// `tok helper aws`
    AWS,
    [
        "\
Configuration:
  In ~/.aws/config; aws --profile tok-work or AWS_PROFILE=tok-work uses it. A
  profile of tok's stands before helper: tok --profile work helper aws. With
  another token service than AWS's one: --endpoint.

      [profile tok-work]
      credential_process = tok helper aws --role-arn arn:aws:iam::123456789012:role/deploy

  The token service is bound with the ID token:

      tok bind https://sts.amazonaws.com --id-token",
        "\
Answer:
  {\"Version\":1,\"AccessKeyId\":...,\"SecretAccessKey\":...,\"SessionToken\":...,
  \"Expiration\":...}, as the token service gives them for the token. AWS's
  programs ask again when they end. The ID token that is shown for them has a
  minute left at least, where the server issues such ones.",
        no_report!("AWS"),
        which_profile!(),
        exit_codes!("keys"),
    ],
    "  tok setup aws --for https://sts.amazonaws.com --role-arn arn:aws:iam::123456789012:role/deploy"
);

page!(
    /// `tok helper gcp`
    GCP,
    [
        "\
Configuration:
  In a file that GOOGLE_APPLICATION_CREDENTIALS names, and with
  GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1. A profile stands before helper:
  tok --profile work helper gcp. Paths may hold no spaces.

      {
        \"type\": \"external_account\",
        \"audience\": \"//iam.googleapis.com/projects/1/locations/global/...\",
        \"subject_token_type\": \"urn:ietf:params:oauth:token-type:jwt\",
        \"token_url\": \"https://sts.googleapis.com/v1/token\",
        \"credential_source\": {
          \"executable\": {
            \"command\": \"tok helper gcp\",
            \"timeout_millis\": 30000
          }
        }
      }

  The token service is bound with the ID token:

      tok bind https://sts.googleapis.com --id-token",
        concat!(
            "\
Answer:
  {\"version\":1,\"success\":true,\"token_type\":...,\"id_token\":TOKEN,
  \"expiration_time\":...}, with the type that the library asks for in
  GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE; {\"version\":1,\"success\":false,
  \"code\":\"TOK\",\"message\":...} where there is none.

  ",
            a_minute!(),
            " Google's library gets none, as it reads standard error, too."
        ),
        no_report!("Google's library"),
        which_profile!(),
        "\
Exit codes:
  0  also for a failure, which stands in the answer: \"success\":false",
    ],
    "  tok setup gcp --for https://sts.googleapis.com --pool //iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/a/providers/b"
);
