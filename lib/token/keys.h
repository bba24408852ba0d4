/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of keys, as <datahub/token.h> shows it; filled by one thread, then read only.
 */
#ifndef DH_KEYS_H
#define DH_KEYS_H

#include "token/json.h"
#include "token/key.h"

#include <datahub/token.h>

struct dh_keys {
  atomic_size_t references;
  dh_key **key;
  size_t count;
};

/* Takes the reference to `key`; NULL is passed through as a failure that `error` tells. */
dh_status dh_keys_take(dh_keys *keys, dh_key *key, dh_error *error);

/* Drops the private halves, for who only verifies; before the set is shared. */
dh_status dh_keys_forget_private(dh_keys *keys, dh_error *error);

/* Whether a token that names `kid` (may be NULL) could have been signed with this key. */
bool dh_key_has_kid(const dh_key *key, const dh_json_value *kid);

#endif
