#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No room for the spool: the run ends by itself and says so, and every record is accounted
# for: delivered, or in the dead-letter file.
set -eu
. "$srcdir/tests/e2e/gms.sh"
start_gms
i=0
while [ $i -lt 3000 ]; do
  echo '{"entityType":"tag","entityUrn":"urn:li:tag:t'$i'","changeType":"UPSERT","aspectName":"tagProperties","aspect":{"json":{"name":"a tag of some length, so that the spool fills"}}}'
  i=$((i + 1))
done >"$work/in.json"
# The dead-letter file is under the same limit, and smaller; SIGXFSZ ends what is not ready for it.
expect 5 sh -c 'trap "" XFSZ; ulimit -f 1500; exec "$@"' sh timeout 60 \
  "$dhub" emit --server "$url" --token-file "$admin" --spool "$work/spool" \
  -o max_pending_requests=10000 --dead-letter "$work/dead.json" --json "$work/in.json"
says 'no room for spool'
field() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" "$work/out"; }
[ "$(($(field delivered) + $(field undelivered)))" = "$(field records)" ] || fail "records are missing"
[ "$(wc -l <"$work/dead.json")" = "$(field undelivered)" ] || fail "the dead letters are not all there"
