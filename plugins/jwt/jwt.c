/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt: tokens that other issuers signed (OAuth, OpenID Connect), checked with their
 * published keys.
 */
#include "../module.h"
#include "actor.h"
#include "keyring.h"

#include "../check/facts.h"
#include "../net/url.h"

#include "token/checker.h"

#include <stdlib.h>
#include <string.h>

#define WELL_KNOWN "/.well-known/openid-configuration"

/* An issuer and where its keys are; a NULL name stands for all of them. */
typedef struct issuer {
  const char *name;
  char *discovery; /* owned, or NULL */
  keyring *ring;
} issuer;

typedef struct verifier {
  const dh_host *host;
  dh_checker *checker;
  issuer *issuers;
  size_t count;
  setting_actor actor;
  bool oauth_names;
} verifier;

static const char *const namings[] = {"oauth", "subject", NULL};

static const dh_option options[] = {
    {.name = "issuers",
     .type = DH_OPT_LIST,
     .flags = DH_OPT_REQUIRED,
     .help = "The issuers that are trusted, exactly as their tokens' iss spells them."},
    {.name = "audiences",
     .type = DH_OPT_LIST,
     .help = "One of these must be in a token's aud. Without it tokens meant for anyone pass."},
    {.name = "algorithms",
     .type = DH_OPT_LIST,
     .default_value = "RS256",
     .help = "The signature algorithms that are accepted."},
    {.name = "jwks_file",
     .type = DH_OPT_PATH,
     .help = "The issuers' keys: a JWK set, or one PEM key or certificate; read again when a "
             "token names another key."},
    {.name = "jwks_url", .type = DH_OPT_URL, .help = "Where the issuers publish their JWK set."},
    {.name = "discovery_url",
     .type = DH_OPT_URL,
     .help = "The issuer's OpenID configuration. Without it, jwks_url and jwks_file each issuer's "
             "own is asked: ISSUER" WELL_KNOWN "."},
    SETTING_ACTOR_OPTIONS("claim"),
    {.name = "actor",
     .type = DH_OPT_ENUM,
     .choices = namings,
     .default_value = "oauth",
     .help = "How the actor is named: oauth, as GMS does (__oauth_ISSUER_SUBJECT); subject, the "
             "subject as it is."},
    {.name = "leeway",
     .type = DH_OPT_DURATION,
     .default_value = "30s",
     .min = 0,
     .max = 600000,
     .help = "By how much the issuers' clocks may differ from ours."},
    {.name = "require_expiry",
     .type = DH_OPT_BOOLEAN,
     .default_value = "true",
     .help = "Refuse tokens that never expire."},
    {.name = "required_claims", .type = DH_OPT_LIST, .help = "Claims that must be there."},
    {.name = "claims",
     .type = DH_OPT_MAP,
     .help = "Claims that must be, or hold, the value given here."},
    {.name = "refresh_min",
     .type = DH_OPT_DURATION,
     .default_value = "30s",
     .min = 1000,
     .max = 86400000,
     .help = "Keys are never fetched more often, whatever Cache-Control or tokens ask for."},
    {.name = "refresh_max",
     .type = DH_OPT_DURATION,
     .default_value = "1h",
     .min = 1000,
     .max = INT64_C(604800000),
     .help = "Keys are fetched at least this often."},
    {.name = "stale_max",
     .type = DH_OPT_DURATION,
     .default_value = "24h",
     .min = 0,
     .max = INT64_C(2592000000),
     .help = "How long keys go on serving while they cannot be fetched."},
    SETTING_SERVER_OPTIONS("an issuer"),
    {.name = NULL},
};

/* --- opening: the rules --- */

/* A list option as NULL-ended array of borrowed texts; freed by the caller. */
static const char **list_of(const verifier *v, const dh_options *given, const char *name, int keys)
{
  const dh_host *host = v->host;
  size_t count = host->option_count(host, given, name);
  const char **list = calloc(count + 1, sizeof(*list));
  for (size_t i = 0; list && i < count; i++)
    list[i] =
        keys ? host->option_key(host, given, name, i) : host->option_item(host, given, name, i);
  return list;
}

