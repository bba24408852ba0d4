/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small readings of text that several floors need.
 */
#ifndef DH_TEXT_H
#define DH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal integer and nothing else; false on anything else or out of range. */
bool dh_text_int(const char *text, int64_t *out);
/* true, yes, on, 1; false, no, off, 0; any case. */
bool dh_text_bool(const char *text, bool *out);
/* "250ms", "30s", "5m", "2h", "7d", a bare number in seconds ("1.5" too) -> ms. */
bool dh_text_duration(const char *text, int64_t *out_ms);
/* "512", "64K", "15M", "2G", with an optional "B" or "iB" -> bytes. */
bool dh_text_size(const char *text, int64_t *out);
/* The value of a hexadecimal digit, -1 where it is none. */
static inline int dh_text_hex(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
/* That of four of them, such as follow \u. */
static inline int dh_text_hex4(const char *digits)
{
  int value = 0;
  for (int i = 0; i < 4; i++) {
    int digit = dh_text_hex(digits[i]);
    if (digit < 0)
      return -1;
    value = value << 4 | digit;
  }
  return value;
}
/* Edit distance, for "did you mean"; compares at most 63 bytes of each. */
size_t dh_text_distance(const char *a, const char *b);
/* The nearest of a NULL-ended list, NULL where none is near enough to be meant. */
const char *dh_text_nearest(const char *word, const char *const *words);
/* Whether bytes are valid UTF-8 (no overlong forms, no surrogates). */
bool dh_text_utf8(const void *bytes, size_t size);

#endif
