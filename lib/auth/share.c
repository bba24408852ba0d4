/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/share.h"
#include "auth/store.h"
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

/* --- the source: modules, and before them what other processes obtained --- */

typedef struct source {
  dh_context *context;
  dh_chain *chain;
  bool stored;
  char name[DH_PICK_NAME_SIZE];
} source;

static bool is_same(const dh_credential *a, const dh_credential *b)
{
  size_t na, nb;
  const char *pa = dh_secret_bytes(dh_credential_value(a), &na);
  const char *pb = dh_secret_bytes(dh_credential_value(b), &nb);
  return na == nb && !memcmp(pa, pb, na);
}

/* With the store locked: so that of many processes one asks, and the others read. */
static dh_status acquire_stored(source *s, int store, const dh_credential *avoid,
                                int64_t deadline_ms, dh_credential **out, dh_error *error)
{
  bool due = true;
  int64_t now = dh_wall_ms(s->context);
  dh_credential *kept = dh_store_read(s->context, store, &due);
  if (kept && avoid && is_same(kept, avoid)) {
    dh_store_write(store, NULL, now);
    dh_credential_unref(kept);
    kept = NULL;
  }
  if (kept && !due) {
    dh_log(s->context, DH_LOG_DEBUG, "auth: a credential that another process obtained is used");
    *out = kept;
    return DH_OK;
  }
  dh_status status = dh_chain_acquire(s->chain, deadline_ms, out, error);
  if (status == DH_OK)
    dh_store_write(store, *out, now);
  else if (kept) {
    /* It holds on for a while. */
    *out = kept;
    return DH_OK;
  }
  dh_credential_unref(kept);
  return status;
}

static dh_status acquire(void *arg, const dh_credential *avoid, int64_t deadline_ms,
                         dh_credential **out, dh_error *error)
{
  source *s = arg;
  dh_error why;
  int store = s->stored ? dh_store_open(s->context, s->name, deadline_ms, &why) : -1;
  if (store < 0) {
    if (s->stored)
      dh_log(s->context, DH_LOG_WARNING, "credentials are not shared with other processes: %s",
             why.message);
    return dh_chain_acquire(s->chain, deadline_ms, out, error);
  }
  dh_status status = acquire_stored(s, store, avoid, deadline_ms, out, error);
  dh_store_close(store);
  return status;
}

static void invalidate(void *arg, const dh_credential *rejected)
{
  source *s = arg;
  dh_chain_invalidate(s->chain, rejected);
}

static void release(void *arg)
{
  source *s = arg;
  dh_chain_free(s->chain);
  free(s);
}

static source *source_new(dh_context *context, const dh_pick *pick, const char *name, bool stored,
                          dh_error *error)
{
  source *s = calloc(1, sizeof(*s));
  if (!s) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  s->context = context;
  s->stored = stored;
  memcpy(s->name, name, sizeof(s->name));
  s->chain = dh_pick_open(context, pick, error);
  if (s->chain)
    return s;
  free(s);
  return NULL;
}

static dh_shared *shared_new(dh_context *context, const dh_pick *pick, const char *name,
                             bool stored, dh_error *error)
{
  dh_shared *shared = calloc(1, sizeof(*shared));
  if (!shared) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  dh_life_source from = {acquire, invalidate, release,
                         source_new(context, pick, name, stored, error)};
  if (!from.arg) {
    free(shared);
    return NULL;
  }
  shared->life = dh_life_new(context, &from);
  if (!shared->life) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    free(shared);
    return NULL;
  }
  memcpy(shared->name, name, sizeof(shared->name));
  return shared;
}

dh_shared *dh_shared_take(dh_context *context, const dh_pick *pick, bool stored, dh_error *error)
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
    shared = shared_new(context, pick, name, stored, error);
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