static dh_status check_algorithms(const verifier *v, const char *const *names,
                                  const dh_options *given, dh_error *error)
{
  const dh_host *host = v->host;
  for (; *names; names++) {
    const dh_alg *alg = dh_alg_find(*names, strlen(*names));
    if (alg && alg->family == DH_ALG_HMAC && !host->option_text(host, given, "jwks_file"))
      return host->fail(host, error, DH_MISCONFIGURED,
                        "%s: %s needs a shared secret, which nobody publishes: give a jwks_file, "
                        "or leave %s out of algorithms",
                        host->option_where(host, given, "algorithms"), *names, *names);
  }
  return DH_OK;
}

static dh_status open_checker(verifier *v, const dh_options *given, dh_error *error)
{
  const dh_host *host = v->host;
  const char **issuers = list_of(v, given, "issuers", 0);
  const char **audiences = list_of(v, given, "audiences", 0);
  const char **algorithms = list_of(v, given, "algorithms", 0);
  const char **required = list_of(v, given, "required_claims", 0);
  const char **names = list_of(v, given, "claims", 1), **values = list_of(v, given, "claims", 0);
  dh_status status = DH_NO_MEMORY;
  dh_error why = {.status = DH_NO_MEMORY, .message = "out of memory"};
  if (issuers && audiences && algorithms && required && names && values) {
    const dh_checker_options rules = {
        .struct_size = sizeof(rules),
        .algorithms = algorithms,
        .issuers = issuers,
        .audiences = audiences,
        .required = required,
        .claim_names = names,
        .claim_values = values,
        .leeway_ms = host->option_number(host, given, "leeway"),
        .flags = host->option_number(host, given, "require_expiry") ? DH_CHECKER_EXPIRY : 0};
    status = check_algorithms(v, algorithms, given, &why);
    v->checker = status == DH_OK ? dh_checker_new(NULL, &rules, &why) : NULL;
    if (!audiences[0])
      host->log(host, DH_LOG_WARNING,
                "no audiences are set: a token that was meant for another service passes here");
  }
  free(issuers);
  free(audiences);
  free(algorithms);
  free(required);
  free(names);
  free(values);
  return v->checker ? DH_OK : host->fail(host, error, why.status, "%s", why.message);
}

/* --- opening: the keys --- */

static dh_status check_sources(const verifier *v, const dh_options *given, dh_error *error)
{
  static const char *const names[] = {"jwks_file", "jwks_url", "discovery_url"};
  const dh_host *host = v->host;
  const char *first = NULL;
  if (!host->option_count(host, given, "issuers"))
    return host->fail(host, error, DH_MISCONFIGURED, "%s: issuers is empty: name who is trusted",
                      host->option_where(host, given, "issuers"));
  for (size_t i = 0; i < 3; i++) {
    if (!host->option_text(host, given, names[i]))
      continue;
    if (first)
      return host->fail(host, error, DH_MISCONFIGURED, "%s: give %s or %s, not both",
                        host->option_where(host, given, names[i]), first, names[i]);
    first = names[i];
  }
  if (host->option_number(host, given, "refresh_min") >
      host->option_number(host, given, "refresh_max"))
    return host->fail(host, error, DH_MISCONFIGURED, "%s: refresh_min is more than refresh_max",
                      host->option_where(host, given, "refresh_min"));
  return DH_OK;
}

/* ISSUER/.well-known/openid-configuration, of an issuer that is a URL. */
static char *well_known(const char *name)
{
  size_t length = strlen(name);
  while (length && name[length - 1] == '/')
    length--;
  char *url = malloc(length + sizeof(WELL_KNOWN));
  if (url) {
    memcpy(url, name, length);
    strcpy(url + length, WELL_KNOWN);
  }
  return url;
}

static dh_status open_issuer(verifier *v, issuer *to, source *from, const keyring_rules *rules,
                             dh_error *error)
{
  const dh_host *host = v->host;
  if (!from->file && !from->url && !from->discovery) {
    if (strncmp(to->name, "https://", 8) && strncmp(to->name, "http://", 7))
      return host->fail(host, error, DH_MISCONFIGURED,
                        "the issuer \"%s\" is no URL, so its keys cannot be discovered: give "
                        "jwks_url or jwks_file",
                        to->name);
    to->discovery = well_known(to->name);
    if (!to->discovery)
      return host->fail(host, error, DH_NO_MEMORY, "out of memory");
    from->discovery = to->discovery;
  }
  url_warn_exposed(v->host, from->url ? from->url : from->discovery,
                   "anyone on the way can put in keys of their own, and sign any token");
  to->ring = keyring_open(from, rules, error);
  if (!to->ring)
    return DH_INTERNAL;
  if (!from->file)
    return DH_OK;
  dh_error why = {.status = DH_MISCONFIGURED};
  dh_keys *keys = keyring_get(to->ring, true, &why); /* a file is there now or it is a mistake */
  dh_keys_unref(keys);
  return keys ? DH_OK : host->fail(host, error, why.status, "%s", why.message);
}

