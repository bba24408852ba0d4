/* SPDX-License-Identifier: Apache-2.0 */
#include "scan.h"

#include <string.h>

#define DEPTH_MAX 512

bool scan_null(scan *s)
{
  if (scan_peek(s) != 'n' || s->end - s->at < 4 || memcmp(s->at, "null", 4) != 0)
    return false;
  s->at += 4;
  return true;
}

/* Most strings have no escape, and are found at once; in the others, JSON within JSON, there
 * is one every few bytes. */
bool scan_string(scan *s, dh_slice *raw)
{
  if (!scan_take(s, '"'))
    return false;
  const char *from = s->at, *quote = memchr(from, '"', (size_t)(s->end - from));
  if (quote && quote > from && quote[-1] == '\\') {
    const char *at = from;
    while (at < s->end && *at != '"')
      at += *at == '\\' && s->end - at > 1 ? 2 : 1;
    quote = at < s->end ? at : NULL;
  }
  if (!quote)
    return false;
  *raw = (dh_slice){from, (size_t)(quote - from)};
  s->at = quote + 1;
  return true;
}

bool scan_integer(scan *s, int64_t *out)
{
  char c = scan_peek(s);
  bool negative = c == '-';
  const char *at = s->at + negative;
  uint64_t value = 0, limit = (uint64_t)INT64_MAX + negative;
  const char *digits = at;
  for (; at < s->end && *at >= '0' && *at <= '9'; at++) {
    uint64_t digit = (uint64_t)(*at - '0');
    if (value > (limit - digit) / 10)
      return false;
    value = value * 10 + digit;
  }
  if (at == digits || (at < s->end && (*at == '.' || *at == 'e' || *at == 'E')))
    return false;
  *out = (int64_t)(negative ? 0 - value : value);
  s->at = at;
  return true;
}

static bool skip_scalar(scan *s)
{
  const char *from = s->at;
  while (s->at < s->end && *s->at && !strchr(",:]}[{\" \t\r\n", *s->at))
    s->at++;
  return s->at > from;
}

bool scan_skip(scan *s)
{
  unsigned depth = 0;
  dh_slice ignored;
  do {
    char c = scan_peek(s);
    if (c == '"') {
      if (!scan_string(s, &ignored))
        return false;
    } else if (c == '{' || c == '[') {
      if (++depth > DEPTH_MAX)
        return false;
      s->at++;
    } else if (depth && (c == '}' || c == ']')) {
      depth--;
      s->at++;
    } else if (depth && (c == ',' || c == ':')) {
      s->at++;
    } else if (!skip_scalar(s)) {
      return false;
    }
  } while (depth);
  return true;
}

bool scan_member(scan *s, bool *first, dh_slice *key, bool *bad)
{
  *bad = false;
  if (scan_take(s, '}'))
    return false;
  if ((*first || scan_take(s, ',')) && scan_string(s, key) && scan_take(s, ':')) {
    *first = false;
    return true;
  }
  *bad = true;
  return false;
}

bool scan_is(dh_slice raw, const char *name)
{
  return raw.len == strlen(name) && !memcmp(raw.ptr, name, raw.len);
}

/* --- escapes --- */

static int hex(const char *at, const char *end)
{
  int value = 0;
  if (end - at < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int digit = text_hex(at[i]);
    if (digit < 0)
      return -1;
    value = value << 4 | digit;
  }
  return value;
}

static size_t utf8(unsigned code, char *out)
{
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xc0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | code >> 18);
  out[1] = (char)(0x80 | (code >> 12 & 0x3f));
  out[2] = (char)(0x80 | (code >> 6 & 0x3f));
  out[3] = (char)(0x80 | (code & 0x3f));
  return 4;
}

/* What follows \u: one unit, or two that are a pair. NULL where it is neither. */
static const char *unicode(const char *at, const char *end, char **out)
{
  int code = hex(at, end);
  if (code < 0 || (code >= 0xdc00 && code < 0xe000))
    return NULL;
  at += 4;
  if (code >= 0xd800 && code < 0xdc00) {
    int low = end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? hex(at + 2, end) : -1;
    if (low < 0xdc00 || low >= 0xe000)
      return NULL;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    at += 6;
  }
  *out += utf8((unsigned)code, *out);
  return at;
}

static char meaning(char c)
{
  switch (c) {
  case '"':
  case '\\':
  case '/':
    return c;
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return '\0';
  }
}

bool scan_unescape(dh_slice raw, text *out)
{
  size_t begin = out->size;
  /* What an escape means is never longer than the escape: this makes the room. */
  text_add(out, raw.ptr, raw.len);
  if (out->failed || !memchr(raw.ptr, '\\', raw.len))
    return true;
  char *to = out->data + begin;
  for (const char *at = raw.ptr, *end = raw.ptr + raw.len; at < end;) {
    if (*at != '\\') {
      *to++ = *at++;
      continue;
    }
    if (end - at < 2)
      return false;
    char c = at[1];
    at += 2;
    if (c == 'u') {
      at = unicode(at, end, &to);
      if (!at)
        return false;
    } else if ((*to++ = meaning(c)) == '\0') {
      return false;
    }
  }
  out->size = (size_t)(to - out->data);
  return true;
}
