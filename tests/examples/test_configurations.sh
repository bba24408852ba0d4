#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every configuration that a page shows is opened by the program that it is for: a sink by `dhub
# emit`, which sends nothing; a client's stack by `dhub auth explain`; a server's by `dhub-authd
# --check`. Only the folders of the files that they name are others. A block that is neither a
# configuration nor of a kind that another test runs is a fault here: no example goes untried.
srcdir=$(cd "${srcdir:-.}" && pwd)
dhub=$PWD/dhub
authd=$PWD/dhub-authd
kafka=$PWD/sinks/.libs/datahub-kafka.so
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
umask 077
cd "$work" || exit 99 # a sink of a page writes copy.json where it stands
failed=0

fail() {
  echo "FAIL: $*"
  failed=1
}

# What the pages name: files that hold something of the kind, variables that are set.
HOME=$work
CLIENT_SECRET=made-up SYSTEM_SECRET=made-up DATAHUB_TOKEN=made-up DATAHUB_GMS_TOKEN=made-up
DATAHUB_SIGNING_KEY=made-up-signing-key KAFKA_USER=made-up KAFKA_PASSWORD=made-up
REGISTRY_USER=made-up REGISTRY_PASSWORD=made-up DATAHUB_GMS_URL=http://127.0.0.1:1
AZURE_FEDERATED_TOKEN_FILE=$work/datahub # as the pod's label makes it be
export AZURE_FEDERATED_TOKEN_FILE
export HOME CLIENT_SECRET SYSTEM_SECRET DATAHUB_TOKEN DATAHUB_GMS_TOKEN DATAHUB_SIGNING_KEY
export KAFKA_USER KAFKA_PASSWORD REGISTRY_USER REGISTRY_PASSWORD DATAHUB_GMS_URL
for name in system.secret client.secret signing.key datahub datahub-token refresh; do
  echo made-up-not-real >"$work/$name"
done
openssl genrsa -out "$work/pipeline.key" 2048 2>/dev/null
: >"$work/empty.json"

moved() {
  sed -E "s#(/etc/datahub|/var/run/secrets/tokens|/run/secrets|/home/me/\.config/datahub|/var/lib/datahub)/#$work/#g"
}

# split PAGE: its blocks, as a reader sees them, one file each: $work/blocks/N
split() {
  rm -rf "$work/blocks"
  mkdir "$work/blocks"
  case $1 in
    *.md)
      awk -v to="$work/blocks/" '/^ *```/ { inside = !inside; if (inside) { n++; kind = $0;
          sub(/^ *```/, "", kind); printf "" > (to n); print kind > (to n ".kind") } next }
        inside { print > (to n) }' "$1"
      ;;
    *)
      sed 's/\\-/-/g; s/\\e/\\/g; s/\\&//g; s/\\(rs/\\/g' "$1" |
        awk -v to="$work/blocks/" '/^\.(nf|EX)/ { n++; inside = 1; printf "" > (to n); next }
          /^\.(fi|EE)/ { inside = 0 } inside { print > (to n) }'
      ;;
  esac
}

# try WHAT COMMAND...: it has to succeed.
try() {
  what=$1
  shift
  tried=$((tried + 1))
  "$@" >"$work/said" 2>&1 </dev/null && return
  fail "$what: $(basename "$1") $2 refuses it"
  sed 's/^/  | /' "$work/said"
}

sink() {
  case $(cat "$2") in
    *datahub-kafka*) [ -e "$kafka" ] || return 0 ;;
  esac
  try "$1" "$dhub" emit -c "$2" "$work/empty.json"
}

tried=0
# run PAGE BLOCK
run() {
  what="$(basename "$1"), block $(basename "$2")"
  kind=$(cat "$2.kind" 2>/dev/null)
  moved <"$2" >"$work/block"
  case $kind in
    c | make | sh) return ;; # examples/, README's tour, the pages' commands
  esac
  case $(grep -v '^ *# ' "$work/block" | head -n 1) in
    'sink = '*';')
      grep '^sink = ' "$work/block" >"$work/lines"
      while read -r line; do
        echo "$line" >"$work/one.cfg"
        sink "$what" "$work/one.cfg"
      done <"$work/lines"
      ;;
    'sink = '*) cp "$work/block" "$work/one.cfg" && sink "$what" "$work/one.cfg" ;;
    'sink:'* | 'x-'*) cp "$work/block" "$work/one.yml" && sink "$what" "$work/one.yml" ;;
    'auth = '*)
      { echo 'sink = { type = "datahub-rest"; config = { server = "https://gms.example.com";' &&
        cat "$work/block" && echo '}; };'; } >"$work/one.cfg"
      case $what in
        module-authors.md*) ;; # its module is built and opened in test_plugins.sh
        *) try "$what" "$dhub" auth explain -c "$work/one.cfg" ;;
      esac
      ;;
    'stack = '*)
      { echo 'verifier = {' && sed 's/( \.\.\., /( { control = "sufficient"; plugin = "permit"; }, /' \
        "$work/block" && echo '};'; } >"$work/one.cfg"
      try "$what" "$authd" --check -c "$work/one.cfg"
      ;;
    'stacks = '*)
      { echo 'verifier = {' && cat "$work/block" && echo 'stack = ({ include = "public"; }); };'; } \
        >"$work/one.cfg"
      try "$what" "$authd" --check -c "$work/one.cfg"
      ;;
    'dhub '* | 'dhub-'*) ;; # tests/e2e/test_manual.sh, test_token_pages.sh, tests/tools/emit
    '$ dhub plugin check '*) ;; # test_plugins.sh
    '.B #include'* | '#include'*) ;; # tests/build/test_docs.sh
    *) grep -q '──' "$work/block" || fail "$what is run by no test: $(head -n 1 "$work/block")" ;;
  esac
}

for page in "$srcdir"/*.md "$srcdir"/doc/*.md "$srcdir"/doc/internals/*.md "$srcdir"/doc/man/*; do
  split "$page"
  for block in "$work"/blocks/*; do
    case $block in *.kind | *\*) continue ;; esac
    run "$page" "$block"
  done
done
# As many as there were: fewer means that the pages' form has changed and nothing is found.
[ "$tried" -ge 30 ] || fail "only $tried configurations were found"
for example in "$srcdir"/examples/config/*.cfg "$srcdir"/examples/config/*.yml; do
  grep -rqF "$(basename "$example")" "$srcdir/tests" --include='*.c' --include='*.sh' ||
    fail "$example is loaded by no test"
done
exit $failed
