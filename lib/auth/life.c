/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/life.h"
#include "auth/span.h"
#include "auth/worker.h"
#include "base/context.h"
#include "base/wait.h"
#include "module/module.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* An acquisition that takes longer is given up by the module: longer than any HTTP
 * timeout, shorter than a person's patience. */
#define ACQUIRE_MS 60000

typedef struct waiter {
  struct waiter *next;
  const void *owner;
  void (*ready)(void *arg);
  void *arg;
} waiter;

struct dh_life {
  dh_context *context;
  dh_life_source source;
  dh_worker *worker;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* an acquisition ended, or its callbacks returned */
  bool asked;             /* the worker has been told and has not finished */
  bool calling;           /* it runs the callbacks of `waiters` */
  bool known;             /* `held` is the answer to an acquisition, NULL an answer too */
  dh_credential *held;
  dh_span span;
  dh_credential *rejected; /* of which the source has not been told yet */
  dh_status failed;        /* how the last acquisition failed, DH_OK where it did not */
  dh_error why;
  unsigned failures; /* in a row */
  int64_t retry_mono;
  uint64_t rounds; /* acquisitions ended */
  waiter *waiters;
};

static void work(void *arg);

dh_life *dh_life_new(dh_context *context, const dh_life_source *source)
{
  dh_life *life = calloc(1, sizeof(*life));
  if (!life || !(life->worker = dh_worker_new(work, life))) {
    free(life);
    source->free(source->arg);
    return NULL;
  }
  life->context = context;
  life->source = *source;
  pthread_mutex_init(&life->lock, NULL);
  dh_wait_init(&life->changed);
  return life;
}

void dh_life_free(dh_life *life)
{
  if (!life)
    return;
  dh_worker_free(life->worker);
  life->source.free(life->source.arg);
  dh_credential_unref(life->held);
  dh_credential_unref(life->rejected);
  while (life->waiters) {
    waiter *w = life->waiters;
    life->waiters = w->next;
    free(w);
  }
  pthread_cond_destroy(&life->changed);
  pthread_mutex_destroy(&life->lock);
  free(life);
}

