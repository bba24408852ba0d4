/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client-credentials: a token for the client itself (RFC 6749, section 4.4).
 */
#include "../module.h"
#include "../oauth/client.h"

#include <stdlib.h>

#ifdef OIDC_ALIAS
#define NAME "oidc_client_credentials"
#define USUAL_PROOF OAUTH_POST
#else
#define NAME "client-credentials"
#define USUAL_PROOF OAUTH_BASIC
#endif

static const dh_option options[] = {
    OAUTH_ENDPOINT_OPTIONS,
    OAUTH_TARGET_OPTIONS,
    OAUTH_CLIENT_OPTIONS,
    {.name = NULL},
};

static void grant_close(void *self)
{
  oauth_client_close(self);
  free(self);
}

static dh_status grant_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  oauth_client *client = calloc(1, sizeof(*client));
  if (!client)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status = oauth_client_open(client, host, given, NAME, USUAL_PROOF, NULL, error);
  if (status == DH_OK && client->proof == OAUTH_NONE)
    status = host->fail(host, error, DH_MISCONFIGURED,
                        "%s: " NAME " needs client_id with client_secret, private_key_file or "
                        "cert_file",
                        host->option_where(host, given, "client_secret"));
  if (status == DH_OK)
    *self = client;
  else
    grant_close(client);
  return status;
}

static dh_status grant_acquire(void *self, const dh_credential_request *request,
                               const dh_credential *prior, dh_credential *out, dh_error *error)
{
  oauth_client *client = self;
  dh_buf form;
  oauth_answer answer;
  int64_t now = client->host->wall_ms(client->host);
  (void)prior;
  dh_buf_init_secret(&form);
  oauth_answer_init(&answer);
  form_add(&form, "grant_type", "client_credentials");
  oauth_client_add_target(client, &form);
  dh_status status = oauth_client_ask(client, &form, request, &answer, error);
  if (status == DH_OK)
    status = oauth_client_give(client, &answer, now, out, error);
  oauth_answer_clear(&answer);
  dh_buf_wipe(&form);
  return status;
}

CREDENTIAL_MODULE(grant, NAME, "a token for the client itself (OAuth client credentials)");
