/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that both halves of the bulk path are made of.
 */
#ifndef DH_METADATA_FAST_STEP_H
#define DH_METADATA_FAST_STEP_H

#include "metadata/ascii.h"
#include "metadata/fast.h"
#include "metadata/fast_scan.h"

/* A cut may look like a fault: within this many bytes of the end it is not told apart. */
#define DH_FAST_TAIL 16

/* Gives up at `p`. */
static inline const char *dh_fast_stop(dh_fast *fast, const char *p)
{
  fast->why = fast->end - p < DH_FAST_TAIL ? DH_FAST_MORE : DH_FAST_TREE;
  return NULL;
}

/* Makes room: the write position in what may be other memory; NULL where there is none. */
char *dh_fast_grow(dh_fast *fast, char *o);

DH_INLINE bool dh_fast_room(dh_fast *fast, char **o)
{
  return *o <= fast->limit || (*o = dh_fast_grow(fast, *o)) != NULL;
}

/* The size of the escape at `p` ("\n", a surrogate pair of 12), 0 where it is none or
 * stands for what only a tree is trusted with. */
unsigned dh_fast_escape_size(const char *p);
/* The size of a UTF-8 sequence of two bytes and more, 0 where it is none. */
unsigned dh_fast_utf8_size(const char *p);

typedef enum dh_fast_text {
  DH_FAST_TEXT,        /* a string as it is */
  DH_FAST_NAME,        /* the same, and an escape is left to the tree */
  DH_FAST_TEXT_NESTED, /* within a string: each quote and backslash gets a backslash, and
                          what is outside ASCII is an escape */
  DH_FAST_NAME_NESTED  /* and what is outside ASCII is left to the tree */
} dh_fast_text;

/* Copies from behind the opening quote up to the closing one, without it. */
DH_INLINE const char *dh_fast_copy_text(dh_fast *fast, const char *p, char **out, dh_fast_text how)
{
  char *o = *out;
  for (;;) {
    if (!dh_fast_room(fast, &o))
      return NULL;
    unsigned n = dh_scan_copy(o, p);
    p += n;
    o += n;
    if (n == DH_SCAN_STEP)
      continue;
    if (*p == '"')
      break;
    if ((unsigned char)*p >= 0x80) {
      n = dh_fast_utf8_size(p);
      if (!n || how == DH_FAST_NAME_NESTED)
        return dh_fast_stop(fast, p);
      if (how == DH_FAST_TEXT_NESTED) {
        o += dh_ascii_nested(p, n, o);
        p += n;
        continue;
      }
      memcpy(o, p, 4);
    } else {
      n = *p == '\\' ? dh_fast_escape_size(p) : 0;
      if (!n || how == DH_FAST_NAME || how == DH_FAST_NAME_NESTED)
        return dh_fast_stop(fast, p);
      if (how == DH_FAST_TEXT_NESTED) {
        /* All its backslashes are doubled, and a quote behind the first gets its own. */
        *o++ = '\\';
        *o++ = '\\';
        if (p[1] == '"' || p[1] == '\\')
          *o++ = '\\';
        *o++ = p[1];
        p += 2;
        n -= 2;
        if (n == 10) { /* the second half of a pair */
          memcpy(o, p, 4);
          o[4] = '\\';
          o += 5;
          p += 4;
          n = 6;
        }
      }
      memcpy(o, p, 16);
    }
    p += n;
    o += n;
  }
  *out = o;
  return p;
}

/* Copies a number's bytes. */
DH_INLINE const char *dh_fast_copy_number(dh_fast *fast, const char *p, char **out)
{
  const char *q = p + (*p == '-');
  unsigned n = dh_scan_digits(q);
  if (!n || (*q == '0' && n > 1))
    return dh_fast_stop(fast, q);
  for (q += n; n == 16; q += n)
    n = dh_scan_digits(q);
  if (*q == '.') {
    if (*++q < '0' || *q > '9')
      return dh_fast_stop(fast, q);
    while (*q >= '0' && *q <= '9')
      q++;
  }
  if (*q == 'e' || *q == 'E') {
    q++;
    if (*q == '+' || *q == '-')
      q++;
    if (*q < '0' || *q > '9')
      return dh_fast_stop(fast, q);
    while (*q >= '0' && *q <= '9')
      q++;
  }
  size_t size = (size_t)(q - p);
  if (size > DH_FAST_ROOM / 2)
    return dh_fast_stop(fast, p);
  memcpy(*out, p, DH_FAST_ROOM / 2);
  *out += size;
  return q;
}

/* Opens a level for an object whose names will be checked. */
DH_INLINE dh_fast_level *dh_fast_open(dh_fast *fast, unsigned depth, bool is_object)
{
  dh_fast_level *level = &fast->levels[depth];
  *level = (dh_fast_level){.first_name = fast->names_used, .is_object = is_object};
  return level;
}

/* Tells most names of one object apart. */
DH_INLINE uint64_t dh_fast_name_bit(const char *name, size_t size)
{
  const unsigned char *u = (const unsigned char *)name;
  unsigned hash = size ? (unsigned)size * 7 + u[0] + u[size - 1] * 3u + u[size / 2] * 5u : 0;
  return UINT64_C(1) << (hash & 63);
}

/* Notes a name; false where it stood in the object before, or there are too many. */
DH_INLINE bool dh_fast_note_name(dh_fast *fast, dh_fast_level *level, const char *name, size_t size,
                                 uint64_t bit)
{
  if (level->members++ == DH_FAST_MEMBERS || fast->names_used == DH_FAST_NAMES)
    return false;
  if (level->seen & bit) {
    for (unsigned i = level->first_name; i < fast->names_used; i++)
      if (fast->names[i].size == size && !memcmp(fast->names[i].text, name, size))
        return false;
  }
  level->seen |= bit;
  fast->names[fast->names_used++] = (dh_fast_name){name, size};
  return true;
}

DH_INLINE bool dh_fast_new_name(dh_fast *fast, dh_fast_level *level, const char *name, size_t size)
{
  return dh_fast_note_name(fast, level, name, size, dh_fast_name_bit(name, size));
}

#endif
