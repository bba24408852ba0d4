/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a JWT says of itself. Nothing is verified: the reader is its owner.
 */
#ifndef DHUB_AUTH_CLAIMS_H
#define DHUB_AUTH_CLAIMS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct auth_claims {
  struct json_object *header, *payload; /* NULL: it is no JWT */
} auth_claims;

/* The object that one part of a JWT holds, to be put; NULL: none. */
struct json_object *auth_claims_part(const char *text, size_t size);

/* False where the token is no JWT. auth_claims_clear() in either case. */
bool auth_claims_read(auth_claims *claims, const char *token);
void auth_claims_clear(auth_claims *claims);

/* A claim as text, or NULL; valid while the claims are. */
const char *auth_claims_text(const auth_claims *claims, const char *name);
/* A claim in seconds; -1 where it is absent. */
int64_t auth_claims_time(const auth_claims *claims, const char *name);

#endif
