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
