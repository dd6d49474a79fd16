# For the commands in this folder, which source it: they start in the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")

give_up() {
    echo "$(basename "$0"): $*" >&2
    exit 2
}

# figure PROMISE WHAT FIGURE: for the table in SECURITY.md, as tests/support/figures.rs does it.
figure() {
    echo "$1: $2: $3"
    [ -z "${TOK_FIGURES:-}" ] || printf '%s\t%s\t%s\n' "$@" >>"$TOK_FIGURES"
}

# tool NAME VERSION: a subcommand of cargo, installed from crates.io where it is missing.
tool() {
    cargo "$1" --version 2>/dev/null | grep -qwF "$2" || cargo install --locked --quiet "cargo-$1@$2" ||
        give_up "cargo-$1 cannot be installed"
}
