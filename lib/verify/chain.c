/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/chain.h"

#include "module/module.h"
#include "stack/stack.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* An opened module of the stack. */
typedef struct link {
  dh_module *module;
  dh_options *options;
  dh_instance instance;
  const dh_plugin *plugin;
  void *self;
  bool open;
} link;

struct dh_chain {
  atomic_size_t references;
  dh_stack *stack;
  link *links;
  size_t count;
  dh_closing *closing; /* NULL until all are open */
};

/* --- opening --- */

static dh_status open_link(link *to, dh_context *context, const dh_stack_entry *entry,
                           dh_error *error)
{
  to->module = dh_module_load(context, entry->plugin, entry->sha256, error);
  if (!to->module)
    return DH_MISCONFIGURED;
  to->plugin = dh_module_descriptor(to->module);
  if (!to->plugin->verifier || !to->plugin->verifier->verify)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the module %s is not a verifier: it cannot stand in a verifier's stack",
                        to->plugin->name);
  to->options =
      dh_options_check(context, to->plugin->options, to->plugin->name, entry->config, NULL, error);
  if (!to->options)
    return DH_MISCONFIGURED;
  dh_instance_init(&to->instance, to->module, NULL, NULL);
  dh_status status = to->plugin->verifier->open(&to->instance.host, to->options, &to->self, error);
  to->open = status == DH_OK;
  return status;
}

static void close_link(link *of)
{
  if (of->open)
    of->plugin->verifier->close(of->self);
  dh_options_free(of->options);
  dh_module_unref(of->module);
}

dh_chain *dh_chain_open(dh_context *context, const dh_config *stack, const dh_config *stacks,
                        dh_closing *closing, dh_error *error)
{
  dh_chain *chain = calloc(1, sizeof(*chain));
  if (!chain)
    goto no_memory;
  atomic_init(&chain->references, 1);
  chain->stack = dh_stack_new(stack, stacks, error);
  if (!chain->stack)
    goto failed;
  size_t count = dh_stack_count(chain->stack);
  chain->links = calloc(count ? count : 1, sizeof(link));
  if (!chain->links)
    goto no_memory;
  for (size_t i = 0; i < count; i++) {
    const dh_stack_entry *entry = dh_stack_at(chain->stack, i);
    chain->count = i + 1;
    if (open_link(&chain->links[i], context, entry, error) == DH_OK)
      continue;
    if (error && strncmp(error->message, entry->where, strlen(entry->where)))
      dh_error_prefix(error, "%s: ", entry->where);
    goto failed;
  }
  chain->closing = closing;
  return chain;

no_memory:
  dh_error_set(error, DH_NO_MEMORY, "out of memory while opening a verifier");
failed:
  dh_chain_unref(chain);
  return NULL;
}

dh_chain *dh_chain_ref(dh_chain *chain)
{
  atomic_fetch_add(&chain->references, 1);
  return chain;
}

static void close_chain(void *closed)
{
  dh_chain *chain = closed;
  for (size_t i = 0; i < chain->count; i++)
    close_link(&chain->links[i]);
  free(chain->links);
  dh_stack_free(chain->stack);
  free(chain);
}

void dh_chain_unref(dh_chain *chain)
{
  if (!chain || atomic_fetch_sub(&chain->references, 1) != 1)
    return;
  if (chain->closing)
    dh_closing_add(chain->closing, close_chain, chain);
  else
    close_chain(chain);
}

/* --- running --- */

typedef struct run {
  const dh_chain *chain;
  const dh_presented *presented;
  dh_principal *good;    /* what the stack holds so far, or NULL */
  dh_principal *pending; /* what the last module filled */
  bool settled, waits;
} run;

int dh_is_refusal(dh_status status)
{
  return status == DH_DENIED || status == DH_EXPIRED || status == DH_REVOKED ||
         status == DH_MALFORMED;
}

static void drop_pending(run *now)
{
  dh_principal_unref(now->pending);
  now->pending = NULL;
}

static dh_status run_link(void *arg, size_t index, dh_error *error)
{
  run *now = arg;
  const link *at = &now->chain->links[index];
  drop_pending(now);
  bool hurried = now->presented->flags & DH_PRESENTED_NOW;
  /* Whoever comes behind one that waits might be asked in vain, or not at all. */
  if (now->waits || (hurried && !(at->plugin->verifier->flags & DH_VERIFIER_NOW))) {
    now->waits = true;
    return dh_error_set(error, DH_TIMEOUT, "not without waiting");
  }
  now->pending = now->good ? dh_principal_copy(now->good) : dh_principal_new();
  if (!now->pending)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while checking a credential");
  dh_status status = at->plugin->verifier->verify(at->self, now->presented, now->pending, error);
  if (status != DH_OK && status != DH_IGNORE && !dh_is_refusal(status)) {
    now->settled = false;
    now->waits = hurried; /* whoever may wait learns what is really wrong */
  }
  if (status != DH_OK)
    return status;
  if (dh_principal_set(now->pending, DH_PRINCIPAL_METHOD, at->plugin->name) != DH_OK)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while checking a credential");
  return DH_OK;
}

/* What two modules vouched for ends with the one that ends first. */
static int64_t earlier(int64_t a, int64_t b)
{
  return !a ? b : !b ? a : a < b ? a : b;
}

static void commit_link(void *arg, size_t index)
{
  run *now = arg;
  (void)index;
  if (!now->pending)
    return;
  if (now->good)
    now->pending->expires_at_ms = earlier(now->pending->expires_at_ms, now->good->expires_at_ms);
  dh_principal_unref(now->good);
  now->good = now->pending;
  now->pending = NULL;
}

static void reset_links(void *arg)
{
  run *now = arg;
  dh_principal_unref(now->good);
  now->good = NULL;
  drop_pending(now);
}

dh_status dh_chain_check(const dh_chain *chain, const dh_presented *presented, dh_principal **out,
                         int *settled, dh_error *error)
{
  run now = {.chain = chain, .presented = presented, .settled = true};
  const dh_stack_run how = {
      .run = run_link, .committed = commit_link, .reset = reset_links, .arg = &now};
  dh_status status = dh_stack_eval(chain->stack, &how, error);
  drop_pending(&now);
  *settled = now.settled;
  *out = NULL;
  if (now.waits) {
    dh_error_clear(error);
    dh_principal_unref(now.good);
    return DH_IGNORE;
  }
  if (status == DH_OK && !now.good)
    status = dh_error_set(error, DH_INTERNAL, "the stack succeeded without a principal");
  if (status == DH_OK)
    *out = now.good;
  else
    dh_principal_unref(now.good);
  return status;
}

dh_status dh_chain_probe(const dh_chain *chain, dh_error *error)
{
  const dh_presented probe = {.struct_size = sizeof(probe),
                              .flags = DH_PRESENTED_NOW | DH_PRESENTED_PROBE,
                              .scheme = "Bearer",
                              .token = ""};
  dh_status status = DH_OK;
  for (size_t i = 0; i < chain->count && status == DH_OK; i++) {
    const link *at = &chain->links[i];
    if (!(at->plugin->verifier->flags & DH_VERIFIER_PROBE))
      continue;
    dh_principal *unused = dh_principal_new();
    if (!unused)
      return dh_error_set(error, DH_NO_MEMORY, "out of memory while looking for what is missing");
    status = at->plugin->verifier->verify(at->self, &probe, unused, error);
    dh_principal_unref(unused);
    if (status != DH_OK)
      dh_error_prefix(error, "%s: ", at->plugin->name);
  }
  return status;
}
