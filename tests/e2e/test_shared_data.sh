#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real metadata files, emitted with a token and read back aspect for aspect.
set -eu
. "$srcdir/tests/e2e/gms.sh"
data=${DH_SHARED_DATA:-$srcdir/../shared/data}
[ -d "$data/mcp" ] || { echo "skipped: no real metadata in $data (set DH_SHARED_DATA)"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
start_gms
python3 "$srcdir/tests/e2e/shared_data.py" "$dhub" "$url" "$admin" "$data" || fail "see above"
