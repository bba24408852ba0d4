/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place for each connection that may be: so many in all, shared by the threads that answer.
 *
 * libmicrohttpd closes a connection that it is handed beyond its limit; here it is known before
 * one is accepted. It says when it begins with one and when that has ended, but drops one that it
 * has no memory for without a word: what is on its way to its thread for longer than
 * AUTHD_PLACES_LOST_MS holds no place any more where there is none left.
 */
#ifndef AUTHD_PLACES_H
#define AUTHD_PLACES_H

#include <datahub/context.h>

#include <microhttpd.h>

#define AUTHD_PLACES_LOST_MS 1000

typedef struct authd_places authd_places;
typedef struct authd_connections authd_connections;

/* A thread that answers: a daemon of libmicrohttpd's own, without a pool of threads. */
typedef struct authd_worker {
  authd_places *places;
  authd_connections *connections;
  struct MHD_Daemon *daemon;
  size_t coming, here; /* connections */
  int64_t since_ms;    /* when there was none coming */
} authd_worker;

/* NULL and `error`. */
authd_places *authd_places_open(dh_context *context, unsigned workers, size_t most,
                                dh_error *error);
/* After the last connection has ended. NULL is accepted. */
void authd_places_close(authd_places *places);

/* The worker of this number, or NULL behind the last. */
authd_worker *authd_places_worker(authd_places *places, unsigned number);

/* Takes a place with the worker that has the fewest connections. NULL: there is none; the event
 * is told when there may be. */
authd_worker *authd_places_take(authd_places *places);
/* A descriptor to poll for reading, and what makes it wait again. */
int authd_places_event(const authd_places *places);
void authd_places_heard(authd_places *places);

/* What becomes of a place: its connection was not handed over; is begun with; has ended. */
void authd_place_return(authd_worker *worker);
void authd_place_begun(authd_worker *worker);
void authd_place_ended(authd_worker *worker);

/* How many connections are on their way to a thread. */
size_t authd_places_coming(authd_places *places);

#endif
