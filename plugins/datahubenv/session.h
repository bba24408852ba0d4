/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session of `datahub init --oauth`: its access token, renewed with its refresh token.
 */
#ifndef DH_DATAHUBENV_SESSION_H
#define DH_DATAHUBENV_SESSION_H

#include "env_file.h"

#include "../oauth/answer.h"

#include <datahub/plugin.h>

/* The `exp` of a JWT in wall ms, unverified: it is ours, and only tells when to renew it.
 * 0 where there is none. */
int64_t session_expiry(const dh_buf *token);

/* Whether the file holds all that a renewal needs. */
bool session_can_renew(const env_file *file);

/* Asks the token endpoint; on DH_OK `answer` (initialized by the caller) holds the tokens. */
dh_status session_renew(const dh_host *host, const env_file *file, int64_t timeout_ms,
                        oauth_answer *answer, dh_error *error);

#endif