static dh_status open_keys(verifier *v, const dh_options *given, dh_error *error)
{
  const dh_host *host = v->host;
  const source given_source = {.host = host,
                               .file = host->option_text(host, given, "jwks_file"),
                               .url = host->option_text(host, given, "jwks_url"),
                               .discovery = host->option_text(host, given, "discovery_url"),
                               .server = setting_server_read(host, given)};
  const keyring_rules rules = {host->option_number(host, given, "refresh_min"),
                               host->option_number(host, given, "refresh_max"),
                               host->option_number(host, given, "stale_max")};
  size_t named = host->option_count(host, given, "issuers");
  bool shared = given_source.file || given_source.url || given_source.discovery;
  dh_status status = check_sources(v, given, error);
  v->issuers = calloc(named ? named : 1, sizeof(*v->issuers));
  if (!v->issuers)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  for (size_t i = 0; status == DH_OK && i < (shared ? 1 : named); i++) {
    source from = given_source;
    issuer *to = &v->issuers[v->count++];
    to->name = shared ? NULL : host->option_item(host, given, "issuers", i);
    from.issuer = named == 1 ? host->option_item(host, given, "issuers", 0) : to->name;
    status = open_issuer(v, to, &from, &rules, error);
  }
  return status;
}

static void jwt_close(void *self)
{
  verifier *v = self;
  for (size_t i = 0; i < v->count; i++) {
    keyring_close(v->issuers[i].ring);
    free(v->issuers[i].discovery);
  }
  free(v->issuers);
  dh_checker_free(v->checker);
  free(v);
}

static dh_status jwt_open(const dh_host *host, const dh_options *given, void **self,
                          dh_error *error)
{
  verifier *v = calloc(1, sizeof(*v));
  if (!v)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  v->host = host;
  v->actor = setting_actor_read(host, given);
  v->oauth_names = !strcmp(host->option_text(host, given, "actor"), "oauth");
  dh_status status = open_checker(v, given, error);
  if (status == DH_OK)
    status = open_keys(v, given, error);
  if (status == DH_OK)
    *self = v;
  else
    jwt_close(v);
  return status;
}

/* --- checking --- */

/* The keys of the issuer that a token names, which the checker then holds it to. */
static keyring *ring_for(const verifier *v, const char *text, size_t size, dh_error *error)
{
  dh_checked_token token;
  keyring *ring = NULL;
  if (!v->issuers[0].name)
    return v->issuers[0].ring;
  dh_status status = dh_jws_read(&token.jws, text, size, error);
  if (status == DH_OK && !dh_json_read(&token.claims, token.jws.payload.ptr, token.jws.payload.len))
    v->host->fail(v->host, error, DH_MALFORMED, "the token's claims cannot be read: %s",
                  token.claims.fault);
  else if (status == DH_OK) {
    const dh_json_value *name = dh_json_get(&token.claims, "iss");
    for (size_t i = 0; i < v->count && !ring; i++)
      if (dh_json_is(name, v->issuers[i].name, strlen(v->issuers[i].name)))
        ring = v->issuers[i].ring;
    if (!ring)
      v->host->fail(v->host, error, DH_DENIED, "the token's issuer is not one that is trusted");
  }
  dh_jws_clear(&token.jws);
  return ring;
}

static dh_status check(const verifier *v, keyring *ring, const dh_presented *presented,
                       dh_checked_token *token, dh_error *error)
{
  const dh_host *host = v->host;
  int64_t now = host->wall_ms(host);
  bool unknown = false;
  dh_jws_init(&token->jws);
  bool now_only = presented->flags & DH_PRESENTED_NOW;
  dh_keys *keys = keyring_get(ring, !now_only, error);
  if (!keys)
    return error ? error->status : DH_UNAVAILABLE;
  dh_status status = dh_checker_run(v->checker, keys, presented->token, presented->token_size, now,
                                    token, &unknown, error);
  if (unknown && now_only && keyring_would_wait(ring, keys)) {
    dh_keys_unref(keys);
    return host->fail(host, error, DH_TIMEOUT, "the issuer has to be asked for other keys");
  }
  dh_keys *fresher = unknown ? keyring_fresher(ring, keys) : NULL;
  if (fresher) {
    dh_jws_clear(&token->jws);
    status = dh_checker_run(v->checker, fresher, presented->token, presented->token_size, now,
                            token, NULL, error);
  }
  dh_keys_unref(fresher);
  dh_keys_unref(keys);
  return status;
}

