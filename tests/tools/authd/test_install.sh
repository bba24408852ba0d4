#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What an operator is given: the example configuration, the systemd units, the words of
# dhub-authd on its command line.
set -eu
work=$(mktemp -d "${TMPDIR:-/tmp}/dhub-authd.XXXXXX")
trap 'rm -rf "$work"' EXIT
authd=$PWD/dhub-authd
fail() {
  echo "FAIL: $*" >&2
  exit 1
}
# expect STATUS COMMAND...: its output is in $work/out (both streams).
expect() {
  wanted=$1
  shift
  got=0
  "$@" >"$work/out" 2>&1 || got=$?
  [ "$got" = "$wanted" ] || { cat "$work/out" >&2; fail "exit $got, expected $wanted: $*"; }
}
says() { grep -q -e "$1" "$work/out" || { cat "$work/out" >&2; fail "the output does not say: $1"; }; }

# The examples, with a store that is there.
DATAHUB_TOKEN_SERVICE_SIGNING_KEY=a-made-up-signing-key DATAHUB_TOKEN_SERVICE_SALT=a-made-up-salt
DATAHUB_SYSTEM_CLIENT_SECRET=a-made-up-secret
export DATAHUB_TOKEN_SERVICE_SIGNING_KEY DATAHUB_TOKEN_SERVICE_SALT DATAHUB_SYSTEM_CLIENT_SECRET
for name in authd datahub-chain; do
  sed "s|/var/lib/datahub|$work|" "$srcdir/examples/config/$name.cfg" >"$work/$name.cfg"
  expect 0 "$authd" --check -c "$work/$name.cfg"
  says ': good$'
done
# Every option of `authd` is in the example, at its default or explained.
for option in listen socket_mode realm claims threads waiting_threads max_waiting check_timeout max_connections \
  max_header_size idle_timeout stop_timeout rate_limit access_log; do
  grep -q "^ *#* *$option *=" "$srcdir/examples/config/authd.cfg" || fail "authd.cfg does not show $option"
  grep -q "$option" "$srcdir/doc/man/dhub-authd.8" || fail "dhub-authd(8) does not explain $option"
done

# What is wrong in a configuration is found before anybody is served.
expect 2 "$authd" --check -c "$work/absent.cfg"
says 'absent.cfg'
echo 'verifier = { stack = (); }; authd = { realm = "a\"b"; };' >"$work/bad.cfg"
expect 2 "$authd" --check -c "$work/bad.cfg"
says 'bad.cfg:1: realm'
echo 'verifier = { stack = (); }; authd = { listen = "nowhere"; };' >"$work/bad.cfg"
expect 2 "$authd" -c "$work/bad.cfg"
says '"nowhere" is no address'
expect 2 "$authd" --no-such-option
expect 2 "$authd" too-much
expect 0 "$authd" --help
says '^Usage: dhub-authd'
expect 0 "$authd" --version

# The units, as systemd reads them. It wants the program to be where the unit says.
service=tools/dhub-authd/dhub-authd.service
[ -e "$service" ] || fail "$service was not made"
! grep -q '@sbindir@' "$service" || fail "$service is not complete"
if command -v systemd-analyze >/dev/null; then
  printf '#!/bin/sh\n' >"$work/dhub-authd" && chmod 755 "$work/dhub-authd"
  mkdir "$work/units"
  sed "s|^ExecStart=[^ ]*|ExecStart=$work/dhub-authd|" "$service" >"$work/units/dhub-authd.service"
  cp "$srcdir/tools/dhub-authd/dhub-authd.socket" "$work/units/"
  SYSTEMD_UNIT_PATH=$work/units: systemd-analyze verify --man=no "$work/units/dhub-authd.service" \
    "$work/units/dhub-authd.socket" >"$work/out" 2>&1 || { cat "$work/out" >&2; fail "systemd-analyze verify"; }
  # It prints what it does not understand, and ends well all the same.
  ! grep -E 'dhub-authd\.(service|socket)' "$work/out" || fail "see above"
  # 0 to 10, as `systemd-analyze security` counts what a service that was taken over could do;
  # times ten. What is left is that it speaks to issuers over the network.
  systemd-analyze security --offline=yes --no-pager --threshold=12 "$work/units/dhub-authd.service" >"$work/out" 2>&1 ||
    { grep -v '✓' "$work/out" >&2; fail "systemd-analyze security"; }
else
  echo "left out: the units (apt-get install systemd)"
fi

# Started by a socket, as systemd does it.
if command -v systemd-socket-activate >/dev/null && command -v curl >/dev/null; then
  sed "s|/run/dhub-authd/authd.sock|$work/elsewhere|" "$work/authd.cfg" >"$work/socket.cfg"
  systemd-socket-activate --listen="$work/socket" \
    --setenv=DATAHUB_TOKEN_SERVICE_SIGNING_KEY --setenv=DATAHUB_TOKEN_SERVICE_SALT --setenv=DATAHUB_PLUGIN_PATH \
    "$authd" -c "$work/socket.cfg" >"$work/socket.log" 2>&1 & pid=$!
  trap 'kill $pid 2>/dev/null || :; rm -rf "$work"' EXIT
  while ! [ -S "$work/socket" ]; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/socket.log" >&2; fail "systemd-socket-activate ended"; }
    sleep 0.05
  done
  status=$(curl -s -o "$work/out" -w '%{http_code}' --unix-socket "$work/socket" http://x/auth) || :
  [ "$status" = 401 ] || { cat "$work/socket.log" >&2; fail "started by a socket: $status, not 401"; }
  if command -v promtool >/dev/null; then
    curl -s --unix-socket "$work/socket" http://x/metrics | promtool check metrics >"$work/out" 2>&1 ||
      { cat "$work/out" >&2; fail "promtool check metrics"; }
  fi
  ! [ -e "$work/elsewhere" ] || fail "it listens elsewhere, too"
  kill "$pid"
  wait "$pid" || { cat "$work/socket.log" >&2; fail "it did not end well"; }
  [ -S "$work/socket" ] || fail "it removed systemd's socket"
else
  echo "left out: a start by a socket (apt-get install systemd curl)"
fi
