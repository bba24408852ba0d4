/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/chain.h"
#include "base/context.h"
#include "module/module.h"
#include "stack/stack.h"

#include <stdlib.h>
#include <string.h>

typedef struct link {
  dh_module *module;
  const dh_credential_role *role;
  dh_instance instance;
  dh_options *options;
  void *self;
  bool opened;
  char *where;
} link;

struct dh_chain {
  dh_context *context;
  dh_stack *stack; /* NULL: one module, whose result is the result */
  char *server;
  size_t count;
  link *links;
};

/* What one run has come to. */
typedef struct run {
  dh_chain *chain;
  int64_t deadline_ms;
  dh_credential *prior; /* of the modules whose result was taken */
  dh_credential *last;  /* of the module that ran last */
} run;

static const char *plugin_of(const link *l)
{
  return dh_module_descriptor(l->module)->name;
}

static dh_status open_link(dh_context *context, link *l, const char *plugin, const char *sha256,
                           const dh_config *config, dh_error *error)
{
  static const dh_option none[] = {{.name = NULL}};
  l->module = dh_module_load(context, plugin, sha256, error);
  if (!l->module)
    return error->status;
  const dh_plugin *descriptor = dh_module_descriptor(l->module);
  l->role = descriptor->credential;
  dh_instance_init(&l->instance, l->module, NULL, NULL);
  if (!l->role)
    return dh_error_set(error, DH_MISCONFIGURED, "the module %s gives no credentials; it is for %s",
                        plugin,
                        descriptor->verifier ? "servers that check them" : "sending records");
  l->options = dh_options_check(context, descriptor->options ? descriptor->options : none,
                                descriptor->name, config, NULL, error);
  if (!l->options)
    return error->status;
  dh_status status = l->role->open(&l->instance.host, l->options, &l->self, error);
  if (status == DH_OK)
    l->opened = true;
  else if (error->status != status)
    dh_error_set(error, status, "the module %s could not be opened and does not say why", plugin);
  return status;
}

static dh_chain *chain_new(dh_context *context, const char *server, size_t count, dh_error *error)
{
  dh_chain *chain = calloc(1, sizeof(*chain));
  if (chain) {
    chain->context = context;
    chain->server = strdup(server);
    chain->links = calloc(count ? count : 1, sizeof(*chain->links));
    chain->count = count;
  }
  if (chain && chain->server && chain->links)
    return chain;
  dh_chain_free(chain);
  dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the credential modules");
  return NULL;
}

static dh_status open_at(dh_chain *chain, size_t index, const char *where, const char *plugin,
                         const char *sha256, const dh_config *config, dh_error *error)
{
  link *l = &chain->links[index];
  dh_error why;
  dh_error_clear(&why);
  l->where = strdup(where);
  if (!l->where)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  dh_status status = open_link(chain->context, l, plugin, sha256, config, &why);
  if (status != DH_OK && !strstr(why.message, where))
    dh_error_prefix(&why, "%s: ", where);
  if (status != DH_OK && error)
    *error = why;
  return status;
}

dh_chain *dh_chain_open_list(dh_context *context, const dh_config *list, const dh_config *stacks,
                             const char *server, dh_error *error)
{
  dh_stack *stack = dh_stack_new(list, stacks, error);
  if (!stack)
    return NULL;
  dh_chain *chain = chain_new(context, server, dh_stack_count(stack), error);
  if (!chain) {
    dh_stack_free(stack);
    return NULL;
  }
  chain->stack = stack;
  for (size_t i = 0; i < chain->count; i++) {
    const dh_stack_entry *e = dh_stack_at(stack, i);
    if (open_at(chain, i, e->where, e->plugin, e->sha256, e->config, error)) {
      dh_chain_free(chain);
      return NULL;
    }
  }
  return chain;
}

dh_chain *dh_chain_open_one(dh_context *context, const char *plugin, const dh_config *config,
                            const char *server, dh_error *error)
{
  dh_chain *chain = chain_new(context, server, 1, error);
  if (chain && open_at(chain, 0, dh_config_where(config), plugin, NULL, config, error)) {
    dh_chain_free(chain);
    chain = NULL;
  }
  return chain;
}

