#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh SECONDS CORPORA PROGRAM...
# Runs each fuzzer over its seeds and SECONDS more, from the build folder. What it finds
# grows in fuzz/found/NAME; an input that breaks it is kept in fuzz/broken/.
seconds=$1 corpora=$2
shift 2
if [ $# -eq 0 ]; then
  echo "fuzz-run: no fuzzers were built; run configure with --enable-fuzzers CC=clang" >&2
  exit 1
fi
mkdir -p fuzz/broken || exit 1
LSAN_OPTIONS=suppressions=$corpora/../leaks.supp:print_suppressions=0
export LSAN_OPTIONS
failed=
for program; do
  name=${program##*/fuzz_}
  mkdir -p "fuzz/found/$name" || exit 1
  log=fuzz/found/$name.log
  if "./$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
    -artifact_prefix="fuzz/broken/$name-" -print_final_stats=1 \
    "fuzz/found/$name" "$corpora/$name" >"$log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "ok   $name: $runs runs"
  else
    echo "FAIL $name: see $log and fuzz/broken/$name-*"
    tail -40 "$log"
    failed="$failed $name"
  fi
done
[ -z "$failed" ] || {
  echo "fuzz-run: these broke:$failed" >&2
  exit 1
}
