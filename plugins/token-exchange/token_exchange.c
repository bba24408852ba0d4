/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token-exchange: gives one token for another at a security token service (RFC 8693).
 */
#include "../module.h"
#include "../oauth/client.h"
#include "../oauth/subject.h"

#include <stdlib.h>
#include <string.h>

#define GRANT "urn:ietf:params:oauth:grant-type:token-exchange"
#define TYPE "urn:ietf:params:oauth:token-type:"

typedef struct exchange {
  oauth_client client;
  oauth_subject subject, actor;
} exchange;

static const dh_option options[] = {
    OAUTH_ENDPOINT_OPTIONS,
    OAUTH_SUBJECT_OPTIONS("subject_token", "token to be exchanged"),
    {.name = "subject_token_type",
     .type = DH_OPT_STRING,
     .help = "Its type, a URN or the last word of one (jwt, access_token, id_token); not given: as "
             "the module before says, else jwt or access_token by its form."},
    OAUTH_SUBJECT_OPTIONS("actor_token", "token of who acts on the subject's behalf"),
    {.name = "actor_token_type",
     .type = DH_OPT_STRING,
     .default_value = "access_token",
     .help = "The actor token's type."},
    {.name = "requested_token_type",
     .type = DH_OPT_STRING,
     .help = "The type of token to ask for; not given: the provider's choice."},
    OAUTH_TARGET_OPTIONS,
    OAUTH_CLIENT_OPTIONS,
    {.name = NULL},
};

static void grant_close(void *self)
{
  exchange *e = self;
  oauth_subject_close(&e->subject);
  oauth_subject_close(&e->actor);
  oauth_client_close(&e->client);
  free(e);
}

static dh_status grant_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  exchange *e = calloc(1, sizeof(*e));
  if (!e)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status =
      oauth_client_open(&e->client, host, given, "token-exchange", OAUTH_BASIC, NULL, error);
  if (status == DH_OK)
    status = oauth_subject_open(&e->subject, host, given, "subject_token", "subject token", error);
  if (status == DH_OK)
    status = oauth_subject_open(&e->actor, host, given, "actor_token", "actor token", error);
  if (status == DH_OK)
    *self = e;
  else
    grant_close(e);
  return status;
}

/* Adds a type: a URN as it stands, a bare word as one of RFC 8693's. */
static void add_type(dh_buf *form, const char *key, const char *type)
{
  if (!type)
    return;
  dh_buf urn;
  dh_buf_init(&urn);
  dh_buf_addf(&urn, "%s%s", strchr(type, ':') ? "" : TYPE, type);
  if (dh_buf_text(&urn))
    form_add_bytes(form, key, urn.data, urn.size);
  else
    form->failed = true;
  dh_buf_free(&urn);
}

static void add_token(const dh_host *host, dh_buf *form, const char *key, const dh_secret *token)
{
  size_t size;
  const char *bytes = host->secret_bytes(host, token, &size);
  form_add_bytes(form, key, bytes, size);
}

static const char *subject_type(const exchange *e, const dh_credential *prior,
                                const dh_secret *token)
{
  const dh_host *host = e->client.host;
  const char *type = host->option_text(host, e->client.options, "subject_token_type");
  if (!type && prior && !oauth_subject_given(&e->subject))
    type = host->credential_token_type(host, prior);
  if (type)
    return type;
  return strncmp(host->secret_bytes(host, token, NULL), "eyJ", 3) ? "access_token" : "jwt";
}

static dh_status add_actor(exchange *e, dh_buf *form, int64_t deadline_ms, dh_error *error)
{
  dh_secret *token = NULL;
  const dh_host *host = e->client.host;
  if (!oauth_subject_given(&e->actor))
    return DH_OK;
  dh_status status = oauth_subject_get(&e->actor, NULL, deadline_ms, &token, error);
  if (status != DH_OK)
    return status;
  add_token(host, form, "actor_token", token);
  add_type(form, "actor_token_type",
           host->option_text(host, e->client.options, "actor_token_type"));
  host->secret_free(host, token);
  return DH_OK;
}

