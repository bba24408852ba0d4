/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of records that the sink has answered: final, sent again later, or sent
 * again in halves.
 */
#include "emit/engine.h"

#include <string.h>

/* --- final fates --- */

static bool is_final(dh_fate fate)
{
  return fate == DH_DELIVERED || fate == DH_REJECTED || fate == DH_TOO_LARGE;
}

/* Rejected records are kept for mending; where that fails no more must be lost the same way. */
static void keep_dead_letter(dh_emitter *e, const dh_entry *entry, const dh_error *error)
{
  dh_error why;
  if (!e->dead_letter || !dh_dead_letter_add(e->dead_letter, &entry->record, &why))
    return;
  dh_error_prefix(
      &why, "a record was rejected (%s), and it could not be kept: ", error ? error->message : "");
  dh_emitter_stop(e, &why);
}

/* Tickets are given back in runs. */
static void give_back(dh_emitter *e, uint64_t ticket)
{
  if (!e->spool || !ticket)
    return;
  if (e->done_count && ticket == e->done_first + e->done_count) {
    e->done_count++;
    return;
  }
  dh_emitter_spool_flush(e);
  e->done_first = ticket;
  e->done_count = 1;
}

void dh_emitter_spool_flush(dh_emitter *e)
{
  if (e->done_count)
    dh_spool_done(e->spool, e->done_first, (size_t)e->done_count);
  e->done_count = 0;
}

/* Tells the caller; `fate` is final, or DH_RETRY for what stays undelivered. */
static void report(dh_emitter *e, dh_entry *entry, dh_fate fate, const dh_error *error)
{
  if (fate == DH_REJECTED || fate == DH_TOO_LARGE)
    keep_dead_letter(e, entry, error);
  if (is_final(fate))
    give_back(e, entry->ticket);
  if (e->delivered)
    e->delivered(e->arg, &entry->record, entry->opaque, fate, error);
}

/* Gives the entries' places in the queue back; the lock is held. `fates` NULL: all were
 * delivered. Neighbours mostly share a slab, whose count callers' threads write too: it is
 * touched once for all of them. */
static void release(dh_emitter *e, dh_entry *const *done, const uint8_t *fates, size_t count)
{
  size_t of[DH_TOO_LARGE + 1] = {0}, bytes = 0;
  for (size_t i = 0, same; i < count; i += same) {
    dh_slab *slab = done[i]->slab;
    for (same = 0; i + same < count && done[i + same]->slab == slab; same++) {
      const dh_entry *entry = done[i + same];
      bytes += entry->record.proposal.len;
      e->in_epoch[entry->epoch % DH_EPOCHS]--;
      of[fates ? fates[i + same] : DH_DELIVERED]++;
    }
    dh_arena_release(&e->arena, slab, same);
  }
  e->stats.delivered += of[DH_DELIVERED];
  e->stats.rejected += of[DH_REJECTED] + of[DH_TOO_LARGE];
  e->stats.undelivered += of[DH_RETRY];
  e->outstanding -= count;
  e->outstanding_bytes -= bytes;
}

/* Wakes who waits for what was released; the lock is held. A full queue is refilled a good
 * part at a time: a caller woken for each batch would cost more than the sending. */
static void announce(dh_emitter *e)
{
  dh_emitter_note_counts(e); /* whoever is woken sees what woke it */
  bool roomy = e->outstanding + e->reserved <= e->settings.max_pending * 3 / 4;
  if (e->waiters && (roomy || !e->with_sink))
    pthread_cond_broadcast(&e->room);
  if (e->flushers)
    pthread_cond_broadcast(&e->settled);
}

void dh_emitter_finish(dh_emitter *e, dh_entry *entry, dh_fate fate, const dh_error *error)
{
  const uint8_t fates[] = {(uint8_t)fate};
  report(e, entry, fate, error);
  pthread_mutex_lock(&e->lock);
  release(e, &entry, fates, 1);
  announce(e);
  pthread_mutex_unlock(&e->lock);
}

