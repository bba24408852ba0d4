#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The library exports what its public headers declare, no more and no less; a module exports
# its entry and nothing else.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dhub-exports.XXXXXX")
trap 'rm -rf "$work"' EXIT
command -v nm >/dev/null || { echo "skipped: nm is not installed"; exit 77; }
case $(sed -n "s/^CFLAGS = //p" Makefile) in
  *-fsanitize*) echo "skipped: sanitizers export symbols of their own"; exit 77 ;;
esac

# Declarations begin with DH_API and may run over several lines.
cat "$srcdir"/include/datahub/*.h | tr '\n' ' ' | grep -o 'DH_API [^;{]*' |
  sed -n 's/^DH_API [^(]*[ *]\(dh_[a-z0-9_]*\)(.*/\1/p' | sort -u >"$work/declared"
[ "$(wc -l <"$work/declared")" -gt 80 ] || { echo "FAIL: the headers could not be read"; exit 1; }
nm -D --defined-only .libs/libdatahub.so | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
  sort -u >"$work/exported"
diff "$work/declared" "$work/exported" >"$work/diff" || {
  echo "FAIL: < declared in a public header but not exported, > exported but in no public header:"
  grep '^[<>]' "$work/diff"
  exit 1
}
for module in plugins/.libs/*.so sinks/.libs/*.so; do
  symbols=$(nm -D --defined-only "$module" | awk '{ print $3 }' | tr '\n' ' ')
  [ "$symbols" = "dh_plugin_entry " ] || { echo "FAIL: $module exports $symbols"; exit 1; }
  ! ldd "$module" 2>/dev/null | grep -q libdatahub || { echo "FAIL: $module links libdatahub"; exit 1; }
done
