/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A queued record: its bytes, and what the engine must know of it.
 */
#ifndef DH_EMIT_ENTRY_H
#define DH_EMIT_ENTRY_H

#include "emit/slab.h"

#include <datahub/plugin.h>

#include <stdbool.h>

struct dh_urn_node;

typedef struct dh_entry {
  struct dh_entry *next; /* in its URN's queue */
  struct dh_urn_node *node;
  dh_slab *slab;
  void *opaque;
  uint64_t ticket; /* of the spool; 0 without one */
  uint32_t epoch;  /* which flush waits for it */
  dh_record record;
} dh_entry;

static inline size_t dh_entry_align(size_t size)
{
  return (size + 7) & ~(size_t)7;
}
/* Bytes that a copy of `record` takes, a multiple of 8. */
size_t dh_entry_size(const dh_record *record);
/* The same for one whose parts are all in its proposal, as most are: at least so many. */
static inline size_t dh_entry_least(const dh_record *record)
{
  return dh_entry_align(sizeof(dh_entry) + record->proposal.len);
}
/* Whether a part lies in the `size` bytes at `bytes`; one that a record does not have is nowhere
 * else. */
static inline bool dh_part_is_within(dh_slice part, const char *bytes, size_t size)
{
  /* What lies before `bytes` is beyond all sizes, too. */
  return !part.ptr ||
         (part.len <= size && (uintptr_t)part.ptr - (uintptr_t)bytes <= size - part.len);
}
/* Whether all parts of a record do. */
bool dh_entry_is_within(const dh_record *record, const char *bytes, size_t size);
/* An entry for a record whose bytes stay where they are. */
void dh_entry_refer(dh_entry *entry, dh_slab *slab, const dh_record *record);
/* Copies a record to `memory` of the size that dh_entry_size() said, which is of `slab`. */
dh_entry *dh_entry_place(void *memory, size_t size, dh_slab *slab, const dh_record *record);

#endif
