/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ExecCredential object that kubectl's credential helpers print
 * (client.authentication.k8s.io/v1 and its v1beta1).
 */
#ifndef DH_EXEC_CREDENTIAL_H
#define DH_EXEC_CREDENTIAL_H

#include "base/buf.h"

#include <stdint.h>

/* Reads `status.token`, appended to `token` (a secret buffer), and
 * `status.expirationTimestamp`: wall ms, 0 where it is absent. False with a clause in `why`. */
bool exec_credential_read(const char *text, size_t size, dh_buf *token, int64_t *expires_at_ms,
                          char *why, size_t why_size);

/* RFC 3339: "2026-01-02T03:04:05.678+01:00" -> wall ms; false on anything else. */
bool exec_credential_time(const char *text, int64_t *out_ms);

#endif
