#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dhub token inspect, verify, mint and hash, as a person uses them.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
dhub=$PWD/dhub
cd "$folder"
failures=0

# expect NAME EXIT-CODE WORDS COMMAND...: what a command ends with and says.
expect() {
  name=$1 code=$2 words=$3
  shift 3
  got=0
  "$@" >out 2>err </dev/null || got=$?
  if [ "$got" -ne "$code" ]; then
    echo "$name: exit $got instead of $code: $(cat err)"
    failures=$((failures + 1))
  elif ! cat out err | grep -q -e "$words"; then
    echo "$name: says nothing of '$words': $(cat out err)"
    failures=$((failures + 1))
  fi
}

echo "an-example-signing-key-of-the-tests" >key
echo "another-example-key-of-the-tests" >other
printf salt >salt
"$dhub" token mint --actor jdoe --key-file key >token
"$dhub" token mint --actor jdoe --key-file key --ttl 0 --type SERVICE_ACCOUNT --version 2 >forever
printf '{"alg":"none"}' | base64 | tr -d '=\n' >unsigned
printf '.e30.' >>unsigned
printf '{"kty":"oct","k":"%s","kid":"k"}' "$(printf 'an-example-signing-key-of-the-tests' | base64 | tr -d '=\n')" >jwk
echo '{"iss":"https://idp.example.com","aud":"datahub","exp":4000000000}' >claims
echo '{"exp":1000000000}' >past
printf 'not json' >text
printf '{"sub":"\\ud877\\udc01"}' >escaped
for file in claims past text escaped; do "$dhub" token mint --claims $file --jwk jwk --alg HS512 >$file.token; done

expect "inspect shows the claims" 0 '"actorId": "jdoe"' "$dhub" token inspect token
expect "inspect says that nothing was checked" 0 'not checked' "$dhub" token inspect token
expect "inspect shows characters that are escaped" 0 "\"sub\": \"$(printf '\360\255\260\201')\"" \
  "$dhub" token inspect escaped.token
expect "inspect knows no expiry" 0 'expires: never' "$dhub" token inspect forever
expect "inspect shows an unsigned token" 0 'none' "$dhub" token inspect unsigned
for exp in '"4000000000"' 1e400 -5 9007199254740991 null; do
  printf '{"exp":%s}' "$exp" | "$dhub" token mint --claims - --jwk jwk --alg HS512 >odd.token
  expect "inspect does not take exp $exp for never" 0 'its exp is no date' "$dhub" token inspect odd.token
done
expect "inspect refuses what is no token" 1 'three parts' "$dhub" token inspect text
expect "inspect wants a file that is there" 4 'no-such' "$dhub" token inspect no-such
expect "a PAT verifies" 0 'datahub-metadata-service' "$dhub" token verify --pat --key-file key token
expect "another key does not" 3 'signature' "$dhub" token verify --pat --key-file other token
expect "an unsigned token does not" 3 'denied' "$dhub" token verify --pat --key-file key unsigned
expect "a PAT wants a key" 2 'key-file' "$dhub" token verify --pat token
expect "claims verify" 0 'idp.example.com' "$dhub" token verify --jwks jwk --alg HS512 claims.token
expect "the issuer is held to" 3 'issuer' "$dhub" token verify --jwks jwk --alg HS512 --iss x claims.token
expect "the audience is held to" 3 'audience' "$dhub" token verify --jwks jwk --alg HS512 --aud x claims.token
expect "the algorithm is held to" 3 'not allowed' "$dhub" token verify --jwks jwk --alg HS256 claims.token
expect "the algorithm must be said" 2 'alg' "$dhub" token verify --jwks jwk claims.token
expect "the keys must be said" 2 'jwks' "$dhub" token verify --alg HS512 claims.token
expect "an expired token is told apart" 3 'expired' "$dhub" token verify --jwks jwk --alg HS512 past.token
expect "a payload that is no JSON is malformed" 3 'malformed' "$dhub" token verify --jwks jwk --alg HS512 text.token
expect "--jws takes any payload" 0 'not json' "$dhub" token verify --jws --jwks jwk --alg HS512 text.token
expect "keys that are none are named" 2 'text' "$dhub" token verify --jwks text --alg HS512 claims.token
expect "mint wants an actor or claims" 2 'actor' "$dhub" token mint --key-file key
expect "mint knows the types" 2 'PERSONAL' "$dhub" token mint --actor x --type X --key-file key
expect "mint wants a key that can sign" 2 'can sign' "$dhub" token mint --claims claims --jwk jwk --alg RS256
expect "hash warns without a salt" 0 'no salt' "$dhub" token hash token

# base64(sha256(token || salt)), by other means
if command -v openssl >/dev/null; then
  want=$(printf '%ssalt' "$(cat token)" | openssl dgst -sha256 -binary | base64)
  expect "hash is DataHub's" 0 "$want" "$dhub" token hash --salt-file salt token
fi

exit $((failures > 0))
