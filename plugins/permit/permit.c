/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permit: whoever presents anything is the actor of the configuration. For trying things
 * out, and after modules that decide.
 */
#include "../module.h"

#include <stdlib.h>

typedef struct verifier {
  const dh_host *host;
  const char *actor;
} verifier;

static const dh_option options[] = {
    {.name = "actor",
     .type = DH_OPT_STRING,
     .default_value = "urn:li:corpuser:datahub",
     .help = "The URN that everyone is taken for, unless an earlier module knew better."},
    {.name = NULL},
};

static dh_status permit_open(const dh_host *host, const dh_options *given, void **self,
                             dh_error *error)
{
  verifier *v = calloc(1, sizeof(*v));
  if (!v)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  v->host = host;
  v->actor = host->option_text(host, given, "actor");
  host->log(host, DH_LOG_WARNING, "every credential that reaches this module is accepted as %s",
            v->actor);
  *self = v;
  return DH_OK;
}

static void permit_close(void *self)
{
  free(self);
}

static dh_status permit_verify(void *self, const dh_presented *presented, dh_principal *principal,
                               dh_error *error)
{
  const verifier *v = self;
  const dh_host *host = v->host;
  dh_status status = DH_OK;
  (void)presented;
  if (host->principal_get(host, principal, DH_PRINCIPAL_ACTOR))
    return DH_OK;
  status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, v->actor);
  if (status == DH_OK)
    status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR_TYPE, "USER");
  return status == DH_OK ? status : host->fail(host, error, status, "the actor cannot be set");
}

VERIFIER_MODULE(permit, "permit", "accepts whatever is presented", .flags = DH_VERIFIER_NOW);
