#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ABI that was built against the ABI that is committed (make abi-dump writes it).
#  - The module ABI must be exactly the dump of its version: tables grow with the minor.
#  - The library may add functions; what is there stays as it is, or is dumped anew on purpose.
command -v abidiff >/dev/null || { echo "SKIP: abidiff is not installed (Debian: abigail-tools)"; exit 77; }
here=$srcdir/tests/abi
minor=$(sed -n 's/^#define DH_ABI_MINOR \([0-9]*\)u$/\1/p' "$srcdir/include/datahub/plugin.h")
module=tests/module/fixtures/.libs/good.so
# Without debug information there is nothing to compare; sanitizers bring symbols of their own.
readelf -S "$module" | grep -q debug_info || { echo "SKIP: built without -g"; exit 77; }
if readelf -d .libs/libdatahub.so | grep -q 'NEEDED.*san\.so'; then
  echo "SKIP: this is a sanitized build"
  exit 77
fi
failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sh "$here/opaque.sh" "$srcdir"/include/datahub/*.h >"$work/opaque"

compare() {
  dump=$1 binary=$2 advice=$3
  abidiff --exported-interfaces-only --leaf-changes-only --no-show-locs --no-added-syms --suppressions "$work/opaque" \
    "$dump" "$binary" >"$work/said" 2>&1 && return
  echo "FAIL: $binary is not what $dump says. $advice"
  cat "$work/said"
  failed=1
}

compare "$here/plugin-1.$minor.abi" "$module" \
  "Members go to the end of a table, with a new DH_ABI_MINOR and its own dump (make abi-dump)."
compare "$here/libdatahub-0.1.abi" .libs/libdatahub.so \
  "Programs that were linked with it would break; where that is meant: make abi-dump."

# The comparison itself is compared: a member put into the middle must be seen.
mkdir "$work/datahub"
sed 's/^  int64_t retry_after_ms; /  int64_t slipped_in; &/' "$srcdir/include/datahub/plugin.h" \
  >"$work/datahub/plugin.h"
if ${CC:-cc} -g -shared -fPIC -Wl,-soname,good.so -I"$work" "$srcdir/tests/module/fixtures/good.c" \
  -o "$work/good.so" 2>/dev/null &&
  abidiff --leaf-changes-only --suppressions "$work/opaque" "$here/plugin-1.$minor.abi" \
    "$work/good.so" >/dev/null 2>&1; then
  echo "FAIL: a member that slipped into dh_error was not seen"
  failed=1
fi
exit $failed
