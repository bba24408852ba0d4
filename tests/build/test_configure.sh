#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where packages are missing, configure ends with all of them named at once, each with the
# Debian package that has it, and with the one command that brings them.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dhub-configure.XXXXXX")
trap 'rm -rf "$work"' EXIT
fail() {
  echo "FAIL: $*" >&2
  tail -n 30 "$work/out" >&2
  exit 1
}
says() { grep -q -e "$1" "$work/out" || fail "configure does not say: $1"; }
unset CONFIG_SITE
configure() {
  mkdir "$work/$1"
  (cd "$work/$1" && shift && env "$@" "$srcdir/configure") >"$work/out" 2>&1 && fail "it went on"
  return 0
}

configure none PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=/nonexistent
says 'these packages are missing'
for package in libcurl4-openssl-dev libjson-c-dev libconfig-dev libyaml-dev libssl-dev \
  libsqlite3-dev libmicrohttpd-dev check; do
  says "(Debian: $package)"
  says "apt-get install.* $package"
done

# One that is there, but too old.
mkdir "$work/pc"
printf 'Name: libcurl\nDescription: old\nVersion: 7.1\n' >"$work/pc/libcurl.pc"
configure old PKG_CONFIG_PATH="$work/pc" PKG_CONFIG_LIBDIR="$(pkg-config --variable pc_path pkg-config)"
says 'libcurl >= 7.80   (Debian: libcurl4-openssl-dev)'
! grep -q '(Debian: libjson-c-dev)' "$work/out" || fail "it names a package that is there"

# Without pkg-config nothing can be found: that is what is said.
configure bare PKG_CONFIG=/nonexistent/pkg-config
says 'pkg-config is missing'
says 'apt-get install pkg-config'
