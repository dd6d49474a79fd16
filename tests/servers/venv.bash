# For servers from PyPI, after common.bash: installs exactly the versions and checksums of NAME.package/requirements.txt
# into an environment of the recipe's own. Wheels only, so that no package's own script runs.

requirements=$here/$name.package/requirements.txt
python=$cache/venv/bin/python
# Python would write what it compiles beside the sources in this folder.
export PYTHONDONTWRITEBYTECODE=1

# An environment is dead once the Python that it was made with is gone.
installed() {
    cmp -s "$requirements" "$cache/installed-requirements.txt" && "$python" -c '' 2>/dev/null
}

install_server() {
    need python3
    python3 -c 'import ensurepip' 2>/dev/null ||
        fail "Python's module \"ensurepip\" is missing; install it with: tests/run --install"
    rm -rf "$cache/venv" "$cache/installed-requirements.txt"
    python3 -m venv "$cache/venv" >&2
    env -u PYTHONDONTWRITEBYTECODE "$cache/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --no-deps --only-binary :all: --requirement "$requirements" >&2
    cp "$requirements" "$cache/installed-requirements.txt"
}
