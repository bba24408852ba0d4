/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file token.h
 * JWS, JWK sets and DataHub's personal access tokens.
 */
#ifndef DATAHUB_TOKEN_H
#define DATAHUB_TOKEN_H

#include <datahub/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- personal access tokens ---------------------------------------------- */

/** The id of a version 2 PAT: base64(sha256(token || salt)), standard alphabet with padding;
 *  44 characters and a NUL. */
#define DH_PAT_ID_SIZE 45
DH_API dh_status dh_pat_id(const char *token, size_t token_size, const char *salt,
                           char out[DH_PAT_ID_SIZE], dh_error *error);

typedef struct dh_pat_claims {
  uint32_t struct_size;
  const char *type;       /**< "PERSONAL", "SESSION", "SERVICE_ACCOUNT" */
  const char *version;    /**< "1", "2" */
  const char *actor_type; /**< "USER" */
  const char *actor_id;   /**< the URN's last part: "datahub" */
  const char *jti;        /**< a UUID; NULL when minting: made at random */
  const char *issuer;     /**< NULL: "datahub-metadata-service" */
  int64_t expires_at_ms;  /**< wall ms, whole seconds; 0: no expiry */
} dh_pat_claims;

/** Mints a PAT, signed HS256 with the UTF-8 bytes of `signing_key`. */
DH_API dh_secret *dh_pat_mint(dh_context *context, const dh_secret *signing_key,
                              const dh_pat_claims *claims, dh_error *error);

#ifdef __cplusplus
}
#endif

#endif
