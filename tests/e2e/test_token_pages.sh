#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What doc/personal-access-tokens.md and dhub-token(1) tell a reader to type, typed as printed but
# for the server's address and the folder.
set -eu
. "$srcdir/tests/e2e/gms.sh"
umask 077
srcdir=$(cd "$srcdir" && pwd)
HOME=$work/home
mkdir "$HOME" "$work/bin"
ln -s "$dhub" "$work/bin/dhub"
PATH=$work/bin:$PATH
export HOME PATH
start_gms
export DATAHUB_GMS_URL="$url"
# The first command needs a credential too: ~/.datahubenv is where the page says it may come from.
printf 'gms:\n  server: "%s"\n  token: "%s"\n' "$url" "$(cat "$admin")" >"$HOME/.datahubenv"

# block N FILE: the page's Nth block of shell.
block() {
  awk -v wanted="$1" '/^```sh/ { n++; inside = 1; next } /^```/ { inside = 0 } inside && n == wanted' "$2"
}
page=$srcdir/doc/personal-access-tokens.md

block 1 "$page" | sed "s|https://datahub.example.com/api/gms|$url/api/gms|" >"$work/life.sh"
[ "$(grep -c '^dhub token' "$work/life.sh")" = 5 ] || fail "the page has lost its five commands"
expect 0 sh -e "$work/life.sh"
says 'urn:li:corpuser:datahub'
says 'nightly'
expect 3 dhub token whoami --token-file "$HOME/.nightly-token"

# The documented curl lines: with the address of GMS and with that of the frontend's proxy.
if command -v curl >/dev/null; then
  cp "$admin" "$HOME/.dhub-token"
  block 2 "$page" | sed -n '/^curl/,$p' >"$work/curl.sh"
  grep -q 'http://localhost:8080' "$work/curl.sh" || fail "the page has lost its curl line"
  for base in "$url" "$url/api/gms"; do
    sed "s|http://localhost:8080|$base|" "$work/curl.sh" >"$work/line.sh"
    expect 0 sh -e "$work/line.sh"
    says '"com.linkedin.metadata.snapshot.CorpUserSnapshot"'
    says '"urn": *"urn:li:corpuser:datahub"'
  done
  sed "s|http://localhost:8080|$url|; s/Bearer /Bearer x/" "$work/curl.sh" >"$work/line.sh"
  expect 0 sh -e "$work/line.sh"
  says 'Unauthorized to perform this action.'
fi

# The manual's examples, in a folder that has what they name. The key set is on the network: its
# line is run with the option that is not.
mkdir "$work/etc"
cd "$work/etc"
printf 'signing-key-of-a-test-%s' "$$" >signing.key
printf salt-of-a-test >salt
dhub token mint --actor datahub --key-file signing.key >token.txt
sed -n '/^\.SH EXAMPLES/,/^\.fi/{s/\\-/-/g;/^dhub token/p;}' "$srcdir/doc/man/dhub-token.1" |
  sed "s|/etc/datahub/|$work/etc/|; s|https://datahub.example.com/api/gms|$url/api/gms|" >examples
[ "$(wc -l <examples)" -ge 6 ] || fail "dhub-token(1) has lost its examples"
while read -r line; do
  wanted=0
  case $line in
  *idp.example.com*)
    line=$(printf '%s\n' "$line" | sed 's|https://idp.example.com/keys|keys.json|')
    echo '{"keys":[]}' >keys.json
    wanted=2 # there is no key in it
    ;;
  *'> token.txt') line="${line%token.txt}minted.txt" ;;
  esac
  printf '%s\n' "$line" >line.sh
  expect "$wanted" sh -e line.sh </dev/null
done <examples
