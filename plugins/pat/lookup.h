/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a PAT whose signature is good still holds: asked of the table of whoever issues
 * PATs, or of a GMS, or of nobody.
 */
#ifndef DH_PAT_LOOKUP_H
#define DH_PAT_LOOKUP_H

#include "../check/settings.h"

#include <datahub/token.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

typedef struct lookup {
  const dh_host *host;
  /* the table */
  const char *store_path; /* or NULL */
  unsigned store_flags;
  pthread_mutex_t store_lock; /* around opening it */
  _Atomic(dh_pat_store *) store;
  /* a GMS */
  const char *gms;          /* its URL, or NULL */
  dh_secret *authorization; /* what GMS is shown: the value of the header */
  setting_server server;
} lookup;

/* Reads the options. What cannot be reached yet is no error: it may start after us. */
dh_status lookup_open(lookup *where, const dh_host *host, const dh_options *options,
                      dh_error *error);
void lookup_close(lookup *where);

/* `id` is NULL for a version 1 token, of which only a table's actors are asked. DH_OK,
 * DH_REVOKED, DH_DENIED (the actor), DH_UNAVAILABLE, DH_TIMEOUT, DH_MISCONFIGURED. Where `now`
 * is set nothing is waited for, and DH_TIMEOUT or DH_UNAVAILABLE may be a matter of waiting. */
dh_status lookup_ask(lookup *where, const char *id, const char *actor_urn, bool now,
                     dh_error *error);

/* Whether a table can be read; a GMS is not asked. Waits for nothing. */
dh_status lookup_probe(lookup *where, dh_error *error);

/* The part that asks a GMS (ask_gms.c). */
dh_status ask_gms(const lookup *where, const char *id, const char *actor_urn, dh_error *error);

#endif
