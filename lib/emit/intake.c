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

/* --- copies --- */

/* Copies under way, linked by `next`; no one else sees them yet. */
typedef struct chain {
  dh_entry *first, **end;
} chain;

/* How many records are looked at together. */
#define COPY_MAX 256

/* Copies a few records. Memory is asked for with the lock held, slab by slab; the copying
 * itself, which is most of an emit's time, keeps nobody waiting. */
static bool copy_some(dh_emitter *e, const dh_record *records, size_t count, chain *copies)
{
  size_t sizes[COPY_MAX];
  for (size_t i = 0; i < count; i++)
    sizes[i] = dh_entry_size(&records[i]);
  for (size_t i = 0, end; i < count;) {
    dh_slab *slab;
    size_t taken;
    pthread_mutex_lock(&e->lock);
    char *memory = dh_arena_take(&e->arena, sizes + i, count - i, &taken, &slab);
    pthread_mutex_unlock(&e->lock);
    if (!memory)
      return false;
    for (end = i + taken; i < end; memory += sizes[i++]) {
      dh_entry *entry = dh_entry_place(memory, sizes[i], slab, &records[i]);
      *copies->end = entry;
      copies->end = &entry->next;
    }
  }
  return true;
}

static bool copy(dh_emitter *e, const dh_record *records, size_t count, chain *copies)
{
  for (size_t i = 0, n; i < count; i += n) {
    n = count - i < COPY_MAX ? count - i : COPY_MAX;
    if (!copy_some(e, records + i, n, copies))
      return false;
  }
  return true;
}

/* Gives copies back that nobody has seen; the lock is held. */
static void drop_copies(dh_emitter *e, const chain *copies)
{
  for (dh_entry *entry = copies->first, *next; entry; entry = next) {
    next = entry->next;
    dh_arena_release(&e->arena, entry->slab, 1);
  }
}

/* Counts a copy in; the lock is held. */
static void admit(dh_emitter *e, dh_entry *entry, void *opaque, uint64_t ticket)
{
  entry->next = NULL;
  entry->opaque = opaque;
  entry->ticket = ticket;
  entry->epoch = e->epoch;
  entry->record.sequence = ++e->sequence;
  e->in_epoch[e->epoch % DH_EPOCHS]++;
  e->outstanding++;
  e->outstanding_bytes += entry->record.proposal.len;
  e->stats.emitted++;
}

dh_entry *dh_emitter_admit(dh_emitter *e, const dh_record *record, uint64_t ticket)
{
  chain copies = {.end = &copies.first};
  if (!copy(e, record, 1, &copies))
    return NULL;
  pthread_mutex_lock(&e->lock);
  admit(e, copies.first, NULL, ticket);
  pthread_mutex_unlock(&e->lock);
  return copies.first;
}

/* --- the queue --- */

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

/* What a call wants to put in, and how. */
typedef struct offer {
  const dh_record *records;
  size_t count;
  char **buffer; /* which has their bytes, and is taken over; NULL: they are copied */
  size_t *capacity;
  dh_slab *over; /* it, once there is room */
  chain entries;
} offer;

static size_t entries_size(const offer *o)
{
  return o->count * sizeof(dh_entry);
}

/* What copies take at least; where it is more, the queue is larger by that for once. */
static size_t memory_for(const dh_record *records, size_t count)
{
  size_t bytes = 0;
  for (size_t i = 0; i < count; i++)
    bytes += dh_entry_least(&records[i]);
  return bytes;
}

