/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pat: DataHub's personal access tokens, checked as GMS checks them.
 */
#include "../module.h"
#include "lookup.h"

#include "../check/facts.h"
#include "../check/settings.h"

#include "token/pat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct verifier {
  const dh_host *host;
  dh_key *key;
  dh_secret *salt; /* or NULL */
  char *issuer;    /* or NULL: any */
  lookup lookup;
} verifier;

static const char *const algorithms[] = {"HS256", "HS384", "HS512", NULL};

static const dh_option options[] = {
    {.name = "signing_key",
     .type = DH_OPT_SECRET,
     .help = "GMS's signing key (its DATAHUB_TOKEN_SERVICE_SIGNING_KEY); without it and "
             "signing_key_file that variable of this process is read."},
    {.name = "signing_key_file",
     .type = DH_OPT_PATH,
     .help = "A file that holds the signing key and nothing else, closed to others."},
    {.name = "algorithm",
     .type = DH_OPT_ENUM,
     .choices = algorithms,
     .default_value = "HS256",
     .help = "What GMS signs with; no other is accepted."},
    {.name = "issuer",
     .type = DH_OPT_STRING,
     .help = "Who must have issued a token; \"*\" for anyone. Default: "
             "DATAHUB_TOKEN_SERVICE_ISSUER, or datahub-metadata-service."},
    {.name = "salt",
     .type = DH_OPT_SECRET,
     .help = "GMS's salt, under which version 2 tokens are looked up; without it "
             "DATAHUB_TOKEN_SERVICE_SALT is read."},
    {.name = "store",
     .type = DH_OPT_PATH,
     .help = "The SQLite file of whoever issues tokens, in which version 2 tokens are looked up."},
    {.name = "gms",
     .type = DH_OPT_URL,
     .help = "The URL of a GMS of which version 2 tokens are asked, instead of a store."},
    {.name = "gms_token", .type = DH_OPT_SECRET, .help = "The token that GMS is asked with."},
    {.name = "gms_token_file",
     .type = DH_OPT_PATH,
     .help = "A file that holds the token that GMS is asked with."},
    {.name = "gms_client_id",
     .type = DH_OPT_STRING,
     .help = "The system client that GMS is asked as, instead of a token."},
    {.name = "gms_client_secret",
     .type = DH_OPT_SECRET,
     .help = "The system client's secret; without it DATAHUB_SYSTEM_CLIENT_SECRET is read."},
    SETTING_SERVER_OPTIONS("GMS"),
    {.name = "require_actor",
     .type = DH_OPT_BOOLEAN,
     .default_value = "false",
     .help = "Refuse actors that the store does not know; one that it knows to be inactive is "
             "always refused."},
    {.name = NULL},
};

/* --- opening --- */

static dh_status open_key(verifier *v, const dh_options *given, dh_error *error)
{
  static const setting from = {.option = "signing_key",
                               .file = "signing_key_file",
                               .variable = "DATAHUB_TOKEN_SERVICE_SIGNING_KEY"};
  const dh_host *host = v->host;
  const char *name = host->option_text(host, given, "algorithm");
  dh_secret *secret;
  size_t size;
  dh_error why;
  dh_status status = setting_secret(host, given, &from, &secret, error);
  if (status != DH_OK)
    return status;
  if (!secret)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "no signing key: set signing_key or signing_key_file to the value of GMS's "
                      "DATAHUB_TOKEN_SERVICE_SIGNING_KEY");
  const char *bytes = host->secret_bytes(host, secret, &size);
  v->key = dh_key_from_secret(bytes, size, NULL, dh_alg_find(name, strlen(name)), &why);
  host->secret_free(host, secret);
  return v->key ? DH_OK : host->fail(host, error, why.status, "%s", why.message);
}

static dh_status open_issuer(verifier *v, const dh_options *given, dh_error *error)
{
  const char *issuer = v->host->option_text(v->host, given, "issuer");
  if (!issuer)
    issuer = secure_getenv("DATAHUB_TOKEN_SERVICE_ISSUER");
  if (!issuer || !*issuer)
    issuer = DH_PAT_ISSUER;
  if (!strcmp(issuer, "*"))
    return DH_OK;
  v->issuer = strdup(issuer);
  return v->issuer ? DH_OK : v->host->fail(v->host, error, DH_NO_MEMORY, "out of memory");
}

static void pat_close(void *self)
{
  verifier *v = self;
  lookup_close(&v->lookup);
  dh_key_unref(v->key);
  v->host->secret_free(v->host, v->salt);
  free(v->issuer);
  free(v);
}

