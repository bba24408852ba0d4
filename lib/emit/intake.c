/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"
#include "emit/engine.h"

#include <stdlib.h>
#include <string.h>

void dh_emitter_unlock_and_wake(dh_emitter *e, bool wake)
{
  pthread_mutex_unlock(&e->lock);
  if (wake)
    dh_loop_wake(e->transport.loop);
}

dh_entry *dh_emitter_admit(dh_emitter *e, const dh_record *record, void *opaque, uint64_t ticket)
{
  dh_entry *entry = dh_entry_new(&e->arena, record);
  if (!entry)
    return NULL;
  entry->opaque = opaque;
  entry->ticket = ticket;
  entry->epoch = e->epoch;
  entry->record.sequence = ++e->sequence;
  e->in_epoch[e->epoch % DH_EPOCHS]++;
  e->outstanding++;
  e->outstanding_bytes += record->proposal.len;
  e->stats.emitted++;
  return entry;
}

static bool make_room(dh_intake *intake, size_t more)
{
  size_t needed = intake->count + more;
  if (needed <= intake->capacity)
    return true;
  size_t capacity = needed < 512 ? 512 : needed + needed / 2;
  dh_entry **entries = realloc(intake->entries, capacity * sizeof(dh_entry *));
  if (!entries)
    return false;
  intake->entries = entries;
  intake->capacity = capacity;
  return true;
}

/* Room for `count` records of `bytes`: an empty queue takes anything. */
static bool has_room(const dh_emitter *e, size_t count, size_t bytes)
{
  size_t taken = e->outstanding + e->reserved;
  if (!taken)
    return true;
  return taken + count <= e->settings.max_pending &&
         e->arena.held + dh_arena_growth(&e->arena, bytes) <= e->settings.max_pending_bytes;
}

static dh_status refuse(dh_emitter *e, dh_error *error)
{
  if (e->stopped) {
    if (error)
      *error = e->stop_error;
    return e->stopped;
  }
  return dh_error_set(error, DH_UNAVAILABLE, "the emitter is being closed");
}

/* Waits for room, with the lock held. What waits in half-full batches is sent meanwhile. */
static dh_status wait_for_room(dh_emitter *e, size_t count, size_t bytes, uint32_t flags,
                               dh_error *error)
{
  while (!e->stopped && !e->closing && !has_room(e, count, bytes)) {
    if (flags & DH_EMIT_NOWAIT)
      return dh_error_set(error, DH_UNAVAILABLE,
                          "the queue is full (%zu records, %zu bytes of memory); wait, or raise "
                          "max_pending_requests or max_pending_bytes",
                          e->outstanding, e->arena.held);
    e->waiters++;
    dh_loop_wake(e->transport.loop);
    pthread_cond_wait(&e->room, &e->lock);
    e->waiters--;
  }
  return e->stopped || e->closing ? refuse(e, error) : DH_OK;
}

static dh_status check(const dh_record *records, size_t count, dh_error *error)
{
  for (size_t i = 0; i < count; i++)
    if (!records[i].proposal.ptr || !records[i].proposal.len || !records[i].urn.ptr)
      return dh_error_set(error, DH_MALFORMED, "record %zu of %zu has no %s", i + 1, count,
                          records[i].urn.ptr ? "proposal" : "URN");
  return DH_OK;
}

/* Takes back what was put in behind the first `kept`. */
static void take_back(dh_emitter *e, size_t kept)
{
  while (e->intake.count > kept) {
    dh_entry *entry = e->intake.entries[--e->intake.count];
    e->in_epoch[entry->epoch % DH_EPOCHS]--;
    e->outstanding--;
    e->outstanding_bytes -= entry->record.proposal.len;
    e->stats.emitted--;
    dh_arena_release(&e->arena, entry->slab);
  }
}

/* Puts records in, the lock held and room made. All or none. */
static dh_status put(dh_emitter *e, const dh_record *records, size_t count, void *opaque,
                     uint64_t ticket, dh_error *error)
{
  dh_intake *intake = &e->intake;
  size_t before = intake->count, i = 0;
  if (make_room(intake, count)) {
    for (; i < count; i++) {
      dh_entry *entry = dh_emitter_admit(e, &records[i], opaque, ticket ? ticket + i : 0);
      if (!entry)
        break;
      intake->entries[intake->count++] = entry;
    }
  }
  if (i == count)
    return DH_OK;
  take_back(e, before);
  if (ticket)
    dh_spool_done(e->spool, ticket, count); /* it was not accepted */
  return dh_error_set(error, DH_NO_MEMORY, "out of memory for a queue of %zu records",
                      e->outstanding);
}

