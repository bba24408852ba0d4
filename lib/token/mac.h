/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC (RFC 2104) under one key, many times, from many threads. The key is hashed once, into
 * the two states that its check goes on from.
 *
 * Why not EVP_MAC: it keeps the key, and states that are as good as the key, in memory of
 * OpenSSL's own, once for each context, where a core file shows them; SHA-2's functions work
 * on states that the caller owns. They are called deprecated since 3.0 for going past its
 * providers, and are what its own provider calls.
 */
#ifndef DH_MAC_H
#define DH_MAC_H

#include "token/alg.h"

#include <stdbool.h>

/* In locked memory: its states are as secret as the key. */
typedef struct dh_mac dh_mac;

/* `alg` is one of HMAC's. NULL where there is no memory, or OpenSSL fails. */
dh_mac *dh_mac_new(const dh_alg *alg, const void *key, size_t key_size);
/* Wipes. NULL is accepted. */
void dh_mac_free(dh_mac *mac);

/* Writes the algorithm's `digest_size` bytes. False where OpenSSL fails. Thread-safe. */
bool dh_mac_compute(const dh_mac *mac, const void *input, size_t size, unsigned char *out);

#endif
