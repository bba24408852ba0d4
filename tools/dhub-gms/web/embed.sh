#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh NAME=FILE... > files.c
# Writes files as arrays of C, with the tools that every system has.
set -e
echo '/* Made by embed.sh. Do not edit. */'
echo '#include "web_files.h"'
for pair; do
  name=${pair%%=*} file=${pair#*=}
  printf 'const unsigned char gms_web_%s[] = {\n' "$name"
  od -An -v -tu1 "$file" | sed 's/  */ /g; s/^ //; s/ *$//; s/ /,/g; s/$/,/'
  printf '};\nconst size_t gms_web_%s_size = sizeof(gms_web_%s);\n' "$name" "$name"
done
