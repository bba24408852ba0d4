/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small readings of text that several floors need.
 */
#ifndef DH_TEXT_H
#define DH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the program's locale makes of letters and numbers is not asked: in Turkish, "INCLUDE" is
 * not "include", and in German 1.5 is 1. */

/* As strcasecmp() and strncasecmp() do in the C locale. */
int dh_text_casecmp(const char *a, const char *b);
int dh_text_ncasecmp(const char *a, const char *b, size_t size);
/* As strtod() does there. */
double dh_text_double(const char *text, char **end);
/* The shortest decimal form that reads back as the same number: 1.5, not 1.500000. */
void dh_text_from_double(double value, char out[32]);

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
