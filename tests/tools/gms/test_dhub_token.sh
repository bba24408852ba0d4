#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# dhub token against dhub-gms: each command, each refusal in words, and a pipeline that runs
# through a rotation.
dir=$(mktemp -d) || exit 99
gms=
cleanup() {
  [ -z "$gms" ] || kill "$gms" 2>/dev/null
  wait
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 99' HUP INT TERM
fail() {
  echo "FAIL: $*"
  cat "$dir/out" "$dir/err" 2>/dev/null
  exit 1
}
# expect CODE COMMAND...: runs it, with what it says in out and err.
expect() {
  wanted=$1
  shift
  "$@" >"$dir/out" 2>"$dir/err"
  got=$?
  [ "$got" -eq "$wanted" ] || fail "exit $got, not $wanted: $*"
}
says() {
  grep -q -- "$1" "$dir/out" "$dir/err" || fail "nothing says: $1"
}

cat >"$dir/users.cfg" <<'END'
users = (
  { name = "datahub"; groups = ( "admins" ); },
  { name = "jdoe"; },
  { name = "guest"; }
);
policies = (
  { name = "a"; groups = ( "admins" ); privileges = ( "Generate Personal Access Tokens",
    "Manage All Access Tokens", "Manage Service Accounts", "Edit Entity" ); },
  { name = "b"; users = ( "jdoe" ); privileges = ( "Generate Personal Access Tokens",
    "Edit Entity" ); }
);
END
mkfifo "$dir/listening" || exit 99
./dhub-gms --port 0 --log-level warning --config "$dir/users.cfg" \
  --bootstrap-token-file "$dir/admin" >"$dir/listening" &
gms=$!
read -r line <"$dir/listening"
DATAHUB_GMS_URL=http://${line##*http://}
HOME=$dir
export DATAHUB_GMS_URL HOME
admin="--server $DATAHUB_GMS_URL --token-file $dir/admin"
jdoe="--server $DATAHUB_GMS_URL --token-file $dir/jdoe"
guest="--server $DATAHUB_GMS_URL --token-file $dir/guest"

# Who am I?
expect 0 ./dhub token whoami $admin
says 'urn:li:corpuser:datahub'
says 'Manage All Access Tokens: yes'
expect 3 ./dhub token whoami --server "$DATAHUB_GMS_URL"
says 401

# Making one: printed once, or kept in a file closed to others.
expect 0 ./dhub token create $admin --name printed --duration 1h
grep -q '^eyJ[^ ]*$' "$dir/out" || fail "the token is printed alone"
expect 0 ./dhub token create $admin --name for-jdoe --actor jdoe --save "$dir/jdoe"
expect 0 ./dhub token create $admin --name for-guest --actor guest --save "$dir/guest"
[ "$(stat -c %a "$dir/jdoe")" = 600 ] || fail "the file is closed to others"
expect 0 ./dhub token whoami $jdoe
says 'urn:li:corpuser:jdoe'
expect 2 ./dhub token create $admin
says -- '--name'
expect 2 ./dhub token create $admin --name x --duration soon
says 'never'

# Refusals name the privilege, and who can grant it.
expect 3 ./dhub token create $guest --name x
says 'Generate Personal Access Tokens'
says 'Manage Policies'
expect 3 ./dhub token create $jdoe --name x --actor datahub
says 'Manage All Access Tokens'
expect 3 ./dhub token list --all $jdoe
says 'Manage All Access Tokens'
expect 3 ./dhub token create $jdoe --name x --service-account ci
says 'Manage Service Accounts'

# Listing: one's own, everyone's, by filter.
expect 0 ./dhub token create $jdoe --name own --duration 7d --save "$dir/own"
expect 0 ./dhub token list $jdoe
says ' own '
grep -q for-jdoe "$dir/out" && fail "a plain user sees his own only"
expect 0 ./dhub token list --all $admin
says ' own '
expect 0 ./dhub token list --all --filter actorUrn=urn:li:corpuser:guest --json $admin
says '"name": "for-guest"'
grep -q '"own"' "$dir/out" && fail "a filter leaves the others out"
expect 0 ./dhub token show --name own $jdoe
says '"name": "own"'
expect 1 ./dhub token show --name nothing $jdoe
says 'dhub token list'

# A service account.
expect 0 ./dhub token create $admin --name svc --service-account ci --save "$dir/svc"
expect 0 ./dhub token whoami --server "$DATAHUB_GMS_URL" --token-file "$dir/svc"
says 'urn:li:corpuser:service_'

# ~/.datahubenv keeps what else is in it.
printf '# mine\ngms:\n  server: old\n  token: old\noauth:\n  client_id: x\n' >"$HOME/.datahubenv"
expect 0 ./dhub token create $admin --name env --save-env
grep -q 'client_id: x' "$HOME/.datahubenv" || fail "the rest of ~/.datahubenv stays"
grep -q old "$HOME/.datahubenv" && fail "the old values go"
# In whatever form it is: members further in, others of the same name below them, after a comment.
printf 'gms:\n# of last year\n    extra_headers:\n        token: kept\n    server: old\noauth: {client_id: x}\n' \
  >"$HOME/.datahubenv"
expect 0 ./dhub token create $admin --name env-deep --save-env
grep -q '^        token: kept$' "$HOME/.datahubenv" || fail "what is of the same name elsewhere stays"
expect 0 env -u DATAHUB_GMS_URL ./dhub token whoami
says 'urn:li:corpuser:datahub'
# One that cannot be set line by line is left alone, and the token is not lost.
printf '"gms": {server: old}\n' >"$HOME/.datahubenv"
expect 2 ./dhub token create $admin --name env-flow --save-env
says 'give `gms:` a line of its own'
grep -q '^eyJ[^ ]*$' "$dir/out" || fail "the token is printed where it could not be kept"
grep -q '{server: old}' "$HOME/.datahubenv" || fail "the file is left alone"
rm -f "$HOME/.datahubenv"

# Revoking.
expect 0 ./dhub token revoke --name printed $admin
expect 1 ./dhub token revoke --name printed $admin
expect 0 ./dhub token revoke --expired $admin

# Rotating: a pipeline that reads the file goes on, with the old token refused.
cp "$dir/own" "$dir/before"
chmod 600 "$dir/before"
# What it is for stays: a link is one still, and its owner and group may read it.
ln -s own "$dir/link"
chmod 640 "$dir/own"
[ "$(id -u)" != 0 ] || chown 4711:4712 "$dir/own"
owner=$(stat -c %u:%g:%a "$dir/own")
mkfifo "$dir/records"
record() {
  printf '{"entityType":"dataset","entityUrn":"urn:li:dataset:(urn:li:dataPlatform:x,%s,PROD)",' "$1"
  printf '"changeType":"UPSERT","aspectName":"status","aspect":{"json":{"removed":false}}}\n'
}
./dhub emit --server "$DATAHUB_GMS_URL" --token-file "$dir/own" --json "$dir/records" \
  >"$dir/emitted" 2>"$dir/emit.err" &
emit=$!
exec 3>"$dir/records"
i=0
while [ $i -lt 150 ]; do
  record a$i >&3
  i=$((i + 1))
done
expect 0 ./dhub token rotate --server "$DATAHUB_GMS_URL" "$dir/link"
[ -L "$dir/link" ] || fail "a link stays a link"
[ "$(stat -c %u:%g:%a "$dir/own")" = "$owner" ] || fail "the file is still for whom it was"
cmp -s "$dir/own" "$dir/before" && fail "the file holds a new token"
expect 3 ./dhub token whoami --server "$DATAHUB_GMS_URL" --token-file "$dir/before"
expect 0 ./dhub token whoami --server "$DATAHUB_GMS_URL" --token-file "$dir/own"
while [ $i -lt 300 ]; do
  record a$i >&3
  i=$((i + 1))
done
exec 3>&-
wait "$emit" || { cat "$dir/emitted" "$dir/emit.err"; fail "the pipeline went through the rotation"; }
grep -q '"delivered": *300' "$dir/emitted" || { cat "$dir/emitted"; fail "nothing was lost"; }

# A rotation that fails leaves what there was. Its new token cannot be written, since no file
# beside it can have so long a name: the new one is withdrawn, the old one stays.
long=$dir/$(printf '%0250d' 0)
cp "$dir/own" "$long"
chmod 600 "$long"
expect 0 ./dhub token list --json $jdoe
count=$(grep -c '"id"' "$dir/out")
expect 2 ./dhub token rotate --server "$DATAHUB_GMS_URL" "$long"
says 'make a file beside'
cmp -s "$dir/own" "$long" || fail "the old token stays in the file"
expect 0 ./dhub token whoami --server "$DATAHUB_GMS_URL" --token-file "$long"
expect 0 ./dhub token list --json $jdoe
[ "$(grep -c '"id"' "$dir/out")" = "$count" ] || fail "the new token is withdrawn"
# It cannot be made at all: who has the token may not make one.
cp "$dir/guest" "$dir/before"
expect 3 ./dhub token rotate --server "$DATAHUB_GMS_URL" "$dir/guest"
says 'Generate Personal Access Tokens'
cmp -s "$dir/guest" "$dir/before" || fail "the old token stays in the file"
expect 0 ./dhub token whoami $guest
expect 3 ./dhub token list $guest
says 'Generate Personal Access Tokens'
# It is none that can be told from others, or none at all.
echo made-up-opaque-token >"$dir/opaque"
expect 3 ./dhub token rotate --server "$DATAHUB_GMS_URL" "$dir/opaque"
expect 1 ./dhub token rotate $jdoe "$dir/opaque"
says 'no personal access token'
exit 0
