/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any JSON value, copied into a string: the aspect of an MCP. White space goes, null
 * members go, an Avro name that is an object's only one becomes a Pegasus name.
 */
#include "base/text.h"
#include "metadata/fast_step.h"
#include "metadata/model.h"

#include <string.h>

char *dh_fast_grow(dh_fast *fast, char *o)
{
  dh_buf *out = fast->out;
  size_t kept = out->size, at = (size_t)(o - out->data);
  out->size = at;
  bool done = dh_buf_reserve(out, 4096);
  out->size = kept;
  if (!done) {
    fast->why = DH_FAST_NO_MEMORY;
    return NULL;
  }
  fast->limit = out->data + out->capacity - DH_FAST_ROOM;
  return out->data + at;
}

/* The four digits of a "\uXXXX" at `p`, -1 where it is none. */
static int code_unit(const char *p)
{
  return p[0] == '\\' && p[1] == 'u' ? dh_text_hex4(p + 2) : -1;
}

unsigned dh_fast_escape_size(const char *p)
{
  switch (p[1]) {
  case '"':
  case '\\':
  case '/':
  case 'b':
  case 'f':
  case 'n':
  case 'r':
  case 't':
    return 2;
  case 'u': {
    int unit = code_unit(p);
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff))
      return 0;
    if (unit < 0xd800 || unit > 0xdfff)
      return 6;
    int low = code_unit(p + 6);
    return low >= 0xdc00 && low <= 0xdfff ? 12 : 0;
  }
  default:
    return 0;
  }
}

unsigned dh_fast_utf8_size(const char *text)
{
  const unsigned char *p = (const unsigned char *)text;
  if (p[0] < 0xc2 || p[0] > 0xf4 || (p[1] & 0xc0) != 0x80)
    return 0;
  if (p[0] < 0xe0)
    return 2;
  if ((p[2] & 0xc0) != 0x80)
    return 0;
  if (p[0] < 0xf0)
    return (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ? 0 : 3;
  if ((p[3] & 0xc0) != 0x80 || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
    return 0;
  return 4;
}

/* Removes "pegasus2avro." from a name that has just been written up to `o`. */
static char *drop_avro(char *o, size_t size)
{
  static const size_t from = sizeof(DH_AVRO_PREFIX) - 1, to = sizeof(DH_PEGASUS_PREFIX) - 1;
  char *name = o - size;
  memmove(name + to, name + from, size - from);
  return o - (from - to);
}

static bool is_avro(const char *name, size_t size)
{
  return size >= sizeof(DH_AVRO_PREFIX) - 1 &&
         !memcmp(name, DH_AVRO_PREFIX, sizeof(DH_AVRO_PREFIX) - 1);
}

static bool is_discriminator(const char *name, size_t size)
{
  return size == 18 && !memcmp(name, "fieldDiscriminator", 18);
}

const char *dh_fast_value(dh_fast *fast, const char *p, unsigned depth, bool as_is, char **out)
{
  const unsigned base = depth;
  dh_fast_level *level = &fast->levels[depth];
  uint64_t lines = 0;
  char *o = *out;
  size_t mark;
  const char *name;
  size_t size;

value:
  if (!dh_fast_room(fast, &o))
    return NULL;
  switch (*p) {
  case '{':
  case '[':
    if (depth == DH_JSON_DEPTH)
      return dh_fast_stop(fast, p);
    level = dh_fast_open(fast, ++depth, *p == '{');
    *o++ = *p;
    p = dh_scan_space(p + 1, &lines);
    if (level->is_object && *p != '}')
      goto member;
    if (*p == '}' || *p == ']')
      goto close;
    goto value;
  case '"':
    *o++ = '\\';
    *o++ = '"';
    p = dh_fast_copy_text(fast, p + 1, &o, DH_FAST_TEXT_NESTED);
    if (!p)
      return NULL;
    p++;
    *o++ = '\\';
    *o++ = '"';
    break;
  case 't':
  case 'n':
    if (memcmp(p, *p == 't' ? "true" : "null", 4))
      return dh_fast_stop(fast, p);
    memcpy(o, p, 4);
    o += 4;
    p += 4;
    break;
  case 'f':
    if (memcmp(p, "false", 5))
      return dh_fast_stop(fast, p);
    memcpy(o, p, 5);
    o += 5;
    p += 5;
    break;
  default:
    p = dh_fast_copy_number(fast, p, &o);
    if (!p)
      return NULL;
  }

after:
  if (depth == base)
    goto done;
  p = dh_scan_space(p, &lines);
  if (*p == ',') {
    p = dh_scan_space(p + 1, &lines);
    if (level->is_object)
      goto member;
    *o++ = ',';
    goto value;
  }
close:
  if (*p != (level->is_object ? '}' : ']'))
    return dh_fast_stop(fast, p);
  if (!dh_fast_room(fast, &o))
    return NULL;
  *o++ = *p++;
  fast->names_used = level->first_name;
  level--;
  depth--;
  goto after;

member:
  if (*p != '"' || level->renamed)
    return dh_fast_stop(fast, p);
  mark = (size_t)(o - fast->out->data);
  if (level->written)
    *o++ = ',';
  *o++ = '\\';
  *o++ = '"';
  name = p + 1;
  p = dh_fast_copy_text(fast, name, &o, DH_FAST_NAME_NESTED);
  if (!p)
    return NULL;
  size = (size_t)(p - name);
  if (!dh_fast_new_name(fast, level, name, size))
    return dh_fast_stop(fast, name);
  if (!as_is) {
    if (*name == 'c' && level->members == 1 && is_avro(name, size)) {
      level->renamed = true;
      o = drop_avro(o, size);
    } else if (*name == 'f' && is_discriminator(name, size)) {
      return dh_fast_stop(fast, name);
    }
  }
  *o++ = '\\';
  *o++ = '"';
  *o++ = ':';
  p = dh_scan_space(p + 1, &lines);
  if (*p != ':')
    return dh_fast_stop(fast, p);
  p = dh_scan_space(p + 1, &lines);
  if (*p == 'n' && !as_is && !memcmp(p, "null", 4)) {
    o = fast->out->data + mark;
    p += 4;
    goto after;
  }
  level->written = true;
  goto value;

done:
  fast->lines += lines;
  *out = o;
  return p;
}
