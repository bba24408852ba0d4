/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NH (Black, Halevi, Krawczyk, Krovetz and Rogaway, "UMAC: fast and secure message
 * authentication"; RFC 4418, section 5.2): squeezes a block into 32 bytes at a fraction of
 * what a hash function costs, so that a long token costs about what a short one does. It is
 * no hash function of its own: who sees its output can work out the key. Behind a keyed one
 * (fingerprint.c) nobody does.
 *
 * Two different blocks of one size meet with a probability of at most 2^-128 over the key.
 * Why (section 4 of that paper): NH adds up products (a + k)(b + l) of two words of the block,
 * a key word added to each. Where two blocks differ in a pair, say in a, every key word but l
 * may be given: of the W values of l (W being 2 to the bits of a word) at most one makes the
 * sums equal, so they are with 1 / W. One sum after another is made under the same key moved
 * on by at least a pair. Look at the last pair in which the blocks differ: the key words for
 * it in a further sum stand behind all on which the differences of the sums before depend, so
 * the probabilities multiply. Two sums with words of 64 bits, or four with words of 32, make
 * 2^-128.
 *
 * A block that is no multiple of the step ends with its own last step bytes once more, or,
 * where it is shorter than a step, with zeros: of one size, different blocks stay different.
 */
#ifndef DH_NH_H
#define DH_NH_H

#include <stddef.h>
#include <stdint.h>

#define DH_NH_BLOCK 1024
/* The last step of a block's key, moved on three times. */
#define DH_NH_KEY (DH_NH_BLOCK + 96)
#define DH_NH_WORDS 4

typedef struct dh_nh_key {
  _Alignas(64) unsigned char bytes[DH_NH_KEY];
} dh_nh_key;

/* `size` is 1 .. DH_NH_BLOCK. */
typedef void (*dh_nh_fn)(const dh_nh_key *key, const void *block, size_t size,
                         uint64_t out[DH_NH_WORDS]);

/* Two sums with words of 64 bits. */
void dh_nh_portable(const dh_nh_key *key, const void *block, size_t size,
                    uint64_t out[DH_NH_WORDS]);
/* Four sums with words of 32 bits, for processors with AVX2; NULL where this one has none. */
dh_nh_fn dh_nh_avx2(void);
/* The faster one that runs here. Their results differ. */
dh_nh_fn dh_nh_best(void);

#endif
