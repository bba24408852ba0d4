/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/batch.h"
#include "emit/aspect.h"

#include <stdlib.h>
#include <string.h>

dh_batch *dh_batch_new(size_t max)
{
  dh_batch *batch = calloc(1, sizeof(*batch));
  if (!batch)
    return NULL;
  batch->max = max;
  batch->entries = calloc(max, sizeof(batch->entries[0]));
  batch->ranges = calloc(max + 1, sizeof(batch->ranges[0]));
  batch->fates = calloc(max, sizeof(batch->fates[0]));
  batch->errors = calloc(max, sizeof(batch->errors[0]));
  batch->aspects = calloc(max, sizeof(batch->aspects[0]));
  if (!batch->entries || !batch->ranges || !batch->fates || !batch->errors || !batch->aspects) {
    dh_batch_free(batch);
    return NULL;
  }
  dh_batch_reset(batch);
  return batch;
}

void dh_batch_free(dh_batch *batch)
{
  if (!batch)
    return;
  if (batch->errors && batch->aspects)
    dh_batch_forget(batch);
  free(batch->entries);
  free(batch->ranges);
  free(batch->fates);
  free(batch->errors);
  free(batch->aspects);
  free(batch);
}

void dh_batch_reset(dh_batch *batch)
{
  batch->next = NULL;
  batch->count = batch->depth = 0;
  batch->cost = 0;
  batch->tries = 0;
  batch->due_ms = 0;
  batch->spent = false;
  atomic_store_explicit(&batch->has_common, false, memory_order_relaxed);
}

void dh_batch_push(dh_batch *batch, size_t from, size_t count)
{
  batch->ranges[batch->depth++] = (dh_range){from, count};
}

bool dh_batch_pop(dh_batch *batch)
{
  if (!batch->depth)
    return false;
  batch->window = batch->ranges[--batch->depth];
  for (size_t i = 0; i < batch->window.count; i++)
    atomic_store_explicit(&batch->fates[i], DH_FATE_UNKNOWN, memory_order_relaxed);
  atomic_store_explicit(&batch->has_common, false, memory_order_relaxed);
  atomic_store_explicit(&batch->telling, DH_UNTOLD, memory_order_relaxed);
  atomic_store_explicit(&batch->left, batch->window.count, memory_order_release);
  return true;
}

void dh_batch_forget(dh_batch *batch)
{
  if (!atomic_exchange_explicit(&batch->noted, false, memory_order_acquire))
    return;
  for (size_t i = 0; i < batch->window.count; i++) {
    free(batch->errors[i]);
    free(batch->aspects[i]);
    batch->errors[i] = NULL;
    batch->aspects[i] = NULL;
  }
}

/* Sets a fate that was not told before; false where it was. */
static bool tell(dh_batch *batch, size_t index, dh_fate fate, const dh_error *error)
{
  unsigned char unknown = DH_FATE_UNKNOWN;
  dh_error *copy = error ? malloc(sizeof(*copy)) : NULL;
  if (copy)
    *copy = *error;
  if (!atomic_compare_exchange_strong(&batch->fates[index], &unknown, (unsigned char)fate)) {
    free(copy);
    return false;
  }
  batch->errors[index] = copy;
  if (copy)
    atomic_store_explicit(&batch->noted, true, memory_order_release);
  return true;
}

/* Whether fates may be told one by one: not where all have been told. */
static bool tells_one_by_one(dh_batch *batch)
{
  unsigned char before = atomic_load(&batch->telling);
  return before == DH_ONE_BY_ONE ||
         (before == DH_UNTOLD &&
          (atomic_compare_exchange_strong(&batch->telling, &before, DH_ONE_BY_ONE) ||
           before == DH_ONE_BY_ONE));
}

/* The fate of all where none has been told: what is to be told is this thread's alone. */
static bool tell_all(dh_batch *batch, dh_fate fate, const dh_error *error)
{
  unsigned char before = DH_UNTOLD;
  if (!atomic_compare_exchange_strong(&batch->telling, &before, DH_ALL_AT_ONCE))
    return false;
  if (error)
    batch->common = *error;
  atomic_store_explicit(&batch->has_common, error != NULL, memory_order_release);
  for (size_t i = 0; i < batch->window.count; i++)
    atomic_store_explicit(&batch->fates[i], (unsigned char)fate, memory_order_release);
  atomic_store(&batch->left, 0);
  return true;
}

bool dh_batch_report(dh_batch *batch, size_t index, dh_fate fate, const dh_error *error)
{
  return index < batch->window.count && tells_one_by_one(batch) &&
         tell(batch, index, fate, error) && atomic_fetch_sub(&batch->left, 1) == 1;
}

bool dh_batch_report_all(dh_batch *batch, dh_fate fate, const dh_error *error)
{
  size_t told = 0;
  if (tell_all(batch, fate, error))
    return true;
  if (!tells_one_by_one(batch))
    return false;
  for (size_t i = 0; i < batch->window.count; i++)
    if (atomic_load_explicit(&batch->fates[i], memory_order_relaxed) == DH_FATE_UNKNOWN)
      told += tell(batch, i, fate, error);
  return told && atomic_fetch_sub(&batch->left, told) == told;
}

const dh_error *dh_batch_error(const dh_batch *batch, size_t index)
{
  if (batch->errors[index])
    return batch->errors[index];
  return atomic_load(&batch->has_common) ? &batch->common : NULL;
}

dh_slice dh_batch_aspect_of(dh_batch *batch, size_t index)
{
  if (index >= batch->window.count)
    return (dh_slice){NULL, 0};
  if (batch->aspects[index])
    return (dh_slice){batch->aspects[index], strlen(batch->aspects[index])};
  const dh_entry *entry = batch->entries[batch->window.from + index];
  atomic_store_explicit(&batch->noted, true, memory_order_release);
  return dh_aspect_of(entry->record.proposal, &batch->aspects[index]);
}
