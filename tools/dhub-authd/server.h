/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sidecar's server on libmicrohttpd.
 *
 * A check that could wait for an issuer (keys, introspection) waits on one of the
 * server's threads; `threads` says how many there are. /healthz, /readyz and /metrics
 * are paths of their own; every other path is a question about the caller.
 */
#ifndef AUTHD_SERVER_H
#define AUTHD_SERVER_H

#include "answer.h"
#include "listen.h"
#include "metrics.h"
#include "settings.h"

#include <pthread.h>

struct MHD_Daemon;
struct MHD_Response;

typedef struct authd_server {
  dh_context *context;
  dh_verifier *verifier;
  authd_metrics metrics;
  pthread_rwlock_t policy_lock; /* the policy changes on reload */
  authd_policy policy;
  atomic_int rate_limit; /* checks a second, 0: none */
  atomic_llong second;   /* of the monotonic clock, for the limit */
  atomic_int in_second;  /* checks in it */
  atomic_bool stopping;
  struct MHD_Daemon *daemon;
} authd_server;

/* Begins to serve on the listener's descriptor, which is closed with the server. */
dh_status authd_server_start(authd_server *server, const authd_listener *listener,
                             const dh_options *options, dh_error *error);
/* Takes what a reload may change: policy and rate limit. */
dh_status authd_server_reload(authd_server *server, const dh_options *options, dh_error *error);
/* Answers what has been asked, then ends. */
void authd_server_stop(authd_server *server);

#endif