/* --- trying again --- */

/* xorshift: the dice need not be good, only different from the neighbour's. */
static int64_t roll(dh_emitter *e, int64_t bound)
{
  e->jitter ^= e->jitter << 13;
  e->jitter ^= e->jitter >> 7;
  e->jitter ^= e->jitter << 17;
  return bound > 0 ? (int64_t)(e->jitter % (uint64_t)(bound + 1)) : 0;
}

/* Full jitter below a bound that doubles; what the server asks for comes first. */
static int64_t pause_for(dh_emitter *e, unsigned tries, int64_t asked_ms)
{
  int64_t bound = e->settings.retry_backoff_ms;
  for (unsigned i = 1; i < tries && bound < e->settings.retry_backoff_max_ms; i++)
    bound *= 2;
  if (bound > e->settings.retry_backoff_max_ms)
    bound = e->settings.retry_backoff_max_ms;
  if (asked_ms >= 0)
    return asked_ms + roll(e, bound < asked_ms / 10 ? bound : asked_ms / 10);
  return roll(e, bound);
}

static bool overloaded(const dh_error *error)
{
  return error->http_status == 429 || error->http_status == 503 || error->status == DH_TIMEOUT;
}

/* Whether the batch's tries are used up. A 429 costs a fraction of one: the server is well. */
static bool spend(dh_emitter *e, dh_batch *batch, const dh_error *error)
{
  int64_t whole = e->settings.retry_429_multiplier;
  batch->cost += error->http_status == 429 ? 1 : whole;
  if (!batch->tries++)
    batch->failing_goods = batch->sent_goods;
  return e->settings.retry_max_times >= 0 && batch->cost > e->settings.retry_max_times * whole;
}

/* No request of anyone has succeeded since this batch began to fail: it is not the batch. */
static bool server_is_away(const dh_emitter *e, const dh_batch *batch, int64_t now,
                           const dh_error *error)
{
  if (e->goods > batch->failing_goods && now - e->last_good_ms < e->settings.retry_timeout_ms)
    return false;
  /* A 500 may well be the record's fault: the server did answer. */
  return error->http_status != 500 || now - e->last_good_ms >= e->settings.retry_timeout_ms;
}

static void give_server_up(dh_emitter *e, const dh_batch *batch, const dh_error *error)
{
  dh_error why = *error;
  why.status = error->status == DH_TIMEOUT ? DH_TIMEOUT : DH_UNAVAILABLE;
  dh_error_prefix(&why, "gave up after %u tries: ", batch->tries);
  dh_emitter_stop(e, &why);
}

typedef enum outlook { GO_ON, LATER, BREAK_UP, STOP } outlook;

/* What to do with a window that was not delivered and not refused. `error` NULL: it was not
 * even tried. */
static outlook judge(dh_emitter *e, dh_batch *batch, const dh_error *error, int64_t now)
{
  if (!error)
    return GO_ON;
  if (overloaded(error))
    dh_limit_bad(&e->limit, batch->number);
  /* Once whole it failed for good: what the server trips over is in one of the parts. */
  if (batch->spent && error->http_status == 500)
    return BREAK_UP;
  bool spent = spend(e, batch, error);
  bool late = now - e->last_good_ms >= e->settings.retry_timeout_ms;
  if ((spent || late) && server_is_away(e, batch, now, error)) {
    give_server_up(e, batch, error);
    return STOP;
  }
  if (spent) {
    batch->spent = true;
    return BREAK_UP;
  }
  batch->due_ms = now + pause_for(e, batch->tries, error->retry_after_ms);
  return LATER;
}

/* --- a window --- */

typedef struct outcome {
  size_t kept;   /* entries of the window that are not final, moved to its front */
  size_t finals; /* the final ones, moved behind them */
  bool any_good, all_good, denied;
  const dh_error *failed; /* what was said with the first DH_RETRY */
  const dh_error *denial;
} outcome;

static bool stopped(dh_emitter *e)
{
  return dh_emitter_has_stopped(e);
}

