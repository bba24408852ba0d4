#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What asking dhub-authd costs a gateway: requests a second of nginx alone, of nginx with
# auth_request proxied over kept-alive connections to a second nginx that answers a static
# 200 (the yardstick), and of the same with dhub-authd in the second one's place.
#   bench/authd.sh, in the build folder
# BENCH_SECONDS (2) is the length of one measurement, BENCH_ROUNDS (4) how often each is
# repeated in turn. Both answer on one thread; dhub-authd alone writes an access log.
set -eu
seconds=${BENCH_SECONDS:-2} rounds=${BENCH_ROUNDS:-4}
PATH=$PATH:/usr/sbin
for program in nginx wrk curl openssl; do
  command -v "$program" >/dev/null ||
    { echo "bench/authd.sh: skipped: $program is missing: apt-get install nginx wrk curl openssl" >&2; exit 0; }
done
build=$PWD
dir=$(mktemp -d "${TMPDIR:-/tmp}/dhub-bench.XXXXXX")
front= static= authd=
trap 'kill $front $static $authd 2>/dev/null || :; wait; rm -rf "$dir"' EXIT
trap 'exit 99' INT TERM
umask 077

# serve FILE: nginx on it, its pid in $!.
serve() { nginx -p "$dir" -e "$dir/$1.err" -c "$dir/$1" & }
common() {
  [ "$(id -u)" != 0 ] || echo "user root;"
  cat <<END
daemon off;
worker_processes 1;
pid $dir/$1.pid;
error_log $dir/$1.err;
events { worker_connections 512; }
END
}
temporary() {
  for part in client_body proxy fastcgi uwsgi scgi; do echo "  ${part}_temp_path $dir/$part;"; done
  echo "  keepalive_requests 10000000;"
}

{
  common static
  echo "http {"
  temporary
  echo "  access_log off;"
  echo "  server { listen unix:$dir/static.sock; location / { return 200; } }"
  echo "}"
} >"$dir/static"

# way NAME SOCKET: a server that asks there.
way() {
  cat <<END
  upstream $1 { server unix:$2; keepalive 64; }
  server {
    listen 127.0.0.1:$port;
    location / { auth_request /_check; try_files /page =404; }
    location = /_check {
      internal;
      proxy_pass http://$1/auth;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
    }
  }
END
}

printf hello >"$dir/page"
base=$((20000 + $$ % 20000))
{
  common front
  echo "http {"
  temporary
  echo "  access_log off; root $dir; default_type text/plain;"
  echo "  server { listen 127.0.0.1:$base; location / { try_files /page =404; } }"
  port=$((base + 1)) way yardstick "$dir/static.sock"
  port=$((base + 2)) way authd "$dir/authd.sock"
  echo "}"
} >"$dir/front"

# A key and a token of this run's own.
openssl rand -hex 32 >"$dir/key"
cat >"$dir/authd.cfg" <<END
verifier = {
  stack = ( { control = "required"; plugin = "pat"; config = { signing_key_file = "$dir/key"; }; } );
};
authd = { listen = "unix:$dir/authd.sock"; threads = 1; };
END
"$build/dhub" token mint --key-file "$dir/key" --actor datahub >"$dir/token" 2>"$dir/mint.err" ||
  { cat "$dir/mint.err" >&2; exit 1; }
printf 'wrk.headers["Authorization"] = "Bearer %s"\n' "$(cat "$dir/token")" >"$dir/header.lua"

"$build/dhub-authd" -c "$dir/authd.cfg" >"$dir/authd.log" 2>"$dir/authd.err" & authd=$!
serve static; static=$!
serve front; front=$!

# Each must answer 200 before it is measured.
for number in 0 1 2; do
  url=http://127.0.0.1:$((base + number))/
  tries=0
  until [ "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(cat "$dir/token")" "$url")" = 200 ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { tail -n 3 "$dir"/*.err >&2; echo "bench/authd.sh: $url does not answer 200" >&2; exit 1; }
    sleep 0.1
  done
done

# rate NUMBER: requests a second; an answer that is not 2xx is a failure.
rate() {
  wrk -t1 -c32 -d"${seconds}s" -s "$dir/header.lua" "http://127.0.0.1:$((base + $1))/" >"$dir/wrk"
  ! grep -q 'Non-2xx' "$dir/wrk" || { cat "$dir/wrk" >&2; exit 1; }
  sed -n 's/^Requests\/sec: *//p' "$dir/wrk"
}

# In turn, so that a busy machine is busy for all. The best round of each is shown; on a machine
# that others use, the median of the rounds' own ratios says more.
for number in 0 1 2; do : >"$dir/rates$number"; done
round=0
while [ "$round" -lt "$rounds" ]; do
  for number in 0 1 2; do rate "$number" >>"$dir/rates$number"; done
  round=$((round + 1))
done
best() { sort -rn "$dir/rates$1" | head -n 1; }
median=$(paste "$dir/rates2" "$dir/rates1" | awk '{ print $1 / $2 }' | sort -n |
  awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }')
awk -v alone="$(best 0)" -v yardstick="$(best 1)" -v ours="$(best 2)" -v median="$median" 'BEGIN {
  printf "nginx alone                        %9.0f requests/s\n", alone
  printf "nginx asking a static nginx        %9.0f requests/s  (the yardstick)\n", yardstick
  printf "nginx asking dhub-authd            %9.0f requests/s\n", ours
  printf "dhub-authd to the yardstick        %9.2f  (to reach: 0.8)\n", ours / yardstick
  printf "the same, median of the rounds     %9.2f\n", median
}'
