/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HMAC under one key, many times, from many threads. The key's schedule is computed
 * once; each thread then finds a keyed context of its own in a slot, so that a check
 * neither allocates nor waits.
 */
#ifndef DH_MAC_H
#define DH_MAC_H

#include "base/slot.h"
#include "token/alg.h"

#include <openssl/evp.h>

#include <stdatomic.h>
#include <stdbool.h>

typedef struct dh_mac_slot {
  _Alignas(DH_SLOT_ALIGN) _Atomic(EVP_MAC_CTX *) context;
} dh_mac_slot;

typedef struct dh_mac {
  const dh_alg *alg;
  EVP_MAC_CTX *keyed; /* never used itself: the others are copies of it */
  dh_mac_slot slot[DH_SLOTS];
} dh_mac;

/* Ready for dh_mac_compute(), or false. Freed with dh_mac_clear() either way. */
bool dh_mac_init(dh_mac *mac, const dh_alg *alg, const void *key, size_t key_size);
void dh_mac_clear(dh_mac *mac);

/* Writes `mac->alg->digest_size` bytes. False where OpenSSL fails. Thread-safe. */
bool dh_mac_compute(dh_mac *mac, const void *input, size_t size, unsigned char *out);

#endif
