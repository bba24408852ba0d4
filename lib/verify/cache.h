/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What came of checks, by a keyed hash of what was presented: never the token itself. The
 * rules are in doc/internals/verifier-cache.md. Bounded: sets of eight places, of which the
 * one that was used longest ago gives way; in 64 shards with a lock each. Thread-safe.
 */
#ifndef DH_VERIFY_CACHE_H
#define DH_VERIFY_CACHE_H

#include "verify/siphash.h"

#include <datahub/verifier.h>

typedef struct dh_results dh_results;

/* A moment on both clocks. */
typedef struct dh_now {
  int64_t wall_ms, mono_ms;
} dh_now;

/* One result. A reader gets `principal` as a reference and `words` as a copy in `error`. */
typedef struct dh_result {
  dh_digest digest;
  uint64_t epoch;        /* of the verifier when the check began: another one is void */
  int64_t until_mono_ms; /* to be checked anew from then on */
  int64_t expires_at_ms; /* wall; 0: never */
  dh_status status;
  uint32_t hits; /* found so often */
  dh_principal *principal;
  char *words; /* of a refusal, or NULL */
} dh_result;

/* Whether a result may still be used. */
int dh_result_holds(const dh_result *result, uint64_t epoch, const dh_now *now);
/* Drops what a result owns. */
void dh_result_clear(dh_result *result);

/* At most about `max_entries` (rounded up to whole sets in each shard); 0: keeps nothing. NULL
 * when out of memory. */
dh_results *dh_results_new(size_t max_entries);
/* Takes another bound, and drops what it holds where that differs, while others use it. One
 * thread at a time. 0 when out of memory: then some shards have the old bound. */
int dh_results_resize(dh_results *results, size_t max_entries);
void dh_results_free(dh_results *results);

/* 1 where a result holds: `found` is a copy with a reference to the principal and without
 * `words`, which go to `error`. */
int dh_results_find(dh_results *results, dh_digest digest, uint64_t epoch, const dh_now *now,
                    dh_result *found, dh_error *error);

/* Keeps a result, taking what it owns. */
void dh_results_keep(dh_results *results, dh_result *result, const dh_now *now);

/* How many hold. */
uint64_t dh_results_count(dh_results *results, uint64_t epoch, const dh_now *now);

#endif
