/* SPDX-License-Identifier: Apache-2.0 */
#include "keyring.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Without Cache-Control, keys are taken to hold this long. */
#define DEFAULT_AGE_MS INT64_C(600000)

struct keyring {
  source from;
  keyring_rules rules;
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* a fetch ended, one is wanted, or it is time to go */
  dh_keys *keys;
  int64_t fetched_ms;  /* monotonic: when `keys` came */
  int64_t tried_ms;    /* when the last fetch began */
  int64_t due_ms;      /* when the next one is */
  atomic_bool overdue; /* seen by a check; spares the others the lock */
  uint64_t rounds;     /* fetches that ended */
  bool fetching, wanted, stopping;
  dh_error said; /* by the last fetch that failed */
};

static int64_t now_ms(const keyring *ring)
{
  return ring->from.host->mono_ms(ring->from.host);
}

static int64_t within(int64_t value, int64_t low, int64_t high)
{
  return value < low ? low : value > high ? high : value;
}

/* --- the thread --- */

static void took(keyring *ring, dh_keys *keys, int64_t max_age_ms)
{
  const dh_host *host = ring->from.host;
  int64_t age = max_age_ms < 0 ? DEFAULT_AGE_MS : max_age_ms;
  /* Ahead of its end, so that no check ever meets an expired set. */
  age = within(age - age / 4, ring->rules.refresh_min_ms, ring->rules.refresh_max_ms);
  dh_keys_unref(ring->keys);
  ring->keys = keys;
  ring->fetched_ms = now_ms(ring);
  ring->due_ms = ring->fetched_ms + age;
  host->log(host, DH_LOG_DEBUG, "read %zu keys from %s, again in %lld s", dh_keys_count(keys),
            source_name(&ring->from), (long long)(age / 1000));
}

static void missed(keyring *ring, const dh_error *why)
{
  const dh_host *host = ring->from.host;
  int64_t now = now_ms(ring);
  ring->said = *why;
  ring->due_ms = now + ring->rules.refresh_min_ms;
  bool too_old = ring->keys && now - ring->fetched_ms > ring->rules.stale_max_ms;
  host->log(host, DH_LOG_WARNING, "%s; %s", why->message,
            !ring->keys ? "there are no keys yet"
            : too_old   ? "the old keys are too old to go on with"
                        : "going on with the keys of before");
  if (!too_old)
    return;
  dh_keys_unref(ring->keys);
  ring->keys = NULL;
}

/* With the lock held, which is let go during the fetch. */
static void fetch(keyring *ring)
{
  dh_error why = {.status = DH_UNAVAILABLE};
  int64_t max_age_ms;
  ring->fetching = true;
  ring->wanted = false;
  ring->tried_ms = now_ms(ring);
  pthread_mutex_unlock(&ring->lock);
  dh_keys *keys = source_read(&ring->from, &max_age_ms, &why);
  pthread_mutex_lock(&ring->lock);
  if (keys)
    took(ring, keys, max_age_ms);
  else
    missed(ring, &why);
  ring->fetching = false;
  atomic_store(&ring->overdue, false);
  ring->rounds++;
  pthread_cond_broadcast(&ring->changed);
}

static void wait_until_due(keyring *ring)
{
  int64_t left = ring->due_ms - now_ms(ring);
  struct timespec until;
  if (left <= 0 || ring->wanted || ring->stopping)
    return;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_sec += left / 1000;
  until.tv_nsec += left % 1000 * 1000000;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  pthread_cond_timedwait(&ring->changed, &ring->lock, &until);
}

static void *run(void *arg)
{
  keyring *ring = arg;
  pthread_mutex_lock(&ring->lock);
  while (!ring->stopping) {
    if (ring->wanted || now_ms(ring) >= ring->due_ms)
      fetch(ring);
    else
      wait_until_due(ring);
  }
  pthread_mutex_unlock(&ring->lock);
  return NULL;
}

/* --- life --- */

