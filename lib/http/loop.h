/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many HTTP requests at once on one thread, over curl's multi interface. Connections are
 * kept and used again; bodies are sent in pieces that are never copied together.
 *
 * All functions are called from the one thread that drives the loop, dh_loop_wake()
 * excepted. Callbacks run within dh_loop_run(), dh_loop_cancel() and dh_loop_free().
 */
#ifndef DH_HTTP_LOOP_H
#define DH_HTTP_LOOP_H

#include "http/http.h"

typedef struct dh_loop dh_loop;

/* What a loop has sent. */
typedef struct dh_loop_counts {
  uint64_t requests;
  uint64_t bytes_sent; /* bodies */
} dh_loop_counts;

/* `connections`: how many are kept open. NULL and `error` when out of memory. */
dh_loop *dh_loop_new(dh_context *context, size_t connections, dh_error *error);
/* Ends what is under way: each `done` sees DH_UNAVAILABLE. */
void dh_loop_cancel(dh_loop *loop);
/* Cancels and frees. NULL is accepted. */
void dh_loop_free(dh_loop *loop);

typedef struct dh_loop_settings {
  int tcp_keepalive;
} dh_loop_settings;
void dh_loop_configure(dh_loop *loop, const dh_loop_settings *settings);

/*
 * Starts a request whose body is `pieces`, one after the other. The
 * request's strings and `pieces` are borrowed until `done`. With DH_HTTP_FOLLOW a redirect (307,
 * 308, and 301, 302 with the method kept) that stays on the origin is followed; any other is an
 * answer. DH_HTTP_RETRY is ignored: who queues decides. On anything but DH_OK `done` is not called.
 */
dh_status dh_loop_start(dh_loop *loop, const dh_http_request *request, const dh_slice *pieces,
                        size_t piece_count, dh_http_done done, void *arg, dh_error *error);

/* Sends and receives what can be, and calls what is done. Waits at most `timeout_ms` for
 * something to happen. */
void dh_loop_run(dh_loop *loop, int64_t timeout_ms);
/* Ends a wait of dh_loop_run(), or the next one. Any thread. */
void dh_loop_wake(dh_loop *loop);
size_t dh_loop_running(const dh_loop *loop);
dh_loop_counts dh_loop_counted(const dh_loop *loop);

#endif
