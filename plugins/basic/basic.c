/* SPDX-License-Identifier: Apache-2.0 */
/*
 * basic: DataHub's system client, which sends "Basic ID:SECRET" with the pair in clear.
 */
#include "basic.h"
#include "../module.h"

#include "../check/settings.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

typedef struct verifier {
  const dh_host *host;
  unsigned char expected[32]; /* SHA-256 of "ID:SECRET" */
  char *id;
  const char *actor;
} verifier;

static const dh_option options[] = {
    {.name = "client_id",
     .type = DH_OPT_STRING,
     .help = "The system client's id; without it DATAHUB_SYSTEM_CLIENT_ID is read, and without "
             "that it is __datahub_system."},
    {.name = "client_secret",
     .type = DH_OPT_SECRET,
     .help = "Its secret; without it and client_secret_file DATAHUB_SYSTEM_CLIENT_SECRET is read."},
    {.name = "client_secret_file",
     .type = DH_OPT_PATH,
     .help = "A file that holds the secret and nothing else, closed to others."},
    {.name = "actor",
     .type = DH_OPT_STRING,
     .help = "The URN that it acts as. Default: urn:li:corpuser: and the client's id."},
    {.name = NULL},
};

/* Comparing digests of one length takes a time that tells nothing of the secret. */
static int digest(const void *bytes, size_t size, unsigned char out[32])
{
  return EVP_Digest(bytes, size, out, NULL, EVP_sha256(), NULL) == 1;
}

static dh_status read_pair(verifier *v, const dh_options *given, dh_error *error)
{
  static const setting from = {.option = "client_secret",
                               .file = "client_secret_file",
                               .variable = "DATAHUB_SYSTEM_CLIENT_SECRET"};
  const dh_host *host = v->host;
  const char *id = host->option_text(host, given, "client_id");
  dh_secret *secret;
  size_t size;
  dh_status status = setting_secret(host, given, &from, &secret, error);
  if (status != DH_OK)
    return status;
  if (!secret)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "no client secret: set client_secret, client_secret_file or "
                      "DATAHUB_SYSTEM_CLIENT_SECRET");
  if (!id)
    id = secure_getenv("DATAHUB_SYSTEM_CLIENT_ID");
  v->id = strdup(id && *id ? id : "__datahub_system");
  const char *bytes = host->secret_bytes(host, secret, &size);
  size_t length = v->id ? strlen(v->id) : 0;
  char *pair = malloc(length + size + 1);
  status = DH_NO_MEMORY;
  if (pair && v->id) {
    memcpy(pair, v->id, length);
    pair[length] = ':';
    memcpy(pair + length + 1, bytes, size);
    status = digest(pair, length + size + 1, v->expected) ? DH_OK : DH_INTERNAL;
    host->wipe(host, pair, length + size + 1);
  }
  free(pair);
  host->secret_free(host, secret);
  return status == DH_OK ? status : host->fail(host, error, status, "cannot keep the secret");
}

static void basic_close(void *self)
{
  verifier *v = self;
  v->host->wipe(v->host, v->expected, sizeof(v->expected));
  free(v->id);
  free(v);
}

static dh_status basic_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  verifier *v = calloc(1, sizeof(*v));
  if (!v)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  v->host = host;
  v->actor = host->option_text(host, given, "actor");
  dh_status status = read_pair(v, given, error);
  if (status == DH_OK)
    *self = v;
  else
    basic_close(v);
  return status;
}

static dh_status set_actor(const verifier *v, dh_principal *principal)
{
  static const char prefix[] = "urn:li:corpuser:";
  const dh_host *host = v->host;
  if (v->actor)
    return host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, v->actor);
  char *urn = malloc(sizeof(prefix) + strlen(v->id));
  if (!urn)
    return DH_NO_MEMORY;
  strcpy(stpcpy(urn, prefix), v->id);
  dh_status status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, urn);
  free(urn);
  return status;
}

static dh_status basic_verify(void *self, const dh_presented *presented, dh_principal *principal,
                              dh_error *error)
{
  const verifier *v = self;
  const dh_host *host = v->host;
  unsigned char given[32];
  if (strcmp(presented->scheme, "Basic"))
    return host->fail(host, error, DH_IGNORE, "not Basic");
  if (!digest(presented->token, presented->token_size, given))
    return host->fail(host, error, DH_INTERNAL, "OpenSSL cannot compute SHA-256");
  if (CRYPTO_memcmp(given, v->expected, sizeof(given)))
    return host->fail(host, error, DH_DENIED, "the system client's id or secret is wrong");
  dh_status status = set_actor(v, principal);
  if (status == DH_OK)
    status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR_TYPE, "USER");
  if (status == DH_OK)
    status = host->principal_set(host, principal, DH_PRINCIPAL_TOKEN_TYPE, "SYSTEM");
  return status == DH_OK ? status : host->fail(host, error, status, "the actor cannot be set");
}

VERIFIER_ROLE(basic, .flags = DH_VERIFIER_NOW);
MODULE("basic", "DataHub's system client, by id and secret", .options = options,
       .credential = &basic_credential, .verifier = &role);
