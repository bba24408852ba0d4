/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public face of tokens: what <datahub/token.h> declares over checker.h and jws.h.
 */
#include "token/checker.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct dh_token {
  char *header, *payload; /* NUL-terminated copies */
  size_t payload_size;
  dh_json_object claims; /* into `payload`; empty where that is no JSON object */
  char *text;            /* the claim asked for last */
  int64_t expires_at_ms;
};

static char *copy_slice(dh_slice slice)
{
  char *copy = malloc(slice.len + 1);
  if (!copy)
    return NULL;
  if (slice.len)
    memcpy(copy, slice.ptr, slice.len);
  copy[slice.len] = '\0';
  return copy;
}

static dh_token *new_token(const dh_jws *jws, int64_t expires_at_ms, dh_error *error)
{
  dh_token *token = calloc(1, sizeof(*token));
  if (token) {
    token->header = copy_slice(jws->header);
    token->payload = copy_slice(jws->payload);
    token->payload_size = jws->payload.len;
    token->expires_at_ms = expires_at_ms;
  }
  if (!token || !token->header || !token->payload) {
    dh_token_free(token);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a token");
    return NULL;
  }
  if (!dh_json_read(&token->claims, token->payload, token->payload_size))
    token->claims.count = 0;
  return token;
}

void dh_token_free(dh_token *token)
{
  if (!token)
    return;
  free(token->header);
  free(token->payload);
  free(token->text);
  free(token);
}

const char *dh_token_header(const dh_token *token)
{
  return token->header;
}

const char *dh_token_payload(const dh_token *token, size_t *size)
{
  if (size)
    *size = token->payload_size;
  return token->payload;
}

const char *dh_token_claim(dh_token *token, const char *name)
{
  free(token->text);
  token->text = dh_json_dup(dh_json_get(&token->claims, name));
  return token->text;
}

int64_t dh_token_expiry(const dh_token *token)
{
  return token->expires_at_ms;
}

dh_token *dh_token_decode(const char *text, size_t size, dh_error *error)
{
  dh_jws jws;
  dh_token *token = NULL;
  if (dh_jws_decode(&jws, text, size, error) == DH_OK)
    token = new_token(&jws, 0, error);
  dh_jws_clear(&jws);
  if (token) {
    const dh_json_value *expiry = dh_json_get(&token->claims, "exp");
    int64_t seconds;
    if (dh_json_integer(expiry, &seconds) && seconds > 0 && seconds < INT64_C(253402300800))
      token->expires_at_ms = seconds * 1000;
  }
  return token;
}

static int64_t system_now(void)
{
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

dh_status dh_checker_check(const dh_checker *checker, const char *text, size_t size, int64_t now_ms,
                           dh_token **out, dh_error *error)
{
  dh_checked_token checked;
  dh_status status = dh_checker_run(checker, NULL, text, size, now_ms ? now_ms : system_now(),
                                    &checked, NULL, error);
  if (out)
    *out = NULL;
  if (status == DH_OK && out) {
    *out = new_token(&checked.jws, checked.expires_at_ms, error);
    if (!*out)
      status = DH_NO_MEMORY;
  }
  dh_jws_clear(&checked.jws);
  return status;
}

dh_secret *dh_token_sign(dh_context *context, const dh_keys *keys, const char *kid, const char *alg,
                         const char *typ, const void *payload, size_t size, dh_error *error)
{
  dh_buf text;
  dh_secret *secret = NULL;
  const dh_key *key = NULL;
  const dh_alg *how = dh_alg_find(alg, strlen(alg));
  if (!how) {
    dh_error_set(error, DH_MISCONFIGURED, "\"%s\" is not a signature algorithm", alg);
    return NULL;
  }
  for (size_t i = 0; i < keys->count && !key; i++)
    if (dh_key_fits(keys->key[i], how) && keys->key[i]->may_sign &&
        (!kid || (keys->key[i]->kid && !strcmp(keys->key[i]->kid, kid))))
      key = keys->key[i];
  if (!key) {
    dh_error_set(error, DH_MISCONFIGURED, "none of the %zu keys can sign with %s", keys->count,
                 alg);
    return NULL;
  }
  dh_buf_init(&text);
  if (dh_jws_sign(key, how, typ, payload, size, &text, error) == DH_OK) {
    secret = dh_secret_new(context, text.data, text.size);
    if (!secret)
      dh_error_set(error, DH_NO_MEMORY, "out of memory while signing");
  }
  dh_buf_wipe(&text);
  return secret;
}
