#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints a libabigail suppression for each type that the public headers only name: what is
# inside of it is nobody's business.
#   opaque.sh HEADER...
defined=$(sed -n 's/^\(typedef \)\{0,1\}struct \([a-z_0-9]*\) {.*/ \2 /p' "$@")
sed -n 's/^typedef struct \([a-z_0-9]*\) \1;.*/\1/p' "$@" | sort -u | while read -r name; do
  case $defined in
  *" $name "*) ;;
  *) printf '[suppress_type]\n  name = %s\n  drop = yes\n\n' "$name" ;;
  esac
done
