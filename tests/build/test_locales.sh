#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A program in its user's locale changes nothing: a decimal comma (German), and a language in
# which I is not the capital of i (Turkish). The whole suite: make check DH_TEST_LOCALE=...
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for locale in de_DE tr_TR; do
  localedef -i "$locale" -f UTF-8 "$work/$locale.UTF-8" >"$work/said" 2>&1 || {
    cat "$work/said"
    echo "SKIP: localedef cannot make $locale.UTF-8 (Debian: the package locales)"
    exit 77
  }
done
unset LC_ALL LC_CTYPE LC_NUMERIC
[ "$(LOCPATH=$work LANG=de_DE.UTF-8 locale decimal_point)" = , ] || {
  echo "SKIP: the locales that were made are not used here"
  exit 77
}
# glibc's setlocale() loses its copy of LOCPATH; the tests by themselves look for leaks.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export ASAN_OPTIONS
for test in base/test_base config/test_libconfig config/test_options http/test_headers \
  metadata/test_reader plugins/test_oauth sinks/test_rest stack/test_control stack/test_includes; do
  for locale in de_DE tr_TR; do
    LOCPATH=$work LANG=$locale.UTF-8 LC_MESSAGES=C "./tests/$test" >"$work/said" 2>&1 || {
      cat "$work/said"
      echo "FAIL: $test in $locale.UTF-8"
      exit 1
    }
  done
done
