#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make check-interop`: holds us against DataHub's own Python client, which is installed
# from PyPI into a folder of the build. No part of `make check`: it needs the network.
#
# ACRYL_DATAHUB names the version: acryl-datahub by default, the newest.
set -eu
: "${srcdir:=.}"
data=${DH_SHARED_DATA:-$srcdir/../shared/data}
venv=$PWD/tests/interop/venv
if ! [ -x "$venv/bin/datahub" ]; then
  echo "Installing DataHub's Python client into $venv"
  python3 -m venv "$venv" || { echo "python3-venv is missing: apt-get install python3-venv" >&2; exit 1; }
  "$venv/bin/pip" install --quiet "${ACRYL_DATAHUB:-acryl-datahub[datahub-rest]}"
fi
"$venv/bin/python" -c 'import datahub; print("DataHub Python client", datahub.__version__)' 2>/dev/null || true

echo "== what is posted, record by record"
[ -d "$data/mcp" ] || data=$srcdir/tests/data/metadata/samples
"$venv/bin/python" "$srcdir/tests/interop/compare_wire.py" --ours "$PWD/dhub emit --dry-run" \
  "$data"/mcp/*.json "$data"/mce/*.json

echo "== which source a credential is taken from"
"$venv/bin/python" "$srcdir/tests/interop/sources.py" "$PWD/dhub"

echo "== its emitter and its command line against dhub-gms"
. "$srcdir/tests/e2e/gms.sh"
start_gms
"$venv/bin/python" "$srcdir/tests/interop/client.py" "$url" "$admin" "$venv/bin/datahub" || fail "see above"