static void stop_for_denial(dh_emitter *e, const dh_error *denial)
{
  dh_error why;
  if (denial)
    why = *denial;
  else
    dh_error_set(&why, DH_DENIED,
                 "the server refused the credential; check the token, and that it has not expired "
                 "or been revoked");
  if (why.status == DH_OK)
    why.status = DH_DENIED;
  dh_emitter_stop(e, &why);
}

/* How many records are refused with a 403, each by itself, before a user of whose records
 * none was ever taken is believed to lack every privilege. */
#define FORBIDDEN_MAX 100

/* A token whose user may do nothing would cost two requests for each record of the input. */
static void note_forbidden(dh_emitter *e, const dh_batch *batch)
{
  const dh_error *said = dh_batch_error(batch, 0);
  dh_fate fate = dh_batch_fate(batch, 0);
  if (batch->window.count != 1 || e->stats.delivered || !said || said->http_status != 403 ||
      (fate != DH_SPLIT && fate != DH_REJECTED) || ++e->forbidden < FORBIDDEN_MAX)
    return;
  dh_error why = *said;
  why.status = DH_DENIED;
  dh_error_prefix(&why,
                  "%zu records were refused one by one, and none was delivered: ", e->forbidden);
  dh_emitter_stop(e, &why);
}

/* First look: whether anything was good, whether the run must stop. */
static outcome look(dh_emitter *e, dh_batch *batch)
{
  outcome o = {0};
  size_t delivered = 0;
  while (delivered < batch->window.count && dh_batch_fate(batch, delivered) == DH_DELIVERED)
    delivered++;
  o.any_good = delivered > 0;
  o.all_good = delivered == batch->window.count;
  for (size_t i = delivered; i < batch->window.count; i++) {
    dh_fate fate = dh_batch_fate(batch, i);
    o.any_good = o.any_good || fate == DH_DELIVERED || fate == DH_REJECTED ||
                 fate == DH_TOO_LARGE || fate == DH_SPLIT;
    if (fate == DH_UNAUTHORIZED && !o.denied) {
      o.denied = true;
      o.denial = dh_batch_error(batch, i);
    }
    if (fate == DH_RETRY && !o.failed)
      o.failed = dh_batch_error(batch, i);
  }
  (void)e;
  return o;
}

/* The fate of a record whose batch will not be sent again whole. */
static dh_fate resolve(dh_emitter *e, const dh_batch *batch, size_t i, outlook view)
{
  dh_fate fate = dh_batch_fate(batch, i);
  const dh_error *said = dh_batch_error(batch, i);
  if (is_final(fate))
    return fate;
  if (stopped(e))
    return DH_RETRY; /* undelivered */
  if (fate == DH_SPLIT && batch->window.count == 1)
    return said && said->http_status == 413 ? DH_TOO_LARGE : DH_REJECTED;
  if (fate == DH_RETRY && view == BREAK_UP)
    return batch->window.count == 1 ? DH_REJECTED : DH_SPLIT;
  return fate;
}

static void report_one(dh_emitter *e, dh_batch *batch, size_t i, dh_fate told, dh_fate fate)
{
  const dh_error *said = dh_batch_error(batch, i);
  dh_error error;
  dh_entry *entry = batch->entries[batch->window.from + i];
  if (fate == DH_DELIVERED) {
    report(e, entry, fate, NULL);
    return;
  }
  if (said)
    error = *said;
  else
    dh_error_set(&error, DH_UNAVAILABLE, "it was not sent before the emitter stopped");
  if (fate == DH_REJECTED && told == DH_RETRY)
    dh_error_prefix(&error, "given up after %u tries: ", batch->tries);
  report(e, entry, fate, &error);
}

/* Pushes what is left of the window, in order, the first part on top of the stack: what
 * was refused in halves, what failed whole. */
