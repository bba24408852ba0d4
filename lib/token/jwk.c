/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys as JSON: RFC 7517, with the parameters of RFC 7518, section 6, and RFC 8037.
 */
#include "token/base64.h"
#include "token/json.h"
#include "token/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <stdlib.h>
#include <string.h>

/* Longer than the largest RSA modulus that is accepted. */
#define MAX_NUMBER (DH_RSA_MAX_BITS / 8)

/* What a JWK says about its use, beside the key itself. */
typedef struct limits {
  char *kid;
  const dh_alg *alg;
  bool may_verify, may_sign;
} limits;

static dh_status read_ops(const dh_json_value *ops, limits *out, dh_error *error)
{
  size_t at = 0;
  dh_json_value op;
  if (ops->type != DH_JSON_ARRAY)
    return dh_error_set(error, DH_MALFORMED, "a key's key_ops is not an array");
  out->may_verify = out->may_sign = false;
  while (dh_json_next(ops, &at, &op)) {
    bool *may = dh_json_is(&op, "verify", 6) ? &out->may_verify
                : dh_json_is(&op, "sign", 4) ? &out->may_sign
                                             : NULL;
    if (may && *may)
      return dh_error_set(error, DH_MALFORMED, "a key's key_ops names an operation twice");
    if (may)
      *may = true;
  }
  return DH_OK;
}

static dh_status read_limits(const dh_json_object *jwk, limits *out, dh_error *error)
{
  const dh_json_value *use = dh_json_get(jwk, "use"), *ops = dh_json_get(jwk, "key_ops");
  const dh_json_value *alg = dh_json_get(jwk, "alg"), *kid = dh_json_get(jwk, "kid");
  memset(out, 0, sizeof(*out));
  out->may_verify = out->may_sign = true;
  if (use && !dh_json_is(use, "sig", 3))
    return dh_error_set(error, DH_MISCONFIGURED, "the key is not for signatures (its use)");
  if (alg) {
    out->alg =
        alg->type == DH_JSON_STRING && !alg->escaped ? dh_alg_find(alg->ptr, alg->len) : NULL;
    if (!out->alg)
      return dh_error_set(error, DH_MISCONFIGURED,
                          "the key is for an algorithm that is not accepted (its alg)");
  }
  if (ops && read_ops(ops, out, error) != DH_OK)
    return DH_MALFORMED;
  if (!out->may_verify && !out->may_sign)
    return dh_error_set(error, DH_MISCONFIGURED, "the key is not for signatures (its key_ops)");
  if (!kid)
    return DH_OK;
  if (kid->type != DH_JSON_STRING)
    return dh_error_set(error, DH_MALFORMED, "a key's kid is not a string");
  out->kid = dh_json_dup(kid);
  return out->kid ? DH_OK : dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a key");
}

/* --- parameters --- */

/* Decodes a member into `room`; 0 where it is absent or not exact base64url. */
static size_t read_bytes(const dh_json_object *jwk, const char *name, unsigned char *room,
                         size_t room_size)
{
  size_t size = 0;
  const dh_json_value *value = dh_json_get(jwk, name);
  if (!value || value->type != DH_JSON_STRING || value->escaped ||
      DH_BASE64URL_BYTES(value->len) > room_size ||
      !dh_base64url_decode(value->ptr, value->len, room, &size))
    return 0;
  return size;
}

/* A builder of what EVP_PKEY_fromdata() takes. Numbers live until it has been read. */
typedef struct parameters {
  OSSL_PARAM_BLD *build;
  BIGNUM *number[8];
  size_t count;
  unsigned char room[MAX_NUMBER + 8];
} parameters;

static bool add_number(parameters *p, const dh_json_object *jwk, const char *name,
                       const char *param)
{
  size_t size = read_bytes(jwk, name, p->room, sizeof(p->room));
  BIGNUM *number = size ? BN_bin2bn(p->room, (int)size, NULL) : NULL;
  if (!number)
    return false;
  p->number[p->count++] = number;
  return OSSL_PARAM_BLD_push_BN(p->build, param, number) == 1;
}

static EVP_PKEY *make(parameters *p, const char *type, bool is_private)
{
  EVP_PKEY *pkey = NULL;
  OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(p->build);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
  if (params && context && EVP_PKEY_fromdata_init(context) == 1)
    (void)EVP_PKEY_fromdata(context, &pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                            params);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(params);
  return pkey;
}

