/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/entry.h"

#include <string.h>

bool dh_entry_is_within(const dh_record *r, const char *bytes, size_t size)
{
  return dh_part_is_within(r->proposal, bytes, size) && dh_part_is_within(r->urn, bytes, size) &&
         dh_part_is_within(r->entity_type, bytes, size) &&
         dh_part_is_within(r->aspect_name, bytes, size) &&
         dh_part_is_within(r->content_type, bytes, size) &&
         dh_part_is_within(r->system_metadata, bytes, size) &&
         dh_part_is_within(r->headers, bytes, size);
}

/* Bytes that a slice needs beside the proposal: none where it points into it. */
static size_t beside(dh_slice part, dh_slice proposal)
{
  return dh_part_is_within(part, proposal.ptr, proposal.len) ? 0 : part.len;
}

size_t dh_entry_size(const dh_record *r)
{
  size_t least = dh_entry_least(r);
  if (dh_entry_is_within(r, r->proposal.ptr, r->proposal.len))
    return least;
  /* More than the least, however few bytes there are: this tells them apart. */
  return dh_entry_align(least + 8 + beside(r->entity_type, r->proposal) +
                        beside(r->urn, r->proposal) + beside(r->aspect_name, r->proposal) +
                        beside(r->content_type, r->proposal) +
                        beside(r->system_metadata, r->proposal) + beside(r->headers, r->proposal));
}

void dh_entry_refer(dh_entry *entry, dh_slab *slab, const dh_record *record)
{
  entry->next = NULL;
  entry->node = NULL;
  entry->slab = slab;
  entry->record = *record;
  entry->record.struct_size = sizeof(entry->record);
}

static dh_slice moved(dh_slice part, const char *from, const char *to)
{
  return (dh_slice){part.ptr ? to + (part.ptr - from) : NULL, part.len};
}

static void place_compact(const dh_record *r, const char *bytes, dh_record *out)
{
  const char *from = r->proposal.ptr;
  out->entity_type = moved(r->entity_type, from, bytes);
  out->urn = moved(r->urn, from, bytes);
  out->aspect_name = moved(r->aspect_name, from, bytes);
  out->content_type = moved(r->content_type, from, bytes);
  out->system_metadata = moved(r->system_metadata, from, bytes);
  out->headers = moved(r->headers, from, bytes);
}

struct copy {
  dh_slice from;    /* the proposal as given */
  const char *into; /* the proposal as copied */
  char *free;       /* room behind it */
};

static dh_slice place(struct copy *copy, dh_slice part)
{
  if (!part.ptr)
    return part;
  if (dh_part_is_within(part, copy->from.ptr, copy->from.len))
    return (dh_slice){copy->into + (part.ptr - copy->from.ptr), part.len};
  dh_slice placed = {copy->free, part.len};
  memcpy(copy->free, part.ptr, part.len);
  copy->free += part.len;
  return placed;
}

static void place_all(const dh_record *r, char *bytes, dh_record *out)
{
  struct copy copy = {r->proposal, bytes, bytes + r->proposal.len};
  out->entity_type = place(&copy, r->entity_type);
  out->urn = place(&copy, r->urn);
  out->aspect_name = place(&copy, r->aspect_name);
  out->content_type = place(&copy, r->content_type);
  out->system_metadata = place(&copy, r->system_metadata);
  out->headers = place(&copy, r->headers);
}

dh_entry *dh_entry_place(void *memory, size_t size, dh_slab *slab, const dh_record *r)
{
  dh_entry *entry = memory;
  entry->next = NULL;
  entry->node = NULL;
  entry->slab = slab;
  char *bytes = (char *)(entry + 1);
  memcpy(bytes, r->proposal.ptr, r->proposal.len);
  dh_record *out = &entry->record;
  out->struct_size = sizeof(*out);
  out->change_type = r->change_type;
  out->flags = r->flags;
  out->proposal = (dh_slice){bytes, r->proposal.len};
  if (size == dh_entry_least(r))
    place_compact(r, bytes, out);
  else
    place_all(r, bytes, out);
  return entry;
}
