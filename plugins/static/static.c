/* SPDX-License-Identifier: Apache-2.0 */
/*
 * static: the token that stands in the configuration.
 */
#include "../module.h"
#include "../source/token_text.h"

#include <stdlib.h>

typedef struct static_token {
  const dh_host *host;
  dh_secret *value;
  const char *where;
} static_token;

static const dh_option options[] = {
    {.name = "token",
     .type = DH_OPT_SECRET,
     .flags = DH_OPT_REQUIRED,
     .help = "The token to send, as DataHub or its identity provider gave it."},
    {.name = NULL},
};

static void static_close(void *self)
{
  static_token *token = self;
  token->host->secret_free(token->host, token->value);
  free(token);
}

static dh_status static_open(const dh_host *host, const dh_options *given, void **self,
                             dh_error *error)
{
  size_t size;
  static_token *token = calloc(1, sizeof(*token));
  if (!token)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  const char *text = host->secret_bytes(host, host->option_secret(host, given, "token"), &size);
  token->host = host;
  token->where = host->option_where(host, given, "token");
  dh_status status = token_text_take(host, "the option token", text, size, &token->value, error);
  if (status != DH_OK) {
    static_close(token);
    return host->fail(host, error, DH_MISCONFIGURED, "%s: the option token is empty or is no token",
                      host->option_where(host, given, "token"));
  }
  *self = token;
  return DH_OK;
}

static dh_status static_acquire(void *self, const dh_credential_request *request,
                                const dh_credential *prior, dh_credential *out, dh_error *error)
{
  static_token *token = self;
  const dh_host *host = token->host;
  (void)request, (void)prior;
  dh_status status = host->credential_set(host, out, "Bearer", token->value);
  if (status != DH_OK)
    return host->fail(host, error, status, "out of memory");
  host->credential_set_origin(host, out, "the token in the configuration");
  return DH_OK;
}

CREDENTIAL_MODULE(static, "static", "the token that stands in the configuration");
