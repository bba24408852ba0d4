#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# PyJWT is the referee; skipped where it is not there.
set -eu
python=/usr/bin/python3
if ! $python -c 'import jwt, cryptography' 2>/dev/null; then
  echo "skipped: python3-jwt and python3-cryptography are not installed"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
$python "${srcdir:-.}/tests/token/interop_pyjwt.py" ./dhub "$folder"
