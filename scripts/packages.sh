# SPDX-License-Identifier: Apache-2.0
# Sourced by ./quickstart and ./check: install_packages KIND... brings the packages of
# packages.txt that are missing, and nothing else.

missing_packages() {
  for kind in "$@"; do
    sed -n "s/^$kind  *\([^ ]*\).*/\1/p" packages.txt
  done | while read -r package; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || echo "$package"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# A server's package (nginx) would start the server: the tests start their own. Debian's
# way to say so is policy-rc.d; it is there only while the packages are installed.
without_services() {
  policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then
    "$@"
    return
  fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod 755 "$policy"
  status=0
  "$@" || status=$?
  as_root rm -f "$policy"
  return "$status"
}

install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not Debian or a relative of it: install these yourself, under your system's names:" >&2
    for kind in "$@"; do sed -n "s/^$kind  */  /p" packages.txt; done >&2
    return 0
  fi
  wanted=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$wanted" ] || return 0
  echo "Installing what is missing: $wanted"
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    echo "Neither root nor sudo is at hand. As root, run: apt-get install $wanted" >&2
    return 1
  fi
  as_root apt-get update -qq || return 1
  # shellcheck disable=SC2086
  without_services as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends $wanted >"${TMPDIR:-/tmp}/libdatahub-apt.$$" 2>&1 || {
    tail -n 20 "${TMPDIR:-/tmp}/libdatahub-apt.$$" >&2
    echo "apt-get could not install them; its last words are above." >&2
    return 1
  }
  rm -f "${TMPDIR:-/tmp}/libdatahub-apt.$$"
}

# Modules are refused in folders that others may write, so a checkout in such a folder
# is built elsewhere. Prints the folder to build in.
build_folder() {
  folder=$PWD
  while [ "$folder" != / ]; do
    mode=$(stat -c %A "$folder")
    case $mode in
      *[tT]) ;;
      ?????w*|????????w*)
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/libdatahub/$1"
        return ;;
    esac
    folder=$(dirname "$folder")
  done
  echo "$PWD/build/$1"
}
