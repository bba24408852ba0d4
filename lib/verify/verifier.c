/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verifier: the chain of the moment, the results of late, and what each thread slot has
 * of both to itself. doc/internals/verifier-cache.md tells the rules.
 */
#include "verify/cache.h"
#include "verify/chain.h"
#include "verify/fingerprint.h"
#include "verify/near.h"
#include "verify/presented.h"

#include "base/slot.h"
#include "base/text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Refusals have a table of their own: whoever sends rubbish must not push out good tokens. */
#define REFUSALS_SHARE 8

struct dh_verifier {
  dh_context *context;
  dh_results *accepted, *refused;
  dh_fingerprint_key names;
  atomic_uint_least64_t epoch; /* results of another one are void */
  atomic_int_least64_t revocation_delay_ms, negative_ttl_ms;
  pthread_mutex_t reload_lock;
  dh_closing closing;
  dh_near near[DH_SLOTS];
};

/* --- configuration --- */

static const dh_option cache_options[] = {
    {.name = "max_entries",
     .type = DH_OPT_INTEGER,
     .default_value = "100000",
     .min = 0,
     .max = 100000000,
     .help = "How many accepted credentials are remembered at most; 0: none."},
    {.name = "revocation_delay",
     .type = DH_OPT_DURATION,
     .default_value = "5s",
     .min = 0,
     .max = INT64_C(86400000),
     .help = "How long an accepted credential is remembered at most: a revocation takes effect "
             "within it."},
    {.name = "negative_ttl",
     .type = DH_OPT_DURATION,
     .default_value = "5s",
     .min = 0,
     .max = INT64_C(86400000),
     .help = "How long a refused credential is remembered."},
    {.name = NULL},
};

static dh_status check_keys(const dh_config *config, dh_error *error)
{
  static const char *const known[] = {"stack", "stacks", "cache", NULL};
  for (size_t i = 0; i < dh_config_count(config); i++) {
    const char *key = dh_config_key_at(config, i);
    size_t at = 0;
    while (known[at] && key && strcmp(known[at], key))
      at++;
    if (known[at] && key)
      continue;
    const char *near = key ? dh_text_nearest(key, known) : NULL;
    return dh_error_set(
        error, DH_MISCONFIGURED,
        "%s: a verifier has no setting \"%s\"%s%s%s: it has stack, stacks and cache",
        dh_config_where(dh_config_at(config, i)), key ? key : "", near ? " (" : "",
        near ? near : "", near ? "?)" : "");
  }
  if (!dh_config_get(config, "stack"))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: a verifier needs a stack: a list of modules with their controls",
                        dh_config_where(config));
  return DH_OK;
}

/* Opens the chain and reads the cache's settings; NULL and `error` where either is wrong. */
static dh_chain *configure(dh_verifier *verifier, const dh_config *config, int64_t *max_entries,
                           dh_error *error)
{
  if (check_keys(config, error) != DH_OK)
    return NULL;
  dh_options *options = dh_options_check(verifier->context, cache_options, "the verifier's cache",
                                         dh_config_get(config, "cache"), NULL, error);
  if (!options)
    return NULL;
  dh_chain *chain = dh_chain_open(verifier->context, dh_config_get(config, "stack"),
                                  dh_config_get(config, "stacks"), &verifier->closing, error);
  if (chain) {
    *max_entries = dh_options_number(options, "max_entries");
    atomic_store(&verifier->revocation_delay_ms, dh_options_number(options, "revocation_delay"));
    atomic_store(&verifier->negative_ttl_ms, dh_options_number(options, "negative_ttl"));
  }
  dh_options_free(options);
  return chain;
}

/* --- life --- */

static dh_verifier *new_verifier(dh_context *context)
{
  dh_verifier *verifier = aligned_alloc(_Alignof(dh_verifier), sizeof(*verifier));
  if (!verifier)
    return NULL;
  memset(verifier, 0, sizeof(*verifier));
  verifier->context = dh_context_ref(context);
  pthread_mutex_init(&verifier->reload_lock, NULL);
  dh_closing_init(&verifier->closing);
  atomic_init(&verifier->epoch, 1);
  for (size_t i = 0; i < DH_SLOTS; i++)
    dh_near_init(&verifier->near[i]);
  return verifier;
}

