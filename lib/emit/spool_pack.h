/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as the bytes of one row of the spool, and back. Numbers are in the machine's
 * own order: a spool is not carried between machines, and a mark tells where it was.
 */
#ifndef DH_SPOOL_PACK_H
#define DH_SPOOL_PACK_H

#include "base/buf.h"
#include "emit/spool.h"

/* Bytes that a record takes in a row at most, where its parts are within its proposal; what is
 * beside it comes on top. */
size_t dh_spool_packed_size(const dh_record *record);
/* Appends one record; the first of a row goes into an empty buffer. */
void dh_spool_pack(dh_buf *row, const dh_record *record);

/* A sum over a row's bytes that a flipped bit, a lost or a moved block changes. */
int64_t dh_spool_sum(const void *bytes, size_t size);

/*
 * The records of a row of `count`, those left out whose bit in `done` is set. NULL and
 * `error`: DH_MALFORMED (what was wrong, without naming the spool), DH_NO_MEMORY.
 */
dh_spool_batch *dh_spool_unpack(const void *bytes, size_t size, size_t count, uint64_t first,
                                const unsigned char *done, dh_error *error);

static inline bool dh_spool_bit(const unsigned char *bits, size_t i)
{
  return bits[i / 8] >> (i % 8) & 1;
}

#endif
