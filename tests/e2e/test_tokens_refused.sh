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
# minted OPTION...: a token in $work/token.
minted() {
  "$dhub" token mint "$@" >"$work/token" 2>"$work/err" || {
    cat "$work/err" >&2
    fail "a token could not be minted"
  }
}

minted --actor datahub --key-file "$work/other"
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says '401'

# No PAT can be minted that has expired: its claims are written by hand.
cat >"$work/claims" <<END
{"type":"PERSONAL","version":"1","actorType":"USER","actorId":"datahub","sub":"datahub",
 "iss":"datahub-metadata-service","jti":"expired-in-a-test","exp":946684800}
END
printf '{"kty":"oct","k":"%s"}' "$(base64 -w 0 "$work/key" | tr '+/' '-_' | tr -d =)" >"$work/jwk"
minted --claims "$work/claims" --jwk "$work/jwk" --alg HS256
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says 'expired'