static void push_left(dh_batch *batch, size_t from, const uint8_t *fates, size_t count)
{
  dh_range parts[2];
  size_t end = count;
  while (end) {
    size_t begin = end - 1;
    while (begin && fates[begin - 1] == fates[end - 1])
      begin--;
    size_t size = end - begin, parts_count = 0;
    if (fates[begin] == DH_SPLIT && size > 1) {
      parts[parts_count++] = (dh_range){from + begin + size / 2, size - size / 2};
      parts[parts_count++] = (dh_range){from + begin, size / 2};
    } else {
      parts[parts_count++] = (dh_range){from + begin, size};
    }
    for (size_t i = 0; i < parts_count; i++)
      dh_batch_push(batch, parts[i].from, parts[i].count);
    end = begin;
  }
}

static void note_success(dh_emitter *e, dh_batch *batch, const outcome *o, int64_t now)
{
  if (!o->any_good || o->denied)
    return;
  e->last_good_ms = now;
  e->goods++;
  batch->cost = 0;
  batch->tries = 0;
  if (!o->failed)
    dh_limit_good(&e->limit);
}

/* How far ahead of its use an entry is fetched: it is long out of the cache. */
#define FETCH 6

static void fetch(const dh_entry *entry)
{
  __builtin_prefetch(entry);
  __builtin_prefetch(&entry->record.proposal);
}

/* What is final leaves the order and the queue, `fates` as release() has them; so many others are
 * to be sent again. */
static void let_go(dh_emitter *e, dh_entry *const *done, const uint8_t *fates, size_t count,
                   size_t retried)
{
  for (size_t i = 0; i < count; i++)
    dh_order_land(&e->order, done[i]);
  pthread_mutex_lock(&e->lock);
  release(e, done, fates, count);
  e->stats.retried += retried;
  announce(e);
  pthread_mutex_unlock(&e->lock);
}

/* What most windows come to: all of it was delivered. */
static void settle_delivered(dh_emitter *e, dh_batch *batch)
{
  dh_entry *const *entries = batch->entries + batch->window.from;
  size_t count = batch->window.count;
  for (size_t i = 0; i < count; i++) {
    if (i + FETCH < count)
      fetch(entries[i + FETCH]);
    report(e, entries[i], DH_DELIVERED, NULL);
  }
  dh_batch_forget(batch);
  let_go(e, entries, NULL, count, 0);
  batch->count -= count;
}

bool dh_emitter_settle(dh_emitter *e, dh_batch *batch)
{
  int64_t now = dh_mono_ms(e->context);
  size_t from = batch->window.from, count = batch->window.count;
  uint8_t left_fates[256];
  dh_entry *done[256] = {0};
  uint8_t done_fates[256] = {0};
  size_t left = 0, finals = 0;

  outcome o = look(e, batch);
  note_success(e, batch, &o, now);
  if (o.denied)
    stop_for_denial(e, o.denial);
  if (o.all_good) {
    settle_delivered(e, batch);
    return batch->depth > 0;
  }
  note_forbidden(e, batch);
  outlook view = GO_ON;
  for (size_t i = 0; i < count && view == GO_ON; i++)
    if (dh_batch_fate(batch, i) == DH_RETRY && !stopped(e))
      view = judge(e, batch, dh_batch_error(batch, i), now);

  for (size_t i = 0; i < count; i++) {
    dh_entry *entry = batch->entries[from + i];
    if (i + FETCH < count)
      fetch(batch->entries[from + i + FETCH]);
    dh_fate told = dh_batch_fate(batch, i);
    dh_fate fate = resolve(e, batch, i, view);
    if (is_final(fate) || stopped(e)) {
      if (!is_final(fate))
        fate = DH_RETRY;
      report_one(e, batch, i, told, fate);
      done[finals] = entry;
      done_fates[finals++] = (uint8_t)fate;
    } else {
      batch->entries[from + left] = entry;
      left_fates[left++] = (uint8_t)fate;
    }
  }
  dh_batch_forget(batch);
  let_go(e, done, done_fates, finals, view == LATER ? left : 0);
  push_left(batch, from, left_fates, left);
  batch->count -= finals;
  return batch->depth > 0;
}
