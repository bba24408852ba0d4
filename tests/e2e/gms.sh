# SPDX-License-Identifier: Apache-2.0
# Sourced by end-to-end tests: a local GMS of their own, ended with the test.
#   start_gms [OPTION]...  sets $url, and $admin to a file with an administrator's token
srcdir=$(cd "${srcdir:-.}" && pwd) || exit 99
work=$(mktemp -d "${TMPDIR:-/tmp}/dhub-e2e.XXXXXX")
dhub=$PWD/dhub gms=$PWD/dhub-gms
gms_pid=

end_gms() {
  [ -n "$gms_pid" ] || return 0
  kill "$gms_pid" 2>/dev/null || true
  wait "$gms_pid" 2>/dev/null || true
  gms_pid=
}
trap 'end_gms; rm -rf "$work"' EXIT
trap 'exit 99' INT TERM

fail() {
  echo "FAIL: $*" >&2
  [ ! -s "$work/gms.log" ] || { echo "-- the server's last words:"; tail -n 20 "$work/gms.log"; } >&2
  exit 1
}

start_gms() {
  rm -f "$work/port"
  admin=$work/admin.token
  "$gms" --port 0 --port-file "$work/port" --data "$work/gms" \
    --bootstrap-token-file "$admin" "$@" >"$work/gms.log" 2>&1 &
  gms_pid=$!
  # Not a wait for a length of time: it ends with the port file or with the server.
  while ! [ -s "$work/port" ]; do
    kill -0 "$gms_pid" 2>/dev/null || fail "dhub-gms ended"
    sleep 0.05
  done
  url=http://127.0.0.1:$(cat "$work/port")
}

# expect STATUS COMMAND...: runs it; its output is in $work/out (both streams).
expect() {
  wanted=$1
  shift
  got=0
  "$@" >"$work/out" 2>&1 || got=$?
  [ "$got" = "$wanted" ] || { cat "$work/out" >&2; fail "exit $got, expected $wanted: $*"; }
}

# says WORDS: the last output holds them.
says() {
  grep -q -e "$1" "$work/out" || { cat "$work/out" >&2; fail "the output does not say: $1"; }
}
