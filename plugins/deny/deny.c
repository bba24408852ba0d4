/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deny: the end of a stack whose other modules may all have had nothing to say.
 */
#include "../module.h"

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

VERIFIER_MODULE(deny, "deny", "refuses whatever is presented", .flags = DH_VERIFIER_NOW);