static dh_status check_value(const link *l, const dh_credential *credential, dh_error *error)
{
  if (!dh_credential_value(credential))
    return dh_error_set(error, DH_INTERNAL, "the module %s said it was done, but gave no token",
                        plugin_of(l));
  int64_t expiry = dh_credential_expiry(credential);
  int64_t now = dh_wall_ms(credential->context);
  if (expiry && expiry <= now)
    return dh_error_set(error, DH_EXPIRED,
                        "the token from %s ended %lld s ago by this machine's clock; is the clock "
                        "right, is its issuer's?",
                        dh_credential_origin(credential), (long long)((now - expiry) / 1000));
  return DH_OK;
}

static dh_status run_link(void *arg, size_t index, dh_error *error)
{
  run *r = arg;
  link *l = &r->chain->links[index];
  dh_error why;
  dh_credential_request request = {
      .struct_size = sizeof(request),
      .server = r->chain->server,
      .deadline_ms = r->deadline_ms,
  };
  dh_error_clear(&why);
  dh_credential_unref(r->last);
  r->last = dh_credential_new(r->chain->context);
  if (!r->last)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  dh_status status = l->role->acquire(l->self, &request, r->prior, r->last, &why);
  if (status == DH_OK)
    status = check_value(l, r->last, &why);
  if (status == DH_OK) {
    dh_log(r->chain->context, DH_LOG_DEBUG, "auth: %s gave a credential (%s)", plugin_of(l),
           dh_credential_origin(r->last));
    return DH_OK;
  }
  if (why.status != status || !why.message[0])
    dh_error_set(&why, status, "%s", dh_status_name(status));
  dh_error_prefix(&why, "%s: ", plugin_of(l));
  dh_log(r->chain->context, DH_LOG_INFO, "auth: %s", why.message);
  if (error)
    *error = why;
  return status;
}

static void commit_link(void *arg, size_t index)
{
  run *r = arg;
  (void)index;
  dh_credential_unref(r->prior);
  r->prior = r->last;
  r->last = NULL;
}

static void forget_all(void *arg)
{
  run *r = arg;
  dh_credential_unref(r->prior);
  r->prior = NULL;
}

dh_status dh_chain_acquire(dh_chain *chain, int64_t deadline_ms, dh_credential **out,
                           dh_error *error)
{
  run r = {.chain = chain, .deadline_ms = deadline_ms};
  dh_stack_run how = {run_link, commit_link, forget_all, &r};
  dh_status status;
  if (chain->stack) {
    status = dh_stack_eval(chain->stack, &how, error);
  } else {
    status = run_link(&r, 0, error);
    if (status == DH_OK)
      commit_link(&r, 0);
  }
  dh_credential_unref(r.last);
  if (status == DH_OK && !r.prior)
    status = dh_error_set(error, DH_DENIED,
                          "the credential stack forgot its only credential; look "
                          "at its `reset` actions");
  if (status == DH_OK)
    *out = r.prior;
  else
    dh_credential_unref(r.prior);
  return status;
}

void dh_chain_invalidate(dh_chain *chain, const dh_credential *rejected)
{
  for (size_t i = 0; i < chain->count; i++)
    if (chain->links[i].role->invalidate)
      chain->links[i].role->invalidate(chain->links[i].self, rejected);
}

size_t dh_chain_count(const dh_chain *chain)
{
  return chain->count;
}

const char *dh_chain_plugin(const dh_chain *chain, size_t index)
{
  return plugin_of(&chain->links[index]);
}

const char *dh_chain_where(const dh_chain *chain, size_t index)
{
  return chain->links[index].where;
}

void dh_chain_free(dh_chain *chain)
{
  if (!chain)
    return;
  for (size_t i = 0; chain->links && i < chain->count; i++) {
    link *l = &chain->links[i];
    if (l->opened && l->role->close)
      l->role->close(l->self);
    dh_options_free(l->options);
    dh_module_unref(l->module);
    free(l->where);
  }
  dh_stack_free(chain->stack);
  free(chain->links);
  free(chain->server);
  free(chain);
}
