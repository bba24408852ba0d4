/* SPDX-License-Identifier: Apache-2.0 */
#include "token/mac.h"

#include "base/slot.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <string.h>

bool dh_mac_init(dh_mac *mac, const dh_alg *alg, const void *key, size_t key_size)
{
  char digest[16];
  memset(mac, 0, sizeof(*mac));
  mac->alg = alg;
  strncpy(digest, alg->digest, sizeof(digest) - 1);
  digest[sizeof(digest) - 1] = '\0';
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
  mac->keyed = hmac ? EVP_MAC_CTX_new(hmac) : NULL;
  EVP_MAC_free(hmac); /* the context holds its own reference */
  return mac->keyed && EVP_MAC_init(mac->keyed, key, key_size, params) == 1;
}

void dh_mac_clear(dh_mac *mac)
{
  EVP_MAC_CTX_free(mac->keyed);
  for (size_t i = 0; i < DH_SLOTS; i++)
    EVP_MAC_CTX_free(atomic_load(&mac->slot[i].context));
  memset(mac, 0, sizeof(*mac));
}

/* The slot's context, or a copy of the keyed one where another thread has it now. */
static EVP_MAC_CTX *take(dh_mac *mac, dh_mac_slot *slot)
{
  EVP_MAC_CTX *context = atomic_exchange_explicit(&slot->context, NULL, memory_order_acquire);
  if (context && EVP_MAC_init(context, NULL, 0, NULL) == 1)
    return context;
  EVP_MAC_CTX_free(context);
  return EVP_MAC_CTX_dup(mac->keyed);
}

static void give_back(dh_mac_slot *slot, EVP_MAC_CTX *context)
{
  EVP_MAC_CTX *expected = NULL;
  if (!atomic_compare_exchange_strong_explicit(&slot->context, &expected, context,
                                               memory_order_release, memory_order_relaxed))
    EVP_MAC_CTX_free(context);
}

bool dh_mac_compute(dh_mac *mac, const void *input, size_t size, unsigned char *out)
{
  dh_mac_slot *slot = &mac->slot[dh_thread_slot()];
  EVP_MAC_CTX *context = take(mac, slot);
  if (!context)
    return false;
  size_t written = 0;
  bool done = EVP_MAC_update(context, input, size) == 1 &&
              EVP_MAC_final(context, out, &written, mac->alg->digest_size) == 1 &&
              written == mac->alg->digest_size;
  give_back(slot, context);
  return done;
}
