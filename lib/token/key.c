/* SPDX-License-Identifier: Apache-2.0 */
#include "token/key.h"

#include "token/edwards.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static dh_key *new_key(const char *kid, const dh_alg *alg, dh_error *error)
{
  dh_key *key = calloc(1, sizeof(*key));
  if (!key)
    goto no_memory;
  atomic_init(&key->references, 1);
  key->alg = alg;
  key->may_verify = true;
  if (kid && !(key->kid = strdup(kid)))
    goto no_memory;
  return key;

no_memory:
  dh_key_unref(key);
  dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a key");
  return NULL;
}

dh_key *dh_key_ref(dh_key *key)
{
  atomic_fetch_add_explicit(&key->references, 1, memory_order_relaxed);
  return key;
}

void dh_key_unref(dh_key *key)
{
  if (!key || atomic_fetch_sub(&key->references, 1) != 1)
    return;
  for (size_t i = 0; i < DH_HMACS; i++)
    dh_mac_free(key->mac[i]);
  EVP_PKEY_free(key->pkey);
  free(key->kid);
  free(key);
}

dh_key *dh_key_from_secret(const void *bytes, size_t size, const char *kid, const dh_alg *alg,
                           dh_error *error)
{
  if (!size) {
    dh_error_set(
        error, DH_MISCONFIGURED,
        "the HMAC key is empty: anyone could sign with it; set a key of at least %zu bytes",
        alg ? alg->digest_size : (size_t)32);
    return NULL;
  }
  if (alg && alg->family != DH_ALG_HMAC) {
    dh_error_set(error, DH_MISCONFIGURED, "a shared secret cannot be used with %s", alg->name);
    return NULL;
  }
  dh_key *key = new_key(kid, alg, error);
  if (!key)
    return NULL;
  key->is_private = key->may_sign = true;
  for (size_t i = 0; i < DH_HMACS; i++) {
    if (alg && alg != &dh_algs[i])
      continue;
    key->mac[i] = dh_mac_new(&dh_algs[i], bytes, size);
    if (!key->mac[i]) {
      dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a key");
      dh_key_unref(key);
      return NULL;
    }
  }
  return key;
}

const dh_mac *dh_key_mac(const dh_key *key, const dh_alg *alg)
{
  return alg->family == DH_ALG_HMAC ? key->mac[alg - dh_algs] : NULL;
}

/* OpenSSL's name of the curve of one of our algorithms, or NULL. */
static const char *group_of(EVP_PKEY *pkey)
{
  char name[64];
  size_t size = 0;
  if (!EVP_PKEY_get_group_name(pkey, name, sizeof(name), &size))
    return NULL;
  for (const dh_alg *alg = dh_algs; alg->name; alg++)
    if (alg->group && !strcmp(alg->group, name))
      return alg->group;
  return NULL;
}

static bool point_is_good(EVP_PKEY *pkey)
{
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
  bool good = context && EVP_PKEY_public_check(context) == 1;
  EVP_PKEY_CTX_free(context);
  return good;
}

static dh_status check_pkey(dh_key *key, dh_error *error)
{
  EVP_PKEY *pkey = key->pkey;
  if (EVP_PKEY_is_a(pkey, "RSA")) {
    int bits = EVP_PKEY_get_bits(pkey);
    if (bits < DH_RSA_MIN_BITS || bits > DH_RSA_MAX_BITS)
      return dh_error_set(error, DH_MISCONFIGURED,
                          "an RSA key of %d bits is refused: it must have %d to %d", bits,
                          DH_RSA_MIN_BITS, DH_RSA_MAX_BITS);
  } else if (EVP_PKEY_is_a(pkey, "EC")) {
    key->group = group_of(pkey);
    if (!key->group)
      return dh_error_set(error, DH_MISCONFIGURED,
                          "an EC key must be on the curve P-256, P-384 or P-521");
    if (!point_is_good(pkey))
      return dh_error_set(error, DH_MALFORMED, "an EC key's point is not on its curve");
  } else if (!EVP_PKEY_is_a(pkey, "ED25519") && !EVP_PKEY_is_a(pkey, "ED448")) {
    return dh_error_set(error, DH_MISCONFIGURED,
                        "a key of this kind cannot be used: RSA, EC, Ed25519 and Ed448 can");
  } else if (dh_edwards_is_weak(pkey)) {
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the public key is a point of small order, such as zeros: anyone could "
                        "sign for it");
  }
  if (key->alg && !dh_key_fits(key, key->alg))
    return dh_error_set(error, DH_MISCONFIGURED, "the key cannot be used with %s", key->alg->name);
  return DH_OK;
}

dh_key *dh_key_from_pkey(EVP_PKEY *pkey, bool is_private, const char *kid, const dh_alg *alg,
                         dh_error *error)
{
  dh_key *key = new_key(kid, alg, error);
  if (!key) {
    EVP_PKEY_free(pkey);
    return NULL;
  }
  key->pkey = pkey;
  key->is_private = key->may_sign = is_private;
  if (check_pkey(key, error) == DH_OK)
    return key;
  dh_key_unref(key);
  return NULL;
}

bool dh_key_forget_private(dh_key *key)
{
  unsigned char *der = NULL;
  if (!key->pkey || !key->is_private)
    return true;
  int size = i2d_PUBKEY(key->pkey, &der);
  const unsigned char *at = der;
  EVP_PKEY *half = size > 0 ? d2i_PUBKEY(NULL, &at, size) : NULL;
  OPENSSL_free(der);
  if (!half)
    return false;
  EVP_PKEY_free(key->pkey);
  key->pkey = half;
  key->is_private = key->may_sign = false;
  return true;
}

/* A key with a passphrase is refused instead of asked for on the terminal. */
static int no_passphrase(char *buf, int size, int writing, void *arg)
{
  (void)buf, (void)size, (void)writing, (void)arg;
  return -1;
}

static EVP_PKEY *from_certificate(BIO *bio)
{
  X509 *certificate = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
  EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;
  X509_free(certificate);
  return pkey;
}

dh_key *dh_key_from_pem(const char *pem, size_t size, const char *kid, const dh_alg *alg,
                        dh_error *error)
{
  EVP_PKEY *pkey = NULL;
  bool is_private = false;
  BIO *bio = size <= INT_MAX ? BIO_new_mem_buf(pem, (int)size) : NULL;
  if (bio) {
    pkey = PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
    if (!pkey && BIO_reset(bio) == 1) {
      pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
      is_private = pkey != NULL;
    }
    if (!pkey && BIO_reset(bio) == 1)
      pkey = from_certificate(bio);
  }
  BIO_free(bio);
  ERR_clear_error();
  if (!pkey) {
    dh_error_set(error, DH_MALFORMED,
                 "no PEM public key, unencrypted private key or certificate was found");
    return NULL;
  }
  return dh_key_from_pkey(pkey, is_private, kid, alg, error);
}

bool dh_key_fits(const dh_key *key, const dh_alg *alg)
{
  if (key->alg && key->alg != alg)
    return false;
  switch (alg->family) {
  case DH_ALG_HMAC:
    return dh_key_mac(key, alg) != NULL;
  case DH_ALG_RSA:
  case DH_ALG_PSS:
    return key->pkey && EVP_PKEY_is_a(key->pkey, "RSA");
  case DH_ALG_EC:
    return key->pkey && key->group && !strcmp(key->group, alg->group);
  case DH_ALG_ED:
    return key->pkey && (EVP_PKEY_is_a(key->pkey, "ED25519") || EVP_PKEY_is_a(key->pkey, "ED448"));
  }
  return false;
}
