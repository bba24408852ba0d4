/* SPDX-License-Identifier: Apache-2.0 */
#include "token/checker.h"

#include "token/claims.h"

#include <stdlib.h>
#include <string.h>

/* How many keys without a distinguishing kid are tried on one token. */
#define MAX_TRIES 8

struct dh_checker {
  dh_keys *keys;
  const dh_alg *alg[16]; /* ended by NULL */
  char **issuers, **audiences, **required, **claim_names, **claim_values;
  int64_t leeway_ms;
  uint32_t flags;
};

/* --- building --- */

static void free_list(char **list)
{
  for (size_t i = 0; list && list[i]; i++)
    free(list[i]);
  free(list);
}

static char **copy_list(const char *const *list, bool *failed)
{
  size_t count = 0;
  while (list && list[count])
    count++;
  if (!count)
    return NULL;
  char **copy = calloc(count + 1, sizeof(*copy));
  for (size_t i = 0; copy && i < count; i++)
    if (!(copy[i] = strdup(list[i]))) {
      free_list(copy);
      copy = NULL;
    }
  *failed = *failed || !copy;
  return copy;
}

static dh_status take_algorithms(dh_checker *checker, const char *const *names, dh_error *error)
{
  size_t count = 0;
  for (; names && *names; names++) {
    const dh_alg *alg = dh_alg_find(*names, strlen(*names));
    if (!alg)
      return dh_error_set(error, DH_MISCONFIGURED, "\"%s\" is not a signature algorithm", *names);
    bool known = false;
    for (size_t i = 0; i < count; i++)
      known = known || checker->alg[i] == alg;
    if (!known)
      checker->alg[count++] = alg;
  }
  if (!count)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "no algorithms are allowed, so no token could pass: name some");
  return DH_OK;
}

void dh_checker_free(dh_checker *checker)
{
  if (!checker)
    return;
  dh_keys_unref(checker->keys);
  free_list(checker->issuers);
  free_list(checker->audiences);
  free_list(checker->required);
  free_list(checker->claim_names);
  free_list(checker->claim_values);
  free(checker);
}

static size_t length_of(char **list)
{
  size_t count = 0;
  while (list && list[count])
    count++;
  return count;
}

dh_checker *dh_checker_new(dh_keys *keys, const dh_checker_options *options, dh_error *error)
{
  bool failed = false;
  if (!DH_HAS(options, dh_checker_options, flags)) {
    dh_error_set(error, DH_MISCONFIGURED, "dh_checker_options.struct_size is not set");
    return NULL;
  }
  dh_checker *checker = calloc(1, sizeof(*checker));
  if (!checker) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while making a checker");
    return NULL;
  }
  checker->keys = keys ? dh_keys_ref(keys) : NULL;
  checker->leeway_ms = options->leeway_ms > 0 ? options->leeway_ms : 0;
  checker->flags = options->flags;
  checker->issuers = copy_list(options->issuers, &failed);
  checker->audiences = copy_list(options->audiences, &failed);
  checker->required = copy_list(options->required, &failed);
  checker->claim_names = copy_list(options->claim_names, &failed);
  checker->claim_values = copy_list(options->claim_values, &failed);
  dh_status status = take_algorithms(checker, options->algorithms, error);
  if (failed)
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory while making a checker");
  else if (status == DH_OK && length_of(checker->claim_names) != length_of(checker->claim_values))
    status = dh_error_set(error, DH_MISCONFIGURED, "each claim that is required needs one value");
  if (status == DH_OK)
    return checker;
  dh_checker_free(checker);
  return NULL;
}

/* --- the signature --- */

static bool is_allowed(const dh_checker *checker, const dh_alg *alg)
{
  for (size_t i = 0; checker->alg[i]; i++)
    if (checker->alg[i] == alg)
      return true;
  return false;
}

