/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/share.h"
#include "base/context.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct dh_shared {
  dh_shared *next;
  size_t users;
  dh_life *life;
  char name[DH_PICK_NAME_SIZE];
};

typedef struct registry {
  pthread_mutex_t lock;
  dh_shared *first;
} registry;

static const char registry_key;

static void *registry_new(void)
{
  registry *r = calloc(1, sizeof(*r));
  if (r)
    pthread_mutex_init(&r->lock, NULL);
  return r;
}

static void registry_free(void *kept)
{
  registry *r = kept;
  pthread_mutex_destroy(&r->lock);
  free(r);
}

static dh_status acquire(void *arg, const dh_credential *avoid, int64_t deadline_ms,
                         dh_credential **out, dh_error *error)
{
  (void)avoid;
  return dh_chain_acquire(arg, deadline_ms, out, error);
}

static void invalidate(void *arg, const dh_credential *rejected)
{
  dh_chain_invalidate(arg, rejected);
}

static void release(void *arg)
{
  dh_chain_free(arg);
}

static dh_shared *shared_new(dh_context *context, const dh_pick *pick, const char *name,
                             dh_error *error)
{
  dh_shared *shared = calloc(1, sizeof(*shared));
  if (!shared) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  dh_life_source source = {acquire, invalidate, release, dh_pick_open(context, pick, error)};
  if (!source.arg) {
    free(shared);
    return NULL;
  }
  shared->life = dh_life_new(context, &source);
  if (!shared->life) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    free(shared);
    return NULL;
  }
  memcpy(shared->name, name, sizeof(shared->name));
  return shared;
}

dh_shared *dh_shared_take(dh_context *context, const dh_pick *pick, dh_error *error)
{
  char name[DH_PICK_NAME_SIZE];
  registry *r = dh_context_keep(context, &registry_key, registry_new, registry_free);
  if (!r) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  if (dh_pick_name(pick, name, error))
    return NULL;
  pthread_mutex_lock(&r->lock);
  dh_shared *shared = r->first;
  while (shared && strcmp(shared->name, name))
    shared = shared->next;
  if (!shared) {
    shared = shared_new(context, pick, name, error);
    if (shared) {
      shared->next = r->first;
      r->first = shared;
    }
  }
  if (shared)
    shared->users++;
  pthread_mutex_unlock(&r->lock);
  return shared;
}

dh_life *dh_shared_life(dh_shared *shared)
{
  return shared->life;
}

void dh_shared_drop(dh_context *context, dh_shared *shared)
{
  registry *r = dh_context_keep(context, &registry_key, registry_new, registry_free);
  pthread_mutex_lock(&r->lock);
  size_t left = --shared->users;
  for (dh_shared **at = &r->first; !left && *at; at = &(*at)->next)
    if (*at == shared) {
      *at = shared->next;
      break;
    }
  pthread_mutex_unlock(&r->lock);
  if (left)
    return;
  dh_life_free(shared->life);
  free(shared);
}
