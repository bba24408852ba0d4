/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread slot of a verifier has to itself: its hold on the chain, copies of the
 * results that its threads ask for again and again, and its counters. Nothing here is
 * written by two threads at once in the usual case, so that a second thread doubles the
 * rate instead of waiting for the first one's cache line. All the same it is safe when
 * threads share a slot.
 */
#ifndef DH_VERIFY_NEAR_H
#define DH_VERIFY_NEAR_H

#include "verify/cache.h"
#include "verify/chain.h"

#include "base/slot.h"

#include <pthread.h>
#include <stdatomic.h>

/* Places for copied results, and how often one must be found before it is copied. */
#define DH_NEAR_PLACES 32
#define DH_NEAR_HOT 4

/* A slot's reference to a chain, counted among the slot's threads alone. */
typedef struct dh_chain_hold dh_chain_hold;

enum {
  DH_COUNT_CHECKED, /* the chain was run */
  DH_COUNT_HIT,
  DH_COUNT_NEGATIVE_HIT,
  DH_COUNTS
};

typedef struct dh_near {
  _Alignas(DH_SLOT_ALIGN) pthread_mutex_t chain_lock;
  dh_chain_hold *hold;
  atomic_flag busy; /* held for a few instructions; who finds it held does without */
  dh_result place[DH_NEAR_PLACES];
  atomic_uint_least64_t count[DH_COUNTS];
  atomic_uint_least64_t accepted, refused, undecided;
} dh_near;

void dh_near_init(dh_near *near);
void dh_near_clear(dh_near *near);

/* Replaces the chain; checks under way end with the old one. 0 when out of memory. */
int dh_near_set_chain(dh_near *near, dh_chain *chain);
dh_chain_hold *dh_near_enter(dh_near *near);
const dh_chain *dh_chain_held(const dh_chain_hold *hold);
void dh_near_leave(dh_chain_hold *hold);

/* The principal of a copied result, as a reference, counted as a hit; or NULL. */
dh_principal *dh_near_find(dh_near *near, dh_digest digest, uint64_t epoch, const dh_now *now);
/* Counts a hit in the common table, and copies a result that is asked for often. */
void dh_near_learn(dh_near *near, const dh_result *found);

void dh_near_count(dh_near *near, int what, dh_status status);
void dh_near_add_stats(const dh_near *near, dh_verifier_stats *sum);

#endif