static dh_status check_signature(const dh_keys *keys, const dh_jws *jws, bool *kid_unknown,
                                 dh_error *error)
{
  unsigned tries = 0;
  bool fits = false;
  for (size_t i = 0; i < keys->count && tries < MAX_TRIES; i++) {
    const dh_key *key = keys->key[i];
    if (!dh_key_has_kid(key, jws->kid))
      continue;
    if (!dh_key_fits(key, jws->alg) || !key->may_verify) {
      fits = true;
      continue;
    }
    tries++;
    if (dh_key_verify(key, jws->alg, jws->input.ptr, jws->input.len,
                      (const unsigned char *)jws->signature.ptr, jws->signature.len))
      return DH_OK;
  }
  if (tries)
    return dh_error_set(error, DH_DENIED, "the token's signature is wrong");
  if (fits)
    return dh_error_set(error, DH_DENIED, "the token's key cannot be used with %s", jws->alg->name);
  if (kid_unknown)
    *kid_unknown = true;
  return dh_error_set(error, DH_DENIED, "no key is known under the token's kid");
}

/* --- the claims --- */

static bool has_one_of(const dh_json_object *claims, const char *name, char *const *values)
{
  for (; *values; values++)
    if (dh_claims_has(claims, name, *values))
      return true;
  return false;
}

static dh_status check_parties(const dh_checker *checker, const dh_json_object *claims,
                               dh_error *error)
{
  const dh_json_value *issuer = dh_json_get(claims, "iss");
  if (issuer && issuer->type != DH_JSON_STRING)
    return dh_error_set(error, DH_MALFORMED, "the token's iss is not a string");
  if (checker->issuers && !has_one_of(claims, "iss", checker->issuers))
    return dh_error_set(error, DH_DENIED, "the token's issuer is not one that is trusted");
  if (checker->audiences && !has_one_of(claims, "aud", checker->audiences))
    return dh_error_set(error, DH_DENIED, "the token is meant for another audience");
  return DH_OK;
}

static dh_status check_required(const dh_checker *checker, const dh_json_object *claims,
                                dh_error *error)
{
  for (size_t i = 0; checker->required && checker->required[i]; i++)
    if (!dh_json_get(claims, checker->required[i]))
      return dh_error_set(error, DH_DENIED, "the token lacks the claim \"%s\"",
                          checker->required[i]);
  for (size_t i = 0; checker->claim_names && checker->claim_names[i]; i++)
    if (!dh_claims_has(claims, checker->claim_names[i], checker->claim_values[i]))
      return dh_error_set(error, DH_DENIED, "the token's claim \"%s\" is not \"%s\"",
                          checker->claim_names[i], checker->claim_values[i]);
  if (checker->flags & DH_CHECKER_EXPIRY && !dh_json_get(claims, "exp"))
    return dh_error_set(error, DH_DENIED, "the token never expires, which is not accepted here");
  return DH_OK;
}

static dh_status check_claims(const dh_checker *checker, dh_checked_token *token, int64_t now_ms,
                              dh_error *error)
{
  const dh_slice *payload = &token->jws.payload;
  int64_t issued_at;
  if (!dh_json_read(&token->claims, payload->ptr, payload->len))
    return dh_error_set(error, DH_MALFORMED, "the token's claims cannot be read: %s at byte %zu",
                        token->claims.fault, token->claims.fault_at);
  dh_status status =
      dh_claims_time(&token->claims, now_ms, checker->leeway_ms, &token->expires_at_ms, error);
  if (status == DH_OK)
    status = dh_claims_date(&token->claims, "iat", &issued_at, error);
  if (status == DH_OK)
    status = check_parties(checker, &token->claims, error);
  if (status == DH_OK)
    status = check_required(checker, &token->claims, error);
  if (status == DH_OK && token->expires_at_ms)
    token->expires_at_ms += checker->leeway_ms;
  return status;
}

dh_status dh_checker_run(const dh_checker *checker, const dh_keys *keys, const char *text,
                         size_t size, int64_t now_ms, dh_checked_token *token, bool *kid_unknown,
                         dh_error *error)
{
  token->claims.count = 0;
  token->expires_at_ms = 0;
  if (!keys)
    keys = checker->keys;
  dh_status status = dh_jws_read(&token->jws, text, size, error);
  if (status != DH_OK)
    return status;
  if (!is_allowed(checker, token->jws.alg))
    return dh_error_set(error, DH_DENIED, "the token is signed with %s, which is not allowed here",
                        token->jws.alg->name);
  if (!keys)
    return dh_error_set(error, DH_UNAVAILABLE, "there are no keys to check the token with");
  status = check_signature(keys, &token->jws, kid_unknown, error);
  if (status == DH_OK && !(checker->flags & DH_CHECKER_ANY_PAYLOAD))
    status = check_claims(checker, token, now_ms, error);
  return status;
}