static EVP_PKEY *rsa_key(parameters *p, const dh_json_object *jwk, bool is_private)
{
  static const char *const private_half[][2] = {
      {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
      {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
      {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1},
  };
  if (!add_number(p, jwk, "n", OSSL_PKEY_PARAM_RSA_N) ||
      !add_number(p, jwk, "e", OSSL_PKEY_PARAM_RSA_E))
    return NULL;
  /* An even exponent, or 1, makes every text its own signature or none. */
  if (BN_is_one(p->number[1]) || !BN_is_odd(p->number[1]) || BN_num_bits(p->number[1]) > 64)
    return NULL;
  for (size_t i = 0; is_private && i < 6; i++)
    if ((i == 0 || dh_json_get(jwk, private_half[i][0])) &&
        !add_number(p, jwk, private_half[i][0], private_half[i][1]))
      return NULL;
  return make(p, "RSA", is_private);
}

static const dh_alg *curve_of(const dh_json_object *jwk)
{
  const dh_json_value *name = dh_json_get(jwk, "crv");
  for (const dh_alg *alg = dh_algs; alg->name; alg++)
    if (alg->curve && dh_json_is(name, alg->curve, strlen(alg->curve)))
      return alg;
  return NULL;
}

static EVP_PKEY *ec_key(parameters *p, const dh_json_object *jwk, bool is_private)
{
  const dh_alg *curve = curve_of(jwk);
  unsigned char point[1 + 2 * 70];
  if (!curve)
    return NULL;
  point[0] = POINT_CONVERSION_UNCOMPRESSED;
  /* RFC 7518, section 6.2.1.2: the full width of the field, leading zeros included. */
  for (int i = 0; i < 2; i++) {
    if (read_bytes(jwk, i ? "y" : "x", p->room, sizeof(p->room)) != curve->half)
      return NULL;
    memcpy(point + 1 + (i ? curve->half : 0), p->room, curve->half);
  }
  if (!OSSL_PARAM_BLD_push_utf8_string(p->build, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) ||
      !OSSL_PARAM_BLD_push_octet_string(p->build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                        1 + 2 * curve->half))
    return NULL;
  if (is_private && !add_number(p, jwk, "d", OSSL_PKEY_PARAM_PRIV_KEY))
    return NULL;
  return make(p, "EC", is_private);
}

static EVP_PKEY *okp_key(parameters *p, const dh_json_object *jwk, bool is_private)
{
  const dh_json_value *curve = dh_json_get(jwk, "crv");
  const char *type = dh_json_is(curve, "Ed25519", 7) ? "ED25519"
                     : dh_json_is(curve, "Ed448", 5) ? "ED448"
                                                     : NULL;
  size_t want = type && !strcmp(type, "ED448") ? 57 : 32;
  if (!type || read_bytes(jwk, "x", p->room, sizeof(p->room)) != want)
    return NULL;
  if (!is_private)
    return EVP_PKEY_new_raw_public_key_ex(NULL, type, NULL, p->room, want);
  if (read_bytes(jwk, "d", p->room, sizeof(p->room)) != want)
    return NULL;
  return EVP_PKEY_new_raw_private_key_ex(NULL, type, NULL, p->room, want);
}

static dh_key *oct_key(parameters *p, const dh_json_object *jwk, const limits *what,
                       dh_error *error)
{
  size_t size = read_bytes(jwk, "k", p->room, sizeof(p->room));
  if (size)
    return dh_key_from_secret(p->room, size, what->kid, what->alg, error);
  dh_error_set(error, DH_MALFORMED, "a key's k is missing, empty or not base64url");
  return NULL;
}

static dh_key *make_key(parameters *p, const dh_json_object *jwk, const limits *what,
                        dh_error *error)
{
  const dh_json_value *kty = dh_json_get(jwk, "kty");
  bool is_private = dh_json_get(jwk, "d") != NULL;
  EVP_PKEY *pkey;
  if (dh_json_is(kty, "oct", 3))
    return oct_key(p, jwk, what, error);
  if (dh_json_is(kty, "RSA", 3))
    pkey = rsa_key(p, jwk, is_private);
  else if (dh_json_is(kty, "EC", 2))
    pkey = ec_key(p, jwk, is_private);
  else if (dh_json_is(kty, "OKP", 3))
    pkey = okp_key(p, jwk, is_private);
  else {
    dh_error_set(error, DH_MISCONFIGURED, "the key is of a kind that cannot be used (its kty)");
    return NULL;
  }
  ERR_clear_error();
  if (!pkey) {
    dh_error_set(error, DH_MALFORMED, "the key's numbers are missing or wrong for its kind");
    return NULL;
  }
  return dh_key_from_pkey(pkey, is_private, what->kid, what->alg, error);
}

dh_key *dh_key_from_jwk(const char *json, size_t size, dh_error *error)
{
  dh_json_object jwk;
  limits what = {NULL, NULL, false, false};
  dh_key *key = NULL;
  parameters *p = NULL;
  if (!dh_json_read(&jwk, json, size)) {
    dh_error_set(error, DH_MALFORMED, "a key cannot be read: %s at byte %zu", jwk.fault,
                 jwk.fault_at);
    return NULL;
  }
  if (read_limits(&jwk, &what, error) != DH_OK)
    goto out;
  p = calloc(1, sizeof(*p));
  if (!p || !(p->build = OSSL_PARAM_BLD_new())) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a key");
    goto out;
  }
  key = make_key(p, &jwk, &what, error);
  if (key) {
    key->may_verify = what.may_verify;
    key->may_sign = key->may_sign && what.may_sign;
    if (!key->may_verify && !key->may_sign) {
      dh_error_set(error, DH_MISCONFIGURED,
                   "the key is for signing only (its key_ops), and is no private key");
      dh_key_unref(key);
      key = NULL;
    }
  }

out:
  if (p) {
    for (size_t i = 0; i < p->count; i++)
      BN_clear_free(p->number[i]);
    OSSL_PARAM_BLD_free(p->build);
    dh_wipe(p, sizeof(*p));
  }
  free(p);
  free(what.kid);
  return key;
}
