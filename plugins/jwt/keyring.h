/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of one source, kept fresh by a thread of their own.
 *
 * A check takes what is there and never fetches. The thread fetches ahead of the time that
 * Cache-Control allows (within bounds), and out of turn when a token names a key that is
 * not known: at most once in an interval, however many tokens ask; those that do wait for
 * it. While the source is down the keys that are there go on serving, for a bounded time.
 */
#ifndef DH_JWT_KEYRING_H
#define DH_JWT_KEYRING_H

#include "source.h"

#include <stdbool.h>

typedef struct keyring keyring;

typedef struct keyring_rules {
  int64_t refresh_min_ms; /* the shortest time between two fetches */
  int64_t refresh_max_ms; /* the longest */
  int64_t stale_max_ms;   /* how long keys serve that could not be fetched again */
} keyring_rules;

/* Starts the thread. NULL and `error`: DH_NO_MEMORY, DH_INTERNAL. `from` is copied. */
keyring *keyring_open(const source *from, const keyring_rules *rules, dh_error *error);
/* Waits for a fetch under way. NULL is accepted. */
void keyring_close(keyring *ring);

/* The keys, as a reference; waits for the first fetch where it may, else DH_TIMEOUT until that
 * has ended. NULL and `error`: DH_UNAVAILABLE, or as source_read(), while there are none. */
dh_keys *keyring_get(keyring *ring, bool may_wait, dh_error *error);

/* A token names a key that `known` does not hold: fresher keys, as a reference, or NULL where
 * there are none (asked for too recently, or the source is down). */
dh_keys *keyring_fresher(keyring *ring, const dh_keys *known);

/* Whether keyring_fresher() would wait now. */
bool keyring_would_wait(keyring *ring, const dh_keys *known);

#endif
