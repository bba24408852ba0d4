/* SPDX-License-Identifier: Apache-2.0 */
#include "token/pat.h"

#include "token/base64.h"
#include "token/claims.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <string.h>

/* 9999-12-31, as lib/token/claims.c reads it back. */
#define LAST_SECOND INT64_C(253402300799)

dh_status dh_pat_id(const char *token, size_t token_size, const char *salt,
                    char out[DH_PAT_ID_SIZE], dh_error *error)
{
  unsigned char digest[32];
  dh_buf text;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(context, token, token_size) == 1 &&
              EVP_DigestUpdate(context, salt, strlen(salt)) == 1 &&
              EVP_DigestFinal_ex(context, digest, NULL) == 1;
  EVP_MD_CTX_free(context);
  out[0] = '\0';
  if (!done)
    return dh_error_set(error, DH_INTERNAL, "OpenSSL cannot compute SHA-256");
  dh_buf_init(&text);
  dh_base64_encode(&text, digest, sizeof(digest));
  if (!text.failed)
    memcpy(out, text.data, DH_PAT_ID_SIZE);
  done = !text.failed;
  dh_buf_free(&text);
  return done ? DH_OK : dh_error_set(error, DH_NO_MEMORY, "out of memory while hashing a token");
}

/* --- minting --- */

static bool random_uuid(char out[37])
{
  unsigned char b[16];
  static const char hex[] = "0123456789abcdef";
  if (RAND_bytes(b, sizeof(b)) != 1)
    return false;
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  for (size_t i = 0, at = 0; i < sizeof(b); i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10)
      out[at++] = '-';
    out[at++] = hex[b[i] >> 4];
    out[at++] = hex[b[i] & 15];
    out[at] = '\0';
  }
  return true;
}

static void add_claim(dh_buf *out, const char *name, const char *value)
{
  dh_buf_addf(out, "%s\"%s\":", out->size > 1 ? "," : "", name);
  dh_buf_add_json(out, value, strlen(value));
}

void dh_pat_write_claims(dh_buf *out, const dh_pat_claims *claims, const char *jti)
{
  dh_buf_addc(out, '{');
  add_claim(out, "actorType", claims->actor_type);
  add_claim(out, "actorId", claims->actor_id);
  add_claim(out, "type", claims->type);
  add_claim(out, "version", claims->version);
  add_claim(out, "jti", jti);
  add_claim(out, "sub", claims->actor_id);
  if (claims->expires_at_ms)
    dh_buf_addf(out, ",\"exp\":%lld", (long long)(claims->expires_at_ms / 1000));
  add_claim(out, "iss", claims->issuer ? claims->issuer : DH_PAT_ISSUER);
  dh_buf_addc(out, '}');
}

static dh_status check_minting(const dh_pat_claims *claims, dh_error *error)
{
  if (!DH_HAS(claims, dh_pat_claims, expires_at_ms))
    return dh_error_set(error, DH_MISCONFIGURED, "dh_pat_claims.struct_size is not set");
  if (!claims->type || !claims->version || !claims->actor_type || !claims->actor_id ||
      !*claims->actor_id)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "a PAT needs a type, a version, an actor type and an actor id");
  if (strcmp(claims->version, "1") && strcmp(claims->version, "2"))
    return dh_error_set(error, DH_MISCONFIGURED, "a PAT's version is \"1\" or \"2\", not \"%s\"",
                        claims->version);
  if (claims->expires_at_ms < 0 || claims->expires_at_ms / 1000 > LAST_SECOND)
    return dh_error_set(error, DH_MISCONFIGURED, "a PAT cannot expire at %lld ms",
                        (long long)claims->expires_at_ms);
  return DH_OK;
}

