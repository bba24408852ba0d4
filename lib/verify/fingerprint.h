/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name of a header in the cache: 128 bits under a secret key, as little to be guessed as
 * to be steered by whoever chooses the header.
 *
 * Blocks are squeezed by NH and what comes out of them, behind the header's length, goes
 * through SipHash. Two headers meet where SipHash's input is the same, which needs the same
 * length and then the same of NH for a block in which they differ: at most 2^-128; or where
 * SipHash meets on different inputs: 2^-128 again. What the outside learns of names (which
 * header was in the cache) is of SipHash's output and tells nothing of NH's key.
 */
#ifndef DH_FINGERPRINT_H
#define DH_FINGERPRINT_H

#include "verify/nh.h"
#include "verify/siphash.h"

/* Longer input is not for this function. */
#define DH_FINGERPRINT_MAX ((size_t)65 * DH_NH_BLOCK)

typedef struct dh_fingerprint_key {
  dh_nh_key nh;
  uint64_t sip[2];
  dh_nh_fn squeeze;
} dh_fingerprint_key;

/* Draws a key. 0 where OpenSSL has no random numbers. */
int dh_fingerprint_init(dh_fingerprint_key *key);
/* `size` is at most DH_FINGERPRINT_MAX. */
dh_digest dh_fingerprint(const dh_fingerprint_key *key, const void *bytes, size_t size);

#endif
