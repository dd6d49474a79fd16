# What the server recipes share. A recipe defines `about`, `installed`, `install_server` and `start_server DIR`, and
# ends with `recipe "$@"`. It may use `$cache` (kept from run to run) and `$state` (this run only).
#
# The life of a server: `run DIR` starts it, prints its environment as KEY=VALUE lines (the value is the rest of the
# line, unquoted) and `READY=1`, and stops it as soon as standard input ends. So a test that holds the other end of
# that pipe leaves no server behind, however it dies.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=$(basename "$0")
cache=$(realpath -m "${CARGO_TARGET_DIR:-$here/../../target}")/test-servers/$name

fail() {
    echo "$name: $*" >&2
    exit 1
}

# A program that is missing is an error that names the command which installs it.
need() {
    local program
    for program; do
        command -v "$program" >/dev/null ||
            fail "the program \"$program\" is missing; install it with: tests/run --install"
    done
}

ec_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

# A CA and a server certificate for localhost, new for every run: nothing expires in a cache.
make_certificates() {
    local log=$state/openssl.log
    (
        cd "$state"
        openssl req -x509 "${ec_key[@]}" -keyout ca.key -out ca.crt -days 30 -subj "/CN=tests of $name" \
            -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign
        issue_certificate server localhost DNS:localhost,IP:127.0.0.1 serverAuth
    ) >"$log" 2>&1 || fail "openssl made no certificates: $(tail -n 3 "$log")"
}

# issue_certificate FILE NAME ALTERNATIVE-NAMES USAGE, by the CA that lies in the current folder.
issue_certificate() {
    openssl req "${ec_key[@]}" -keyout "$1.key" -out "$1.csr" -subj "/CN=$2"
    printf 'subjectAltName=%s\nextendedKeyUsage=%s\n' "$3" "$4" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile "$1.ext" -out "$1.crt"
}

# What clients authenticate with that have no secret: keys for JWTs, a certificate of the CA and one signed by itself.
make_client_keys() {
    local log=$state/openssl-clients.log
    (
        cd "$state"
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out es256.pem
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem
        openssl genpkey -algorithm ED25519 -out ed25519.pem
        issue_certificate tls client.test DNS:client.test clientAuth
        openssl req -x509 "${ec_key[@]}" -keyout selftls.key -out selftls.crt -days 30 -subj /CN=selftls
    ) >"$log" 2>&1 || fail "openssl made no keys: $(tail -n 3 "$log")"
}

# Secrets are new for every run, so that finding one anywhere is proof of a leak. The password has characters that
# every encoding treats differently; the secret of "enc" is written differently by the two readings of RFC 6749 §2.3.1.
make_credentials() {
    username=alice
    password="pass wörd+%20&$(openssl rand -hex 8)"
    conf_secret=conf-$(openssl rand -hex 8)
    post_secret=post-$(openssl rand -hex 8)
    enc_secret='p+w%20d&=:/~'
}

# For a server that reads them from its environment.
export_credentials() {
    export USERNAME=$username PASSWORD=$password
    export CONF_SECRET=$conf_secret POST_SECRET=$post_secret ENC_SECRET=$enc_secret
}

print_credentials() {
    printf '%s\n' "CA_FILE=$state/ca.crt" "USERNAME=$username" "PASSWORD=$password" \
        "CONF_ID=conf" "CONF_SECRET=$conf_secret" "POST_ID=post" "POST_SECRET=$post_secret" \
        "ENC_ID=enc" "ENC_SECRET=$enc_secret" \
        "ENCPOST_ID=encpost" "ENCPOST_SECRET=$enc_secret" "PUB_ID=pub"
}

# Runs a command in the background such that it dies with this script, whatever ends the script.
in_background() {
    setpriv --pdeathsig TERM "$@" &
    server=$!
}

stop_server() {
    if [ -n "${server:-}" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
}

# Waits for a condition, at most two minutes, and not at all for a server that has died.
wait_until() {
    local tries
    for ((tries = 0; tries < 2400; tries++)); do
        "$@" && return 0
        kill -0 "$server" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# Starts a server that writes the values of its own to DIR/issuers as soon as it accepts connections.
start_program() {
    make_credentials
    export_credentials
    rm -f "$state/issuers"
    in_background "$@" "$state" >"$state/server.log" 2>&1 </dev/null
    wait_until test -f "$state/issuers" || fail "did not start: $(tail -n 5 "$state/server.log")"
    {
        print_credentials
        cat "$state/issuers"
    } >"$state/env.new"
}

run() {
    installed || fail "not installed; install it with: tests/servers/$name install"
    mkdir -p "$1"
    state=$(cd "$1" && pwd)
    rm -f "$state/env"
    trap stop_server EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    start_server "$state"
    mv "$state/env.new" "$state/env"
    cat "$state/env"
    echo READY=1
}

usage() {
    cat <<TEXT
$about

usage: tests/servers/$name install     download it to target/test-servers/$name
       tests/servers/$name run DIR     start it, print how to use it, stop it when standard input ends
       tests/servers/$name start DIR   start it and leave it running; DIR/env says how to use it
       tests/servers/$name stop DIR    stop what "start DIR" started
TEXT
}

recipe() {
    case ${1:-}:${2:+dir} in
    install:)
        mkdir -p "$cache"
        # Two runs at once: the second waits and finds it done.
        exec 9>"$cache/.lock"
        flock 9
        installed || install_server
        ;;
    run:dir)
        run "$2"
        while read -r _; do :; done
        ;;
    keep:dir)
        run "$2"
        wait "$server"
        ;;
    start:dir)
        mkdir -p "$2"
        rm -f "$2/env"
        setsid "$0" keep "$2" >"$2/start.log" 2>&1 </dev/null &
        server=$!
        echo "$server" >"$2/pid"
        wait_until test -f "$2/env" || fail "did not start: $(tail -n 5 "$2/start.log")"
        cat "$2/env"
        ;;
    stop:dir)
        kill "$(cat "$2/pid")" && rm -f "$2/pid"
        ;;
    *)
        usage >&2
        [ "${1:-}" = --help ] || exit 2
        ;;
    esac
}
