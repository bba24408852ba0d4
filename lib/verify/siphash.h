/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 with 128 bits of output (Aumasson and Bernstein): a keyed function for short
 * input, under which nobody without the key finds two tokens that meet. libcrypto has it
 * too, at several times the price of the hash itself for each call.
 */
#ifndef DH_SIPHASH_H
#define DH_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct dh_digest {
  uint64_t low, high;
} dh_digest;

dh_digest dh_siphash(const uint64_t key[2], const void *bytes, size_t size);

#endif
