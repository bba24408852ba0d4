#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every command line of the manual pages' examples and of the programs' own --help, typed as it is
# printed: only the servers' addresses and the folder /etc/datahub are others. Each is typed in a
# folder of its own with the files that the lines name. (The token pages have test_token_pages.sh.)
set -eu
. "$srcdir/tests/e2e/gms.sh"
umask 077
authd=$PWD/dhub-authd
pat=$PWD/plugins/.libs/pat.so
HOME=$work/home
mkdir "$HOME" "$work/bin" "$work/folder" "$work/etc"
for program in "$dhub" "$gms" "$authd"; do ln -s "$program" "$work/bin/"; done
PATH=$work/bin:$PATH
export HOME PATH

# What the lines name.
start_gms
cd "$work/folder"
cp "$admin" token
cp "$admin" "$work/etc/token"
printf 'signing-key-of-a-test-%s' "$$" >signing.key
dhub token mint --actor datahub --key-file signing.key >token.txt
openssl ecparam -name prime256v1 -genkey -noout -out private.pem 2>"$work/out" || fail "openssl"
echo '{"sub":"made-up"}' >claims.json
cp "$pat" pat.so
sed "s|/var/lib/datahub|$work|" "$srcdir/examples/config/authd.cfg" >"$work/etc/authd.cfg"
cat >metadata.json <<'END'
[{"entityType":"tag","entityUrn":"urn:li:tag:example","changeType":"UPSERT","aspectName":"tagProperties","aspect":{"json":{"name":"example"}}},
 {"entityType":"dataset","entityUrn":"urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD)","changeType":"UPSERT","aspectName":"status","aspect":{"json":{"removed":false}}}]
END
for file in sink.cfg recipe.yml; do
  [ "$file" = sink.cfg ] &&
    echo "sink = { type = \"datahub-rest\"; config = { server = \"$url\"; token = \"$(cat "$admin")\"; }; };" >$file ||
    printf 'sink: {type: datahub-rest, config: {server: "%s", token: "%s"}}\n' "$url" "$(cat "$admin")" >$file
done
dhub emit -q -s http://127.0.0.1:1 -o retry_max_times=0 --spool spool.db metadata.json 2>"$work/out" && fail "a spool was sent to nowhere"
expect 0 dhub emit -c sink.cfg metadata.json
export DATAHUB_GMS_URL="$url" DATAHUB_GMS_TOKEN="$(cat "$admin")"
DATAHUB_TOKEN_SERVICE_SIGNING_KEY=$(cat signing.key) DATAHUB_TOKEN_SERVICE_SALT=made-up
export DATAHUB_TOKEN_SERVICE_SIGNING_KEY DATAHUB_TOKEN_SERVICE_SALT

# The lines, one a line: PAGE, a tab, the command.
for page in "$srcdir"/doc/man/*; do
  name=$(basename "$page")
  case $name in dhub-token.1 | dhub-gms.8) continue ;; esac
  sed -n '/^\.nf/,/^\.fi/p; /^\.Dl \$ /{s/^\.Dl \$ //;p;}' "$page" |
    sed -n 's/\\-/-/g; /^dhub[- ]/p' | sed "s/^/$name	/"
done >"$work/lines"
for command in "" emit get auth spool plugin $(dhub token --help | sed -n 's/^  \([a-z]*\) .*/token:\1/p'); do
  words=$(echo "$command" | tr : ' ')
  # shellcheck disable=SC2086
  dhub $words --help | sed -n 's/^  \(dhub .*\)/\1/p' | sed "s/^/dhub $words --help	/"
done >>"$work/lines"

count=0
while IFS='	' read -r page line; do
  count=$((count + 1)) wanted=0
  rm -rf "$work/here"
  cp -r "$work/folder" "$work/here"
  cd "$work/here"
  printf '%s\n' "$line" |
    sed "s|https://datahub.example.com/api/gms|$url/api/gms|; s|http://localhost:8080|$url|
      s|/etc/datahub/|$work/etc/|; s|https://idp.example.com/keys|keys.json|" >line.sh
  case $line in
    *'*.json'*) rm claims.json ;;
    *keys*) echo '{"keys":[]}' >keys.json && wanted=2 ;; # there is no key in it
    *'verify --pat'*) dhub token mint --actor datahub --key-file signing.key >token.txt ;;
    *'rotate'*) expect 0 dhub token create --name of-the-manual --save "$work/etc/token" ;;
  esac
  expect "$wanted" sh -e line.sh </dev/null
done <"$work/lines"
[ "$count" -ge 18 ] || { cat "$work/lines"; fail "the pages have lost their examples: $count"; }
end_gms

# dhub-gms(8): the server that it starts, and the question that it is asked.
if command -v curl >/dev/null; then
  cd "$work"
  sed -n '/^\.SH EXAMPLES/,/^\.fi/p' "$srcdir/doc/man/dhub-gms.8" | sed '/^\./d; s/\\-/-/g; s/\\e$/\\/' >gms.sh
  grep -q '^dhub-gms --data' gms.sh || fail "dhub-gms(8) has lost its example"
  mkdir -p "$HOME/.local/share"
  unset DATAHUB_TOKEN_SERVICE_SIGNING_KEY DATAHUB_TOKEN_SERVICE_SALT
  head -n 1 gms.sh | sed 's/^/exec /; s/$/ --port 0 --port-file own.port/' >line.sh
  sh line.sh >gms.log 2>&1 </dev/null &
  gms_pid=$!
  while ! [ -s own.port ]; do
    kill -0 "$gms_pid" || fail "the server of dhub-gms(8) ended"
    sleep 0.05
  done
  sed -n '2,$p' gms.sh | sed "s|localhost:8080|127.0.0.1:$(cat own.port)|" >line.sh
  expect 0 sh -e line.sh
  says 'urn:li:corpuser:datahub'
fi
