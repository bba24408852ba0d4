/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env: a token in an environment variable, read once.
 */
#include "../module.h"
#include "../source/token_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct env_token {
  const dh_host *host;
  const char *variable;
} env_token;

static const dh_option options[] = {
    {.name = "variable",
     .type = DH_OPT_STRING,
     .default_value = "DATAHUB_GMS_TOKEN",
     .help = "The environment variable that holds the token."},
    {.name = NULL},
};

static dh_status env_open(const dh_host *host, const dh_options *given, void **self,
                          dh_error *error)
{
  const char *variable = host->option_text(host, given, "variable");
  if (!*variable || strchr(variable, '='))
    return host->fail(host, error, DH_MISCONFIGURED, "%s: '%s' cannot be a variable's name",
                      host->option_where(host, given, "variable"), variable);
  env_token *token = calloc(1, sizeof(*token));
  if (!token)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  token->host = host;
  token->variable = variable;
  *self = token;
  return DH_OK;
}

static dh_status env_acquire(void *self, const dh_credential_request *request,
                             const dh_credential *prior, dh_credential *out, dh_error *error)
{
  const env_token *token = self;
  const dh_host *host = token->host;
  char what[256];
  (void)request, (void)prior;
  const char *text = getenv(token->variable);
  if (!text)
    return host->fail(host, error, DH_UNAVAILABLE, "the environment variable %s is not set",
                      token->variable);
  snprintf(what, sizeof(what), "the environment variable %s", token->variable);
  dh_status status = token_text_give(host, what, text, strlen(text), out, error);
  if (status != DH_OK)
    return status;
  host->credential_set_origin(host, out, what);
  return DH_OK;
}

static void env_close(void *self)
{
  free(self);
}

CREDENTIAL_MODULE(env, "env", "a token in an environment variable");
