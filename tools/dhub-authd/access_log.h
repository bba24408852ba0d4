/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One JSON object a check, on one line. It holds who and why, and never a token.
 *
 * Lines gather in memory and a thread of their own writes them, at the latest a fifth of a
 * second later: whoever reads the log slowly, or not at all, holds up no check. What finds
 * no room is dropped and counted.
 */
#ifndef AUTHD_ACCESS_LOG_H
#define AUTHD_ACCESS_LOG_H

#include <datahub/verifier.h>

#include <stdatomic.h>
#include <stddef.h>

typedef struct authd_access {
  const char *remote; /* the address that connected, or "unix" */
  const char *client; /* whom the proxy speaks for as it tells it, or NULL */
  const char *id;     /* the proxy's X-Request-Id, or NULL */
  const char *method; /* of the caller's request as the proxy tells it, or of ours */
  const char *uri;    /* the same, without a query: a query may hold a secret */
  int status;
  dh_status result;
  const char *reason; /* the verifier's words, or NULL */
  const dh_principal *principal;
  uint64_t micros;
} authd_access;

typedef struct authd_log authd_log;

/* Writes to `fd`, which stays the caller's. `lost` counts lines that were dropped. NULL when out
 * of memory or of threads. */
authd_log *authd_log_open(dh_context *context, int fd, atomic_ullong *lost);
/* Writes what is left, and frees. NULL is accepted. */
void authd_log_close(authd_log *log);
/* Adds a line. Thread-safe, never waits for the reader. NULL is accepted. */
void authd_log_add(authd_log *log, const authd_access *access);

/* The line for a check, ended by a newline, and its size. */
#define AUTHD_LINE_MAX 16384
size_t authd_line_make(char line[AUTHD_LINE_MAX], dh_context *context, const authd_access *access);

#endif
