/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/fingerprint.h"

#include <openssl/rand.h>

int dh_fingerprint_init(dh_fingerprint_key *key)
{
  key->squeeze = dh_nh_best();
  return RAND_bytes(key->nh.bytes, sizeof(key->nh.bytes)) == 1 &&
         RAND_bytes((unsigned char *)key->sip, sizeof(key->sip)) == 1;
}

dh_digest dh_fingerprint(const dh_fingerprint_key *key, const void *bytes, size_t size)
{
  uint64_t squeezed[1 + DH_NH_WORDS * (DH_FINGERPRINT_MAX / DH_NH_BLOCK)];
  const unsigned char *at = bytes;
  size_t words = 0;
  squeezed[words++] = size;
  for (size_t left = size; left; words += DH_NH_WORDS) {
    size_t block = left < DH_NH_BLOCK ? left : DH_NH_BLOCK;
    key->squeeze(&key->nh, at, block, &squeezed[words]);
    at += block;
    left -= block;
  }
  return dh_siphash(key->sip, squeezed, words * sizeof(squeezed[0]));
}
