/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink's credential for what it does not send through http_start: the stack that its
 * configuration names, opened when first asked for. Thread-safe.
 */
#ifndef DH_EMIT_OWN_CREDENTIAL_H
#define DH_EMIT_OWN_CREDENTIAL_H

#include <datahub/credential.h>

#include <pthread.h>

typedef struct dh_own_credential {
  dh_context *context;
  pthread_mutex_t lock;
  dh_config *config;           /* NULL: it names none */
  dh_credentials *credentials; /* NULL until asked for */
} dh_own_credential;

/* Copies what it needs of `config`. DH_NO_MEMORY. */
dh_status dh_own_credential_init(dh_own_credential *own, dh_context *context,
                                 const dh_config *config, dh_error *error);
/* As dh_host.sink_credential. */
dh_status dh_own_credential_get(dh_own_credential *own, const char *server, int64_t timeout_ms,
                                dh_credential **out, dh_error *error);
void dh_own_credential_reject(dh_own_credential *own, const dh_credential *rejected);
void dh_own_credential_end(dh_own_credential *own);

#endif
