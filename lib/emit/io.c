/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The I/O thread: takes what callers put in, decides what is sent when, drives the
 * sink and the network.
 */
#include "emit/engine.h"

#include <stdlib.h>
#include <string.h>

#define SINK_POLL_MS 1000
#define SINK_BUSY_POLL_MS 50

/* --- stopping --- */

bool dh_emitter_has_stopped(dh_emitter *e)
{
  pthread_mutex_lock(&e->lock);
  bool stopped = e->stopped != DH_OK;
  pthread_mutex_unlock(&e->lock);
  return stopped;
}

void dh_emitter_stop(dh_emitter *e, const dh_error *why)
{
  pthread_mutex_lock(&e->lock);
  if (!e->stopped) {
    e->stopped = why->status ? why->status : DH_UNAVAILABLE;
    e->stop_error = *why;
    /* Every caller is told as an error: a louder line would say it twice. */
    dh_log(e->context, DH_LOG_INFO, "the emitter stops: %s", why->message);
  }
  pthread_cond_broadcast(&e->room);
  pthread_mutex_unlock(&e->lock);
}

static dh_error undelivered_error(dh_emitter *e)
{
  dh_error error;
  pthread_mutex_lock(&e->lock);
  if (e->stopped)
    error = e->stop_error;
  else
    dh_error_set(&error, DH_UNAVAILABLE, "the emitter was closed before it was sent");
  pthread_mutex_unlock(&e->lock);
  return error;
}

/* --- taking in --- */

/* A record that must not reach the server, where it would take its batch with it. */
static bool refuse_unsent(dh_emitter *e, dh_entry *entry)
{
  dh_error error;
  dh_fate fate = DH_REJECTED;
  if (e->role->flags & DH_SINK_LOCAL)
    return false;
  dh_urn_node *node = entry->node;
  if (!node->checked) {
    node->checked = true;
    node->bad = dh_urn_check(entry->record.urn.ptr, entry->record.urn.len, &error) != DH_OK;
  }
  if (node->bad) {
    dh_urn_check(entry->record.urn.ptr, entry->record.urn.len, &error);
    dh_error_prefix(&error, "not sent: ");
  } else if (entry->record.proposal.len > e->settings.max_batch_bytes) {
    fate = DH_TOO_LARGE;
    dh_error_set(&error, DH_MALFORMED,
                 "not sent: the record has %zu bytes and the server takes at most %zu; make the "
                 "aspect smaller, or raise max_batch_bytes with the server's own limit",
                 entry->record.proposal.len, e->settings.max_batch_bytes);
  } else {
    return false;
  }
  node->flying++; /* so that landing it drops the node */
  dh_order_land(&e->order, entry);
  dh_emitter_finish(e, entry, fate, &error);
  return true;
}

static void accept(dh_emitter *e, dh_entry *entry)
{
  dh_error error;
  if (!dh_order_find(&e->order, entry)) {
    dh_error_set(&error, DH_NO_MEMORY, "out of memory for the queue");
    dh_emitter_stop(e, &error);
    dh_emitter_finish(e, entry, DH_RETRY, &error);
  } else if (!refuse_unsent(e, entry)) {
    dh_order_add(&e->order, entry);
  }
}

/* How far ahead of its use a record is fetched, and its URN, whose place it tells. */
#define FETCH_ENTRY 12
#define FETCH_URN 4

static void fetch_ahead(const dh_intake *taken, size_t i)
{
  if (i + FETCH_ENTRY < taken->count) {
    const char *entry = (const char *)taken->entries[i + FETCH_ENTRY];
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
    __builtin_prefetch(entry + 128);
  }
  if (i + FETCH_URN < taken->count)
    __builtin_prefetch(taken->entries[i + FETCH_URN]->record.urn.ptr);
}

static void accept_all(dh_emitter *e)
{
  for (size_t i = 0; i < e->taken.count; i++) {
    fetch_ahead(&e->taken, i);
    accept(e, e->taken.entries[i]);
  }
  e->taken.count = 0;
}

/* dh_emitter_flush() waits for this. */
static void end_loading(dh_emitter *e)
{
  pthread_mutex_lock(&e->lock);
  e->loading = false;
  pthread_cond_broadcast(&e->settled);
  pthread_mutex_unlock(&e->lock);
}

/* What an earlier run left in the spool comes first, as there is room for it. */
static void load_spool(dh_emitter *e)
{
  dh_error error;
  dh_spool_batch *batch = NULL;
  while (e->loading) {
    pthread_mutex_lock(&e->lock);
    bool room =
        e->outstanding < e->settings.max_pending && e->arena.held < e->settings.max_pending_bytes;
    pthread_mutex_unlock(&e->lock);
    if (!room)
      return;
    dh_status status = dh_spool_load(e->spool, &batch, &error);
    if (status) {
      dh_emitter_stop(e, &error);
      end_loading(e);
      return;
    }
    if (!batch)
      end_loading(e);
    for (size_t i = 0; batch && i < batch->count; i++) {
      dh_entry *entry = dh_emitter_admit(e, &batch->records[i], batch->tickets[i]);
      if (entry) {
        accept(e, entry);
      } else {
        dh_error_set(&error, DH_NO_MEMORY, "out of memory for what the spool holds");
        dh_emitter_stop(e, &error);
      }
    }
    dh_spool_batch_free(batch);
  }
}

