#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples of the manual pages do what the pages say, against a scripted nothing: those
# that need a server are run as far as their command line goes, with --dry-run.
srcdir=${srcdir:-$(dirname "$0")/../../..}
man=$(cd "$srcdir/doc/man" && pwd) || exit 1
dhub=$PWD/dhub
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
failed=0

cat >"$out/metadata.json" <<'END'
{"entityType":"tag","entityUrn":"urn:li:tag:example","changeType":"UPSERT","aspectName":"tagProperties","aspect":{"json":{"name":"example"}}}
END
echo made-up-token >"$out/token"
chmod 600 "$out/token"

# Lines between .nf and .fi that begin with "dhub emit", as a reader sees them.
examples() {
  for page in dhub-emit.1 datahub-console.7; do
    sed -n '/^\.nf/,/^\.fi/{s/\\-/-/g;/^dhub emit/p;}' "$man/$page"
  done
}

examples >"$out/examples"
[ "$(wc -l <"$out/examples")" -ge 5 ] || {
  echo "FAIL: the manual pages have lost their examples"
  exit 1
}
while read -r line; do
  case $line in
    *--server*) line="$line --dry-run" ;;
  esac
  if ! (cd "$out" && sh -c "\"\$0\" ${line#dhub }" "$dhub" >said 2>&1 </dev/null); then
    echo "FAIL: $line"
    sed 's/^/  | /' "$out/said"
    failed=1
  fi
done <"$out/examples"
[ -s "$out/copy.json" ] || {
  echo "FAIL: the file sink's example wrote no copy.json"
  failed=1
}
exit $failed
