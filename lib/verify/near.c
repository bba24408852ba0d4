/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/near.h"

#include "module/module.h"

#include <stdlib.h>
#include <string.h>

struct dh_chain_hold {
  atomic_size_t references;
  dh_chain *chain;
};

void dh_near_init(dh_near *near)
{
  memset(near, 0, sizeof(*near));
  pthread_mutex_init(&near->chain_lock, NULL);
  atomic_flag_clear(&near->busy);
}

void dh_near_clear(dh_near *near)
{
  if (near->hold)
    dh_near_leave(near->hold);
  for (size_t i = 0; i < DH_NEAR_PLACES; i++)
    dh_result_clear(&near->place[i]);
  pthread_mutex_destroy(&near->chain_lock);
}

/* --- the chain --- */

int dh_near_set_chain(dh_near *near, dh_chain *chain)
{
  dh_chain_hold *hold = malloc(sizeof(*hold));
  if (!hold)
    return 0;
  atomic_init(&hold->references, 1);
  hold->chain = dh_chain_ref(chain);
  pthread_mutex_lock(&near->chain_lock);
  dh_chain_hold *old = near->hold;
  near->hold = hold;
  pthread_mutex_unlock(&near->chain_lock);
  if (old)
    dh_near_leave(old);
  return 1;
}

dh_chain_hold *dh_near_enter(dh_near *near)
{
  pthread_mutex_lock(&near->chain_lock);
  dh_chain_hold *hold = near->hold;
  atomic_fetch_add_explicit(&hold->references, 1, memory_order_relaxed);
  pthread_mutex_unlock(&near->chain_lock);
  return hold;
}

const dh_chain *dh_chain_held(const dh_chain_hold *hold)
{
  return hold->chain;
}

void dh_near_leave(dh_chain_hold *hold)
{
  if (atomic_fetch_sub(&hold->references, 1) != 1)
    return;
  dh_chain_unref(hold->chain);
  free(hold);
}

/* --- copied results --- */

static dh_result *place_of(dh_near *near, dh_digest digest)
{
  return &near->place[digest.high % DH_NEAR_PLACES];
}

static void bump(atomic_uint_least64_t *counter)
{
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

dh_principal *dh_near_find(dh_near *near, dh_digest digest, uint64_t epoch, const dh_now *now)
{
  dh_principal *found = NULL;
  if (atomic_flag_test_and_set_explicit(&near->busy, memory_order_acquire))
    return NULL;
  const dh_result *place = place_of(near, digest);
  if (place->digest.low == digest.low && place->digest.high == digest.high &&
      dh_result_holds(place, epoch, now))
    found = dh_principal_ref(place->principal);
  atomic_flag_clear_explicit(&near->busy, memory_order_release);
  if (found)
    bump(&near->count[DH_COUNT_HIT]);
  return found;
}

void dh_near_learn(dh_near *near, const dh_result *found)
{
  bump(&near->count[DH_COUNT_HIT]);
  if (found->hits < DH_NEAR_HOT)
    return;
  dh_result copy = *found, old;
  copy.principal = dh_principal_copy(found->principal);
  if (!copy.principal)
    return;
  if (atomic_flag_test_and_set_explicit(&near->busy, memory_order_acquire)) {
    dh_result_clear(&copy);
    return;
  }
  dh_result *place = place_of(near, found->digest);
  old = *place;
  *place = copy;
  atomic_flag_clear_explicit(&near->busy, memory_order_release);
  dh_result_clear(&old);
}

/* --- counters --- */

void dh_near_count(dh_near *near, int what, dh_status status)
{
  bump(&near->count[what]);
  if (status == DH_OK)
    bump(&near->accepted);
  else if (dh_is_refusal(status))
    bump(&near->refused);
  else
    bump(&near->undecided);
}

void dh_near_add_stats(const dh_near *near, dh_verifier_stats *sum)
{
  uint64_t count[DH_COUNTS];
  for (int i = 0; i < DH_COUNTS; i++)
    count[i] = atomic_load_explicit(&near->count[i], memory_order_relaxed);
  sum->checks += count[DH_COUNT_CHECKED] + count[DH_COUNT_HIT] + count[DH_COUNT_NEGATIVE_HIT];
  sum->hits += count[DH_COUNT_HIT];
  sum->negative_hits += count[DH_COUNT_NEGATIVE_HIT];
  sum->accepted +=
      atomic_load_explicit(&near->accepted, memory_order_relaxed) + count[DH_COUNT_HIT];
  sum->refused += atomic_load_explicit(&near->refused, memory_order_relaxed);
  sum->undecided += atomic_load_explicit(&near->undecided, memory_order_relaxed);
}
