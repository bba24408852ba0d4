/* SPDX-License-Identifier: Apache-2.0 */
#include "token/alg.h"

#include <string.h>

const dh_alg dh_algs[] = {
    {"HS256", DH_ALG_HMAC, "SHA256", 32, NULL, NULL, 0},
    {"HS384", DH_ALG_HMAC, "SHA384", 48, NULL, NULL, 0},
    {"HS512", DH_ALG_HMAC, "SHA512", 64, NULL, NULL, 0},
    {"RS256", DH_ALG_RSA, "SHA256", 32, NULL, NULL, 0},
    {"RS384", DH_ALG_RSA, "SHA384", 48, NULL, NULL, 0},
    {"RS512", DH_ALG_RSA, "SHA512", 64, NULL, NULL, 0},
    {"PS256", DH_ALG_PSS, "SHA256", 32, NULL, NULL, 0},
    {"PS384", DH_ALG_PSS, "SHA384", 48, NULL, NULL, 0},
    {"PS512", DH_ALG_PSS, "SHA512", 64, NULL, NULL, 0},
    {"ES256", DH_ALG_EC, "SHA256", 32, "P-256", "prime256v1", 32},
    {"ES384", DH_ALG_EC, "SHA384", 48, "P-384", "secp384r1", 48},
    {"ES512", DH_ALG_EC, "SHA512", 64, "P-521", "secp521r1", 66},
    {"EdDSA", DH_ALG_ED, NULL, 0, NULL, NULL, 0},
    {NULL, DH_ALG_HMAC, NULL, 0, NULL, NULL, 0},
};

const dh_alg *dh_alg_find(const char *name, size_t size)
{
  for (const dh_alg *alg = dh_algs; alg->name; alg++)
    if (size == strlen(alg->name) && !memcmp(name, alg->name, size))
      return alg;
  return NULL;
}
