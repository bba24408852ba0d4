/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure_entra: a token of Microsoft Entra ID for an application, which proves itself with
 * a secret, a key, or by federated workload identity: the token that Kubernetes
 * projects into the pod.
 */
#include "../module.h"
#include "../oauth/client.h"
#include "../source/token_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

typedef struct entra {
  oauth_client client;
  token_file federated; /* path NULL: a secret or key proves the client */
} entra;

static const dh_option options[] = {
    {.name = "tenant_id",
     .type = DH_OPT_STRING,
     .help = "The tenant; not given: AZURE_TENANT_ID of the environment."},
    {.name = "scope",
     .type = DH_OPT_STRING,
     .flags = DH_OPT_REQUIRED,
     .help = "The scope, such as api://APPLICATION/.default."},
    {.name = "federated_token_file",
     .type = DH_OPT_PATH,
     .help = "The projected token of workload identity, used where no secret is given; not given: "
             "AZURE_FEDERATED_TOKEN_FILE of the environment."},
    {.name = "authority_host",
     .type = DH_OPT_URL,
     .help = "The authority; not given: AZURE_AUTHORITY_HOST of the environment, else "
             "https://login.microsoftonline.com."},
    OAUTH_CLIENT_OPTIONS,
    {.name = NULL},
};

static const char *option_or_env(const dh_host *host, const dh_options *given, const char *option,
                                 const char *variable, const char *fallback)
{
  const char *value = host->option_text(host, given, option);
  if (!value)
    value = getenv(variable);
  return value && *value ? value : fallback;
}

static void grant_close(void *self)
{
  entra *e = self;
  if (e->federated.host)
    token_file_clear(&e->federated);
  oauth_client_close(&e->client);
  free(e);
}

/* The tenant becomes part of a path: a name or a GUID, nothing that leads elsewhere. */
static int is_tenant(const char *text)
{
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  return *text && *text != '.' && strspn(text, allowed) == strlen(text);
}

static dh_status open_client(entra *e, const dh_host *host, const dh_options *given,
                             dh_error *error)
{
  char *endpoint = NULL;
  const char *tenant = option_or_env(host, given, "tenant_id", "AZURE_TENANT_ID", "");
  const char *authority = option_or_env(host, given, "authority_host", "AZURE_AUTHORITY_HOST",
                                        "https://login.microsoftonline.com");
  size_t length = strlen(authority);
  while (length && authority[length - 1] == '/')
    length--;
  if (!is_tenant(tenant))
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: azure_entra needs tenant_id, the GUID or domain of the tenant",
                      host->option_where(host, given, "tenant_id"));
  if (!host->option_text(host, given, "client_id"))
    return host->fail(host, error, DH_MISCONFIGURED, "%s: azure_entra needs client_id",
                      host->option_where(host, given, "client_id"));
  if (asprintf(&endpoint, "%.*s/%s/oauth2/v2.0/token", (int)length, authority, tenant) < 0)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status =
      oauth_client_open(&e->client, host, given, "azure_entra", OAUTH_POST, endpoint, error);
  free(endpoint);
  return status;
}

static dh_status open_federation(entra *e, dh_error *error)
{
  const dh_host *host = e->client.host;
  if (e->client.proof != OAUTH_NONE)
    return DH_OK;
  const char *path = option_or_env(host, e->client.options, "federated_token_file",
                                   "AZURE_FEDERATED_TOKEN_FILE", NULL);
  if (!path)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: azure_entra has neither client_secret nor workload identity; set "
                      "federated_token_file, or label the pod azure.workload.identity/use",
                      host->option_where(host, e->client.options, "client_secret"));
  token_file_init(&e->federated, host, path, 1);
  return DH_OK;
}

static dh_status grant_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  entra *e = calloc(1, sizeof(*e));
  if (!e)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status = open_client(e, host, given, error);
  if (status == DH_OK)
    status = open_federation(e, error);
  if (status == DH_OK)
    *self = e;
  else
    grant_close(e);
  return status;
}

static dh_status add_federated(entra *e, dh_buf *form, dh_error *error)
{
  size_t size;
  const dh_host *host = e->client.host;
  if (!e->federated.path)
    return DH_OK;
  dh_status status = token_file_look(&e->federated, error);
  if (status != DH_OK)
    return status;
  const char *bytes = host->secret_bytes(host, e->federated.value, &size);
  form_add(form, "client_assertion_type", ASSERTION_TYPE);
  form_add_bytes(form, "client_assertion", bytes, size);
  return DH_OK;
}

static dh_status grant_acquire(void *self, const dh_credential_request *request,
                               const dh_credential *prior, dh_credential *out, dh_error *error)
{
  entra *e = self;
  dh_buf form;
  oauth_answer answer;
  const dh_host *host = e->client.host;
  int64_t now = host->wall_ms(host);
  (void)prior;
  dh_buf_init_secret(&form);
  oauth_answer_init(&answer);
  form_add(&form, "grant_type", "client_credentials");
  form_add(&form, "scope", host->option_text(host, e->client.options, "scope"));
  dh_status status = add_federated(e, &form, error);
  if (status == DH_OK)
    status = oauth_client_ask(&e->client, &form, request, &answer, error);
  if (status == DH_OK)
    status = oauth_client_give(&e->client, &answer, now, out, error);
  oauth_answer_clear(&answer);
  dh_buf_wipe(&form);
  return status;
}

static void grant_invalidate(void *self, const dh_credential *rejected)
{
  entra *e = self;
  (void)rejected;
  if (e->federated.host)
    token_file_refused(&e->federated);
}

CREDENTIAL_MODULE(grant, "azure_entra", "a token of Microsoft Entra ID for an application",
                  .invalidate = grant_invalidate);
