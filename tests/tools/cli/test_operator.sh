#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a tired operator types: wrong options, files that are not there or are something else, an
# output that is closed or full. Each message names what, and each exit status is the documented one.
dhub=$PWD/dhub
gms=$PWD/dhub-gms
authd=$PWD/dhub-authd
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
HOME=$work DATAHUB_SKIP_CONFIG=true
export HOME DATAHUB_SKIP_CONFIG
cd "$work" || exit 99
failed=0

fail() {
  echo "FAIL: $*"
  sed 's/^/  | /' said
  failed=1
}

# expect STATUS WORDS COMMAND...: that exit status, and those words (a grep pattern; empty: none
# wanted) in what it says on either output.
expect() {
  status=$1 words=$2
  shift 2
  "$@" >said 2>&1 </dev/null
  got=$?
  [ "$got" = "$status" ] || fail "$*: exit status $got, not $status"
  grep -q -e "$words" said || fail "$*: '$words' is not said"
}

mkdir folder
: >empty
echo '{"bad' >bad.json
echo '{"entityType":"tag","entityUrn":"urn:li:tag:a","changeType":"UPSERT","aspectName":"tagProperties","aspect":{"json":{"name":"a"}}}' >good.json
echo made-up-token >token && chmod 600 token
echo made-up-token >open && chmod 644 open
nowhere=http://127.0.0.1:1

# --- help and version, of each program and command ---

for program in "$dhub" "$gms" "$authd"; do
  name=$(basename "$program")
  for option in --version -V; do
    expect 0 "^$name [0-9]" "$program" $option
  done
  for option in --help -h; do
    expect 0 "^Usage: $name" "$program" $option
  done
  expect 2 "nosuch" "$program" --nosuch
  grep -q -e "--help\|dhub help" said || fail "$name --nosuch: it is not said where to read more"
