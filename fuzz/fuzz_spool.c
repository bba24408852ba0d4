/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a row of the spool: the first byte says of how many records. What is read
 * lies within the row, and packed again it is read back the same.
 */
#include "emit/spool_pack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int ok)
{
  if (!ok)
    abort();
}

static void same(dh_slice a, dh_slice b)
{
  expect(!a.ptr == !b.ptr && a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len)));
}

static void round_trip(const dh_spool_batch *batch)
{
  static const unsigned char none[32];
  dh_buf row;
  dh_buf_init(&row);
  for (size_t i = 0; i < batch->count; i++)
    dh_spool_pack(&row, &batch->records[i]);
  dh_spool_batch *again = dh_spool_unpack(row.data, row.size, batch->count, 1, none, NULL);
  expect(again && again->count == batch->count);
  for (size_t i = 0; i < batch->count; i++) {
    const dh_record *a = &batch->records[i], *b = &again->records[i];
    expect(a->change_type == b->change_type && a->flags == b->flags);
    same(a->urn, b->urn);
    same(a->proposal, b->proposal);
    same(a->headers, b->headers);
    same(a->system_metadata, b->system_metadata);
  }
  dh_spool_batch_free(again);
  dh_buf_free(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const unsigned char none[32];
  dh_error error;
  if (!size)
    return 0;
  dh_spool_batch *batch = dh_spool_unpack(data + 1, size - 1, data[0], 1, none, &error);
  if (batch && batch->count)
    round_trip(batch);
  dh_spool_batch_free(batch);
  return 0;
}
