#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every program, module and public header is documented; every page of doc/ is shipped, in a
# list of contents, and links to what is there; libdatahub.3's example compiles.
set -eu
srcdir=$(cd "${srcdir:-.}" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dhub-docs.XXXXXX")
trap 'rm -rf "$work"' EXIT
man=$srcdir/doc/man
failed=0
fail() {
  echo "FAIL: $*"
  failed=1
}

for program in dhub dhub-gms dhub-authd; do
  ls "$man/$program".[18] >/dev/null 2>&1 || fail "$program has no manual page"
done
for module in plugins/.libs/*.so sinks/.libs/*.so; do
  name=$(basename "$module" .so)
  name=${name%-sink} name=${name#datahub-}
  ls "$man/datahub-$name.7" "$man/datahub-auth-$name.7" "$man/datahub-verify-$name.7" 2>/dev/null |
    grep -q . || fail "the module $name has no manual page"
done
for page in "$man"/*; do
  grep -q "man/$(basename "$page")\( \|\$\)" "$srcdir/doc/Makefile.am" || fail "$page is not installed"
done
for header in "$srcdir"/include/datahub/*.h; do
  name=$(basename "$header")
  [ "$name" = datahub.h ] || grep -q "datahub/$name" "$man/libdatahub.3" ||
    fail "libdatahub.3 does not speak of <datahub/$name>"
done
for page in "$srcdir"/doc/*.md "$srcdir"/doc/internals/*.md; do
  path=${page#"$srcdir"/doc/} name=$(basename "$page")
  grep -q "%D%/$path\( \|\$\)" "$srcdir/doc/Makefile.am" || fail "doc/$path is not in the release"
  case $path in
    internals/README.md) ;;
    internals/*) grep -q "($name)" "$srcdir/doc/internals/README.md" || fail "doc/internals/README.md leaves $name out" ;;
    *) grep -q "(doc/$name)" "$srcdir/README.md" || fail "README.md leaves doc/$name out" ;;
  esac
done
for page in "$srcdir"/*.md "$srcdir"/doc/*.md "$srcdir"/doc/internals/*.md; do
  grep -o ']([^)#]*' "$page" | sed 's/^](//' | grep -v '^https\{0,1\}:' | grep . |
    while read -r link; do
      [ -e "$(dirname "$page")/$link" ] || echo "FAIL: $page links to $link, which is not there"
    done
done >"$work/links"
[ ! -s "$work/links" ] || { cat "$work/links"; failed=1; }

# The pages are what both formatters take, without a warning; a date is left to the packager.
for page in "$man"/*; do
  if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page" 2>&1 | grep -v 'missing date' || true
  fi
  if command -v groff >/dev/null; then
    groff -ww -mandoc -Tutf8 -z "$page" 2>&1 || true
  fi
done >"$work/lint"
[ ! -s "$work/lint" ] || { fail "mandoc or groff complains"; cat "$work/lint"; }

sed -n '/^\.EX/,/^\.EE/p' "$man/libdatahub.3" | sed '/^\./d;s/\\-/-/g;s/\\e/\\/g' >"$work/example.c"
cc=$(sed -n 's/^CC = //p' Makefile)
# shellcheck disable=SC2086
$cc -fsyntax-only -Wall -Wextra -Werror -I"$srcdir/include" "$work/example.c" ||
  fail "the example of libdatahub.3 does not compile"
exit $failed
