/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between two values, guessed. The records of a file are written by one program:
 * what comes before a member's value (a comma, white space, the name, a colon) is most often,
 * byte for byte, what came in the same place of the record before. A lead is such a text, which
 * was read and found good once, with what is written for it: where it fits, all of it is passed
 * at once, and the processor knows where the value begins without having looked at a byte.
 *
 * A lead stands in one place: `next` is what came behind the value that it leads to, in the same
 * object, and `child` what came first within it. Where it does not fit it is learnt anew.
 */
#ifndef DH_METADATA_FAST_LEAD_H
#define DH_METADATA_FAST_LEAD_H

#include "metadata/fast.h"
#include "metadata/fast_scan.h"

/* Whether what stands at `p` is the lead's text, and behind it the value begins: there may be more
 * white space this time, or a string where there was none. */
DH_INLINE bool dh_lead_fits(const dh_fast_lead *lead, const char *p)
{
  return lead->size && dh_scan_same(p, lead->text, lead->size) &&
         (unsigned char)p[lead->size] >= lead->least;
}

/* Of the two that a link leads to, the one that fits; it is the first one then. NULL: none. */
DH_INLINE dh_fast_lead *dh_lead_find(dh_fast_lead *leads, uint16_t *link, const char *p)
{
  dh_fast_lead *first = &leads[*link];
  if (dh_lead_fits(first, p))
    return first;
  dh_fast_lead *second = &leads[first->other];
  if (!dh_lead_fits(second, p))
    return NULL;
  second->other = *link;
  *link = first->other;
  return second;
}

/* Writes what is made of it, without its comma where it is the first; `o` is its position, with
 * room for DH_FAST_ROOM bytes. */
DH_INLINE char *dh_lead_put(const dh_fast_lead *lead, bool first, char *o)
{
  memcpy(o, lead->made + first, DH_LEAD_SIZE);
  return o + lead->made_size - first;
}

/* The lead to be learnt anew where none fits: of the two of a link, the one that was used before
 * the other; it is the first one then. NULL: there are too many, and all are forgotten, so that
 * links are void. */
dh_fast_lead *dh_lead_at(dh_fast *fast, uint16_t *link);

/* Keeps the text from `from` to `to`, of which DH_LEAD_SIZE bytes can be read; it has `lines`
 * newlines and the name at `name`, of `size` bytes; `quoted`: `to` is within a string. What is
 * written for it are the three texts together, of which there may be DH_LEAD_SIZE bytes; a text
 * that is longer itself is not kept, and the lead never fits. */
void dh_lead_learn(dh_fast_lead *lead, const char *from, const char *to, uint64_t lines,
                   bool quoted, const char *before, const char *name, size_t size,
                   const char *behind);
/* The same for the end of an object, up to behind its brace. */
void dh_lead_learn_end(dh_fast_lead *lead, const char *from, const char *to, uint64_t lines);

#endif
