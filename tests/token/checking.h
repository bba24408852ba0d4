/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes of a token whose payload may be anything, with all algorithms allowed.
 */
#ifndef DH_TESTS_CHECKING_H
#define DH_TESTS_CHECKING_H

#include "token/keys.h"

dh_status check_with(dh_keys *keys, const char *token, size_t size);
/* Under one JWK, which must be good. */
dh_status check_jwk(const char *jwk, const char *token);
/* Under one key of ours; frees the token. */
dh_status check_key(dh_key *key, char *token);

#endif
