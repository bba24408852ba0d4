/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two loops in which the bulk path spends its time: over white space, and over the
 * ordinary bytes of a string. 16 and 32 bytes a step with SSE2, which every x86-64 has:
 * most strings end within one step, and a loop that ends at once is one that the processor
 * foresees. Else, and with DH_SCAN_PORTABLE, byte by byte. Both may load up to a step past
 * what they look at: see window.h for what stands there.
 */
#ifndef DH_METADATA_FAST_SCAN_H
#define DH_METADATA_FAST_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DH_INLINE static inline __attribute__((always_inline))
/* Bytes that dh_scan_copy() copies. */
#define DH_SCAN_STEP 32

#if defined(__SSE2__) && !defined(DH_SCAN_PORTABLE)
#include <emmintrin.h>

/* How many of the next 32 bytes are spaces before the first that is none. */
DH_INLINE unsigned dh_scan_spaces(const char *p)
{
  __m128i space = _mm_set1_epi8(' ');
  __m128i low = _mm_loadu_si128((const __m128i *)(const void *)p);
  __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
  uint64_t mask = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(low, space)) |
                  (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(high, space)) << 16;
  return (unsigned)__builtin_ctzll(~mask);
}

/* Which of 16 bytes a string may not hold as they are: a control character, a quote, a
 * backslash; or are outside ASCII, for these are looked at. */
DH_INLINE uint64_t dh_scan_special(__m128i bytes)
{
  /* Signed: what is 0x80 and more is less than a space too. */
  __m128i special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' '));
  special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
  special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  return (uint32_t)_mm_movemask_epi8(special);
}

/* Copies a step's bytes and returns how many of them, from the first on, a string may hold
 * as they are. */
DH_INLINE unsigned dh_scan_copy(char *out, const char *p)
{
  __m128i low = _mm_loadu_si128((const __m128i *)(const void *)p);
  __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(p + 16));
  _mm_storeu_si128((__m128i *)(void *)out, low);
  _mm_storeu_si128((__m128i *)(void *)(out + 16), high);
  uint64_t special = dh_scan_special(low) | dh_scan_special(high) << 16;
  return (unsigned)__builtin_ctzll(special | UINT64_C(1) << DH_SCAN_STEP);
}

/* How many of the next 16 bytes are digits before the first that is none. */
DH_INLINE unsigned dh_scan_digits(const char *p)
{
  __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
  __m128i value = _mm_sub_epi8(bytes, _mm_set1_epi8('0')), nine = _mm_set1_epi8(9);
  uint32_t mask = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(value, nine), value));
  return (unsigned)__builtin_ctz(~mask);
}

/* Which of 16 bytes are the same. */
DH_INLINE uint64_t dh_scan_equal(const char *a, const char *b)
{
  __m128i left = _mm_loadu_si128((const __m128i *)(const void *)a);
  __m128i right = _mm_loadu_si128((const __m128i *)(const void *)b);
  return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(left, right));
}

/* Whether the `size` bytes at `p` are those of `text`, which is followed by others up to 64. */
DH_INLINE bool dh_scan_same(const char *p, const char *text, unsigned size)
{
  uint64_t same = dh_scan_equal(p, text) | dh_scan_equal(p + 16, text + 16) << 16 |
                  dh_scan_equal(p + 32, text + 32) << 32 | dh_scan_equal(p + 48, text + 48) << 48;
  return !(~same << (64 - size));
}

#else

DH_INLINE unsigned dh_scan_digits(const char *p)
{
  unsigned n = 0;
  while (n < 16 && p[n] >= '0' && p[n] <= '9')
    n++;
  return n;
}

DH_INLINE bool dh_scan_same(const char *p, const char *text, unsigned size)
{
  return !memcmp(p, text, size);
}

DH_INLINE unsigned dh_scan_spaces(const char *p)
{
  unsigned n = 0;
  while (n < 32 && p[n] == ' ')
    n++;
  return n;
}

DH_INLINE unsigned dh_scan_copy(char *out, const char *p)
{
  unsigned n = 0;
  while (n < DH_SCAN_STEP && (unsigned char)(p[n] - ' ') < 0x60 && p[n] != '"' && p[n] != '\\') {
    out[n] = p[n];
    n++;
  }
  return n;
}

#endif

/* Skips white space and counts its newlines. */
DH_INLINE const char *dh_scan_space(const char *p, uint64_t *lines)
{
  if ((unsigned char)*p > ' ')
    return p;
  if (*p == ' ' && (unsigned char)p[1] > ' ')
    return p + 1;
  for (;;) {
    if (*p == '\n')
      ++*lines;
    else if (*p != ' ' && *p != '\r' && *p != '\t')
      return p;
    p++;
    unsigned n;
    do {
      n = dh_scan_spaces(p);
      p += n;
    } while (n == 32);
    if ((unsigned char)*p > ' ')
      return p;
  }
}

#endif
