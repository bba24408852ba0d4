#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Without a token, with a wrong one, with an expired one and with another issuer's: 401,
# exit 3, and words that say which it was as far as a client can know.
set -eu
. "$srcdir/tests/e2e/gms.sh"
metadata=$srcdir/examples/metadata/shop.json
umask 077
printf 'signing-key-of-a-test-%s-with-length-enough' "$$" >"$work/key"
printf 'the-key-of-another-datahub-%s-of-no-use' "$$" >"$work/other"
DATAHUB_TOKEN_SERVICE_SIGNING_KEY=$(cat "$work/key") start_gms

# says_but_once WORDS: nobody reads the second copy of a long line.
says_but_once() {
  says "$1"
  [ "$(grep -c -e "$1" "$work/out")" = 1 ] || { cat "$work/out" >&2; fail "said twice: $1"; }
}
mint() {
  key=$1
  shift
  "$dhub" token mint --key-file "$key" --actor datahub "$@" >"$work/token" 2>"$work/err" || {
    cat "$work/err" >&2
    fail "a token could not be minted"
  }
}

expect 0 "$dhub" emit --server "$url" --token-file "$admin" "$metadata"

expect 3 "$dhub" emit --server "$url" "$metadata"
says_but_once '401 (Unauthorized to perform this action.): no token was sent'
says '--token-file'
expect 3 "$dhub" get --server "$url" urn:li:corpuser:datahub
says_but_once 'no token was sent'

echo not-a-token-at-all >"$work/token"
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says 'is no JWT'

mint "$work/other"
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says "the token (the file $work/token) is a DataHub token"
says 'is of another DataHub'

mint "$work/other" --iss https://idp.example.com
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says 'is by https://idp.example.com, not by DataHub'

# No PAT can be minted that has expired: its claims are written by hand.
cat >"$work/claims" <<END
{"type":"PERSONAL","version":"1","actorType":"USER","actorId":"datahub","sub":"datahub",
 "iss":"datahub-metadata-service","jti":"expired-in-a-test","exp":946684800}
END
printf '{"kty":"oct","k":"%s"}' "$(base64 -w 0 "$work/key" | tr '+/' '-_' | tr -d =)" >"$work/jwk"
"$dhub" token mint --claims "$work/claims" --jwk "$work/jwk" --alg HS256 >"$work/token" ||
  fail "a token could not be signed"
expect 3 "$dhub" emit --server "$url" --token-file "$work/token" "$metadata"
says_but_once 'expired at 2000-01-01 00:00:00 UTC by its own exp claim'
expect 3 "$dhub" get --server "$url" --token-file "$work/token" urn:li:corpuser:datahub
says 'expired at 2000-01-01'
