#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No room for the spool: the run ends by itself and says so, with every record accounted for.
set -eu
. "$srcdir/tests/e2e/gms.sh"
start_gms
# Two that fit, and one that is larger than a file may be here.
record() {
  printf '{"entityType":"tag","entityUrn":"urn:li:tag:%s","changeType":"UPSERT","aspectName":"tagProperties","aspect":{"json":{"name":"%s"}}}\n' "$1" "$2"
}
{
  record a small
  record b small
  record c "$(head -c 600000 /dev/zero | tr '\0' x)"
} >"$work/in.json"
expect 5 sh -c 'trap "" XFSZ; ulimit -f 300; exec "$@"' sh timeout 60 \
  "$dhub" emit --server "$url" --token-file "$admin" --spool "$work/spool" --json "$work/in.json"
says '"records":3,"delivered":2,"rejected":0,"unreadable":0,"undelivered":1'
says "spool $work/spool"
