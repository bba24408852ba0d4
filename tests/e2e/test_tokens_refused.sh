#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Without a token, with a wrong one and with an expired one: 401, exit 3, and words that
# say which it was as far as a client can know.
set -eu
. "$srcdir/tests/e2e/gms.sh"
metadata=$srcdir/examples/metadata/shop.json
umask 077
printf 'signing-key-of-a-test-%s' "$$" >"$work/key"
DATAHUB_TOKEN_SERVICE_SIGNING_KEY=$(cat "$work/key") start_gms

expect 0 "$dhub" emit --server "$url" --token-file "$admin" "$metadata"

expect 3 "$dhub" emit --server "$url" "$metadata"
says 'token'

printf 'not-the-key-%s' "$$" >"$work/other"
mint() {
  "$dhub" token mint --pat --key-file "$1" --actor datahub "$2" >"$work/token" 2>"$work/err" || {
    cat "$work/err" >&2
    fail "a token could not be minted"
  }
}
mint "$work/other" --expires=1h
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says '401'

mint "$work/key" --expires=-1h
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says 'expired'
