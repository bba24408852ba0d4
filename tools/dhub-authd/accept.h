/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that accepts connections and hands each to a thread that answers.
 *
 * libmicrohttpd could listen itself, but not cease to: MHD_quiesce_daemon() takes the socket away
 * from its threads while they may be doing so, and where both do, it aborts the program.
 */
#ifndef AUTHD_ACCEPT_H
#define AUTHD_ACCEPT_H

#include "places.h"

#define AUTHD_ACCEPT_NAME "authd-accept" /* of the thread, for those who look */

typedef struct authd_accepting authd_accepting;

/* Begins to accept from a listening socket, which must not block and stays the caller's. NULL and
 * `error`. */
authd_accepting *authd_accept_begin(dh_context *context, int listening, authd_places *places,
                                    dh_error *error);
/* Accepts no more from here on: what waits on the socket is left there. NULL is accepted. */
void authd_accept_end(authd_accepting *accepting);

#endif
