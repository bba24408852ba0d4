/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as text, for the sinks that write them where people read: the form that
 * DataHub's files have, with the aspect as JSON and not as a string in JSON.
 * Compiled into each such module; it needs nothing but plugin.h.
 */
#ifndef SINKS_TEXT_H
#define SINKS_TEXT_H

#include <datahub/plugin.h>

#include <stdbool.h>

/* The value of a hexadecimal digit, -1 where it is none. */
static inline int text_hex(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Growing bytes. After a failed allocation it stays failed and appends do nothing. */
typedef struct text {
  char *data;
  size_t size;
  size_t capacity;
  bool failed;
} text;

void text_add(text *out, const char *bytes, size_t size);
void text_free(text *out);

/*
 * Appends a JSON value laid out as Python's json.dumps does: with `indent` spaces a
 * level, or with 0 on one line without spaces. Characters outside ASCII become \uXXXX.
 * `depth` is that of the value. The value must be valid JSON; of any other, what is
 * appended is unspecified but bounded by it.
 */
void text_add_json(text *out, dh_slice json, unsigned indent, unsigned depth);

/* Appends a record in the simplified file form. `aspect` is its aspect's JSON. */
void text_add_record(text *out, const dh_record *record, dh_slice aspect, unsigned indent);

#endif