dh_verifier *dh_verifier_open(dh_context *context, const dh_config *config, dh_error *error)
{
  int64_t max_entries = 0;
  dh_chain *chain = NULL;
  dh_verifier *verifier = new_verifier(context);
  if (!verifier)
    goto no_memory;
  if (!dh_fingerprint_init(&verifier->names)) {
    dh_error_set(error, DH_INTERNAL, "OpenSSL has no random numbers");
    goto failed;
  }
  chain = configure(verifier, config, &max_entries, error);
  if (!chain)
    goto failed;
  verifier->accepted = dh_results_new((size_t)max_entries);
  verifier->refused = dh_results_new((size_t)max_entries / REFUSALS_SHARE);
  if (!verifier->accepted || !verifier->refused)
    goto no_memory;
  for (size_t i = 0; i < DH_SLOTS; i++)
    if (!dh_near_set_chain(&verifier->near[i], chain))
      goto no_memory;
  dh_chain_unref(chain);
  return verifier;

no_memory:
  dh_error_set(error, DH_NO_MEMORY, "out of memory while opening a verifier");
failed:
  dh_chain_unref(chain);
  dh_verifier_close(verifier);
  return NULL;
}

void dh_verifier_close(dh_verifier *verifier)
{
  if (!verifier)
    return;
  for (size_t i = 0; i < DH_SLOTS; i++)
    dh_near_clear(&verifier->near[i]);
  dh_closing_clear(&verifier->closing);
  dh_results_free(verifier->accepted);
  dh_results_free(verifier->refused);
  pthread_mutex_destroy(&verifier->reload_lock);
  dh_context_free(verifier->context);
  dh_wipe(&verifier->names, sizeof(verifier->names));
  free(verifier);
}

dh_status dh_verifier_reload(dh_verifier *verifier, const dh_config *config, dh_error *error)
{
  int64_t max_entries;
  dh_status status = DH_OK;
  pthread_mutex_lock(&verifier->reload_lock);
  dh_chain *chain = configure(verifier, config, &max_entries, error);
  if (!chain) {
    pthread_mutex_unlock(&verifier->reload_lock);
    return error ? error->status : DH_MISCONFIGURED;
  }
  for (size_t i = 0; i < DH_SLOTS; i++)
    if (!dh_near_set_chain(&verifier->near[i], chain))
      status = dh_error_set(error, DH_NO_MEMORY,
                            "out of memory: the new configuration was taken in part; reload again");
  dh_chain_unref(chain);
  /* After the last slot has the new chain: what the old one still says is void. */
  dh_verifier_forget(verifier);
  if (!dh_results_resize(verifier->accepted, (size_t)max_entries) ||
      !dh_results_resize(verifier->refused, (size_t)max_entries / REFUSALS_SHARE))
    status =
        dh_error_set(error, DH_NO_MEMORY,
                     "out of memory: the new configuration is in force, its max_entries of %lld "
                     "in part; lower it and reload again",
                     (long long)max_entries);
  pthread_mutex_unlock(&verifier->reload_lock);
  return status;
}

void dh_verifier_forget(dh_verifier *verifier)
{
  atomic_fetch_add(&verifier->epoch, 1);
}

/* --- checking --- */

static dh_now read_clocks(const dh_verifier *verifier)
{
  return (dh_now){dh_wall_ms(verifier->context), dh_mono_ms(verifier->context)};
}

static void remember(dh_verifier *verifier, dh_result *result, const char *words, const dh_now *now)
{
  int accepted = result->status == DH_OK;
  int64_t ttl = atomic_load_explicit(
      accepted ? &verifier->revocation_delay_ms : &verifier->negative_ttl_ms, memory_order_relaxed);
  if (ttl <= 0)
    return;
  result->until_mono_ms = now->mono_ms + ttl;
  if (accepted) {
    result->expires_at_ms = dh_principal_expiry(result->principal);
    dh_principal_ref(result->principal);
  } else
    result->words = strdup(words);
  dh_results_keep(accepted ? verifier->accepted : verifier->refused, result, now);
}

/* One question, as far as it has been asked. */
typedef struct asking {
  dh_verifier *verifier;
  dh_near *near;
  const char *authorization;
  size_t size;
  dh_now now;
  dh_result result;
} asking;

