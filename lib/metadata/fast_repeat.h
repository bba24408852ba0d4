/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a record that are, byte for byte, those of the record before. The aspects of one
 * entity follow one another, and all records of a run have one systemMetadata but for its time:
 * a record's head, up to what is its aspect's name, and its tail, behind that time, mostly
 * recur. What was made of such a part is kept with it, and is copied where it recurs.
 */
#ifndef DH_METADATA_FAST_REPEAT_H
#define DH_METADATA_FAST_REPEAT_H

#include "metadata/fast.h"
#include "metadata/fast_scan.h"
#include "metadata/fast_step.h"

/* Whether the part stands at `p`, all of it. */
DH_INLINE bool dh_repeat_fits(const dh_fast_repeat *repeat, const char *p, const char *end)
{
  return repeat->size && (size_t)(end - p) >= repeat->size &&
         !memcmp(p, repeat->text, repeat->size);
}

/* Passes it and writes what is made of it: the position behind it, NULL where there is no memory
 * for that; there is room for a step then. */
DH_INLINE const char *dh_repeat_put(dh_fast *fast, const dh_fast_repeat *repeat, const char *p,
                                    char **out)
{
  char *o = *out;
  if (!dh_fast_room(fast, &o))
    return NULL;
  if ((size_t)(fast->limit - o) < repeat->made_size && !(o = dh_fast_grow(fast, o)))
    return NULL;
  memcpy(o, repeat->made, repeat->made_size);
  *out = o + repeat->made_size;
  fast->lines += repeat->lines;
  return p + repeat->size;
}

/* Keeps the text from `from` to `to`, which has `lines` newlines, and what was made of it; one of
 * more than DH_REPEAT_SIZE bytes is not kept. */
void dh_repeat_learn(dh_fast_repeat *repeat, const char *from, const char *to, uint64_t lines,
                     const char *made, size_t made_size);

#endif
