#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dhub auth test against dhub-gms: each thing that can be wrong with a credential, made for
# real, and the words for it.
set -eu
. "$srcdir/tests/e2e/gms.sh"
umask 077
HOME=$work
export HOME
printf 'signing-key-of-a-test-%s' "$$" >"$work/key"
cat >"$work/users.cfg" <<'END'
users = (
  { name = "datahub"; },
  { name = "reader"; },
  { name = "leaver"; }
);
policies = (
  { name = "all"; users = ( "datahub" ); privileges = ( "Generate Personal Access Tokens",
    "Manage All Access Tokens", "Manage Service Accounts", "Edit Entity" ); }
);
END
DATAHUB_TOKEN_SERVICE_SIGNING_KEY=$(cat "$work/key")
export DATAHUB_TOKEN_SERVICE_SIGNING_KEY
start_gms --config "$work/users.cfg"

# try STATUS TOKEN_FILE [OPTION]...
try() {
  status=$1 token=$2
  shift 2
  expect "$status" "$dhub" auth test --server "$url" --token-file "$token" "$@"
  ! grep -q -F -e "$(cat "$token")" "$work/out" || fail "the token is shown"
}
make() {
  expect 0 "$dhub" token create --server "$url" --token-file "$admin" --save "$work/$1" --name "$@"
}

# good: who it is, until when, and what it may
make good --duration 1h
try 0 "$work/good"
says 'credential: Bearer, from the file'
says '"actorId": "datahub"'
says 'expires: '
says 'accepted: you are urn:li:corpuser:datahub'
says 'may write: yes'

# the frontend's path to GMS is as good as its own; the page beside it is no GMS
try 0 "$work/good" --server "$url/api/gms"
says 'accepted: you are urn:li:corpuser:datahub'
try 4 "$work/good" --server "$url/settings/tokens"
says 'add /api/gms'

# none
expect 3 "$dhub" auth test --server "$url"
says 'absent: no credential was sent'

# no privilege: the token is good, and what is missing has a name, and who grants it
make reads --actor reader
try 0 "$work/reads"
says 'accepted: you are urn:li:corpuser:reader'
says 'may write: no'
says 'urn:li:corpuser:reader lacks the privilege "Edit Entity"'
says 'Manage Policies'
printf '{"entityType":"dataset","entityUrn":"urn:li:dataset:(urn:li:dataPlatform:x,y,PROD)",' >"$work/one.json"
printf '"changeType":"UPSERT","aspectName":"status","aspect":{"json":{"removed":false}}}\n' >>"$work/one.json"
expect 1 "$dhub" emit --server "$url" --token-file "$work/reads" "$work/one.json"
says '403'
says 'urn:li:corpuser:reader is unauthorized'

# revoked
make gone --duration 1h
expect 0 "$dhub" token revoke --server "$url" --token-file "$admin" --name gone
try 3 "$work/gone"
says 'revoked, or of another DataHub'

# its user deactivated
make left --actor leaver
sed 's/{ name = "leaver"; }/{ name = "leaver"; active = false; }/' "$work/users.cfg" >"$work/new.cfg"
mv "$work/new.cfg" "$work/users.cfg"
end_gms
start_gms --config "$work/users.cfg"
try 3 "$work/left"
says 'its user is gone'

# expired: by its own claim, and signed by the server's own key
claims() {
  printf '{"type":"PERSONAL","version":"1","actorType":"USER","actorId":"datahub","sub":"datahub",'
  printf '"iss":"%s","jti":"of-a-test","exp":%s}\n' "$1" "$2"
}
printf '{"kty":"oct","k":"%s"}' "$(base64 -w 0 "$work/key" | tr '+/' '-_' | tr -d =)" >"$work/jwk"
mint() {
  "$dhub" token mint --claims "$work/claims" --jwk "$work/jwk" --alg HS256 >"$work/$1" ||
    fail "a token could not be minted"
}
claims datahub-metadata-service 946684800 >"$work/claims"
mint expired
try 3 "$work/expired"
says 'expired: by its own claim'
says '2000-01-01T00:00:00Z'

# of an issuer that this server does not trust
claims https://idp.example.com 4102444800 >"$work/claims"
mint foreign
try 3 "$work/foreign"
says 'the token is by https://idp.example.com'
says 'EXTERNAL_OAUTH_TRUSTED_ISSUERS'

# the system client, and one whose secret is another
end_gms
printf 'secret-of-a-test-%s' "$$" >"$work/secret"
DATAHUB_SYSTEM_CLIENT_ID=__datahub_system DATAHUB_SYSTEM_CLIENT_SECRET=$(cat "$work/secret") \
  start_gms --config "$work/users.cfg"
DATAHUB_SYSTEM_CLIENT_ID=__datahub_system DATAHUB_SYSTEM_CLIENT_SECRET=$(cat "$work/secret") \
  expect 0 "$dhub" auth test --server "$url"
says 'credential: Basic'
says 'accepted'
DATAHUB_SYSTEM_CLIENT_ID=__datahub_system DATAHUB_SYSTEM_CLIENT_SECRET=another \
  expect 3 "$dhub" auth test --server "$url"
says 'the system client: id or secret differ'

# switched off: whatever is sent
end_gms
start_gms --config "$work/users.cfg" --auth off
try 0 "$work/expired"
says 'authentication is switched off'
expect 3 "$dhub" token create --server "$url" --name x
says 'METADATA_SERVICE_AUTH_ENABLED=true'

# nobody there
end_gms
try 4 "$work/good"
says 'cannot reach'
