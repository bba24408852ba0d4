/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sink's http_start does: the loop's requests under the stack's credential. The
 * credential goes to the configured origin only; a 401 is answered by one more try
 * with a fresh one. Used by the I/O thread alone.
 */
#ifndef DH_EMIT_TRANSPORT_H
#define DH_EMIT_TRANSPORT_H

#include "http/loop.h"

#include <datahub/credential.h>

#include <stdatomic.h>
#include <stdbool.h>

typedef struct dh_transport_counts {
  uint64_t http_2xx, http_4xx, http_401, http_429, http_5xx, transport_errors;
} dh_transport_counts;

struct dh_call;

typedef struct dh_transport {
  dh_context *context;
  dh_loop *loop;
  dh_credentials *credentials; /* or NULL */
  char *server;                /* whose origin the credential is for, or NULL */
  char *last_url;              /* the last one found to be of that origin */
  struct dh_call *waiting;     /* for a credential */
  int64_t look_ms;             /* when these look again without being told */
  bool had_credential;         /* the stack has given one (or none, on purpose) */
  int64_t none_since_ms;       /* when it failed first, where it never has; else -1 */
  dh_error why_none;           /* its last failure since */
  atomic_bool ready;           /* the stack has something new to say */
  dh_transport_counts counts;
} dh_transport;

/*
 * `server` may be NULL: no credential is ever attached. `require_tls`: plain HTTP to
 * another host is an error (DH_MISCONFIGURED) and not a warning, where there is a credential.
 */
dh_status dh_transport_open(dh_transport *transport, dh_context *context, const dh_config *config,
                            const char *server, bool require_tls, size_t connections,
                            dh_error *error);
dh_status dh_transport_start(dh_transport *transport, const dh_http_request *request,
                             const dh_slice *pieces, size_t piece_count, dh_http_done done,
                             void *arg, dh_error *error);
void dh_transport_run(dh_transport *transport, int64_t timeout_ms);
/* Ends all that is under way. */
void dh_transport_cancel(dh_transport *transport);
void dh_transport_close(dh_transport *transport);

#endif
