# Shell functions for the clients of t/interop: node, npm and the packages of its lock file.
# Usage: . script/lib/interop.sh (behind common.sh)
# shellcheck shell=bash

# shellcheck disable=SC2154
clients=$root/t/interop

# The Debian packages that are needed. A machine may have a node of another origin, whose npm
# would not live beside Debian's; that one is used then.
interop_packages() {
    echo chromium
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
        printf '%s\n' nodejs npm ca-certificates
    fi
}

# Installs the clients that the lock file names, once for each state of it.
install_clients() {
    local state stamp=$clients/node_modules/.of-lock-file
    node -e 'process.exit(process.versions.node.split(".")[0] >= 18 ? 0 : 1)' \
        || die "node 18 or newer is needed; $(command -v node) is $(node --version)"
    say "The clients of t/interop run on $(command -v node) $(node --version)"
    state=$(sha256sum <"$clients/package-lock.json")
    if [ "$(cat "$stamp" 2>/dev/null)" = "$state" ]; then
        return
    fi
    say "Installing the clients of t/interop ..."
    quietly npm ci --prefix "$clients" --ignore-scripts --no-audit --no-fund --fetch-retry-mintimeout=1000 \
        || die "npm could not install the clients of t/interop; it needs to reach its registry once"
    echo "$state" >"$stamp"
}
