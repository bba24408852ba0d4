#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The modules of examples/plugins, as a stranger builds them: the package is installed into a
# folder of its own, the sources are copied elsewhere, and nothing else is known to the compiler.
set -e
. "$srcdir/tests/install.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

install_package "$work/root"
pc=$(find "$work/root" -name libdatahub.pc)
dhub=$(find "$work/root" -path '*/bin/dhub')
test -n "$pc" && test -n "$dhub"
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$work/root
PATH=$(dirname "$dhub"):$PATH
export LD_LIBRARY_PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR PATH

lines() {
  n=$(wc -l <"$srcdir/examples/plugins/$1/$1.c")
  test "$n" -le "$2" || { echo "FAIL: $1.c has $n lines, more than $2"; exit 1; }
}
lines rescheme 40
lines shared-secret 60

for name in rescheme shared-secret; do
  mkdir "$work/$name"
  cp "$srcdir/examples/plugins/$name"/* "$work/$name"
  chmod u+w "$work/$name" "$work/$name"/*
  cd "$work/$name"
  make -s CFLAGS="-O2 -std=c11 -pedantic -Wall -Wextra -Werror -Wno-missing-field-initializers"
  ldd "$name.so" | grep -q datahub && { echo "FAIL: $name.so links the library"; exit 1; }
  make -s check >said 2>&1 || { cat said; echo "FAIL: $name: dhub plugin check"; exit 1; }
  grep -q "no faults" said
  make -s install DESTDIR="$work/own" PLUGINDIR=/modules
  cd - >/dev/null
  DATAHUB_PLUGIN_PATH=$work/own/modules "$dhub" plugin info "$name" >"$work/info"
  grep -q "^$name 1.0: " "$work/info"
done
# What was installed with the package is found by its name.
plugindir=$(pkg-config --variable=plugindir libdatahub)
case $plugindir in "$work"*) ;; *) plugindir=$work/root$plugindir ;; esac
DATAHUB_PLUGIN_PATH=$plugindir "$dhub" plugin info static | grep -q "^static "

# All C in the guide is in the examples, line by line.
cat "$srcdir"/examples/plugins/*/*.c >"$work/all.c"
awk '/^```c$/ { code = 1; next } /^```/ { code = 0 } code && NF' "$srcdir/doc/module-authors.md" \
  >"$work/guide.c"
test -s "$work/guide.c"
if grep -vxFf "$work/all.c" "$work/guide.c"; then
  echo "FAIL: these lines of doc/module-authors.md are in no file of examples/plugins"
  exit 1
fi