dh_secret *dh_pat_mint(dh_context *context, const dh_secret *signing_key,
                       const dh_pat_claims *claims, dh_error *error)
{
  dh_buf payload, token;
  char uuid[37];
  dh_secret *secret = NULL;
  size_t key_size;
  const dh_alg *alg = dh_alg_find("HS256", 5);
  const char *bytes = dh_secret_bytes(signing_key, &key_size);
  dh_buf_init(&payload);
  dh_buf_init(&token);
  if (check_minting(claims, error) != DH_OK)
    return NULL;
  if (!claims->jti && !random_uuid(uuid)) {
    dh_error_set(error, DH_INTERNAL, "OpenSSL has no random numbers");
    return NULL;
  }
  dh_key *key = dh_key_from_secret(bytes, key_size, NULL, alg, error);
  if (!key)
    return NULL;
  dh_pat_write_claims(&payload, claims, claims->jti ? claims->jti : uuid);
  if (payload.failed)
    dh_error_set(error, DH_NO_MEMORY, "out of memory while minting a token");
  else if (dh_jws_sign(key, alg, NULL, payload.data, payload.size, &token, error) == DH_OK) {
    secret = dh_secret_new(context, token.data, token.size);
    if (!secret)
      dh_error_set(error, DH_NO_MEMORY, "out of memory while minting a token");
  }
  dh_key_unref(key);
  dh_buf_free(&payload);
  dh_buf_wipe(&token);
  return secret;
}

/* --- checking --- */

static bool text_claim(const dh_json_object *claims, const char *name, dh_json_value *out)
{
  const dh_json_value *value = dh_json_get(claims, name);
  if (!value || value->type != DH_JSON_STRING || !value->len)
    return false;
  *out = *value;
  return true;
}

static dh_status read_claims(const dh_json_object *claims, dh_pat *pat, dh_error *error)
{
  static const char *const words = "the token has no \"%s\": it is not one of DataHub's own";
  memset(pat, 0, sizeof(*pat));
  if (!text_claim(claims, "type", &pat->type))
    return dh_error_set(error, DH_MALFORMED, words, "type");
  if (!text_claim(claims, "actorType", &pat->actor_type))
    return dh_error_set(error, DH_MALFORMED, words, "actorType");
  if (!text_claim(claims, "actorId", &pat->actor_id))
    return dh_error_set(error, DH_MALFORMED, words, "actorId");
  if (!text_claim(claims, "version", &pat->version))
    return dh_error_set(error, DH_MALFORMED, words, "version");
  if (!dh_json_is(&pat->version, "1", 1) && !dh_json_is(&pat->version, "2", 1))
    return dh_error_set(error, DH_MALFORMED, "the token's version is neither \"1\" nor \"2\"");
  text_claim(claims, "jti", &pat->jti);
  text_claim(claims, "iss", &pat->issuer);
  return DH_OK;
}

dh_status dh_pat_check(dh_jws *jws, const dh_key *key, const char *token, size_t size,
                       const char *issuer, int64_t now_ms, dh_pat *pat, dh_error *error)
{
  dh_json_object claims;
  dh_status status = dh_jws_read(jws, token, size, error);
  if (status != DH_OK)
    return status;
  if (jws->alg != key->alg)
    return dh_error_set(error, DH_DENIED, "the token is signed with %s; a PAT is signed with %s",
                        jws->alg->name, key->alg->name);
  if (!dh_key_verify(key, jws->alg, jws->input.ptr, jws->input.len,
                     (const unsigned char *)jws->signature.ptr, jws->signature.len))
    return dh_error_set(error, DH_DENIED, "the token's signature is wrong");
  if (!dh_json_read(&claims, jws->payload.ptr, jws->payload.len))
    return dh_error_set(error, DH_MALFORMED, "the token's claims cannot be read: %s at byte %zu",
                        claims.fault, claims.fault_at);
  status = read_claims(&claims, pat, error);
  if (status != DH_OK)
    return status;
  if (issuer && (!pat->issuer.ptr || !dh_json_is(&pat->issuer, issuer, strlen(issuer))))
    return dh_error_set(error, DH_DENIED, "the token was not issued by \"%s\"", issuer);
  return dh_claims_time(&claims, now_ms, 0, &pat->expires_at_ms, error);
}
