/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt-bearer: a signed statement for a token (RFC 7523, section 2.1). The statement comes
 * from a file, the environment, a command or the module before, or is signed here.
 */
#include "../module.h"
#include "../oauth/client.h"
#include "../oauth/subject.h"

#include <stdlib.h>
#include <string.h>

#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"

typedef struct bearer {
  oauth_client client;
  oauth_subject assertion;
  const char *issuer, *subject; /* of one that is signed here; NULL: not */
} bearer;

static const dh_option options[] = {
    OAUTH_ENDPOINT_OPTIONS,
    OAUTH_SUBJECT_OPTIONS("assertion", "signed JWT"),
    {.name = "assertion_issuer",
     .type = DH_OPT_STRING,
     .help = "Sign the JWT here, with private_key_file, in the name of this issuer (`iss`)."},
    {.name = "assertion_subject",
     .type = DH_OPT_STRING,
     .help = "The `sub` of a JWT that is signed here; not given: the issuer."},
    OAUTH_TARGET_OPTIONS,
    OAUTH_CLIENT_OPTIONS,
    {.name = NULL},
};

static void grant_close(void *self)
{
  bearer *b = self;
  oauth_subject_close(&b->assertion);
  oauth_client_close(&b->client);
  free(b);
}

static dh_status open_signer(bearer *b, dh_error *error)
{
  const dh_host *host = b->client.host;
  const dh_options *given = b->client.options;
  b->issuer = host->option_text(host, given, "assertion_issuer");
  b->subject = host->option_text(host, given, "assertion_subject");
  if (!b->issuer && b->subject)
    return host->fail(host, error, DH_MISCONFIGURED, "%s: assertion_subject needs assertion_issuer",
                      host->option_where(host, given, "assertion_subject"));
  if (!b->issuer)
    return DH_OK;
  if (oauth_subject_given(&b->assertion))
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: assertion_issuer (signed here) and an assertion from elsewhere exclude "
                      "each other",
                      host->option_where(host, given, "assertion_issuer"));
  if (!b->subject)
    b->subject = b->issuer;
  return b->client.key ? DH_OK : oauth_client_load_key(&b->client, error);
}

static dh_status grant_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  bearer *b = calloc(1, sizeof(*b));
  if (!b)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status =
      oauth_client_open(&b->client, host, given, "jwt-bearer", OAUTH_BASIC, NULL, error);
  if (status == DH_OK)
    status = oauth_subject_open(&b->assertion, host, given, "assertion", "assertion", error);
  if (status == DH_OK)
    status = open_signer(b, error);
  if (status == DH_OK)
    *self = b;
  else
    grant_close(b);
  return status;
}

static dh_status add_signed(bearer *b, const dh_credential_request *request, dh_buf *form,
                            dh_error *error)
{
  dh_buf jwt;
  const dh_host *host = b->client.host;
  const char *audience = host->option_text(host, b->client.options, "assertion_audience");
  dh_status status = DH_OK;
  if (!b->client.endpoint)
    status = oauth_client_discover(&b->client, request, error);
  if (status != DH_OK)
    return status;
  dh_buf_init_secret(&jwt);
  status = oauth_client_assert(&b->client, b->issuer, b->subject,
                               audience ? audience : b->client.endpoint, &jwt, error);
  if (status == DH_OK)
    form_add_bytes(form, "assertion", jwt.data, jwt.size);
  dh_buf_wipe(&jwt);
  return status;
}

static dh_status add_assertion(bearer *b, const dh_credential_request *request,
                               const dh_credential *prior, dh_buf *form, dh_error *error)
{
  size_t size;
  dh_secret *token = NULL;
  const dh_host *host = b->client.host;
  if (b->issuer)
    return add_signed(b, request, form, error);
  dh_status status = oauth_subject_get(&b->assertion, prior, request->deadline_ms, &token, error);
  if (status != DH_OK)
    return status;
  const char *bytes = host->secret_bytes(host, token, &size);
  form_add_bytes(form, "assertion", bytes, size);
  host->secret_free(host, token);
  return DH_OK;
}

static dh_status grant_acquire(void *self, const dh_credential_request *request,
                               const dh_credential *prior, dh_credential *out, dh_error *error)
{
  bearer *b = self;
  dh_buf form;
  oauth_answer answer;
  int64_t now = b->client.host->wall_ms(b->client.host);
  dh_buf_init_secret(&form);
  oauth_answer_init(&answer);
  form_add(&form, "grant_type", GRANT);
  dh_status status = add_assertion(b, request, prior, &form, error);
  if (status == DH_OK) {
    oauth_client_add_target(&b->client, &form);
    status = oauth_client_ask(&b->client, &form, request, &answer, error);
  }
  if (status == DH_OK)
    status = oauth_client_give(&b->client, &answer, now, out, error);
  oauth_answer_clear(&answer);
  dh_buf_wipe(&form);
  return status;
}

static void grant_invalidate(void *self, const dh_credential *rejected)
{
  bearer *b = self;
  (void)rejected;
  oauth_subject_refused(&b->assertion);
}

CREDENTIAL_MODULE(grant, "jwt-bearer", "a signed JWT for a token (RFC 7523)",
                  .invalidate = grant_invalidate);
