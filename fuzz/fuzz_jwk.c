/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a key. One that is accepted fits an algorithm, and no signature of zeros. */
#include "token/key.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const unsigned char zeros[114]; /* as long as a signature by P-256 and Ed25519, by Ed448 */
  dh_error error;
  dh_key *key = dh_key_from_jwk((const char *)data, size, &error);
  bool fits = false;
  if (!key)
    return 0;
  for (const dh_alg *alg = dh_algs; alg->name; alg++) {
    fits = fits || dh_key_fits(key, alg);
    if (dh_key_verify(key, alg, "x", 1, zeros, 64) ||
        dh_key_verify(key, alg, "x", 1, zeros, sizeof(zeros)))
      __builtin_trap();
  }
  if (!fits || (!key->may_verify && !key->may_sign))
    __builtin_trap();
  dh_key_unref(key);
  return 0;
}