static dh_status set_actor(const verifier *v, const dh_json_object *claims, dh_principal *principal,
                           dh_error *error)
{
  const dh_host *host = v->host;
  char *subject = dh_json_dup(dh_json_get(claims, v->actor.subject_claim));
  char *name = dh_json_dup(dh_json_get(claims, "iss"));
  dh_status status = DH_NO_MEMORY;
  dh_buf urn;
  dh_buf_init(&urn);
  if (!subject || !*subject || !name) {
    status = host->fail(host, error, DH_DENIED, "the token's \"%s\" names no actor",
                        v->actor.subject_claim);
    goto out;
  }
  dh_buf_adds(&urn, v->actor.prefix);
  if (v->oauth_names)
    actor_oauth(&urn, name, subject);
  else
    dh_buf_adds(&urn, subject);
  const char *text = dh_buf_text(&urn);
  if (text)
    status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, text);
  if (status != DH_OK)
    host->fail(host, error, status, "the token's actor cannot be kept");

out:
  dh_buf_free(&urn);
  free(subject);
  free(name);
  return status;
}

static dh_status fill(const verifier *v, const dh_checked_token *token, dh_principal *principal,
                      dh_error *error)
{
  const dh_host *host = v->host;
  const dh_json_object *claims = &token->claims;
  const dh_json_value *jti = dh_json_get(claims, "jti");
  dh_status status = set_actor(v, claims, principal, error);
  if (status != DH_OK)
    return status;
  host->principal_set_expiry(host, principal, token->expires_at_ms);
  status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR_TYPE, "USER");
  if (status == DH_OK)
    status = host->principal_set(host, principal, DH_PRINCIPAL_TOKEN_TYPE, "JWT");
  if (status == DH_OK)
    status = facts_set_json(host, principal, DH_PRINCIPAL_ISSUER, dh_json_get(claims, "iss"));
  if (status == DH_OK && jti && jti->type == DH_JSON_STRING)
    status = facts_set_json(host, principal, DH_PRINCIPAL_TOKEN_ID, jti);
  if (status == DH_OK)
    status = facts_set_audiences(v->host, principal, dh_json_get(claims, "aud"));
  if (status == DH_OK)
    status = facts_set(host, principal, DH_PRINCIPAL_CLAIMS, token->jws.payload.ptr,
                       token->jws.payload.len);
  return status == DH_OK ? status : host->fail(host, error, status, "cannot keep what it says");
}

/* Whether each issuer's keys are here. */
static dh_status probe(const verifier *v, dh_error *error)
{
  for (size_t i = 0; i < v->count; i++) {
    dh_keys *keys = keyring_get(v->issuers[i].ring, false, error);
    if (!keys)
      return error->status;
    dh_keys_unref(keys);
  }
  return DH_OK;
}

static dh_status jwt_verify(void *self, const dh_presented *presented, dh_principal *principal,
                            dh_error *error)
{
  const verifier *v = self;
  dh_checked_token token;
  dh_error why = {.status = DH_DENIED};
  if (!error)
    error = &why;
  if (presented->flags & DH_PRESENTED_PROBE)
    return probe(v, error);
  if (!facts_is_bearer(presented))
    return v->host->fail(v->host, error, DH_IGNORE, "no bearer token");
  keyring *ring = ring_for(v, presented->token, presented->token_size, error);
  if (!ring)
    return error->status;
  dh_status status = check(v, ring, presented, &token, error);
  if (status == DH_OK)
    status = fill(v, &token, principal, error);
  dh_jws_clear(&token.jws);
  return status;
}

VERIFIER_MODULE(jwt, "jwt", "tokens of other issuers, checked with their published keys",
                .flags = DH_VERIFIER_NOW | DH_VERIFIER_PROBE);