/* With a spool: on disk first, outside the lock, with room promised. */
static dh_status spool(dh_emitter *e, const dh_record *records, size_t count, uint64_t *ticket,
                       dh_error *error)
{
  *ticket = 0;
  if (!e->spool)
    return DH_OK;
  e->reserved += count;
  pthread_mutex_unlock(&e->lock);
  dh_status status = dh_spool_append(e->spool, records, count, ticket, error);
  pthread_mutex_lock(&e->lock);
  e->reserved -= count;
  return status;
}

static size_t memory_for(const dh_record *records, size_t count)
{
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++)
    bytes += dh_entry_size(&records[i]);
  return bytes;
}

dh_status dh_emitter_emit_records(dh_emitter *e, const dh_record *records, size_t count,
                                  void *opaque, uint32_t flags, dh_error *error)
{
  uint64_t ticket;
  dh_status status = check(records, count, error);
  if (status || !count)
    return status;
  size_t bytes = memory_for(records, count);
  pthread_mutex_lock(&e->lock);
  status = wait_for_room(e, count, bytes, flags, error);
  if (!status)
    status = spool(e, records, count, &ticket, error);
  if (!status)
    status = put(e, records, count, opaque, ticket, error);
  bool wake = e->intake.count >= e->wake_at;
  if (wake)
    e->wake_at = SIZE_MAX;
  dh_emitter_unlock_and_wake(e, wake);
  if (!status && e->settings.mode == DH_MODE_SYNC)
    status = dh_emitter_flush(e, -1, error);
  return status;
}

dh_status dh_emitter_emit(dh_emitter *e, const dh_mcp *mcp, void *opaque, uint32_t flags,
                          dh_error *error)
{
  char *buffer = NULL;
  size_t size = 0, capacity = 0;
  dh_record record = {.struct_size = sizeof(record)};
  dh_wire_options options = {.struct_size = sizeof(options),
                             .now_ms = dh_wall_ms(e->context),
                             .client_id = e->component,
                             .client_version = dh_version()};
  dh_status status = dh_mcp_to_wire(mcp, &options, &buffer, &size, &capacity, &record, error);
  if (!status)
    status = dh_emitter_emit_records(e, &record, 1, opaque, flags, error);
  free(buffer);
  return status;
}

/* --- flush --- */

/* Records up to and including an epoch that are not final. */
static size_t open_until(const dh_emitter *e, uint32_t last)
{
  size_t open = 0;
  for (uint32_t i = 0; i < DH_EPOCHS && i <= last; i++)
    if (last - i + DH_EPOCHS > e->epoch)
      open += e->in_epoch[(last - i) % DH_EPOCHS];
  return open;
}

dh_status dh_emitter_flush(dh_emitter *e, int64_t timeout_ms, dh_error *error)
{
  struct timespec until = dh_wait_until(timeout_ms < 0 ? 0 : timeout_ms);
  dh_status status = DH_OK;
  int late = 0;
  pthread_mutex_lock(&e->lock);
  /* What an earlier run left is to be sent, too; until it is loaded it is in no epoch. */
  while (e->loading && !e->stopped && !late)
    late = timeout_ms < 0 ? pthread_cond_wait(&e->settled, &e->lock)
                          : pthread_cond_timedwait(&e->settled, &e->lock, &until);
  uint32_t mine = e->epoch;
  /* Later records belong to the next epoch, so that a busy producer cannot keep us here;
   * where all epochs are taken they share this one. */
  if (!e->in_epoch[(mine + 1) % DH_EPOCHS])
    e->epoch = mine + 1;
  e->flushers++;
  while (open_until(e, mine) && !late) {
    dh_loop_wake(e->transport.loop);
    late = timeout_ms < 0 ? pthread_cond_wait(&e->settled, &e->lock)
                          : pthread_cond_timedwait(&e->settled, &e->lock, &until);
  }
  e->flushers--;
  size_t left = open_until(e, mine);
  if (!left && e->loading)
    left = (size_t)dh_spool_unloaded(e->spool);
  if (e->stopped)
    status = refuse(e, error);
  else if (left)
    status = dh_error_set(error, DH_TIMEOUT,
                          "%zu records have not been delivered within %lld ms; they are still "
                          "being sent",
                          left, (long long)timeout_ms);
  pthread_mutex_unlock(&e->lock);
  return status;
}
