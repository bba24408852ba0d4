/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a connection may take from one request to the next, whole one.
 *
 * libmicrohttpd closes connections that do nothing. One that sends a byte now and then does
 * something, and would be kept for ever: here its time is counted from the last request that
 * was answered, whatever it sends.
 */
#ifndef AUTHD_CONNECTIONS_H
#define AUTHD_CONNECTIONS_H

#include <datahub/error.h>

#include <microhttpd.h>

typedef struct authd_connections authd_connections;

/* Starts the thread that looks. NULL and `error`. */
authd_connections *authd_connections_open(int64_t limit_ms, dh_error *error);
/* After the last connection has ended. NULL is accepted. */
void authd_connections_close(authd_connections *all);

/* For MHD_OPTION_NOTIFY_CONNECTION, with the above as `arg`. */
void authd_connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                             enum MHD_ConnectionNotificationCode what);
/* A request is here whole: its answer may take its time. And it has been answered. */
void authd_connection_asked(struct MHD_Connection *connection);
void authd_connection_answered(struct MHD_Connection *connection);

#endif
