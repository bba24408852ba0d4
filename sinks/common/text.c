/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(text *out, size_t more)
{
  if (out->failed || more > SIZE_MAX / 2 - out->size) {
    out->failed = true;
    return false;
  }
  if (out->size + more <= out->capacity)
    return true;
  size_t capacity = out->capacity ? out->capacity : 4096;
  while (capacity < out->size + more)
    capacity *= 2;
  char *data = realloc(out->data, capacity);
  if (!data) {
    out->failed = true;
    return false;
  }
  out->data = data;
  out->capacity = capacity;
  return true;
}

void text_add(text *out, const char *bytes, size_t size)
{
  if (!size || !make_room(out, size))
    return;
  memcpy(out->data + out->size, bytes, size);
  out->size += size;
}

static void add_char(text *out, char c)
{
  text_add(out, &c, 1);
}

void text_free(text *out)
{
  free(out->data);
  memset(out, 0, sizeof(*out));
}

/* --- strings ------------------------------------------------------------- */

static void add_escape(text *out, uint32_t unit)
{
  char escape[7];
  snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)unit & 0xffffu);
  text_add(out, escape, 6);
}

/* A code point (or a lone surrogate) as Python's json.dumps writes it. */
static void add_code_point(text *out, uint32_t c)
{
  static const char from[] = "\"\\\n\r\t\b\f";
  static const char to[] = "\"\\nrtbf";
  const char *special = c && c < 0x80 ? strchr(from, (int)c) : NULL;
  if (special) {
    char escape[2] = {'\\', to[special - from]};
    text_add(out, escape, 2);
  } else if (c >= 0x20 && c < 0x7f) {
    add_char(out, (char)c);
  } else if (c < 0x10000) {
    add_escape(out, c);
  } else {
    add_escape(out, 0xd800 + ((c - 0x10000) >> 10));
    add_escape(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
  }
}

/* One UTF-8 sequence; a byte that is not UTF-8 counts as one character. */
static uint32_t decode_utf8(const unsigned char *p, size_t left, size_t *used)
{
  size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 1;
  if (n > left || n == 1) {
    *used = 1;
    return p[0];
  }
  uint32_t c = p[0] & (0xffu >> (n + 1));
  for (size_t i = 1; i < n; i++)
    c = c << 6 | (p[i] & 0x3fu);
  *used = n;
  return c;
}

/* An escape after its backslash; returns how many bytes it took. */
static size_t add_unescaped(text *out, const char *p, size_t left)
{
  static const char from[] = "\"\\/nrtbf";
  static const char to[] = "\"\\/\n\r\t\b\f";
  const char *simple = *p ? strchr(from, *p) : NULL;
  if (simple) {
    add_code_point(out, (unsigned char)to[simple - from]);
    return 1;
  }
  uint32_t unit = 0;
  for (size_t i = 1; i <= 4; i++) {
    int digit = i < left ? text_hex(p[i]) : -1;
    if (digit < 0)
      return 1;
    unit = unit << 4 | (uint32_t)digit;
  }
  add_code_point(out, unit); /* each half of a surrogate pair stays an escape of its own */
  return 5;
}

/* A JSON string from its opening quote; returns how many bytes it took. */
static size_t add_string(text *out, const char *json, size_t size)
{
  size_t i = 1;
  add_char(out, '"');
  while (i < size && json[i] != '"') {
    size_t plain = i;
    while (plain < size && json[plain] != '"' && json[plain] != '\\' && json[plain] >= 0x20 &&
           json[plain] != 0x7f)
      plain++;
    text_add(out, json + i, plain - i);
    i = plain;
    if (i >= size || json[i] == '"')
      break;
    size_t used;
    if (json[i] != '\\') {
      add_code_point(out, decode_utf8((const unsigned char *)json + i, size - i, &used));
    } else if (i + 1 < size) {
      used = 1 + add_unescaped(out, json + i + 1, size - i - 1);
    } else {
      break;
    }
    i += used;
  }
  add_char(out, '"');
  return i < size ? i + 1 : size;
}

/* --- layout -------------------------------------------------------------- */

static bool is_space(char c)
{
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void break_line(text *out, unsigned indent, unsigned depth)
{
  if (!indent)
    return;
  add_char(out, '\n');
  for (unsigned i = 0; i < indent * depth; i++)
    add_char(out, ' ');
}

static size_t skip_space(const char *json, size_t size, size_t i)
{
  while (i < size && is_space(json[i]))
    i++;
  return i;
}

/* An opening bracket at `i`; an empty pair stays on one line. Returns what follows. */
static size_t add_opening(text *out, dh_slice json, size_t i, unsigned indent, unsigned *depth)
{
  add_char(out, json.ptr[i]);
  size_t next = skip_space(json.ptr, json.len, i + 1);
  if (next < json.len && (json.ptr[next] == '}' || json.ptr[next] == ']')) {
    add_char(out, json.ptr[next]);
    return next + 1;
  }
  break_line(out, indent, ++*depth);
  return next;
}

void text_add_json(text *out, dh_slice json, unsigned indent, unsigned depth)
{
  size_t i = 0;
  while (i < json.len && !out->failed) {
    char c = json.ptr[i];
    switch (c) {
    case '"':
      i += add_string(out, json.ptr + i, json.len - i);
      continue;
    case '{':
    case '[':
      i = add_opening(out, json, i, indent, &depth);
      continue;
    case '}':
    case ']':
      break_line(out, indent, depth ? --depth : 0);
      add_char(out, c);
      break;
    case ',':
      add_char(out, c);
      break_line(out, indent, depth);
      break;
    case ':':
      text_add(out, ": ", indent ? 2 : 1);
      break;
    default:
      if (!is_space(c))
        add_char(out, c);
    }
    i++;
  }
}

/* --- records ------------------------------------------------------------- */

/* Where the value that begins at `i` ends: the comma or bracket after it. */
static size_t value_end(dh_slice json, size_t i)
{
  unsigned depth = 0;
  bool in_string = false;
  for (; i < json.len; i++) {
    char c = json.ptr[i];
    if (in_string) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      depth++;
    } else if (c == '}' || c == ']') {
      if (!depth)
        return i;
      depth--;
    } else if (c == ',' && !depth) {
      return i;
    }
  }
  return json.len;
}

static bool is_json_content(dh_slice type)
{
  static const char plain[] = "application/json";
  static const char patch[] = "application/json-patch+json";
  return (type.len == sizeof(plain) - 1 && !memcmp(type.ptr, plain, type.len)) ||
         (type.len == sizeof(patch) - 1 && !memcmp(type.ptr, patch, type.len));
}

static void add_aspect(text *out, dh_slice aspect, unsigned indent)
{
  add_char(out, '{');
  break_line(out, indent, 2);
  text_add(out, "\"json\":", 7);
  if (indent)
    add_char(out, ' ');
  text_add_json(out, aspect, indent, 2);
  break_line(out, indent, 1);
  add_char(out, '}');
}

static bool is_aspect_key(dh_slice key)
{
  static const char name[] = "\"aspect\"";
  return key.len == sizeof(name) - 1 && !memcmp(key.ptr, name, key.len);
}

void text_add_record(text *out, const dh_record *record, dh_slice aspect, unsigned indent)
{
  dh_slice all = record->proposal;
  bool simplify = aspect.ptr && is_json_content(record->content_type);
  bool first = true;
  size_t i = skip_space(all.ptr, all.len, 0);
  add_char(out, '{');
  for (i++; (i = skip_space(all.ptr, all.len, i)) < all.len && all.ptr[i] == '"';) {
    size_t colon = i + 1;
    while (colon < all.len && all.ptr[colon] != '"')
      colon += all.ptr[colon] == '\\' ? 2 : 1;
    dh_slice key = {all.ptr + i, (colon < all.len ? colon + 1 : all.len) - i};
    colon = skip_space(all.ptr, all.len, i + key.len);
    size_t begin = colon < all.len ? colon + 1 : all.len;
    size_t end = value_end(all, begin);
    if (!first)
      add_char(out, ',');
    first = false;
    break_line(out, indent, 1);
    text_add_json(out, key, indent, 1);
    text_add(out, ": ", indent ? 2 : 1);
    if (simplify && is_aspect_key(key))
      add_aspect(out, aspect, indent);
    else
      text_add_json(out, (dh_slice){all.ptr + begin, end - begin}, indent, 1);
    i = end < all.len && all.ptr[end] == ',' ? end + 1 : all.len;
  }
  break_line(out, indent, 0);
  add_char(out, '}');
}
