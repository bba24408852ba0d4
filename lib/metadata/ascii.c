/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/ascii.h"
#include "metadata/fast_step.h"

#include <string.h>

static void put_unit(char *out, unsigned unit)
{
  static const char digits[] = "0123456789abcdef";
  memcpy(out, "\\\\u", 3);
  out[3] = digits[unit >> 12 & 15];
  out[4] = digits[unit >> 8 & 15];
  out[5] = digits[unit >> 4 & 15];
  out[6] = digits[unit & 15];
}

unsigned dh_ascii_nested(const char *utf8, unsigned size, char *out)
{
  const unsigned char *p = (const unsigned char *)utf8;
  unsigned point = size == 2 ? p[0] & 0x1fu : size == 3 ? p[0] & 0x0fu : p[0] & 0x07u;
  for (unsigned i = 1; i < size; i++)
    point = point << 6 | (p[i] & 0x3fu);
  if (point < 0x10000) {
    put_unit(out, point);
    return 7;
  }
  point -= 0x10000;
  put_unit(out, 0xd800 | point >> 10);
  put_unit(out + 7, 0xdc00 | (point & 0x3ff));
  return 14;
}

static size_t ascii_run(const char *text, size_t size)
{
  size_t n = 0;
  while (n < size && !((unsigned char)text[n] & 0x80))
    n++;
  return n;
}

/* The parts between are strings of their own to dh_buf_add_json(): their quotes are dropped. */
static void add_part(dh_buf *out, const char *text, size_t size)
{
  if (!size || out->failed)
    return;
  size_t at = out->size;
  dh_buf_add_json(out, text, size);
  if (out->failed)
    return;
  memmove(out->data + at, out->data + at + 1, out->size - at - 2);
  out->size -= 2;
  out->data[out->size] = '\0';
}

void dh_ascii_add_json(dh_buf *out, const char *json, size_t size)
{
  char escape[DH_ASCII_NESTED_MAX];
  size_t i = ascii_run(json, size);
  if (i == size) {
    dh_buf_add_json(out, json, size);
    return;
  }
  dh_buf_addc(out, '"');
  add_part(out, json, i);
  while (i < size) {
    /* Enough of it is there: its own bytes say how long a character is. */
    char padded[5] = "";
    memcpy(padded, json + i, size - i < 4 ? size - i : 4);
    unsigned n = dh_fast_utf8_size(padded);
    if (n)
      dh_buf_add(out, escape, dh_ascii_nested(padded, n, escape));
    else
      dh_buf_add(out, json + i, n = 1);
    i += n;
    size_t run = ascii_run(json + i, size - i);
    add_part(out, json + i, run);
    i += run;
  }
  dh_buf_addc(out, '"');
}
