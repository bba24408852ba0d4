/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 8
#define SHARDS 64
/* So many sets are counted before a check gets its turn. */
#define COUNTED_AT_ONCE 64

typedef struct set {
  dh_result way[WAYS];
  uint32_t used[WAYS]; /* the set's clock when the place was last used */
  uint32_t clock;
} set;

/* What a digest's shard is does not depend on the table's size, so that a shard can change its
 * size under its own lock. */
typedef struct shard {
  _Alignas(64) pthread_mutex_t lock;
  set *sets;
  size_t count; /* of sets; 0: keeps nothing */
  size_t ways;  /* of each that are used: all, but where there is one set */
} shard;

struct dh_results {
  shard shard[SHARDS];
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

/* --- size --- */

static void drop_sets(set *sets, size_t count)
{
  for (size_t i = 0; i < count; i++)
    for (size_t way = 0; way < WAYS; way++)
      dh_result_clear(&sets[i].way[way]);
  free(sets);
}

/* `entries` for one shard. */
static int resize_shard(shard *of, size_t entries)
{
  size_t ways = entries < WAYS ? entries : WAYS, count = (entries + WAYS - 1) / WAYS;
  set *sets = NULL;
  /* Only one thread resizes, so these can be read without the lock. */
  if (count == of->count && ways == of->ways)
    return 1;
  if (count && !(sets = calloc(count, sizeof(*sets))))
    return 0;
  pthread_mutex_lock(&of->lock);
  set *old = of->sets;
  size_t old_count = of->count;
  of->sets = sets;
  of->count = count;
  of->ways = ways;
  pthread_mutex_unlock(&of->lock);
  drop_sets(old, old_count);
  return 1;
}

int dh_results_resize(dh_results *results, size_t max_entries)
{
  size_t entries = (max_entries + SHARDS - 1) / SHARDS;
  int done = 1;
  for (size_t i = 0; i < SHARDS && done; i++)
    done = resize_shard(&results->shard[i], entries);
  return done;
}

dh_results *dh_results_new(size_t max_entries)
{
  dh_results *results = aligned_alloc(_Alignof(dh_results), sizeof(*results));
  if (!results)
    return NULL;
  memset(results, 0, sizeof(*results));
  for (size_t i = 0; i < SHARDS; i++)
    pthread_mutex_init(&results->shard[i].lock, NULL);
  if (dh_results_resize(results, max_entries))
    return results;
  dh_results_free(results);
  return NULL;
}

void dh_results_free(dh_results *results)
{
  if (!results)
    return;
  for (size_t i = 0; i < SHARDS; i++) {
    drop_sets(results->shard[i].sets, results->shard[i].count);
    pthread_mutex_destroy(&results->shard[i].lock);
  }
  free(results);
}

/* --- use --- */

/* The locked shard of a digest; `in` is its set, or NULL where nothing is kept. */
static shard *enter(dh_results *results, dh_digest digest, set **in)
{
  shard *of = &results->shard[digest.low % SHARDS];
  pthread_mutex_lock(&of->lock);
  *in = of->count ? &of->sets[digest.low / SHARDS % of->count] : NULL;
  return of;
}

static void leave(shard *of)
{
  pthread_mutex_unlock(&of->lock);
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
  set *in;
  int held = 0;
  shard *of = enter(results, digest, &in);
  size_t way = in ? place_of(in, digest) : WAYS;
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
  leave(of);
  return held;
}

/* Where a new result goes: its own old place, one that holds nothing, or the one used
 * longest ago. */
static size_t place_for(const set *in, size_t ways, const dh_result *result, const dh_now *now)
{
  size_t way = place_of(in, result->digest), oldest = 0;
  if (way < WAYS)
    return way;
  for (way = 0; way < ways; way++) {
    if (!dh_result_holds(&in->way[way], result->epoch, now))
      return way;
    if ((uint32_t)(in->clock - in->used[way]) > (uint32_t)(in->clock - in->used[oldest]))
      oldest = way;
  }
  return oldest;
}

void dh_results_keep(dh_results *results, dh_result *result, const dh_now *now)
{
  set *in;
  dh_result old = *result;
  shard *of = enter(results, result->digest, &in);
  if (in) {
    size_t way = place_for(in, of->ways, result, now);
    old = in->way[way];
    in->way[way] = *result;
    in->used[way] = ++in->clock;
  }
  leave(of);
  dh_result_clear(&old); /* outside the lock: freeing takes its time */
  memset(result, 0, sizeof(*result));
}

/* Of some sets from `*at` on, which is moved; at the end, to SIZE_MAX. */
static uint64_t count_some(shard *of, size_t *at, uint64_t epoch, const dh_now *now)
{
  uint64_t count = 0;
  pthread_mutex_lock(&of->lock);
  size_t end = *at + COUNTED_AT_ONCE < of->count ? *at + COUNTED_AT_ONCE : of->count;
  for (size_t i = *at; i < end; i++)
    for (size_t way = 0; way < WAYS; way++)
      count += (uint64_t)dh_result_holds(&of->sets[i].way[way], epoch, now);
  *at = end < of->count ? end : SIZE_MAX;
  pthread_mutex_unlock(&of->lock);
  return count;
}

uint64_t dh_results_count(dh_results *results, uint64_t epoch, const dh_now *now)
{
  uint64_t count = 0;
  for (size_t i = 0; i < SHARDS; i++)
    for (size_t at = 0; at != SIZE_MAX;)
      count += count_some(&results->shard[i], &at, epoch, now);
  return count;
}
