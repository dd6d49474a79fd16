module completions {

  def "nu-complete tok color" [] {
    [ "auto" "always" "never" ]
  }

  # Gets and keeps OAuth 2.0 tokens: log in once, use the token everywhere
  export extern tok [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    --version(-V)             # Print version
  ]

  def "nu-complete tok login client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok login grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok login signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok login dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok login store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok login color" [] {
    [ "auto" "always" "never" ]
  }

  # Get a session and keep it
  export extern "tok login" [
    --password-stdin          # Read the password from standard input
    --no-browser              # With the grant browser: open none here, print the address for one elsewhere
    --no-save                 # Keep config.toml as it is; the session is kept all the same
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok login client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok login grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok login signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok login dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok login store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok login color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok token client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok token grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok token signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok token dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok token store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok token color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a valid access token
  export extern "tok token" [
    --header                  # Print a whole header line: Authorization: Bearer ...
    --url: string             # With --header: the URL of the request that a token bound to a key is for
    --method: string          # With --url: the method of that request [default: GET]
    --nonce: string           # With --url: the nonce that the server of that request asks for (DPoP-Nonce)
    --json                    # Print the token with its type, expiry and scopes as JSON
    --id-token                # Print the ID token instead of the access token
    --for: string             # Print the token that this service gets (tok bind)
    --min-ttl: string         # How long the token must still be valid [default: 30s]
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok token client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok token grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok token signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok token dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok token store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok token color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok curl client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok curl grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok curl signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok curl dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok curl store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok curl color" [] {
    [ "auto" "always" "never" ]
  }

  # Run curl with the token, which no list of processes shows
  export extern "tok curl" [
    --min-ttl: string         # How long the token must still be valid [default: 30s]
    --nonce: string           # The nonce that the service asks for (DPoP-Nonce), for a token that is bound to a key
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok curl client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok curl grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok curl signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok curl dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok curl store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok curl color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok exec client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok exec grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok exec signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok exec dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok exec store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok exec color" [] {
    [ "auto" "always" "never" ]
  }

  # Run a command with the token in its environment or in a file, never in its arguments
  export extern "tok exec" [
    --env: string             # Put the token into this variable of the command; may be repeated
    --file: string            # Put the path of a file with the token into this variable of the command; may be repeated
    --for: string             # Give the token that this service gets (tok bind)
    --id-token                # Give the ID token in place of the access token
    --min-ttl: string         # How long the token must still be valid [default: 30s]
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok exec client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok exec grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok exec signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok exec dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok exec store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok exec color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok bind color" [] {
    [ "auto" "always" "never" ]
  }

  # Say which services a profile's token is for
  export extern "tok bind" [
    --as: string              # How the service takes the token: bearer, or basic:USER with the token as the password [default: bearer]
    --resource: string        # Ask for a token that is good for this resource only (RFC 8707); may be repeated
    --audience: string        # Ask for a token for this audience only; may be repeated
    --scope: string           # Ask for a token with these scopes only; may be repeated
    --exchange                # Get the narrower token by an exchange (RFC 8693), not by a refresh
    --id-token                # Hand out the ID token in place of the access token: for Kubernetes and clouds
    --list                    # List what is bound, of every profile or of the one named with -p
    --json                    # With --list: print JSON
    --remove                  # Answer for this service no longer
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok bind color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    origin?: string           # Service that the profile answers for: https://HOST[:PORT], without a path
  ]

  def "nu-complete tok setup client" [] {
    [ "git" "docker" "podman" "kube" "cargo" "keyring" "bazel" "go" "terraform" "pnpm" "aws" "gcp" ]
  }

  def "nu-complete tok setup color" [] {
    [ "auto" "always" "never" ]
  }

  # Set up a program so that it takes its tokens from tok
  export extern "tok setup" [
    --for: string             # Service that the program is to reach with the token; it is bound to the profile, unless it is already
    --print                   # Only show what would be done
    --remove                  # Undo what setup did, and nothing else
    --bin-dir: directory      # Folder for the names by which programs start tok [default: ~/.local/bin]
    --role-arn: string        # aws: role to assume
    --registry: string        # cargo: the registry's name, where cargo's own settings do not say which one is there
    --pool: string            # gcp: audience of the workload identity pool, //iam.googleapis.com/...
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok setup color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    client: string@"nu-complete tok setup client" # Program to set up
  ]

  def "nu-complete tok helper color" [] {
    [ "auto" "always" "never" ]
  }

  # Answer another program in its own protocol; tok setup has it called
  export extern "tok helper" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok helper git color" [] {
    [ "auto" "always" "never" ]
  }

  # git, also as git-credential-tok: a credential helper
  export extern "tok helper git" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper git color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    operation: string         # get; erase says that the token was rejected; whatever else git says is ignored
  ]

  def "nu-complete tok helper docker color" [] {
    [ "auto" "always" "never" ]
  }

  # docker, podman, skopeo, crane, oras; also as docker-credential-tok
  export extern "tok helper docker" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper docker color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    operation: string         # get or list; erase does nothing, store is refused
  ]

  def "nu-complete tok helper kube color" [] {
    [ "auto" "always" "never" ]
  }

  # kubectl and whatever uses client-go: an exec credential plugin
  export extern "tok helper kube" [
    --for: string             # The cluster's server, where its address does not come with the call
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper kube color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok helper cargo color" [] {
    [ "auto" "always" "never" ]
  }

  # cargo, also as cargo-credential-tok: a credential provider
  export extern "tok helper cargo" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper cargo color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    ...words: string          # What cargo says
  ]

  def "nu-complete tok helper keyring color" [] {
    [ "auto" "always" "never" ]
  }

  # pip and uv, as a program named keyring
  export extern "tok helper keyring" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper keyring color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    ...words: string          # What pip and uv say: get URL [USER], with --mode and --output
  ]

  def "nu-complete tok helper bazel color" [] {
    [ "auto" "always" "never" ]
  }

  # Bazel, and whatever uses its credential helpers; also as bazel-credential-tok
  export extern "tok helper bazel" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper bazel color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    operation: string         # get
  ]

  def "nu-complete tok helper goauth color" [] {
    [ "auto" "always" "never" ]
  }

  # Go 1.24 and later: GOAUTH='tok helper goauth'
  export extern "tok helper goauth" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper goauth color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    url?: string              # The address that the server refused, with its answer on standard input
  ]

  def "nu-complete tok helper terraform color" [] {
    [ "auto" "always" "never" ]
  }

  # Terraform and OpenTofu, also as terraform-credentials-tok
  export extern "tok helper terraform" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper terraform color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    operation: string         # get; store and forget are refused
    host: string              # The service's host
  ]

  def "nu-complete tok helper pnpm color" [] {
    [ "auto" "always" "never" ]
  }

  # pnpm's tokenHelper, as tok-bearer-PROFILE or tok-bearer-PROFILE@HOST
  export extern "tok helper pnpm" [
    --for: string             # The registry; may be left out where the profile is bound to one service only
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper pnpm color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok helper aws color" [] {
    [ "auto" "always" "never" ]
  }

  # AWS, as its credential_process: short-lived keys for the ID token (AssumeRoleWithWebIdentity)
  export extern "tok helper aws" [
    --role-arn: string        # Role to assume
    --session-name: string    # Name of the session, as AWS shows it in its logs
    --endpoint: string        # The token service; the profile has to be bound to it
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper aws color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok helper gcp color" [] {
    [ "auto" "always" "never" ]
  }

  # Google Cloud, as an executable-sourced credential
  export extern "tok helper gcp" [
    --for: string             # The token service; the profile has to be bound to it
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok helper gcp color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "tok helper help" [
  ]

  # git, also as git-credential-tok: a credential helper
  export extern "tok helper help git" [
  ]

  # docker, podman, skopeo, crane, oras; also as docker-credential-tok
  export extern "tok helper help docker" [
  ]

  # kubectl and whatever uses client-go: an exec credential plugin
  export extern "tok helper help kube" [
  ]

  # cargo, also as cargo-credential-tok: a credential provider
  export extern "tok helper help cargo" [
  ]

  # pip and uv, as a program named keyring
  export extern "tok helper help keyring" [
  ]

  # Bazel, and whatever uses its credential helpers; also as bazel-credential-tok
  export extern "tok helper help bazel" [
  ]

  # Go 1.24 and later: GOAUTH='tok helper goauth'
  export extern "tok helper help goauth" [
  ]

  # Terraform and OpenTofu, also as terraform-credentials-tok
  export extern "tok helper help terraform" [
  ]

  # pnpm's tokenHelper, as tok-bearer-PROFILE or tok-bearer-PROFILE@HOST
  export extern "tok helper help pnpm" [
  ]

  # AWS, as its credential_process: short-lived keys for the ID token (AssumeRoleWithWebIdentity)
  export extern "tok helper help aws" [
  ]

  # Google Cloud, as an executable-sourced credential
  export extern "tok helper help gcp" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "tok helper help help" [
  ]

  def "nu-complete tok refresh client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok refresh grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok refresh signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok refresh dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok refresh store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok refresh color" [] {
    [ "auto" "always" "never" ]
  }

  # Get new tokens now, however fresh the old ones are
  export extern "tok refresh" [
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok refresh client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok refresh grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok refresh signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok refresh dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok refresh store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok refresh color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok show client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok show grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok show signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok show dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok show store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok show color" [] {
    [ "auto" "always" "never" ]
  }

  # Show who is logged in where, with which scopes and for how long
  export extern "tok show" [
    --json                    # Print JSON
    --online                  # Also ask the server: is the token good, for what, and who is the user
    --claims                  # Show what the tokens say of themselves, where they are JWTs
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok show client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok show grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok show signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok show dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok show store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok show color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok logout client_auth" [] {
    [ "none" "basic" "basic-raw" "post" "client-secret-jwt" "private-key-jwt" "tls" ]
  }

  def "nu-complete tok logout grant" [] {
    [ "password" "client-credentials" "device" "browser" "token-exchange" "jwt-bearer" "auto" ]
  }

  def "nu-complete tok logout signing_alg" [] {
    [ "ES256" "ES384" "RS256" "RS384" "RS512" "PS256" "PS384" "PS512" "EdDSA" "HS256" ]
  }

  def "nu-complete tok logout dpop" [] {
    [ "true" "false" ]
  }

  def "nu-complete tok logout store" [] {
    [ "keyring" "kernel" "file" "none" ]
  }

  def "nu-complete tok logout color" [] {
    [ "auto" "always" "never" ]
  }

  # Revoke the session at the server and forget it
  export extern "tok logout" [
    --all                     # Log out of every profile
    --local                   # Only forget the session here; ask the server nothing
    --issuer: string          # Issuer of the tokens; its endpoints are discovered
    --token-endpoint: string  # Token endpoint, where there is no discovery
    --revocation-endpoint: string # Revocation endpoint, where it is not discovered
    --device-endpoint: string # Device authorization endpoint (RFC 8628), where it is not discovered
    --authorization-endpoint: string # Authorization endpoint, where it is not discovered
    --par-endpoint: string    # Pushed authorization request endpoint (RFC 9126), where it is not discovered
    --introspection-endpoint: string # Introspection endpoint (RFC 7662), where it is not discovered
    --userinfo-endpoint: string # Userinfo endpoint (OpenID Connect), where it is not discovered
    --client-id: string       # Client identifier that the server knows this program by
    --client-auth: string@"nu-complete tok logout client_auth" # How the client authenticates [default: by what it has, else none]
    --grant: string@"nu-complete tok logout grant" # How a login gets its first token [default: password]
    --username(-u): string    # User to log in
    --private-key-file: path  # Read the private key of the client's assertions from a file
    --private-key-command: string # Read the private key of the client's assertions from a shell command's output
    --key-id: string          # Name by which the server knows the private key (kid)
    --signing-alg: string@"nu-complete tok logout signing_alg" # Algorithm to sign assertions with [default: by the key; RS256 for RSA, HS256 for a client secret]
    --assertion-audience: string # Whom assertions are for: token-endpoint, issuer, endpoint, or a text [default: issuer, else token-endpoint]
    --client-cert: path       # File with the client's certificate (PEM), for --client-auth tls
    --client-key: path        # File with the key of the client's certificate (PEM)
    --subject-token-file: path # Read the token that is exchanged or asserted from a file
    --subject-token-command: string # Read the token that is exchanged or asserted from a shell command's output
    --subject-token-from: string # Take the token that is exchanged or asserted from a CI system: github, gitlab, gitlab:VARIABLE, env:VARIABLE, systemd:NAME
    --subject-token-type: string # What the exchanged token is: access_token, id_token, jwt, ... or a URN [default: jwt]
    --requested-token-type: string # What is wanted in exchange: access_token, jwt, ... or a URN
    --redirect-uri: string    # Where the browser comes back to [default: http://127.0.0.1/ on a free port]
    --dpop: string@"nu-complete tok logout dpop" # Bind the tokens to a key that never leaves this machine (DPoP, RFC 9449)
    --scope: string           # Scope to ask for; may be repeated
    --audience: string        # Audience the token is for; may be repeated
    --resource: string        # Resource the token is for (RFC 8707); may be repeated
    --extra: string           # Further parameter for the token request; may be repeated
    --store: string@"nu-complete tok logout store" # Where the session is kept [default: keyring]
    --ca-file: path           # File with certificates (PEM) to trust besides the system's
    --timeout: string         # How long an exchange with the server may take [default: 30s]
    --password-file: path     # Read the password from a file
    --password-command: string # Read the password from a shell command's output
    --client-secret-file: path # Read the client secret from a file
    --client-secret-command: string # Read the client secret from a shell command's output
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok logout color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok profile color" [] {
    [ "auto" "always" "never" ]
  }

  # List, show and change the profiles in config.toml
  export extern "tok profile" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok profile color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok profile list color" [] {
    [ "auto" "always" "never" ]
  }

  # List the profiles
  export extern "tok profile list" [
    --json                    # Print JSON
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok profile list color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
  ]

  def "nu-complete tok profile show color" [] {
    [ "auto" "always" "never" ]
  }

  # Show a profile's settings and where each comes from
  export extern "tok profile show" [
    --json                    # Print JSON
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok profile show color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    name?: string             # Profile to show; else the one selected
  ]

  def "nu-complete tok profile set color" [] {
    [ "auto" "always" "never" ]
  }

  # Set or unset keys of a profile
  export extern "tok profile set" [
    --unset: string           # Key to remove from the profile; may be repeated
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok profile set color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    ...words: string          # Profile's name first, if it is not the one selected; then what to set
  ]

  def "nu-complete tok profile remove color" [] {
    [ "auto" "always" "never" ]
  }

  # Log out of a profile and remove it
  export extern "tok profile remove" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok profile remove color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    name: string              # Profile to remove
  ]

  def "nu-complete tok profile default color" [] {
    [ "auto" "always" "never" ]
  }

  # Print the default profile's name, or choose the default profile
  export extern "tok profile default" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok profile default color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    name?: string             # Profile that is to be the default
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "tok profile help" [
  ]

  # List the profiles
  export extern "tok profile help list" [
  ]

  # Show a profile's settings and where each comes from
  export extern "tok profile help show" [
  ]

  # Set or unset keys of a profile
  export extern "tok profile help set" [
  ]

  # Log out of a profile and remove it
  export extern "tok profile help remove" [
  ]

  # Print the default profile's name, or choose the default profile
  export extern "tok profile help default" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "tok profile help help" [
  ]

  def "nu-complete tok completions shell" [] {
    [ "bash" "zsh" "fish" "elvish" "powershell" "nushell" ]
  }

  def "nu-complete tok completions color" [] {
    [ "auto" "always" "never" ]
  }

  # Print a completion script for a shell
  export extern "tok completions" [
    --profile(-p): string     # Profile to use
    --config: path            # Configuration file
    --verbose(-v)             # Say on standard error which requests are made and how they are answered; twice, also what is in them
    --quiet(-q)               # No notices and no spinner on standard error, only warnings and errors
    --no-input                # Never ask anything
    --color: string@"nu-complete tok completions color" # When to use colour
    --help(-h)                # Print help (see more with '--help')
    shell: string@"nu-complete tok completions shell" # Shell to write for
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "tok help" [
  ]

  # Get a session and keep it
  export extern "tok help login" [
  ]

  # Print a valid access token
  export extern "tok help token" [
  ]

  # Run curl with the token, which no list of processes shows
  export extern "tok help curl" [
  ]

  # Run a command with the token in its environment or in a file, never in its arguments
  export extern "tok help exec" [
  ]

  # Say which services a profile's token is for
  export extern "tok help bind" [
  ]

  # Set up a program so that it takes its tokens from tok
  export extern "tok help setup" [
  ]

  # Answer another program in its own protocol; tok setup has it called
  export extern "tok help helper" [
  ]

  # git, also as git-credential-tok: a credential helper
  export extern "tok help helper git" [
  ]

  # docker, podman, skopeo, crane, oras; also as docker-credential-tok
  export extern "tok help helper docker" [
  ]

  # kubectl and whatever uses client-go: an exec credential plugin
  export extern "tok help helper kube" [
  ]

  # cargo, also as cargo-credential-tok: a credential provider
  export extern "tok help helper cargo" [
  ]

  # pip and uv, as a program named keyring
  export extern "tok help helper keyring" [
  ]

  # Bazel, and whatever uses its credential helpers; also as bazel-credential-tok
  export extern "tok help helper bazel" [
  ]

  # Go 1.24 and later: GOAUTH='tok helper goauth'
  export extern "tok help helper goauth" [
  ]

  # Terraform and OpenTofu, also as terraform-credentials-tok
  export extern "tok help helper terraform" [
  ]

  # pnpm's tokenHelper, as tok-bearer-PROFILE or tok-bearer-PROFILE@HOST
  export extern "tok help helper pnpm" [
  ]

  # AWS, as its credential_process: short-lived keys for the ID token (AssumeRoleWithWebIdentity)
  export extern "tok help helper aws" [
  ]

  # Google Cloud, as an executable-sourced credential
  export extern "tok help helper gcp" [
  ]

  # Get new tokens now, however fresh the old ones are
  export extern "tok help refresh" [
  ]

  # Show who is logged in where, with which scopes and for how long
  export extern "tok help show" [
  ]

  # Revoke the session at the server and forget it
  export extern "tok help logout" [
  ]

  # List, show and change the profiles in config.toml
  export extern "tok help profile" [
  ]

  # List the profiles
  export extern "tok help profile list" [
  ]

  # Show a profile's settings and where each comes from
  export extern "tok help profile show" [
  ]

  # Set or unset keys of a profile
  export extern "tok help profile set" [
  ]

  # Log out of a profile and remove it
  export extern "tok help profile remove" [
  ]

  # Print the default profile's name, or choose the default profile
  export extern "tok help profile default" [
  ]

  # Print a completion script for a shell
  export extern "tok help completions" [
  ]

  # Print this message or the help of the given subcommand(s)
  export extern "tok help help" [
  ]

}

export use completions *