static void take_in(dh_emitter *e)
{
  if (e->loading) {
    load_spool(e);
    if (e->loading)
      return;
  }
  pthread_mutex_lock(&e->lock);
  dh_intake empty = e->taken;
  e->taken = e->intake;
  e->intake = empty;
  pthread_mutex_unlock(&e->lock);
  accept_all(e);
}

/* --- sending --- */

static dh_batch *batch_get(dh_emitter *e)
{
  dh_batch *batch = e->spare;
  if (!batch)
    return dh_batch_new(e->settings.max_per_batch);
  e->spare = batch->next;
  dh_batch_reset(batch);
  return batch;
}

static void batch_put(dh_emitter *e, dh_batch *batch)
{
  batch->next = e->spare;
  e->spare = batch;
}

/* A sink that cannot take a batch now; some will never again. */
static void submit_failed(dh_emitter *e, dh_batch *batch, const dh_error *error)
{
  bool passing = error->status == DH_UNAVAILABLE || error->status == DH_TIMEOUT ||
                 error->status == DH_NO_MEMORY;
  if (!passing || (e->role->flags & DH_SINK_LOCAL))
    dh_emitter_stop(e, error);
  if (dh_batch_report_all(batch, DH_RETRY, error)) {
    pthread_mutex_lock(&e->lock);
    batch->next = e->answered;
    e->answered = batch;
    pthread_mutex_unlock(&e->lock);
  }
}

static void submit(dh_emitter *e, dh_batch *batch)
{
  dh_error error;
  dh_error_clear(&error);
  dh_batch_pop(batch);
  batch->sent_goods = e->goods;
  batch->number = dh_limit_sent(&e->limit);
  e->with_sink++;
  if (e->role->submit(e->sink, batch, &error))
    submit_failed(e, batch, &error);
}

static size_t allowed(const dh_emitter *e)
{
  return e->role->flags & DH_SINK_SERIAL ? 1 : dh_limit_now(&e->limit);
}

static void submit_due(dh_emitter *e, int64_t now)
{
  dh_batch **at = &e->waiting;
  while (*at && e->with_sink < allowed(e)) {
    dh_batch *batch = *at;
    if (batch->due_ms > now) {
      at = &batch->next;
      continue;
    }
    *at = batch->next;
    e->waiting_count--;
    submit(e, batch);
  }
}

/* Whether somebody waits for what a half-full batch holds; the lock is held. */
static bool is_pressed(const dh_emitter *e)
{
  return e->flushers || e->closing || e->waiters;
}

/* Not before all that came in is in the batch: a flush follows on its records. */
static bool in_a_hurry(dh_emitter *e)
{
  pthread_mutex_lock(&e->lock);
  bool hurry = is_pressed(e) && !e->intake.count;
  pthread_mutex_unlock(&e->lock);
  return hurry;
}

static void submit_new(dh_emitter *e, int64_t now)
{
  while (e->order.ready && e->with_sink < allowed(e)) {
    bool full = e->order.ready >= e->settings.max_per_batch ||
                e->order.ready_bytes >= e->settings.max_batch_bytes;
    if (e->ripe_ms < 0)
      e->ripe_ms = now + e->settings.linger_ms;
    if (!full && now < e->ripe_ms && !in_a_hurry(e))
      return;
    dh_batch *batch = batch_get(e);
    if (!batch)
      return; /* what is under way will give one back */
    batch->count = dh_order_take(&e->order, batch->entries, e->settings.max_per_batch,
                                 e->settings.max_batch_bytes);
    dh_batch_push(batch, 0, batch->count);
    e->ripe_ms = -1;
    submit(e, batch);
  }
  if (e->order.ready && e->ripe_ms < 0)
    e->ripe_ms = now + e->settings.linger_ms;
}

static void send_what_can_be(dh_emitter *e)
{
  int64_t now = dh_mono_ms(e->context);
  submit_due(e, now);
  submit_new(e, now);
}

/* --- answers --- */

static void settle_all(dh_emitter *e)
{
  for (;;) {
    pthread_mutex_lock(&e->lock);
    dh_batch *batch = e->answered;
    e->answered = NULL;
    pthread_mutex_unlock(&e->lock);
    if (!batch)
      return;
    while (batch) {
      dh_batch *next = batch->next;
      e->with_sink--;
      if (dh_emitter_settle(e, batch)) {
        batch->next = e->waiting;
        e->waiting = batch;
        e->waiting_count++;
      } else {
        batch_put(e, batch);
      }
      batch = next;
    }
    if (e->spool)
      dh_emitter_spool_flush(e);
  }
}

