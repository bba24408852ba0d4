/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON from its front, without a tree: what is not wanted is skipped, and the
 * text of a string goes straight to where it belongs. Any bytes may be given; what is
 * no JSON is found out, or skipped without harm.
 */
#ifndef SINKS_KAFKA_SCAN_H
#define SINKS_KAFKA_SCAN_H

#include "../common/text.h"

#include <stdint.h>

typedef struct scan {
  const char *at, *end;
} scan;

static inline scan scan_of(dh_slice json)
{
  return (scan){json.ptr, json.ptr ? json.ptr + json.len : NULL};
}

/* The next byte that is not white space, not consumed; '\0' at the end. */
static inline char scan_peek(scan *s)
{
  while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
    s->at++;
  return s->at < s->end ? *s->at : '\0';
}

/* Consumes `c`, not a NUL, where it is the next. */
static inline bool scan_take(scan *s, char c)
{
  if (scan_peek(s) != c)
    return false;
  s->at++;
  return true;
}

/* Consumes null where it is the next. */
bool scan_null(scan *s);
/* A string: the bytes between its quotes, escapes as they stand. */
bool scan_string(scan *s, dh_slice *raw);
/* An integer that fits; "1.0" and "1e3" are none. */
bool scan_integer(scan *s, int64_t *out);
/* Any value. */
bool scan_skip(scan *s);

/*
 * The next member of an object whose '{' was consumed (`*first` true before the first).
 * True: the key, and the scan stands at its value. False: its '}' was consumed, or `*bad`.
 */
bool scan_member(scan *s, bool *first, dh_slice *key, bool *bad);

bool scan_is(dh_slice raw, const char *name);

/* Appends what a string's bytes mean. False: an escape that is none; `out` is then unspecified. */
bool scan_unescape(dh_slice raw, text *out);

#endif
