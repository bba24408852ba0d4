/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DataHub's personal access tokens: what their claims hold, and how one is checked. The
 * public half (dh_pat_id, dh_pat_mint) is declared in <datahub/token.h>.
 */
#ifndef DH_PAT_H
#define DH_PAT_H

#include "token/jws.h"

#include <datahub/token.h>

#define DH_PAT_ISSUER "datahub-metadata-service"

/* What a PAT that passed says: strings that point into the token's decoded payload; `ptr`
 * is NULL where one is absent (jti, issuer). */
typedef struct dh_pat {
  dh_json_value type, version, actor_type, actor_id, jti, issuer;
  int64_t expires_at_ms; /* 0: never */
} dh_pat;

/*
 * Checks signature and claims of a PAT against the time `now_ms`, with `key` an HMAC
 * key that is bound to its algorithm. `issuer` may be NULL: any. DH_MALFORMED (no JWS, or without
 * the claims of a PAT), DH_DENIED (algorithm, signature, issuer, `nbf`), DH_EXPIRED. `jws` is
 * cleared by the caller.
 */
dh_status dh_pat_check(dh_jws *jws, const dh_key *key, const char *token, size_t size,
                       const char *issuer, int64_t now_ms, dh_pat *pat, dh_error *error);

/* `token`'s claims as a payload, for minting and for tests. */
void dh_pat_write_claims(dh_buf *out, const dh_pat_claims *claims, const char *jti);

#endif
