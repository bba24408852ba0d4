/* SPDX-License-Identifier: Apache-2.0 */
#include "token/forge.h"

#include "token/base64.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static EVP_PKEY *rsa;

void forge_rsa_once(void)
{
  if (!rsa)
    rsa = EVP_RSA_gen(2048);
}

static EVP_PKEY *generate(const char *kind)
{
  if (!strcmp(kind, "RSA")) {
    forge_rsa_once();
    EVP_PKEY_up_ref(rsa);
    return rsa;
  }
  if (!strcmp(kind, "RSA-1024"))
    return EVP_RSA_gen(1024);
  if (!strncmp(kind, "P-", 2))
    return EVP_EC_gen(kind);
  return EVP_PKEY_Q_keygen(NULL, NULL, kind);
}

dh_key *forge_key(const char *kind, const char *kid)
{
  dh_error error;
  dh_key *key = !strcmp(kind, "oct")
                    ? dh_key_from_secret(FORGE_SECRET, strlen(FORGE_SECRET), kid, NULL, &error)
                    : dh_key_from_pkey(generate(kind), true, kid, NULL, &error);
  if (!key && strcmp(kind, "RSA-1024"))
    abort();
  return key;
}

char *forge_pem(const dh_key *key)
{
  BIO *bio = BIO_new(BIO_s_mem());
  char *bytes;
  PEM_write_bio_PUBKEY(bio, key->pkey);
  long size = BIO_get_mem_data(bio, &bytes);
  char *pem = strndup(bytes, (size_t)size);
  BIO_free(bio);
  return pem;
}

static void add_number(dh_buf *out, const dh_key *key, const char *name, const char *param,
                       size_t width)
{
  unsigned char bytes[512];
  BIGNUM *number = NULL;
  EVP_PKEY_get_bn_param(key->pkey, param, &number);
  size_t size = width ? width : (size_t)BN_num_bytes(number);
  BN_bn2binpad(number, bytes, (int)size);
  BN_free(number);
  dh_buf_addf(out, ",\"%s\":\"", name);
  dh_base64url_encode(out, bytes, size);
  dh_buf_addc(out, '"');
}

static void add_ec(dh_buf *out, const dh_key *key)
{
  for (const dh_alg *alg = dh_algs; alg->name; alg++)
    if (alg->group && !strcmp(alg->group, key->group)) {
      dh_buf_addf(out, "\"kty\":\"EC\",\"crv\":\"%s\"", alg->curve);
      add_number(out, key, "x", OSSL_PKEY_PARAM_EC_PUB_X, alg->half);
      add_number(out, key, "y", OSSL_PKEY_PARAM_EC_PUB_Y, alg->half);
    }
}

static void add_okp(dh_buf *out, const dh_key *key)
{
  unsigned char bytes[64];
  size_t size = sizeof(bytes);
  EVP_PKEY_get_raw_public_key(key->pkey, bytes, &size);
  dh_buf_addf(out, "\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"", size == 32 ? "Ed25519" : "Ed448");
  dh_base64url_encode(out, bytes, size);
  dh_buf_addc(out, '"');
}

char *forge_jwk(const dh_key *key, const char *kid)
{
  dh_buf out;
  dh_buf_init(&out);
  dh_buf_addc(&out, '{');
  if (kid)
    dh_buf_addf(&out, "\"kid\":\"%s\",", kid);
  if (!key->pkey) {
    dh_buf_adds(&out, "\"kty\":\"oct\",\"k\":\"");
    dh_base64url_encode(&out, FORGE_SECRET, strlen(FORGE_SECRET));
    dh_buf_addc(&out, '"');
  } else if (key->group)
    add_ec(&out, key);
  else if (EVP_PKEY_is_a(key->pkey, "RSA")) {
    dh_buf_adds(&out, "\"kty\":\"RSA\"");
    add_number(&out, key, "n", OSSL_PKEY_PARAM_RSA_N, 0);
    add_number(&out, key, "e", OSSL_PKEY_PARAM_RSA_E, 0);
  } else
    add_okp(&out, key);
  dh_buf_addc(&out, '}');
  return dh_buf_take(&out);
}

char *forge_raw(const char *header, const void *payload, size_t payload_size, const void *signature,
                size_t signature_size)
{
  dh_buf out;
  dh_buf_init(&out);
  dh_base64url_encode(&out, header, strlen(header));
  dh_buf_addc(&out, '.');
  dh_base64url_encode(&out, payload, payload_size);
  dh_buf_addc(&out, '.');
  dh_base64url_encode(&out, signature, signature_size);
  return dh_buf_take(&out);
}

char *forge_signed(const char *header, const void *payload, size_t size, const dh_key *key,
                   const char *alg)
{
  dh_buf signature;
  dh_buf_init(&signature);
  char *input = forge_raw(header, payload, size, "", 0);
  input[strlen(input) - 1] = '\0';
  if (dh_key_sign(key, dh_alg_find(alg, strlen(alg)), input, strlen(input), &signature, NULL) !=
      DH_OK)
    abort();
  free(input);
  char *token = forge_raw(header, payload, size, signature.data, signature.size);
  dh_buf_free(&signature);
  return token;
}
