/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 8
#define LOCKS 64

typedef struct set {
  dh_result way[WAYS];
  uint32_t used[WAYS]; /* the set's clock when the place was last used */
  uint32_t clock;
} set;

typedef struct padded_lock {
  _Alignas(64) pthread_mutex_t mutex;
} padded_lock;

struct dh_results {
  padded_lock lock[LOCKS];
  set *sets;
  size_t count;
};

int dh_result_holds(const dh_result *result, uint64_t epoch, const dh_now *now)
{
  return result->epoch == epoch && now->mono_ms < result->until_mono_ms &&
         (!result->expires_at_ms || now->wall_ms < result->expires_at_ms);
}

void dh_result_clear(dh_result *result)
{
  dh_principal_unref(result->principal);
  free(result->words);
  memset(result, 0, sizeof(*result));
}

dh_results *dh_results_new(size_t max_entries)
{
  dh_results *results = aligned_alloc(_Alignof(dh_results), sizeof(*results));
  if (!results)
    return NULL;
  memset(results, 0, sizeof(*results));
  for (size_t i = 0; i < LOCKS; i++)
    pthread_mutex_init(&results->lock[i].mutex, NULL);
  results->count = (max_entries + WAYS - 1) / WAYS;
  results->sets = results->count ? calloc(results->count, sizeof(set)) : NULL;
  if (results->count && !results->sets) {
    results->count = 0;
    dh_results_free(results);
    return NULL;
  }
  return results;
}

void dh_results_free(dh_results *results)
{
  if (!results)
    return;
  for (size_t i = 0; i < results->count; i++)
    for (size_t way = 0; way < WAYS; way++)
      dh_result_clear(&results->sets[i].way[way]);
  for (size_t i = 0; i < LOCKS; i++)
    pthread_mutex_destroy(&results->lock[i].mutex);
  free(results->sets);
  free(results);
}

/* The locked set of a digest, and its lock. */
static set *enter(dh_results *results, dh_digest digest, pthread_mutex_t **lock)
{
  size_t index = (size_t)(digest.low % results->count);
  *lock = &results->lock[index % LOCKS].mutex;
  pthread_mutex_lock(*lock);
  return &results->sets[index];
}

static size_t place_of(const set *in, dh_digest digest)
{
  size_t way = 0;
  while (way < WAYS &&
         (in->way[way].digest.low != digest.low || in->way[way].digest.high != digest.high))
    way++;
  return way;
}

int dh_results_find(dh_results *results, dh_digest digest, uint64_t epoch, const dh_now *now,
                    dh_result *found, dh_error *error)
{
  pthread_mutex_t *lock;
  int held = 0;
  if (!results->count)
    return 0;
  set *in = enter(results, digest, &lock);
  size_t way = place_of(in, digest);
  if (way < WAYS && dh_result_holds(&in->way[way], epoch, now)) {
    dh_result *result = &in->way[way];
    result->hits++;
    in->used[way] = ++in->clock;
    *found = *result;
    found->words = NULL;
    dh_principal_ref(found->principal);
    if (result->status != DH_OK)
      dh_error_set(error, result->status, "%s", result->words ? result->words : "refused");
    held = 1;
  }
  pthread_mutex_unlock(lock);
  return held;
}

/* Where a new result goes: its own old place, one that holds nothing, or the one used
 * longest ago. */
static size_t place_for(const set *in, const dh_result *result, const dh_now *now)
{
  size_t way = place_of(in, result->digest), oldest = 0;
  if (way < WAYS)
    return way;
  for (way = 0; way < WAYS; way++) {
    if (!dh_result_holds(&in->way[way], result->epoch, now))
      return way;
    if ((uint32_t)(in->clock - in->used[way]) > (uint32_t)(in->clock - in->used[oldest]))
      oldest = way;
  }
  return oldest;
}

void dh_results_keep(dh_results *results, dh_result *result, const dh_now *now)
{
  pthread_mutex_t *lock;
  dh_result old = *result;
  if (results->count) {
    set *in = enter(results, result->digest, &lock);
    size_t way = place_for(in, result, now);
    old = in->way[way];
    in->way[way] = *result;
    in->used[way] = ++in->clock;
    pthread_mutex_unlock(lock);
  }
  dh_result_clear(&old); /* outside the lock: freeing takes its time */
  memset(result, 0, sizeof(*result));
}

uint64_t dh_results_count(dh_results *results, uint64_t epoch, const dh_now *now)
{
  uint64_t count = 0;
  for (size_t i = 0; i < results->count; i++) {
    pthread_mutex_t *lock = &results->lock[i % LOCKS].mutex;
    pthread_mutex_lock(lock);
    for (size_t way = 0; way < WAYS; way++)
      count += (uint64_t)dh_result_holds(&results->sets[i].way[way], epoch, now);
    pthread_mutex_unlock(lock);
  }
  return count;
}