done
token_commands=$("$dhub" token --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
[ "$(echo "$token_commands" | wc -w)" -ge 10 ] || fail "dhub token --help lists no commands"
for command in $("$dhub" --help | sed -n 's/^  \([a-z]*\) .*/\1/p') \
  $(echo "$token_commands" | sed 's/^/token:/'); do
  set -- $(echo "$command" | tr ':' ' ')
  expect 0 "^Usage: dhub $*" "$dhub" "$@" --help
  expect 0 "^Usage: dhub $*" "$dhub" "$@" -h
  expect 0 "^dhub [0-9]" "$dhub" "$@" -V
  expect 2 "nosuch" "$dhub" "$@" --nosuch
done
expect 0 "^Usage: dhub emit" "$dhub" help emit
expect 2 "no command 'nosuch'" "$dhub" help nosuch
expect 2 "no command 'nosuch'" "$dhub" nosuch
expect 2 "no token command 'nosuch'" "$dhub" token nosuch
expect 2 "^Usage: dhub" "$dhub"

# --- addresses ---

for server in notaurl ftp://x http:// ""; do
  expect 2 "the server '$server' is not an absolute http or https URL" "$dhub" emit -s "$server" good.json
  grep -q "command line" said || fail "emit -s '$server': it is not said where that was given"
  expect 2 "the server '$server' is not" "$dhub" get -s "$server" urn:li:tag:a
  expect 2 "the server '$server' is not" "$dhub" token list -s "$server"
done
expect 2 "no DataHub server is named: give --server" "$dhub" emit good.json
expect 4 "refused" "$dhub" emit -s $nowhere -o retry_max_times=0 good.json
for command in "get urn:li:tag:a" "auth test" "token list" "token whoami"; do
  # shellcheck disable=SC2086
  expect 4 "cannot reach $nowhere" "$dhub" $command -s $nowhere
done

# --- files that are none ---

expect 2 "cannot read nosuch.json: No such file" "$dhub" emit -s $nowhere nosuch.json
expect 2 "cannot read folder: Is a directory" "$dhub" emit -s $nowhere folder
expect 1 "bad.json:1: record 1: it cannot be read as JSON" "$dhub" emit --sink blackhole bad.json
expect 2 "nosuch.cfg: cannot be opened: No such file" "$dhub" emit -c nosuch.cfg good.json
expect 2 "folder: is a folder" "$dhub" emit -c folder good.json
expect 2 "empty:1: there is no .sink. block" "$dhub" emit -c empty good.json
expect 2 "the token file folder is not a regular file" "$dhub" get -s $nowhere -t folder urn:li:tag:a
expect 3 "cannot open the token file nosuch: No such file" "$dhub" get -s $nowhere -t nosuch urn:li:tag:a
expect 3 "token file open may be read by anyone .*chmod" "$dhub" get -s $nowhere -t open urn:li:tag:a
expect 2 "dead-letter file folder: Is a directory" "$dhub" emit -s $nowhere -d folder good.json
expect 2 "dead-letter file folder/no/x: No such file" "$dhub" emit -s $nowhere -d folder/no/x good.json
expect 2 "folder is no regular file" "$dhub" emit -s $nowhere --spool folder good.json
expect 2 "bad.json is damaged" "$dhub" emit -s $nowhere --spool bad.json good.json
expect 2 "cannot write folder: it is a folder" "$dhub" emit --sink file -o filename=folder good.json
expect 4 "the spool nosuch: No such file" "$dhub" spool nosuch
expect 4 "the spool folder: it is a folder" "$dhub" spool folder
expect 1 "spool bad.json: file is not a database" "$dhub" spool bad.json
expect 4 "cannot open nosuch: No such file" "$dhub" token inspect nosuch
expect 4 "cannot read folder: Is a directory" "$dhub" token inspect folder
expect 1 "empty is empty" "$dhub" token inspect empty
expect 1 "standard input is empty" "$dhub" token inspect
expect 1 "three parts" "$dhub" token inspect bad.json
expect 2 "cannot read the token file nosuch: No such file" "$dhub" token rotate -s $nowhere nosuch
expect 2 "cannot read the token file folder: Is a directory" "$dhub" token rotate -s $nowhere folder
expect 2 "cannot write folder: it is a folder; no token was made" \
  "$dhub" token create -s $nowhere --name a --save folder
expect 2 "cannot make a file in folder/no for the token: No such file" \
  "$dhub" token create -s $nowhere --name a --save folder/no/x
expect 2 "no signing key: give --key-file" "$dhub" token mint --actor a
expect 1 "cannot open the module ./nosuch.so: No such file" "$dhub" plugin check nosuch.so
expect 1 "folder is not a regular file" "$dhub" plugin check folder
expect 2 "folder: is a folder" "$authd" -c folder
expect 2 "nosuch.cfg: cannot be opened: No such file" "$authd" -c nosuch.cfg
expect 2 'the map "verifier" is missing' "$authd" -c empty
expect 2 "folder: is a folder" "$gms" -c folder
expect 2 "port 99999: use a number" "$gms" --port 99999

# --- an output that is closed or full ---

for command in --help --version "emit --help" "plugin list" "token --help"; do
  # shellcheck disable=SC2086
  expect 5 "cannot write to standard output: No space left" sh -c '"$0" "$@" >/dev/full' "$dhub" $command
  # shellcheck disable=SC2086
  expect 5 "cannot write to standard output: Bad file" sh -c '"$0" "$@" >&-' "$dhub" $command
done
expect 5 "cannot write to standard output" \
  sh -c '"$0" "$@" >/dev/full' "$dhub" emit --sink blackhole --json good.json
expect 4 "cannot write records to standard output" \
  sh -c '"$0" "$@" >/dev/full' "$dhub" emit --sink console good.json
# What is opened first must not become the closed standard output, and be written into.
expect 5 "cannot write to standard output" \
  sh -c '"$0" "$@" >&-' "$dhub" emit --sink file -o filename=out.json --json good.json
grep -q '"exit"' out.json && fail "the summary was written into the sink's file"
expect 0 . sh -c '"$0" --help | head -n 1' "$dhub"
expect 2 "no space\|No space" "$dhub" emit --sink file -o filename=/dev/full good.json

# --- quiet says what is wrong, and nothing else ---

quiet() {
  "$@" >said 2>&1 </dev/null || fail "$*: exit status $?"
  [ ! -s said ] || fail "$*: it speaks"
}
quiet "$dhub" emit -q --sink blackhole good.json
quiet "$dhub" emit -q --sink blackhole empty
"$dhub" emit -q --dry-run good.json >out 2>said || fail "emit -q --dry-run"
[ ! -s said ] || fail "emit -q --dry-run: it speaks"
expect 1 "bad.json:1:" "$dhub" emit -q --sink blackhole bad.json
grep -q "records read" said && fail "emit -q prints the summary of a run that failed"
expect 4 "refused" "$dhub" emit -q -s $nowhere -o retry_max_times=0 good.json

# --- a port that another server has ---

"$gms" --port 0 --port-file port >gms.log 2>&1 &
first=$!
trap 'kill $first 2>/dev/null; rm -rf "$work"' EXIT
while ! [ -s port ]; do
  kill -0 $first || { cp gms.log said && fail "dhub-gms ended"; break; }
  sleep 0.05
done
expect 1 "cannot listen on 127.0.0.1 port $(cat port): Address already in use" "$gms" --port "$(cat port)"
kill $first
wait $first

# --- modules ---

# The built-in folder may have some, where this release is installed.
DATAHUB_PLUGIN_PATH=$work/folder "$dhub" plugin info nosuch >said 2>&1
built_in=$(sed -n 's/.* in .*, \([^;]*\);.*/\1/p' said)
ls "$built_in"/*.so >/dev/null 2>&1 ||
  expect 0 "no modules found in $work/folder, /nonexistent, $built_in; DATAHUB_PLUGIN_PATH" \
    env DATAHUB_PLUGIN_PATH="$work/folder:/nonexistent" "$dhub" plugin list
mkdir tmp
env TMPDIR="$work/nosuch" "$dhub" plugin check "${DATAHUB_PLUGIN_PATH%%:*}/static.so" >said 2>&1 &&
  fail "plugin check makes its folder elsewhere than TMPDIR says"
grep -q "cannot make a folder in $work/nosuch: No such file" said || fail "TMPDIR is not named"
expect 0 "no faults" env TMPDIR="$work/tmp" "$dhub" plugin check "${DATAHUB_PLUGIN_PATH%%:*}/static.so"
[ -z "$(ls tmp)" ] || fail "plugin check leaves its folder behind"
exit $failed
