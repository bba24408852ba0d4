/* SPDX-License-Identifier: Apache-2.0 */
#include "module/cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
  struct entry *next;
  dh_secret *value;
  int64_t ends_ms;
  char key[];
};

struct dh_cache {
  dh_context *context; /* borrowed: the module holds it */
  pthread_mutex_t lock;
  struct entry *first; /* the youngest */
  size_t count;
};

dh_cache *dh_cache_new(dh_context *context)
{
  dh_cache *cache = calloc(1, sizeof(*cache));
  if (!cache)
    return NULL;
  cache->context = context;
  if (pthread_mutex_init(&cache->lock, NULL)) {
    free(cache);
    return NULL;
  }
  return cache;
}

static void drop(dh_cache *cache, struct entry **link)
{
  struct entry *entry = *link;
  *link = entry->next;
  cache->count--;
  dh_secret_free(entry->value);
  dh_wipe(entry->key, strlen(entry->key));
  free(entry);
}

/* The link to the entry under `key`, dropping what has ended on the way; NULL where there is none.
 */
static struct entry **find(dh_cache *cache, const char *key, int64_t now_ms)
{
  struct entry **link = &cache->first;
  while (*link) {
    if ((*link)->ends_ms <= now_ms)
      drop(cache, link);
    else if (!strcmp((*link)->key, key))
      return link;
    else
      link = &(*link)->next;
  }
  return NULL;
}

dh_secret *dh_cache_get(dh_cache *cache, const char *key)
{
  dh_secret *copy = NULL;
  pthread_mutex_lock(&cache->lock);
  struct entry **link = find(cache, key, dh_mono_ms(cache->context));
  if (link) {
    size_t size;
    const char *bytes = dh_secret_bytes((*link)->value, &size);
    copy = dh_secret_new(cache->context, bytes, size);
  }
  pthread_mutex_unlock(&cache->lock);
  return copy;
}

static struct entry *new_entry(dh_cache *cache, const char *key, const dh_secret *value)
{
  size_t size, key_size = strlen(key) + 1;
  const char *bytes = dh_secret_bytes(value, &size);
  struct entry *entry = malloc(sizeof(*entry) + key_size);
  if (!entry)
    return NULL;
  memcpy(entry->key, key, key_size);
  entry->value = dh_secret_new(cache->context, bytes, size);
  if (!entry->value) {
    free(entry);
    return NULL;
  }
  return entry;
}

static void drop_oldest(dh_cache *cache)
{
  struct entry **link = &cache->first;
  while ((*link)->next)
    link = &(*link)->next;
  drop(cache, link);
}

dh_status dh_cache_put(dh_cache *cache, const char *key, const dh_secret *value, int64_t ttl_ms)
{
  int64_t now_ms = dh_mono_ms(cache->context);
  struct entry *entry = NULL;
  if (value && ttl_ms > 0) {
    entry = new_entry(cache, key, value);
    if (!entry)
      return DH_NO_MEMORY;
    entry->ends_ms = ttl_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + ttl_ms;
  }
  pthread_mutex_lock(&cache->lock);
  struct entry **link = find(cache, key, now_ms);
  if (link)
    drop(cache, link);
  if (entry) {
    if (cache->count >= DH_CACHE_MAX)
      drop_oldest(cache);
    entry->next = cache->first;
    cache->first = entry;
    cache->count++;
  }
  pthread_mutex_unlock(&cache->lock);
  return DH_OK;
}

void dh_cache_free(dh_cache *cache)
{
  if (!cache)
    return;
  while (cache->first)
    drop(cache, &cache->first);
  pthread_mutex_destroy(&cache->lock);
  free(cache);
}
