/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one credential: obtained once however many ask, renewed ahead of its end
 * by a thread of its own, kept while it is good although its renewal fails, forgotten
 * when its server refuses it. doc/internals/credential-life.md tells the rules.
 *
 * It knows no module and no stack: it asks a source. All functions are thread-safe.
 */
#ifndef DH_AUTH_LIFE_H
#define DH_AUTH_LIFE_H

#include <datahub/credential.h>

/* Where credentials come from. Its functions are called one at a time, by one thread. */
typedef struct dh_life_source {
  /* On DH_OK `*out` is a reference, or NULL where no credential is wanted. `avoid` (may be
   * NULL) was refused by the server: it must not come out of a cache. Gives up at
   * `deadline_ms` of the context's monotonic clock. */
  dh_status (*acquire)(void *arg, const dh_credential *avoid, int64_t deadline_ms,
                       dh_credential **out, dh_error *error);
  void (*invalidate)(void *arg, const dh_credential *rejected);
  void (*free)(void *arg);
  void *arg;
} dh_life_source;

typedef struct dh_life dh_life;

/* Takes over the source, on failure too. `context` must outlive it. NULL: out of memory. */
dh_life *dh_life_new(dh_context *context, const dh_life_source *source);

/* As dh_credentials_get() and dh_credentials_try(); `owner` marks who waits. */
dh_status dh_life_get(dh_life *life, int64_t timeout_ms, dh_credential **out, dh_error *error);
dh_status dh_life_try(dh_life *life, const void *owner, dh_credential **out,
                      void (*ready)(void *arg), void *arg, dh_error *error);
void dh_life_reject(dh_life *life, const dh_credential *rejected);

/* After it returns, no `ready` of that owner is called or running. */
void dh_life_leave(dh_life *life, const void *owner);

/* Waits for an acquisition under way. Nobody may use it any more. */
void dh_life_free(dh_life *life);

#endif
