/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object a check, on one line. It holds who and why, and never a token.
 */
#ifndef AUTHD_ACCESS_LOG_H
#define AUTHD_ACCESS_LOG_H

#include <datahub/verifier.h>

typedef struct authd_access {
  const char *remote; /* the address that connected, or "unix" */
  const char *method; /* of the caller's request as the proxy tells it, or of ours */
  const char *uri;    /* the same, without a query: a query may hold a secret */
  int status;
  dh_status result;
  const char *reason; /* the verifier's words, or NULL */
  const dh_principal *principal;
  uint64_t micros;
} authd_access;

/* Writes the line to standard output. Thread-safe. */
void authd_access_log(dh_context *context, const authd_access *access);

#endif
