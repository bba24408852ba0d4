/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules from the inside: what the floors that run them (lib/auth, lib/verify, lib/emit)
 * build on. doc/internals/modules.md tells the rules.
 *
 * A floor opens an instance so:
 *
 *   dh_module *module = dh_module_load(context, entry->plugin, entry->sha256, error);
 *   const dh_plugin *plugin = dh_module_descriptor(module);
 *   dh_options *options = dh_options_check(context, plugin->options, plugin->name,
 *                                          entry->config, NULL, error);
 *   dh_instance_init(&instance, module, NULL, NULL);
 *   plugin->credential->open(&instance.host, options, &self, error);
 *
 * and keeps module, options and instance until after `close`. A sink's floor passes its own
 * dh_host_ops instead of NULL: the services that only it can give.
 */
#ifndef DH_MODULE_INTERNAL_H
#define DH_MODULE_INTERNAL_H

#include <datahub/module.h>

#include <stdatomic.h>
#include <stdbool.h>

/* --- host --- */

/*
 * The services of dh_host that a floor above lib/module supplies: HTTP with the sink's
 * connection and the stack's credential, and batches. `arg` is what dh_instance_init() was
 * given. A NULL member answers as a host without the service: DH_INTERNAL, nothing, zero.
 */
typedef struct dh_host_ops {
  dh_status (*http_start)(void *arg, const dh_http_request *request, const dh_slice *pieces,
                          size_t piece_count, dh_http_done done, void *done_arg, dh_error *error);
  size_t (*batch_count)(void *arg, const dh_batch *batch);
  const dh_record *(*batch_record)(void *arg, const dh_batch *batch, size_t index);
  dh_slice (*batch_aspect)(void *arg, dh_batch *batch, size_t index);
  void (*batch_done)(void *arg, dh_batch *batch, size_t index, dh_fate fate, const dh_error *error);
  void (*batch_done_all)(void *arg, dh_batch *batch, dh_fate fate, const dh_error *error);
  dh_status (*sink_credential)(void *arg, const char *server, int64_t timeout_ms,
                               dh_credential **out, dh_error *error);
  void (*sink_credential_refused)(void *arg, const dh_credential *credential);
} dh_host_ops;

/* The host as one instance of a module sees it. Embedded by value in what owns the instance;
 * must not move while the instance is open. Nothing to free. */
typedef struct dh_instance {
  dh_host host;      /* first: a service finds its instance by this address */
  dh_module *module; /* borrowed */
  const dh_host_ops *ops;
  void *arg;
} dh_instance;

void dh_instance_init(dh_instance *instance, dh_module *module, const dh_host_ops *ops, void *arg);

/* The context that a module was loaded for; borrowed. */
dh_context *dh_module_context(const dh_module *module);

/* --- credentials --- */

/* What a client sends. Filled by one thread through the host, read-only afterwards. */
struct dh_credential {
  atomic_size_t references;
  dh_context *context;       /* holds a reference */
  char *scheme;              /* NULL until set */
  dh_secret *value;          /* NULL until set */
  int64_t expires_at_ms;     /* wall; 0: unknown */
  int64_t recheck_ms;        /* as credential_set_recheck; -1 */
  char *token_type, *origin; /* or NULL */
};

/* An empty one with one reference; NULL when out of memory. dh_credential_ref(), _unref() and
 * the public readers are in <datahub/credential.h>. */
dh_credential *dh_credential_new(dh_context *context);
/* DH_MALFORMED where the scheme is not one word, or the value is empty or holds what cannot
 * stand in a header (a line break, any control character). */
dh_status dh_credential_set(dh_credential *credential, const char *scheme, const dh_secret *value);
dh_status dh_credential_set_token_type(dh_credential *credential, const char *token_type);
dh_status dh_credential_set_origin(dh_credential *credential, const char *origin);

/* --- principals --- */

#define DH_PRINCIPAL_FIELDS 8

/* Who presented a credential. Filled by one thread, read-only once shared. */
struct dh_principal {
  atomic_size_t references;
  char *text[DH_PRINCIPAL_FIELDS]; /* AUDIENCE is in `audience` */
  char **audience;
  size_t audience_count;
  int64_t expires_at_ms; /* wall; 0: never */
};

/* An empty one with one reference; NULL when out of memory. */
dh_principal *dh_principal_new(void);
/* A copy with one reference, for a module that may yet fail; NULL when out of memory. */
dh_principal *dh_principal_copy(const dh_principal *principal);
/* Any field; AUDIENCE adds up. NULL unsets (AUDIENCE: all). DH_MALFORMED where the value is not
 * UTF-8, DH_INTERNAL for an unknown field, DH_NO_MEMORY. */
dh_status dh_principal_set(dh_principal *principal, dh_principal_field field, const char *value);

#endif
