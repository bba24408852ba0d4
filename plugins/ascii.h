/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words and numbers as protocols write them, whatever the program's locale makes of them: in
 * Turkish "SINK" is not "sink", and in German 1.5 is 1.
 */
#ifndef DH_PLUGINS_ASCII_H
#define DH_PLUGINS_ASCII_H

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline int ascii_lower(char c)
{
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Whether two words are the same but for the case of their letters. */
static inline bool ascii_same(const char *a, const char *b)
{
  while (*a && ascii_lower(*a) == ascii_lower(*b)) {
    a++;
    b++;
  }
  return !*a && !*b;
}

/* As strtod() does in the C locale. */
static inline double ascii_double(const char *number, char **end)
{
  locale_t c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  double value = c ? strtod_l(number, end, c) : strtod(number, end);
  if (c)
    freelocale(c);
  return value;
}

#endif
