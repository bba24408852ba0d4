/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key for signing or verifying, with what restricts it. Built once, then read only
 * and shared between threads by reference.
 */
#ifndef DH_KEY_H
#define DH_KEY_H

#include "base/buf.h"
#include "token/alg.h"
#include "token/mac.h"

#include <datahub/context.h>

#include <openssl/evp.h>

#include <stdatomic.h>
#include <stdbool.h>

/* RSA keys below it are refused; above the other, verification would take too long. */
#define DH_RSA_MIN_BITS 2048
#define DH_RSA_MAX_BITS 16384

typedef struct dh_key {
  atomic_size_t references;
  char *kid;         /* or NULL */
  const dh_alg *alg; /* the only algorithm that it may be used with; NULL: its family's */
  bool may_verify;   /* as `use` and `key_ops` say */
  bool may_sign;     /* the same, and the private half is there */
  bool is_private;
  EVP_PKEY *pkey;        /* RSA, EC, OKP */
  const char *group;     /* EC: OpenSSL's name of the curve */
  dh_mac *mac[DH_HMACS]; /* oct: at the place of each algorithm that it may be used with */
} dh_key;

/* All of these return a reference, or NULL and `error`: DH_MALFORMED (not a key),
 * DH_MISCONFIGURED (a key that must not be used: too short, of an unknown curve, for
 * another algorithm), DH_NO_MEMORY. `kid` and `alg` may be NULL. */

/* HMAC. A secret of no bytes is refused. The secret itself is not kept. */
dh_key *dh_key_from_secret(const void *bytes, size_t size, const char *kid, const dh_alg *alg,
                           dh_error *error);

/* A PEM public key, private key (unencrypted) or certificate. */
dh_key *dh_key_from_pem(const char *pem, size_t size, const char *kid, const dh_alg *alg,
                        dh_error *error);

/* A JWK: the JSON object as text (jwk.c). */
dh_key *dh_key_from_jwk(const char *json, size_t size, dh_error *error);

/* Takes over `pkey`, checked as above; for the two that read one. */
dh_key *dh_key_from_pkey(EVP_PKEY *pkey, bool is_private, const char *kid, const dh_alg *alg,
                         dh_error *error);

/* Leaves the public half of a pair, where it is one; before the key is shared. False when out of
 * memory. */
bool dh_key_forget_private(dh_key *key);

dh_key *dh_key_ref(dh_key *key);
void dh_key_unref(dh_key *key);

/* Whether `alg` may be used with this key: family, curve, and the key's own `alg`. */
bool dh_key_fits(const dh_key *key, const dh_alg *alg);
/* Of an algorithm of HMAC's: what it computes with; NULL where the key is none for it. */
const dh_mac *dh_key_mac(const dh_key *key, const dh_alg *alg);

/* Checks a signature; false for every kind of wrong one. */
bool dh_key_verify(const dh_key *key, const dh_alg *alg, const void *input, size_t input_size,
                   const unsigned char *signature, size_t signature_size);

/* Makes one, appended to `out` as raw bytes. DH_MISCONFIGURED: the key does not fit or
 * lacks its private half; DH_INTERNAL, DH_NO_MEMORY. */
dh_status dh_key_sign(const dh_key *key, const dh_alg *alg, const void *input, size_t input_size,
                      dh_buf *out, dh_error *error);

#endif
