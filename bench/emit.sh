#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What sending costs: bench_emit's ways side by side, against an nginx that answers 200.
#   bench/emit.sh PATH-TO-bench_emit PATH-TO-dhub [FOLDER-OF-MCP-FILES]
# BENCH_LARGE is the megabytes of the largest input (1000), BENCH_ROUNDS how often the main
# ways are run (5). Those are over 500 MB, in which the start of a program no longer counts:
# what a start costs is a figure of its own.
set -eu
program=$1 dhub=$2
folder=${3:-${DH_SHARED_DATA:+$DH_SHARED_DATA/mcp}}
here=$(cd "$(dirname "$0")" && pwd)
[ -n "$folder" ] || folder=$here/../../shared/data/mcp
[ -d "$folder" ] || folder=$here/../tests/data/metadata/samples/mcp
nginx=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$nginx" ] || { echo "bench/emit.sh: nginx is missing: apt-get install nginx-light" >&2; exit 77; }
dir=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || :; rm -rf "$dir"' EXIT INT TERM
port=$((20000 + $$ % 20000))
cat > "$dir/nginx.conf" <<END
daemon off;
worker_processes 1;
pid $dir/pid;
error_log $dir/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path $dir/body;
  proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  client_max_body_size 20m;
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:$port;
    location / { default_type application/json; return 200 '{"value":"success"}'; }
  }
}
END
"$nginx" -p "$dir" -c "$dir/nginx.conf" & pid=$!
url=http://127.0.0.1:$port
for try in 1 2 3 4 5 6 7 8 9 10; do
  curl -s -o /dev/null "$url/" && break
  sleep 0.1
done
DATAHUB_SKIP_CONFIG=true; export DATAHUB_SKIP_CONFIG
run() { "$program" "$1" "$url" "$2" "$folder" ${3:+"$3"} | tee -a "$dir/figures"; }
echo "load average before: $(cut -d' ' -f1-3 /proc/loadavg)"
# The figure and its yardstick take turns: other load of the machine meets both.
for round in $(seq "${BENCH_ROUNDS:-5}"); do
  run floor 500
  run dhub 500 "$dhub"
  run spool 500 "$dhub"
done
run pipe 500 "$dhub"
run emit 500
run tree 500
for way in dhub spool; do
  for megabytes in 10 100 "${BENCH_LARGE:-1000}"; do
    run "$way" "$megabytes" "$dhub"
  done
done
"$program" one "$url" 50 "$folder" "$dhub"
echo "load average after: $(cut -d' ' -f1-3 /proc/loadavg)"
# The best of each way's runs over 500 MB, and what it is to the yardstick; where the machine's
# speed changes from run to run, the rounds' own ratios tell more: the middle one of them.
awk '
  $2 == 500 {
    round[$1]++
    each[$1, round[$1]] = $8
    if (!($1 in cpu) || $8 < cpu[$1]) cpu[$1] = $8
    if (!($1 in speed) || $11 > speed[$1]) speed[$1] = $11
  }
  function ratio(way, to) {
    printf "%-6s %.3f us CPU/record, %.2f times %s; %d records/s\n", way, cpu[way], \
      cpu[way] / cpu[to], to, speed[way]
  }
  function middle(way, to,   n, i, j, t, r) {
    n = round[way]
    for (i = 1; i <= n; i++) {
      t = each[way, i] / each[to, i]
      for (j = i; j > 1 && r[j - 1] > t; j--) r[j] = r[j - 1]
      r[j] = t
    }
    printf "%-6s %.2f times %s (%.2f to %.2f)\n", way, \
      (r[int((n + 1) / 2)] + r[int(n / 2) + 1]) / 2, to, r[1], r[n]
  }
  END {
    printf "best of the runs over 500 MB:\n"
    ratio("floor", "floor"); ratio("dhub", "floor"); ratio("pipe", "floor")
    ratio("emit", "floor"); ratio("tree", "floor"); ratio("spool", "dhub")
    printf "the middle of the rounds:\n"
    middle("dhub", "floor"); middle("spool", "dhub")
  }' "$dir/figures"