static dh_status make_form(exchange *e, const dh_credential_request *request,
                           const dh_credential *prior, dh_buf *form, dh_error *error)
{
  dh_secret *token = NULL;
  const dh_host *host = e->client.host;
  dh_status status = oauth_subject_get(&e->subject, prior, request->deadline_ms, &token, error);
  if (status != DH_OK)
    return status;
  form_add(form, "grant_type", GRANT);
  add_token(host, form, "subject_token", token);
  add_type(form, "subject_token_type", subject_type(e, prior, token));
  host->secret_free(host, token);
  add_type(form, "requested_token_type",
           host->option_text(host, e->client.options, "requested_token_type"));
  oauth_client_add_target(&e->client, form);
  return add_actor(e, form, request->deadline_ms, error);
}

static int is_type(const char *urn, const char *type)
{
  size_t prefix = strlen(TYPE);
  if (strchr(type, ':'))
    return !strcmp(urn, type);
  return !strncmp(urn, TYPE, prefix) && !strcmp(urn + prefix, type);
}

/* What was issued is what was asked for, and something that a server reads as a bearer token. */
static dh_status check_issued(const exchange *e, oauth_answer *answer, dh_error *error)
{
  const dh_host *host = e->client.host;
  const char *issued = answer->issued_token_type.data;
  const char *asked = host->option_text(host, e->client.options, "requested_token_type");
  if (!answer->issued_token_type.size)
    return host->fail(host, error, DH_MALFORMED,
                      "the answer of the token endpoint %s cannot be used: it has no "
                      "issued_token_type, which a token exchange must have",
                      e->client.endpoint);
  if (asked && !is_type(issued, asked))
    return host->fail(host, error, DH_MALFORMED,
                      "the token endpoint %s issued a token of type %.80s; %s was asked for",
                      e->client.endpoint, issued, asked);
  if (is_type(issued, "saml1") || is_type(issued, "saml2") || is_type(issued, "refresh_token"))
    return host->fail(host, error, DH_MALFORMED,
                      "the token endpoint %s issued a token of type %.80s, which cannot be sent to "
                      "DataHub; set requested_token_type to access_token or jwt",
                      e->client.endpoint, issued);
  /* N_A says that it is no access token (section 2.2.1): a JWT that was asked for is sent as
   * one all the same. */
  if (!strcmp(answer->token_type.data, "N_A") && !is_type(issued, "access_token")) {
    dh_buf_clear(&answer->token_type);
    dh_buf_adds(&answer->token_type, "Bearer");
  }
  return DH_OK;
}

static dh_status grant_acquire(void *self, const dh_credential_request *request,
                               const dh_credential *prior, dh_credential *out, dh_error *error)
{
  exchange *e = self;
  dh_buf form;
  oauth_answer answer;
  int64_t now = e->client.host->wall_ms(e->client.host);
  dh_buf_init_secret(&form);
  oauth_answer_init(&answer);
  dh_status status = make_form(e, request, prior, &form, error);
  if (status == DH_OK)
    status = oauth_client_ask(&e->client, &form, request, &answer, error);
  if (status == DH_OK)
    status = check_issued(e, &answer, error);
  if (status == DH_OK)
    status = oauth_client_give(&e->client, &answer, now, out, error);
  oauth_answer_clear(&answer);
  dh_buf_wipe(&form);
  return status;
}

static void grant_invalidate(void *self, const dh_credential *rejected)
{
  exchange *e = self;
  (void)rejected;
  oauth_subject_refused(&e->subject);
  oauth_subject_refused(&e->actor);
}

CREDENTIAL_MODULE(grant, "token-exchange",
                  "gives one token for another at a token service (RFC 8693)",
                  .invalidate = grant_invalidate);
