# Shell functions that the commands in script/ share.
# Usage: . script/lib/common.sh (in bash, with "set -euo pipefail")
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# A normal user's PATH lacks nginx; the rest of it is left as it is.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "${0##*/}: $*"
    exit 1
}

missing_packages() {
    local package
    for package; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            echo "$package"
        fi
    done
}

# Installs those of the named Debian packages that are not there yet.
need_packages() {
    command -v dpkg-query >/dev/null || die "this needs Debian; elsewhere, install the like of: $*"

    local missing sudo=()
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} -eq 0 ]; then
        return
    fi

    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null \
            || die "not root, and there is no sudo; please install: ${missing[*]}"
        sudo=(sudo)
    fi
    say "Installing ${missing[*]} ..."
    "${sudo[@]}" "$root/script/lib/apt-install" "${missing[@]}" || die "could not install what is missing"
}

# Runs a command; its output is shown only if it fails.
quietly() {
    local output status=0
    output=$("$@" 2>&1 </dev/null) || status=$?
    if [ $status -ne 0 ]; then
        say "$output"
        say "${0##*/}: \"$*\" failed"
    fi
    return $status
}

# shellcheck disable=SC2034
server_packages=(
    nginx nginx-dev redis-server libhiredis-dev libssl-dev
    cmake make g++ pkg-config openssl curl
)

# Builds into the folder $1 with the CMake options that follow.
build() {
    local folder=$1
    shift
    if [ -e "$folder" ] && [ ! -w "$folder" ]; then
        die "$folder belongs to $(stat -c %U "$folder"): please remove it, or call this as that user"
    fi
    if [ ! -e "$folder/CMakeCache.txt" ]; then
        say "Building in ${folder#"$root"/} ..."
    fi
    quietly cmake -S "$root" -B "$folder" "$@" || exit 1
    quietly cmake --build "$folder" -j "$(nproc)" || exit 1
}
