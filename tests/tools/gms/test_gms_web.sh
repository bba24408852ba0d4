#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The page Settings > Access Tokens in a headless Chromium: see web_page.py. Skips where
# Chromium, its driver or Selenium is missing.
here=${srcdir:-.}/tests/tools/gms
skip() {
  echo "SKIP: $1"
  exit 77
}
python=
for candidate in /usr/bin/python3 python3; do
  if "$candidate" -c 'import selenium' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || skip "no Selenium for Python: apt-get install python3-selenium"
command -v chromium >/dev/null || skip "no Chromium: apt-get install chromium"
command -v chromedriver >/dev/null || skip "no driver of Chromium: apt-get install chromium-driver"

dir=$(mktemp -d) || exit 99
gms=
cleanup() {
  [ -z "$gms" ] || kill "$gms" 2>/dev/null
  wait
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 99' HUP INT TERM

hash() {
  printf '%s\n' "$1" | ./dhub-gms --hash-password
}
cat >"$dir/users.cfg" <<END
users = (
  { name = "datahub"; display_name = "DataHub Admin"; groups = ( "admins" );
    password_hash = "$(hash 'admin password')"; },
  { name = "jdoe"; display_name = "Jane Doe"; password_hash = "$(hash 'jane password')"; },
  { name = "guest"; password_hash = "$(hash 'guest password')"; }
);
policies = (
  { name = "a"; groups = ( "admins" ); privileges = ( "Generate Personal Access Tokens",
    "Manage All Access Tokens", "Manage Service Accounts", "Edit Entity" ); },
  { name = "b"; users = ( "jdoe" ); privileges = ( "Generate Personal Access Tokens" ); }
);
END
mkfifo "$dir/out" || exit 99
run() {
  ./dhub-gms --port 0 --log-level warning --config "$dir/users.cfg" "$@" >"$dir/out" &
  gms=$!
  read -r line <"$dir/out"
  url=http://${line##*http://}
}
run
"$python" "$here/web_page.py" "$url" "$dir" on || exit 1
kill "$gms" && wait "$gms"
run --auth off
"$python" "$here/web_page.py" "$url" "$dir" off || exit 1
