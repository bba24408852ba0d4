/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deny: the end of a stack whose other modules may all have had nothing to say.
 */
#include <datahub/plugin.h>

static const dh_option options[] = {{.name = NULL}};

static dh_status deny_open(const dh_host *host, const dh_options *given, void **self,
                           dh_error *error)
{
  (void)given, (void)error;
  *self = (void *)host;
  return DH_OK;
}

static void deny_close(void *self)
{
  (void)self;
}

static dh_status deny_verify(void *self, const dh_presented *presented, dh_principal *principal,
                             dh_error *error)
{
  const dh_host *host = self;
  (void)presented, (void)principal;
  return host->fail(host, error, DH_DENIED, "no module of the stack vouched for the credential");
}

static const dh_verifier_role role = {
    .struct_size = sizeof(role),
    .flags = DH_VERIFIER_NOW,
    .open = deny_open,
    .verify = deny_verify,
    .close = deny_close,
};

static const dh_plugin plugin = {
    .struct_size = sizeof(plugin),
    .abi = DH_ABI,
    .needs = DH_ABI_MAKE(1, 0),
    .option_size = sizeof(dh_option),
    .name = "deny",
    .version = "1.0",
    .summary = "refuses whatever is presented",
    .license = "Apache-2.0",
    .options = options,
    .verifier = &role,
};

const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  (void)host_abi;
  return &plugin;
}
