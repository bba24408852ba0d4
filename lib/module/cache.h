/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small cache that a module's instances share: keys to secrets, bounded in number,
 * each for a time. The oldest leave when it is full. Thread-safe.
 */
#ifndef DH_MODULE_CACHE_H
#define DH_MODULE_CACHE_H

#include <datahub/context.h>

#define DH_CACHE_MAX 256

typedef struct dh_cache dh_cache;

/* Reads the context's monotonic clock. NULL when out of memory. */
dh_cache *dh_cache_new(dh_context *context);
/* A copy of the value, freed by the caller, or NULL. */
dh_secret *dh_cache_get(dh_cache *cache, const char *key);
/* Copies; a NULL value or a `ttl_ms` that is not positive removes. DH_NO_MEMORY. */
dh_status dh_cache_put(dh_cache *cache, const char *key, const dh_secret *value, int64_t ttl_ms);
void dh_cache_free(dh_cache *cache);

#endif
