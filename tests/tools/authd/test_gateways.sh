#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real gateways with the files in examples/gateways, in front of dhub-gms, asking dhub-authd: one
# token store for all. GATEWAYS (nginx apache) says which; `make check-interop` adds envoy and
# traefik, whose programs are $ENVOY and $TRAEFIK.
set -eu
. "$srcdir/tests/e2e/gms.sh"
PATH=$PATH:/usr/sbin
modules=/usr/lib/apache2/modules
authd_pid= backend_pid= gateway_pid= headers_pid=
end_one() { [ -z "$1" ] || { kill "$1" 2>/dev/null || :; wait "$1" 2>/dev/null || :; }; }
end_all() {
  end_one "$gateway_pid"
  end_one "$backend_pid"
  end_one "$headers_pid"
  end_one "$authd_pid"
  end_gms
}
trap 'end_all; rm -rf "$work"' EXIT

command -v curl >/dev/null || { echo "skipped: curl is not installed"; exit 77; }
command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
command -v nginx >/dev/null || { echo "skipped: nginx is not installed (the backend is one, too)"; exit 77; }
have_apache() {
  command -v apache2 >/dev/null && [ -e "$modules/mod_lua.so" ] && [ -e /usr/share/lua/5.3/socket.lua ]
}

chmod 700 "$work"
mkdir "$work/tmp"
start_gms
[ "$(id -u)" != 0 ] || as_root="user root;"