/* Room for `count` records of `bytes` more: an empty queue takes anything. */
static bool has_room(const dh_emitter *e, const offer *o, size_t bytes)
{
  size_t taken = e->outstanding + e->reserved;
  if (!taken)
    return true;
  size_t growth = o->buffer ? bytes : dh_arena_growth(&e->arena, bytes);
  return taken + o->count <= e->settings.max_pending &&
         e->arena.held + growth <= e->settings.max_pending_bytes;
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
static dh_status wait_for_room(dh_emitter *e, const offer *o, uint32_t flags, dh_error *error)
{
  size_t bytes = o->buffer ? dh_arena_growth_over(entries_size(o), *o->capacity)
                           : memory_for(o->records, o->count);
  while (!e->stopped && !e->closing && !has_room(e, o, bytes)) {
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

static dh_status check(const offer *o, dh_error *error)
{
  for (size_t i = 0; i < o->count; i++) {
    const dh_record *r = &o->records[i];
    if (!r->proposal.ptr || !r->proposal.len || !r->urn.ptr)
      return dh_error_set(error, DH_MALFORMED, "record %zu of %zu has no %s", i + 1, o->count,
                          r->urn.ptr ? "proposal" : "URN");
    if (o->buffer && !dh_entry_is_within(r, *o->buffer, *o->capacity))
      return dh_error_set(error, DH_MALFORMED, "record %zu of %zu is not in the buffer", i + 1,
                          o->count);
  }
  return DH_OK;
}

/* Puts copies in, the lock held. All or none. */
static bool put(dh_emitter *e, const chain *copies, size_t count, void *opaque, uint64_t ticket)
{
  dh_intake *intake = &e->intake;
  if (!make_room(intake, count))
    return false;
  for (dh_entry *entry = copies->first, *next; entry; entry = next) {
    next = entry->next;
    admit(e, entry, opaque, ticket);
    ticket += ticket != 0;
    intake->entries[intake->count++] = entry;
  }
  return true;
}

/* Entries for records that stay where they are. */
static void refer(const dh_record *records, size_t count, dh_slab *over, chain *entries)
{
  dh_entry *entry = dh_slab_bytes(over);
  for (size_t i = 0; i < count; i++, entry++) {
    dh_entry_refer(entry, over, &records[i]);
    *entries->end = entry;
    entries->end = &entry->next;
  }
}

/* With a spool on disk first, then into memory; room is promised, the lock is not held. */
static dh_status store(dh_emitter *e, offer *o, uint64_t *ticket, dh_error *error)
{
  *ticket = 0;
  if (e->spool) {
    dh_status status = dh_spool_append(e->spool, o->records, o->count, ticket, error);
    if (status)
      return status;
  }
  if (o->over)
    refer(o->records, o->count, o->over, &o->entries);
  else if (!copy(e, o->records, o->count, &o->entries))
    return dh_error_set(error, DH_NO_MEMORY, "out of memory for %zu records more in the queue",
                        o->count);
  return DH_OK;
}

/* Waits for room and holds it. */
static dh_status hold_room(dh_emitter *e, offer *o, uint32_t flags, dh_error *error)
{
  pthread_mutex_lock(&e->lock);
  dh_status status = wait_for_room(e, o, flags, error);
  if (!status && o->buffer) {
    o->over = dh_arena_take_over(&e->arena, entries_size(o), o->count, *o->capacity);
    if (!o->over)
      status = dh_error_set(error, DH_NO_MEMORY, "out of memory for %zu records more in the queue",
                            o->count);
  }
  if (!status)
    e->reserved += o->count;
  pthread_mutex_unlock(&e->lock);
  return status;
}

/* Gives back what was held for records that are not put in, to whoever waits for it: where the
 * queue is empty nothing else would ever wake them. The lock is held. */
static void give_up(dh_emitter *e, const offer *o)
{
  if (o->over)
    dh_arena_release(&e->arena, o->over, o->count);
  else
    drop_copies(e, &o->entries);
  if (e->waiters)
    pthread_cond_broadcast(&e->room);
}

static dh_status enter(dh_emitter *e, offer *o, void *opaque, uint32_t flags, dh_error *error)
{
  uint64_t ticket = 0;
  o->entries.end = &o->entries.first;
  dh_status status = check(o, error);
  if (status || !o->count)
    return status;
  status = hold_room(e, o, flags, error);
  if (status)
    return status;
  status = store(e, o, &ticket, error);
  pthread_mutex_lock(&e->lock);
  e->reserved -= o->count;
  if (!status && !put(e, &o->entries, o->count, opaque, ticket))
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory for a queue of %zu records",
                          e->outstanding + o->count);
  if (status)
    give_up(e, o);
  else if (o->over)
    dh_slab_adopt(o->over, o->buffer, o->capacity);
  bool wake = e->intake.count >= e->wake_at;
  if (wake)
    e->wake_at = SIZE_MAX;
  dh_emitter_unlock_and_wake(e, wake);
  if (status && ticket)
    dh_spool_done(e->spool, ticket, o->count); /* it was not accepted */
  /* Accepted is accepted: what became of it the fates say, and of the emitter its state. */
  if (!status && e->settings.mode == DH_MODE_SYNC)
    dh_emitter_flush(e, -1, NULL);
  return status;
}

dh_status dh_emitter_emit_records(dh_emitter *e, const dh_record *records, size_t count,
                                  void *opaque, uint32_t flags, dh_error *error)
{
  offer o = {.records = records, .count = count};
  return enter(e, &o, opaque, flags, error);
}

dh_status dh_emitter_emit_buffer(dh_emitter *e, char **buffer, size_t *capacity,
                                 const dh_record *records, size_t count, void *opaque,
                                 uint32_t flags, dh_error *error)
{
  offer o = {.records = records, .count = count, .buffer = buffer, .capacity = capacity};
  return enter(e, &o, opaque, flags, error);
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
