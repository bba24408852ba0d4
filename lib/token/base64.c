/* SPDX-License-Identifier: Apache-2.0 */
#include "token/base64.h"

#include <stdint.h>

static const char URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char STANDARD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The value of each character of the URL alphabet plus one; 0 is no such character. */
static const uint8_t VALUE[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

bool dh_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size)
{
  const unsigned char *in = (const unsigned char *)text;
  unsigned char *to = out;
  size_t whole = size / 4 * 4, i = 0;
  for (; i < whole; i += 4) {
    uint32_t a = VALUE[in[i]], b = VALUE[in[i + 1]], c = VALUE[in[i + 2]], d = VALUE[in[i + 3]];
    if (!a || !b || !c || !d)
      return false;
    uint32_t bits = (a << 18) + (b << 12) + (c << 6) + d - 0x41041; /* one less in each */
    *to++ = (unsigned char)(bits >> 16);
    *to++ = (unsigned char)(bits >> 8);
    *to++ = (unsigned char)bits;
  }
  size_t left = size - whole;
  if (left == 1)
    return false;
  if (left) {
    uint32_t a = VALUE[in[i]], b = VALUE[in[i + 1]], c = left == 3 ? VALUE[in[i + 2]] : 1;
    if (!a || !b || !c)
      return false;
    uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6;
    if (bits & (left == 2 ? 0xffffu : 0xffu))
      return false;
    *to++ = (unsigned char)(bits >> 16);
    if (left == 3)
      *to++ = (unsigned char)(bits >> 8);
  }
  *out_size = (size_t)(to - out);
  return true;
}

static void encode(dh_buf *out, const void *bytes, size_t size, const char *alphabet, bool pad)
{
  const unsigned char *in = bytes;
  if (!dh_buf_reserve(out, (size + 2) / 3 * 4))
    return;
  for (size_t i = 0; i < size; i += 3) {
    size_t left = size - i;
    uint32_t bits = (uint32_t)in[i] << 16;
    if (left > 1)
      bits |= (uint32_t)in[i + 1] << 8;
    if (left > 2)
      bits |= in[i + 2];
    char quad[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                    left > 1 ? alphabet[bits >> 6 & 63] : '=',
                    left > 2 ? alphabet[bits & 63] : '='};
    dh_buf_add(out, quad, pad || left > 2 ? 4 : left + 1);
  }
}

void dh_base64url_encode(dh_buf *out, const void *bytes, size_t size)
{
  encode(out, bytes, size, URL, false);
}

void dh_base64_encode(dh_buf *out, const void *bytes, size_t size)
{
  encode(out, bytes, size, STANDARD, true);
}
