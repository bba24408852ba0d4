/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sidecar's server on libmicrohttpd.
 *
 * A question about a caller is asked at /auth or anywhere below it, by any method; /healthz,
 * /readyz and /metrics are the server's own. A gateway that puts its caller's path behind a
 * prefix (Envoy) can thus never be answered 200 for a caller's "/healthz".
 *
 * A server's thread waits for nothing but its sockets: what the cache cannot answer is decided by
 * the pool's threads (pool.h), with the connection put aside.
 */
#ifndef AUTHD_SERVER_H
#define AUTHD_SERVER_H

#include "accept.h"
#include "access_log.h"
#include "answer.h"
#include "connections.h"
#include "listen.h"
#include "metrics.h"
#include "places.h"
#include "pool.h"
#include "response.h"
#include "settings.h"
#include "trouble.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct authd_server {
  dh_context *context;
  dh_verifier *verifier;
  bool debug; /* the log is to hold libmicrohttpd's words */
  authd_metrics metrics;
  authd_log *log; /* NULL: no access log */
  authd_trouble trouble;
  authd_pool *pool;
  authd_connections *connections;

  pthread_rwlock_t policy_lock; /* for what a reload changes */
  authd_policy policy;
  unsigned generation; /* of the policy */
  struct MHD_Response *absent, *invalid;
  /* These never change. */
  struct MHD_Response *undecided, *limited, *too_large, *healthy, *ready, *ending, *nowhere;
  authd_kept kept;

  size_t max_header_size;
  int64_t stop_timeout_ms;
  atomic_int rate_limit; /* checks a second, 0: none */
  atomic_llong second;   /* of the monotonic clock, for the limit */
  atomic_int in_second;  /* checks in it */
  atomic_int asked;      /* requests under way */
  atomic_bool stopping;

  authd_places *places;
  authd_accepting *accepting;
  int listening;
} authd_server;

/* Begins to serve on the listener's descriptor, which is closed with the server. */
dh_status authd_server_start(authd_server *server, const authd_listener *listener,
                             const dh_options *options, dh_error *error);

/* What a reload may change, made ready: afterwards taking it cannot fail. */
typedef struct authd_change {
  authd_policy policy;
  struct MHD_Response *absent, *invalid;
  int rate_limit;
} authd_change;
dh_status authd_change_make(authd_change *change, const dh_options *options, dh_error *error);
void authd_change_free(authd_change *change);
/* Takes it, and what it held. */
void authd_server_take(authd_server *server, authd_change *change);

/* Answers what has been asked, waiting `stop_timeout` for it at most, then ends. The context is
 * cancelled. */
void authd_server_stop(authd_server *server);

#endif
