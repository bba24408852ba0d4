/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;
static locale_t c_locale;

static void make_c_locale(void)
{
  c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

double dh_text_double(const char *text, char **end)
{
  pthread_once(&c_locale_once, make_c_locale);
  return c_locale ? strtod_l(text, end, c_locale) : strtod(text, end);
}

void dh_text_from_double(double value, char out[32])
{
  pthread_once(&c_locale_once, make_c_locale);
  locale_t before = uselocale(c_locale);
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(out, 32, "%.*g", digits, value);
    if (strtod(out, NULL) == value)
      break;
  }
  uselocale(before);
}

static int lower(char c)
{
  return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

int dh_text_ncasecmp(const char *a, const char *b, size_t size)
{
  for (size_t i = 0; i < size; i++) {
    int difference = lower(a[i]) - lower(b[i]);
    if (difference || !a[i])
      return difference;
  }
  return 0;
}

int dh_text_casecmp(const char *a, const char *b)
{
  return dh_text_ncasecmp(a, b, SIZE_MAX);
}

bool dh_text_int(const char *text, int64_t *out)
{
  char *end = NULL;
  if (!isdigit((unsigned char)*text) && !((*text == '-' || *text == '+') && text[1]))
    return false;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno || end == text || *end)
    return false;
  *out = value;
  return true;
}

bool dh_text_bool(const char *text, bool *out)
{
  static const char *const yes[] = {"true", "yes", "on", "1"};
  static const char *const no[] = {"false", "no", "off", "0"};
  for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
    if (!dh_text_casecmp(text, yes[i])) {
      *out = true;
      return true;
    }
    if (!dh_text_casecmp(text, no[i])) {
      *out = false;
      return true;
    }
  }
  return false;
}

/* A plain decimal number, no sign, no exponent; *end is what follows it. */
static bool plain_number(const char *text, double *out, const char **end)
{
  size_t digits = strspn(text, "0123456789");
  size_t length = digits;
  if (text[length] == '.')
    length += 1 + strspn(text + length + 1, "0123456789");
  if (!digits || length > 30)
    return false;
  char copy[32];
  memcpy(copy, text, length);
  copy[length] = '\0';
  *out = dh_text_double(copy, NULL);
  *end = text + length;
  return true;
}

struct unit {
  const char *name;
  double factor;
};

static bool scaled(const char *text, const struct unit *units, int64_t *out)
{
  double value;
  const char *suffix;
  if (!plain_number(text, &value, &suffix))
    return false;
  for (; units->name; units++) {
    if (dh_text_casecmp(suffix, units->name))
      continue;
    value *= units->factor;
    if (value > 9e18)
      return false;
    *out = (int64_t)value;
    return true;
  }
  return false;
}

bool dh_text_duration(const char *text, int64_t *out_ms)
{
  static const struct unit units[] = {{"", 1e3},   {"ms", 1},    {"s", 1e3}, {"m", 6e4},
                                      {"h", 36e5}, {"d", 864e5}, {NULL, 0}};
  return scaled(text, units, out_ms);
}

bool dh_text_size(const char *text, int64_t *out)
{
  static const double k = 1024;
  const struct unit units[] = {{"", 1},           {"B", 1},           {"K", k},
                               {"KB", k},         {"KiB", k},         {"M", k * k},
                               {"MB", k * k},     {"MiB", k * k},     {"G", k * k * k},
                               {"GB", k * k * k}, {"GiB", k * k * k}, {NULL, 0}};
  return scaled(text, units, out);
}

size_t dh_text_distance(const char *a, const char *b)
{
  size_t na = strnlen(a, 63), nb = strnlen(b, 63);
  size_t row[64];
  for (size_t j = 0; j <= nb; j++)
    row[j] = j;
  for (size_t i = 1; i <= na; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= nb; j++) {
      size_t up = row[j];
      size_t best = diagonal + (lower(a[i - 1]) != lower(b[j - 1]));
      if (up + 1 < best)
        best = up + 1;
      if (row[j - 1] + 1 < best)
        best = row[j - 1] + 1;
      row[j] = best;
      diagonal = up;
    }
  }
  return row[nb];
}

const char *dh_text_nearest(const char *word, const char *const *words)
{
  const char *best = NULL;
  size_t best_distance = strlen(word) / 3 + 2;
  for (; *words; words++) {
    size_t distance = dh_text_distance(word, *words);
    if (strlen(word) >= 3 && !dh_text_ncasecmp(word, *words, strlen(word)))
      distance = 1; /* a beginning of it is as good as a slip of one letter */
    if (distance < best_distance) {
      best = *words;
      best_distance = distance;
    }
  }
  return best;
}

/* Length of the sequence at `p` (at most `left` bytes), 0 where it is not valid: RFC 3629,
 * section 4. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
  unsigned char c = p[0];
  if (c < 0x80)
    return 1;
  size_t n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
  if (c < 0xc2 || c > 0xf4 || n > left)
    return 0;
  for (size_t i = 1; i < n; i++)
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
      (c == 0xf4 && p[1] > 0x8f))
    return 0;
  return n;
}

bool dh_text_utf8(const void *bytes, size_t size)
{
  const unsigned char *p = bytes;
  for (size_t i = 0; i < size;) {
    uint64_t word; /* most text is ASCII: eight bytes at a time find that out */
    if (i + sizeof(word) <= size) {
      memcpy(&word, p + i, sizeof(word));
      if (!(word & UINT64_C(0x8080808080808080))) {
        i += sizeof(word);
        continue;
      }
    }
    size_t n = utf8_sequence(p + i, size - i);
    if (!n)
      return false;
    i += n;
  }
  return true;
}
