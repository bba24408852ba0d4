/* SPDX-License-Identifier: Apache-2.0 */
#include "lookup.h"

#include "../net/url.h"

#include <stdlib.h>
#include <string.h>

/* How GMS is told who asks: a token of ours, or the system client's pair in clear. */
static dh_status read_authorization(lookup *where, const dh_options *options, dh_error *error)
{
  const dh_host *host = where->host;
  static const setting token_from = {.option = "gms_token", .file = "gms_token_file"};
  static const setting secret_from = {.option = "gms_client_secret",
                                      .variable = "DATAHUB_SYSTEM_CLIENT_SECRET"};
  const char *id = host->option_text(host, options, "gms_client_id");
  dh_secret *secret = NULL;
  size_t size;
  dh_status status = setting_secret(host, options, &token_from, &secret, error);
  const char *scheme = "Bearer ";
  if (status == DH_OK && !secret && id) {
    status = setting_secret(host, options, &secret_from, &secret, error);
    scheme = "Basic ";
  } else
    id = NULL;
  if (status != DH_OK)
    return status;
  if (!secret)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: asking a GMS needs gms_token, gms_token_file, or gms_client_id with "
                      "gms_client_secret: GMS answers nobody else",
                      host->option_where(host, options, "gms"));
  const char *bytes = host->secret_bytes(host, secret, &size);
  size_t room = strlen(scheme) + (id ? strlen(id) + 1 : 0) + size + 1;
  char *value = malloc(room);
  if (value) {
    char *end = stpcpy(value, scheme);
    if (id)
      end = stpcpy(stpcpy(end, id), ":");
    memcpy(end, bytes, size);
    where->authorization = host->secret_new(host, value, room - 1);
    host->wipe(host, value, room);
    free(value);
  }
  host->secret_free(host, secret);
  return where->authorization ? DH_OK : host->fail(host, error, DH_NO_MEMORY, "out of memory");
}

dh_status lookup_open(lookup *where, const dh_host *host, const dh_options *options,
                      dh_error *error)
{
  where->host = host;
  pthread_mutex_init(&where->store_lock, NULL);
  where->store_path = host->option_text(host, options, "store");
  where->gms = host->option_text(host, options, "gms");
  where->server = setting_server_read(host, options);
  if (host->option_number(host, options, "require_actor"))
    where->store_flags = DH_PAT_STORE_KNOWN_ACTORS;
  if (where->store_path && where->gms)
    return host->fail(host, error, DH_MISCONFIGURED, "%s: give store or gms, not both",
                      host->option_where(host, options, "gms"));
  if (where->gms) {
    url_warn_exposed(host, where->gms,
                     "anyone on the way can read the credential, and say that a token is good");
    return read_authorization(where, options, error);
  }
  if (where->store_path) {
    dh_error why;
    dh_pat_store *store = dh_pat_store_open(where->store_path, 0, &why);
    atomic_init(&where->store, store);
    if (!store && why.status == DH_MISCONFIGURED)
      return host->fail(host, error, why.status, "%s", why.message);
    if (!store)
      host->log(host, DH_LOG_WARNING, "%s; tokens of version 2 wait until it is there",
                why.message);
  } else
    host->log(host, DH_LOG_WARNING,
              "neither store nor gms is set: a revoked token passes until it expires");
  return DH_OK;
}

void lookup_close(lookup *where)
{
  if (!where->host)
    return;
  dh_pat_store_close(where->store);
  where->host->secret_free(where->host, where->authorization);
  pthread_mutex_destroy(&where->store_lock);
}

/* Opens the table where that could not be done before. */
static dh_pat_store *opened_store(lookup *where, bool now, dh_error *error)
{
  dh_pat_store *store = atomic_load(&where->store);
  if (store)
    return store;
  if (!now)
    pthread_mutex_lock(&where->store_lock);
  else if (pthread_mutex_trylock(&where->store_lock)) {
    dh_error_set(error, DH_TIMEOUT, "%s: is being opened", where->store_path);
    return NULL;
  }
  store = atomic_load(&where->store);
  if (!store) {
    store = dh_pat_store_open(where->store_path, now ? DH_PAT_STORE_NOW : 0, error);
    atomic_store(&where->store, store);
  }
  pthread_mutex_unlock(&where->store_lock);
  return store;
}

static dh_status ask_store(lookup *where, const char *id, const char *actor_urn, bool now,
                           dh_error *error)
{
  dh_error why = {.status = DH_UNAVAILABLE};
  dh_pat_store *store = opened_store(where, now, &why);
  if (!store)
    return where->host->fail(where->host, error, why.status, "%s", why.message);
  return dh_pat_store_check(store, id, actor_urn, where->store_flags | (now ? DH_PAT_STORE_NOW : 0),
                            error);
}

dh_status lookup_ask(lookup *where, const char *id, const char *actor_urn, bool now,
                     dh_error *error)
{
  if (where->store_path)
    return ask_store(where, id, actor_urn, now, error);
  if (!where->gms || !id)
    return DH_OK;
  if (now)
    return where->host->fail(where->host, error, DH_TIMEOUT, "%s has to be asked", where->gms);
  return ask_gms(where, id, actor_urn, error);
}

dh_status lookup_probe(lookup *where, dh_error *error)
{
  if (!where->store_path)
    return DH_OK;
  dh_status status = ask_store(where, "", "", true, error);
  return status == DH_REVOKED ? DH_OK : status; /* there is no such token, says the table */
}
