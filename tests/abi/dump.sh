#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make abi-dump: writes what the public headers promise into tests/abi, to be committed. A
# change there is a change of the promise and is reviewed as one.
#   dump.sh SRCDIR
set -e
command -v abidw >/dev/null || { echo "abidw is missing: apt-get install abigail-tools" >&2; exit 1; }
opaque=$(mktemp)
trap 'rm -f "$opaque"' EXIT
sh "$1/tests/abi/opaque.sh" "$1"/include/datahub/*.h >"$opaque"
dump() {
  abidw --exported-interfaces-only --no-corpus-path --no-comp-dir-path --no-show-locs --no-parameter-names \
    --suppressions "$opaque" "$1" >"$2.new"
  mv "$2.new" "$2"
  echo "wrote $2"
}
dump .libs/libdatahub.so "$1/tests/abi/libdatahub-0.1.abi"
# The version in its name is that of the header: a new minor gets a dump of its own.
minor=$(sed -n 's/^#define DH_ABI_MINOR \([0-9]*\)u$/\1/p' "$1/include/datahub/plugin.h")
dump tests/module/fixtures/.libs/good.so "$1/tests/abi/plugin-1.$minor.abi"
