/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/aspect.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A walk over JSON that is trusted to be well formed and survives where it is not. */
typedef struct walk {
  const char *at, *end;
} walk;

static void skip_space(walk *w)
{
  while (w->at < w->end && (*w->at == ' ' || *w->at == '\t' || *w->at == '\n' || *w->at == '\r'))
    w->at++;
}

static bool expect(walk *w, char c)
{
  skip_space(w);
  if (w->at >= w->end || *w->at != c)
    return false;
  w->at++;
  return true;
}

/* The bytes between a string's quotes, escapes as they stand. */
static bool string(walk *w, dh_slice *out)
{
  if (!expect(w, '"'))
    return false;
  const char *from = w->at;
  while (w->at < w->end && *w->at != '"')
    w->at += *w->at == '\\' && w->end - w->at > 1 ? 2 : 1;
  if (w->at >= w->end)
    return false;
  *out = (dh_slice){from, (size_t)(w->at - from)};
  w->at++;
  return true;
}

static bool skip_value(walk *w)
{
  unsigned depth = 0;
  dh_slice ignored;
  do {
    skip_space(w);
    if (w->at >= w->end)
      return false;
    switch (*w->at) {
    case '"':
      if (!string(w, &ignored))
        return false;
      break;
    case '{':
    case '[':
      depth++;
      w->at++;
      break;
    case '}':
    case ']':
      if (!depth)
        return false;
      depth--;
      w->at++;
      break;
    case ',':
    case ':':
      if (!depth)
        return false;
      w->at++;
      break;
    default:
      for (w->at++; w->at < w->end && *w->at && !strchr(",:]}[{\" \t\r\n", *w->at);)
        w->at++;
    }
  } while (depth);
  return true;
}

/* Moves to the value of a member of the object that begins here. */
static bool member(walk *w, const char *name)
{
  dh_slice key;
  if (!expect(w, '{'))
    return false;
  do {
    if (!string(w, &key) || !expect(w, ':'))
      return false;
    if (key.len == strlen(name) && !memcmp(key.ptr, name, key.len))
      return true;
    if (!skip_value(w))
      return false;
  } while (expect(w, ','));
  return false;
}

static char *put_utf8(char *out, unsigned code)
{
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xc0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    *out++ = (char)(0xe0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    *out++ = (char)(0x80 | (code & 0x3f));
  } else {
    *out++ = (char)(0xf0 | code >> 18);
    *out++ = (char)(0x80 | (code >> 12 & 0x3f));
    *out++ = (char)(0x80 | (code >> 6 & 0x3f));
    *out++ = (char)(0x80 | (code & 0x3f));
  }
  return out;
}

/* One \uXXXX, or two that are a pair; NULL where it is neither. */
static const char *unicode(const char *at, const char *end, char **out)
{
  int code = end - at >= 4 ? dh_text_hex4(at) : -1;
  if (code < 0 || (code >= 0xdc00 && code < 0xe000))
    return NULL;
  at += 4;
  if (code >= 0xd800 && code < 0xdc00) {
    int low = end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? dh_text_hex4(at + 2) : -1;
    if (low < 0xdc00 || low >= 0xe000)
      return NULL;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    at += 6;
  }
  *out = put_utf8(*out, (unsigned)code);
  return at;
}

/* Unescapes into memory of at least the same size; what is written is never longer. */
static bool unescape(dh_slice text, char *out, size_t *size)
{
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  const char *at = text.ptr, *end = text.ptr + text.len;
  char *begin = out;
  while (at < end) {
    const char *slash = memchr(at, '\\', (size_t)(end - at));
    size_t plain = (size_t)((slash ? slash : end) - at);
    memcpy(out, at, plain);
    out += plain;
    at += plain;
    if (!slash)
      break;
    if (end - at < 2)
      return false;
    char c = at[1];
    at += 2;
    const char *which = c ? strchr(from, c) : NULL;
    if (which)
      *out++ = to[which - from];
    else if (c != 'u' || !(at = unicode(at, end, &out)))
      return false;
  }
  *size = (size_t)(out - begin);
  return true;
}

dh_slice dh_aspect_of(dh_slice proposal, char **memory)
{
  walk w = {proposal.ptr, proposal.ptr + proposal.len};
  dh_slice text, none = {NULL, 0};
  *memory = NULL;
  if (!proposal.ptr || !member(&w, "aspect") || !member(&w, "value") || !string(&w, &text))
    return none;
  char *out = malloc(text.len + 1);
  size_t size;
  if (!out)
    return none;
  if (!unescape(text, out, &size)) {
    free(out);
    return none;
  }
  out[size] = '\0';
  *memory = out;
  return (dh_slice){out, size};
}
