/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module as it was written for version 1.0 of the ABI, compiled with the copy of that
 * version's header beside it, for ever. It must load and work under every later version:
 * do not mend it to fit one.
 */
#include "datahub/plugin.h"

#include <stdlib.h>
#include <string.h>

typedef struct instance {
  const dh_host *host;
  const dh_secret *password;
  const char *actor;
  int64_t lifetime_ms;
} instance;

static const dh_option options[] = {
    {"password", DH_OPT_SECRET, DH_OPT_REQUIRED, NULL, NULL, 0, 0, "What is sent and accepted."},
    {"actor", DH_OPT_STRING, 0, "urn:li:corpuser:one", NULL, 0, 0, "Who that is."},
    {"lifetime", DH_OPT_DURATION, 0, "1h", NULL, 1000, 86400000, "How long it holds."},
    {"kind", DH_OPT_ENUM, 0, "plain", (const char *const[]){"plain", "fancy", NULL}, 0, 0,
     "How it is sent."},
    {NULL, DH_OPT_STRING, 0, NULL, NULL, 0, 0, NULL},
};

static dh_status open_instance(const dh_host *host, const dh_options *values, void **self,
                               dh_error *error)
{
  instance *in = calloc(1, sizeof(*in));
  if (!in)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  in->host = host;
  in->password = host->option_secret(host, values, "password");
  in->actor = host->option_text(host, values, "actor");
  in->lifetime_ms = host->option_number(host, values, "lifetime");
  *self = in;
  return DH_OK;
}

static void close_instance(void *self)
{
  free(self);
}

static dh_status acquire(void *self, const dh_credential_request *request,
                         const dh_credential *prior, dh_credential *out, dh_error *error)
{
  instance *in = self;
  const dh_host *host = in->host;
  if (prior)
    host->log(host, DH_LOG_DEBUG, "a %s credential is there already",
              host->credential_scheme(host, prior));
  dh_status status = host->credential_set(host, out, "Bearer", in->password);
  if (status)
    return host->fail(host, error, status, "the password for %s cannot be sent", request->server);
  host->credential_set_expiry(host, out, host->wall_ms(host) + in->lifetime_ms);
  host->credential_set_origin(host, out, "the option password");
  return DH_OK;
}

static dh_status verify(void *self, const dh_presented *presented, dh_principal *principal,
                        dh_error *error)
{
  instance *in = self;
  const dh_host *host = in->host;
  size_t size;
  const char *password = host->secret_bytes(host, in->password, &size);
  if (strcmp(presented->scheme, "Bearer"))
    return DH_IGNORE;
  if (size != presented->token_size || memcmp(password, presented->token, size))
    return host->fail(host, error, DH_DENIED, "not the password");
  dh_status status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, in->actor);
  if (status)
    return host->fail(host, error, status, "the actor cannot be kept");
  host->principal_set_expiry(host, principal, 0);
  return DH_OK;
}

static dh_status submit(void *self, dh_batch *batch, dh_error *error)
{
  instance *in = self;
  const dh_host *host = in->host;
  dh_error why;
  (void)error;
  for (size_t i = 0; i < host->batch_count(host, batch); i++) {
    const dh_record *record = host->batch_record(host, batch, i);
    if (DH_HAS(record, dh_record, flags) && record->aspect_name.ptr)
      continue;
    host->fail(host, &why, DH_MALFORMED, "the record has no aspect");
    host->batch_done(host, batch, i, DH_REJECTED, &why);
  }
  host->batch_done_all(host, batch, DH_DELIVERED, NULL);
  return DH_OK;
}

static dh_status close_sink(void *self, int aborted, dh_error *error)
{
  (void)aborted;
  (void)error;
  free(self);
  return DH_OK;
}

static const dh_credential_role credential = {
    sizeof(dh_credential_role), 0, open_instance, acquire, NULL, close_instance};
static const dh_verifier_role verifier = {sizeof(dh_verifier_role), 0, open_instance, verify,
                                          close_instance};
static const dh_sink_role sink = {
    sizeof(dh_sink_role), DH_SINK_LOCAL, open_instance, submit, NULL, NULL, close_sink};

const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  static const dh_plugin plugin = {
      .struct_size = sizeof(dh_plugin),
      .abi = DH_ABI,
      .needs = DH_ABI_MAKE(1, 0),
      .option_size = sizeof(dh_option),
      .name = "module-1-0",
      .version = "1.0",
      .summary = "A module of the first version of the ABI",
      .license = "Apache-2.0",
      .options = options,
      .credential = &credential,
      .verifier = &verifier,
      .sink = &sink,
  };
  return DH_ABI_GET_MAJOR(host_abi) == DH_ABI_MAJOR ? &plugin : NULL;
}
