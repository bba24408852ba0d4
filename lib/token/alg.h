/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signature algorithms of RFC 7518, section 3, and RFC 8037: one row each.
 */
#ifndef DH_ALG_H
#define DH_ALG_H

#include <stddef.h>

typedef enum dh_alg_family {
  DH_ALG_HMAC,
  DH_ALG_RSA,
  DH_ALG_PSS,
  DH_ALG_EC,
  DH_ALG_ED
} dh_alg_family;

typedef struct dh_alg {
  const char *name; /* as `alg` spells it */
  dh_alg_family family;
  const char *digest; /* OpenSSL's name; NULL for EdDSA */
  size_t digest_size;
  const char *curve; /* EC: `crv` as a JWK spells it */
  const char *group; /* EC: OpenSSL's name of it */
  size_t half;       /* EC: bytes of r and of s */
} dh_alg;

/* By exact name, NULL for anything else ("none" in every spelling included). */
const dh_alg *dh_alg_find(const char *name, size_t size);

/* All of them, ended by a NULL name; those of HMAC are the first. */
#define DH_HMACS 3
extern const dh_alg dh_algs[];

#endif
