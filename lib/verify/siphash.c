/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/siphash.h"

#include <endian.h>
#include <string.h>

static inline uint64_t rotate(uint64_t value, int bits)
{
  return value << bits | value >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
  v[0] += v[1];
  v[1] = rotate(v[1], 13) ^ v[0];
  v[0] = rotate(v[0], 32);
  v[2] += v[3];
  v[3] = rotate(v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = rotate(v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = rotate(v[1], 17) ^ v[2];
  v[2] = rotate(v[2], 32);
}

static inline void compress(uint64_t v[4], uint64_t word)
{
  v[3] ^= word;
  sip_round(v);
  sip_round(v);
  v[0] ^= word;
}

static uint64_t finish(uint64_t v[4])
{
  for (int i = 0; i < 4; i++)
    sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

dh_digest dh_siphash(const uint64_t key[2], const void *bytes, size_t size)
{
  const unsigned char *p = bytes;
  uint64_t v[4] = {key[0] ^ UINT64_C(0x736f6d6570736575), key[1] ^ UINT64_C(0x646f72616e646f6d),
                   key[0] ^ UINT64_C(0x6c7967656e657261), key[1] ^ UINT64_C(0x7465646279746573)};
  uint64_t word, last = (uint64_t)size << 56;
  dh_digest digest;
  v[1] ^= 0xee; /* what tells the long output from the short one */
  for (size_t left = size; left >= sizeof(word); left -= sizeof(word), p += sizeof(word)) {
    memcpy(&word, p, sizeof(word));
    compress(v, le64toh(word));
  }
  for (size_t i = 0; i < size % sizeof(word); i++)
    last |= (uint64_t)p[i] << (8 * i);
  compress(v, last);
  v[2] ^= 0xee;
  digest.low = finish(v);
  v[1] ^= 0xdd;
  digest.high = finish(v);
  return digest;
}
