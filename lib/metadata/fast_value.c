/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any JSON value, copied into a string: the aspect of an MCP. White space goes, null
 * members go, an Avro name that is an object's only one becomes a Pegasus name.
 */
#include "base/text.h"
#include "metadata/fast_lead.h"
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

/* All leads were forgotten: no level has a link any more. */
static void forget_links(dh_fast *fast, unsigned depth)
{
  for (unsigned i = 0; i <= depth; i++)
    fast->levels[i].next = fast->levels[i].child = &fast->no_link;
}

const char *dh_fast_value(dh_fast *fast, const char *p, unsigned depth, uint16_t *root, char **out)
{
  const unsigned base = depth;
  const bool as_is = !root;
  dh_fast_level *level = &fast->levels[depth];
  dh_fast_lead *lead;
  uint64_t lines = 0, before;
  char *o = *out;
  size_t mark;
  const char *name, *from;
  size_t size;
  bool quoted;

  level->child = as_is ? &fast->no_link : root;
value:
  if (!dh_fast_room(fast, &o))
    return NULL;
  switch (*p) {
  case '{':
  case '[':
    if (depth == DH_JSON_DEPTH)
      return dh_fast_stop(fast, p);
    level = dh_fast_open(fast, ++depth, *p == '{');
    level->next = level->child = level[-1].child;
    *o++ = *p++;
    if (level->is_object)
      goto member;
    p = dh_scan_space(p, &lines);
    if (*p == ']')
      goto close;
    goto value;
  case '"':
    *o++ = '\\';
    *o++ = '"';
    p++;
  string:
    p = dh_fast_copy_text(fast, p, &o, DH_FAST_TEXT_NESTED);
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
  if (level->is_object)
    goto member;
  p = dh_scan_space(p, &lines);
  if (*p == ',') {
    p = dh_scan_space(p + 1, &lines);
    *o++ = ',';
    goto value;
  }
close:
  if (*p != (level->is_object ? '}' : ']'))
    return dh_fast_stop(fast, p);
  if (!dh_fast_room(fast, &o))
    return NULL;
  *o++ = *p++;
closed:
  fast->names_used = level->first_name;
  level--;
  depth--;
  goto after;

  /* From behind the brace, or behind a value. */
member:
  if (!dh_fast_room(fast, &o))
    return NULL;
  mark = (size_t)(o - fast->out->data);
  lead = dh_lead_find(fast->leads, level->next, p);
  if (lead && !level->renamed) {
    lines += lead->lines;
    if (lead->ends) {
      p += lead->size;
      *o++ = '}';
      goto closed;
    }
    if (!dh_fast_note_name(fast, level, p + lead->name_at, lead->name_size, lead->bit))
      return dh_fast_stop(fast, p);
    o = dh_lead_put(lead, !level->written, o);
    p += lead->size;
    quoted = lead->quoted;
    goto member_value;
  }
  from = p;
  before = lines;
  p = dh_scan_space(p, &lines);
  if (*p == '}') {
    lead = as_is || level->renamed ? NULL : dh_lead_at(fast, level->next);
    if (lead)
      dh_lead_learn_end(lead, from, p + 1, lines - before);
    else if (!as_is)
      forget_links(fast, depth);
    goto close;
  }
  if (level->members) {
    if (*p != ',')
      return dh_fast_stop(fast, p);
    p = dh_scan_space(p + 1, &lines);
  }
  if (*p != '"' || level->renamed)
    return dh_fast_stop(fast, p);
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
  quoted = *p == '"';
  if (quoted) {
    *o++ = '\\';
    *o++ = '"';
    p++;
  }
  lead = as_is ? NULL : dh_lead_at(fast, level->next);
  if (lead && !is_avro(name, size))
    dh_lead_learn(lead, from, p, lines - before, quoted, ",\\\"", name, size,
                  quoted ? "\\\":\\\"" : "\\\":");
  else if (lead)
    lead->size = 0;
  else if (!as_is)
    forget_links(fast, depth);

member_value:
  if (lead) {
    level->next = &lead->next;
    level->child = &lead->child;
  }
  if (quoted) {
    level->written = true;
    goto string;
  }
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
