#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What sending costs: bench_emit's ways side by side, against an nginx that answers 200.
#   bench/emit.sh PATH-TO-bench_emit PATH-TO-dhub [FOLDER-OF-MCP-FILES]
# BENCH_LARGE is the megabytes of the largest input (1000).
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
"$program" floor "$url" 100 "$folder"
"$program" tree "$url" 100 "$folder"
"$program" emit "$url" 100 "$folder"
for megabytes in 10 100 "${BENCH_LARGE:-1000}"; do "$program" dhub "$url" $megabytes "$folder" "$dhub"; done
"$program" spool "$url" 100 "$folder" "$dhub"
# From start to exit: a lone record.
printf '%s\n' '{"entityType":"corpuser","entityUrn":"urn:li:corpuser:a","changeType":"UPSERT","aspectName":"status","aspect":{"json":{"removed":false}}}' > "$dir/one.json"
best=999999
for i in 1 2 3 4 5 6 7 8 9 10; do
  before=$(date +%s%N)
  "$dhub" emit -q --server "$url" "$dir/one.json" 2>/dev/null
  took=$((($(date +%s%N) - before) / 1000))
  [ $took -ge $best ] || best=$took
done
echo "one record, start to exit, best of 10: $best us"