static void free_ring(keyring *ring)
{
  dh_keys_unref(ring->keys);
  pthread_cond_destroy(&ring->changed);
  pthread_mutex_destroy(&ring->lock);
  free(ring);
}

keyring *keyring_open(const source *from, const keyring_rules *rules, dh_error *error)
{
  pthread_condattr_t attributes;
  keyring *ring = calloc(1, sizeof(*ring));
  if (!ring) {
    from->host->fail(from->host, error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  ring->from = *from;
  ring->rules = *rules;
  ring->wanted = true;
  pthread_mutex_init(&ring->lock, NULL);
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&ring->changed, &attributes);
  pthread_condattr_destroy(&attributes);
  if (!pthread_create(&ring->thread, NULL, run, ring))
    return ring;
  free_ring(ring);
  from->host->fail(from->host, error, DH_INTERNAL, "no thread can be started to fetch keys");
  return NULL;
}

void keyring_close(keyring *ring)
{
  if (!ring)
    return;
  pthread_mutex_lock(&ring->lock);
  ring->stopping = true;
  pthread_cond_broadcast(&ring->changed);
  pthread_mutex_unlock(&ring->lock);
  pthread_join(ring->thread, NULL);
  free_ring(ring);
}

/* --- what checks ask --- */

/* Until the fetch that is wanted or under way has ended. */
static void wait_for_round(keyring *ring)
{
  uint64_t before = ring->rounds;
  while (ring->rounds == before && !ring->stopping)
    pthread_cond_wait(&ring->changed, &ring->lock);
}

/* With the lock held; true where there was a fetch, good or bad. */
static bool wait_for_first(keyring *ring, bool may_wait, dh_error *error)
{
  const dh_host *host = ring->from.host;
  if (!ring->rounds && !may_wait) {
    host->fail(host, error, DH_TIMEOUT, "the keys of %s have been asked for, and are not here yet",
               source_name(&ring->from));
    return false;
  }
  if (!ring->rounds)
    wait_for_round(ring);
  return true;
}

dh_keys *keyring_get(keyring *ring, bool may_wait, dh_error *error)
{
  const dh_host *host = ring->from.host;
  pthread_mutex_lock(&ring->lock);
  if (!wait_for_first(ring, may_wait, error)) {
    pthread_mutex_unlock(&ring->lock);
    return NULL;
  }
  /* The thread sleeps by the system's clock; a check that sees it late wakes it. */
  if (!ring->fetching && now_ms(ring) >= ring->due_ms && !atomic_exchange(&ring->overdue, true))
    pthread_cond_broadcast(&ring->changed);
  dh_keys *keys = ring->keys ? dh_keys_ref(ring->keys) : NULL;
  if (!keys)
    host->fail(host, error, ring->said.status, "there are no keys to check with: %s",
               ring->said.message);
  pthread_mutex_unlock(&ring->lock);
  return keys;
}

static bool may_fetch(const keyring *ring)
{
  return now_ms(ring) - ring->tried_ms >= ring->rules.refresh_min_ms;
}

dh_keys *keyring_fresher(keyring *ring, const dh_keys *known)
{
  dh_keys *keys = NULL;
  pthread_mutex_lock(&ring->lock);
  if (ring->keys == known) {
    if (!ring->fetching && !ring->wanted && may_fetch(ring)) {
      ring->wanted = true;
      pthread_cond_broadcast(&ring->changed);
    }
    if (ring->fetching || ring->wanted)
      wait_for_round(ring);
  }
  if (ring->keys && ring->keys != known)
    keys = dh_keys_ref(ring->keys);
  pthread_mutex_unlock(&ring->lock);
  return keys;
}

bool keyring_would_wait(keyring *ring, const dh_keys *known)
{
  pthread_mutex_lock(&ring->lock);
  bool waits = ring->keys == known && (ring->fetching || ring->wanted || may_fetch(ring));
  pthread_mutex_unlock(&ring->lock);
  return waits;
}
