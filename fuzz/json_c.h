/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What json-c (up to 0.18: its #893) reads wrongly, and so cannot be asked about: of an escaped
 * character above U+FFFF it looks at the lower 16 bits for surrogates, and makes U+FFFD of
 * "\ud837\ude01", which is U+1DE01. One in 32 of the characters there is such a one.
 */
#ifndef FUZZ_JSON_C_H
#define FUZZ_JSON_C_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

static inline int json_c_escape(const char *text)
{
  return text[0] == '\\' && text[1] == 'u' ? dh_text_hex4(text + 2) : -1;
}

/* Whether a text may hold one. It may be said of one that holds none: "\\ud837\ude01". */
static inline bool json_c_misreads(const char *text, size_t size)
{
  for (size_t i = 0; i + 12 <= size; i++) {
    int high = json_c_escape(text + i), low = high < 0 ? -1 : json_c_escape(text + i + 6);
    if (high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff &&
        (((high & 0x3f) << 10 | (low & 0x3ff)) & 0xf800) == 0xd800)
      return true;
  }
  return false;
}

#endif