static dh_status pat_open(const dh_host *host, const dh_options *given, void **self,
                          dh_error *error)
{
  static const setting salt_from = {.option = "salt", .variable = "DATAHUB_TOKEN_SERVICE_SALT"};
  verifier *v = calloc(1, sizeof(*v));
  if (!v)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  v->host = host;
  dh_status status = open_key(v, given, error);
  if (status == DH_OK)
    status = setting_secret(host, given, &salt_from, &v->salt, error);
  if (status == DH_OK)
    status = open_issuer(v, given, error);
  if (status == DH_OK)
    status = lookup_open(&v->lookup, host, given, error);
  if (status == DH_OK)
    *self = v;
  else
    pat_close(v);
  return status;
}

/* --- checking --- */

static dh_status fill(const verifier *v, const dh_jws *jws, const dh_pat *pat, const char *id,
                      dh_principal *principal, dh_error *error)
{
  const dh_host *host = v->host;
  dh_status status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR_TYPE, "USER");
  if (status == DH_OK)
    status = facts_set_json(host, principal, DH_PRINCIPAL_TOKEN_TYPE, &pat->type);
  if (status == DH_OK)
    status = facts_set_json(host, principal, DH_PRINCIPAL_ISSUER, &pat->issuer);
  if (status == DH_OK && *id)
    status = host->principal_set(host, principal, DH_PRINCIPAL_TOKEN_ID, id);
  else if (status == DH_OK)
    status = facts_set_json(host, principal, DH_PRINCIPAL_TOKEN_ID, &pat->jti);
  if (status == DH_OK)
    status = facts_set(host, principal, DH_PRINCIPAL_CLAIMS, jws->payload.ptr, jws->payload.len);
  host->principal_set_expiry(host, principal, pat->expires_at_ms);
  return status == DH_OK ? status : host->fail(host, error, status, "cannot keep what it says");
}

static dh_status set_actor(const verifier *v, const dh_pat *pat, dh_principal *principal,
                           dh_error *error)
{
  dh_buf id;
  dh_buf_init(&id);
  if (!dh_json_is(&pat->actor_type, "USER", 4))
    return v->host->fail(v->host, error, DH_MALFORMED, "the token's actorType is not USER");
  dh_json_string(&pat->actor_id, &id);
  dh_status status =
      id.failed ? DH_NO_MEMORY : facts_set_user(v->host, principal, id.data, id.size);
  dh_buf_free(&id);
  return status == DH_OK ? status
                         : v->host->fail(v->host, error, status, "cannot keep the token's actor");
}

/* The id of a version 2 token where the salt is known; version 1 has none. */
static dh_status find_id(const verifier *v, const dh_presented *presented, const dh_pat *pat,
                         char id[DH_PAT_ID_SIZE], dh_error *error)
{
  id[0] = '\0';
  bool looked_up = v->lookup.store_path || v->lookup.gms;
  if (!dh_json_is(&pat->version, "2", 1) || (!v->salt && !looked_up))
    return DH_OK;
  const char *salt = v->salt ? v->host->secret_bytes(v->host, v->salt, NULL) : "";
  return dh_pat_id(presented->token, presented->token_size, salt, id, error);
}

static dh_status pat_verify(void *self, const dh_presented *presented, dh_principal *principal,
                            dh_error *error)
{
  verifier *v = self;
  const dh_host *host = v->host;
  char id[DH_PAT_ID_SIZE];
  dh_jws jws;
  dh_pat pat;
  if (presented->flags & DH_PRESENTED_PROBE)
    return lookup_probe(&v->lookup, error);
  if (!facts_is_bearer(presented))
    return host->fail(host, error, DH_IGNORE, "no bearer token");
  dh_status status = dh_pat_check(&jws, v->key, presented->token, presented->token_size, v->issuer,
                                  host->wall_ms(host), &pat, error);
  if (status == DH_OK)
    status = set_actor(v, &pat, principal, error);
  if (status == DH_OK)
    status = find_id(v, presented, &pat, id, error);
  if (status == DH_OK)
    status = fill(v, &jws, &pat, id, principal, error);
  if (status == DH_OK)
    status = lookup_ask(&v->lookup, *id ? id : NULL,
                        host->principal_get(host, principal, DH_PRINCIPAL_ACTOR),
                        presented->flags & DH_PRESENTED_NOW, error);
  dh_jws_clear(&jws);
  return status;
}

VERIFIER_MODULE(pat, "pat", "DataHub's personal access tokens",
                .flags = DH_VERIFIER_NOW | DH_VERIFIER_PROBE);
