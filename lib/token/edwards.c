/* SPDX-License-Identifier: Apache-2.0 */
#include "token/edwards.h"

#include <openssl/bn.h>

#include <stddef.h>

/* RFC 8032, sections 5.1 and 5.2. The points whose order divides the cofactor, 8 and 4, are those
 * with a y of 0, 1 and -1, and on edwards25519 of the two roots of d*y^4 + 2*y^2 - 1. */
typedef struct curve {
  const char *name, *prime, *root; /* the other root is -root */
} curve;

static const curve curves[] = {
    {"ED25519", "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
     "5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826"},
    {"ED448",
     "fffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "0"},
};

static bool is_weak(const curve *of, const unsigned char *bytes, size_t size)
{
  BN_CTX *context = BN_CTX_new();
  BIGNUM *y = BN_lebin2bn(bytes, (int)size, NULL), *minus_y = BN_new();
  BIGNUM *prime = NULL, *root = NULL;
  bool weak = true;
  /* The highest bit is the sign of x. A y that is not less than the prime is taken too. */
  if (!context || !y || !minus_y || !BN_hex2bn(&prime, of->prime) || !BN_hex2bn(&root, of->root) ||
      (BN_is_bit_set(y, (int)size * 8 - 1) && !BN_clear_bit(y, (int)size * 8 - 1)) ||
      !BN_nnmod(y, y, prime, context) || !BN_sub(minus_y, prime, y))
    goto out;
  weak = BN_is_zero(y) || BN_is_one(y) || BN_is_one(minus_y) || !BN_cmp(y, root) ||
         !BN_cmp(minus_y, root);

out:
  BN_free(root);
  BN_free(prime);
  BN_free(minus_y);
  BN_free(y);
  BN_CTX_free(context);
  return weak;
}

bool dh_edwards_is_weak(const EVP_PKEY *pkey)
{
  unsigned char bytes[64];
  size_t size = sizeof(bytes);
  if (EVP_PKEY_get_raw_public_key(pkey, bytes, &size) != 1)
    return true;
  for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
    if (EVP_PKEY_is_a(pkey, curves[i].name))
      return is_weak(&curves[i], bytes, size);
  return true;
}