static unsigned spread(void)
{
  uint16_t random = 0x8000;
  /* Without randomness everybody is in the middle: no worse than no jitter. */
  (void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
  return random;
}

static bool is_same(const dh_credential *a, const dh_credential *b)
{
  size_t na, nb;
  const char *pa = dh_secret_bytes(dh_credential_value(a), &na);
  const char *pb = dh_secret_bytes(dh_credential_value(b), &nb);
  return na == nb && !memcmp(pa, pb, na);
}

/* --- the worker's side: everything here runs on its thread --- */

static void keep(dh_life *life, dh_credential *fresh)
{
  int64_t wall = dh_wall_ms(life->context), mono = dh_mono_ms(life->context);
  dh_credential_unref(life->held);
  life->held = fresh;
  life->known = true;
  life->failed = DH_OK;
  life->failures = 0;
  life->retry_mono = 0;
  life->span =
      fresh ? dh_span_make(wall, mono, dh_credential_expiry(fresh), fresh->recheck_ms, spread())
            : dh_span_make(wall, mono, 0, -1, 0);
}

static void note_failure(dh_life *life, dh_status status, const dh_error *error)
{
  int64_t wall = dh_wall_ms(life->context), mono = dh_mono_ms(life->context);
  int64_t wait = dh_span_backoff(++life->failures, spread());
  if (error->retry_after_ms > wait)
    wait = error->retry_after_ms;
  life->failed = status;
  life->why = *error;
  life->retry_mono = mono + wait;
  if (!life->held || dh_span_look(&life->span, wall, mono) == DH_SPAN_OVER)
    return;
  int64_t left = dh_span_left(&life->span, wall, mono);
  dh_log(life->context, DH_LOG_WARNING,
         "the credential could not be renewed: %s; the present one (%s) holds for another %lld s",
         error->message, dh_credential_origin(life->held), (long long)(left / 1000));
}

/* Takes in what an acquisition gave. False: it gave what was refused meanwhile; ask again. */
static bool settle(dh_life *life, dh_status status, dh_credential *fresh, const dh_error *error,
                   bool may_repeat)
{
  if (status == DH_OK && fresh && life->rejected && may_repeat && is_same(fresh, life->rejected)) {
    dh_credential_unref(fresh);
    return false;
  }
  if (status == DH_OK)
    keep(life, fresh);
  else
    note_failure(life, status, error);
  return true;
}

static void call_waiters(dh_life *life)
{
  waiter *list = life->waiters;
  life->waiters = NULL;
  life->calling = list != NULL;
  pthread_mutex_unlock(&life->lock);
  while (list) {
    waiter *w = list;
    list = w->next;
    w->ready(w->arg);
    free(w);
  }
  pthread_mutex_lock(&life->lock);
  life->calling = false;
}

/* One acquisition: with the lock held on entry and exit, not held while the source works. */
static bool acquire(dh_life *life, bool may_repeat)
{
  dh_error error;
  dh_credential *fresh = NULL;
  dh_credential *rejected = life->rejected;
  life->rejected = NULL;
  pthread_mutex_unlock(&life->lock);
  dh_error_clear(&error);
  if (rejected)
    life->source.invalidate(life->source.arg, rejected);
  dh_status status = life->source.acquire(life->source.arg, rejected,
                                          dh_mono_ms(life->context) + ACQUIRE_MS, &fresh, &error);
  dh_credential_unref(rejected);
  pthread_mutex_lock(&life->lock);
  return settle(life, status, fresh, &error, may_repeat);
}

static void work(void *arg)
{
  dh_life *life = arg;
  pthread_mutex_lock(&life->lock);
  if (!acquire(life, true))
    acquire(life, false);
  life->asked = false;
  life->rounds++;
  pthread_cond_broadcast(&life->changed);
  call_waiters(life);
  pthread_cond_broadcast(&life->changed);
  pthread_mutex_unlock(&life->lock);
}

/* --- the callers' side: with the lock held --- */

static dh_span_state look(const dh_life *life)
{
  if (!life->known)
    return DH_SPAN_OVER;
  return dh_span_look(&life->span, dh_wall_ms(life->context), dh_mono_ms(life->context));
}

static bool may_ask(const dh_life *life)
{
  return !life->failures || dh_mono_ms(life->context) >= life->retry_mono;
}

static dh_status ask(dh_life *life, dh_error *error)
{
  if (life->asked)
    return DH_OK;
  if (dh_worker_post(life->worker)) {
    dh_error_set(error, DH_UNAVAILABLE,
                 "cannot start the thread that obtains credentials: %s; is a limit on "
                 "threads (ulimit -u, pids.max) reached?",
                 strerror(errno));
    if (error)
      error->retry_after_ms = 1000;
    return DH_UNAVAILABLE;
  }
  life->asked = true;
  return DH_OK;
}

static dh_status hand_out(dh_life *life, dh_credential **out)
{
  life->span.used = true;
  *out = life->held ? dh_credential_ref(life->held) : NULL;
  return DH_OK;
}

/* The source cannot be asked now. A credential whose end nobody knows may well be good
 * still: its server will say. One that the source itself no longer stands by is not. */
static bool may_outlive(const dh_life *life)
{
  bool source_is_away = life->failed == DH_UNAVAILABLE || life->failed == DH_TIMEOUT;
  return source_is_away && life->known && life->held && !dh_credential_expiry(life->held);
}

static dh_status say_failure(const dh_life *life, dh_error *error)
{
  if (error) {
    *error = life->why;
    int64_t left = life->retry_mono - dh_mono_ms(life->context);
    error->retry_after_ms = left > 0 ? left : 0;
  }
  return life->failed;
}

/* Hands out, or says why not, or returns DH_IGNORE: an acquisition is under way. */
static dh_status use_or_ask(dh_life *life, dh_credential **out, dh_error *error)
{
  dh_span_state state = look(life);
  if (state != DH_SPAN_OVER) {
    if (state == DH_SPAN_DUE && may_ask(life))
      (void)ask(life, NULL);
    return hand_out(life, out);
  }
  if (!life->asked && !may_ask(life))
    return may_outlive(life) ? hand_out(life, out) : say_failure(life, error);
  dh_status status = ask(life, error);
  return status == DH_OK ? DH_IGNORE : status;
}

/* Waits for the end of the acquisition under way; false when the time is up. */
static bool wait_round(dh_life *life, int64_t timeout_ms, const struct timespec *until)
{
  uint64_t round = life->rounds;
  int failed = 0;
  while (life->rounds == round && !failed)
    failed = timeout_ms < 0 ? pthread_cond_wait(&life->changed, &life->lock)
                            : pthread_cond_timedwait(&life->changed, &life->lock, until);
  return life->rounds != round;
}

dh_status dh_life_get(dh_life *life, int64_t timeout_ms, dh_credential **out, dh_error *error)
{
  struct timespec until = dh_wait_until(timeout_ms < 0 ? 0 : timeout_ms);
  *out = NULL;
  pthread_mutex_lock(&life->lock);
  dh_status status = use_or_ask(life, out, error);
  while (status == DH_IGNORE) {
    if (wait_round(life, timeout_ms, &until))
      status = use_or_ask(life, out, error);
    else
      status = dh_error_set(error, DH_TIMEOUT,
                            "no credential within %lld ms; its source is still being asked",
                            (long long)timeout_ms);
  }
  pthread_mutex_unlock(&life->lock);
  return status;
}

static dh_status add_waiter(dh_life *life, const void *owner, void (*ready)(void *), void *arg,
                            dh_error *error)
{
  for (waiter *w = life->waiters; w; w = w->next)
    if (w->owner == owner && w->ready == ready && w->arg == arg)
      return DH_OK;
  waiter *w = calloc(1, sizeof(*w));
  if (!w)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while waiting for a credential");
  *w = (waiter){life->waiters, owner, ready, arg};
  life->waiters = w;
  return DH_OK;
}

dh_status dh_life_try(dh_life *life, const void *owner, dh_credential **out,
                      void (*ready)(void *arg), void *arg, dh_error *error)
{
  *out = NULL;
  pthread_mutex_lock(&life->lock);
  dh_status status = use_or_ask(life, out, error);
  if (status == DH_IGNORE) {
    status = ready ? add_waiter(life, owner, ready, arg, error) : DH_OK;
    if (status == DH_OK)
      status = dh_error_set(error, DH_IGNORE, "the credential is being obtained");
  }
  pthread_mutex_unlock(&life->lock);
  return status;
}

void dh_life_reject(dh_life *life, const dh_credential *rejected)
{
  pthread_mutex_lock(&life->lock);
  /* By value: a file that was looked at again gave the same token in a new credential. */
  if (rejected && life->held && is_same(life->held, rejected)) {
    dh_credential_unref(life->rejected);
    life->rejected = life->held;
    life->held = NULL;
    life->known = false;
  }
  pthread_mutex_unlock(&life->lock);
}

void dh_life_leave(dh_life *life, const void *owner)
{
  pthread_mutex_lock(&life->lock);
  for (waiter **at = &life->waiters; *at;) {
    waiter *w = *at;
    if (w->owner != owner) {
      at = &w->next;
      continue;
    }
    *at = w->next;
    free(w);
  }
  while (life->calling)
    pthread_cond_wait(&life->changed, &life->lock);
  pthread_mutex_unlock(&life->lock);
}
