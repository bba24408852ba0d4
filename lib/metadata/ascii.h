/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text outside ASCII within an aspect.
 *
 * GMS takes the aspect's JSON as a Pegasus `bytes`, which JSON carries as a string of
 * characters up to U+00FF, each one byte: a character beyond is refused, and one below is
 * read as a byte of something else. So the JSON within the string is kept to ASCII, with
 * escapes for the rest, as DataHub's Python client does.
 */
#ifndef DH_METADATA_ASCII_H
#define DH_METADATA_ASCII_H

#include "base/buf.h"

/* What dh_ascii_nested() writes at most. */
#define DH_ASCII_NESTED_MAX 14

/* Writes the character of `size` (2 to 4) bytes of good UTF-8 at `utf8` as an escape whose own
 * backslash is escaped, "\\u2013", or a surrogate pair of them. Returns its size: 7 or 14. */
unsigned dh_ascii_nested(const char *utf8, unsigned size, char *out);

/* Appends JSON text as a string in JSON, with all outside ASCII escaped within. */
void dh_ascii_add_json(dh_buf *out, const char *json, size_t size);

#endif