nginx_head() {
  echo "daemon off; worker_processes 1; pid $work/$1.pid; error_log $work/$1.err; ${as_root-}"
  echo "events { worker_connections 64; }"
  echo "http { access_log off;"
  for part in client_body proxy fastcgi uwsgi scgi; do echo "  ${part}_temp_path $work/tmp/$1.$part;"; done
}
# until_up SOCKET PID WHAT: until somebody listens there, or the process has ended.
until_up() {
  while ! curl -s -o /dev/null --unix-socket "$1" http://x/; do
    kill -0 "$2" 2>/dev/null || { tail -n 20 "$work"/*.err "$work"/apache/*.log 2>/dev/null >&2; fail "$3 ended"; }
    sleep 0.05
  done
}

# A backend that shows what reached it, and is the GMS for all else. Like many it takes
# X_DataHub_Actor for X-DataHub-Actor.
write_backend() {
  nginx_head backend
  cat <<END
  server {
    listen unix:$work/backend.sock;
    ${backend_port:+listen 127.0.0.1:$backend_port;}
    underscores_in_headers on;
    ignore_invalid_headers off;
    location = /headers { proxy_pass http://unix:$work/headers.sock:/; }
    location = /echo {
      return 200 "actor=\$http_x_datahub_actor expires=\$http_x_datahub_expires issuer=\$http_x_datahub_issuer id=\$http_x_datahub_token_id\n";
    }
    location = /broken { return 500 "the backend's own\n"; }
    location / { proxy_pass $url; }
  }
}
END
}
# With TCP, too, where a gateway speaks nothing else.
start_backend() {
  rm -f "$work/backend.sock"
  write_backend >"$work/backend.conf"
  nginx -p "$work" -e "$work/backend.err" -c "$work/backend.conf" & backend_pid=$!
  until_up "$work/backend.sock" "$backend_pid" "the backend"
}
start_backend

# Behind that, one that shows each header as it came.
cat >"$work/headers.py" <<'END'
import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
server.listen(16)
while True:
    conn = server.accept()[0]
    head = b""
    while b"\r\n\r\n" not in head:
        more = conn.recv(65536)
        if not more:
            break
        head += more
    conn.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + head)
    conn.close()
END
python3 "$work/headers.py" "$work/headers.sock" & headers_pid=$!
until_up "$work/headers.sock" "$headers_pid" "the backend's backend"

cat >"$work/authd.cfg" <<END
verifier = {
  stack = ( { control = "required"; plugin = "pat"; config = {
    signing_key_file = "$work/gms/signing.key"; salt = "\${TEST_SALT}"; store = "$work/gms/tokens.db"; }; } );
  cache = { revocation_delay = "100ms"; negative_ttl = "100ms"; };
};
authd = { listen = "unix:$work/authd.sock"; realm = "shop"; };
END
# One that can decide nothing: nobody listens where it would ask.
cat >"$work/undecided.cfg" <<END
verifier = { stack = ( { control = "required"; plugin = "introspect"; config = {
  endpoint = "http://127.0.0.1:1/introspect"; timeout = "100ms"; }; } ); };
authd = { listen = "unix:$work/authd.sock"; };
END
# start_authd [FILE]; $authd_listen: where, unless on its socket.
authd_listen=
start_authd() {
  rm -f "$work/authd.port"
  TEST_SALT=$(cat "$work/gms/salt") "$PWD/dhub-authd" -c "$work/${1:-authd.cfg}" --port-file "$work/authd.port" \
    ${authd_listen:+--listen "$authd_listen"} >>"$work/authd.log" 2>>"$work/authd.err" & authd_pid=$!
  while ! [ -e "$work/authd.port" ]; do
    kill -0 "$authd_pid" 2>/dev/null || { cat "$work/authd.err" >&2; fail "dhub-authd ended"; }
    sleep 0.05
  done
  # Gateways run as another user where root starts them.
  [ "$(id -u)" != 0 ] || ! [ -S "$work/authd.sock" ] || chmod 666 "$work/authd.sock"
}

# ask PATH [curl's options], on TCP where $port says so: status in $status, head in $work/head, body in $work/body.
ask() {
  path=$1
  shift
  if [ "$port" ]; then
    set -- "$@" "http://127.0.0.1:$port$path"
  else
    set -- "$@" --unix-socket "$work/front.sock" "http://gateway$path"
  fi
  : >"$work/body"
  status=$(curl -s -o "$work/body" -D "$work/head" -w '%{http_code}' --max-time 60 "$@") || status=000
}
is() {
  [ "$status" = "$1" ] && return 0
  { cat "$work/head" "$work/body"; tail -n 20 "$work"/*.err; } >&2
  fail "$gateway: $2: $status, not $1"
}
head_says() { grep -qi -e "$1" "$work/head" || { cat "$work/head" >&2; fail "$gateway: the head does not say $1"; }; }
body_says() { grep -qi -e "$1" "$work/body" || { cat "$work/body" >&2; fail "$gateway: the body does not say $1"; }; }
body_lacks() { ! grep -q -e "$1" "$work/body" || { cat "$work/body" >&2; fail "$gateway: the body says $1"; }; }

start_nginx() {
  {
    nginx_head nginx
    echo "include $work/nginx-site.conf; }"
  } >"$work/nginx.conf"
  sed "s|listen 80;|listen unix:$work/front.sock;|; s|server 127.0.0.1:8080;|server unix:$work/backend.sock;|
    s|/run/dhub-authd/authd.sock|$work/authd.sock|" "$srcdir/examples/gateways/nginx.conf" >"$work/nginx-site.conf"
  nginx -p "$work" -e "$work/nginx.err" -c "$work/nginx.conf" & gateway_pid=$!
  until_up "$work/front.sock" "$gateway_pid" nginx
}

# Apache listens on TCP alone: an nginx in between would be no test of it, so a free port is
# looked for, and another one where somebody was faster.
start_apache() {
  mkdir -p "$work/apache"
  sed "s|/run/dhub-authd/authd.sock|$work/authd.sock|" "$srcdir/examples/gateways/dhub-authd.lua" \
    >"$work/apache/dhub-authd.lua"
  try=0
  while :; do
    try=$((try + 1))
    port=$((20000 + ($$ * 7 + try * 131) % 40000))
    {
      echo "ServerRoot $work/apache"
      echo "PidFile $work/apache/pid"
      echo "Mutex file:$work/apache default"
      echo "Listen 127.0.0.1:$port"
      echo "ServerName gateway"
      echo "ErrorLog $work/apache/error.log"
      [ "$(id -u)" != 0 ] || printf 'User www-data\nGroup www-data\n'
      for name in mpm_event authz_core lua headers proxy proxy_http; do
        echo "LoadModule ${name}_module $modules/mod_$name.so"
      done
      sed "s|<VirtualHost \*:80>|<VirtualHost 127.0.0.1:$port>|
        s|/etc/apache2/dhub-authd.lua|$work/apache/dhub-authd.lua|
        s|\"http://127.0.0.1:8080/\"|\"unix:$work/backend.sock\|http://backend/\"|" \
        "$srcdir/examples/gateways/apache.conf"
    } >"$work/apache/httpd.conf"
    # Its workers are another user's where root starts it.
    [ "$(id -u)" != 0 ] || { chmod 711 "$work"; chmod 755 "$work/apache"; chmod 666 "$work/backend.sock" "$work/authd.sock"; }
    apache2 -d "$work/apache" -f "$work/apache/httpd.conf" -D FOREGROUND >"$work/apache/out.log" 2>&1 & gateway_pid=$!
    while kill -0 "$gateway_pid" 2>/dev/null; do
      ! curl -s -o /dev/null "http://127.0.0.1:$port/" || return 0
      sleep 0.05
    done
    wait "$gateway_pid" || :
    gateway_pid=
    grep -qi 'address already in use' "$work/apache/out.log" "$work/apache/error.log" && [ "$try" -lt 20 ] ||
      { tail -n 20 "$work/apache"/*.log >&2; fail "apache2 did not start"; }
  done
}

# Envoy listens on a socket in place of its port; all else is the file's.
start_envoy() {
  sed "s|socket_address: { address: 0.0.0.0, port_value: 8000 }|pipe: { path: $work/front.sock }|
    s|/run/dhub-authd/authd.sock|$work/authd.sock|
    s|socket_address: { address: 127.0.0.1, port_value: 8080 }|pipe: { path: $work/backend.sock }|" \
    "$srcdir/examples/gateways/envoy.yaml" >"$work/envoy.yaml"
  rm -f "$work/front.sock"
  "${ENVOY:-envoy}" -c "$work/envoy.yaml" --disable-hot-restart --concurrency 1 --log-path "$work/envoy.err" \
    >"$work/envoy.out" 2>&1 & gateway_pid=$!
  until_up "$work/front.sock" "$gateway_pid" envoy
}

# Traefik speaks TCP alone, on each side.
start_traefik() {
  try=0
  while :; do
    try=$((try + 1))
    end_one "$backend_pid"
    backend_port=$((20000 + ($$ * 7 + try * 131) % 40000)) port=$((20000 + ($$ * 7 + try * 131 + 1) % 40000))
    start_backend
    sed "s|http://127.0.0.1:9099/|http://$authd_listen/|; s|http://127.0.0.1:8080|http://127.0.0.1:$backend_port|" \
      "$srcdir/examples/gateways/traefik.yml" >"$work/traefik.yml"
    sed "s|\":80\"|\"127.0.0.1:$port\"|; s|/etc/traefik/dhub-authd.yml|$work/traefik.yml|" \
      "$srcdir/examples/gateways/traefik-static.yml" >"$work/traefik-static.yml"
    printf 'global: { checkNewVersion: false, sendAnonymousUsage: false }\n' >>"$work/traefik-static.yml"
    "${TRAEFIK:-traefik}" "--configFile=$work/traefik-static.yml" >"$work/traefik.err" 2>&1 & gateway_pid=$!
    # It listens before it has read the file, and answers 404 until then.
    while kill -0 "$gateway_pid" 2>/dev/null; do
      [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/echo")" != 401 ] || return 0
      sleep 0.05
    done
    wait "$gateway_pid" || :
    gateway_pid=
    grep -q 'address already in use' "$work/traefik.err" && [ "$try" -lt 20 ] ||
      { tail -n 20 "$work/traefik.err" >&2; fail "traefik did not start"; }
  done
}

# What all must do.
gateway_does() {
  token=$(cat "$admin")
  bearer="Authorization: Bearer $token"

  ask /echo
  is 401 "without a token"
  head_says '^WWW-Authenticate: Bearer realm="shop".$'
  [ "$(grep -ci '^WWW-Authenticate:' "$work/head")" = 1 ] || fail "$gateway: several challenges"

  ask /echo -H "Authorization: Bearer x.y.z"
  is 401 "with a wrong token"
  head_says '^WWW-Authenticate: Bearer realm="shop", error="invalid_token"'

  ask /echo -H "$bearer"
  is 200 "with a good token"
  body_says '^actor=urn:li:corpuser:datahub '
  body_says 'issuer=datahub-metadata-service '

  # A caller's own words about who it is.
  ask /echo -H "$bearer" -H 'X-DataHub-Actor: urn:li:corpuser:forged' -H 'X-DataHub-Expires: forged' \
    -H 'x-datahub-issuer: forged' -H 'X-DataHub-Token-Id: forged'
  is 200 "with forged headers"
  body_lacks forged
  body_says '^actor=urn:li:corpuser:datahub '
  # In other spellings, which many backends take for the same: dropped, or refused altogether.
  for name in X_DataHub_Actor x-datahub_actor X.DataHub.Actor 'X!DataHub~Actor'; do
    ask /headers -H "$bearer" -H "$name: forged"
    [ "$status" = 400 ] || { is 200 "with a forged $name"; body_says '^X-DataHub-Actor: urn:li:corpuser:datahub'; }
    body_lacks forged
  done
  ask /echo -H 'X-DataHub-Actor: urn:li:corpuser:forged'
  is 401 "with forged headers and no token"

  # Two credentials, or one in two lines.
  ask /echo -H "$bearer" -H "Authorization: Bearer x.y.z"
  [ "$status" != 200 ] || fail "$gateway: two credentials were accepted"

  # Metadata of the real GMS behind it.
  ask /config -H "$bearer"
  is 200 "the GMS behind it"
  ask /entitiesV2/urn:li:corpuser:datahub -H "$bearer"
  is 200 "an entity behind it"
  body_says corpUser
  ask /entitiesV2/urn:li:corpuser:datahub
  is 401 "an entity without a token"

  # A body goes to the backend, and not to dhub-authd.
  ask '/aspects?action=ingestProposal' -H "$bearer" -H 'Content-Type: application/json' --data-binary \
    '{"proposal":{"entityType":"tag","entityUrn":"urn:li:tag:behind","changeType":"UPSERT","aspectName":"status","aspect":{"contentType":"application/json","value":"{\"removed\":false}"}}}'
  is 200 "metadata written through it"

  # dhub-authd's own paths are nobody's way in.
  for path in /healthz /auth /metrics /_dhub_authd; do
    ask "$path"
    [ "$status" = 401 ] || [ "$status" = 404 ] || fail "$gateway: $path without a token: $status"
  done

  # A token that GMS revokes stops working at the gateway.
  graphql() {
    ask /api/graphql -H "$bearer" -H 'Content-Type: application/json' --data-binary "$1"
    is 200 "GraphQL"
  }
  graphql '{"query":"mutation { createAccessToken(input: {type: PERSONAL, actorUrn: \"urn:li:corpuser:datahub\", duration: ONE_HOUR, name: \"t\"}) { accessToken metadata { id } } }"}'
  other=$(sed -n 's/.*"accessToken": *"\([^"]*\)".*/\1/p' "$work/body")
  id=$(sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' "$work/body")
  ask /echo -H "Authorization: Bearer $other"
  is 200 "with a new token"
  body_says "id=$id"
  body_lacks 'expires= '
  graphql "{\"query\":\"mutation { revokeAccessToken(tokenId: \\\"$id\\\") }\"}"
  tries=0
  while ask /echo -H "Authorization: Bearer $other" && [ "$status" = 200 ] && [ "$tries" -lt 500 ]; do
    tries=$((tries + 1))
    sleep 0.01
  done
  is 401 "with a revoked token"

  # The backend's own 500 stays what it is.
  ask /broken -H "$bearer"
  is 500 "a backend's own fault"
  body_says "the backend's own"

  # A restart of dhub-authd costs no caller anything, though connections were kept.
  end_one "$authd_pid"
  start_authd
  for round in 1 2 3 4; do
    ask /echo -H "$bearer"
    is 200 "after a restart of dhub-authd ($round)"
  done

  # Nobody to ask: closed, and said so.
  end_one "$authd_pid"
  authd_pid=
  ask /echo -H "$bearer"
  is "${status_without:-503}" "without dhub-authd"
  start_authd undecided.cfg
  ask /echo -H "$bearer"
  is 503 "when dhub-authd cannot decide"
  head_says '^Retry-After: 1'
  end_one "$authd_pid"
  start_authd
  ask /echo -H "$bearer"
  is 200 "with dhub-authd again"
}

ran=
for gateway in ${GATEWAYS:-nginx apache}; do
  if [ "$gateway" = apache ] && ! have_apache; then
    echo "left out: Apache (apt-get install apache2-bin lua-socket)"
    continue
  fi
  authd_listen= status_without= port=
  [ "$gateway" != traefik ] || authd_listen=127.0.0.1:0
  start_authd
  # It comes back where it was.
  [ -z "$authd_listen" ] || authd_listen=127.0.0.1:$(cat "$work/authd.port")
  "start_$gateway"
  # Traefik has no other word for it.
  [ "$gateway" != traefik ] || status_without=500
  gateway_does
  end_one "$gateway_pid"
  gateway_pid=
  end_one "$authd_pid"
  authd_pid= # and its log is whole
  grep -q '"uri":"/echo","status":200' "$work/authd.log" || fail "$gateway: the access log does not name the caller's path"
  ! grep -q -F "$(cut -d. -f3 "$admin")" "$work/authd.log" "$work/authd.err" || fail "$gateway: a token is in the log"
  rm "$work/authd.log" "$work/authd.err"
  ran="$ran $gateway"
done
echo "passed:$ran"
