#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every option of DataHub's Python sink and every variable that its client reads is taken
# under its own name, is in the operators' guide, and is refused by name where its value is wrong.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
dhub=$PWD/dhub guide=$srcdir/doc/operators.md
work=$(mktemp -d "${TMPDIR:-/tmp}/dhub-environment.XXXXXX")
trap 'rm -rf "$work"' EXIT
HOME=$work
export HOME
failed=0
fail() {
  echo "FAIL: $*"
  sed 's/^/  | /' "$work/out"
  failed=1
}
# run STATUS NAME=VALUE... [-- OPTION...]: an emission of nothing.
run() {
  wanted=$1 got=0
  shift
  variables=
  while [ $# -gt 0 ] && [ "$1" != -- ]; do variables="$variables $1"; shift; done
  [ $# = 0 ] || shift
  # shellcheck disable=SC2086
  env $variables "$dhub" emit "$@" </dev/null >"$work/out" 2>&1 || got=$?
  [ "$got" = "$wanted" ] || fail "exit $got, not $wanted: $variables $*"
}
server=http://127.0.0.1:1
# Files that are looked at when the sink is opened; nothing connects, so their words suffice.
printf -- '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n' >"$work/c.pem"
printf -- '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n' >"$work/k.pem"
cat "$work/c.pem" "$work/k.pem" >"$work/both.pem"

while read -r option value; do
  run 0 -- -s $server -o "$option=$value"
  grep -q "\`$option" "$guide" || fail "doc/operators.md does not have the option $option"
done <<END
timeout_sec 30
retry_status_codes 429
retry_max_times 4
extra_headers.X-Team metadata
ca_certificate_path /etc/ssl/certs/ca-certificates.crt
client_certificate_path $work/both.pem
disable_ssl_verification true
mode ASYNC
endpoint OPENAPI
max_threads 15
max_pending_requests 2000
max_per_batch 200
min_process_interval_seconds 30
tcp_keepalive true
datahub_component x
server_config_refresh_interval 60
default_emit_mode ASYNC_WAIT
respect_mcp_sync_marker true
token made-up-not-real
auth.type env
END

while read -r name good bad; do
  run 0 "$name=$good" -- -s $server
  grep -q "\`$name\`" "$guide" || fail "doc/operators.md does not have $name"
  [ -n "$bad" ] || continue
  run 2 "$name=$bad" -- -s $server
  grep -q "$name" "$work/out" || fail "a wrong $name is refused without its name"
done <<END
DATAHUB_EMIT_MODE ASYNC_WAIT never
DATAHUB_REST_EMITTER_DEFAULT_RETRY_MAX_TIMES 4 few
DATAHUB_REST_EMITTER_429_RETRY_MULTIPLIER 2 x
DATAHUB_REST_EMITTER_BATCH_MAX_PAYLOAD_BYTES 15728640 x
DATAHUB_REST_EMITTER_BATCH_MAX_PAYLOAD_LENGTH 200 x
DATAHUB_REST_EMITTER_DEFAULT_ENDPOINT OPENAPI soap
DATAHUB_REST_SINK_DEFAULT_MAX_THREADS 15 x
DATAHUB_REST_SINK_DEFAULT_MODE ASYNC_BATCH x
DATAHUB_GMS_TOKEN made-up-not-real
DATAHUB_CLIENT_CERT_PATH $work/both.pem /nonexistent/c.pem
DATAHUB_SKIP_CONFIG true
END

run 0 -- -s $server -o "client_certificate_path=$work/c.pem" -o "client_key_path=$work/k.pem"
run 0 "DATAHUB_CLIENT_CERT_PATH=$work/c.pem" "DATAHUB_CLIENT_KEY_PATH=$work/k.pem" -- -s $server
run 2 "DATAHUB_CLIENT_CERT_PATH=$work/c.pem" DATAHUB_CLIENT_KEY_PATH=/nonexistent/k.pem -- -s $server
grep -q 'DATAHUB_CLIENT_KEY_PATH: cannot read /nonexistent/k.pem' "$work/out" ||
  fail "the variable and the file are not named"
for name in client_key_path DATAHUB_CLIENT_KEY_PATH; do
  grep -q "\`$name\`" "$guide" || fail "doc/operators.md does not have $name"
done

run 2 -- # no server at all
grep -q DATAHUB_GMS_URL "$work/out" || fail "it is not said how to name a server"
run 0 "DATAHUB_GMS_URL=$server"
run 0 DATAHUB_GMS_HOST=127.0.0.1 DATAHUB_GMS_PORT=1 DATAHUB_GMS_PROTOCOL=http DATAHUB_GMS_BASE_PATH=/x
run 0 "DATAHUB_GMS_HOST=$server"
run 2 DATAHUB_GMS_HOST=gms.example.com
grep -q DATAHUB_GMS_HOST "$work/out" || fail "a wrong DATAHUB_GMS_HOST is refused without its name"
run 0 "DATAHUB_GMS_URL=$server" DATAHUB_SYSTEM_CLIENT_ID=id DATAHUB_SYSTEM_CLIENT_SECRET=not-real
for type in k8s_oidc oidc_client_credentials azure_entra; do
  run 0 "DATAHUB_GMS_URL=$server" DATAHUB_AUTH_TYPE=$type "DATAHUB_AUTH_TOKEN_FILE=$work/t" \
    DATAHUB_AUTH_AUDIENCE=a DATAHUB_AUTH_TOKEN_ENDPOINT=https://idp.example.com/t \
    DATAHUB_AUTH_CLIENT_ID=id DATAHUB_AUTH_CLIENT_SECRET=not-real DATAHUB_AUTH_SCOPE=s \
    DATAHUB_AUTH_AZURE_TENANT_ID=t DATAHUB_AUTH_AZURE_CLIENT_ID=c DATAHUB_AUTH_AZURE_SCOPE=s \
    DATAHUB_AUTH_AZURE_CLIENT_SECRET=not-real
done
run 2 "DATAHUB_GMS_URL=$server" DATAHUB_AUTH_TYPE=oidc_client_credentials
grep -q DATAHUB_AUTH_TOKEN_ENDPOINT "$work/out" || fail "the missing variables are not named"

# Whatever variable the code reads, the guide has.
grep -rhoE '"(DATAHUB|KAFKA)_[A-Z0-9_]+"' "$srcdir/lib" "$srcdir/sinks" "$srcdir/plugins" \
  "$srcdir/tools" --include='*.c' | tr -d '"' | sort -u >"$work/read"
while read -r name; do
  case $name in DATAHUB_VERSION) continue ;; esac
  grep -q "\`$name\`" "$guide" || { : >"$work/out"; fail "doc/operators.md does not have $name"; }
done <"$work/read"
exit $failed
