/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys made on the spot and tokens put together from any parts: what an honest issuer
 * makes, and what an attacker does.
 */
#ifndef DH_TESTS_FORGE_H
#define DH_TESTS_FORGE_H

#include "token/keys.h"

/* What each key of the kind "oct" is. */
#define FORGE_SECRET "an-example-shared-key-that-the-tests-use-and-nobody-else-ever-would"

/* "RSA", "RSA-1024", "P-256", "P-384", "P-521", "ED25519", "ED448", "oct". RSA keys are made
 * once a process. */
dh_key *forge_key(const char *kind, const char *kid);
/* An unchecked fixture: makes the RSA key before Check forks, once for all tests of a case. */
void forge_rsa_once(void);

/* The public half as PEM, and as a JWK with that kid (NULL: none); freed by the caller. */
char *forge_pem(const dh_key *key);
char *forge_jwk(const dh_key *key, const char *kid);

/* base64url(header).base64url(payload).base64url(signature); freed by the caller. */
char *forge_raw(const char *header, const void *payload, size_t payload_size, const void *signature,
                size_t signature_size);

/* The same, signed by `key` with `alg` whatever the header says. */
char *forge_signed(const char *header, const void *payload, size_t size, const dh_key *key,
                   const char *alg);

#endif
