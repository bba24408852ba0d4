/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token mint: a personal access token, or any claims under any key.
 */
#include "command.h"
#include "options.h"
#include "output.h"
#include "token_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct request {
  char *actor, *type, *version, *issuer, *ttl, *key_file, *claims, *key, *jwk, *alg, *kid, *typ;
} request;

static const dhub_option options[] = {
    {"actor", 0, "ID", "a PAT for this user: \"datahub\" of urn:li:corpuser:datahub"},
    {"type", 0, "TYPE", "PERSONAL (default), SESSION or SERVICE_ACCOUNT"},
    {"version", 0, "N",
     "1: stateless (default); 2: valid only where its id has been entered in GMS"},
    {"iss", 0, "ISSUER", "the PAT's issuer (datahub-metadata-service)"},
    {"ttl", 0, "SECONDS", "how long the PAT holds (3600); 0: for ever"},
    {"key-file", 0, "FILE", "the signing key; else DATAHUB_TOKEN_SERVICE_SIGNING_KEY is read"},
    {"claims", 0, "FILE", "sign these bytes instead of a PAT's claims; \"-\" is standard input"},
    {"key", 0, "FILE", "--claims: a PEM private key"},
    {"jwk", 0, "FILE", "--claims: a private or secret JWK, or a set of them"},
    {"alg", 0, "ALG", "--claims: the algorithm"},
    {"kid", 0, "KID", "--claims: which key of the set"},
    {"typ", 0, "TYP", "--claims: the header's typ (JWT)"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const tables[] = {options, NULL};

static const dhub_usage usage = {
    .command = "token mint",
    .arguments = "",
    .summary = "Signs a token and prints it. Whoever has the signing key of a GMS can be anyone "
               "there: this is\nfor tests and for service accounts.",
    .tables = tables,
    .notes = "Exit status: 0 printed; 2 usage or key; 4 a file cannot be read.\n\n"
             "  dhub token mint --actor datahub --key-file signing.key > token.txt\n"
             "  dhub token mint --claims claims.json --key private.pem --alg ES256 > token.txt",
};

static bool set(void *arg, const dhub_option *option, char *value)
{
  request *r = arg;
  const struct {
    const char *name;
    char **to;
  } texts[] = {{"actor", &r->actor},   {"type", &r->type}, {"version", &r->version},
               {"iss", &r->issuer},    {"ttl", &r->ttl},   {"key-file", &r->key_file},
               {"claims", &r->claims}, {"key", &r->key},   {"jwk", &r->jwk},
               {"alg", &r->alg},       {"kid", &r->kid},   {"typ", &r->typ}};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    if (!strcmp(option->name, texts[i].name))
      *texts[i].to = value;
  return true;
}

static int check_request(const request *r)
{
  static const char *const types[] = {"PERSONAL", "SESSION", "SERVICE_ACCOUNT", NULL};
  size_t i = 0;
  if (!r->actor == !r->claims)
    return dhub_usage_error("token mint", "give --actor for a PAT, or --claims for any token");
  if (r->claims && (!r->alg || !r->key == !r->jwk))
    return dhub_usage_error("token mint", "--claims wants --alg, and --key or --jwk");
  while (r->type && types[i] && strcmp(types[i], r->type))
    i++;
  if (r->type && !types[i])
    return dhub_usage_error("token mint",
                            "--type is PERSONAL, SESSION or SERVICE_ACCOUNT, not '%s'", r->type);
  if (r->ttl && (!*r->ttl || strspn(r->ttl, "0123456789") != strlen(r->ttl) || strlen(r->ttl) > 10))
    return dhub_usage_error("token mint", "--ttl takes whole seconds, not '%s'", r->ttl);
  return DHUB_OK;
}

static dh_secret *mint_pat(dh_context *context, const request *r, dh_error *error)
{
  size_t size;
  long long ttl = r->ttl ? atoll(r->ttl) : 3600;
  const dh_pat_claims claims = {.struct_size = sizeof(claims),
                                .type = r->type ? r->type : "PERSONAL",
                                .version = r->version ? r->version : "1",
                                .actor_type = "USER",
                                .actor_id = r->actor,
                                .issuer = r->issuer,
                                .expires_at_ms = ttl ? ((long long)time(NULL) + ttl) * 1000 : 0};
  char *key = dhub_read_pat_key(r->key_file, &size, error);
  if (!key)
    return NULL;
  dh_secret *secret = dh_secret_new(context, key, size), *token = NULL;
  dhub_wipe_text(key);
  if (secret)
    token = dh_pat_mint(context, secret, &claims, error);
  else
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
  dh_secret_free(secret);
  return token;
}

static dh_secret *mint_claims(dh_context *context, const request *r, dh_error *error)
{
  size_t size, key_size;
  dh_secret *token = NULL;
  char *payload = NULL;
  dh_status status = DH_UNAVAILABLE;
  dh_keys *keys = dh_keys_new(error);
  char *key = keys ? dhub_read_text(r->key ? r->key : r->jwk, 0, &key_size, error) : NULL;
  if (key)
    status = r->key ? dh_keys_add_pem(keys, key, key_size, r->kid, NULL, error)
                    : dh_keys_add_jwks(keys, key, key_size, NULL, error);
  if (status == DH_MALFORMED)
    error->status = DH_MISCONFIGURED;
  if (status == DH_OK)
    payload = dhub_read_text(r->claims, 1, &size, error);
  if (payload)
    token =
        dh_token_sign(context, keys, r->kid, r->alg, r->typ ? r->typ : "JWT", payload, size, error);
  dhub_wipe_text(payload);
  dhub_wipe_text(key);
  dh_keys_unref(keys);
  return token;
}

int dhub_token_mint(int argc, char **argv)
{
  dhub_output output = DHUB_OUTPUT_INIT;
  request r;
  dh_error error;
  size_t size;
  memset(&r, 0, sizeof(r));
  int first = dhub_parse(&usage, argc, argv, set, &r);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc > first)
    return dhub_usage_error("token mint", "'%s' is no option", argv[first]);
  int code = check_request(&r);
  if (code != DHUB_OK)
    return code;
  dh_context *context = dh_context_new(NULL, &error);
  if (!context)
    return dhub_fail(&output, &error);
  dh_secret *token = r.actor ? mint_pat(context, &r, &error) : mint_claims(context, &r, &error);
  if (token) {
    const char *text = dh_secret_bytes(token, &size);
    fwrite(text, 1, size, stdout);
    putchar('\n');
    fflush(stdout);
  } else
    code = dhub_fail(&output, &error);
  dh_secret_free(token);
  dh_context_free(context);
  return code;
}
