#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The README's tour, run as it is printed: only the server's address is another, and the server
# is waited for. Its C lines are in examples/emit, which is built as a stranger builds it.
set -eu
. "$srcdir/tests/install.sh"
. "$srcdir/tests/e2e/gms.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

install_package "$work/root"
pc=$(find "$work/root" -name libdatahub.pc)
libdir=$(dirname "$(dirname "$pc")")
LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
PATH=$(dirname "$(find "$work/root" -path '*/bin/dhub')"):$PATH
PKG_CONFIG_PATH=$(dirname "$pc") PKG_CONFIG_SYSROOT_DIR=$work/root
DATAHUB_PLUGIN_PATH=$libdir/datahub
export LD_LIBRARY_PATH PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR DATAHUB_PLUGIN_PATH

start_gms --auth on
mkdir -p "$work/tour/examples"
cp -r "$srcdir/examples/metadata" "$work/tour/examples"
chmod -R u+w "$work/tour/examples" # the sources may be read-only, and this is removed again
cp "$admin" "$work/tour/admin.token"
cd "$work/tour"

# Each ```sh block is one file; the first one starts the server, which is running.
awk -v url="$url" '/^```sh$/ { n++; code = 1; next } /^```/ { code = 0 }
  code { gsub("http://localhost:8080", url); print > ("block" n) }' "$srcdir/README.md"
grep -q '^dhub-gms .*&$' block1 || fail "the tour does not begin with the server"
run() {
  expect "$2" sh -eu "$1"
}
run block2 0
says 'urn:li:corpuser:datahub'
run block3 0
says 'DATAOWNER'
run block4 0
says '9 records read, 9 delivered'
run block5 3
says '401'
[ ! -e block6 ] || fail "a block of the README is not tested here"

cp "$srcdir"/examples/emit/emit.c "$srcdir"/examples/emit/Makefile .
chmod u+w emit.c Makefile
# What the library was built with: a sanitized one links with nothing else.
expect 0 make -s emit CC="${test_cc:-cc}" CFLAGS="${test_cflags-} -Wall -Wextra -Werror"
DATAHUB_GMS_URL=$url DATAHUB_GMS_TOKEN=$(cat admin.token) DATAHUB_SKIP_CONFIG=true
export DATAHUB_GMS_URL DATAHUB_GMS_TOKEN DATAHUB_SKIP_CONFIG
expect 0 ./emit urn:li:corpuser:ada
says 'status of urn:li:corpuser:ada: delivered'
DATAHUB_GMS_TOKEN=not-a-token
expect 1 ./emit urn:li:corpuser:ada
says '401'