/* --- the end of a run that has stopped --- */

static void give_up_batch(dh_emitter *e, dh_batch *batch, const dh_error *error)
{
  while (dh_batch_pop(batch))
    for (size_t i = 0; i < batch->window.count; i++) {
      dh_entry *entry = batch->entries[batch->window.from + i];
      dh_order_land(&e->order, entry);
      dh_emitter_finish(e, entry, DH_RETRY, error);
    }
  batch_put(e, batch);
}

/* All that is not with the sink is reported undelivered. */
static void give_up_all(dh_emitter *e)
{
  dh_error error = undelivered_error(e);
  while (e->waiting) {
    dh_batch *batch = e->waiting;
    e->waiting = batch->next;
    e->waiting_count--;
    give_up_batch(e, batch, &error);
  }
  end_loading(e);
  take_in(e);
  for (dh_entry *entry; (entry = dh_order_drain(&e->order));)
    dh_emitter_finish(e, entry, DH_RETRY, &error);
  pthread_mutex_lock(&e->lock);
  pthread_cond_broadcast(&e->settled);
  pthread_mutex_unlock(&e->lock);
}

/* --- time --- */

static int64_t sooner(int64_t timeout, int64_t at, int64_t now)
{
  int64_t in = at > now ? at - now : 0;
  return in < timeout ? in : timeout;
}

static int64_t time_to_wait(dh_emitter *e)
{
  int64_t now = dh_mono_ms(e->context);
  bool free = e->with_sink < allowed(e);
  int64_t timeout = SINK_POLL_MS;
  /* The sink holds batches without a request under way: it waits for a time of its own. */
  if (e->with_sink && !dh_loop_running(e->transport.loop))
    timeout = SINK_BUSY_POLL_MS;
  if (free && e->order.ready && e->ripe_ms >= 0)
    timeout = sooner(timeout, e->ripe_ms, now);
  for (dh_batch *batch = free ? e->waiting : NULL; batch; batch = batch->next)
    timeout = sooner(timeout, batch->due_ms, now);
  if (e->stats_fn)
    timeout = sooner(timeout, e->next_stats_ms, now);
  return timeout;
}

/* How many new records are worth waking up for. */
static size_t worth_waking(const dh_emitter *e)
{
  if (e->loading || e->with_sink >= allowed(e))
    return SIZE_MAX;
  if (!e->order.ready)
    return 1; /* its linger begins */
  return e->order.ready < e->settings.max_per_batch ? e->settings.max_per_batch - e->order.ready
                                                    : 1;
}

static void upkeep(dh_emitter *e)
{
  int64_t now = dh_mono_ms(e->context);
  bool busy = e->with_sink && !dh_loop_running(e->transport.loop);
  if (e->role->poll && (busy || now >= e->next_poll_ms)) {
    e->role->poll(e->sink);
    e->next_poll_ms = now + SINK_POLL_MS;
  }
  if (e->stats_fn && now >= e->next_stats_ms) {
    dh_emitter_stats stats = {.struct_size = sizeof(stats)};
    dh_emitter_get_stats(e, &stats);
    e->stats_fn(e->arg, &stats);
    e->next_stats_ms = now + e->stats_interval_ms;
  }
}

/* Waits, unless a record came in since the queue was looked at. */
static void wait_for_work(dh_emitter *e)
{
  int64_t timeout = time_to_wait(e);
  pthread_mutex_lock(&e->lock);
  size_t worth = worth_waking(e);
  if (e->intake.count >= worth || (e->intake.count && worth != SIZE_MAX && is_pressed(e)) ||
      e->answered || e->quit)
    timeout = 0;
  else
    e->wake_at = worth;
  dh_emitter_note_counts(e);
  pthread_mutex_unlock(&e->lock);
  dh_transport_run(&e->transport, timeout);
}

static bool should_quit(dh_emitter *e)
{
  pthread_mutex_lock(&e->lock);
  bool quit = e->quit;
  pthread_mutex_unlock(&e->lock);
  return quit;
}

void dh_emitter_wind_up(dh_emitter *e)
{
  settle_all(e);
  give_up_all(e);
}

void *dh_emitter_main(void *arg)
{
  dh_emitter *e = arg;
  while (!should_quit(e)) {
    settle_all(e);
    if (dh_emitter_has_stopped(e)) {
      give_up_all(e);
    } else {
      take_in(e);
      send_what_can_be(e);
    }
    upkeep(e);
    wait_for_work(e);
  }
  dh_emitter_wind_up(e);
  dh_transport_cancel(&e->transport); /* the sink reports what it had under way */
  dh_emitter_wind_up(e);
  return NULL;
}