static asking begin(dh_verifier *verifier, const char *authorization)
{
  asking q = {.verifier = verifier,
              .near = &verifier->near[dh_thread_slot()],
              .authorization = authorization ? authorization : "",
              .now = read_clocks(verifier)};
  q.size = strnlen(q.authorization, DH_PRESENTED_MAX + 1);
  q.result.epoch = atomic_load_explicit(&verifier->epoch, memory_order_acquire);
  q.result.digest = dh_fingerprint(&verifier->names, q.authorization, q.size);
  return q;
}

/* What is remembered, counted; DH_IGNORE where nothing is. */
static dh_status recall(const asking *q, dh_principal **out, dh_error *error)
{
  const dh_verifier *verifier = q->verifier;
  dh_result found;
  *out = dh_near_find(q->near, q->result.digest, q->result.epoch, &q->now);
  if (*out)
    return DH_OK;
  if (dh_results_find(verifier->accepted, q->result.digest, q->result.epoch, &q->now, &found,
                      error)) {
    *out = found.principal;
    dh_near_learn(q->near, &found);
    return DH_OK;
  }
  if (dh_results_find(verifier->refused, q->result.digest, q->result.epoch, &q->now, &found,
                      error)) {
    dh_near_count(q->near, DH_COUNT_NEGATIVE_HIT, found.status);
    return found.status;
  }
  return DH_IGNORE;
}

static dh_status ask_chain(asking *q, const dh_presented *presented, dh_principal **out,
                           dh_error *error)
{
  dh_error unwanted;
  int settled = 0;
  if (!error)
    error = &unwanted;
  dh_chain_hold *hold = dh_near_enter(q->near);
  dh_status status = dh_chain_check(dh_chain_held(hold), presented, out, &settled, error);
  dh_near_leave(hold);
  if (status == DH_OK || (dh_is_refusal(status) && settled)) {
    q->result.status = status;
    q->result.principal = *out;
    remember(q->verifier, &q->result, error->message, &q->now);
  }
  return status;
}

/* How far a question may go. */
typedef enum effort { KNOWN, NOW, WAIT } effort;

static dh_status check(dh_verifier *verifier, const char *authorization, effort most,
                       dh_principal **out, dh_error *error)
{
  char scheme[DH_SCHEME_MAX];
  dh_presented presented;
  dh_error_clear(error);
  asking q = begin(verifier, authorization);
  dh_status status = recall(&q, out, error);
  if (status != DH_IGNORE)
    return status;
  status = dh_presented_split(&presented, scheme, q.authorization, q.size, error);
  if (status == DH_OK && most == KNOWN)
    return DH_IGNORE;
  presented.flags = most == NOW ? DH_PRESENTED_NOW : 0;
  if (status == DH_OK)
    status = ask_chain(&q, &presented, out, error);
  if (status == DH_IGNORE)
    return status;
  dh_near_count(q.near, DH_COUNT_CHECKED, status);
  return status;
}

dh_status dh_verifier_check(dh_verifier *verifier, const char *authorization, dh_principal **out,
                            dh_error *error)
{
  return check(verifier, authorization, WAIT, out, error);
}

dh_status dh_verifier_check_cached(dh_verifier *verifier, const char *authorization,
                                   dh_principal **out, dh_error *error)
{
  return check(verifier, authorization, KNOWN, out, error);
}

dh_status dh_verifier_check_now(dh_verifier *verifier, const char *authorization,
                                dh_principal **out, dh_error *error)
{
  return check(verifier, authorization, NOW, out, error);
}

dh_status dh_verifier_ready(dh_verifier *verifier, dh_error *error)
{
  dh_error_clear(error);
  dh_chain_hold *hold = dh_near_enter(&verifier->near[dh_thread_slot()]);
  dh_status status = dh_chain_probe(dh_chain_held(hold), error);
  dh_near_leave(hold);
  return status;
}

void dh_verifier_get_stats(dh_verifier *verifier, dh_verifier_stats *stats)
{
  dh_verifier_stats sum = {.struct_size = stats->struct_size};
  uint64_t epoch = atomic_load(&verifier->epoch);
  dh_now now = read_clocks(verifier);
  for (size_t i = 0; i < DH_SLOTS; i++)
    dh_near_add_stats(&verifier->near[i], &sum);
  sum.entries = dh_results_count(verifier->accepted, epoch, &now) +
                dh_results_count(verifier->refused, epoch, &now);
  size_t size = stats->struct_size < sizeof(sum) ? stats->struct_size : sizeof(sum);
  memcpy(stats, &sum, size);
}
